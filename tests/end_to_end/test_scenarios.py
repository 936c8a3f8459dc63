"""The detectors against every scenario of the tree."""

from pathlib import Path

import pytest

import fake_devices
from console.cli.evaluate import run_scenario
from fake_devices.kinds import FAULTS, NOISE
from fake_devices.scenario import load_scenario

SCENARIOS = sorted((Path(fake_devices.__file__).parent / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_fault_of_a_scenario_is_found_under_its_own_name_and_nothing_else(file: Path) -> None:
    scores = run_scenario(file)
    assert scores["missed"] == ()
    assert scores["false_incidents"] == 0
    assert scores["found"] == scores["truth"]
    assert scores["false_tickets_per_lamp_night"] == 0.0


def test_there_is_a_scenario_for_every_fault_and_every_noise() -> None:
    told = [load_scenario(file) for file in SCENARIOS]
    kinds = {each.kind for scenario in told for each in (*scenario.faults, *scenario.noise)}
    assert kinds == {*FAULTS, *NOISE}
    assert len(SCENARIOS) >= 25
