"""Each controller holds its own calendar, within what it can; who cannot follow keeps what it has."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from city.clock import ManualClock
from city.measurements import DeviceKind, Fact, Reading
from headend.holdings import Holding
from lighting.calendars import LAST, Calendar, Rule
from lighting.light_plan import LightPlan
from lighting.limits import LampFeature
from lighting.moments import Bounded, Edge
from lighting.programmes import FIVE_STEPS
from tests.headend.plans import DIM, EVERYTHING, FEAST, two_calendars
from tests.headend.recording import EVENING, batch, running
from tests.headend.small_city import Parts
from tests.headend.test_conductor import a_round, cabinet_says, happens, say


def wants(parts: Parts, lamp: str) -> str | None:
    return parts.conductor.holdings.lamp_wants(parts.inventory.light_points[lamp])


def standing(parts: Parts, name: str) -> Holding:
    return next(each for each in parts.conductor.holdings if each.id == name)


async def test_each_lamp_is_sent_the_calendar_that_it_follows() -> None:
    parts = Parts()
    parts.ways.limits["GW-1"] = EVERYTHING
    parts.plan.change(two_calendars("L2"))
    async with running(parts.conductor.run()):
        say(parts, "L1")
        say(parts, "L2")
        await a_round(parts)
    street, park = wants(parts, "L1"), wants(parts, "L2")
    assert street != park
    assert sorted(parts.ways.sent) == [("programme", "L1", street), ("programme", "L2", park)]


async def test_what_its_gateway_cannot_is_not_sent_and_the_reason_is_kept() -> None:
    parts = Parts()
    parts.plan.change(two_calendars("L2"))
    async with running(parts.conductor.run()):
        say(parts, "L1", programme="0ldone00")
        say(parts, "L2")
        await a_round(parts, 300)
    assert {each[1] for each in parts.ways.sent} == {"L2"}
    keeps = standing(parts, "L1")
    assert (keeps.state, keeps.wanted, keeps.held) == ("refused", None, "0ldone00")
    assert "announce" in keeps.why


async def test_a_gateway_that_announces_more_has_its_lamps_given_more() -> None:
    parts = Parts()
    parts.plan.change(two_calendars())
    async with running(parts.conductor.run()):
        say(parts, "L1")
        await a_round(parts)
        assert parts.ways.sent == []
        parts.ways.limits["GW-1"] = EVERYTHING
        online = Reading("GW-1", DeviceKind.GATEWAY, parts.clock.now(), {}, {Fact.EVENT: "online"})
        parts.ingest(batch(online))
        await a_round(parts)
    assert parts.ways.sent == [("programme", "L1", wants(parts, "L1"))]


async def test_another_plan_reaches_those_whose_programme_changes_and_nobody_else() -> None:
    parts = Parts()
    parts.ways.limits["GW-1"] = EVERYTHING
    parts.plan.change(two_calendars("L2"))
    async with running(parts.conductor.run()):
        for lamp in ("L1", "L2"):
            say(parts, lamp, programme=wants(parts, lamp))
        await a_round(parts)
        assert parts.ways.sent == []
        parts.plan.change(two_calendars("L2", park=replace(DIM, level=50.0)))
        await a_round(parts)
        assert parts.ways.sent == [("programme", "L2", wants(parts, "L2"))]
        happens(parts, "L2", "programme_accepted", wants(parts, "L2") or "")
        await a_round(parts, 300)
    assert len(parts.ways.sent) == 1
    assert standing(parts, "L2").state == "holds"


async def test_a_night_goes_by_without_a_word_but_dates_are_sent_before_they_run_out() -> None:
    last_fridays = Rule("Derniers vendredis", FEAST.name, weekdays=frozenset({4}), nth=frozenset({LAST}))
    calendar = Calendar("rues", "Rues", FIVE_STEPS.name, (last_fridays,))
    plan = LightPlan({each.name: each for each in (FIVE_STEPS, FEAST)}, {"rues": calendar}, "rues")
    parts = Parts(clock=ManualClock(datetime(2026, 5, 1, 18, tzinfo=UTC)))
    parts.ways.limits["GW-1"] = EVERYTHING
    parts.plan.change(plan)
    hashes = set()
    async with running(parts.conductor.run()):
        for _ in range(14):
            say(parts, "L1", programme=wants(parts, "L1"))
            await a_round(parts)
            hashes.add(wants(parts, "L1"))
            parts.clock._now += timedelta(days=30)
            await a_round(parts)
    assert len(hashes) == 2  # the dates move on once a year
    assert len(parts.ways.sent) == 1


async def test_a_programme_that_was_refused_is_told_so_until_another_is_wanted() -> None:
    parts = Parts()
    async with running(parts.conductor.run()):
        say(parts, "L1")
        await a_round(parts)
        happens(parts, "L1", "programme_refused", parts.programme, "flash is full")
        assert (standing(parts, "L1").state, standing(parts, "L1").why) == ("refused", "flash is full")
        parts.plan.change(two_calendars("L1"))
        assert standing(parts, "L1").state == "waiting"
        await a_round(parts, 6)
    assert [each[0] for each in parts.ways.sent] == ["programme", "programme"]


async def test_a_cabinet_is_given_the_envelope_of_all_that_it_feeds_again_when_that_grows() -> None:
    parts = Parts()
    early = replace(DIM, on=Edge("sunset", timedelta(minutes=-30)))
    async with running(parts.conductor.run()):
        cabinet_says(parts, parts.conductor.holdings.cabinet_wants("A-001") or "")
        await a_round(parts)
        assert parts.deployed == []
        parts.plan.change(two_calendars("N1", park=early))
        await a_round(parts)
    assert parts.deployed == [f"A-001 {parts.conductor.holdings.cabinet_wants('A-001')}"]
    assert standing(parts, "A-001").calendars == {"rues", "parc"}
    assert standing(parts, "A-001").state == "holds"


async def test_a_cabinet_that_cannot_follow_keeps_its_programme_with_the_reason() -> None:
    parts = Parts()
    noon = replace(DIM, on=Bounded(time(13, 0)), off=Edge("sunrise"))
    far = replace(noon, on=Edge("sunset", timedelta(hours=-5)))
    async with running(parts.conductor.run()):
        cabinet_says(parts, "00000001")
        parts.plan.change(two_calendars("N1", park=far))
        await a_round(parts)
    assert parts.deployed == []
    assert standing(parts, "A-001").state == "refused"
    assert "A-001/2" in standing(parts, "A-001").why


async def test_nothing_is_sent_while_nothing_may_be_and_all_of_it_afterwards() -> None:
    parts = Parts()
    allowed = False
    parts.conductor._may_send = lambda: allowed
    async with running(parts.conductor.run()):
        say(parts, "L1")
        cabinet_says(parts, "00000001")
        parts.conductor.kick()
        await a_round(parts, 300)
        assert (parts.ways.sent, parts.deployed) == ([], [])
        allowed = True
        await a_round(parts)
    assert len(parts.ways.sent) == len(parts.deployed) == 1


async def test_features_that_a_calendar_needs_are_named_when_they_are_missing() -> None:
    parts = Parts()
    parts.ways.limits["GW-1"] = replace(EVERYTHING, features=frozenset(LampFeature) - {LampFeature.FADES})
    parts.plan.change(two_calendars("L1", park=replace(DIM, fade=timedelta(seconds=30))))
    say(parts, "L1")
    await asyncio.sleep(0)
    assert "fades" in standing(parts, "L1").why
    assert parts.clock.now() == EVENING
