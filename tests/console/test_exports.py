"""Tables saved as CSV from their screens: what is in the file, what never is, and over what it is never written."""

import csv
from datetime import datetime
from pathlib import Path

import pytest
from rich.text import Text

from city.messages import LampState
from console.i18n import Words
from console.picture import CONVERTER
from console.saved_files import csv_of, save_sheet
from console.widgets.columns import Column
from console.widgets.table import Table
from tests.console.consoles import Console, console
from tests.console.fake_headend import until
from tests.console.small_city import SmallCity

INSTANT = "2026-11-30T20-42-10Z"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the console was started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def _saved(seen: Console, folder: Path, mode: str) -> list[dict[str, str]]:
    await seen.press("e")
    path = folder / f"falotier-{mode}-{INSTANT}.csv"
    await seen.shows(f"falotier-{mode}-")
    return _read(path)


async def test_light_points_are_saved_as_the_filter_shows_them_with_bare_values_and_units(
    folder: Path,
) -> None:
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("slash", *"rue:merc", "enter")
        await seen.shows("14 / 196")
        rows = await _saved(seen, folder, "lighting")
        await seen.shows("14 lignes")
    assert len(rows) == 14
    assert rows[0] == {
        "état": "en panne",
        "point": "0205",
        "rue": "rue Mercière",
        "départ": "A-002/1",
        "secteur": "Mulhouse Grand Centre",
        "demandé (%)": "70.0",
        "effet (%)": "70.0",
        "puissance (W)": "0.4",
    }


async def test_a_narrow_terminal_saves_the_same_columns_as_a_wide_one(folder: Path) -> None:
    async with console((80, 24)) as seen:
        await seen.press("2")
        await seen.shows("0205")
        rows = await _saved(seen, folder, "lighting")
    assert len(rows) == 196
    assert list(rows[0])[-1] == "puissance (W)"


async def test_incidents_are_saved_with_their_times_in_utc(folder: Path) -> None:
    async with console() as seen:
        await seen.press("4")
        await seen.shows("A-003/1")
        rows = await _saved(seen, folder, "incidents")
        city = seen.head.city
    breaker = next(row for row in rows if row["objet"] == "A-003/1")
    opened = city.incidents["i-b1"].opened_at
    assert datetime.fromisoformat(breaker["ouvert"]) == opened
    assert breaker["ouvert"].endswith("Z")
    assert breaker["pts"] == "7"


async def test_the_journal_is_saved_with_whole_texts(folder: Path) -> None:
    async with console((80, 24)) as seen:
        await seen.press("6")
        await seen.shows("Marie")
        rows = await _saved(seen, folder, "journal")
    assert any("concert place Franklin" in row["en clair"] for row in rows)


async def test_calendars_are_saved_and_beside_the_deployment_its_controllers(folder: Path) -> None:
    async with console() as seen:
        await seen.press("3")
        await seen.shows("Cinq paliers")
        rows = await _saved(seen, folder, "programmes")
        assert rows[0]["points lumineux"] == "182"
        assert rows[0]["l’a"] == "189"
        await seen.press("d")
        await seen.shows("Contrôleurs qui ne le détiennent pas")
        await until(lambda: seen.app.frame and seen.app.frame.query_one(Table).order)
        await seen.press("e")
        second = folder / f"falotier-programmes-{INSTANT}-2.csv"
        await until(second.exists)
        assert "pourquoi" in _read(second)[0]


async def test_an_empty_list_is_not_saved_and_says_so(folder: Path) -> None:
    async with console() as seen:
        await seen.press("2", "slash", *"zzzz", "enter")
        await seen.shows("Rien ne correspond")
        await seen.press("e")
        await seen.shows("Aucune ligne à enregistrer.")
    assert _files(folder) == []


async def test_the_palette_saves_the_list_of_the_screen_and_has_nothing_to_save_on_the_citys(
    folder: Path,
) -> None:
    async with console() as seen:
        await seen.press("ctrl+p", *"liste en csv")
        await seen.shows("Rien ne porte ce nom.")
        await seen.press("escape", "2")
        await seen.shows("0205")
        await seen.press("ctrl+p", *"liste en csv")
        await seen.shows("Enregistrer cette liste en CSV")
        await seen.press("enter")
        await seen.shows("196 lignes")
    assert _files(folder) == [f"falotier-lighting-{INSTANT}.csv"]


async def test_a_folder_that_may_not_be_written_to_costs_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.press("e")
        await seen.shows("cannot be")


async def test_names_that_would_be_formulas_are_defused_in_the_file(folder: Path) -> None:
    city = SmallCity()
    for name, street in (
        ("0205", "=HYPERLINK(1)"),
        ("0603", "\x1b\t@SUM(A1)"),
        ("0101", "+1"),
        ("0102", "-1"),
    ):
        city.light_points[name] = city.light_points[name].model_copy(
            update={"street": street, "state": LampState.FAILED}
        )
    async with console(city=city) as seen:
        await seen.press("2")
        await seen.shows("0205")
        rows = await _saved(seen, folder, "lighting")
    streets = {row["point"]: row["rue"] for row in rows}
    assert [streets[name] for name in ("0205", "0603", "0101", "0102")] == [
        "'=HYPERLINK(1)",
        "'@SUM(A1)",
        "'+1",
        "'-1",
    ]


# -- small counts of clients ---------------------------------------------------------------------------------


def _quiet_city(radios: dict[str, int]) -> SmallCity:
    """A city with some radios that have few clients, their access points with the sums."""
    city = SmallCity()
    for name, view in city.access_points.items():
        told = tuple(
            radio.model_copy(update={"clients": radios.get(radio.id, radio.clients)}) for radio in view.radios
        )
        clients = sum(radio.clients or 0 for radio in told) if told else None
        city.access_points[name] = view.model_copy(update={"radios": told, "clients": clients})
    return city


async def _clients(seen: Console, folder: Path) -> dict[str, tuple[str, str]]:
    """Clients and load as the file tells them, by place, access point and radio."""
    rows = await _saved(seen, folder, "wifi")
    return {row["lieu · borne · radio"]: (row["clients"], row["charge (%)"]) for row in rows}


async def test_small_counts_of_clients_are_masked_and_with_them_the_sums_and_loads_that_would_tell_them(
    folder: Path,
) -> None:
    async with console(city=_quiet_city({"AP-UHA-01/1": 3, "AP-UHA-01/2": 9, "AP-UHA-02/1": 0})) as seen:
        await seen.press("5")
        await seen.shows("AP-UHA-01")
        await seen.press("asterisk")
        told = await _clients(seen, folder)
        await seen.shows("Les nombres de clients sous 5 n’y sont pas donnés.")
    assert told["AP-UHA-01/1"] == ("< 5", "")
    assert told["AP-UHA-01/2"][0] == "9"
    assert told["AP-UHA-01"] == ("", "")
    assert told["UHA"] == ("", "")
    assert told["AP-UHA-02/1"][0] == "0"
    assert told["AP-UHA-02"][0] == "20"
    assert told["Patinoire"] == ("212", "78.0")


async def test_a_place_is_told_where_its_access_points_are_not_in_the_file(folder: Path) -> None:
    city = _quiet_city({"AP-UHA-01/1": 1, "AP-UHA-01/2": 2})
    async with console(city=city) as seen:
        await seen.press("5")
        await seen.shows("AP-UHA-01")
        await seen.press("asterisk", "asterisk")
        await seen.hides("AP-UHA-01")
        told = await _clients(seen, folder)
    assert told["UHA"] == ("88", "29.0")


async def test_a_part_that_the_filter_hides_is_not_told_by_a_subtraction(folder: Path) -> None:
    city = _quiet_city({"AP-CEN-01/1": 1, "AP-CEN-01/2": 2})
    async with console(city=city) as seen:
        await seen.press("5")
        await seen.shows("AP-CEN-01")
        await seen.press("slash", *"état:saturé", "enter")
        await seen.hides("AP-CEN-01")
        told = await _clients(seen, folder)
    assert "AP-CEN-01" not in told
    assert told["Centre-ville"] == ("", "")


async def test_the_threshold_is_the_citys_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.console import small_city_wifi

    as_it_was = small_city_wifi.history
    monkeypatch.setattr(
        small_city_wifi, "history", lambda *asked: as_it_was(*asked).model_copy(update={"small_count": 10})
    )
    async with console(city=_quiet_city({"AP-UHA-01/1": 9, "AP-UHA-01/2": 30})) as seen:
        await seen.press("5")
        await seen.shows("AP-UHA-01")
        await seen.press("asterisk")
        told = await _clients(seen, folder)
    assert told["AP-UHA-01/1"] == ("< 10", "")


async def test_without_an_answer_the_usual_threshold_holds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(city=_quiet_city({"AP-UHA-01/1": 4, "AP-UHA-01/2": 5})) as seen:
        await seen.press("5")
        await seen.shows("AP-UHA-01")
        await seen.press("asterisk")
        await seen.shows("radio 1")
        await seen.head.stop()
        told = await _clients(seen, folder)
    assert told["AP-UHA-01/1"][0] == "< 5"
    assert told["AP-UHA-01/2"][0] == "5"


# -- files ---------------------------------------------------------------------------------------------------


def test_no_file_is_ever_written_over(folder: Path) -> None:
    (folder / "t.csv").write_text("mine", encoding="utf-8")
    (folder / "t-2.csv").symlink_to(folder / "nowhere")
    assert save_sheet(folder, "t", "a\r\n").name == "t-3.csv"
    assert save_sheet(folder, "t", "b\r\n").name == "t-4.csv"
    assert (folder / "t.csv").read_text(encoding="utf-8") == "mine"
    assert not (folder / "nowhere").exists()
    assert (folder / "t-3.csv").read_bytes() == b"a\r\n"


def test_times_are_told_in_utc_and_what_is_not_known_is_an_empty_cell() -> None:
    at = datetime.fromisoformat("2026-11-30T21:42:10+01:00")
    columns: list[Column[datetime | None]] = [
        Column("at", "when", 5, lambda row: Text("21:42"), raw=lambda row: row),
        Column("shown", "what", 5, lambda row: Text(" –")),
    ]
    assert csv_of(Words("en"), columns, [at, None]) == "when,what\r\n2026-11-30T20:42:10Z,\r\n,\r\n"


@pytest.mark.parametrize("converts", [True, False])
async def test_a_picture_has_a_png_beside_it_where_there_is_a_converter_and_never_covers_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, converts: bool
) -> None:
    programs = folder / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    if converts:
        converter = programs / CONVERTER
        converter.write_text('#!/bin/sh\nread -r line\necho "$line" > "$4"\n', encoding="utf-8")
        converter.chmod(0o755)
    (folder / "falotier-lighting.svg").write_text("mine", encoding="utf-8")
    async with console() as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.app.action_picture()
        await seen.shows("falotier-lighting-2.svg")
        told = "rsvg-convert n’est pas installé" in seen.text
    assert told is not converts
    assert (folder / "falotier-lighting-2.png").exists() is converts
    assert (folder / "falotier-lighting.svg").read_text(encoding="utf-8") == "mine"
