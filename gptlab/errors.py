"""The one exception that gptlab raises for a mistake that the reader can mend."""

from __future__ import annotations


class LabError(ValueError):
    """Something in the input is wrong: the message names value, expectation and way out.

    The command line prints it as one line and exits with 2; all else is a bug, with a traceback.
    """
