"""What can go wrong, told to a person.

FalotierError
├── BadInput            what a person or a file gave cannot be used (exit code 2)
│   ├── SettingsError   a settings file, with file, key, got and expected
│   └── FaultyFile      another file, with one line for each thing that is wrong with it
└── Outside             something that is not ours did not do as asked
    ├── Unreachable     no answer, or no connection: may pass, worth a retry
    │   └── Busy        it asks to be left alone for a while
    └── Refused         it answered "no", or answered nonsense: a retry changes nothing
"""

from collections.abc import Sequence


class FalotierError(Exception):
    """Base of every error whose message is meant to be read by a person, in one line."""


class BadInput(FalotierError):
    """What a person or a file gave cannot be used; the message says what to give instead."""


class SettingsError(BadInput):
    """A settings file cannot be used; the message names file, key, what it got and what it expected."""


class FaultyFile(BadInput):
    """A file cannot be used for several reasons, each told in a line of its own."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


class Outside(FalotierError):
    """A device, broker, store or service outside the program did not do what it was asked."""


class Unreachable(Outside):
    """No answer or no connection; the same request may succeed later."""


class Busy(Unreachable):
    """It answered that it can take nothing now, and perhaps for how long that will be so."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        """``wait_s``: seconds that it asks us to wait; None where it says nothing."""
        super().__init__(message)
        self.wait_s = wait_s


class Refused(Outside):
    """It answered, and the answer is "no" or makes no sense; the same request will fail again."""
