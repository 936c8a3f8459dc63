"""A light point in one word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from city.incidents import State
from city.measurements import DeviceKind, Metric
from city.messages import LampState
from city.telemetry import Sample
from lighting.orders import Override
from tests.headend.recording import EVENING, batch, circuit_reading, lamp_dead, lamp_reading
from tests.headend.small_city import Parts

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def state(parts: Parts, lamp: str) -> LampState:
    parts.lamps.refresh()
    return parts.lamps.all[lamp].state


def say(parts: Parts, lamp: str, *, level: float = 100.0, power: float = 60.0) -> None:
    parts.ingest(batch(lamp_reading(lamp, parts.clock.now(), level=level, power=power)))


def relay(parts: Parts, circuit: str, *, closed: bool, tripped: bool = False) -> None:
    parts.ingest(batch(circuit_reading(circuit, parts.clock.now(), closed=closed, tripped=tripped)))


def override(level: float = 40.0, *points: str) -> Override:
    until = EVENING + timedelta(hours=2)
    return Override("o-1", "x", frozenset(points or {"L1"}), level, "chantier", "anne", EVENING, until)


def test_a_lamp_never_heard_of_is_unknown() -> None:
    assert state(Parts(), "L1") is LampState.UNKNOWN


def test_level_and_power_together_make_a_lamp_lit() -> None:
    parts = Parts()
    say(parts, "L1")
    say(parts, "L2", level=100, power=0.6)
    say(parts, "L3", level=0, power=0.6)
    assert [state(parts, lamp) for lamp in ("L1", "L2", "L3")] == [
        LampState.LIT,
        LampState.DARK,
        LampState.DARK,
    ]


async def test_silence_counts_only_while_the_circuit_is_fed() -> None:
    parts = Parts()
    relay(parts, "A-001/2", closed=False)
    say(parts, "L1")
    assert state(parts, "N1") is LampState.UNPOWERED
    await parts.clock.advance(1500)
    parts.lamps.doubt_all()
    assert state(parts, "L1") is LampState.SILENT
    assert state(parts, "N1") is LampState.UNPOWERED
    relay(parts, "A-001/2", closed=True)
    assert state(parts, "N1") is LampState.UNKNOWN
    await parts.clock.advance(1030)
    parts.lamps.doubt_all()
    assert state(parts, "N1") is LampState.SILENT
    say(parts, "N1")
    assert state(parts, "N1") is LampState.LIT


async def test_without_a_word_on_the_relay_a_night_fed_lamp_is_unknown_not_silent() -> None:
    parts = Parts()
    await parts.clock.advance(2000)
    assert (state(parts, "N1"), state(parts, "L1")) == (LampState.UNKNOWN, LampState.SILENT)


def test_what_an_unpowered_controller_held_is_not_known_any_more() -> None:
    parts = Parts()
    say(parts, "N1", level=70)
    relay(parts, "A-001/2", closed=False)
    assert state(parts, "N1") is LampState.UNPOWERED
    assert parts.lamps.all["N1"].effect is None


def test_a_live_incident_fails_its_lamp_and_those_suppressed_until_it_is_over() -> None:
    parts = Parts()
    for lamp in ("L1", "L2", "L3"):
        say(parts, lamp)
    incident = replace(lamp_dead("L1"), suppressed=("L2",))
    parts.lamps.incident(incident)
    other = lamp_dead("L2")
    parts.lamps.incident(other)
    assert [state(parts, lamp) for lamp in ("L1", "L2", "L3")] == [
        LampState.FAILED,
        LampState.FAILED,
        LampState.LIT,
    ]
    parts.lamps.incident(incident.moved(State.CLOSED, EVENING))
    assert [state(parts, lamp) for lamp in ("L1", "L2")] == [LampState.LIT, LampState.FAILED]
    parts.lamps.incident(other.moved(State.DISMISSED, EVENING))
    assert state(parts, "L2") is LampState.LIT


async def test_an_override_shows_at_once_and_ends_by_itself() -> None:
    parts = Parts()
    say(parts, "L1")
    parts.book.put(override(), EVENING)
    assert state(parts, "L1") is LampState.OVERRIDDEN
    assert parts.lamps.all["L1"].asked == 40.0
    await parts.clock.advance(7201)
    parts.book.tick(parts.clock.now())
    say(parts, "L1")
    assert state(parts, "L1") is LampState.LIT
    assert parts.lamps.all["L1"].asked == 100.0


def test_counts_follow_every_change() -> None:
    parts = Parts()
    relay(parts, "A-001/2", closed=False)
    for lamp in ("L1", "L2"):
        say(parts, lamp)
    say(parts, "L3", level=50)
    parts.lamps.refresh()
    counts = parts.lamps.counts()
    assert (counts.total, counts.lit, counts.as_planned, counts.failed) == (6, 3, 2, 0)
    parts.lamps.incident(lamp_dead("L1"))
    parts.lamps.refresh()
    counts = parts.lamps.counts()
    assert (counts.lit, counts.failed, counts.as_planned) == (2, 1, 1)
    assert sum(parts.lamps._shares.values()) == 6


def test_by_day_dark_and_unpowered_lamps_are_as_planned() -> None:
    parts = Parts()
    parts.clock._now = NOON
    relay(parts, "A-001/2", closed=False)
    for lamp in ("L1", "L2", "L3"):
        say(parts, lamp, level=0, power=0.6)
    parts.lamps.refresh()
    assert parts.lamps.counts().as_planned == 6
    assert parts.lamps.planned_w() == 3 * 0.6


def test_the_mean_level_is_what_lamps_report_and_darkness_counts() -> None:
    parts = Parts()
    parts.lamps.refresh()
    assert parts.lamps.mean_level_pct() is None
    relay(parts, "A-001/2", closed=False)
    for lamp, level in (("L1", 100), ("L2", 50)):
        say(parts, lamp, level=level)
    parts.lamps.refresh()
    assert parts.lamps.mean_level_pct() == 150 / 5


def test_only_what_changed_is_new_to_a_console() -> None:
    parts = Parts()
    parts.lamps.refresh()
    version = parts.lamps.changes.version
    parts.lamps.doubt_all()
    parts.lamps.refresh()
    assert list(parts.lamps.changes.since(version)) == []
    say(parts, "L2")
    parts.lamps.refresh()
    assert list(parts.lamps.changes.since(version)) == ["L2"]
    assert list(parts.lamps.changes.since(parts.lamps.changes.version)) == []


async def test_a_step_of_the_programme_reaches_every_lamp_without_a_message() -> None:
    parts = Parts()
    parts.lamps.refresh()
    version = parts.lamps.changes.version
    await parts.clock.advance(3 * 3600)
    parts.lamps.refresh()
    assert len(set(parts.lamps.changes.since(version))) == 6
    assert parts.lamps.all["L1"].asked == 70.0


def test_values_rebuilt_from_the_store_count_while_they_are_fresh() -> None:
    parts = Parts()
    fresh = {Metric.LEVEL: Sample(EVENING - timedelta(minutes=3), 100.0)}
    old = {Metric.LEVEL: Sample(EVENING - timedelta(hours=3), 100.0)}
    parts.snapshot.restore(DeviceKind.LAMP, {"L1": fresh, "L2": old})
    assert (state(parts, "L1"), state(parts, "L2")) == (LampState.LIT, LampState.UNKNOWN)
