"""The map's geometry and what is drawn in it: zoom, window, names, rectangle and scale."""

from math import cos, radians

import pytest

from city.messages import LampState, LightPointView
from console.vocabulary import LAMP_SIGNS
from console.widgets.city_map import HOTSPOT, WRONG, CityMap
from console.widgets.map_canvas import Canvas, one_cell_each
from console.widgets.map_view import METRES_PER_DEGREE, View, scale_bar
from tests.console import small_city

COLUMNS, ROWS = 60, 20
POINTS = small_city.light_points()
SPOTS = small_city.hotspots()
WRONG_SIGNS = {LAMP_SIGNS[state].symbol for state in WRONG}


def _map(zoom: int = 0, lamp: str = "0205") -> CityMap:
    """A map that has been zoomed in on a lamp."""
    drawn = CityMap()
    drawn.draw(POINTS, SPOTS, COLUMNS, ROWS)
    view = _view(drawn)
    position = (POINTS[lamp].latitude, POINTS[lamp].longitude)
    drawn.view = view.zoomed(zoom, position, view.cell(position))
    return drawn


def _view(drawn: CityMap) -> View:
    assert drawn.view is not None
    return drawn.view


def _text(drawn: CityMap, points: dict[str, LightPointView] = POINTS) -> str:
    return "\n".join(line.plain for line in drawn.draw(points, SPOTS, COLUMNS, ROWS))


def _position(lamp: str) -> tuple[float, float]:
    return POINTS[lamp].latitude, POINTS[lamp].longitude


@pytest.mark.parametrize("zoom", range(6))
def test_each_lamp_stands_in_the_cell_of_its_position_at_every_zoom(zoom: int) -> None:
    drawn = _map(zoom)
    view = _view(drawn)
    assert view.zoom == zoom
    assert all(name in drawn.at(view.cell(_position(name))) for name in POINTS)


def test_zooming_keeps_a_lamp_where_it_is_in_the_window() -> None:
    drawn = _map()
    view = _view(drawn)
    before = view.cell(_position("0205"))
    for _ in range(4):
        column, row = view.cell(_position("0205"))
        view = view.zoomed(1, _position("0205"), (column - view.left, row - view.top))
    column, row = view.cell(_position("0205"))
    assert view.zoom == 4
    assert (column - view.left, row - view.top) == before


def test_zooming_ends_where_lamps_stand_well_apart_and_at_the_whole_city() -> None:
    view = _view(_map())
    nearest = view.zoomed(99, _position("0205"), (30, 10))
    assert 2.0 <= nearest.column_m < 4.0
    assert nearest.zoomed(-99, _position("0205"), (3, 3)) == view


def test_the_window_stays_on_the_city_wherever_it_is_pushed() -> None:
    view = _view(_map(3))
    for left, top in ((-500, -500), (9999, 9999), (0, 9999)):
        pushed = view.at(left, top)
        assert 0 <= pushed.left <= pushed.across - COLUMNS
        assert 0 <= pushed.top <= pushed.down - ROWS


def test_the_window_follows_a_cell_before_it_reaches_the_edge() -> None:
    view = _view(_map(4)).at(100, 100)
    for cell in ((100, 100), (100 + COLUMNS, 110), (120, 100 + ROWS)):
        followed = view.following(cell)
        assert 4 <= cell[0] - followed.left < COLUMNS - 4
        assert 2 <= cell[1] - followed.top < ROWS - 2
    assert view.following((130, 110)) == view


def test_another_size_shows_the_same_part_of_the_city_at_about_the_same_scale() -> None:
    drawn = _map(3)
    view = _view(drawn)
    middle = view.position((view.left + COLUMNS // 2, view.top + ROWS // 2))
    drawn.draw(POINTS, SPOTS, 2 * COLUMNS, 2 * ROWS)
    larger = _view(drawn)
    assert (larger.zoom, larger.columns, larger.rows) == (2, 2 * COLUMNS, 2 * ROWS)
    assert larger.column_m == pytest.approx(view.column_m, rel=0.1)
    column, row = larger.cell(middle)
    assert (column - larger.left, row - larger.top) == (COLUMNS, ROWS)


def test_a_cursor_out_of_the_window_brings_the_window_along() -> None:
    drawn = _map(4)
    assert not _view(drawn).shows(_view(drawn).cell(_position("1301")))
    drawn.draw(POINTS, SPOTS, COLUMNS, ROWS, cursor=_position("1301"))
    assert _view(drawn).shows(_view(drawn).cell(_position("1301")))


def test_places_are_named_by_zoom_first_hotspots_then_sectors_then_streets() -> None:
    far, nearer, near = (_text(_map(zoom)) for zoom in (0, 2, 4))
    assert "Centre-ville" in far
    assert "MANUFACTURES" not in far
    assert "MANUFACTURES" in nearer or "MULHOUSE GRAND CENTRE" in nearer
    assert "rue Mercière" not in nearer
    assert "rue Mercière" in near


@pytest.mark.parametrize("zoom", range(7))
@pytest.mark.parametrize("lamp", ["0205", "0603", "0310"])
def test_no_name_and_no_hotspot_hides_a_failure(zoom: int, lamp: str) -> None:
    crowded = {
        name: point.model_copy(update={"state": LampState.FAILED}) if int(name) % 3 == 0 else point
        for name, point in POINTS.items()
    }
    drawn = _map(zoom, lamp)
    watched_names = sum(len(spot.name) for spot in SPOTS if spot.watched)
    text = _text(drawn, crowded)
    view = _view(drawn)
    cells = {
        cell
        for point in crowded.values()
        if point.state in WRONG and view.shows(cell := view.cell((point.latitude, point.longitude)))
    }
    shown = sum(text.count(sign) for sign in WRONG_SIGNS)
    # The names of the three watched places always stand, where they hide least.
    assert len(cells) - watched_names <= shown <= len(cells)
    if zoom:
        assert shown == len(cells)


def test_a_hotspot_on_a_failed_lamp_stands_beside_it() -> None:
    canvas = Canvas(5, 1)
    canvas.weights[2] = 100
    assert canvas.sign((2, 0), HOTSPOT, "") == (3, 0)
    assert canvas.characters == [" ", " ", " ", HOTSPOT, " "]


def test_a_hotspot_is_found_under_its_sign_even_where_a_failure_has_its_place() -> None:
    spot = SPOTS[0]
    lamp = POINTS["0603"].model_copy(update={"latitude": spot.latitude, "longitude": spot.longitude})
    drawn = CityMap()
    lines = drawn.draw({**POINTS, "0603": lamp}, SPOTS, COLUMNS, ROWS)
    column, row = _view(drawn).cell((spot.latitude, spot.longitude))
    assert lines[row].plain[column : column + 2] == f"{LAMP_SIGNS[LampState.FAILED].symbol}{HOTSPOT}"
    assert drawn.hotspot_at((column, row)) is None
    assert drawn.hotspot_at((column + 1, row)) == spot


def test_a_name_keeps_out_of_the_way_or_stays_away() -> None:
    canvas = Canvas(9, 1)
    canvas.weights[5] = 100
    assert not canvas.name([(0, 0)], "Illberg", "", most=1)
    assert canvas.name([(0, 0)], "Ill", "", most=1)
    assert "".join(canvas.characters) == "  Ill    "


def test_close_by_each_lamp_has_its_own_sign() -> None:
    far, near = _text(_map(0)), _text(_map(4))
    assert LAMP_SIGNS[LampState.LIT].symbol not in far
    assert near.count(LAMP_SIGNS[LampState.LIT].symbol) > 5


def test_a_name_of_wide_and_hostile_characters_keeps_the_columns() -> None:
    assert one_cell_each("通りA\u0301") == "··A·"
    named = {
        name: point.model_copy(update={"street": "\x1b[2J通り\u202e", "sector": "区区区"})
        for name, point in POINTS.items()
    }
    lines = [line for zoom in (2, 4) for line in _map(zoom).draw(named, SPOTS, COLUMNS, ROWS)]
    assert all(line.cell_len == COLUMNS for line in lines)
    assert "\x1b" not in "".join(line.plain for line in lines)


def test_a_rectangle_holds_the_lamps_between_its_corners_whichever_they_are() -> None:
    drawn = _map(4)
    view = _view(drawn)
    one, other = view.cell(_position("0201")), view.cell(_position("0205"))
    inside = {
        name
        for name in POINTS
        if min(one[0], other[0]) <= view.cell(_position(name))[0] <= max(one[0], other[0])
        and min(one[1], other[1]) <= view.cell(_position(name))[1] <= max(one[1], other[1])
    }
    assert {"0201", "0203", "0205"} <= inside < set(POINTS)
    assert set(drawn.between(one, other)) == set(drawn.between(other, one)) == inside


def test_the_scale_is_true_on_the_ground() -> None:
    view = _view(_map(3))
    bar = scale_bar(view.column_m, 16)
    assert bar is not None
    columns, metres = bar
    west, east = view.position((0, 0)), view.position((columns, 0))
    distance = (east[1] - west[1]) * cos(radians(47.75)) * METRES_PER_DEGREE
    assert columns <= 16
    assert distance == pytest.approx(metres, abs=view.column_m)


@pytest.mark.parametrize(("column_m", "bar"), [(100.0, (10, 1000)), (7.0, (14, 100)), (0.001, None)])
def test_the_scale_is_a_round_length_that_fits(column_m: float, bar: tuple[int, int] | None) -> None:
    assert scale_bar(column_m, 16) == bar


def test_lamps_that_come_and_go_are_drawn_where_they_are_now() -> None:
    drawn = _map()
    moved = {
        f"9{name}": point.model_copy(update={"id": f"9{name}", "state": LampState.FAILED})
        for name, point in POINTS.items()
    }
    assert LAMP_SIGNS[LampState.FAILED].symbol * 3 in _text(drawn, moved)
