"""gptlab: the reusable pieces of the course, from counting words to training a GPT.

Import the room you need: `from gptlab.models.gpt import GPT`. Importing `gptlab` alone loads nothing heavy.
"""

__version__ = "0.1.0"
