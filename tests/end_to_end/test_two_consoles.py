"""Two people, two consoles, one head-end: one asks, the other sees the same and agrees, and the first is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from city.clock import ManualClock
from city.messages import Role
from console import decisions, orders
from console.app import FalotierApp
from console.client import ApiClient
from console.screens.arm import ArmDialog
from console.screens.order import OrderDialog
from headend.service import HeadEnd
from tests.console.consoles import Console
from tests.console.fake_headend import FakeHeadEnd, until
from tests.headend.recording import EVENING, batch, lamp_reading
from tests.headend.standing import standing, write_city

WITHIN_S = 20.0
ORDERS = "[orders]\nalone_points = 3\n"


@asynccontextmanager
async def _console(url: str, token: str) -> AsyncIterator[Console]:
    async with ApiClient(url, token) as client:
        app = FalotierApp(client)
        async with app.run_test(size=(120, 36), notifications=True) as pilot:
            seen = Console(app, pilot, FakeHeadEnd())
            await until(lambda: app.session.city.up and app.session.city.light_points, within_s=WITHIN_S)
            await seen.shows("◌ lecture")
            yield seen


def _say(headend: HeadEnd, clock: ManualClock, lamp: str, level: float, order: str | None = None) -> None:
    point = headend.inventory.lighting.light_points[lamp]
    programme = headend.core.conductor.holdings.lamp_wants(point)
    reading = lamp_reading(lamp, clock.now(), level=level, programme=programme, order=order)
    headend.core.ingest(batch(reading))
    headend.core.lamps.refresh()


async def _ask(anne: Console, points: int) -> None:
    """Mark everything, and order it dim: the console is armed on the way."""
    await anne.press("2")
    await anne.shows("L1", "L2")
    await anne.press("M", "r")
    await anne.shows(f"◼ {points} marqués")
    await anne.press("o")
    await until(lambda: isinstance(anne.app.screen, ArmDialog))
    await anne.press("enter")
    await until(lambda: isinstance(anne.app.screen, OrderDialog))
    await anne.shows(f"{points} points lumineux → 50 %", "Une autre personne devra être d’accord", "Combien")
    await anne.press(*"30", "enter", "enter", *"concert", "enter", *str(points))
    await until(lambda: not anne.app.screen.query_one("#confirm").disabled, within_s=WITHIN_S)
    await anne.press("enter", "tab", "enter")
    await anne.shows("Rien n’est encore envoyé")
    await anne.press("escape")


async def test_the_second_person_sees_the_same_and_agrees_and_the_first_is_told_and_undoes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(orders, "LOOK_EVERY_S", 0.1)
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path, ORDERS), clock) as (headend, way):
        tokens = [await headend.core.access.create(Role.TECHNICIAN, name) for name in ("anne", "bruno")]
        lamps = sorted(headend.inventory.lighting.light_points)
        for lamp in lamps:
            _say(headend, clock, lamp, 100.0)
        async with _console(way.url, tokens[0]) as anne, _console(way.url, tokens[1]) as bruno:
            await _ask(anne, len(lamps))
            await bruno.press("w")
            await bruno.shows("concert", "anne", f"{len(lamps)} points")
            await bruno.press("enter", "enter")
            await bruno.shows(
                "Donner votre accord", f"{len(lamps)} points lumineux → 30 %", "(100 % à présent)"
            )
            await bruno.shows("↯ ", "anne demande", "tant de points lumineux", "selon le programme")
            (waiting,) = await anne.app.session.client.orders()
            assert (waiting.state, headend.core.book.get(waiting.id)) == ("awaiting", None)

            await bruno.press("right", "enter")
            await until(lambda: headend.core.book.get(waiting.id), within_s=WITHIN_S)
            for lamp in lamps[1:]:
                _say(headend, clock, lamp, 30.0, waiting.id)
            await bruno.shows(f"{len(lamps) - 1} contrôleurs sur {len(lamps)} confirment")
            await bruno.shows(f"… {lamps[0]}  n’a pas répondu")
            await anne.shows("bruno a donné son accord")

            await anne.press("u")
            await anne.shows("Annuler votre ordre ?", "30 % → leur programme")
            await anne.press("u")
            await anne.shows("Annulé")
            (order,) = await anne.app.session.client.orders()
            assert (order.approved_by, order.active) == ("bruno", False)


async def test_whoever_asked_is_told_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "LOOK_EVERY_S", 0.1)
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path, ORDERS), clock) as (headend, way):
        tokens = [await headend.core.access.create(Role.TECHNICIAN, name) for name in ("anne", "bruno")]
        lamps = headend.inventory.lighting.light_points
        for lamp in lamps:
            _say(headend, clock, lamp, 100.0)
        async with _console(way.url, tokens[0]) as anne, _console(way.url, tokens[1]) as bruno:
            await _ask(anne, len(lamps))
            await bruno.press("w")
            await bruno.shows("concert")
            await bruno.press("r", "enter")
            await bruno.shows("Pourquoi refuser ?")
            await bruno.press(*"match", "enter", "tab", "enter")
            await anne.shows("bruno a refusé : match")
            assert await anne.app.session.client.orders() == ()


async def test_an_observer_may_arm_and_is_still_refused(tmp_path: Path) -> None:
    async with standing(write_city(tmp_path, ORDERS), ManualClock(EVENING)) as (headend, way):
        token = await headend.core.access.create(Role.OBSERVER, "écran")
        async with _console(way.url, token) as screen:
            await screen.press("A", "2")
            await screen.shows("◉ armé", "L1")
            await screen.press("o")
            await until(lambda: isinstance(screen.app.screen, OrderDialog))
            await screen.shows("✖", "this needs the role technician")
            assert screen.app.screen.query_one("#confirm").disabled
