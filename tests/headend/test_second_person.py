"""Orders that one person does not give alone, and how fast and how much one person may."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.errors import BadInput, Unreachable
from city.messages import OrderView
from headend.access import Forbidden
from headend.orders import Orders
from headend.safeguards import TooSoon
from headend.unknown import Unknown
from lighting.mass_changes import WINDOW
from tests.headend.order_scene import OTHER, SUPERVISOR, TECHNICIAN, WATCHER, Town, request, town
from tests.headend.recording import until

NIGHT = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
"""02:00 in Mulhouse: the programme asks for less than full light, and for more before the morning."""


async def acts(place: Town) -> list[tuple[str, str]]:
    return [(entry.act, entry.by) for entry in reversed(await place.records.journal())]


@pytest.mark.parametrize("level", [40.0, 0.0], ids=["many", "dark at night"])
async def test_nothing_is_sent_before_a_second_person_agrees_whoever_asks(
    tmp_path: Path, level: float
) -> None:
    async with town(tmp_path) as place:
        where = "all" if level else "L1"
        waits = await place.orders.ask(request(where, level), SUPERVISOR)
        assert (waits.state, waits.active, waits.confirmed) == ("awaiting", False, 0)
        await place.parts.clock.advance(60)
        assert place.parts.ways.sent == []
        assert await place.records.overrides() == []
        assert [view.state for view in await place.orders.views()] == ["awaiting"]
        with pytest.raises(Forbidden):
            await place.approvals.approve(waits.id, SUPERVISOR)
        assert place.parts.ways.sent == []


async def test_once_another_agrees_it_is_in_force_under_the_same_name_and_keeps_both_names(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        await place.parts.clock.advance(300)
        done = await place.approvals.approve(waits.id, OTHER)
        assert isinstance(done, OrderView)
        assert (done.id, done.state, done.by, done.approved_by) == (waits.id, "in_force", "anne", "bruno")
        assert done.until == waits.until
        await until(lambda: len(place.parts.ways.sent) == 6)
        assert {order for *_, order in place.parts.ways.sent} == {waits.id}
        kept = (await place.records.overrides())[0]
        assert (kept.by, kept.approved_by) == ("anne", "bruno")
        assert await acts(place) == [("ask", "anne"), ("approve", "bruno"), ("order", "anne")]
        assert "bruno" in (await place.records.journal())[0].text
        assert [view.state for view in await place.orders.views()] == ["in_force"]


async def test_what_was_asked_last_is_what_was_agreed_to_last(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        await place.parts.clock.advance(60)
        await place.orders.ask(request("L1", 80), TECHNICIAN)
        await place.parts.clock.advance(60)
        await place.approvals.approve(waits.id, OTHER)
        now = place.parts.clock.now()
        assert place.parts.book.decide("L1", 100.0, "", now).order == waits.id


async def test_an_order_that_nobody_agrees_to_lapses_and_so_does_one_that_is_taken_back(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        with pytest.raises(Forbidden):
            await place.orders.cancel(waits.id, WATCHER)
        back = await place.orders.cancel(waits.id, TECHNICIAN)
        assert back.state == "over"
        assert await place.orders.views() == []
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        await place.parts.clock.advance(15 * 60)
        assert await place.orders.views() == []
        with pytest.raises(Unknown):
            await place.orders.cancel(waits.id, TECHNICIAN)
        with pytest.raises(BadInput, match="lapsed"):
            await place.approvals.approve(waits.id, OTHER)
        assert place.parts.ways.sent == []


async def test_a_short_order_cannot_be_agreed_to_after_its_end(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all", hours=0.1), TECHNICIAN)
        await place.parts.clock.advance(360)
        with pytest.raises(BadInput, match="lapsed"):
            await place.approvals.approve(waits.id, OTHER)


async def test_records_that_are_away_leave_it_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all"), TECHNICIAN)

        async def fail(_override: object) -> None:
            raise Unreachable("records: disk full")

        with monkeypatch.context() as away:
            away.setattr(place.records, "save_override", fail)
            with pytest.raises(Unreachable):
                await place.approvals.approve(waits.id, OTHER)
        assert [view.state for view in await place.orders.views()] == ["awaiting"]
        await place.approvals.approve(waits.id, OTHER)
        assert [view.state for view in await place.orders.views()] == ["in_force"]


async def test_more_light_is_the_safe_direction_and_one_person_may_go_there_alone(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.parts.clock._now = NIGHT
        assert place.parts.plan.level_of("L1", NIGHT) < 100
        assert (await place.orders.ask(request("all", 100), TECHNICIAN)).state == "in_force"
        assert (await place.orders.ask(request("all", None), TECHNICIAN)).state == "over"
        assert await acts(place) == [("order", "anne"), ("resume", "anne")]


async def test_light_that_would_dim_what_the_programme_asks_later_is_not_more_light(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.parts.clock._now = NIGHT
        level = place.parts.plan.level_of("L1", NIGHT) + 5
        assert (await place.orders.ask(request("all", level, hours=1), TECHNICIAN)).state == "in_force"
        waits = await place.orders.ask(request("all", level, hours=6), TECHNICIAN)
        assert (waits.state, waits.second) == ("awaiting", "points")


async def test_where_the_city_wants_two_for_light_as_well_even_the_way_back_waits(tmp_path: Path) -> None:
    async with town(tmp_path, relight_alone=False) as place:
        assert (await place.orders.ask(request("all", 100), TECHNICIAN)).state == "awaiting"
        back = await place.orders.ask(request("all", None), TECHNICIAN)
        assert back.state == "awaiting"
        done = await place.approvals.approve(back.id, OTHER)
        assert (done.confirmed, done.points) == (6, 6)
        assert ("resume", "anne") in await acts(place)


async def test_a_dry_run_says_beforehand_who_is_needed_and_where_it_reaches(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        view = await place.orders.ask(request("all", dry_run=True), TECHNICIAN)
        assert (view.state, view.second, view.sectors) == ("dry_run", "points", {"D8": 6})
        view = await place.orders.ask(request("L1", dry_run=True), TECHNICIAN)
        assert (view.state, view.second) == ("dry_run", None)
        assert place.approvals.pending() == []


# -- how fast ----------------------------------------------------------------------------------------------


async def test_commands_that_come_too_fast_are_refused_with_the_time_of_the_next(tmp_path: Path) -> None:
    async with town(tmp_path, commands_at_once=2, command_every_s=12) as place:
        for _ in range(2):
            await place.orders.ask(request(), TECHNICIAN)
        await place.orders.ask(request(dry_run=True), TECHNICIAN)
        with pytest.raises(TooSoon, match="of anne: the next in 12 s"):
            await place.orders.ask(request(), TECHNICIAN)
        await place.orders.ask(request(), OTHER)
        await place.parts.clock.advance(12)
        await place.orders.ask(request(), TECHNICIAN)


async def test_all_operators_together_have_a_limit_too(tmp_path: Path) -> None:
    async with town(tmp_path, all_commands_at_once=2) as place:
        await place.orders.ask(request(), TECHNICIAN)
        await place.orders.ask(request(), OTHER)
        with pytest.raises(TooSoon, match="all operators together"):
            await place.orders.ask(request(), SUPERVISOR)


# -- how much ----------------------------------------------------------------------------------------------


@pytest.fixture
def _few_make_a_mass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headend.safeguards.most_alone", lambda fleet, share: 3)


async def change_four(orders: Orders) -> None:
    for name in ("L1", "L2", "N1", "N2"):
        assert (await orders.ask(request(name), TECHNICIAN)).state == "in_force"


@pytest.mark.usefixtures("_few_make_a_mass")
async def test_after_a_mass_of_changes_every_order_needs_two_until_the_window_has_passed(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as place:
        await change_four(place.orders)
        end = place.safeguards.stopped_until
        assert end == place.parts.clock.now() + WINDOW
        waits = await place.orders.ask(request("L1"), OTHER)
        assert (waits.state, waits.second) == ("awaiting", "mass_change")
        assert (await place.orders.ask(request("all", 100), OTHER)).state == "in_force"
        assert (await acts(place)).count(("mass_change", "anne")) == 1
        await place.parts.clock.advance(WINDOW.total_seconds())
        assert (await place.orders.ask(request("L1"), OTHER)).state == "in_force"


@pytest.mark.usefixtures("_few_make_a_mass")
async def test_what_two_persons_agreed_to_and_more_light_make_no_mass(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        await place.approvals.approve(waits.id, OTHER)
        await place.orders.ask(request("all", 100), TECHNICIAN)
        assert place.safeguards.stopped_until is None


@pytest.mark.usefixtures("_few_make_a_mass")
async def test_where_one_person_works_alone_the_stop_leaves_it_to_supervisors(tmp_path: Path) -> None:
    async with town(tmp_path, second_person=False) as place:
        await change_four(place.orders)
        with pytest.raises(Forbidden, match="of late"):
            await place.orders.ask(request("L3"), TECHNICIAN)
        assert (await place.orders.ask(request("L3"), SUPERVISOR)).state == "in_force"


async def test_two_who_agree_at_once_have_it_done_once(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        answers = await asyncio.gather(
            place.approvals.approve(waits.id, OTHER),
            place.approvals.approve(waits.id, SUPERVISOR),
            return_exceptions=True,
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["BadInput", "OrderView"]
        assert (await acts(place)).count(("order", "anne")) == 1
        assert timedelta() < (await place.records.overrides())[0].until - place.parts.clock.now()
