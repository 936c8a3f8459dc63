"""Sixty columns are enough to work with, and below that one line says what is wrong."""

import pytest
from rich.cells import cell_len

from tests.console.consoles import console

LISTED = {
    "1": ("allumé", "179 / 196", "Centre-ville"),
    "2": ("✖ en panne", "0205", "rue Mercière", "70 %"),
    "3": ("Rues de la", "20:00"),
    "4": ("Départ disjoncté", "A-003/1", "0205"),
    "5": ("Centre-ville", "91 %"),
    "6": ("Marie", "ordre", "street:rue Ne"),
}
"""What must be readable of each list."""


@pytest.mark.parametrize("size", [(60, 20), (60, 16)])
async def test_at_sixty_columns_every_list_and_every_footer_can_be_read(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        for number, texts in LISTED.items():
            await seen.press(number)
            await seen.shows(*texts, "21:42:10", "? aide")
            assert all(cell_len(line) == size[0] for line in seen.lines)
            assert all(f" {each} " in seen.lines[-1] for each in LISTED), seen.lines[-1]


async def test_dialogs_fit_into_sixty_columns() -> None:
    async with console((60, 20)) as seen:
        await seen.press("2", "o")
        await seen.shows("Donner l’ordre", "Annuler")
        await seen.press("escape", "question_mark")
        await seen.shows("Touches", "Ctrl+P")
        await seen.press("escape", "4", "d")
        await seen.shows("Annuler")
        await seen.press("escape", "5", "down", "o")
        await seen.shows("Annuler")


@pytest.mark.parametrize("size", [(59, 20), (60, 15), (30, 8)])
async def test_below_that_a_line_says_how_large_it_should_be(size: tuple[int, int]) -> None:
    async with console(size) as seen:
        await seen.shows("Terminal trop petit", "Agrandissez à 60×16")
        assert all(cell_len(line) == size[0] for line in seen.lines)
        for number in "23456":
            await seen.press(number)
            await seen.shows("Terminal trop petit")
        await seen.pilot.resize_terminal(60, 16)
        await seen.shows("Journal", "Marie")
