"""The one exception that gptlab raises for a mistake that the reader can mend, and who raises it.

`check_count` is the check that nearly every setting needs.
"""

from __future__ import annotations


class LabError(ValueError):
    """Something in the input is wrong: the message names value, expectation and way out.

    The command line prints it as one line and exits with 2; all else is a bug, with a traceback.
    """


def check_count(name: str, value: object, least: int = 1, why: str = "") -> None:
    """Raise LabError unless `value` is a whole number of at least `least`; True is no number.

    `name` is the setting's, `why` is added to the message.

    >>> check_count("window", 5)
    >>> check_count("window", True)
    Traceback (most recent call last):
    gptlab.errors.LabError: window is True; it must be a whole number of at least 1
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise LabError(f"{name} is {value!r}; it must be a whole number of at least {least}{why}")
