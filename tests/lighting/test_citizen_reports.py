"""Which lamp a citizen means, and what telemetry says to it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.incidents import Cause, Evidence, Incident, State
from city.measurements import DeviceKind
from city.places import Position
from lighting.citizen_reports import (
    CAUSES,
    CitizenReport,
    Poles,
    Trouble,
    disproves,
    explained,
    explains,
    suspects_of,
    trouble_of,
)
from lighting.inventory import LightPoint
from lighting.nearby import Nearby, distance_m
from tests.headend.small_city import small_inventory

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
POINT = small_inventory().light_points["L1"]
HERE = POINT.position
DEGREE_M = 111_195.0

places = st.builds(Position, st.floats(47.70, 47.80), st.floats(7.28, 7.40))


def point(name: str, position: Position) -> LightPoint:
    return replace(POINT, id=name, position=position)


def north(metres: float) -> Position:
    return Position(HERE.latitude + metres / DEGREE_M, HERE.longitude)


def report(light_point: str | None = None, position: Position | None = HERE) -> CitizenReport:
    return CitizenReport("1", Trouble.DARK, light_point, position, True, NOW, NOW)


def incident(cause: Cause, asset: str, *suppressed: str) -> Incident:
    kind = DeviceKind.CIRCUIT if suppressed else DeviceKind.LAMP
    evidence = (Evidence("rule", NOW),)
    return Incident(f"i-{asset}-{cause}", cause, asset, kind, State.OPEN, NOW, NOW, evidence, suppressed)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("Lampe éteinte", Trouble.DARK),
        ("LE LAMPADAIRE NE FONCTIONNE PLUS depuis trois jours", Trouble.DARK),
        ("La lampe ne s'allume plus, même en plein jour d'hiver", Trouble.DARK),
        ("la rue est dans le noir", Trouble.DARK),
        ("plus d’éclairage devant l’école", Trouble.DARK),
        ("street light not working", Trouble.DARK),
        ("lamp_dead", Trouble.DARK),
        ("Allumée en plein jour", Trouble.BY_DAY),
        ("Le candélabre reste allumé toute la journée", Trouble.BY_DAY),
        ("day_burner", Trouble.BY_DAY),
        ("burns day and night, also by day", Trouble.BY_DAY),
        ("Ça clignote sans arrêt, puis s'éteint", Trouble.FLICKERS),
        ("flickering", Trouble.FLICKERS),
        ("Le mât est penché", Trouble.OTHER),
        ("", Trouble.OTHER),
    ],
)
def test_what_a_citizen_says_is_understood(text: str, trouble: Trouble) -> None:
    assert trouble_of(text) is trouble


def test_the_first_text_that_says_something_counts() -> None:
    assert trouble_of("Bonjour", "clignote", "éteinte") is Trouble.FLICKERS


@pytest.mark.parametrize("text", ["08-1173", " 08 1173", "081173", "8-1173", "08/1173", "08_1173"])
def test_a_pole_number_is_recognised_however_it_is_written(text: str) -> None:
    poles = Poles(["08-1173", "08-1174", "A-017/2"])
    assert poles.named(text) == "08-1173"
    assert poles.named("a017-2") == "A-017/2"
    assert poles.named("1173") is None


def test_a_pole_number_that_may_mean_two_means_none() -> None:
    poles = Poles(["08-11", "081-1"])
    assert poles.named("0811") is None
    assert poles.named("8-11") == "08-11"
    assert poles.named("81/1") == "081-1"
    assert Poles(["08-11", "8-11"]).named("8 - 11") == "8-11"
    assert Poles(["08-11", "8-11"]).named("008-11") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("le poteau 08-1173 est noir", "08-1173"),
        ("n°081173!", "08-1173"),
        ("au 12 rue Franklin, 68100 Mulhouse, tél. 06 08 11 73 00", None),
        ("B12", None),  # shorter than a house number could be
    ],
)
def test_a_pole_number_in_a_text_is_found_and_nothing_else(text: str, found: str | None) -> None:
    assert Poles(["08-1173", "B12"]).mentioned(text) == found


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    poles = Poles(["08-1173", text])
    assert poles.mentioned(text) in {None, "08-1173", text}
    assert trouble_of(text) in Trouble


@given(st.lists(places, max_size=60), places, st.floats(0, 50))
def test_the_grid_finds_what_looking_at_all_would(
    standing: list[Position], place: Position, radius_m: float
) -> None:
    points = [point(str(number), position) for number, position in enumerate(standing)]
    everyone = sorted((distance_m(place, each.position), each.id) for each in points)
    expected = [pair for pair in everyone if pair[0] <= radius_m]
    assert Nearby(points).within(place, radius_m) == expected


@given(st.floats(-40, 40), st.floats(-40, 40), st.floats(40, 50))
def test_the_grid_finds_across_its_cells(north_m: float, east_m: float, radius_m: float) -> None:
    near = Position(HERE.latitude + north_m / DEGREE_M, HERE.longitude + east_m / DEGREE_M)
    found = Nearby([point("L", HERE)]).within(near, radius_m)
    assert bool(found) == (distance_m(HERE, near) <= radius_m)


def test_a_radius_beyond_a_cell_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="at most 50"):
        Nearby([]).within(HERE, 51)


def test_a_named_pole_is_meant_wherever_the_citizen_stood() -> None:
    nearby = Nearby([point("near", HERE), point("far", north(5000))])
    assert suspects_of(report("far"), nearby).names == ("far",)
    assert suspects_of(report("far", None), nearby).certain


@pytest.mark.parametrize(("metres", "certain", "found"), [(29, True, 1), (31, False, 1), (51, False, 0)])
def test_near_lamps_are_meant_and_those_a_little_farther_are_candidates(
    metres: float, certain: bool, found: int
) -> None:
    suspects = suspects_of(report(), Nearby([point("L", north(metres))]))
    assert (suspects.certain, len(suspects.names)) == (certain, found)


def test_the_nearest_is_the_likeliest() -> None:
    nearby = Nearby([point("b", north(20)), point("a", north(-10)), point("c", north(45))])
    assert suspects_of(report(), nearby).names == ("a", "b")


def test_a_report_without_a_place_means_no_lamp() -> None:
    assert suspects_of(report(None, None), Nearby([point("L", HERE)])).names == ()


def test_the_incident_of_the_likeliest_suspect_explains_a_report() -> None:
    dead = incident(Cause.LAMP_DEAD, "b")
    tripped = incident(Cause.BREAKER_TRIP, "A-001/1", "c", "a")
    burner = incident(Cause.DAY_BURNER, "a")
    found = explained(Trouble.DARK, ("a", "b"), [dead, tripped, burner], named=False)
    assert found is tripped
    assert explained(Trouble.BY_DAY, ("a", "b"), [dead, tripped, burner], named=False) is burner
    assert explained(Trouble.DARK, ("z",), [dead, tripped], named=False) is None


def test_what_was_not_understood_is_explained_only_by_an_incident_of_the_named_lamp() -> None:
    assert explains(Cause.LAMP_DEAD, Trouble.OTHER, named=True)
    assert not explains(Cause.LAMP_DEAD, Trouble.OTHER, named=False)
    assert not explains(Cause.GATEWAY_LOST, Trouble.OTHER, named=True)
    assert all(Cause.AP_DOWN not in causes for causes in CAUSES.values())


@pytest.mark.parametrize(
    ("trouble", "level", "power", "well"),
    [
        (Trouble.DARK, 100, 58.0, True),
        (Trouble.DARK, 100, 25.0, False),
        (Trouble.DARK, 0, 0.6, False),  # by day nobody can tell
        (Trouble.BY_DAY, 0, 0.6, True),
        (Trouble.BY_DAY, 0, 58.0, False),
        (Trouble.BY_DAY, 100, 58.0, False),
    ],
)
def test_only_a_lamp_asked_to_do_so_shows_that_it_does(
    trouble: Trouble, level: float, power: float, well: bool
) -> None:
    assert disproves(trouble, POINT, level, power) is well
