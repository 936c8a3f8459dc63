"""Overrides from asking to confirming."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.errors import BadInput, Unreachable
from city.messages import OrderRequest
from city.settings import OrdersSection
from headend.access import Forbidden
from headend.records import Records
from headend.unknown import Unknown
from tests.headend.order_scene import SUPERVISOR, TECHNICIAN, Town, request, town
from tests.headend.recording import EVENING, until
from tests.headend.small_city import Parts


async def test_an_order_is_written_down_sent_and_confirmed(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1")

        async def obey() -> None:
            await until(lambda: bool(place.parts.ways.sent))
            await place.parts.clock.advance(1)
            place.say("L1", level=40, order=place.parts.ways.sent[0][2])

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(obey())
            view = await place.orders.ask(request(), TECHNICIAN)
        assert (view.points, view.would_change, view.confirmed, view.active) == (1, 1, 1, True)
        assert (view.by, view.level_pct, view.sample) == ("anne", 40.0, ("L1",))
        assert view.until - view.asked_at == timedelta(hours=2)
        assert [each.id for each in await place.records.overrides()] == [view.id]
        assert [(entry.act, entry.by) for entry in await place.records.journal()] == [("order", "anne")]


async def test_an_answer_does_not_wait_for_those_who_cannot_give_one(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        started = asyncio.get_running_loop().time()
        view = await place.orders.ask(request("circuit:A-001/2"), TECHNICIAN)
        assert asyncio.get_running_loop().time() - started < 0.4
        assert (view.points, view.confirmed) == (3, 0)


async def test_one_that_says_nothing_is_never_rounded_to_success(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1")
        view = await place.orders.ask(request(), TECHNICIAN)
        assert (view.confirmed, view.refused) == (0, {})


async def test_a_dry_run_says_what_would_change_and_does_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1", level=40)
        place.say("L2", level=100)
        view = await place.orders.ask(request("circuit:A-001/1", dry_run=True), TECHNICIAN)
        assert (view.points, view.would_change, view.active, view.dry_run) == (3, 2, False, True)
        assert place.parts.ways.sent == []
        assert await place.records.overrides() == []
        assert await place.records.journal() == []


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (request("L9"), "no lamp, circuit or cabinet is called 'L9'"),
        (request("cabinet:A-002"), "did you mean A-001"),
        (request(hours=13), "expected 12 h at most"),
        (request(hours=1e12), "expected 12 h at most"),
    ],
)
async def test_what_cannot_be_asked_for_is_told_in_one_line(
    tmp_path: Path, asked: OrderRequest, why: str
) -> None:
    async with town(tmp_path) as place:
        with pytest.raises(BadInput, match=why):
            await place.orders.ask(asked, SUPERVISOR)
        assert await place.records.overrides() == []


async def test_where_one_person_works_alone_many_points_or_darkness_need_a_supervisor(tmp_path: Path) -> None:
    async with town(tmp_path, second_person=False) as place:
        with pytest.raises(Forbidden, match="more than 4"):
            await place.orders.ask(request("all"), TECHNICIAN)
        with pytest.raises(Forbidden, match="supervisor"):
            await place.orders.ask(request(level=0), TECHNICIAN)
        assert (await place.orders.ask(request("all", level=0), SUPERVISOR)).points == 6


async def test_darkness_by_day_needs_nobody_unless_it_reaches_into_the_night(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.parts.clock._now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
        assert (await place.orders.ask(request(level=0, hours=2), TECHNICIAN)).state == "in_force"
        waits = await place.orders.ask(request(level=0, hours=8), TECHNICIAN)
        assert (waits.state, waits.second) == ("awaiting", "dark_at_night")


async def test_undo_takes_the_points_back_to_their_programme(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1")
        order = (await place.orders.ask(request(), TECHNICIAN)).id
        await place.parts.clock.advance(1)
        place.say("L1", level=40, order=order)

        async def obey() -> None:
            await until(lambda: ("resume", "L1", order) in place.parts.ways.sent)
            await place.parts.clock.advance(1)
            place.say("L1")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(obey())
            view = await place.orders.cancel(order, TECHNICIAN)
        assert not view.active
        assert view.cancelled_at is not None
        assert (await place.records.overrides())[0].cancelled_at == view.cancelled_at
        with pytest.raises(Unknown):
            await place.orders.cancel(order, TECHNICIAN)


async def test_no_level_takes_only_the_named_points_back(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        await place.orders.ask(request("circuit:A-001/1"), TECHNICIAN)
        await place.orders.ask(request("L1", level=None), TECHNICIAN)
        left = (await place.records.overrides())[0]
        assert left.points == frozenset({"L2", "L3"})
        assert left.cancelled_at is None
        assert [entry.act for entry in await place.records.journal()] == ["resume", "order"]


async def test_overrides_survive_a_restart_and_those_past_their_lease_do_not(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        long = (await place.orders.ask(request("L1", hours=10), TECHNICIAN)).id
        await place.orders.ask(request("L2", hours=1), TECHNICIAN)
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        parts = Parts()
        await parts.clock.advance(7200)
        again = Town(parts, records, OrdersSection())
        await again.orders.restore()
        assert [each.id for each in parts.book.active(parts.clock.now())] == [long]
        assert sorted(view.active for view in await again.orders.views()) == [False, True]


async def test_records_that_are_away_leave_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as place:

        async def fail(_override: object) -> None:
            raise Unreachable("records: disk full")

        monkeypatch.setattr(place.records, "save_override", fail)
        with pytest.raises(Unreachable):
            await place.orders.ask(request(), TECHNICIAN)
        assert place.parts.book.active(EVENING) == ()
        assert place.parts.ways.sent == []
