"""A place's day, cell by cell; parts that share a height; a device's day; and the lines of the command line."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from city.history_views import HistorySeries, HistoryView
from city.measurements import Metric
from city.wifi_views import OutlookView
from console.cli.wifi_lines import print_wifi
from console.i18n import Code, Words
from console.widgets.hotspot_panel import Place, hotspot_plot
from console.widgets.parts import Part, beside, fitted
from console.widgets.plot import Day, day_area
from console.widgets.wifi_now import OLD_AFTER, age_of
from console.wifi_day import day_of
from tests.console import small_city_wifi
from tests.console.fake_headend import fake_headend
from tests.console.small_city import NOW, SmallCity, hotspots

PARIS = ZoneInfo("Europe/Paris")
LEAST_WIDTH = 8
"""Cells that the scale of a plot takes, however narrow its panel."""
START = datetime(2026, 11, 30, 12, tzinfo=UTC)


def hours(*values: float | None) -> Sequence[tuple[datetime, float | None]]:
    return [(START + timedelta(hours=n), value) for n, value in enumerate(values)]


def drawn(day: Day, width: int, height: int) -> list[str]:
    return [row.plain for row in day_area(day, width, height)]


def test_each_hour_of_a_day_is_as_wide_as_another_and_as_high_as_its_clients() -> None:
    day = Day(START, START + timedelta(hours=4), hours(0, 50, 100, 25))
    assert drawn(day, 8, 2) == ["    ██  ", "▁▁████▄▄"]


def test_an_hour_in_which_nothing_was_measured_stays_a_gap() -> None:
    day = Day(START, START + timedelta(hours=4), hours(100, None, 100))
    assert drawn(day, 8, 1) == ["██  ██  "]


def test_the_usual_day_is_a_dashed_line_before_and_behind_what_was_measured() -> None:
    day = Day(START, START + timedelta(hours=3), hours(100, 25), usual=hours(60, 60, 60))
    assert drawn(day, 3, 2) == ["╌╌╌", "█▄ "]


def test_what_is_ahead_is_a_line_within_a_shaded_band() -> None:
    expected, low, high = hours(None, 50), hours(None, 25), hours(None, 75)
    assert drawn(
        Day(START, START + timedelta(hours=2), hours(100), expected=expected, low=low, high=high), 2, 4
    ) == [
        "█ ",
        "█━",
        "█░",
        "█ ",
    ]


def test_a_band_that_begins_at_nothing_and_one_as_high_as_the_plot_are_drawn_whole() -> None:
    assert drawn(
        Day(START, START + timedelta(hours=1), (), expected=hours(50), low=hours(0), high=hours(100)), 1, 4
    ) == ["░", "━", "░", "░"]


def test_the_line_of_a_full_place_stands_behind_everything_and_the_present_before_it() -> None:
    day = Day(START, START + timedelta(hours=4), hours(100, 25), full_at=75, now=START + timedelta(hours=2))
    assert drawn(day, 4, 2) == ["█┄│┄", "█▄│ "]


shares = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False))


@given(
    st.lists(shares, max_size=30), st.lists(shares, max_size=30), st.integers(0, 60), st.integers(0, 12),
    st.floats(0, 1e6),
)  # fmt: skip
def test_a_day_never_leaves_its_cells(
    measured: list[float | None], ahead: list[float | None], width: int, height: int, top: float
) -> None:
    line = hours(*ahead)
    day = Day(
        START,
        START + timedelta(hours=24),
        hours(*measured),
        line,
        line,
        line,
        line,
        top,
        full_at=top,
        now=START,
    )
    rows = drawn(day, width, height)
    assert len(rows) == height
    assert all(len(row) == width for row in rows)


parts = st.lists(st.builds(Part, st.integers(0, 5), st.lists(st.just(Text("x")), max_size=6)), max_size=6)


@given(parts, st.integers(0, 30))
def test_parts_never_take_more_than_their_height_and_the_first_rank_loses_nothing_to_a_later_one(
    chosen: list[Part], height: int
) -> None:
    lines = fitted(chosen, height)
    assert len(lines) <= height
    if chosen:
        first = min(chosen, key=lambda part: part.rank)
        written = sum(1 for line in lines if line.plain)
        assert written >= len(first.lines) or len(first.lines) > height


def test_a_heading_is_never_left_alone() -> None:
    parts = [Part(0, [Text("head")]), Part(1, [Text("title"), Text("fact")])]
    assert [line.plain for line in fitted(parts, 2)] == ["head"]


def test_two_columns_keep_their_places_whichever_is_longer() -> None:
    assert [line.plain for line in beside([Text("ab")], [Text("x"), Text("y")], 3)] == ["ab   x", "     y"]


def _place(outlook: OutlookView | None, failure: str = "", *, is_away: bool = False) -> Place:
    spot = next(spot for spot in hotspots() if spot.id == "patinoire")
    return Place(spot, (), (), outlook, failure, is_away)


def _plotted(place: Place, width: int = 48, height: int = 10) -> list[str]:
    return [line.plain for line in hotspot_plot(place, Words("en", PARIS), NOW, width, height)]


def test_a_place_with_few_days_of_history_shows_its_day_and_says_why_nothing_is_expected() -> None:
    known = small_city_wifi.outlook("patinoire")
    bare = {"usual": None, "expected": None, "low": None, "high": None}
    steps = tuple(step.model_copy(update=bare) for step in known.steps)
    lines = _plotted(_place(known.model_copy(update={"steps": steps, "history_days": 3})))
    assert lines[0].startswith("█ clients Not enough history yet: 3 days")
    assert len(lines) == 10
    assert "█" in "".join(lines[1:])
    assert "╌" not in "".join(lines)


@pytest.mark.parametrize(
    ("failure", "is_away", "said"),
    [
        ("", False, "Reading the history …"),
        ("", True, "Not known while the head-end is away."),
        ("the store\x1b[2J is away", False, "the store[2J is away"),
    ],
)
def test_a_place_whose_outlook_is_not_there_says_why(failure: str, is_away: bool, said: str) -> None:
    assert _plotted(_place(None, failure, is_away=is_away)) == [said]


@given(st.integers(1, 120), st.integers(0, 40))
def test_the_plot_of_a_place_never_leaves_its_cells(width: int, height: int) -> None:
    lines = _plotted(_place(small_city_wifi.outlook("patinoire")), width, height)
    assert len(lines) <= height
    assert all(len(line) <= max(width, LEAST_WIDTH) for line in lines)


@given(st.timedeltas(timedelta(), timedelta(days=3)))
def test_a_value_is_old_from_five_minutes_on_and_its_age_is_in_whole_minutes(age: timedelta) -> None:
    told = age_of(NOW - age, NOW)
    assert (told is None) == (age < OLD_AFTER)
    if told is not None:
        assert timedelta() <= age - told < timedelta(minutes=1)


async def test_the_day_of_an_access_point_adds_up_its_radios_clients_and_has_the_airtime_of_the_busiest() -> (
    None
):
    async with fake_headend() as (_, client):
        one = small_city_wifi.history("AP-PAT-01/1", Metric.CLIENTS).now.series[0].samples
        day = await day_of(client, "AP-PAT-01", ["AP-PAT-01/1", "AP-PAT-01/2"])
        assert [sample.at for sample in day.clients] == [sample.at for sample in one]
        assert [sample.value for sample in day.clients] == pytest.approx([2 * sample.value for sample in one])
        assert list(day.airtime) == list(
            small_city_wifi.history("AP-PAT-01/1", Metric.AIRTIME).now.series[0].samples
        )


async def test_small_counts_of_the_past_stand_as_0_in_a_day_and_the_day_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = small_city_wifi.history("AP-PAT-01/1", Metric.CLIENTS)
    view = history.model_copy(
        update={"now": history.now.model_copy(update={"series": (_mostly_masked(history.now.series[0]),)})}
    )
    async with fake_headend() as (_, client):
        full = await day_of(client, "AP-PAT-01/1", [])

        async def masked(*_: object) -> HistoryView:
            return view.model_copy(update={"small_count": 5})

        monkeypatch.setattr(client, "device_history", masked)
        few = await day_of(client, "AP-PAT-01/1", [])
    assert (full.small_count, few.small_count) == (0, 5)
    assert [sample.at for sample in few.clients] == [sample.at for sample in full.clients]
    assert [sample.value for sample in few.clients][1:] == [0.0] * (len(full.clients) - 1)
    assert few.clients[0] == full.clients[0]


def _mostly_masked(series: HistorySeries) -> HistorySeries:
    """The first sample, and the others masked."""
    first, *others = series.samples
    return series.model_copy(update={"samples": (first,), "masked": tuple(sample.at for sample in others)})


async def test_the_day_of_what_was_never_heard_of_is_empty_and_no_error() -> None:
    async with fake_headend() as (_, client):
        day = await day_of(client, "AP-CEN-03", [])
        assert (list(day.clients), list(day.airtime)) == ([], [])


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "fr",
            [
                "Wi-Fi Patinoire: 78 %, 212 clients sur 320, 4 bornes sur 4 en service, ★ Scorpions – Anglet",
                "Wi-Fi UHA: 29 %, 88 clients sur 320, 4 bornes sur 4 en service",
                "Wi-Fi Centre-ville: 91 %, 301 clients sur 400, 4 bornes sur 5 en service, ▲ saturé depuis 20:52",
                "Wi-Fi Camping de l'Ill: –, –, 0 bornes sur 0 en service",
                "Wi-Fi ? 2 bornes absentes de l’inventaire: falotier access-point proposals",
            ],
        ),
        (
            "en",
            [
                "Wi-Fi Patinoire: 78%, 212 of 320 clients, 4 of 4 access points up, ★ Scorpions – Anglet",
                "Wi-Fi UHA: 29%, 88 of 320 clients, 4 of 4 access points up",
                "Wi-Fi Centre-ville: 91%, 301 of 400 clients, 4 of 5 access points up, ▲ full since 20:52",
                "Wi-Fi Camping de l'Ill: –, –, 0 of 0 access points up",
                "Wi-Fi ? 2 access points are not on file: falotier access-point proposals",
            ],
        ),
    ],
)
def test_the_status_says_load_clients_what_is_up_full_and_takes_place(
    language: Code, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    print_wifi(SmallCity(proposals=2).summary(), Words(language, PARIS))
    assert capsys.readouterr().out.replace("\u00a0", " ").splitlines() == lines
