"""Setting an InfluxDB up: where values are kept, for how long, and the hourly summaries that outlast them.

Done again it changes nothing. Which engine it is, the server is asked. What it needs is the right to make these things;
the head-end itself only needs to read and to write.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from city.errors import BadInput
from city.settings import TelemetrySection
from drivers.influx.server import Server


class State(StrEnum):
    """What became of a thing."""

    MADE = "made"
    CHANGED = "changed"
    RIGHT = "already right"
    LACKING = "not in this engine"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the server is to have."""

    what: str
    """For instance ``bucket falotier``."""
    state: State
    detail: str


async def set_up(server: Server, settings: TelemetrySection, *, is_dry: bool = False) -> AsyncIterator[Step]:
    """Make what is lacking and change what is wrong, one thing after the other; told only, where it is ``is_dry``.

    Raises:
        BadInput: the settings name another dialect than the server speaks.
        Unreachable, Refused: the server did not do it.
    """
    version = await server.version()
    engine = version.partition(".")[0]
    expected = "v1" if engine == "1" else "v2"
    if engine not in {"1", "2", "3"}:
        raise BadInput(
            f"{server.name} says that it is {version or 'nothing'!r}, expected an InfluxDB 1, 2 or 3"
        )
    if settings.dialect != expected:
        raise BadInput(
            f'telemetry.dialect: got "{settings.dialect}", expected "{expected}": {server.name} is version {version}'
        )
    if engine == "1":
        from drivers.influx.setup_v1 import set_up_v1 as set_up_engine
    elif engine == "2":
        from drivers.influx.setup_v2 import set_up_v2 as set_up_engine
    else:
        from drivers.influx.setup_v3 import set_up_v3 as set_up_engine
    async for step in set_up_engine(server, settings, is_dry):
        yield step


def days(number: int) -> str:
    """A retention, for a person."""
    return f"{number} days" if number else "for ever"
