"""The HTTP API: who is asking, what went wrong in one line, and the routes by noun."""

import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from city.errors import BadInput, Outside
from headend.access import Forbidden
from headend.backup import Backups
from headend.core import Core
from headend.live import router as live
from headend.metrics import Metrics
from headend.replay import Replay
from headend.routes import (
    approvals,
    backup,
    calendars,
    citizens,
    city,
    history,
    incidents,
    light_points,
    locks,
    open311,
    orders,
    presence,
    programmes,
    replay,
    reports,
    storage,
    wifi,
)
from headend.routes.metrics import router as metrics_router
from headend.safeguards import TooSoon
from headend.unknown import Unknown


def create_app(core: Core, metrics: Metrics) -> FastAPI:
    """The application over the parts of one head-end: the API, and where the settings say so the open feed."""
    app = FastAPI(title="Falotier", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.core = core
    app.state.metrics = metrics
    app.state.replay = Replay(core)
    app.state.backups = Backups(core.settings, core.store, core.clock)
    for noun in (
        approvals,
        backup,
        calendars,
        citizens,
        city,
        history,
        incidents,
        light_points,
        locks,
        orders,
        presence,
        programmes,
        replay,
        reports,
        storage,
        wifi,
    ):
        app.include_router(noun.router, prefix="/api")
    app.include_router(live, prefix="/api")
    app.include_router(metrics_router)
    if core.settings.api.open_feed:
        app.state.open_feed_since = core.clock.now()
        app.include_router(open311.router)
    app.add_exception_handler(BadInput, _bad_input)
    app.add_exception_handler(Outside, _away)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)
    return app


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": " ".join(message.split())}, status)


def _bad_input(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Unknown):
        return _error(404, str(error))
    if isinstance(error, TooSoon):
        answer = _error(429, str(error))
        answer.headers["Retry-After"] = str(math.ceil(error.wait.total_seconds()))
        return answer
    return _error(403 if isinstance(error, Forbidden) else 400, str(error))


def _away(_request: Request, error: Exception) -> JSONResponse:
    return _error(503, str(error))


def _not_valid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError) or not error.errors():
        return _error(422, str(error))
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"] if part not in {"body", "query"}) or "body"
    if fault["type"] == "missing":
        return _error(422, f"{key}: missing")
    message = str(fault["msg"]).removeprefix("Input should be ")
    return _error(422, f"{key}: got {fault.get('input')!r:.80}, expected {message[:1].lower()}{message[1:]}")


def _http(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return _error(500, str(error))
    return _error(error.status_code, str(error.detail))


def _fault(_request: Request, error: Exception) -> JSONResponse:
    return _error(500, f"a fault of the head-end, see its log: {type(error).__name__}")
