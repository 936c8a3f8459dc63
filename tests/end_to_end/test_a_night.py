"""A night of the simulated city through the command line: real sockets from lamp to summary."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.end_to_end.commands import falotier

PARIS = ZoneInfo("Europe/Paris")
LAMPS = 40
ACCESS_POINTS = 5

TWO_FAULTS = """
title = "A dead lamp and a breaker"
start = 2026-11-30T16:00:00+01:00
[[fault]]
kind = "lamp_dead"
at = "2026-11-30T17:30:00"
until = "2026-11-30T20:30:00"
lamp = "{lamp}"
[[fault]]
kind = "breaker_trip"
at = "2026-11-30T18:10:00"
until = "2026-11-30T19:40:00"
circuit = "{circuit}"
[[noise]]
kind = "maintenance_window"
cabinet = "{worked_on}"
at = "2026-11-30T17:10:00"
until = "2026-11-30T17:50:00"
"""


def rehearse(home: Path, *options: str) -> dict[str, Any]:
    """Run a headless demo, and give its summary."""
    size = ("--lamps", str(LAMPS), "--access-points", str(ACCESS_POINTS), "--seed", "3")
    done = falotier("demo", "--headless", "--json", *size, *options, home=home, timeout_s=240)
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def row_at(summary: dict[str, Any], local: str) -> dict[str, Any]:
    """The row of the timeline at a local time of the evening or the morning after."""
    for row in summary["timeline"]:
        if f"{datetime.fromisoformat(row['at']).astimezone(PARIS):%H:%M}" == local:
            found: dict[str, Any] = row
            return found
    pytest.fail(f"no row at {local}")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """From three in the afternoon to six in the morning, without a fault."""
    return rehearse(tmp_path_factory.mktemp("night"), "--for", "15h", "--at", "2026-11-30T15:00")


def test_every_lamp_is_lit_within_minutes_of_sunset_and_none_before(night: dict[str, Any]) -> None:
    assert row_at(night, "16:40")["lit"] == 0  # sunset is at 16:41
    assert row_at(night, "16:45")["lit"] == LAMPS
    sunset, lit_at = (datetime.fromisoformat(night["dusk"][key]) for key in ("sunset", "lit_at"))
    assert timedelta() < lit_at - sunset < timedelta(minutes=2)


def test_the_levels_of_the_five_steps_are_followed_with_power_to_match(night: dict[str, Any]) -> None:
    full_w = row_at(night, "19:00")["power_w"]
    for local, level, share in (
        ("19:00", 100, (0.99, 1.01)),
        ("22:00", 70, (0.7, 0.8)),
        ("03:00", 30, (0.3, 0.45)),
    ):
        row = row_at(night, local)
        assert row["planned_level_pct"] == level
        assert row["mean_level_pct"] == pytest.approx(level, abs=0.01)
        assert share[0] < row["power_w"] / full_w < share[1]
    assert row_at(night, "05:30")["mean_level_pct"] == pytest.approx(70, abs=0.01)


def test_a_night_without_faults_has_neither_incident_nor_ticket(night: dict[str, Any]) -> None:
    assert night["incidents"] == []
    assert night["tickets"] == []
    assert night["lamps"] == {"total": LAMPS, "lit": LAMPS, "failed": 0, "silent": 0}


def test_every_measurement_that_was_sent_is_stored(night: dict[str, Any]) -> None:
    measured = night["measurements"]
    assert measured["sent"] == measured["ingested"] == measured["stored"] > LAMPS * 9 * 12 * 15
    assert measured["lost"] == 0


def test_the_timeline_has_a_row_every_five_minutes(night: dict[str, Any]) -> None:
    instants = [datetime.fromisoformat(row["at"]) for row in night["timeline"]]
    assert len(instants) == 15 * 12
    assert {(later - earlier).total_seconds() for earlier, later in pairwise(instants)} == {300}


def test_the_busy_places_show_their_load(night: dict[str, Any]) -> None:
    peaks = {hotspot["hotspot"]: hotspot for hotspot in night["wifi"]}
    assert {"patinoire", "uha", "centre-ville"} <= set(peaks)
    assert all(peaks[name]["peak_clients"] > 0 < peaks[name]["peak_load_pct"] for name in peaks)
    assert sum(hotspot["access_points_up"] for hotspot in night["wifi"]) == ACCESS_POINTS


def test_two_faults_are_two_incidents_and_two_tickets_closed_after_repair(tmp_path: Path) -> None:
    lamp, circuit, worked_on = three_places(tmp_path)
    scenario = tmp_path / "two.toml"
    scenario.write_text(TWO_FAULTS.format(lamp=lamp, circuit=circuit, worked_on=worked_on))
    summary = rehearse(tmp_path, "--for", "6h", "--at", "2026-11-30T16:00", "--scenario", str(scenario))

    found = {incident["cause"]: incident for incident in summary["incidents"]}
    assert len(summary["incidents"]) == 2
    assert found["lamp_dead"]["asset"] == lamp
    assert found["breaker_trip"]["asset"] == circuit
    assert found["lamp_dead"]["suppressed"] == 0
    behind = found["breaker_trip"]["suppressed"]
    assert behind > 2
    assert all(incident["closed_at"] for incident in summary["incidents"])

    assert sorted(ticket["points"] for ticket in summary["tickets"]) == [1, behind]
    assert {ticket["status"] for ticket in summary["tickets"]} == {"closed"}
    assert {ticket["id"] for ticket in summary["tickets"]} == {each["ticket"] for each in found.values()}
    assert summary["lamps"]["failed"] == 0


def three_places(folder: Path) -> tuple[str, str, str]:
    """A lamp, a circuit and a cabinet that have nothing to do with each other, from the city's own inventory."""
    from fake_devices.city_plan import plan_city

    plan = plan_city(LAMPS, ACCESS_POINTS, 3)
    circuits = [circuit for circuit in plan.circuits.values() if len(circuit.lamps) > 2]
    circuit = circuits[0]
    lamp = next(lamp for lamp in plan.lamps.values() if lamp.circuit != circuit.id)
    worked_on = next(cabinet.id for cabinet in plan.cabinets if cabinet.id != circuit.cabinet)
    return lamp.id, circuit.id, worked_on
