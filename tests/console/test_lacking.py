"""A panel that has nothing to show says what is missing, why, and what helps; and never that all is well."""

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from console.app import FalotierApp
from console.client import ApiClient
from tests.console.consoles import Console, console
from tests.console.fake_headend import FakeHeadEnd
from tests.console.small_city import SmallCity

NOBODY = "http://127.0.0.1:9"


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_before_the_first_word_nothing_is_said_to_be_well(size: tuple[int, int]) -> None:
    async with ApiClient(NOBODY, "a-token") as client:
        app = FalotierApp(client, "fr")
        async with app.run_test(size=size, notifications=True) as pilot:
            seen = Console(app, pilot, FakeHeadEnd())
            await seen.shows("Pas de tête de réseau")
            for number in "12456":
                await seen.press(number)
                await seen.shows("Rien n’est encore connu", "Ctrl+R")
                await seen.hides("Aucune panne en cours", "aucun point")


async def test_an_empty_city_says_where_lamps_and_places_come_from() -> None:
    city = SmallCity(light_points={}, access_points={}, incidents={})
    async with console(city=city) as seen:
        await seen.press("2")
        await seen.shows("L’inventaire n’a aucun point lumineux", "falotier import")
        await seen.press("slash", *"x", "enter")
        await seen.shows("L’inventaire n’a aucun point lumineux")
        await seen.press("4")
        await seen.shows("Aucune panne en cours.")


async def test_calls_that_fail_are_told_in_their_panels_with_the_key_that_asks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = {"/api/curve", "/api/journal", "/api/timeline", "/api/outlooks"}
    known = FakeHeadEnd._known

    @web.middleware
    async def refusing(self: FakeHeadEnd, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in away:
            return web.json_response({"error": "store: away"}, status=503)
        return await known(self, request, handler)

    monkeypatch.setattr(FakeHeadEnd, "_known", refusing)
    async with console() as seen:
        await seen.shows("Lecture impossible : store: away. Ctrl+R redemande.")
        await seen.press("6")
        await seen.shows("Lecture impossible : store: away. Ctrl+R redemande.")
        away.clear()
        await seen.press("ctrl+r")
        await seen.shows("Marie")
        await seen.press("1", "ctrl+r")
        await seen.shows("coucher 16:41")
