"""Acts on access points from the screen: said beforehand who loses the network, done by a supervisor, with a reason."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.widgets import Button, Select

from city.access_points import ActKind
from city.messages import Role
from console.screens.access_point_act import ActDialog
from console.widgets.table import Table
from tests.console.consoles import Console, console
from tests.console.fake_headend import until


@asynccontextmanager
async def _dialog(name: str, role: Role = Role.SUPERVISOR) -> AsyncIterator[Console]:
    async with console((120, 36)) as seen:
        seen.head.role = role
        await seen.press("5")
        await seen.shows("Patinoire")
        seen.app.frame.seek(None, name)  # type: ignore[union-attr]
        await until(lambda: seen.app.screen.query_one(Table).cursor == name)
        await seen.press("o")
        await until(lambda: isinstance(seen.app.screen, ActDialog))
        yield seen


async def test_a_restart_shows_who_loses_the_network_before_it_can_be_asked_for() -> None:
    async with _dialog("AP-PAT-02") as seen:
        await seen.shows("AP-PAT-02 → redémarrer", "▲ 30 clients perdent le réseau", "une minute ou deux")
        await seen.shows("3 des 3 autres bornes du lieu en service")
        assert seen.head.acts == []


async def test_a_supervisor_restarts_an_access_point_with_a_reason() -> None:
    async with _dialog("AP-PAT-02") as seen:
        await seen.shows("30 clients perdent le réseau")
        await seen.press(*"figée", "enter", "tab", "enter")
        await seen.shows("AP-PAT-02 : redémarrage demandé")
        ((name, request),) = seen.head.acts
        assert (name, request.does, request.radio, request.reason) == (
            "AP-PAT-02", ActKind.RESTART, "", "figée",
        )  # fmt: skip


async def test_a_radio_is_switched_off_for_a_while_and_never_for_ever() -> None:
    async with _dialog("AP-PAT-02/2") as seen:
        await seen.shows("AP-PAT-02/2 → éteindre", "20 clients perdent le réseau", "jusqu’à 23:42")
        await seen.press(*"essai", "enter", "tab", "enter")
        await seen.shows("✓ AP-PAT-02/2 : mis hors service jusqu’à 23:42")
        ((_, request),) = seen.head.acts
        assert (request.does, request.radio, request.for_s) == (ActKind.DISABLE, "2", 7200.0)


async def test_a_duration_that_cannot_be_read_says_what_to_type() -> None:
    async with _dialog("AP-PAT-02/2") as seen:
        await seen.shows("jusqu’à 23:42")
        await seen.press("shift+tab", "backspace", "backspace", *"12")
        await seen.shows("par exemple 2h, 90m ou 1h30")
        assert seen.app.screen.query_one("#confirm", Button).disabled


async def test_enter_leads_to_cancel_and_a_careless_enter_does_nothing() -> None:
    async with _dialog("AP-PAT-02") as seen:
        await seen.shows("30 clients perdent le réseau")
        await seen.press(*"figée", "enter", "enter")
        await seen.hides("Agir sur une borne")
        assert seen.head.acts == []


async def test_nothing_is_done_without_a_reason() -> None:
    async with _dialog("AP-PAT-02") as seen:
        await seen.shows("30 clients perdent le réseau")
        seen.app.screen.query_one("#confirm", Button).focus()
        await seen.press("enter")
        await seen.shows("Motif : dites pourquoi")
        assert seen.head.acts == []


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.TECHNICIAN])
async def test_whoever_is_no_supervisor_gets_a_clear_no_and_cannot_go_on(role: Role) -> None:
    async with _dialog("AP-PAT-02", role) as seen:
        await seen.shows("✖ Seul un superviseur peut le faire.", f"the token of Marie is {role}")
        assert seen.app.screen.query_one("#confirm", Button).disabled
        await seen.press(*"figée", "enter", "enter")
        assert seen.head.acts == []


async def test_what_is_examined_again_after_a_change_is_what_is_done() -> None:
    async with _dialog("AP-PAT-02") as seen:
        await seen.shows("AP-PAT-02 → redémarrer")
        seen.app.screen.query_one("#does", Select).value = ActKind.ENABLE
        await seen.shows("AP-PAT-02 → allumer", "Personne ne perd le réseau")
        await seen.press(*"fini", "enter", "tab", "enter")
        await seen.shows("✓ AP-PAT-02 : mis en service")
        assert [request.does for _, request in seen.head.acts] == [ActKind.ENABLE]


async def test_a_place_as_a_whole_cannot_be_acted_on() -> None:
    async with console((120, 36)) as seen:
        await seen.press("5")
        await seen.shows("Patinoire")
        seen.app.frame.seek(None, "patinoire")  # type: ignore[union-attr]
        await seen.press("o")
        assert not isinstance(seen.app.screen, ActDialog)
