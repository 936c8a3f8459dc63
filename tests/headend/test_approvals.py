"""The second person: waiting, agreeing, saying no, and lapsing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput, Unreachable
from city.messages import Role
from headend.access import Forbidden
from headend.approvals import MOST_EACH, Approval, Approvals
from headend.records import Records, Token
from headend.unknown import Unknown
from tests.headend.recording import EVENING, running

ANNE = Token("0" * 64, Role.TECHNICIAN, "anne", EVENING)
ANNE_AT_HOME = Token("1" * 64, Role.TECHNICIAN, "anne", EVENING)
BRUNO = Token("2" * 64, Role.TECHNICIAN, "bruno", EVENING)
CHEF = Token("3" * 64, Role.SUPERVISOR, "chef", EVENING)
WATCHER = Token("4" * 64, Role.OBSERVER, "watcher", EVENING)
WAIT = timedelta(minutes=15)


class Room:
    """Approvals with real records, and a note of what was done."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.clock = ManualClock(EVENING)
        self.approvals = Approvals(records, self.clock, WAIT)
        self.done: list[tuple[str, str]] = []
        self.trouble: Exception | None = None

    async def act(self, asker: Token, approver: Token) -> str:
        if self.trouble:
            raise self.trouble
        self.done.append((asker.name, approver.name))
        return "as you wish"

    async def ask(self, token: Token = ANNE) -> Approval:
        return await self.approvals.ask("order", "600 light points at 30 %", 600, token, self.act)

    async def journal(self) -> list[tuple[str, str]]:
        return [(entry.act, entry.by) for entry in reversed(await self.records.journal())]


@asynccontextmanager
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        yield Room(records)


async def test_what_is_asked_for_waits_and_is_done_once_another_person_agrees(tmp_path: Path) -> None:
    async with room(tmp_path) as place:
        asked = await place.ask()
        assert place.done == []
        assert place.approvals.pending() == [asked]
        assert await place.approvals.approve(asked.id, BRUNO) == "as you wish"
        assert place.done == [("anne", "bruno")]
        assert place.approvals.pending() == []
        over = place.approvals.get(asked.id)
        assert (over.state, over.decided_by) == ("approved", "bruno")
        assert await place.journal() == [("ask", "anne"), ("approve", "bruno")]
        assert "anne" in (await place.records.journal())[0].text
        with pytest.raises(BadInput, match="no longer waits: approved by bruno"):
            await place.approvals.approve(asked.id, CHEF)
        assert len(place.done) == 1


@pytest.mark.parametrize(
    ("asker", "other"),
    [(ANNE, ANNE), (ANNE, ANNE_AT_HOME), (ANNE, WATCHER), (CHEF, CHEF), (CHEF, BRUNO)],
    ids=[
        "oneself",
        "oneself-with-another-token",
        "too-low",
        "supervisor-oneself",
        "technician-for-supervisor",
    ],
)
async def test_it_takes_another_person_of_the_same_role_at_least(
    tmp_path: Path, asker: Token, other: Token
) -> None:
    async with room(tmp_path) as place:
        asked = await place.ask(asker)
        with pytest.raises(Forbidden, match="another person"):
            await place.approvals.approve(asked.id, other)
        assert place.done == []
        assert place.approvals.pending() == [asked]


async def test_a_rejection_has_a_reason_and_ends_it(tmp_path: Path) -> None:
    async with room(tmp_path) as place:
        asked = await place.ask()
        with pytest.raises(BadInput, match="reason"):
            await place.approvals.reject(asked.id, CHEF, "  ")
        await place.approvals.reject(asked.id, CHEF, "the market is on")
        over = place.approvals.get(asked.id)
        assert (over.state, over.decided_by, over.why) == ("rejected", "chef", "the market is on")
        with pytest.raises(BadInput, match="rejected by chef"):
            await place.approvals.approve(asked.id, BRUNO)
        assert place.done == []


async def test_whoever_asked_may_take_it_back(tmp_path: Path) -> None:
    async with room(tmp_path) as place:
        asked = await place.ask()
        await place.approvals.reject(asked.id, ANNE, "the wrong street")
        assert place.approvals.pending() == []


async def test_nobody_answering_is_a_no_at_the_very_instant(tmp_path: Path) -> None:
    async with room(tmp_path) as place:
        asked = await place.ask()
        await place.clock.advance(WAIT.total_seconds() - 1)
        assert place.approvals.pending() == [asked]
        await place.clock.advance(1)
        assert place.approvals.pending() == []
        assert place.approvals.get(asked.id).state == "lapsed"
        with pytest.raises(BadInput, match="no longer waits: lapsed"):
            await place.approvals.approve(asked.id, BRUNO)
        assert place.done == []


async def test_what_lapses_is_written_down_once_also_when_the_records_were_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with room(tmp_path) as place:
        await place.ask()
        await place.clock.advance(WAIT.total_seconds())

        async def fail(_entry: object) -> None:
            raise Unreachable("records: locked")

        with monkeypatch.context() as away:
            away.setattr(place.records, "add_journal", fail)
            with pytest.raises(Unreachable):
                await place.approvals.tick()
        await place.approvals.tick()
        await place.approvals.tick()
        assert await place.journal() == [("ask", "anne"), ("lapse", "head-end")]


async def test_it_may_end_sooner_than_the_usual_wait(tmp_path: Path) -> None:
    async with room(tmp_path) as place:
        soon = EVENING + timedelta(minutes=5)
        asked = await place.approvals.ask("order", "short", 1, ANNE, place.act, until=soon)
        assert asked.until == soon


async def test_records_that_are_away_leave_it_waiting_and_bad_input_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with room(tmp_path) as place:
        asked = await place.ask()
        place.trouble = Unreachable("records: disk full")
        with pytest.raises(Unreachable):
            await place.approvals.approve(asked.id, BRUNO)
        assert place.approvals.pending() == [asked]
        place.trouble = BadInput("selector: no light point is concerned")
        with pytest.raises(BadInput, match="selector"):
            await place.approvals.approve(asked.id, BRUNO)
        assert place.approvals.get(asked.id).state == "failed"
        assert place.approvals.pending() == []


async def test_one_person_cannot_fill_the_list(tmp_path: Path) -> None:
    async with room(tmp_path) as place:
        for _ in range(MOST_EACH):
            await place.ask()
        with pytest.raises(BadInput, match="wait for a second person"):
            await place.ask()
        await place.ask(BRUNO)
        await place.clock.advance(WAIT.total_seconds())
        await place.ask()


async def test_what_is_long_over_is_forgotten_and_what_waits_never_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headend.approvals.REMEMBERED", 2)
    async with room(tmp_path) as place:
        waiting = await place.ask(BRUNO)
        over = [await place.ask() for _ in range(3)]
        for each in over:
            await place.approvals.reject(each.id, CHEF, "no")
        with pytest.raises(Unknown):
            place.approvals.get(over[0].id)
        assert place.approvals.get(over[2].id).state == "rejected"
        assert place.approvals.pending() == [waiting]


async def test_the_loop_writes_down_what_lapses(tmp_path: Path) -> None:
    async with room(tmp_path) as place:
        await place.ask()
        async with running(place.approvals.run()), asyncio.timeout(5):
            while ("lapse", "head-end") not in await place.journal():
                await place.clock.advance(WAIT.total_seconds())
                await asyncio.sleep(0.01)
