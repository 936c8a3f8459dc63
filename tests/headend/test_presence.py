"""Light lent where many people are: who has it, who takes it away, and how it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.errors import BadInput, Unreachable
from city.locks import LockRequest
from city.measurements import DeviceKind, Metric, Reading
from city.places import Position
from city.settings import load_settings
from headend.conductor import ROUND_S
from headend.hotspots import Hotspots
from headend.presence import Presence
from headend.records import Records
from headend.service import HeadEnd
from lighting.arbitration import Decision
from lighting.dynamic import DynamicRule
from lighting.light_plan import plan_of
from lighting.orders import Override
from lighting.programmes import FIVE_STEPS
from tests.headend.order_scene import SUPERVISOR, TECHNICIAN, Town, request, town
from tests.headend.recording import batch, until
from tests.headend.standing import standing, write_city
from wifi.inventory import AccessPoint, Hotspot, Inventory

HERE = Position(47.75, 7.34)
WIFI = Inventory(
    {"patinoire": Hotspot("patinoire", "Patinoire", HERE, "West", watched=True)},
    {"AP-1": AccessPoint("AP-1", "patinoire", HERE, "127.0.0.1", 1, "falotier-ap", 40)},
)
RULE = DynamicRule(
    "Match", "circuit:A-001/1", frozenset({"L1", "L2", "L3"}), "patinoire", 50, 80.0, timedelta(minutes=15)
)
NIGHT = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
"""The five steps ask for 30 %, from midnight to five o'clock local time."""
MORNING = datetime(2026, 12, 1, 3, 52, tzinfo=UTC)
"""Eight minutes before they ask for 70 %."""
MINUTE_S = 60.0


def wifi_says(clients: float, at: datetime) -> Reading:
    return Reading("AP-1", DeviceKind.ACCESS_POINT, at, {Metric.UP: 1.0, Metric.CLIENTS: clients})


class Rink:
    """The small city by night, with a rule for the lamps around an ice rink."""

    def __init__(self, place: Town, *rules: DynamicRule) -> None:
        parts = self.parts = place.parts
        self.place = place
        self.hotspots = Hotspots(WIFI, parts.snapshot)
        parts.ingest.on_news(self.hotspots.observe)
        self.presence = Presence(
            rules,
            self.hotspots,
            parts.inventory,
            parts.plan,
            parts.book,
            place.safeguards,
            place.records,
            parts.clock,
            period=timedelta(minutes=1),
        )

    async def minute(self, clients: float | None) -> None:
        """A minute passes; the access point says how many clients it has, or nothing."""
        await self.parts.clock.advance(MINUTE_S)
        if clients is not None:
            self.parts.ingest(batch(wifi_says(clients, self.parts.clock.now())))
        await self.presence.look()
        self.parts.book.tick(self.parts.clock.now())

    def decision(self, lamp: str = "L1") -> Decision:
        now = self.parts.clock.now()
        return self.parts.book.decide(lamp, self.parts.plan.level_of(lamp, now), "programme", now)

    @property
    def leases(self) -> tuple[Override, ...]:
        return self.parts.book.active(self.parts.clock.now(), "dynamic")

    async def acts(self) -> list[str]:
        return [entry.act for entry in reversed(await self.place.records.journal())]


@asynccontextmanager
async def rink(tmp_path: Path, at: datetime = NIGHT, *rules: DynamicRule) -> AsyncIterator[Rink]:
    async with town(tmp_path, at - timedelta(minutes=1)) as place:
        yield Rink(place, *(rules or (RULE,)))


async def test_many_clients_have_the_lamps_around_give_more_light_and_the_lamps_are_told(
    tmp_path: Path,
) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(49)
        assert scene.decision().source == "programme"
        await scene.minute(50)
        decision = scene.decision()
        assert (decision.level, decision.text, decision.by) == (80.0, "Match · patinoire", "head-end")
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


async def test_when_the_hotspot_says_nothing_more_the_light_lapses_and_nothing_starts(tmp_path: Path) -> None:
    async with rink(tmp_path) as scene:
        await scene.minute(60)
        lit = 0
        while scene.decision().source == "override":
            await scene.minute(None)
            lit += 1
            assert lit < 30
        assert 15 <= lit <= 15 + 3  # three polls are a count that is not old yet
        for _ in range(5):
            await scene.minute(None)
        assert scene.leases == ()


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


RULE_TABLE = """
[[dynamic]]
name = "Match"
selector = "{selector}"
hotspot = "{hotspot}"
clients = 50
at_least = 80
"""


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
        assert says[-1] == ("dynamic", 80.0, "Match · patinoire")


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
