from dataclasses import replace

from fake_devices.city_plan import CityPlan, plan_city
from fake_devices.kinds import FAULTS, NOISE, TARGETS
from fake_devices.random_scenario import WEIGHTS, drawn, random_scenario
from fake_devices.scenario import Resolved, assets_of

WIFI = {"access_point", "radio", "hotspot", "wifi_controller"}
CITY = plan_city(60, 60, 1)
FLOOD = 1_500.0
"""Times the published rate: as many faults as find a place."""


def is_wifi(kind: str) -> bool:
    return bool(WIFI & set(TARGETS[kind]))


def resolved(seed: int, nights: int, poll_s: int, plan: CityPlan = CITY, rate: float = FLOOD) -> Resolved:
    frame = random_scenario(seed, nights, 300, len(plan.lamps), len(plan.access_points))
    return drawn(replace(frame, poll_s=poll_s), plan, rate)


def test_every_kind_of_fault_is_drawn_and_wifi_is_a_small_share_of_them() -> None:
    assert set(WEIGHTS) == set(FAULTS)
    wifi = sum(weight for kind, weight in WEIGHTS.items() if is_wifi(kind))
    assert 0.02 < wifi / sum(WEIGHTS.values()) < 0.05


def test_all_that_happens_befalls_what_stands_in_the_city() -> None:
    found = resolved(1, 7, 60)
    for truth in (*found.faults, *found.noise):
        assert any(truth.asset in assets_of(target, CITY) for target in TARGETS[truth.kind]), truth
    noise = {truth.kind for seed in range(4) for truth in resolved(seed, 7, 60).noise}
    assert noise >= {kind for kind in NOISE if is_wifi(kind)} | {"missed_polls"}


def test_what_cannot_be_told_is_not_drawn() -> None:
    quick = {truth.kind for seed in range(12) for truth in resolved(seed, 7, 60).faults}
    slow = {truth.kind for seed in range(12) for truth in resolved(seed, 7, 300).faults}
    short = {truth.kind for seed in range(12) for truth in resolved(seed, 4, 60).faults}
    assert "ap_flapping" in quick - slow
    assert "radio_saturated" in quick - short


def test_a_city_without_access_points_has_no_trouble_with_them() -> None:
    found = resolved(1, 7, 60, plan_city(60, 0, 1))
    assert found.faults
    assert not any(is_wifi(truth.kind) for truth in (*found.faults, *found.noise))
