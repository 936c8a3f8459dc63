"""Locks for people at work, open doors and local mode: what keeps light away, and what does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from city.errors import BadInput
from city.locks import LockRequest
from city.measurements import DeviceKind, Metric, Reading
from city.messages import LampState
from headend.access import Forbidden
from headend.records import Records
from headend.unknown import Unknown
from tests.headend.order_scene import OTHER, SUPERVISOR, TECHNICIAN, Town, request, town
from tests.headend.recording import EVENING, batch, until
from tests.headend.small_city import Parts

HOUR_S = 3600.0
NOON = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)


def lock(selector: str = "L1", hours: float = 4.0) -> LockRequest:
    return LockRequest(selector=selector, for_s=hours * HOUR_S, reason="mât à remplacer")


def cabinet_says(place: Town, metric: Metric, value: float) -> None:
    now = place.parts.clock.now()
    values = {Metric.DOOR_OPEN: 0.0, Metric.LOCAL_OVERRIDE: 0.0, metric: value}
    place.parts.ingest(batch(Reading("A-001", DeviceKind.CABINET, now, values)))


async def test_a_lock_has_its_points_dark_with_its_reason_and_ends_by_itself(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        view = await place.locks.lock(lock(), TECHNICIAN)
        assert (view.points, view.active, view.by) == (1, True, "anne")
        await until(lambda: ("order", "L1", view.id) in place.parts.ways.sent)
        now = place.parts.clock.now()
        decision = place.parts.book.decide("L1", 100.0, "p", now)
        assert (decision.level, decision.text, decision.is_lock) == (0.0, "mât à remplacer", True)
        place.say("L1", level=0, order=view.id)
        lamp = place.parts.lamps.all["L1"]
        assert (lamp.locked, lamp.asked, lamp.state) == (True, 0.0, LampState.OVERRIDDEN)
        assert place.locks.views()[0].confirmed == 1
        assert [(entry.act, entry.by) for entry in await place.records.journal()] == [("lock", "anne")]
        await place.parts.clock.advance(4 * HOUR_S)
        place.parts.book.tick(place.parts.clock.now())
        place.parts.lamps.refresh()
        assert not lamp.locked
        assert lamp.asked > 0
        assert place.locks.views() == []


async def test_an_order_for_light_goes_around_locked_points_and_says_so(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        locked = await place.locks.lock(lock(), TECHNICIAN)
        planned = await place.orders.ask(request("circuit:A-001/1", dry_run=True), SUPERVISOR)
        assert (planned.points, list(planned.locked)) == (2, ["L1"])
        view = await place.orders.ask(request("circuit:A-001/1"), SUPERVISOR)
        assert (view.points, list(view.locked)) == (2, ["L1"])
        assert "locked by anne" in view.locked["L1"]
        assert locked.id in view.locked["L1"]
        await until(lambda: len(place.parts.ways.sent) == 3)
        assert {name for _, name, order in place.parts.ways.sent if order == view.id} == {"L2", "L3"}
        with pytest.raises(BadInput, match="every light point of L1 is held back: L1: locked by anne"):
            await place.orders.ask(request("L1"), SUPERVISOR)


async def test_neither_the_way_back_to_the_programme_nor_undo_lifts_a_lock(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        view = await place.locks.lock(lock(), TECHNICIAN)
        await place.orders.ask(request("L1", level=None), SUPERVISOR)
        with pytest.raises(BadInput, match="falotier unlock"):
            await place.orders.cancel(view.id, SUPERVISOR)
        decision = place.parts.book.decide("L1", 100.0, "p", place.parts.clock.now())
        assert decision.order == view.id
        assert [each.id for each in place.locks.views()] == [view.id]
        assert await place.orders.views() == []


async def test_only_who_locked_or_a_supervisor_with_a_reason_lifts_a_lock(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        view = await place.locks.lock(lock(), TECHNICIAN)
        with pytest.raises(Forbidden, match="only anne or a supervisor"):
            await place.locks.lift(view.id, OTHER, "j'en ai besoin")
        with pytest.raises(BadInput, match="say why"):
            await place.locks.lift(view.id, SUPERVISOR, " ")
        lifted = await place.locks.lift(view.id, SUPERVISOR, "rentrée au dépôt")
        assert (lifted.active, lifted.lifted_at) == (False, place.parts.clock.now())
        assert (await place.records.journal())[0].text == f"{view.id} · rentrée au dépôt"
        with pytest.raises(Unknown):
            await place.locks.lift(view.id, SUPERVISOR, "encore")
        again = await place.locks.lock(lock(), TECHNICIAN)
        assert not (await place.locks.lift(again.id, TECHNICIAN, "")).active


async def test_when_a_lock_is_lifted_the_controller_goes_back_to_its_programme(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1")
        view = await place.locks.lock(lock(), TECHNICIAN)
        await place.parts.clock.advance(1)
        place.say("L1", level=0, order=view.id)
        await place.locks.lift(view.id, TECHNICIAN, "")
        await until(lambda: ("resume", "L1", view.id) in place.parts.ways.sent)


async def test_where_two_teams_work_the_light_stays_away_until_both_have_gone(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        first = await place.locks.lock(lock(hours=2), TECHNICIAN)
        second = await place.locks.lock(lock(hours=6), OTHER)
        await place.parts.clock.advance(1)
        place.say("L1", level=0, order=second.id)
        await place.locks.lift(second.id, OTHER, "")
        await until(lambda: place.parts.ways.sent[-1] == ("order", "L1", first.id))
        assert not any(what == "resume" for what, *_ in place.parts.ways.sent)


@pytest.mark.parametrize(
    ("asked", "why"),
    [(lock(hours=13), "12 h at most"), (lock("all"), "4 at most"), (lock("L9"), "no lamp")],
)
async def test_a_lock_that_is_too_long_or_too_wide_is_refused_whoever_asks(
    tmp_path: Path, asked: LockRequest, why: str
) -> None:
    async with town(tmp_path) as place:
        with pytest.raises(BadInput, match=why):
            await place.locks.lock(asked, SUPERVISOR)
        assert place.parts.ways.sent == []


async def test_a_lock_survives_a_restart_and_is_not_sent_again_before_the_field_is_read_back(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as place:
        view = await place.locks.lock(lock(), TECHNICIAN)
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        parts = Parts()
        again = Town(parts, records, place.orders._settings)
        await again.orders.restore()
        assert [each.id for each in again.locks.views()] == [view.id]
        assert parts.book.decide("L1", 100.0, "p", EVENING).is_lock
        await parts.clock.advance(5 * HOUR_S)
        assert again.locks.views() == []


async def test_the_stop_after_a_mass_of_changes_never_keeps_anybody_from_locking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headend.safeguards.most_alone", lambda fleet, share: 1)
    async with town(tmp_path) as place:
        await place.locks.lock(lock("circuit:A-001/1"), TECHNICIAN)
        assert place.safeguards.stopped_until is not None
        assert (await place.locks.lock(lock("N1"), OTHER)).active


@pytest.mark.parametrize(
    ("metric", "why"),
    [(Metric.DOOR_OPEN, "the door of A-001 is open"), (Metric.LOCAL_OVERRIDE, "local mode")],
)
async def test_an_open_or_local_cabinet_takes_no_light_from_afar_but_nothing_is_switched_off(
    tmp_path: Path, metric: Metric, why: str
) -> None:
    async with town(tmp_path) as place:
        cabinet_says(place, metric, 1.0)
        planned = await place.orders.ask(request("L1", dry_run=True), TECHNICIAN)
        assert (planned.points, why in planned.blocked["L1"]) == (0, True)
        with pytest.raises(BadInput, match=why):
            await place.orders.ask(request("L1"), TECHNICIAN)
        assert place.parts.ways.sent == []
        assert place.parts.book.decide("L1", 100.0, "p", EVENING).source == "programme"
        await place.parts.clock.advance(60)
        cabinet_says(place, metric, 0.0)
        assert (await place.orders.ask(request("L1"), TECHNICIAN)).state == "in_force"


async def test_darkness_and_the_programme_reach_an_open_cabinet(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.parts.clock._now = NOON
        cabinet_says(place, Metric.DOOR_OPEN, 1.0)
        assert (await place.orders.ask(request("L1", level=0, hours=1), TECHNICIAN)).state == "in_force"
        assert (await place.orders.ask(request("L1", level=None), TECHNICIAN)).locked == {}


async def test_a_door_that_opens_while_an_order_waits_holds_it_back_when_it_is_agreed_to(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as place:
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        await place.locks.lock(lock(), TECHNICIAN)
        done = await place.approvals.approve(waits.id, OTHER)
        assert (done.points, list(done.locked)) == (5, ["L1"])
        waits = await place.orders.ask(request("all"), TECHNICIAN)
        cabinet_says(place, Metric.DOOR_OPEN, 1.0)
        with pytest.raises(BadInput, match="every light point of all is held back"):
            await place.approvals.approve(waits.id, OTHER)
        assert place.approvals.get(waits.id).state == "failed"
        assert timedelta() < waits.until - place.parts.clock.now()
