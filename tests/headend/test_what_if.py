"""What an order would mean is told before it is given, in kW and kWh; and afterwards who has not answered."""

from datetime import timedelta
from pathlib import Path

import pytest

from city.messages import LampState
from headend.unknown import Unknown
from lighting.power import planned_w
from tests.headend.order_scene import OTHER, TECHNICIAN, Town, request, town


def _planned(place: Town, lamp: str, level: float) -> float:
    point = place.parts.inventory.light_points[lamp]
    return planned_w(point.lamp_type, place.parts.inventory.circuits[point.circuit].feed, level)


async def test_a_dry_run_says_kw_now_and_then_and_kwh_against_the_programme(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1", level=80)
        place.say("L2", level=60)
        view = await place.orders.ask(request("lamps:L1,L2", 0.0, hours=1, dry_run=True), TECHNICIAN)
        assert view.level_now_pct == 70
        assert view.power_now_w == pytest.approx(_planned(place, "L1", 80) + _planned(place, "L2", 60))
        assert view.power_then_w == pytest.approx(_planned(place, "L1", 0) + _planned(place, "L2", 0))
        now = place.parts.clock.now()
        assert view.level_after_pct == place.parts.plan.level_of("L1", now + timedelta(hours=1))
        assert sum(view.streets.values()) == 2
        steps = place.parts.plan.steps_between(
            place.parts.plan.calendar_of["L1"], now, now + timedelta(hours=1)
        )
        ends = [at for at, _ in steps[1:]] + [now + timedelta(hours=1)]
        planned = sum(
            2 * _planned(place, "L1", level) * ((end - at) / timedelta(hours=1))
            for (at, level), end in zip(steps, ends, strict=True)
        )
        assert view.power_then_w is not None
        assert view.energy_kwh is not None
        assert view.energy_kwh == pytest.approx((view.power_then_w - planned) / 1000)
        assert view.energy_kwh < 0


async def test_a_lamp_that_has_said_nothing_counts_with_what_it_should_hold(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.parts.lamps.refresh()
        view = await place.orders.ask(request("L1", 50.0, dry_run=True), TECHNICIAN)
        assert view.level_now_pct is None
        asked = place.parts.plan.level_of("L1", place.parts.clock.now())
        assert view.power_now_w == pytest.approx(_planned(place, "L1", asked))


async def test_the_way_back_to_the_programme_tells_kw_too_but_no_end(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1", level=5)
        view = await place.orders.ask(request("L1", None, dry_run=True), TECHNICIAN)
        asked = place.parts.plan.level_of("L1", place.parts.clock.now())
        assert view.power_then_w == pytest.approx(_planned(place, "L1", asked))
        assert (view.energy_kwh, view.level_after_pct) == (None, None)


async def test_many_lamps_are_one_order_one_approval_and_one_line_of_the_journal(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        names = sorted(place.parts.inventory.light_points)[:5]
        waits = await place.orders.ask(request(f"lamps:{','.join(names)}"), TECHNICIAN)
        assert (waits.state, waits.second, waits.points) == ("awaiting", "points", 5)
        assert waits.selector == f"lamps:{','.join(names[:3])},… (5)"
        (approval,) = place.approvals.pending()
        assert approval.summary.startswith(f"{waits.selector} · 40 %")
        shown = place.orders.asked(waits.id)
        assert shown is not None
        assert shown.power_then_w is not None
        done = await place.approvals.approve(waits.id, OTHER)
        assert (done.id, done.points, done.power_now_w) == (waits.id, 5, shown.power_now_w)
        (kept,) = await place.records.overrides()
        assert (kept.points, kept.selector) == (frozenset(names), f"lamps:{','.join(names)}")
        assert [each.subject for each in await place.records.journal() if each.act == "order"] == [
            waits.selector
        ]
        await place.orders.cancel(waits.id, TECHNICIAN)
        assert not any(view.active for view in await place.orders.views())


async def test_one_order_says_who_has_not_answered_and_as_what_that_lamp_is_known(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        place.say("L1")
        done = await place.orders.ask(request("lamps:L1,L2"), TECHNICIAN)
        assert set(done.unanswered) == {"L1", "L2"}
        assert done.unanswered["L2"] in {LampState.SILENT, LampState.UNKNOWN}
        place.say("L1", level=40, order=done.id)
        later = place.orders.one(done.id)
        assert (later.confirmed, set(later.unanswered)) == (1, {"L2"})
        with pytest.raises(Unknown):
            place.orders.one("o-none")
