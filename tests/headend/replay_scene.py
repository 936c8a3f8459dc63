"""A head-end that is asked about the past, over a store that holds what a test wrote there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from city.clock import ManualClock
from headend.service import HeadEnd
from lighting.orders import Override
from tests.headend.memory_store import MemoryStore
from tests.headend.recording import circuit_reading, lamp_reading
from tests.headend.standing import Console, standing, write_city

NOW = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
THEN = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
"""21:00 in Mulhouse: the built-in plan asks for 70 %."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LAMPS = ("L1", "L2", "L3", "N1", "N2", "N3")


class Past:
    """A head-end over a store that holds what a test wrote there."""

    def __init__(self, headend: HeadEnd, console: Console) -> None:
        self.headend, self.console = headend, console

    async def ask(self, path: str, at: datetime | str, more: str = "") -> tuple[int, Any]:
        text = at if isinstance(at, str) else at.isoformat()
        return await self.console.ask("GET", f"{path}?at={quote(text)}{more}")

    async def get(self, path: str, at: datetime = THEN, more: str = "") -> Any:
        status, body = await self.ask(path, at, more)
        assert status == 200, body
        return body

    async def lamps(self, at: datetime = THEN) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in (await self.get("/replay", at))["city"]["light_points"]}

    async def states(self, at: datetime = THEN) -> dict[str, str]:
        return {name: row["state"] for name, row in (await self.lamps(at)).items()}


@asynccontextmanager
async def looking_back(folder: Path, now: datetime = NOW) -> AsyncIterator[Past]:
    async with standing(write_city(folder), ManualClock(now)) as (headend, console):
        yield Past(headend, console)


def burns(
    store: MemoryStore, start: datetime, end: datetime, *lamps: str, level: float = 70.0, power: float = 42.0
) -> None:
    """Have lamps report every five minutes, and both circuits that they are closed."""
    at = start
    while at <= end:
        store.readings += [lamp_reading(lamp, at, level=level, power=power) for lamp in lamps or LAMPS]
        store.readings += [circuit_reading(f"A-001/{n}", at, closed=True) for n in (1, 2)]
        at += 5 * MINUTE


def override(id_: str = "o-1", **changes: Any) -> Override:
    asked = THEN - HOUR
    known = Override(
        id_, "lamp:L1", frozenset({"L1"}), 40.0, "chantier", "anne", asked, asked + timedelta(hours=3)
    )
    return replace(known, **changes)
