"""What a person likes is followed, what is wrong with it is told in a line each, and none of it stops the console."""

from pathlib import Path

import pytest

from city.errors import BadInput
from console.app import HOLD_KEYS
from console.i18n import Words
from console.key_names import checked, named_keys
from console.preferences import Preferences, chosen_look, keep_theme, read_preferences
from tests.console.consoles import console
from tests.console.fake_headend import until

KNOWN = named_keys(HOLD_KEYS)


def told(asked: dict[str, object]) -> tuple[dict[str, str], list[str]]:
    followed, problems = checked(asked, KNOWN)
    return followed, [Words("en").t(each.text, **each.fields) for each in problems]


def test_every_key_has_a_name_of_its_own() -> None:
    names = [each.name for each in KNOWN]
    assert len(set(names)) == len(names)
    assert {"app.quit", "incidents.acknowledge", "list.sort-by-the-next-column", "screen.filter"} <= set(
        names
    )


def test_keys_go_where_they_are_asked_for_alone_in_a_swap_or_several_for_one() -> None:
    asked: dict[str, object] = {
        "lighting.order": "f2",
        "incidents.acknowledge": "s",
        "incidents.send": "a, ctrl+s",
    }
    assert told(asked) == ({**asked, "incidents.send": "a,ctrl+s"}, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"incidents.sned": "e"}, "keys: incidents.sned is not known; did you mean incidents.send?"),
        ({"zzz": "e"}, "keys: zzz is not known"),
        ({"app.quit": "warp"}, "keys: app.quit: warp is no key"),
        ({"app.quit": 7}, "keys: app.quit: 7 is no key"),
        ({"app.quit": ""}, "keys: app.quit:  is no key"),
        ({"incidents.send": "a"}, "keys: incidents.send: a is already the key of incidents.acknowledge"),
        ({"incidents.send": "u"}, "keys: incidents.send: u is already the key of app.undo-the-last-order"),
        ({"lighting.mark": "?"}, "keys: lighting.mark: ? is already the key of app.help"),
    ],
)
def test_a_key_that_cannot_be_is_told_in_one_line_and_stays_where_it_was(
    asked: dict[str, object], said: str
) -> None:
    assert told({**asked, "wifi.enlarge": "f5"}) == ({"wifi.enlarge": "f5"}, [said])


def test_a_key_that_is_not_moved_after_all_is_in_the_way_again() -> None:
    followed, said = told({"incidents.send": "a", "incidents.acknowledge": "u"})
    assert followed == {}
    assert len(said) == 2


def test_the_same_key_may_do_different_things_on_different_screens() -> None:
    assert told({"incidents.send": "o"}) == ({"incidents.send": "o"}, [])


def test_language_look_and_keys_are_read_from_one_file(tmp_path: Path) -> None:
    file = tmp_path / "console.toml"
    file.write_text('language = "en"\ntheme = "light"\n[keys]\nincidents.send = "e"\n"app.quit" = "x"\n')
    read = read_preferences(file)
    assert (read.language, read.theme, read.problems) == ("en", "light", ())
    assert read.keys == {"incidents.send": "e", "app.quit": "x"}


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    read = read_preferences(tmp_path / "none.toml")
    assert (read.language, read.theme, dict(read.keys), read.problems) == (None, "night", {}, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"theme = [", "is not followed"),
        (b"\xff\xfe", "is not followed"),
        (b'theme = "pink"', "theme: got pink, expected night, light, terminal, contrast, colour-blind"),
        (b"language = 3", "language: got 3, expected fr, en"),
        (b'symbols = "nice"', "symbols: got nice, expected unicode, ascii"),
        (b"keys = 3", "keys: got 3, expected [keys]"),
        (b"colour = 3", "colour is not known"),
    ],
)
def test_a_broken_file_costs_one_line_and_nothing_else(tmp_path: Path, text: bytes, said: str) -> None:
    file = tmp_path / "console.toml"
    file.write_bytes(text)
    read = read_preferences(file)
    (problem,) = read.problems
    assert said in Words("en").t(problem.text, **problem.fields)
    assert (read.language, read.theme, dict(read.keys)) == (None, "night", {})


def test_a_folder_in_the_place_of_the_file_is_told_too(tmp_path: Path) -> None:
    assert len(read_preferences(tmp_path).problems) == 1


def test_keeping_a_look_leaves_the_rest_of_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "console.toml"
    keep_theme(file, "light")
    assert file.read_text() == 'theme = "light"\n'
    file.write_text('# mine\nlanguage = "en"\ntheme="light" # bright\n\n[keys]\napp.quit = "x"\n')
    keep_theme(file, "contrast")
    assert file.read_text() == '# mine\nlanguage = "en"\ntheme = "contrast"\n\n[keys]\napp.quit = "x"\n'
    file.write_text('[keys]\napp.quit = "x"\n')
    keep_theme(file, "night")
    assert read_preferences(file).theme == "night"
    assert read_preferences(file).keys == {"app.quit": "x"}
    assert [each.name for each in file.parent.iterdir()] == ["console.toml"]


def test_a_look_that_is_not_there_is_refused_on_the_command_line() -> None:
    assert chosen_look(None, Preferences(theme="light")) == "light"
    assert chosen_look("terminal", Preferences(theme="light")) == "terminal"
    with pytest.raises(BadInput, match="expected one of night, light"):
        chosen_look("pink", Preferences())


async def test_a_moved_key_works_and_is_shown_in_the_footer_and_the_old_one_does_nothing() -> None:
    keys: dict[str, object] = {"incidents.acknowledge": "e", "screen.filter": "f", "nope": "x"}
    async with console(preferences=Preferences(keys=keys)) as seen:
        await seen.shows("touches : nope est inconnu")
        await seen.press("4")
        await seen.shows("f filtrer e prendre en compte s envoyer")
        await seen.press("a")
        assert seen.head.city.incidents["i-b1"].acknowledged_by is None
        await seen.press("e")
        await until(lambda: seen.head.city.incidents["i-b1"].acknowledged_by)
        await seen.press("f", *"603")
        await seen.shows("effacer la recherche")


async def test_the_first_start_is_greeted_with_three_lines_and_no_other(tmp_path: Path) -> None:
    greeted = tmp_path / "state" / "greeted"
    for first in (True, False):
        async with console((80, 24), preferences=Preferences(greeted=greeted)) as seen:
            if first:
                await seen.shows("Bienvenue", "Ctrl+P", "Échap revient", "ordonner")
                await seen.press("5")
                await seen.hides("Bienvenue")
                assert seen.app.current_mode == "city"
                await until(greeted.exists)
            await seen.press("2")
            await seen.shows("Points lumineux")
            assert "Bienvenue" not in seen.text


async def test_the_help_says_the_same_three_lines() -> None:
    async with console() as seen:
        await seen.press("question_mark")
        await seen.shows("Ctrl+P", "Échap revient")


async def test_where_nothing_can_be_kept_the_greeting_harms_nobody(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    async with console(preferences=Preferences(greeted=blocked / "greeted")) as seen:
        await seen.shows("Bienvenue")
        await seen.press("x")
        await seen.hides("Bienvenue")
        assert seen.app.is_running
