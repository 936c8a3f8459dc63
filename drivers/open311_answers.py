"""Reading what an Open311 desk answers, with nothing taken for granted.

Numbers for ids, unknown fields, an error as one object or an array, a status in any case, a maintenance
page in HTML under status 200: all are seen in the wild.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from city.desks import Duplicate, KeyRefused
from city.errors import Outside, Refused, Unreachable
from drivers.open311_xml import read_xml

MESSAGE_LIMIT = 200
"""Characters of a desk's own words that are shown."""

_PASSING = (
    "down",
    "unavailable",
    "indisponible",
    "tempor",
    "try again",
    "réessay",
    "timeout",
    "timed out",
)
"""Words that make a 400 pass: GeoReport v2 answers 400 for "CRM is down" too."""
_DUPLICATE = ("duplicate", "doublon")
"""Words of a 400 for a report that is there already ("base is a duplicate")."""
_ZEROS = re.compile(rb"(:\s*)(0\d+)(?=\s*[,}\]])")
"""A number that begins with zeros is no JSON, and stands in the specification's own samples."""


class NotFound(Refused):
    """The desk knows no such request, service, token or jurisdiction (404)."""


class NotOffered(Refused):
    """The desk does not do such a thing at all (405, 406, 415, 501)."""


class NoDocument(Unreachable):
    """The desk's answer is no document of GeoReport v2: a maintenance page, perhaps."""


_NOT_OFFERED = frozenset(
    {
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})


def document_of(status: int, body: bytes, path: str) -> Any:
    """The document of an answer, in JSON or in XML, in the shape that it has in JSON.

    Raises:
        Unreachable: the answer says that it may pass, or is no document (``NoDocument``).
        Refused: the answer says no.
    """
    document = _parsed(body)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise _refusal(status, document, path)
    if document is None:
        raise NoDocument(f"the desk answered {path} with something that is neither JSON nor XML of GeoReport")
    return document


def _parsed(body: bytes) -> Any:
    """The document, or None where there is none."""
    try:
        if body.lstrip().startswith(b"<"):
            return read_xml(body)
        try:
            return json.loads(body)
        except ValueError:
            return json.loads(_ZEROS.sub(rb'\1"\2"', body))
    except (ValueError, RecursionError):
        return None


def _refusal(status: int, document: Any, path: str) -> Outside:
    said = "; ".join(
        text_of(entry, "description") or text_of(entry, "message") for entry in entries_of(document)
    )
    message = f"the desk answered {path} with {status}" + (f": {_printable(said)}" if said else "")
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
        return KeyRefused(message)
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(message)
    if status in _NOT_OFFERED:
        return NotOffered(message)
    if status == HTTPStatus.BAD_REQUEST and any(word in said.lower() for word in _DUPLICATE):
        return Duplicate(message)
    passing = status == HTTPStatus.BAD_REQUEST and any(word in said.lower() for word in _PASSING)
    if passing or status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(message)
    return Refused(message)


def entries_of(document: Any) -> list[dict[str, Any]]:
    """The objects of an answer: an array of them, one bare object, or an object that wraps an array."""
    if isinstance(document, dict):
        for wrapper in ("service_requests", "requests", "errors"):
            if isinstance(document.get(wrapper), list):
                return entries_of(document[wrapper])
        return [document]
    if isinstance(document, list):
        return [entry for entry in document if isinstance(entry, dict)]
    return []


def first_of(document: Any) -> dict[str, Any]:
    """The one object of an answer.

    Raises:
        Unreachable: there is none; what was sent may have been taken all the same.
    """
    entries = entries_of(document)
    if not entries:
        raise Unreachable("the desk's answer is empty")
    return entries[0]


def text_of(entry: Mapping[str, Any], field: str) -> str:
    """A field as an opaque string ("" if it is not there): ids come as numbers too."""
    value = entry.get(field)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def carries(request: Mapping[str, Any], external_ref: str) -> bool:
    """Whether a request is ours: by the attribute wherever a desk gives it back, or by its description."""
    if marked(external_ref) in text_of(request, "description"):
        return True
    places = [request, *(request.get(name) for name in ("attribute", "attributes", "extended_attributes"))]
    return any(isinstance(place, dict) and text_of(place, "external_ref") == external_ref for place in places)


def marked(external_ref: str) -> str:
    """The reference as it stands in a description: every desk gives that back, while few give attributes."""
    return f"[{external_ref}]"


def _printable(text: str) -> str:
    """One line fit for a screen and a log."""
    cleaned = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(cleaned.split())[:MESSAGE_LIMIT]
