"""gptlab: the reusable pieces of the course, from counting words to training a GPT.

Import the room you need: `from gptlab.models.gpt import GPT`. `import gptlab` loads nothing heavy.
"""

__version__ = "0.1.0"


def __getattr__(name: str):
    """`gptlab.show`, loaded when it is first used."""
    if name == "show":
        from gptlab.figures.source import show

        return show
    raise AttributeError(f"module 'gptlab' has no attribute {name!r}")
