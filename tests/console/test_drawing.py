"""Plots, map, lines and pictures: what is drawn, cell by cell."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.text import Text

from city.messages import LampState
from console.city_now import CityNow
from console.hostile import clean
from console.picture import cell_exact
from console.vocabulary import AMBER, LAMP_SIGNS
from console.widgets.city_map import CityMap
from console.widgets.painted import fit, spread
from console.widgets.plot import Curve, area, bar, columns_of
from tests.console import small_city

START = datetime(2026, 11, 30, 12, tzinfo=UTC)
END = START + timedelta(hours=4)


def test_an_area_is_as_high_as_its_values() -> None:
    curve = Curve(
        START, END, [(START + timedelta(hours=n), value) for n, value in enumerate((0, 50, 100, 25))]
    )
    rows = [row.plain for row in area(curve, 4, 2)]
    assert rows == ["  █ ", "▁██▄"]


def test_a_gap_in_what_was_measured_stays_a_gap() -> None:
    samples = [(START + timedelta(minutes=n * 10), None if 6 <= n < 18 else 100.0) for n in range(24)]
    assert [row.plain for row in area(Curve(START, END, samples), 8, 1)] == ["██    ██"]


def test_fewer_samples_than_columns_are_drawn_without_holes() -> None:
    samples = [(START + timedelta(hours=n), 100.0) for n in range(4)]
    assert all(measured == 1.0 for measured, _ in columns_of(Curve(START, END, samples), 16)[:13])


def test_what_is_planned_is_shaded_and_what_is_measured_is_solid() -> None:
    planned = [(START + timedelta(hours=n), 100.0) for n in range(4)]
    curve = Curve(START, END, [(START, 100.0)], planned, now=START + timedelta(hours=2))
    assert area(curve, 4, 1)[0].plain == "█░│░"


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, "────"), (0.5, "━━──"), (0.625, "━━╸─"), (7.0, "━━━━"), (None, "╌╌╌╌")]
)
def test_a_bar_stays_in_its_cells(share: float | None, drawn: str) -> None:
    assert bar(share, 4, AMBER).plain == drawn


def test_the_map_shows_every_failure_with_its_own_sign() -> None:
    points = small_city.light_points()
    lines = [line.plain for line in CityMap().draw(points, (), 60, 20)]
    text = "".join(lines)
    assert len(lines) == 20
    assert all(len(line) == 60 for line in lines)
    assert text.count(LAMP_SIGNS[LampState.FAILED].symbol) == 2
    assert LAMP_SIGNS[LampState.SILENT].symbol in text
    assert any(0x2800 < ord(character) < 0x2900 for character in text)


def test_the_map_names_the_watched_hotspots_without_writing_over_each_other() -> None:
    for columns, rows in ((60, 20), (46, 8), (24, 6)):
        text = "\n".join(
            line.plain
            for line in CityMap().draw(small_city.light_points(), small_city.hotspots(), columns, rows)
        )
        if columns >= 46:
            assert all(name in text for name in ("Patinoire", "UHA", "Centre-ville"))
        assert all(len(line) == columns for line in text.splitlines())


def test_the_worst_state_of_a_cell_wins() -> None:
    points = small_city.light_points()
    lines = CityMap().draw(points, (), 1, 1)
    assert lines[0].plain == LAMP_SIGNS[LampState.FAILED].symbol


def test_the_map_of_an_empty_city_is_empty() -> None:
    assert CityMap().draw({}, (), 10, 5) == []
    assert CityNow().hotspots == []


def test_device_text_can_neither_drive_the_terminal_nor_turn_the_line_round() -> None:
    assert clean("AP\x1b[2J[lobby]\u202e\x07\r\n7") == "AP[2J[lobby]7"


def test_lines_never_grow_past_their_width() -> None:
    assert fit("rue de la Fonderie", 8) == "rue de …"
    assert spread(Text("rue de la Fonderie"), Text("21:42"), 12).plain == "rue d… 21:42"


def test_a_picture_puts_each_character_into_its_own_cell() -> None:
    run = '<text class="terminal-1-r3" x="12.2" y="20" textLength="36.6" clip-path="url(#l)">⣿ &amp;█</text>'
    drawn = cell_exact(run)
    assert "textLength" not in drawn
    assert 'x="12.2" y="20"' in drawn
    assert 'x="36.6" y="20"' in drawn
    assert ">&amp;</text>" in drawn
    assert "<path" in drawn
