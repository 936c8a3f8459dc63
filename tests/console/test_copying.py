"""What is under the cursor goes to the terminal's clipboard; and keys are found by key and by what they do."""

import pytest

from tests.console.consoles import console
from tests.console.small_city import SmallCity


async def test_y_copies_the_row_as_it_reads_and_shift_y_its_id() -> None:
    async with console() as seen:
        await seen.press("2", "slash", *"0205", "enter", "y")
        await seen.shows("Copié : ")
        assert seen.app.clipboard.split("\t")[:3] == ["✖ en panne", "0205", "rue Mercière"]
        await seen.press("Y")
        await seen.shows("Copié : 0205")
        assert seen.app.clipboard == "0205"


async def test_what_devices_say_of_themselves_runs_nothing_in_the_terminal() -> None:
    city = SmallCity()
    lamp = city.light_points["0205"].model_copy(update={"street": "rue \x1b]0;x\x07[bold]"})
    city.light_points["0205"] = lamp
    async with console(city=city) as seen:
        await seen.press("2", "slash", *"0205", "enter", "y")
        await seen.shows("Copié : ")
        assert "\x1b" not in seen.app.clipboard
        assert "[bold]" in seen.app.clipboard


@pytest.mark.parametrize(
    ("typed", "found", "not_found"),
    [
        ("ecarter", "écarter", "filtrer"),
        ("a", "prendre en compte", "Signes"),
        ("zzz", "Aucune touche ne fait cela ici.", "Ici"),
    ],
)
async def test_the_help_is_searched_by_key_and_by_action(typed: str, found: str, not_found: str) -> None:
    async with console() as seen:
        await seen.press("4", "question_mark", "slash", *typed)
        await seen.shows(found)
        await seen.hides(f" {not_found}\n")
        await seen.press("escape")
        await seen.shows("Touches")
        await seen.press("escape")
        await seen.hides("Touches")
