import pytest
from hypothesis import given
from hypothesis import strategies as st

from wifi.load import AccessPointLoad, access_point_load, hotspot_load, radio_load

FORTY = 40


@pytest.mark.parametrize(
    ("airtime", "clients", "load"),
    [
        (35.0, 10, 35.0),
        (12.0, 30, 75.0),
        (85.0, 2, 85.0),
        (60.0, 52, 100.0),
        (None, 10, 25.0),
        (35.0, None, 35.0),
        (None, None, None),
        (0.0, 0, 0.0),
        (float("nan"), 10, 25.0),
        (float("nan"), None, None),
        (120.0, 1, 100.0),
        (-3.0, None, 0.0),
    ],
)
def test_a_radio_is_as_full_as_the_fuller_of_its_two_limits(
    airtime: float | None, clients: int | None, load: float | None
) -> None:
    radio = radio_load("AP-1/1", clients, airtime, FORTY)
    assert radio.load_pct == (None if load is None else pytest.approx(load))
    assert radio.clients == clients


def test_without_a_planned_number_of_clients_airtime_alone_decides() -> None:
    assert radio_load("r", 10, 30.0, 0).load_pct == 30.0
    assert radio_load("r", 10, None, 0).load_pct is None


def access_point(clients: int, name: str = "AP-1", *, up: bool | None = True) -> AccessPointLoad:
    """An access point with two radios of forty clients, evenly used."""
    radios = [radio_load(f"{name}/{number}", clients // 2, 5.0, FORTY) for number in (1, 2)]
    return access_point_load(name, up, radios, FORTY)


def test_an_access_point_is_as_full_as_its_radios_on_average() -> None:
    radios = [radio_load("r/1", 10, 80.0, FORTY), radio_load("r/2", 4, 20.0, FORTY)]
    seen = access_point_load("r", True, radios, FORTY)
    assert (seen.load_pct, seen.airtime_pct, seen.clients, seen.capacity) == (50.0, 50.0, 14, 80)


def test_a_radio_that_is_not_known_is_left_out_and_never_counted_as_empty() -> None:
    radios = [radio_load("r/1", 20, 10.0, FORTY), radio_load("r/2", None, None, FORTY)]
    seen = access_point_load("r", True, radios, FORTY)
    assert (seen.load_pct, seen.clients) == (50.0, 20)
    nothing = access_point_load("r", True, [radio_load("r/1", None, None, FORTY)], FORTY)
    assert (nothing.load_pct, nothing.airtime_pct, nothing.clients) == (None, None, None)
    assert access_point_load("r", True, [], FORTY).load_pct is None


def test_the_access_points_own_count_of_clients_goes_first() -> None:
    assert access_point_load("r", True, [radio_load("r/1", 3, 1.0, FORTY)], FORTY, clients=5).clients == 5


@pytest.mark.parametrize("up", [False, None])
def test_of_an_access_point_that_is_not_up_nothing_is_known(up: bool | None) -> None:
    seen = access_point(40, up=up)
    assert (seen.load_pct, seen.airtime_pct, seen.clients) == (None, None, None)
    assert all(radio.load_pct is None and radio.clients is None for radio in seen.radios)


def test_a_dead_access_point_raises_the_load_of_the_place_once_the_others_take_its_people_over() -> None:
    four = hotspot_load("p", [access_point(40, f"AP-{number}") for number in range(4)])
    assert (four.load_pct, four.clients, four.access_points_up) == (50.0, 160, 4)
    moved = [access_point(54, f"AP-{number}") for number in range(2)] + [access_point(52, "AP-2")]
    three = hotspot_load("p", [*moved, access_point(40, "AP-3", up=False)])
    assert three.load_pct == pytest.approx(66.7, abs=0.1)
    assert (three.clients, three.access_points, three.access_points_up) == (160, 4, 3)


def test_a_dead_access_point_never_lowers_the_load() -> None:
    places = [access_point(40, f"AP-{number}") for number in range(3)]
    assert hotspot_load("p", [*places, access_point(40, "AP-3", up=False)]).load_pct == 50.0


def test_a_place_whose_access_points_are_all_dead_or_unheard_of_has_no_load() -> None:
    for up in (False, None):
        seen = hotspot_load("p", [access_point(40, up=up)])
        assert (seen.load_pct, seen.clients, seen.airtime_pct) == (None, None, None)
        assert (seen.access_points, seen.access_points_up) == (1, 0)
    assert hotspot_load("p", []).load_pct is None


def test_access_points_weigh_by_what_they_can_carry() -> None:
    small = access_point_load("s", True, [radio_load("s/1", 20, 0.0, 20)], 20)
    large = access_point_load("l", True, [radio_load(f"l/{n}", 0, 0.0, 90) for n in (1, 2)], 90)
    assert hotspot_load("p", [small, large]).load_pct == pytest.approx(10.0)


@given(
    clients=st.lists(st.none() | st.integers(0, 500), max_size=6),
    airtime=st.lists(st.none() | st.floats(0, 100), min_size=6, max_size=6),
    ups=st.lists(st.none() | st.booleans(), min_size=6, max_size=6),
)
def test_loads_stay_between_empty_and_full_and_within_those_of_the_parts(
    clients: list[int | None], airtime: list[float | None], ups: list[bool | None]
) -> None:
    parts = [
        access_point_load(f"{number}", up, [radio_load(f"{number}/1", count, busy, FORTY)], FORTY)
        for number, (count, busy, up) in enumerate(zip(clients, airtime, ups, strict=False))
    ]
    whole = hotspot_load("p", parts)
    known = [part.load_pct for part in parts if part.load_pct is not None]
    if known:
        assert whole.load_pct is not None
        assert min(known) - 1e-9 <= whole.load_pct <= max(known) + 1e-9
        assert 0 <= whole.load_pct <= 100 + 1e-9
    else:
        assert whole.load_pct is None


def test_a_radio_that_is_switched_off_carries_nobody_and_counts_for_no_capacity() -> None:
    off = radio_load("r/1", 3, 50.0, FORTY, sends=False)
    assert (off.clients, off.airtime_pct, off.load_pct) == (0, None, None)
    seen = access_point_load("r", True, [off, radio_load("r/2", 30, 10.0, FORTY)], FORTY)
    assert (seen.load_pct, seen.airtime_pct, seen.clients, seen.capacity) == (75.0, 10.0, 30, 40)
    dark = access_point_load("d", True, [off], FORTY)
    assert (dark.load_pct, dark.clients, dark.capacity) == (None, 0, 0)
    place = hotspot_load("p", [seen, dark])
    assert (place.load_pct, place.clients, place.capacity) == (75.0, 30, 40)


@pytest.mark.parametrize(
    ("clients", "airtime", "load"),
    [
        (60, 9.0, 12.5),
        (410, 34.0, 85.4),
        (430, 36.0, 89.6),
        (430, 96.0, 96.0),
        (420, 40.0, 87.5),
        (420, 91.0, 91.0),
        (300, 22.0, 62.5),
        (140, 12.0, 29.2),
    ],
)
def test_a_match_night_is_as_the_definition_works_it_out(clients: int, airtime: float, load: float) -> None:
    places = []
    for number in range(6):
        sixth = [clients // 12 + (2 * number + half < clients % 12) for half in (0, 1)]
        radios = [radio_load(f"AP-{number}/{half}", sixth[half], airtime, FORTY) for half in (0, 1)]
        places.append(access_point_load(f"AP-{number}", True, radios, FORTY))
    stadium = hotspot_load("stade", places)
    assert (stadium.clients, stadium.capacity) == (clients, 480)
    assert stadium.load_pct == pytest.approx(load, abs=0.1)


def test_a_market_whose_neighbours_fill_the_old_band_has_room_in_the_other() -> None:
    stalls = []
    for number in range(4):
        radios = [
            radio_load(f"AP-{number}/1", 11, 88.0, FORTY),
            radio_load(f"AP-{number}/2", 11, 30.0, FORTY),
        ]
        stalls.append(access_point_load(f"AP-{number}", True, radios, FORTY))
    assert hotspot_load("marche", stalls).load_pct == 59.0
