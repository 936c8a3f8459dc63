"""How people write durations, local times and files on the command line."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from city.errors import BadInput

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PART = re.compile(r"(\d+(?:\.\d+)?)([dhms])")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Lang = Annotated[str | None, typer.Option("--lang", help="fr or en; by default as LANG says, else fr.")]


def duration(text: str) -> timedelta:
    """``15h``, ``90m``, ``1d12h``, ``30s``.

    Raises:
        BadInput: the text is not a duration, or is zero.
    """
    parts = _PART.findall(text.replace(" ", ""))
    if not parts or "".join(number + unit for number, unit in parts) != text.replace(" ", ""):
        raise BadInput(f"duration: got {text!r}, expected for instance 2h, 90m, 1d12h or 30s")
    length = timedelta()
    for number, unit in parts:
        length += timedelta(**{_UNITS[unit]: float(number)})
    if not length:
        raise BadInput(f"duration: got {text!r}, expected more than nothing")
    return length


def local_time(text: str, zone: ZoneInfo) -> datetime:
    """``2026-11-30T15:00`` in the city's time, or with an offset; answers in UTC.

    Raises:
        BadInput: the text is not a time.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"time: got {text!r}, expected for instance 2026-11-30T15:00") from error
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def say(text: str) -> None:
    """Narrate on standard error: standard output is for data."""
    print(text, file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=_json_default))


def _json_default(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(type(value).__name__)


def iso(instant: datetime) -> str:
    """ISO 8601, UTC, with a Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_text(file: str) -> str:
    """The text of a file, or of standard input for ``-``.

    Raises:
        BadInput: the file cannot be read.
    """
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BadInput(f"{file}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from error
