"""What an InfluxDB answers, read as if it were hostile: tables, and the many ways to say no.

Status codes and bodies: https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/ (2.x, where ``message`` tells
why), https://docs.influxdata.com/influxdb/v1/tools/api/ (1.x, where ``error`` does), and the source of InfluxDB 3 Core,
influxdb3_server/src/http.rs (``error`` with ``data``, one entry for each line that was left out).
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ValidationError

from city.errors import Busy, Outside, Refused, Unreachable

MESSAGE_LIMIT = 300
"""Characters of the server's own words that are shown."""
LONGEST_WAIT_S = 3600.0
"""Seconds: for no longer than this is a server that asks to be left alone believed."""

_ABOUT_DATA = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""What says no to the points themselves. All else says no to us at this moment (a token, a missing bucket, an outage):
the points are good, and wait."""
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_PARTIAL = "partial write"
"""What 1.x and 3 Core say where they kept the good lines of a batch; 3 Core does so with 400, and with 500 on
``/api/v2/write``."""
_ABSENT = re.compile(
    r"\b(database|retention policy|bucket|organization)\b.*\bnot (found|set)\b", re.IGNORECASE
)
"""``database not found: x`` (1.x), ``retention policy not found: x`` (1.x, 2.x), ``Database x not found`` (3 Core)."""
_OVERLOADED = "try again later"
"""3 Core says 400 where others say 503."""


class Forbidden(Unreachable):
    """We may not do that (401 or 403)."""


class Absent(Unreachable):
    """There is no such database, bucket or retention policy (404)."""


class Exists(Refused):
    """There is such a thing already (409)."""


class TooLarge(Refused):
    """More than the server takes in one request (413)."""


class Series(BaseModel):
    """One table of an answer."""

    name: str = ""
    tags: dict[str, str] = {}
    columns: list[str] = []
    values: list[list[Any]] = []


class _Result(BaseModel):
    """What one statement answers."""

    series: list[Series] = []
    error: str = ""
    partial: bool = False
    """Whether another piece of it follows."""


class _Answer(BaseModel):
    """What ``/query`` answers; unknown keys are left aside."""

    results: list[_Result] | None = None
    error: str = ""


_MEANING: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: " (user and password, or token, not accepted: see [telemetry] of the settings)",
    HTTPStatus.FORBIDDEN: " (user or token may not do that: it must be allowed to read and to write)",
    HTTPStatus.NOT_FOUND: " (no such database or bucket: falotier setup influx makes it)",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: " (too much at once)",
    HTTPStatus.TOO_MANY_REQUESTS: " (too many requests)",
}


def read_answer(body: bytes, name: str) -> tuple[list[Series], bool]:
    """The tables in a piece of an answer to one statement, and whether another piece follows.

    Raises:
        Absent: what was asked is not there.
        Refused: the statement cannot be answered.
        Unreachable: this is no answer of an InfluxDB.
    """
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError as error:
        raise not_an_answer(name) from error
    if answer.results is None and not answer.error:
        raise not_an_answer(name)
    results = answer.results or []
    for said in (answer.error, *(result.error for result in results)):
        if _ABSENT.search(said):
            raise Absent(f"{name}: {readable(said)} (falotier setup influx makes it)")
        if said:
            raise Refused(f"{name}: {readable(said)}")
    more = any(result.partial for result in results)
    return [series for result in results for series in result.series], more


def not_an_answer(name: str) -> Unreachable:
    """It answered, and not as an InfluxDB does."""
    return Unreachable(f"{name} answered with something that is not InfluxDB's JSON")


def refusal(name: str, status: int, headers: Mapping[str, str], body: bytes) -> Outside:
    """What an answer that is no success means, told in one line."""
    said = _said(body)
    message = f"{name} answered {status}{_MEANING.get(status, '')}" + (f": {said}" if said else "")
    if status in _BUSY or (status == HTTPStatus.BAD_REQUEST and _OVERLOADED in said):
        return Busy(message, _wait_s(headers))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge(message)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Forbidden(message)
    if status == HTTPStatus.NOT_FOUND or (status == HTTPStatus.BAD_REQUEST and _ABSENT.search(said)):
        return Absent(message)
    if status == HTTPStatus.CONFLICT:
        return Exists(message)
    return Refused(message) if status in _ABOUT_DATA or _PARTIAL in said else Unreachable(message)


def readable(text: object) -> str:
    """One line fit for a screen and a log."""
    cleaned = "".join(
        character if character.isprintable() else " " for character in str(text)[: 4 * MESSAGE_LIMIT]
    )
    return " ".join(cleaned.split())[:MESSAGE_LIMIT]


def _said(body: bytes) -> str:
    """What the server says of a refusal, in its JSON; of lines that were left out, why the first one was.

    3 Core answers some in bare text; the pages of a proxy are not shown.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        begin = body[: 4 * MESSAGE_LIMIT]
        return "" if b"<" in begin else readable(begin.decode(errors="replace"))
    if not isinstance(document, dict):
        return ""
    said = str(document.get("error") or document.get("message") or "")
    left_out = document.get("data")
    if isinstance(left_out, dict):
        left_out = [left_out]
    if isinstance(left_out, list) and left_out and isinstance(left_out[0], dict):
        said += f": line {left_out[0].get('line_number')}: {left_out[0].get('error_message')}"
    return readable(said)


def _wait_s(headers: Mapping[str, str]) -> float | None:
    """``Retry-After``, in seconds or as a date (RFC 9110 §10.2.3), which is then taken from the server's own clock."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdecimal():
        return min(float(asked), LONGEST_WAIT_S)
    until = _date(asked)
    if until is None:
        return None
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_S)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
