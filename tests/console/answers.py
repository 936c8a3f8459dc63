"""Answers of a fake head-end."""

from collections.abc import Iterable

from aiohttp import web
from pydantic import BaseModel, TypeAdapter


def json_of(model: BaseModel) -> web.Response:
    """One message."""
    return web.Response(text=model.model_dump_json(), content_type="application/json")


def list_of(models: Iterable[BaseModel]) -> web.Response:
    """Several."""
    body = TypeAdapter(list[BaseModel]).dump_json(list(models), serialize_as_any=True)
    return web.Response(body=body, content_type="application/json")


def no(status: int, line: str) -> web.Response:
    """A refusal in one line."""
    return web.json_response({"error": line}, status=status)
