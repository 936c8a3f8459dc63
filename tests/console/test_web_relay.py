"""One live connection for all visitors, each one's own calls, and nothing for who is not signed in."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from inspect import signature
from pkgutil import iter_modules

import aiohttp
import pytest
from aiohttp import web
from fastapi.routing import APIRoute

from city.errors import Refused, Unreachable
from city.messages import Live, OrderRequest
from console.city_now import Changes, CityNow
from console.client import Link, LinkState
from console.web.relayed import RelayedClient
from console.web.server import WebConsole
from console.web.shared import KEPT_S, SHARED, Answer, SharedAnswers
from headend import routes
from headend.routes.gate import Observer
from tests.console.fake_headend import TOKEN, FakeHeadEnd, fake_headend, until
from tests.console.test_web_picture import dimmed
from tests.console.web_browser import Hand


@asynccontextmanager
async def relay(*tokens: str) -> AsyncIterator[tuple[WebConsole, str, FakeHeadEnd]]:
    """A web console's relay, with some tokens signed in; gives its socket too."""
    async with fake_headend() as (head, _):
        head.tokens = set(tokens)
        console = WebConsole(head.url)
        async with console.relay.serving() as path:
            for token in tokens:
                console.sessions.open(token, "fr")
            yield console, str(path), head


class Seen(CityNow):
    """What a visitor knows, and where he was told the head-end stands."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Link] = []

    def heard(self, item: Link | Live) -> Changes:
        if isinstance(item, Link):
            self.links.append(item)
        return super().heard(item)


@asynccontextmanager
async def visitor(path: str, token: str = TOKEN) -> AsyncIterator[Seen]:
    """A visitor's copy of the city, kept up to date."""
    city = Seen()

    async def listen() -> None:
        async with RelayedClient("http://head-end.example", token, path) as client:
            async for item in client.live():
                city.heard(item)

    listening = asyncio.create_task(listen())
    try:
        yield city
    finally:
        listening.cancel()
        await asyncio.wait([listening])


def is_whole(city: CityNow, head: FakeHeadEnd) -> bool:
    return city.up and city.light_points == head.city.light_points and city.incidents == head.city.incidents


async def test_twenty_visitors_are_one_console_to_the_head_end_and_all_see_what_changes() -> None:
    async with relay(TOKEN) as (console, path, head), AsyncExitStack() as stack:
        cities = [await stack.enter_async_context(visitor(path)) for _ in range(20)]
        await until(lambda: all(is_whole(city, head) for city in cities))
        assert head.listeners == 1
        for level in (10.0, 20.0, 30.0):
            await head.push(dimmed(head.city, next(iter(head.city.light_points)), level))
        await until(lambda: all(is_whole(city, head) for city in cities))
        await stack.aclose()
        await until(lambda: head.listeners == 0)
        assert console.relay.feed.picture.data() == b"{}"


async def test_who_comes_later_sees_what_changed_before() -> None:
    async with relay(TOKEN) as (_, path, head), visitor(path) as first:
        await until(lambda: is_whole(first, head))
        name = next(iter(head.city.light_points))
        await head.push(dimmed(head.city, name, 10.0))
        await until(lambda: is_whole(first, head))
        async with visitor(path) as second:
            await until(lambda: is_whole(second, head))
            assert second.light_points[name].effect_pct == 10.0
            assert head.listeners == 1


async def test_a_picture_that_comes_in_portions_takes_no_light_point_away_meanwhile() -> None:
    async with relay(TOKEN) as (_, path, head), visitor(path) as city:
        head.in_portions_of = 60
        await until(lambda: is_whole(city, head))
        port = head.port
        await head.stop()
        await until(lambda: not city.up)
        name = next(iter(head.city.light_points))
        head.city.light_points[name] = dimmed(head.city, name, 10.0).light_points[0]
        head.portions_come.clear()
        await head.start(port)
        await until(lambda: head.asked["/api/live"] == 2)
        async with visitor(path) as late:
            await until(lambda: late.link is not None)
            assert len(city.light_points) == len(head.city.light_points) > 60
            assert not city.up
            assert not late.light_points
            head.portions_come.set()
            await until(lambda: is_whole(city, head) and is_whole(late, head))


@pytest.mark.parametrize("token", ["not-a-token", ""])
async def test_without_the_token_of_somebody_who_is_signed_in_the_relay_gives_nothing(token: str) -> None:
    async with relay(TOKEN) as (_, path, head):
        async with visitor(path) as known, visitor(path, token) as stranger:
            await until(lambda: is_whole(known, head) and stranger.link is not None)
            assert stranger.link is not None
            assert stranger.link.state is LinkState.REFUSED
            assert not stranger.light_points
        async with RelayedClient(head.url, token, path) as client:
            for call in (client.summary, client.curve, client.health):
                with pytest.raises(Refused):
                    await call()


async def test_where_the_head_end_goes_all_are_told_since_when_and_come_back_by_themselves() -> None:
    async with relay(TOKEN) as (_, path, head), visitor(path) as first, visitor(path) as second:
        await until(lambda: is_whole(first, head) and is_whole(second, head))
        port = head.port
        await head.stop()
        await until(lambda: not first.up and not second.up)
        before = first.away_for
        async with visitor(path) as late, RelayedClient(head.url, TOKEN, path) as client:
            await until(lambda: late.link is not None)
            assert before is not None
            assert late.away_for is not None
            assert late.away_for >= before
            with pytest.raises(Unreachable):
                await client.orders()
            with pytest.raises(Unreachable):
                await client.curve()
            del head.city.light_points[next(iter(head.city.light_points))]
            await head.start(port)
            await until(lambda: all(is_whole(city, head) for city in (first, second, late)))
        assert head.listeners == 1


async def test_a_token_that_is_taken_back_is_told_no_more_and_the_others_do_not_notice() -> None:
    async with (
        relay("first", "second") as (console, path, head),
        visitor(path, "first") as gone,
        visitor(path, "second") as other,
    ):
        await until(lambda: is_whole(gone, head) and is_whole(other, head))
        head.tokens = {"second"}
        await console.recheck()
        await until(lambda: not gone.up)
        await until(lambda: head.listeners == 1 and head.asked["/api/live"] == 2)
        name = next(iter(head.city.light_points))
        await head.push(dimmed(head.city, name, 10.0))
        await until(lambda: other.light_points[name].effect_pct == 10.0)
        assert gone.light_points[name].effect_pct != 10.0
        assert other.links == [Link(LinkState.UP)]


async def test_where_the_token_that_listens_was_taken_back_meanwhile_another_listens_and_no_refusal_shows() -> (
    None
):
    async with (
        relay("first", "second") as (console, path, head),
        visitor(path, "first") as gone,
        visitor(path, "second") as other,
    ):
        await until(lambda: is_whole(gone, head) and is_whole(other, head))
        port = head.port
        await head.stop()
        await until(lambda: not gone.up and not other.up)
        head.tokens = {"second"}
        await head.start(port)
        await until(lambda: is_whole(other, head), within_s=10.0)
        assert LinkState.REFUSED not in {link.state for link in other.links}
        assert not gone.up
        assert console.sessions.tokens() == ("second",)


async def test_a_call_that_the_head_end_refuses_for_its_token_signs_out_at_once() -> None:
    async with relay(TOKEN) as (console, path, head), visitor(path) as city:
        await until(lambda: is_whole(city, head))
        async with RelayedClient(head.url, TOKEN, path) as client:
            head.tokens = set()
            with pytest.raises(Refused):
                await client.orders()
            await until(lambda: not city.up)
            assert len(console.sessions) == 0


async def test_before_anybody_is_shown_the_city_the_head_end_is_asked_for_his_token() -> None:
    async with relay("first", "second") as (_, path, head), visitor(path, "first") as first:
        await until(lambda: is_whole(first, head))
        head.tokens = {"first"}
        async with visitor(path, "second") as second:
            await until(lambda: second.link is not None)
            assert not second.light_points
            assert first.up


async def test_an_order_goes_with_its_own_token_and_what_was_shared_before_is_forgotten() -> None:
    async with relay(TOKEN) as (_, path, head), RelayedClient(head.url, TOKEN, path) as client:
        curves = await asyncio.gather(*(client.curve() for _ in range(10)))
        assert len({len(curve) for curve in curves}) == 1
        assert head.asked["/api/curve"] == 1
        name = next(iter(head.city.light_points))
        order = await client.order(OrderRequest(selector=name, level_pct=30, for_s=600, reason="essai"))
        assert order.id in head.orders
        await client.curve()
        assert head.asked["/api/curve"] == 2
        await client.orders()
        await client.orders()
        assert head.asked["/api/orders"] == 3  # the order itself, and the list each time


async def test_what_is_no_call_to_the_api_is_not_passed_on() -> None:
    async with relay(TOKEN) as (_, path, head):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession("http://relay", connector=aiohttp.UnixConnector(path)) as http:
            for where in ("/", "/metrics", "/open311/requests.json"):
                async with http.get(where, headers=headers) as answer:
                    assert answer.status == 404
        assert not head.asked


async def test_an_answer_is_shared_for_a_moment_only_and_only_if_it_is_good() -> None:
    hand = Hand()
    shared = SharedAnswers(hand)
    for status, is_kept in ((200, True), (401, False), (503, False)):
        async with shared.place(f"/{status}") as place:
            shared.keep(place, Answer(status, "", b""))
        async with shared.place(f"/{status}") as place:
            assert (place.answer is not None) is is_kept
    hand.at += KEPT_S
    async with shared.place("/200") as place:
        assert place.answer is None


def test_only_what_every_token_may_read_and_what_does_not_ask_whose_it_is_is_shared() -> None:
    found = set()
    for module in iter_modules(routes.__path__):
        router = getattr(import_module(f"headend.routes.{module.name}"), "router", None)
        for route in router.routes if router else ():
            assert isinstance(route, APIRoute)
            path = "/api" + re.sub(r"{[^}]*}", "x", route.path)
            if "GET" in (route.methods or ()) and SHARED.fullmatch(path):
                assert signature(route.endpoint).parameters["_"].annotation is Observer
                found.add(path)
    assert len(found) == 11


@asynccontextmanager
async def slow_head_end() -> AsyncIterator[tuple[str, asyncio.Event, asyncio.Event]]:
    """A head-end that makes a report in two parts; the second waits for the first event, and an end sets the second."""
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def report(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"one\n")
        try:
            await go_on.wait()
        finally:
            ended.set()
        await answer.write(b"two\n")
        return answer

    app = web.Application()
    app.router.add_get("/api/reports/night", report)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", go_on, ended
    finally:
        await runner.cleanup()


async def test_what_is_slowly_made_is_passed_on_as_it_comes_and_made_no_more_when_nobody_waits() -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with slow_head_end() as (url, go_on, ended):
        console = WebConsole(url)
        async with console.relay.serving() as path:
            console.sessions.open(TOKEN, "fr")
            connector = aiohttp.UnixConnector(str(path))
            async with aiohttp.ClientSession("http://relay", connector=connector, headers=headers) as http:
                async with http.get("/api/reports/night") as answer:
                    assert await answer.content.readline() == b"one\n"
                    assert not ended.is_set()
                    go_on.set()
                    assert await answer.content.readline() == b"two\n"
                go_on.clear()
                ended.clear()
                async with http.get("/api/reports/night") as answer:
                    assert await answer.content.readline() == b"one\n"
                await until(ended.is_set)
