"""Light lent where many people are: who has it, who takes it away, and how it ends."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput, Unreachable
from city.locks import LockRequest
from city.measurements import DeviceKind, Metric, Reading
from city.presence_views import WhyNot
from city.settings import load_settings
from headend.conductor import ROUND_S
from headend.records import Records
from headend.service import HeadEnd
from lighting.dynamic import DynamicRule
from lighting.light_plan import plan_of
from lighting.programmes import FIVE_STEPS
from tests.headend.order_scene import SUPERVISOR, TECHNICIAN, request
from tests.headend.presence_scene import (
    HERE,
    MINUTE_S,
    MORNING,
    NIGHT,
    RULE,
    RULE_TABLE,
    TWO_LIMITS,
    WIFI,
    rink,
    wifi_says,
)
from tests.headend.recording import batch, until
from tests.headend.standing import standing, write_city
from wifi.inventory import AccessPoint, Inventory


async def test_many_clients_have_the_lamps_around_give_more_light_and_the_lamps_are_told(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(49)
        assert scene.decision().source == "programme"
        await scene.minute(50)
        decision = scene.decision()
        assert (decision.level, decision.by) == (80.0, "head-end")
        assert decision.text == "Match · Patinoire · 50 clients ≥ 50"
        assert scene.decision("N1").source == "programme"
        order = scene.leases[0].id
        await scene.parts.clock.advance(ROUND_S)
        await until(lambda: {("order", f"L{n}", order) for n in (1, 2, 3)} <= set(scene.parts.ways.sent))


async def test_a_lease_is_renewed_while_it_is_full_and_the_journal_has_beginning_and_end_only(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path) as scene:
        seen = set()
        for _ in range(40):
            await scene.minute(60)
            assert scene.decision().level == 80.0
            assert len(scene.leases) == 1
            assert scene.leases[0].until <= scene.parts.clock.now() + timedelta(minutes=10)
            seen.add(scene.leases[0].id)
        assert 4 <= len(seen) <= 7
        assert len(scene.parts.book.of("L1")) <= 2
        assert await scene.acts() == ["dynamic"]
        last = []
        for _ in range(14):
            await scene.minute(0)
            assert scene.decision().level == 80.0
            last.append(scene.leases[0].id)
        assert len(set(last[-3:])) == 1  # nothing is sent again for an end that cannot be later
        await scene.minute(0)
        assert (scene.decision().source, scene.leases) == ("programme", ())
        assert await scene.acts() == ["dynamic", "dynamic_over"]
        assert scene.place.safeguards.stopped_until is None


async def test_when_the_hotspot_says_nothing_more_the_programme_holds_at_once_and_nothing_starts(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        for _ in range(3):  # three polls are a count that is not old yet
            await scene.minute(None)
            assert scene.decision().level == 80.0
        for _ in range(5):
            await scene.minute(None)
            assert (scene.decision().source, scene.leases) == ("programme", ())
        assert await scene.acts() == ["dynamic", "dynamic_blind"]


async def test_access_points_that_are_down_end_it_and_a_count_between_the_limits_begins_nothing(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path, NIGHT, TWO_LIMITS) as scene:
        await scene.minute(60)
        for _ in range(3):
            scene.hotspots.missed("AP-1", scene.parts.clock.now())
        await scene.minute(None)
        assert scene.decision().source == "programme"
        for clients, source in ((30, "programme"), (49, "programme"), (50, "override"), (30, "override")):
            await scene.minute(clients)
            assert scene.decision().source == source


async def test_where_fewer_than_half_of_the_access_points_answer_nobody_knows_who_is_there(
    tmp_path: Path,
) -> None:
    more = {f"AP-{n}": AccessPoint(f"AP-{n}", "patinoire", HERE, "127.0.0.1", n, "x", 40) for n in (1, 2, 3)}
    async with rink(tmp_path, wifi=Inventory(WIFI.hotspots, more)) as scene:
        await scene.minute(90)  # of one in three
        assert scene.decision().source == "programme"
        await scene.minute(90, 2.0)
        assert scene.decision().level == 80.0
        for _ in range(3):
            scene.hotspots.missed("AP-2", scene.parts.clock.now())
        await scene.minute(90)
        assert scene.decision().source == "programme"


async def test_it_goes_on_while_there_are_enough_and_ends_once_there_have_been_too_few_for_long(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path, NIGHT, TWO_LIMITS) as scene:
        for clients in (49, 50, 20, *[19] * 13, 20, *[3] * 14):
            await scene.minute(clients)
            assert scene.decision().source == ("programme" if clients == 49 else "override")
        assert scene.decision().text == "Match · Patinoire · < 5 clients · → 01:01"
        await scene.minute(3)
        assert scene.decision().source == "programme"
        assert await scene.acts() == ["dynamic", "dynamic_over"]


async def test_the_reason_at_the_lamp_follows_the_count_and_nothing_is_sent_again_for_it(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path, NIGHT, TWO_LIMITS) as scene:
        texts, orders = [], set()
        for clients in (214, 61, 31, 12):
            await scene.minute(clients)
            texts.append(scene.decision("L2").text)
            orders.add(scene.leases[0].id)
        assert texts == [
            "Match · Patinoire · 214 clients ≥ 50",
            "Match · Patinoire · 61 clients ≥ 50",
            "Match · Patinoire · 31 clients ≥ 20",
            "Match · Patinoire · 12 clients < 20 · → 00:47",
        ]
        assert len(orders) == 1


async def test_it_never_lasts_past_its_latest_time_however_many_there_are(tmp_path: Path) -> None:
    until_one = replace(RULE, never_past=time(1, 0))
    async with rink(tmp_path, datetime(2026, 11, 30, 23, 50, tzinfo=UTC), until_one) as scene:
        lit = 0
        for _ in range(20):
            await scene.minute(200)
            lit += scene.decision().source == "override"
            assert all(lease.until <= datetime(2026, 12, 1, 0, 0, tzinfo=UTC) for lease in scene.leases)
        assert lit == 10
        view = await scene.view()
        assert view.rules[0].why_not is WhyNot.TOO_LATE


async def test_a_rule_that_has_run_out_since_the_last_look_is_told_as_over(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        for _ in range(14):
            await scene.minute(0)
        assert (await scene.view()).rules[0].lifted == 3
        await scene.parts.clock.advance(MINUTE_S)  # and nobody has looked yet
        (told,) = (await scene.view()).rules
        assert (told.lifted, told.why_not, told.held_since, told.text) == (0, WhyNot.TOO_FEW, None, "")


@pytest.mark.parametrize(
    ("at", "clients", "why"),
    [
        (NIGHT, 60, None),
        (NIGHT, 49, WhyNot.TOO_FEW),
        (NIGHT, None, WhyNot.NOT_COUNTED),
        (datetime(2026, 12, 1, 11, 0, tzinfo=UTC), 60, WhyNot.DARK),
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), 60, WhyNot.BRIGHT),
    ],
)
async def test_why_a_rule_lends_no_light_is_told(
    tmp_path: Path, at: datetime, clients: float | None, why: WhyNot | None
) -> None:
    async with rink(tmp_path, at) as scene:
        await scene.minute(clients)
        (told,) = (await scene.view()).rules
        assert told.why_not is why
        assert (told.lifted, told.points) == (0 if why else 3, 3)
        assert (told.begins_from, told.until_below, told.place) == (50, 50, "Patinoire")


async def test_light_points_that_another_rule_has_or_that_are_held_back_are_told_apart(
    tmp_path: Path,
) -> None:
    below = replace(RULE, name="Sortie", points=frozenset({"L1"}))
    async with rink(tmp_path, NIGHT, RULE, below) as scene:
        await scene.minute(60)
        assert [told.why_not for told in (await scene.view()).rules] == [None, WhyNot.ANOTHER_RULE]
        door = {Metric.DOOR_OPEN: 1.0, Metric.LOCAL_OVERRIDE: 0.0}
        scene.parts.ingest(batch(Reading("A-001", DeviceKind.CABINET, scene.parts.clock.now(), door)))
        await scene.minute(60)
        told = (await scene.view()).rules
        assert [each.why_not for each in told] == [WhyNot.HELD_BACK, WhyNot.ANOTHER_RULE]


async def test_a_head_end_that_stops_leaves_the_light_for_ten_minutes_at_most(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        await scene.parts.clock.advance(10 * MINUTE_S)
        assert scene.decision().source == "programme"


async def test_what_lamps_follow_since_before_a_restart_is_left_to_lapse_or_followed_by_a_new_lease(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path) as scene:
        for lamp in ("L1", "N1"):
            scene.place.say(lamp, level=80.0, order="d-00000000")
        await scene.minute(60)
        await scene.parts.clock.advance(ROUND_S)
        await until(lambda: ("order", "L1", scene.leases[0].id) in scene.parts.ways.sent)
        assert not any(what == "resume" or name == "N1" for what, name, _ in scene.parts.ways.sent)


async def test_an_order_of_a_person_wins_and_the_rule_goes_on_after_it(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        view = await scene.place.orders.ask(request("L1", level=40.0, hours=0.5), SUPERVISOR)
        for _ in range(12):
            await scene.minute(60)
            assert (scene.decision().order, scene.decision("L2").level) == (view.id, 80.0)
        with pytest.raises(BadInput, match="it ends by itself"):
            await scene.place.orders.cancel(scene.leases[0].id, SUPERVISOR)
        await scene.place.orders.cancel(view.id, SUPERVISOR)
        assert scene.decision().level == 80.0


async def test_a_lock_wins(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        lock = LockRequest(selector="L1", for_s=7200, reason="mât à remplacer")
        before = await scene.place.locks.lock(lock, TECHNICIAN)
        await scene.minute(60)
        after = await scene.place.locks.lock(lock.model_copy(update={"selector": "L2"}), TECHNICIAN)
        for _ in range(12):
            await scene.minute(60)
            assert (scene.decision("L1").order, scene.decision("L1").level) == (before.id, 0.0)
            assert (scene.decision("L2").order, scene.decision("L2").level) == (after.id, 0.0)
            assert scene.decision("L3").level == 80.0


async def test_where_a_cabinet_is_open_the_light_is_taken_back_and_comes_again_once_it_is_shut(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        scene.place.say("L1", level=80.0, order=scene.leases[0].id)
        followed = scene.leases[0].id
        for opened, source in ((1.0, "programme"), (0.0, "override")):
            door = {Metric.DOOR_OPEN: opened, Metric.LOCAL_OVERRIDE: 0.0}
            reading = Reading("A-001", DeviceKind.CABINET, scene.parts.clock.now(), door)
            scene.parts.ingest(batch(reading))
            await scene.minute(60)
            assert scene.decision().source == source
            if opened:
                await scene.parts.clock.advance(ROUND_S)
                await until(lambda: ("resume", "L1", followed) in scene.parts.ways.sent)


async def test_what_the_programme_has_dark_or_gives_by_itself_is_left_alone(tmp_path: Path) -> None:
    async with rink(tmp_path, datetime(2026, 12, 1, 11, 0, tzinfo=UTC)) as scene:
        await scene.minute(60)
        assert scene.decision()[:2] == (0.0, "programme")
    (tmp_path / "evening").mkdir()
    async with rink(tmp_path / "evening", datetime(2026, 11, 30, 17, 0, tzinfo=UTC)) as scene:
        await scene.minute(60)
        assert scene.decision()[:2] == (100.0, "programme")


async def test_a_rule_above_takes_some_light_points_for_its_time_and_gives_them_back(tmp_path: Path) -> None:
    above = DynamicRule("Finale", "lamp:L1", frozenset({"L1"}), "patinoire", 90, 100.0, timedelta(minutes=5))
    async with rink(tmp_path, NIGHT, above, RULE) as scene:
        for clients, level in ((60, 80.0), (90, 100.0), *[(60, 100.0)] * 4, *[(60, 80.0)] * 9):
            await scene.minute(clients)
            assert scene.decision("L1").level == level
            assert scene.decision("L2").level == 80.0
        assert await scene.acts() == ["dynamic", "dynamic", "dynamic_over"]


async def test_a_lease_never_keeps_a_lamp_below_its_programme(tmp_path: Path) -> None:
    dim = DynamicRule(RULE.name, RULE.selector, RULE.points, RULE.hotspot, 50, 60.0, RULE.hold)
    async with rink(tmp_path, MORNING, dim) as scene:
        await scene.minute(60)
        assert scene.decision().level == 60.0
        assert scene.leases[0].until == MORNING + timedelta(minutes=8)
        await scene.parts.clock.advance(8 * MINUTE_S)  # and nobody looks
        assert scene.decision()[:2] == (70.0, "programme")


async def test_another_plan_that_is_dark_sooner_ends_a_lease_sooner(tmp_path: Path) -> None:
    async with rink(tmp_path, MORNING) as scene:
        await scene.minute(60)
        assert scene.leases[0].until == MORNING + timedelta(minutes=10)
        early = replace(FIVE_STEPS, level=30.0, steps=(), off=time(5, 0))
        scene.parts.plan.change(plan_of(early))
        await scene.minute(60)
        assert [lease.until for lease in scene.leases] == [MORNING + timedelta(minutes=8)]


async def test_records_that_are_away_keep_no_light_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unreachable("records: away")

    async with rink(tmp_path) as scene:
        monkeypatch.setattr(Records, "add_journal", away)
        await scene.minute(60)
        assert scene.decision().level == 80.0


async def test_a_running_head_end_looks_every_minute_and_why_shows_the_rule(tmp_path: Path) -> None:
    clock = ManualClock(NIGHT)
    file = write_city(tmp_path, RULE_TABLE.format(selector="street:rue Mercière", hotspot="patinoire"))
    async with standing(file, clock) as (headend, console):
        core = headend.core
        core.ingest(batch(wifi_says(60, clock.now())))
        await clock.advance(MINUTE_S)
        await until(lambda: bool(core.book.active(clock.now(), "dynamic")))
        reason = (await console.get("/light-points/L1"))["reason"]
        says = [(say["layer"], say["level_pct"], say["text"]) for say in reason["chain"]]
        assert says[-2][0] == "calendar"
        assert says[-1] == ("dynamic", 80.0, "Match · Patinoire · 60 clients ≥ 50 · → 01:00 max.")
        told = await console.get("/presence")
        (rule,) = told["rules"]
        assert (rule["clients"], rule["lifted"], rule["why_not"]) == (60, 6, None)
        assert (rule["begins_from"], rule["until_below"], rule["never_past"]) == (50, 20, "01:00")
        assert rule["until"] == "2026-11-30T23:46:00Z"
        status, _ = await console.ask("GET", "/presence", token="nobody")
        assert status == 401


@pytest.mark.parametrize(
    ("selector", "hotspot", "why"),
    [
        ("all", "patinoir", "dynamic 'Match': hotspot: none is called 'patinoir'; did you mean patinoire?"),
        ("street:nulle part", "patinoire", "dynamic 'Match': selector: no street is called"),
    ],
)
async def test_a_rule_that_means_nothing_keeps_the_head_end_from_starting(
    tmp_path: Path, selector: str, hotspot: str, why: str
) -> None:
    file = write_city(tmp_path, RULE_TABLE.format(selector=selector, hotspot=hotspot))
    with pytest.raises(BadInput) as raised:
        await HeadEnd(load_settings(file), ManualClock(NIGHT)).run()
    assert str(raised.value).startswith(why)


async def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    table = RULE_TABLE.format(selector="all", hotspot="patinoire")
    with pytest.raises(BadInput, match="dynamic 'Match': name: two rules have it"):
        await HeadEnd(load_settings(write_city(tmp_path, 2 * table)), ManualClock(NIGHT)).run()
