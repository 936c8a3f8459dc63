from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from city.places import Position
from fake_devices.city_plan import LARGEST_CITY, METRES_PER_DEGREE, apportion, plan_city
from fake_devices.gazetteer import QUARTERS


def test_the_same_seed_and_sizes_give_the_same_city() -> None:
    assert repr(plan_city(600, 60, 1)) == repr(plan_city(600, 60, 1))
    assert repr(plan_city(600, 60, 1)) != repr(plan_city(600, 60, 2))


@pytest.mark.parametrize("lamps", [1, 7, 29, 31, 600, 1200])
def test_a_city_has_exactly_the_lamps_asked_for_about_thirty_to_a_cabinet(lamps: int) -> None:
    plan = plan_city(lamps, 60, 1)
    assert len(plan.lamps) == lamps
    assert len(plan.access_points) == 60
    assert len(plan.cabinets) == -(-lamps // 30)
    assert all(1 <= len(cabinet.circuits) <= 4 for cabinet in plan.cabinets)
    assert all(circuit.lamps for circuit in plan.circuits.values())


def test_ids_name_quarter_cabinet_and_circuit() -> None:
    plan = plan_city(1200, 60, 1)
    numbers = {f"{quarter.number:02d}": quarter.name for quarter in QUARTERS}
    assert all(numbers[lamp.id[:2]] == lamp.quarter for lamp in plan.lamps.values())
    assert all(lamp.circuit.startswith(f"{lamp.cabinet}/") for lamp in plan.lamps.values())
    assert plan.cabinets[16].id == "A-017"
    assert "A-017/2" in plan.circuits
    assert len({access_point.id for access_point in plan.access_points}) == 60
    assert plan.gateways == ("GW-1", "GW-2", "GW-3", "GW-4", "GW-5", "GW-6")


def test_lamps_stand_near_their_cabinet_and_the_cabinets_in_mulhouse() -> None:
    plan = plan_city(1200, 60, 1)
    centre = QUARTERS[7].centre
    for cabinet in plan.cabinets:
        assert apart_m(cabinet.position, centre) < 5_000
        for circuit in cabinet.circuits:
            assert all(apart_m(cabinet.position, lamp.position) < 1_200 for lamp in circuit.lamps)


def apart_m(one: Position, other: Position) -> float:
    """Metres between two points of one city, where the Earth is flat enough."""
    north = (one.latitude - other.latitude) * METRES_PER_DEGREE
    east = (one.longitude - other.longitude) * METRES_PER_DEGREE * cos(radians(one.latitude))
    return hypot(north, east)


@pytest.mark.parametrize(("lamps", "access_points"), [(0, 60), (-1, 60), (LARGEST_CITY + 1, 60), (600, -1)])
def test_a_size_that_makes_no_city_is_refused(lamps: int, access_points: int) -> None:
    with pytest.raises(BadInput, match="got"):
        plan_city(lamps, access_points, 1)


@given(st.integers(0, 500), st.lists(st.floats(0.1, 10), min_size=1, max_size=20))
def test_shares_add_up_and_nobody_goes_without_while_there_is_enough(
    total: int, weights: list[float]
) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == total
    assert min(shares) >= (1 if total >= len(weights) else 0)
