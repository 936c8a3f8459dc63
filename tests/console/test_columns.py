"""Choosing columns, their order and the sorting; what was chosen is there again the next day."""

import json
from pathlib import Path

import pytest
from textual import events

from console.kept import Choice, Kept, kept_file
from console.widgets.table import Table
from tests.console.consoles import Console, console
from tests.console.fake_headend import until


def _header(seen: Console) -> list[str]:
    table = seen.app.screen_stack[0].query_one(Table)
    return table.render_line(0).text.split()


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _kept(file: Path) -> Kept:
    kept = Kept(file)
    kept.read()
    return kept


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_columns_are_hidden_shown_moved_and_sorted_by_from_the_keyboard(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("C")
        await seen.shows("Colonnes", "◼ état", "· quartier", "afficher ou masquer")
        assert all(len(line) <= size[0] for line in seen.lines)
        # The point goes to the left of the state, the street goes, and the point sorts, the last first.
        await seen.press("down", "K", "s", "s", "down", "down", "space", "enter")
        await seen.hides("Colonnes")
        assert _header(seen)[:2] == ["point↑", "état"]
        assert "rue" not in _header(seen)
        assert seen.app.screen.query_one(Table).order[0] == "1414"


async def test_keys_that_come_in_one_burst_are_taken_in_their_order() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("C")
        await seen.shows("Colonnes")
        for key, character in (("down", None), ("down", None), ("space", " "), ("enter", "\r")):
            seen.app.post_message(events.Key(key, character))
        await seen.hides("Colonnes")
        assert "rue" not in _header(seen)


async def test_a_column_that_was_picked_shows_in_a_narrow_terminal_too(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "console.json")
    kept.keep("lamps", Choice(columns=("id", "quarter", "power", "sector")))
    async with console((80, 24), kept=kept) as seen:
        await seen.press("2")
        await seen.shows("0205")
        assert _header(seen) == ["point", "quartier", "puissance"]
        await seen.press("C")
        await seen.shows("◼ secteur")
        line = next(line for line in seen.lines if "◼ secteur" in line)
        assert "pas la place" in line


async def test_the_last_column_stays_and_escape_changes_nothing() -> None:
    async with console() as seen:
        await seen.press("6")
        await seen.shows("Marie")
        before = _header(seen)
        await seen.press("C")
        await seen.shows("Colonnes")
        for _ in range(5):
            await seen.press("space", "down")
        await until(lambda: seen.text.count("◼ ") == 1)
        await seen.press("escape")
        await seen.hides("Colonnes")
        assert _header(seen) == before


async def test_what_was_chosen_is_there_the_next_day_and_as_usual_takes_it_back(tmp_path: Path) -> None:
    file = tmp_path / "falotier" / "console.json"
    async with console(kept=_kept(file)) as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("C", "down", "down", "space", "enter", "S", "r")
        await until(lambda: file.exists() and json.loads(file.read_bytes())["lamps"]["reversed"])
    async with console(kept=_kept(file)) as seen:
        await seen.press("2")
        await seen.shows("point↑")
        assert "rue" not in _header(seen)
        await seen.press("C", "0", "enter")
        await seen.shows("état↓")
        assert "rue" in _header(seen)
        await until(
            lambda: (
                json.loads(file.read_bytes())["lamps"]
                == {"columns": None, "sort": "state", "reversed": False}
            )
        )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"lamps": 3}',
        b'{"lamps": {"columns": ["no-such", "\\u001b["], "sort": "no-such", "reversed": true}}',
    ],
)
async def test_a_broken_file_is_as_none_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "console.json"
    file.write_bytes(content)
    async with console(kept=_kept(file)) as seen:
        await seen.press("2")
        await seen.shows("point", "rue")
        assert "rue" in _header(seen)
        await seen.press("S")
        await until(lambda: b'"sort": "id"' in file.read_bytes())
    assert _kept(file).of("lamps") is not None
    assert _files(tmp_path) == ["console.json"]


async def test_a_place_that_cannot_be_written_to_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder", encoding="utf-8")
    async with console(kept=_kept(tmp_path / "state" / "falotier" / "console.json")) as seen:
        await seen.press("2")
        await seen.shows("état↓")
        await seen.press("S")
        await seen.shows("point↓")


async def test_every_column_of_the_wifi_tree_sorts_and_after_the_last_the_tree_is_back() -> None:
    async with console((160, 40)) as seen:
        await seen.press("5")
        await seen.shows("AP-CEN-01")
        table = seen.app.screen.query_one(Table)
        tree = list(table.order)
        sorted_by = []
        await seen.press("S")
        while table.sort_key:
            sorted_by.append(table.sort_key)
            await seen.press("S")
        assert sorted_by[:5] == ["name", "state", "load", "clients", "airtime_pct"]
        assert list(table.order) == tree


async def test_what_is_not_known_stands_last_in_both_directions() -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        table = seen.app.screen.query_one(Table)
        table.sort_by("effect")
        await until(lambda: table.order[-1] == "1105")
        await seen.press("r")
        await until(lambda: table.order[0] != "1105")
        assert table.order[-1] == "1105"


async def test_columns_cannot_be_chosen_where_there_is_no_table() -> None:
    async with console() as seen:
        await seen.press("3")
        await seen.shows("Cinq paliers")
        await seen.press("C", "d")
        await seen.shows("Contrôleurs qui ne le détiennent pas")
        assert "afficher ou masquer" not in seen.text
        await seen.press("C")
        await seen.shows("afficher ou masquer")


def test_choices_are_kept_in_the_state_folder_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert kept_file() == tmp_path / "falotier" / "console.json"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kept_file() == tmp_path / ".local" / "state" / "falotier" / "console.json"
