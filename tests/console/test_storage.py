"""How storage fares is told in words, on the command line and in the header of every screen."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from city.storage import StorageView
from console.i18n import Code, Words
from console.storage import lines_of
from tests.console.consoles import console
from tests.console.fake_headend import TOKEN, FakeHeadEnd, fake_headend
from tests.console.small_city import SmallCity
from tests.end_to_end.commands import falotier

WELL = StorageView(taken=90_000, stored=89_960, waiting=40, lost=0, lag_s=1.5)
AWAY = StorageView(
    taken=90_000, stored=40_000, waiting=49_000, lost=1_000, losses={"spool full": 900, "field type\x1b[2J": 100},
    lag_s=7_500, bytes=3 * 1024**3, bytes_most=10 * 1024**3, damaged=1, dead_letters=100,
)  # fmt: skip
BACK = AWAY.model_copy(update={"is_catching_up": True})


def told(storage: StorageView, language: Code = "en") -> str:
    return "\n".join(lines_of(storage, Words(language))).replace("\u00a0", " ")


def test_while_all_is_well_there_is_one_short_line() -> None:
    assert told(WELL) == "no measurement is lost or late"


def test_what_waits_is_said_with_its_age_and_the_room_that_it_takes() -> None:
    text = told(AWAY)
    assert "49,000 values wait, the oldest for 2 h 05: kept on the disk" in text
    assert "3.0 GiB of the 10 GiB that it may (30%)" in text


def test_a_store_that_is_back_catches_up() -> None:
    assert "the store is back and catches up" in told(BACK)


def test_losses_are_counted_by_reason_the_largest_first() -> None:
    lines = told(AWAY).splitlines()
    first = lines.index("1,000 values are lost since the start")
    assert lines[first + 1].strip() == "900 × the spool was full"
    assert lines[first + 2].strip().startswith("100 × field type")


def test_what_a_server_says_cannot_clear_the_screen() -> None:
    assert "\x1b" not in told(AWAY)


def test_damage_and_dead_letters_are_said() -> None:
    assert "1 damaged record was set aside" in told(AWAY)
    assert "100 readings were refused by the store" in told(AWAY)


def test_it_is_said_in_french() -> None:
    text = told(AWAY, "fr")
    assert "49 000 mesures attendent, la plus ancienne depuis 2 h 05" in text
    assert "900 × la file d'attente était pleine" in text


def status(head: FakeHeadEnd, folder: Path, *options: str) -> str:
    token = folder / "token"
    token.write_text(TOKEN)
    done = falotier("status", "--url", head.url, "--token-file", str(token), *options, home=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def city() -> SmallCity:
    return SmallCity(storage=AWAY)


async def test_status_tells_it_under_the_store(city: SmallCity, tmp_path: Path) -> None:
    async with fake_headend(city) as (head, _):
        text = await asyncio.to_thread(status, head, tmp_path, "--lang", "en")
        document: dict[str, Any] = json.loads(await asyncio.to_thread(status, head, tmp_path, "--json"))
    lines = text.splitlines()
    store = next(number for number, line in enumerate(lines) if " store: " in line)
    assert "49,000 values wait" in lines[store + 1]
    assert StorageView.model_validate(document["storage"]) == AWAY
    assert document["measurements_lost"] == 1_000


async def test_losses_and_lag_stand_in_the_header_of_every_screen(city: SmallCity) -> None:
    async with console((140, 36), "en", city) as seen:
        await seen.shows("1,000 values lost", "2 h 05 late")
        await seen.press("4")
        await seen.shows("1,000 values lost", "2 h 05 late")


async def test_on_a_narrow_screen_they_stand_there_too(city: SmallCity) -> None:
    async with console((80, 24), "fr", city) as seen:
        await seen.shows("1 000 perdues", "retard 2 h 05")


async def test_while_all_is_well_the_header_says_nothing_of_it() -> None:
    async with console((140, 36), "en") as seen:
        await seen.hides("lost", "late")
