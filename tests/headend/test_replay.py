"""Replay: the city as it was at a past instant, by the rules of the present and from what was recorded alone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest

from city.incidents import Cause, Evidence, Incident, State, incident_id
from city.measurements import Batch, DeviceKind, Metric, Reading
from city.messages import JournalEntry, LampState, TimelineRow
from headend.configured import plan_file_of
from headend.records import Note
from tests.headend.memory_store import MemoryStore, kept_in_memory
from tests.headend.recording import circuit_reading, lamp_dead, lamp_reading
from tests.headend.replay_scene import HOUR, LAMPS, MINUTE, NOW, THEN, burns, looking_back, override

KEPT_WORDS = "nothing was recorded"
HALF = 'name = "half"\ntitle = "Half"\non = "sunset"\noff = "sunrise"\nlevel = 50\n'
"""A light plan of one programme."""


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    return kept_in_memory(monkeypatch)


async def test_a_lamp_that_was_dead_then_and_is_mended_since_shows_as_failed(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN)
    dead = replace(lamp_dead("L1"), opened_at=THEN - HOUR, since=THEN - HOUR)
    async with looking_back(tmp_path) as past:
        await past.headend.core.records.save_incident(dead.moved(State.CLOSED, THEN + HOUR))
        told = await past.get("/replay")
        states = {row["id"]: row["state"] for row in told["city"]["light_points"]}
        assert states == {**dict.fromkeys(LAMPS, "lit"), "L1": "failed"}
        [shown] = told["city"]["incidents"]
        assert (shown["id"], shown["state"], shown["closed_at"]) == (dead.id, "open", None)
        assert told["city"]["summary"]["incidents"] == 1
        assert told["city"]["summary"]["lamps"]["failed"] == 1
        assert told["city"]["summary"]["now"] == "2026-11-30T20:00:00Z"
        assert told["openings"] == ["2026-11-30T19:00:00Z"]
        burns(store, THEN + 2 * HOUR, THEN + 3 * HOUR)
        assert (await past.states(THEN + 3 * HOUR))["L1"] == "lit"
        assert (await past.get("/replay", THEN - 30 * MINUTE))["city"]["incidents"]


async def test_an_order_that_held_then_and_is_over_since_shows_as_one(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN)
    async with looking_back(tmp_path) as past:
        await past.headend.core.records.save_override(override(cancelled_at=THEN + MINUTE))
        await past.headend.core.records.save_override(override("o-2", points=frozenset({"L2"}), until=THEN))
        lamps = await past.lamps()
        assert (lamps["L1"]["state"], lamps["L1"]["asked_pct"]) == ("overridden", 40.0)
        assert (lamps["L2"]["state"], lamps["L2"]["asked_pct"]) == ("lit", 70.0)
        reason = (await past.get("/light-points/L1"))["reason"]
        assert (reason["source"], reason["by"], reason["order"]) == ("override", "anne", "o-1")
        later = await past.get("/light-points/L1", THEN + MINUTE)
        assert later["reason"]["source"] == "programme"


async def test_who_said_nothing_then_is_silent_with_its_last_word(tmp_path: Path, store: MemoryStore) -> None:
    burns(store, THEN - HOUR, THEN, "L1", "L3", "N1")
    burns(store, THEN - HOUR, THEN - 20 * MINUTE, "L2")
    burns(store, THEN - 5 * HOUR, THEN - 3 * HOUR, "N2")
    burns(store, THEN + MINUTE, THEN + HOUR)
    async with looking_back(tmp_path) as past:
        lamps = await past.lamps()
        assert {name: row["state"] for name, row in lamps.items()} == {
            "L1": "lit", "L2": "silent", "L3": "lit", "N1": "lit", "N2": "silent", "N3": "silent",
        }  # fmt: skip
        assert lamps["L2"]["at"] == "2026-11-30T19:40:00Z"
        assert lamps["N2"]["at"] == "2026-11-30T17:00:00Z"
        assert lamps["N3"]["at"] is None
        assert lamps["N3"]["effect_pct"] is None


async def test_a_circuit_that_was_off_then_leaves_its_lamps_without_supply(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN - 10 * MINUTE)
    store.readings.append(circuit_reading("A-001/2", THEN - 5 * MINUTE, closed=False))
    async with looking_back(tmp_path) as past:
        states = await past.states()
        assert {states[name] for name in ("N1", "N2", "N3")} == {"unpowered"}
        assert {states[name] for name in ("L1", "L2", "L3")} == {"lit"}


async def test_after_a_standstill_of_the_head_end_nobody_is_called_silent_at_once(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - 3 * HOUR, THEN - HOUR)
    burns(store, THEN - 5 * MINUTE, THEN, "L1")
    async with looking_back(tmp_path) as past:
        states = await past.states()
        assert (states["L1"], states["L2"]) == ("lit", "unknown")


async def test_what_was_not_recorded_is_refused_in_one_line(tmp_path: Path, store: MemoryStore) -> None:
    burns(store, THEN - HOUR, THEN)
    async with looking_back(tmp_path) as past:
        for at, words in (
            (NOW - timedelta(hours=48, seconds=1), "the last 48 h"),
            (NOW + MINUTE, "the last 48 h"),
            (THEN + 5 * HOUR, KEPT_WORDS),
            ("noon", "expected for instance"),
            ("2026-11-30T20:00:00", "its offset"),
            ("0001-01-01T00:00:00+14:00", "of our time"),
            ("9999-12-31T23:59:59Z", "of our time"),
        ):
            status, body = await past.ask("/replay", at)
            assert (status, words in body["error"]) == (400, True), body
            assert "\n" not in body["error"]
        assert (await past.ask("/light-points/L1/series", "9999-12-31T23:59:59Z"))[0] == 400
        store.away = True
        status, body = await past.ask("/replay", THEN)
        assert (status, body["error"]) == (503, "store: away")
        store.away = False
        assert len(await past.states()) == 6


async def test_a_replay_needs_a_token(tmp_path: Path, store: MemoryStore) -> None:
    async with looking_back(tmp_path) as past:
        assert (await past.console.ask("GET", f"/replay?at={quote(THEN.isoformat())}", token="x"))[0] == 401


@pytest.mark.parametrize("minute", [30, 90, 210])
async def test_the_night_in_which_clocks_go_back_is_told_hour_by_hour(
    tmp_path: Path, store: MemoryStore, minute: int
) -> None:
    at = (
        datetime(2026, 10, 25, 0, 0, tzinfo=UTC) + minute * MINUTE
    )  # 2:30 comes twice: at 0:30 and at 1:30 UTC
    burns(store, at - HOUR, at)
    async with looking_back(tmp_path, datetime(2026, 10, 25, 12, 0, tzinfo=UTC)) as past:
        plan = past.headend.core.plan
        asked = plan.level_of("L1", at)
        told = await past.get("/replay", at)
        assert datetime.fromisoformat(told["city"]["summary"]["now"]) == at
        assert {row["asked_pct"] for row in told["city"]["light_points"]} == {asked}
        curve = await past.get("/curve", at)
        first, last = (datetime.fromisoformat(point["at"]) for point in (curve[0], curve[-1]))
        assert last - first == timedelta(hours=25) - 10 * MINUTE
        assert first <= at <= last


async def test_the_past_of_now_is_the_present(tmp_path: Path, store: MemoryStore) -> None:
    random = Random(7)  # noqa: S311 (a reproducible city)
    async with looking_back(tmp_path, THEN) as past:
        core = past.headend.core
        core.lamps._started = THEN - HOUR  # it has run for so long
        for minutes in range(30, -1, -5):
            at = THEN - minutes * MINUTE
            readings = [
                lamp_reading(lamp, at, level=random.choice([0.0, 70.0]), power=random.choice([0.6, 42.0]))
                for lamp in LAMPS
                if random.random() < 0.8 and (lamp != "L3" or minutes == 30)
            ]
            readings += [circuit_reading("A-001/1", at, closed=True)]
            readings += [circuit_reading("A-001/2", at, closed=minutes < 20)]
            readings += [Reading("A-001", DeviceKind.CABINET, at, {Metric.POWER: 100.0 + minutes})]
            core.ingest(Batch("A-001", at, tuple(readings)))
            store.readings += readings
        dead = lamp_dead("L2")
        core.watch.restore([replace(dead, opened_at=THEN - HOUR)])
        core.book.put(override(), THEN)
        await core.records.save_override(override())
        core.lamps.doubt_all()
        now = await past.console.get("/light-points")
        assert {row["state"] for row in now} >= {"failed", "silent", "overridden"}
        told = await past.get("/replay")
        assert told["city"]["light_points"] == now
        summary = await past.console.get("/summary")
        for name in ("lamps", "incidents", "sunset", "sunrise", "now"):
            assert told["city"]["summary"][name] == summary[name], name
        for name in ("power_w", "planned_w"):  # lamps are added up in another order
            assert told["city"]["summary"][name] == pytest.approx(summary[name]), name
        assert {each["id"] for each in told["city"]["incidents"]} == {each.id for each in core.watch.live}


async def test_what_people_said_later_was_not_known_then(tmp_path: Path, store: MemoryStore) -> None:
    burns(store, THEN - HOUR, THEN)
    dead = replace(lamp_dead("L1"), opened_at=THEN - HOUR, since=THEN - HOUR, acknowledged_by="paul")
    late = Evidence("late", THEN + MINUTE, {})
    async with looking_back(tmp_path) as past:
        records = past.headend.core.records
        await records.save_incident(replace(dead, evidence=(*dead.evidence, late)))
        await records.case_files.assign(dead.id, "Zoé", "paul", THEN + HOUR)
        for minutes, text in ((-5, "on my way"), (5, "mended")):
            await records.case_files.add(dead.id, Note(THEN + minutes * MINUTE, "paul", text), 30)
        for minutes, act, text in ((-10, "assign", "Léa"), (10, "acknowledge", ""), (11, "assign", "Zoé")):
            await records.add_journal(
                JournalEntry(at=THEN + minutes * MINUTE, by="paul", act=act, subject=dead.id, text=text)
            )
        [shown] = (await past.get("/replay"))["city"]["incidents"]
        assert (shown["acknowledged_by"], shown["assigned_to"]) == (None, "Léa")
        assert [note["text"] for note in shown["notes"]] == ["on my way"]
        assert "late" not in [each["rule"] for each in shown["evidence"]]
        burns(store, THEN + 5 * MINUTE, THEN + 2 * HOUR)
        [shown] = (await past.get("/replay", THEN + 2 * HOUR))["city"]["incidents"]
        assert (shown["acknowledged_by"], shown["assigned_to"]) == ("paul", "Zoé")
        journal = await past.get("/journal")
        assert [each["act"] for each in journal] == ["assign"]


async def test_incidents_that_were_over_by_then_are_told_apart(tmp_path: Path, store: MemoryStore) -> None:
    burns(store, THEN - HOUR, THEN)
    async with looking_back(tmp_path) as past:
        for lamp, closed in (("L1", THEN - MINUTE), ("L2", THEN + MINUTE)):
            dead = replace(lamp_dead(lamp), opened_at=THEN - HOUR)
            await past.headend.core.records.save_incident(dead.moved(State.CLOSED, closed))
        later = replace(lamp_dead("L3"), opened_at=THEN + MINUTE)
        await past.headend.core.records.save_incident(later)
        for state, names in (("live", {"L2"}), ("closed", {"L1"}), ("all", {"L1", "L2"})):
            found = await past.get("/incidents", more=f"&state={state}")
            assert {each["asset"] for each in found} == names, state


async def test_an_access_point_that_an_incident_says_was_down_is_down(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN)
    store.readings += [
        Reading(
            "AP-1", DeviceKind.ACCESS_POINT, THEN - minutes * MINUTE, {Metric.CLIENTS: 7.0, Metric.UP: 1.0}
        )
        for minutes in range(25, 9, -1)
    ]
    since = THEN - 9 * MINUTE
    down = Incident(
        id=incident_id(Cause.AP_DOWN, "AP-1", since), cause=Cause.AP_DOWN, asset="AP-1",
        kind=DeviceKind.ACCESS_POINT, state=State.CLOSED, since=since, opened_at=THEN - 5 * MINUTE,
        closed_at=THEN + HOUR, evidence=(),
    )  # fmt: skip
    async with looking_back(tmp_path) as past:
        [before] = (await past.get("/replay", THEN - 10 * MINUTE))["city"]["access_points"]
        assert (before["up"], before["clients"]) == (True, 7)
        await past.headend.core.records.save_incident(down)
        [shown] = (await past.get("/replay"))["city"]["access_points"]
        assert (shown["up"], shown["clients"]) == (False, None)


async def test_the_plan_before_the_last_one_is_known_an_older_one_is_not(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN)
    async with looking_back(tmp_path) as past:
        core = past.headend.core

        async def deployed(at: datetime) -> None:
            entry = JournalEntry(at=at, by="anne", act="programme", subject="x", text="")
            await core.records.add_journal(entry)

        await deployed(THEN - HOUR)
        assert (await past.get("/replay"))["plan_known"]
        await deployed(THEN + HOUR)
        told = await past.get("/replay", THEN - MINUTE)
        assert told["plan_known"], "none was written before: the built-in one held"
        file = plan_file_of(core.settings)
        former = file.with_name(file.name + ".before")
        former.write_text("[[[", encoding="utf-8")
        assert not (await past.get("/replay", THEN - 3 * MINUTE))["plan_known"], "it cannot be read"
        former.write_text(HALF, encoding="utf-8")
        told = await past.get("/replay", THEN - 4 * MINUTE)
        assert told["plan_known"]
        assert {row["asked_pct"] for row in told["city"]["light_points"]} == {50.0}
        await deployed(THEN + 2 * HOUR)
        told = await past.get("/replay", THEN - 2 * MINUTE)
        assert not told["plan_known"]
        assert {row["asked_pct"] for row in told["city"]["light_points"]} == {None}
        summary = told["city"]["summary"]
        assert (summary["planned_w"], summary["lamps"]["as_planned"], summary["lamps"]["lit"]) == (
            None,
            None,
            6,
        )
        assert await past.get("/curve", THEN - 2 * MINUTE) == []
        assert await past.get("/calendars", THEN - 2 * MINUTE) == []
        assert (await past.get("/light-points/L1", THEN - 2 * MINUTE))["point"]["asked_pct"] is None


async def test_the_curve_of_the_night_ends_at_the_instant_and_outlives_a_restart(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - 2 * HOUR, THEN - HOUR, level=100.0, power=60.0)
    burns(store, THEN - HOUR + 5 * MINUTE, THEN + HOUR, level=70.0, power=42.0)
    meters = [(THEN - minutes * MINUTE, 200.0) for minutes in range(-60, 120, 5)]
    store.say("A-001", DeviceKind.CABINET, Metric.POWER, meters)
    async with looking_back(tmp_path) as past:
        noted = TimelineRow(
            at=THEN - 30 * MINUTE, lit=6, mean_level_pct=55.0, planned_level_pct=70.0, power_w=150.0
        )
        past.headend.core.timeline.add(noted)
        past.headend.core.timeline.add(noted.model_copy(update={"at": THEN + 30 * MINUTE}))
        curve = {datetime.fromisoformat(point["at"]): point for point in await past.get("/curve")}
        measured = {at: (each["measured_level_pct"], each["measured_w"]) for at, each in curve.items()}
        assert measured[THEN - 90 * MINUTE] == (100.0, 200.0)
        assert measured[THEN] == (70.0, 200.0)
        assert measured[THEN - 30 * MINUTE] == (55.0, 150.0), "what was noted goes first"
        assert measured[THEN - 3 * HOUR] == (None, None)
        assert {each for at, each in measured.items() if at > THEN} == {(None, None)}
        assert curve[THEN]["planned_level_pct"] == 70.0
        timeline = await past.get("/timeline")
        assert [each["at"] for each in timeline] == ["2026-11-30T19:30:00Z"]


async def test_a_day_ends_at_the_instant_and_who_held_what_is_not_told(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN)
    burns(store, THEN + 5 * MINUTE, NOW - MINUTE)
    async with looking_back(tmp_path) as past:
        day = await past.get("/light-points/L1/series", more="&metric=power_w&hours=24&step_s=300")
        assert [day[0]["at"], day[-1]["at"]] == ["2026-11-30T19:00:00Z", "2026-11-30T20:00:00Z"]
        detail = await past.get("/light-points/L1")
        assert (detail["programme_held"], detail["programme_wanted"]) == (None, "")
        assert detail["point"]["state"] == LampState.LIT
        [calendar] = await past.get("/calendars")
        assert (calendar["night"], calendar["controllers"], calendar["holding"]) == ("2026-11-30", 0, 0)
        assert (await past.ask("/light-points/L9", THEN))[0] == 404


async def test_an_access_point_that_fell_silent_while_others_answered_is_down(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN)
    for name, last in (("AP-1", 6), ("AP-2", 0)):
        store.readings += [
            Reading(name, DeviceKind.ACCESS_POINT, THEN - minutes * MINUTE, {Metric.CLIENTS: 7.0})
            for minutes in range(25, last - 1, -1)
        ]
    async with looking_back(tmp_path) as past:
        [before] = (await past.get("/replay", THEN - 4 * MINUTE))["city"]["access_points"]
        assert before["up"]
        [shown] = (await past.get("/replay"))["city"]["access_points"]
        assert (shown["up"], shown["clients"]) == (False, None)


@pytest.mark.parametrize("also", [{}, {Metric.UPTIME: 7200.0}])
async def test_an_access_point_of_which_only_its_radios_are_kept_was_up_with_their_clients(
    tmp_path: Path, store: MemoryStore, also: dict[Metric, float]
) -> None:
    burns(store, THEN - HOUR, THEN)
    for minutes in range(25, -1, -5):
        at = THEN - minutes * MINUTE
        store.readings += [
            Reading("AP-1/1", DeviceKind.RADIO, at, {Metric.CLIENTS: 9.0, Metric.AIRTIME: 20.0})
        ]
        store.readings += [Reading("AP-1", DeviceKind.ACCESS_POINT, at, also)] if also else []
    async with looking_back(tmp_path) as past:
        [shown] = (await past.get("/replay"))["city"]["access_points"]
        assert (shown["up"], shown["clients"]) == (True, 9)
        [place] = (await past.get("/replay"))["city"]["summary"]["hotspots"]
        assert (place["clients"], place["access_points_up"]) == (9, 1)


async def test_several_who_look_back_at_once_are_answered_one_after_the_other(
    tmp_path: Path, store: MemoryStore
) -> None:
    burns(store, THEN - HOUR, THEN)
    async with looking_back(tmp_path) as past:
        instants = [THEN - number * MINUTE for number in (0, 5, 0, 10, 5)]
        told = await asyncio.gather(*(past.get("/replay", at) for at in instants))
        assert [datetime.fromisoformat(each["at"]) for each in told] == instants
        assert told[0]["city"] == told[2]["city"]
