from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from city.errors import BadInput
from city.places import Position, Site
from lighting.controller_clock import controller_place
from tests.lighting.small_city import MULHOUSE


def in_zone(name: str) -> Site:
    return replace(MULHOUSE, zone=ZoneInfo(name))


@pytest.mark.parametrize(
    ("zone", "offset", "dst"),
    [
        ("Europe/Paris", 60, "eu"),
        ("Europe/Dublin", 0, "eu"),
        ("Europe/Helsinki", 120, "eu"),
        ("UTC", 0, "none"),
        ("Asia/Kolkata", 330, "none"),
        ("Europe/Moscow", 180, "none"),
    ],
)
def test_controllers_get_the_standard_offset_and_the_european_summer_time(
    zone: str, offset: int, dst: str
) -> None:
    place = controller_place(in_zone(zone))
    assert (place.offset_min, place.dst) == (offset, dst)


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Auckland"]
)
def test_a_zone_whose_clocks_change_otherwise_is_refused(zone: str) -> None:
    with pytest.raises(BadInput, match=zone):
        controller_place(in_zone(zone))


def test_the_position_is_rounded_to_what_the_cabinet_registers_hold() -> None:
    place = controller_place(replace(MULHOUSE, position=Position(47.7494, 7.3386)))
    assert (place.latitude, place.longitude) == (47.75, 7.34)
