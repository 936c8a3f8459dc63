"""What has changed since an hour ago is told beside the figures, and nothing where nobody knows."""

from datetime import timedelta

import pytest

from console.i18n import Words
from console.since import change, last_hours, look_back
from console.vocabulary import GREEN, GREY, VERMILION
from tests.console.consoles import console
from tests.console.small_city import NOW
from tests.console.small_city_night import timeline

NUMBER = Words("fr").number


def test_one_looks_back_an_hour_or_a_quarter_of_one_or_not_at_all() -> None:
    rows = timeline()
    hour = look_back(rows, NOW)
    assert hour
    assert hour.span == timedelta(hours=1)
    assert abs(NOW - hour.row.at - hour.span) <= timedelta(minutes=5)
    quarter = look_back(rows[-4:], NOW)
    assert quarter
    assert quarter.span == timedelta(minutes=15)
    assert look_back(rows[-1:], NOW) is None
    assert look_back((), NOW) is None


def test_an_arrow_says_the_way_and_only_bad_figures_are_coloured() -> None:
    risen, fallen = change(5, 2, NUMBER, is_bad=True), change(2, 5, NUMBER, is_bad=True)
    assert (risen.plain, risen.style) == ("▲ 3", VERMILION)
    assert (fallen.plain, fallen.style) == ("▼ 3", GREEN)
    assert change(1200, 100, NUMBER).style == GREY
    assert not change(5, 5, NUMBER)
    assert not change(5.2, 5.0, NUMBER), "a difference that reads 0 is none"
    assert not change(None, 5, NUMBER)
    assert not change(5, None, NUMBER)


def test_the_last_hours_are_quarters_of_an_hour_and_gaps_stay_gaps() -> None:
    rows = timeline()
    assert len(last_hours(rows, "clients", 8)) == 8
    assert last_hours(rows, "clients", 8)[-1] == "█"
    lost = [row.model_copy(update={"clients": None}) if 12 <= at < 15 else row for at, row in enumerate(rows)]
    assert last_hours(lost, "clients", 8)[4] == " "
    assert last_hours([row.model_copy(update={"clients": None}) for row in rows], "clients", 8) == ""


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16)])
async def test_ville_tells_what_has_changed(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await seen.shows("▼ 2 179", "2 ▲ 2", "601 clients ▲ 248", "▲▼ en 1 h")
        assert all(len(line) <= size[0] for line in seen.lines)


async def test_a_head_end_that_remembers_nothing_leaves_the_figures_alone() -> None:
    async with console() as seen:
        await seen.shows("▲▼ en 1 h")
        seen.head.timeline = ()
        await seen.press("ctrl+r")
        await seen.hides("▲▼ en", "▲ 248")
        await seen.shows("601 clients", "179 / 196")
