"""The one exception that gptlab raises for a mistake that the reader can mend."""

from __future__ import annotations


class LabError(ValueError):
    """Something in the input is wrong. The message names the value, the expectation and the way out.

    The command line prints it as one line and exits with 2; everything else is a bug and shows its traceback.
    """
