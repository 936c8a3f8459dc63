"""The past on the screens: a line that cannot be missed, and nothing of the present under it."""

from datetime import datetime, timedelta

import pytest
from rich.cells import cell_len

from city.messages import LampState, Live
from console import replaying
from console.widgets.frame_lines import Banner
from console.widgets.replay_lines import ReplayBar
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.small_city import NOW

STEP = timedelta(minutes=5)
LAST = datetime(2026, 11, 30, 20, 40, tzinfo=NOW.tzinfo)
"""21:40 in Mulhouse."""
IN_THE_PAST = {
    "1": ("195 / 196", "0101 · rue du Sauvage", "Cette nuit-là"),
    "2": ("✖ en panne", "0101", "Non enregistré."),
    "3": ("Cinq paliers", "Non enregistré."),
    "4": ("Lampe éteinte", "rue du Sauvage"),
    "5": ("Centre-ville", "d’alors ne sont pas"),
    "6": ("Marie", "ordre"),
}
"""What each screen shows of 21:40."""


async def replays(seen: Console, clock: str = "21:40") -> None:
    """Go into the past."""
    await seen.press("R")
    await seen.shows("RELECTURE", f"nov. {clock}")


def asked(seen: Console, path: str) -> list[datetime]:
    """About which past instants was asked."""
    found = [query.get("at", query.get("to", "")) for at, query in seen.head.questions if at == path]
    return [datetime.fromisoformat(each) for each in found if each]


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_each_of_the_six_screens_shows_the_past_under_a_banner(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await replays(seen)
        for number, texts in IN_THE_PAST.items():
            await seen.press(number)
            await seen.shows("◀◀ RELECTURE · lun. 30 nov. 21:40", "R présent", "◀◀ 21:40:00", "−48", *texts)
            assert all(cell_len(line) == size[0] for line in seen.lines)
            assert seen.app.screen.has_class("replay")
        for path in (
            "/api/curve",
            "/api/timeline",
            "/api/calendars",
            "/api/journal",
            "/api/light-points/0101",
        ):
            assert set(asked(seen, path)) == {LAST}, path
        assert set(asked(seen, "/api/history/devices/0101")) == {LAST}


@pytest.mark.parametrize(
    ("size", "words"), [((60, 16), "◀◀ RELECTURE · lun. 30 nov. 21:40"), ((40, 10), "◀◀ RELECTURE")]
)
async def test_the_banner_stands_in_the_smallest_terminals_too(size: tuple[int, int], words: str) -> None:
    async with console((80, 24)) as seen:
        await seen.pilot.resize_terminal(*size)
        await seen.press("R")
        await seen.shows(words, "R présent")
        await seen.press("5")
        if size[0] >= 60:
            await seen.shows(words, "R présent", "Centre-ville", "? aide")
            assert seen.text.count("Centre-ville") > 1, "the list and the panel"


async def test_nothing_can_be_done_in_the_past() -> None:
    async with console() as seen:
        await replays(seen)
        for number, keys in (("2", "oc"), ("4", "asd"), ("5", "o")):
            await seen.press(number)
            await seen.shows(*IN_THE_PAST[number])
            await seen.press("down")
            for key in keys:
                await seen.press(key)
                assert len(seen.app.screen_stack) == 1
        await seen.press("u", "w")
        assert len(seen.app.screen_stack) == 1
        await seen.press("3", "E", "d", "y")
        assert len(seen.app.screen_stack) == 1
        await seen.shows("Non enregistré.", "Nuit du lun. 30 nov.")
        await seen.shows("C’est le passé")
        assert not seen.head.orders
        assert not seen.head.locks
        assert not seen.head.acts
        assert seen.head.city.incidents["i-l1"].acknowledged_by is None


@pytest.mark.parametrize("key", ["R", "escape"])
async def test_what_is_pushed_is_held_back_and_the_present_is_complete_again(key: str) -> None:
    async with console() as seen:
        await replays(seen)
        city = seen.head.city
        broken = city.light_points["1401"].model_copy(update={"state": LampState.FAILED})
        summary = city.summary().model_copy(update={"now": NOW + timedelta(minutes=3)})
        gone = city.incidents["i-l2"].model_copy(update={"place": "rue de la Paix"})
        await seen.push(Live(summary=summary, light_points=(broken,), incidents=(gone,)))
        await until(lambda: seen.app.session.now == summary.now)
        await seen.shows("il y a 5 min", "195 / 196")
        session = seen.app.session
        assert session.city.summary is not None
        assert session.city.summary.now == LAST
        assert session.city.light_points["1401"].state is LampState.LIT
        assert "rue de la Paix" not in seen.text
        await seen.press(key)
        await seen.shows("179 / 196", "21:45:10", "Cette nuit", "rue de la Paix")
        await seen.hides("RELECTURE")
        assert not session.city.frozen
        assert session.replayed_at is None
        assert session.city.light_points["1401"] == broken
        assert set(session.city.incidents) == set(city.incidents)
        assert not seen.app.screen.has_class("replay")
        await seen.press("2")
        await seen.shows("1401")
        await seen.push(Live(summary=summary.model_copy(update={"now": NOW + timedelta(minutes=4)})))
        await seen.shows("21:46:10")


async def test_steps_go_as_far_as_there_is_something_and_the_last_of_many_alone_is_asked_for() -> None:
    async with console() as seen:
        await replays(seen)
        await seen.press("full_stop")
        await seen.press("comma", "comma", "comma", "less_than_sign", "full_stop")
        await seen.shows("nov. 20:30 ")
        questions = asked(seen, "/api/replay")
        assert (questions[-1], {*questions[:-1]}) == (LAST - 14 * STEP, {LAST})
        await seen.press("greater_than_sign", "greater_than_sign")
        await seen.shows("nov. 21:40 ")
        await seen.press(*["less_than_sign"] * 50)
        await seen.shows("sam. 28 nov. 21:50")


async def test_steps_do_nothing_in_the_present() -> None:
    async with console() as seen:
        await seen.press("comma", "full_stop", "less_than_sign", "greater_than_sign", "P")
        assert not asked(seen, "/api/replay")
        assert "RELECTURE" not in seen.text


async def test_what_is_typed_into_a_search_is_text() -> None:
    async with console() as seen:
        await seen.press("2", "slash", "R", "P", "comma", "T")
        await seen.shows("RP,T")
        assert not asked(seen, "/api/replay")


@pytest.mark.parametrize(
    ("status", "told"), [(503, "Le passé ne peut être lu"), (400, "rien n’a été enregistré")]
)
async def test_what_cannot_be_told_is_one_line_and_the_picture_stays(status: int, told: str) -> None:
    async with console() as seen:
        seen.head.past_refused = status
        await seen.press("R")
        await seen.shows(told, "179 / 196", "21:42:10")
        assert "RELECTURE" not in seen.text
        assert seen.app.session.barred is None
        seen.head.past_refused = 0
        await replays(seen)
        seen.head.past_refused = status
        await seen.press("less_than_sign")
        await until(lambda: len(asked(seen, "/api/replay")) == 3)
        await until(lambda: seen.app.session.sought is None)
        await seen.shows("RELECTURE · lun. 30 nov. 21:40", "195 / 196", told)


async def test_a_head_end_that_goes_away_leaves_the_past_on_screen_and_is_said_to_be_away() -> None:
    async with console() as seen:
        await replays(seen)
        await seen.head.stop()
        await until(lambda: not seen.app.session.city.up)
        await seen.shows("RELECTURE · lun. 30 nov. 21:40", "195 / 196", "✖ tête de réseau")
        await seen.press("comma")
        await seen.shows("Le passé ne peut être lu", "RELECTURE · lun. 30 nov. 21:40")
        await seen.press("R")
        await seen.shows("Tête de réseau absente", "179 / 196")


async def test_while_the_past_is_read_the_banner_says_so_and_one_can_think_better_of_it() -> None:
    async with console() as seen:
        seen.head.past_known.clear()
        await seen.press("R")
        await seen.shows("Lecture de ce qui a été enregistré : lun. 30 nov. 21:40", "179 / 196")
        await seen.press("escape")
        await seen.hides("Lecture de ce qui")
        seen.head.past_known.set()
        await replays(seen)


async def test_the_past_does_not_come_up_under_a_dialog_about_the_present() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        seen.head.past_known.clear()
        await seen.press("R")
        await seen.shows("Lecture de ce qui")
        await seen.press("o")
        await until(lambda: len(seen.app.screen_stack) == 2)
        seen.head.past_known.set()
        await until(lambda: seen.app.session.sought is None)
        assert seen.app.session.replayed_at is None
        await seen.press("escape")
        await seen.hides("Lecture de ce qui", "RELECTURE")


async def test_an_answer_about_the_present_that_comes_late_is_not_shown_in_the_past() -> None:
    async with console() as seen:
        seen.head.history_known.clear()
        await seen.press("5")
        await seen.shows("Centre-ville", "AP-CEN-03", "Lecture de l’historique")
        await until(lambda: any("outlook" in path for path, _ in seen.head.questions))
        await replays(seen)
        await seen.shows("d’alors ne sont pas")
        seen.head.history_known.set()
        await seen.press("comma")
        await seen.shows("nov. 21:35", "d’alors ne sont pas")


async def test_the_past_runs_until_the_last_step_and_stops_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "PLAY_EVERY_S", 0.01)
    async with console() as seen:
        await replays(seen)
        await seen.press("less_than_sign")
        await seen.shows("nov. 20:40 ")
        await seen.press("P")
        await seen.shows("nov. 21:40 ")
        await until(lambda: not seen.app.session.is_playing)
        assert asked(seen, "/api/replay")[-12:] == [LAST - number * STEP for number in range(11, -1, -1)]
        await seen.press("less_than_sign")
        await seen.shows("nov. 20:40 ")
        seen.head.past_known.clear()
        await seen.press("P")
        await seen.shows("en marche")
        await seen.press("P")
        seen.head.past_known.set()
        await until(lambda: not seen.app.session.is_playing)
        await seen.press("less_than_sign")
        await seen.shows("nov. 19:4")
        seen.head.past_known.clear()
        await seen.press("P", "question_mark")
        seen.head.past_known.set()
        await until(lambda: not seen.app.session.is_playing)
        assert seen.app.session.replayed_at is not None
        assert seen.app.session.replayed_at <= LAST - 22 * STEP, "a dialog stops it"


async def test_one_goes_to_a_time_that_one_says() -> None:
    async with console() as seen:
        await seen.press("T")
        await seen.shows("Relire à partir de quand", "Au plus tôt sam. 28 nov. 21:50")
        await seen.press("escape")
        await seen.press(
            "T", *(("space" if sign == " " else sign) for sign in "hier 18:00"), "enter", "enter"
        )
        await seen.shows("RELECTURE · dim. 29 nov. 18:00", "il y a 1 j 3 h")
        for typed, told in (("midi", "ce n’est pas une heure"), ("28/11 3:00", "seules les dernières 48 h")):
            await seen.press("T", *(("space" if sign == " " else sign) for sign in typed), "enter", "enter")
            await seen.shows(told, "RELECTURE · dim. 29 nov. 18:00")


async def test_a_click_on_the_bar_goes_there() -> None:
    async with console() as seen:
        await replays(seen)
        await seen.shows("−48")
        bar = seen.app.screen.query_one(ReplayBar)
        assert "▲" in bar.render_line(0).text
        await seen.pilot.click(ReplayBar, offset=(20, 0))
        await until(lambda: seen.app.session.replayed_at not in {None, LAST})
        at = seen.app.session.replayed_at
        assert at is not None
        assert NOW - timedelta(hours=48) < at < NOW - timedelta(hours=36)
        assert seen.app.screen.query_one(Banner).size.height == 1


async def test_the_palette_goes_there_and_back() -> None:
    async with console() as seen:
        for banner in (True, False):
            await seen.press("ctrl+p", *"relire")
            await seen.shows("Relire les dernières 48 h")
            await seen.press("enter")
            await (seen.shows if banner else seen.hides)("◀◀ RELECTURE")


async def test_a_list_of_what_is_over_too_follows_into_the_past_and_back() -> None:
    async with console() as seen:
        await seen.press("4", "c")
        await seen.shows("Toutes les pannes", "0205", "A-003/1")
        await seen.press("2")
        await replays(seen)
        await seen.press("4")
        await seen.shows("rue du Sauvage", "RELECTURE")
        await seen.hides("0205", "A-003/1")
        assert LAST in asked(seen, "/api/incidents")
        await seen.press("2", "R", "4")
        await seen.shows("0205", "A-003/1")
        await seen.hides("RELECTURE", "rue du Sauvage")


async def test_the_past_offers_no_key_that_does_nothing_there() -> None:
    async with console() as seen:
        await replays(seen)
        await seen.press("4")
        await seen.shows("Pas envoyé.", "Pas pris en compte.")
        await seen.press("escape")
        await seen.hides("RELECTURE")
        await seen.shows("s pour l’envoyer", "Pas pris en compte : a.")
