"""Who is asking: the tokens' roles as dependencies of the routes."""

from typing import Annotated, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from city.messages import Role
from headend.access import may
from headend.core import Core
from headend.metrics import Metrics
from headend.records import Token


def core_of(connection: HTTPConnection) -> Core:
    """The parts of the head-end behind a request."""
    return cast("Core", connection.app.state.core)


def metrics_of(connection: HTTPConnection) -> Metrics:
    """The metrics of the head-end behind a request."""
    return cast("Metrics", connection.app.state.metrics)


TheCore = Annotated[Core, Depends(core_of)]


async def bearer(connection: HTTPConnection, role: Role) -> Token:
    """Whose token a request carries.

    Raises:
        HTTPException: 401 without a token that is known, 403 when its role is not enough.
    """
    token = await core_of(connection).access.recognise(connection.headers.get("authorization"))
    if token is None:
        raise HTTPException(401, "a token is needed: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})
    if not may(token, role):
        raise HTTPException(403, f"this needs the role {role}; the token of {token.name} is {token.role}")
    return token


async def _observer(connection: HTTPConnection) -> Token:
    return await bearer(connection, Role.OBSERVER)


async def _technician(connection: HTTPConnection) -> Token:
    return await bearer(connection, Role.TECHNICIAN)


async def _supervisor(connection: HTTPConnection) -> Token:
    return await bearer(connection, Role.SUPERVISOR)


Observer = Annotated[Token, Depends(_observer)]
Technician = Annotated[Token, Depends(_technician)]
Supervisor = Annotated[Token, Depends(_supervisor)]
