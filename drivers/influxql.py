"""The parts of an InfluxQL question that come from outside, so quoted that none is taken for syntax."""

from datetime import UTC, datetime, timedelta

from city.telemetry import Window
from drivers.instants import MICROSECOND

_TEXT_ESCAPES = str.maketrans({"\\": r"\\", "'": r"\'", "\n": r"\n"})
_NAME_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def quoted_text(text: str) -> str:
    """A string literal."""
    return "'" + text.translate(_TEXT_ESCAPES) + "'"


def quoted_name(name: str) -> str:
    """An identifier."""
    return '"' + name.translate(_NAME_ESCAPES) + '"'


def within(window: Window) -> str:
    """The condition that an instant lies in a window."""
    return f"{since(window.start)} AND time < {_literal(window.end)}"


def since(start: datetime) -> str:
    """The condition that an instant is not before another."""
    return f"time >= {_literal(start)}"


def each(step: timedelta) -> str:
    """The grouping by steps."""
    return f"time({step // MICROSECOND}u)"


def _literal(instant: datetime) -> str:
    return quoted_text(instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
