"""The client against a real HTTP server: typed answers, readable errors, and a live feed that comes back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web

from city.errors import BadInput, Refused, Unreachable
from city.messages import IncidentView, LampState, Live, OrderRequest
from console import client as client_module
from console.city_now import CityNow
from console.client import ApiClient, Link, LinkState
from tests.console import small_city
from tests.console.fake_headend import TOKEN, FakeHeadEnd, fake_headend, until


async def test_every_list_comes_as_the_citys_own_words() -> None:
    async with fake_headend() as (head, client):
        assert (await client.health()).status == "ok"
        assert (await client.summary()).city == "Mulhouse"
        assert len(await client.light_points()) == len(head.city.light_points)
        assert (await client.light_point("0205")).point.state is LampState.FAILED
        assert {spot.id for spot in await client.hotspots()} >= {"patinoire", "uha", "centre-ville"}
        assert len(await client.access_points()) == 13
        assert all(isinstance(incident, IncidentView) for incident in await client.incidents())
        assert (await client.programmes())[0].name == "cinq-paliers"
        assert (await client.journal())[0].by == "Marie"
        assert len(await client.curve()) > 100
        assert len(await client.series("0205", "level_pct", 24, 600)) == 144


async def test_an_order_is_tried_given_and_undone() -> None:
    async with fake_headend() as (head, client):
        request = OrderRequest(selector="circuit:A-003/1", level_pct=50, for_s=7200, reason="essai")
        tried = await client.order(request.model_copy(update={"dry_run": True}))
        assert (tried.points, tried.dry_run, head.orders) == (7, True, {})
        given = await client.order(request)
        assert given.confirmed == 7
        assert not (await client.undo(given.id)).active


async def test_a_selector_that_matches_nothing_is_bad_input_with_the_head_ends_line() -> None:
    async with fake_headend() as (_, client):
        with pytest.raises(BadInput, match="A-999: matches no light point"):
            await client.order(OrderRequest(selector="cabinet:A-999", level_pct=50, for_s=60, reason="essai"))


async def test_a_wrong_token_is_refused_in_one_line() -> None:
    async with fake_headend() as (head, _), ApiClient(head.url, "another") as stranger:
        assert (await stranger.health()).status == "ok"
        with pytest.raises(Refused, match="does not know this token"):
            await stranger.summary()
        async with aclosing(stranger.live()) as live:
            first = await anext(live)
        assert isinstance(first, Link)
        assert first.state is LinkState.REFUSED


async def test_a_head_end_that_is_not_there_is_unreachable() -> None:
    async with ApiClient("http://127.0.0.1:1", TOKEN) as client:
        with pytest.raises(Unreachable, match="connection refused"):
            await client.summary()


@asynccontextmanager
async def _serve(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_nonsense_is_refused_naming_what_is_wrong() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text='{"city": 4}')

    async with _serve(handler) as url, ApiClient(url, TOKEN) as client:
        with pytest.raises(Refused, match="does not speak as this console expects: "):
            await client.summary()


async def test_a_server_in_trouble_may_be_asked_again() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=503, text="<html>busy</html>")

    async with _serve(handler) as url, ApiClient(url, TOKEN) as client:
        with pytest.raises(Unreachable, match="HTTP 503"):
            await client.summary()


async def test_a_head_end_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApiClient._one, "__defaults__", (None, 0.05))

    given_up = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await given_up.wait()
        return web.Response()

    async with _serve(handler) as url, ApiClient(url, TOKEN) as client:
        with pytest.raises(Unreachable, match="no answer in time"):
            await client.summary()
        given_up.set()


async def test_the_first_push_is_the_whole_city_and_later_ones_only_changes() -> None:
    async with fake_headend() as (head, client), aclosing(client.live()) as live:
        assert await anext(live) == Link(LinkState.UP)
        whole = await anext(live)
        assert isinstance(whole, Live)
        assert len(whole.light_points) == len(head.city.light_points)
        changed = head.city.light_points["0205"].model_copy(update={"state": LampState.LIT})
        await until(lambda: head.listeners)
        await head.push(Live(light_points=(changed,)))
        push = await anext(live)
        assert isinstance(push, Live)
        assert push.light_points == (changed,)


async def test_a_picture_in_portions_replaces_what_was_known_only_once_it_is_whole() -> None:
    async with fake_headend() as (head, client), aclosing(client.live()) as live:
        head.in_portions_of = 60
        city = CityNow()
        city.apply(Live(light_points=(small_city.light_points()["0205"].model_copy(update={"id": "gone"}),)))
        seen = []
        async with asyncio.timeout(5):
            async for item in live:
                changes = city.heard(item)
                seen.append((city.summary is not None, len(city.light_points), len(changes.lamps)))
                if changes.lamps:
                    break
    assert seen == [(False, 1, 0), *[(True, 1, 0)] * 4, (True, 196, 197)]
    assert "gone" not in city.light_points


async def test_a_lost_feed_says_so_and_comes_back_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_RETRY_S", 0.02)
    head = FakeHeadEnd()
    await head.start()
    try:
        async with ApiClient(head.url, TOKEN) as client, aclosing(client.live()) as live:
            assert await anext(live) == Link(LinkState.UP)
            assert isinstance(await anext(live), Live)
            await head.stop()
            lost = await anext(live)
            assert isinstance(lost, Link)
            assert lost.state is LinkState.AWAY
            await head.start(head.port)
            async with asyncio.timeout(5):
                async for item in live:
                    if isinstance(item, Live):
                        break
            assert isinstance(item, Live)
    finally:
        await head.stop()
