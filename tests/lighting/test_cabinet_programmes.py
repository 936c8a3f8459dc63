from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lighting.cabinet_programmes import CabinetProgramme, CircuitMode, cabinet_programme
from lighting.inventory import Cabinet
from lighting.light_plan import plan_of
from lighting.moments import Edge
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
