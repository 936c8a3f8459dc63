"""The detectors against chance, against nothing but noise, and against themselves broken on purpose."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import fake_devices
from console.cli.evaluate import run_random, run_scenario
from console.cli.evaluation import find
from fake_devices import random_scenario
from fake_devices.city_plan import plan_city
from fake_devices.kinds import FAULTS
from fake_devices.scenario import load_scenario, resolve
from lighting import cabinets, faults, lamp_power, power

NOISY = Path(fake_devices.__file__).parent / "scenarios" / "everything-but-a-fault.toml"


def test_a_random_city_full_of_faults_is_found_out_by_seed_and_always_the_same() -> None:
    first = run_random(3, 2, 150.0, 300, lamps=150, access_points=10)
    assert first["truth"] >= 5
    assert first["recall"] >= 0.98
    assert first["cause_accuracy"] >= 0.97
    assert first["false_tickets_per_lamp_night"] == 0.0
    assert run_random(3, 2, 150.0, 300, lamps=150, access_points=10) == first


@pytest.mark.parametrize("seed", range(10))
def test_a_night_of_noise_without_a_fault_raises_nothing(seed: int) -> None:
    """2 % of messages lost, others doubled or late, people at work, a storm, an extinction, each in another city."""
    text = NOISY.read_text(encoding="utf-8")
    for wanted in (
        "lost_messages",
        "duplicated_uplinks",
        "late_uplinks",
        "maintenance_window",
        "storm_photocell",
    ):
        assert wanted in text
    told = load_scenario(NOISY)
    plan = plan_city(120, 0, 100 + seed)
    assert find(told, resolve(told, plan), plan) == []


BROKEN: Mapping[str, tuple[object, str, Any]] = MappingProxyType(
    {
        "dead-lamp": (lamp_power.LampPower, "_dark", lambda *_: lamp_power.WELL),
        "led-string-out": (lamp_power, "BAND", 0.9),
        "voltage-sag": (faults, "SAG_V", 100.0),
        "phase-lost": (cabinets, "ABSENT_V", -1.0),
        "clock-wrong": (cabinets, "CLOCK_S", 1e9),
        "low-power-factor": (power, "POWER_FACTOR_SHARE", 0.0),
    }
)
"""A scenario, and what makes its detector blind."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_detector_that_is_blind_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BROKEN[name])
    assert run_scenario(NOISY.parent / f"{name}.toml")["recall"] < 1.0


def test_a_detector_that_cries_wolf_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calm = 'title = "Calm"\nlamps = 20\naccess_points = 0\nstart = 2026-11-30T17:00:00+01:00\n'
    (tmp_path / "calm.toml").write_text(calm, encoding="utf-8")
    assert run_scenario(tmp_path / "calm.toml")["false_incidents"] == 0
    monkeypatch.setattr(lamp_power, "BAND", 0.001)
    assert run_scenario(tmp_path / "calm.toml")["false_incidents"] > 0


def test_trouble_with_wifi_alone_is_told_apart_and_what_only_looks_like_it_raises_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wifi = {"access_point", "radio", "hotspot", "wifi_controller"}
    kinds = {kind: 1.0 for kind in random_scenario.WEIGHTS if wifi & set(FAULTS[kind])}
    monkeypatch.setattr(random_scenario, "WEIGHTS", kinds)
    scores = run_random(5, 3, 700.0, 300, lamps=20, access_points=28)
    assert scores["truth"] >= 4
    assert scores["missed"] == ()
    assert scores["false_incidents"] == 0
    assert scores["tickets"] == 0, "nobody in the street is told of Wi-Fi"
