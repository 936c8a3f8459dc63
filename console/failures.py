"""What went wrong between console and head-end, as one line for a person."""

import json
import os
from http import HTTPStatus

import aiohttp
from pydantic import ValidationError

from city.errors import BadInput, FalotierError, Refused, Unreachable


class Forbidden(Refused):
    """The head-end knows the token, and its role may not do that."""


_BAD_INPUT = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})


def line_of(answer: bytes) -> str:
    """The head-end's own line about what went wrong, if it gave one."""
    try:
        document = json.loads(answer)
    except ValueError:
        return ""
    line = document.get("error", "") if isinstance(document, dict) else ""
    return " ".join(str(line).split())


def refusal(status: int, line: str) -> FalotierError:
    """What an HTTP status means for the one who asked."""
    if status in _BAD_INPUT:
        return BadInput(line or f"the head-end cannot do that (HTTP {status})")
    if status == HTTPStatus.UNAUTHORIZED:
        return Refused(line or "the head-end does not know this token")
    if status == HTTPStatus.FORBIDDEN:
        return Forbidden(line or "this token may not do that")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(line or f"the head-end is in trouble (HTTP {status})")
    return Refused(line or f"the head-end refused (HTTP {status})")


def nonsense(error: ValidationError) -> str:
    """An answer that is not what the API says: where it differs first."""
    fault = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in fault["loc"]) or "body"
    return f"the head-end does not speak as this console expects: {key}: {fault['msg']}"


def why(error: Exception) -> str:
    """A network error in a few words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorError):
        return os.strerror(error.os_error.errno).lower() if error.os_error.errno else str(error.os_error)
    return " ".join(str(error).split()) or type(error).__name__
