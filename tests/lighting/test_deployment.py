import json
import re
from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from city.places import Position, Site
from lighting.deployment import CircuitMode, cabinet_programme, lamp_programme
from lighting.moments import Edge
from lighting.programmes import FIVE_STEPS, Programme, Step
from tests.lighting.small_city import MULHOUSE, TROMSO, inventory

CABINET = inventory().cabinets["A-001"]


def in_zone(name: str) -> Site:
    return replace(MULHOUSE, zone=ZoneInfo(name))


def test_the_lamp_document_is_the_one_that_the_controllers_read() -> None:
    document = lamp_programme(FIVE_STEPS, MULHOUSE).document()
    assert json.loads(json.dumps(document)) == {
        "hash": document["hash"],
        "latitude": 47.75,
        "longitude": 7.34,
        "offset_min": 60,
        "dst": "eu",
        "on": {"event": "sunset", "offset_min": 0},
        "off": {"event": "sunrise", "offset_min": 0},
        "level": 100,
        "steps": [
            {"at": "20:00", "level": 70},
            {"at": "00:00", "level": 30},
            {"at": "05:00", "level": 70},
            {"at": "07:00", "level": 100},
        ],
    }
    assert re.fullmatch(r"[0-9a-f]{8}", document["hash"])
    assert len(json.dumps(document)) <= 1000


def test_the_hash_is_the_same_in_every_process_and_follows_what_the_lamp_does() -> None:
    held = lamp_programme(FIVE_STEPS, MULHOUSE)
    assert held.hash == "eaa02e2b"
    assert lamp_programme(replace(FIVE_STEPS, name="autre", title="Autre"), MULHOUSE).hash == held.hash
    assert lamp_programme(replace(FIVE_STEPS, level=99.0), MULHOUSE).hash != held.hash
    assert lamp_programme(FIVE_STEPS, in_zone("Europe/London")).hash != held.hash


@given(levels=st.lists(st.integers(1, 100), min_size=4, max_size=4))
def test_two_programmes_share_a_hash_only_if_their_documents_are_the_same(levels: list[int]) -> None:
    steps = tuple(Step(step.at, float(level)) for step, level in zip(FIVE_STEPS.steps, levels, strict=True))
    other = lamp_programme(replace(FIVE_STEPS, steps=steps), MULHOUSE)
    held = lamp_programme(FIVE_STEPS, MULHOUSE)
    assert (other.hash == held.hash) == (other.document() == held.document())


def test_a_cabinet_closes_night_fed_circuits_by_the_sun_and_leaves_the_others_closed() -> None:
    on, off = Edge("sunset", timedelta(minutes=-10)), Edge("sunrise", timedelta(minutes=15))
    deployed = cabinet_programme(replace(FIVE_STEPS, on=on, off=off), CABINET, MULHOUSE)
    permanent, night = deployed.circuits
    assert (permanent.number, permanent.mode) == (1, CircuitMode.PERMANENT)
    assert (night.number, night.mode) == (2, CircuitMode.ASTRONOMICAL)
    assert (night.sunset_offset_min, night.sunrise_offset_min) == (-10, 15)
    assert (night.cut_from_min, night.cut_until_min) == (None, None)
    assert (deployed.latitude, deployed.longitude) == (47.75, 7.34)
    assert (deployed.offset_min, deployed.dst) == (60, "eu")


@given(minutes=st.integers(-120, 120))
def test_a_cabinet_hash_fits_its_register_is_never_the_factory_one_and_follows_the_content(
    minutes: int,
) -> None:
    programme = replace(FIVE_STEPS, on=Edge("sunset", timedelta(minutes=minutes)))
    deployed = cabinet_programme(programme, CABINET, MULHOUSE)
    assert 0 < deployed.hash <= 0xFFFFFFFF
    same = cabinet_programme(FIVE_STEPS, CABINET, MULHOUSE)
    assert (deployed.hash == same.hash) == (minutes == 0)


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
    deployed = lamp_programme(FIVE_STEPS, in_zone(zone))
    assert (deployed.offset_min, deployed.dst) == (offset, dst)


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Auckland"]
)
def test_a_zone_whose_clocks_change_otherwise_is_refused(zone: str) -> None:
    with pytest.raises(BadInput, match=zone):
        lamp_programme(FIVE_STEPS, in_zone(zone))


@pytest.mark.parametrize(
    ("programme", "word"),
    [
        (replace(FIVE_STEPS, steps=tuple(Step(time(13 + n), 50.0) for n in range(11))), "11 steps"),
        (replace(FIVE_STEPS, steps=(Step(time(20, 0, 30), 50.0),)), "20:00:30"),
        (replace(FIVE_STEPS, on=Edge("sunset", timedelta(seconds=90))), "whole minutes"),
        (replace(FIVE_STEPS, on=Edge("sunset", timedelta(minutes=40_000))), "whole minutes"),
        (Programme("jour", "Jour", Edge("sunrise"), Edge("sunset"), 100.0), "lights nothing"),
        (Programme("nul", "Nul", Edge("sunset"), Edge("sunrise"), 0.0), "lights nothing"),
        (
            # Eight hours of June night, and nine taken from it: dark in summer only.
            replace(
                FIVE_STEPS,
                on=Edge("sunset", timedelta(minutes=270)),
                off=Edge("sunrise", timedelta(minutes=-270)),
            ),
            "21 June",
        ),
    ],
)
def test_what_controllers_could_not_follow_or_would_leave_a_night_dark_is_refused(
    programme: Programme, word: str
) -> None:
    with pytest.raises(BadInput, match=word):
        lamp_programme(programme, MULHOUSE)
    with pytest.raises(BadInput, match=word):
        cabinet_programme(programme, CABINET, MULHOUSE)


def test_a_programme_that_is_not_from_sunset_to_sunrise_fits_only_cabinets_without_night_fed_circuits() -> (
    None
):
    evening = replace(FIVE_STEPS, off=Edge("sunset", timedelta(hours=3)))
    with pytest.raises(BadInput, match="A-001/2"):
        cabinet_programme(evening, CABINET, MULHOUSE)
    all_permanent = replace(CABINET, circuits=CABINET.circuits[:1])
    assert cabinet_programme(evening, all_permanent, MULHOUSE).circuits[0].mode is CircuitMode.PERMANENT


def test_a_city_where_the_sun_does_not_set_in_june_may_still_deploy() -> None:
    assert lamp_programme(FIVE_STEPS, TROMSO).latitude == 69.65


def test_the_position_is_rounded_to_what_the_cabinet_registers_hold() -> None:
    site = replace(MULHOUSE, position=Position(47.7494, 7.3386))
    assert lamp_programme(FIVE_STEPS, site).latitude == cabinet_programme(FIVE_STEPS, CABINET, site).latitude
    assert lamp_programme(FIVE_STEPS, site).longitude == 7.34
