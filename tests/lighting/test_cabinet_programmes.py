from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from lighting.cabinet_programmes import MOST_LEAD_MIN, CabinetProgramme, CircuitMode, cabinet_programme
from lighting.calendars import Calendar
from lighting.inventory import Cabinet, Circuit, Feed
from lighting.light_plan import LightPlan, plan_of
from lighting.moments import Edge, When
from lighting.programmes import FIVE_STEPS, Programme
from tests.lighting.small_city import MULHOUSE, inventory

CABINET = inventory().cabinets["A-001"]


def deployed(
    programme: Programme, cabinet: Cabinet = CABINET, *, staggered: bool = False
) -> CabinetProgramme:
    """What a cabinet holds of which every lamp follows one programme."""
    plan = plan_of(programme)
    followed = {circuit.number: frozenset({plan.default}) for circuit in cabinet.circuits}
    return cabinet_programme(plan, followed, cabinet, MULHOUSE, staggered=staggered)


def test_a_cabinet_closes_night_fed_circuits_by_the_sun_and_leaves_the_others_closed() -> None:
    on, off = Edge("sunset", timedelta(minutes=-10)), Edge("sunrise", timedelta(minutes=15))
    held = deployed(replace(FIVE_STEPS, on=on, off=off))
    permanent, night = held.circuits
    assert (permanent.number, permanent.mode) == (1, CircuitMode.PERMANENT)
    assert (night.number, night.mode) == (2, CircuitMode.ASTRONOMICAL)
    assert (night.sunset_offset_min, night.sunrise_offset_min) == (-10, 15)
    assert (night.cut_from_min, night.cut_until_min) == (None, None)
    assert (held.latitude, held.longitude) == (47.75, 7.34)
    assert (held.offset_min, held.dst) == (60, "eu")


@given(minutes=st.integers(-120, 120))
def test_a_cabinet_hash_fits_its_register_is_never_the_factory_one_and_follows_the_content(
    minutes: int,
) -> None:
    held = deployed(replace(FIVE_STEPS, on=Edge("sunset", timedelta(minutes=minutes))))
    assert 0 < held.hash <= 0xFFFFFFFF
    assert (held.hash == deployed(FIVE_STEPS).hash) == (minutes == 0)


def two_ways(*followed: str) -> CabinetProgramme:
    """The night-fed circuit of a plan with a late, a short and an unlit calendar."""
    late = Programme("tard", "Tard", Edge("dusk"), time(23, 0), 80.0, fade=timedelta(seconds=90))
    dark = Programme("noir", "Noir", Edge("sunset"), Edge("sunrise"), 0.0)
    known = {each.name: each for each in (FIVE_STEPS, late, dark)}
    calendars = {name: Calendar(name, name, name) for name in known}
    plan = LightPlan(known, calendars, FIVE_STEPS.name)
    return cabinet_programme(plan, {2: frozenset(followed)}, CABINET, MULHOUSE, staggered=False)


def closed_in(held: CabinetProgramme) -> tuple[int, int]:
    return held.circuits[1].sunset_offset_min, held.circuits[1].sunrise_offset_min


def test_a_circuit_is_closed_for_all_calendars_that_its_lamps_follow() -> None:
    after_sunset, after_sunrise = closed_in(two_ways("tard"))
    assert 25 <= after_sunset <= 32  # civil dusk comes half an hour after sunset at the equinoxes
    assert -6.6 * 60 < after_sunrise < -6.3 * 60  # 23:00 against the sunrise of June
    assert closed_in(two_ways("tard", FIVE_STEPS.name)) == (0, 0)


def test_a_circuit_whose_lamps_are_never_lit_is_still_fed_at_night_so_that_they_can_be_told_otherwise() -> (
    None
):
    assert closed_in(two_ways("noir")) == closed_in(two_ways()) == (0, 0)


@pytest.mark.parametrize(
    ("on", "off", "word"),
    [
        (
            time(16, 0),
            Edge("sunrise"),
            r"circuit A-001/2 .* 180 min before sunset, needed .* \d+ June: 33\d min",
        ),
        (Edge("sunset"), time(11, 0), r"180 min after sunrise, needed in the night of \d+ June"),
        (Edge("sunset", timedelta(minutes=-181)), Edge("sunrise"), "181 min"),
    ],
)
def test_light_that_a_cabinet_cannot_feed_is_refused_with_the_night(on: When, off: When, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        deployed(Programme("long", "Long", on, off, 100.0))
    permanent = replace(CABINET, circuits=CABINET.circuits[:1])
    assert (
        deployed(Programme("long", "Long", on, off, 100.0), permanent).circuits[0].mode
        is CircuitMode.PERMANENT
    )


def test_circuits_switch_apart_from_one_another_and_cabinets_too_and_never_too_late() -> None:
    fed = tuple(Circuit(f"A/{number}", "A", number, Feed.NIGHT) for number in range(1, 9))
    leads: Counter[int] = Counter()
    for number in range(100):
        held = deployed(FIVE_STEPS, replace(CABINET, id=f"A-{number:03d}", circuits=fed), staggered=True)
        ahead = [-circuit.sunset_offset_min for circuit in held.circuits]
        assert ahead == [circuit.sunrise_offset_min for circuit in held.circuits]
        assert len(set(ahead)) == len(fed)
        assert all(1 <= lead <= MOST_LEAD_MIN for lead in ahead)
        leads[ahead[0]] += 1
    assert max(leads.values()) <= 30
