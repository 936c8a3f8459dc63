"""Groups of the simulated city."""

import pytest

from fake_devices.city_groups import GROUPS, category, groups
from fake_devices.city_plan import plan_city

CITY = plan_city(1_200, 0, 1)


def test_the_demo_has_every_place_that_the_city_treats_apart() -> None:
    assert [each["id"] for each in groups(CITY)] == [group.id for group in GROUPS]
    assert all(member in CITY.lamps for each in groups(CITY) for member in each["members"])


def test_no_lamp_is_in_two_of_them() -> None:
    members = [member for each in groups(CITY) for member in each["members"]]
    assert len(members) == len(set(members))


def test_the_banks_and_the_treetops_of_the_promenade_share_its_lamps() -> None:
    lamps = {lamp.id for lamp in CITY.lamps.values() if category(lamp) == "b"}
    wyler = [each["members"] for each in groups(CITY) if each["id"].startswith("promenade-wyler")]
    assert set().union(*wyler) == lamps


@pytest.mark.parametrize("lamps", [1, 30])
def test_a_city_too_small_for_a_place_has_no_group_of_it(lamps: int) -> None:
    assert all(each["members"] for each in groups(plan_city(lamps, 0, 1)))
