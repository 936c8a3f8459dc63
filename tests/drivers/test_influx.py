"""InfluxDB: its quoting, its two dialects, and what it says when it says no."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, encode_basic_auth, web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from city.errors import BadInput, Busy, Outside, Refused, Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.settings import TelemetrySection
from city.telemetry import Tag, Tags, Window
from drivers.influx import InfluxStore
from drivers.influxql import quoted_text
from drivers.line_protocol import LineProtocol
from tests.drivers.influx_v2 import unpacked
from tests.drivers.influxd import free_port, running_influxd

AT = datetime(2026, 11, 30, 15, 0, 0, 250_000, tzinfo=UTC)
READING = Reading("08-1173", DeviceKind.LAMP, AT, {Metric.POWER: 34.0, Metric.LEVEL: 100})
SECRET = "s3cr3t-0f-the-city"


def tags_of(_device: str) -> Tags:
    return {Tag.SECTOR: "Coteaux sud", Tag.CABINET: "A-017", Tag.HOTSPOT: ""}


@given(st.text())
def test_a_quoted_text_never_ends_before_its_end(text: str) -> None:
    quoted = quoted_text(text)
    inner, escaped, read = quoted[1:-1], False, ""
    for sign in inner:
        assert escaped or sign not in "'\n"
        if escaped:
            read += {"n": "\n"}.get(sign, sign)
            escaped = False
        elif sign == "\\":
            escaped = True
        else:
            read += sign
    assert not escaped
    assert read == text


@dataclass
class Server:
    """Answers what it is told to, and remembers what it was asked."""

    url: str = ""
    status: int = 204
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/ping":
            return web.Response(status=204, headers={"X-Influxdb-Version": "v2.7.11"})
        self.requests.append(request)
        self.bodies.append(unpacked(await request.read()))
        created = request.query.get("q", "").startswith("CREATE DATABASE")
        if created and self.status != 401:
            return web.Response(text='{"results": [{"statement_id": 0}]}')
        return web.Response(
            status=self.status, text=self.body, content_type="application/json", headers=self.headers
        )


@asynccontextmanager
async def a_server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


def v1(url: str) -> InfluxStore:
    return InfluxStore(
        TelemetrySection(url=url, dialect="v1", user="falotier", password=SecretStr(SECRET)), tags_of
    )


def v2(url: str) -> InfluxStore:
    settings = TelemetrySection(url=url, dialect="v2", organisation="ville", token=SecretStr(SECRET))
    return InfluxStore(settings, tags_of)


BOTH = pytest.mark.parametrize("dialect", [v1, v2])
Dialect = Callable[[str], InfluxStore]


async def test_version_1_gets_its_database_and_lines_with_user_and_password() -> None:
    async with a_server() as server, v1(server.url) as store:
        await store.write([READING])
        await store.write([READING])
        assert [request.path for request in server.requests] == ["/query", "/write", "/write"]
        assert server.requests[1].query == {"db": "falotier", "precision": "u"}
        assert server.bodies[1] == LineProtocol(tags_of).text([READING])
        assert server.requests[1].headers["Authorization"] == encode_basic_auth("falotier", SECRET)


async def test_version_2_gets_lines_with_bucket_organisation_and_token() -> None:
    async with a_server() as server, v2(server.url) as store:
        await store.write([READING])
        [request] = server.requests
        assert request.path == "/api/v2/write"
        assert request.query["bucket"] == "falotier"
        assert request.query["org"] == "ville"
        assert request.query["precision"] == "us"
        assert request.headers["Authorization"] == f"Token {SECRET}"
        assert server.bodies[0] == LineProtocol(tags_of).text([READING])


@BOTH
@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (400, Refused, "field type conflict"),
        (413, Refused, "too much at once.*one line of"),
        (422, Refused, "field type conflict"),
        (401, Unreachable, "not accepted"),
        (403, Unreachable, "may not do that"),
        (404, Unreachable, "no such database or bucket"),
        (429, Busy, "too many requests"),
        (500, Unreachable, "odd"),
        (503, Busy, "field type conflict"),
    ],
)
async def test_a_no_to_the_points_is_final_and_any_other_no_leaves_them_waiting(
    dialect: Dialect, status: int, kind: type[Outside], said: str
) -> None:
    async with a_server() as server, dialect(server.url) as store:
        server.status = status
        server.body = json.dumps({"error": "odd: field type conflict", "code": "x"})
        with pytest.raises(kind, match=said) as caught:
            await store.write([READING])
        assert str(status) in str(caught.value)
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)


@BOTH
async def test_an_answer_that_is_no_json_is_told_without_being_shown(dialect: Dialect) -> None:
    async with a_server() as server, dialect(server.url) as store:
        server.status, server.body = 502, "<html>\x1b[31m bad gateway"
        with pytest.raises(Unreachable, match=r"answered 502$"):
            await store.write([READING])
        server.status = 200
        with pytest.raises(Unreachable, match="not InfluxDB's JSON"):
            await store.count()
        for body in (
            "[]",
            '{"results": 3}',
            '{"results": [7]}',
            '{"results": [{"series": [{"values": 1}]}]}',
        ):
            server.body = body
            with pytest.raises(Unreachable):
                await store.count()


@BOTH
async def test_no_server_is_unreachable(dialect: Dialect) -> None:
    async with dialect(f"http://127.0.0.1:{free_port()}") as store:
        for attempt in (store.ping(), store.write([READING]), store.count()):
            with pytest.raises(Unreachable, match="cannot be reached") as caught:
                await attempt
            assert SECRET not in str(caught.value)


async def test_an_error_within_a_query_is_told() -> None:
    async with a_server() as server, v1(server.url) as store:
        server.status, server.body = 200, '{"results": [{"statement_id": 0, "error": "database is odd"}]}'
        with pytest.raises(Refused, match="database is odd"):
            await store.count()


async def test_a_database_that_was_dropped_is_made_again() -> None:
    async with a_server() as server, v1(server.url) as store:
        await store.write([READING])
        server.status, server.body = 404, '{"error": "database not found"}'
        with pytest.raises(Unreachable):
            await store.write([READING])
        server.status = 204
        await store.write([READING])
        assert [request.path for request in server.requests].count("/query") == 2


@pytest.mark.parametrize("url", ["", "influx", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_a_url_that_is_none_is_told(url: str) -> None:
    with pytest.raises(BadInput, match=r"telemetry\.url"):
        v1(url)


async def test_a_real_server_takes_the_good_points_of_a_batch_and_names_the_bad_field(tmp_path: Path) -> None:
    with running_influxd(tmp_path) as url:
        settings = TelemetrySection(url=url, dialect="v1")
        async with InfluxStore(settings, lambda _: {}) as store:
            await store.write([Reading("old", DeviceKind.LAMP, AT, {Metric.LEVEL: 70.0})])
            whole = "lamp,device=intruder power_w=1i 1796050800250000000"
            async with (
                ClientSession() as session,
                session.post(f"{url}/write?db=falotier", data=whole) as written,
            ):
                assert written.status == 204
            with pytest.raises(Refused, match=r"400.*power_w.*type"):
                await store.write([READING, Reading("new", DeviceKind.LAMP, AT, {Metric.LEVEL: 30.0})])
            assert {"old", "new"} <= set(await store.last_values(DeviceKind.LAMP))


async def test_a_real_server_whose_database_was_dropped_gets_it_again(tmp_path: Path) -> None:
    with running_influxd(tmp_path) as url:
        async with (
            InfluxStore(TelemetrySection(url=url, dialect="v1"), tags_of) as store,
            ClientSession() as raw,
        ):
            await store.write([READING])
            async with raw.post(f"{url}/query", data={"q": "DROP DATABASE falotier"}) as dropped:
                assert "error" not in await dropped.text()
            with pytest.raises(Unreachable, match="database not found"):
                await store.count()
            assert await store.count() == 0
            await store.write([READING])
            assert await store.count() == 2


async def test_a_real_server_that_goes_away_is_unreachable(tmp_path: Path) -> None:
    with running_influxd(tmp_path) as url:
        store = InfluxStore(TelemetrySection(url=url, dialect="v1"), tags_of)
        async with store:
            await store.write([READING])
            assert await store.count() == 2
    async with store:
        with pytest.raises(Unreachable, match="cannot be reached"):
            await store.write([READING])


def piece(device: str, *rows: tuple[int, float | None]) -> str:
    """One line of an answer that is sent in pieces."""
    series = {"name": "lamp", "tags": {"device": device}, "columns": ["time", "power_w"], "values": rows}
    return json.dumps({"results": [{"statement_id": 0, "series": [series]}]})


async def power_tracks(store: InfluxStore) -> dict[str, list[float | None]]:
    window = Window(AT, AT + timedelta(hours=1))
    async with aclosing(store.tracks(DeviceKind.LAMP, [Metric.POWER], window)) as stream:
        return {track.device: [value for _, (value,) in track.rows] async for track in stream}


@pytest.mark.parametrize("ending", ["\n", ""])
async def test_a_device_that_comes_in_several_pieces_is_one_track(ending: str) -> None:
    async with a_server() as server, v2(server.url) as store:
        server.status = 200
        long = piece("08-1", *((at, 1.0) for at in range(30_000)))
        server.body = "\n".join([long, piece("08-1", (30_001, None)), piece("08-2", (5, 2.0))]) + ending
        found = await power_tracks(store)
        assert {device: len(values) for device, values in found.items()} == {"08-1": 30_001, "08-2": 1}
        assert found["08-1"][-1] is None
        assert server.requests[0].query["chunked"] == "true"


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (200, '{"results": [{"error": "database not found: falotier"}]}', Unreachable, "not found"),
        (200, piece("08-1", (1, 1.0)) + '\n{"results": [{"error": "timeout"}]}', Refused, "timeout"),
        (200, "<html>", Unreachable, "not InfluxDB's JSON"),
        (401, "", Unreachable, "not accepted"),
        (503, "", Busy, "503"),
    ],
)
async def test_tracks_that_cannot_be_read_to_their_end_say_why(
    status: int, body: str, kind: type[Outside], said: str
) -> None:
    async with a_server() as server, v2(server.url) as store:
        server.status, server.body = status, body
        with pytest.raises(kind, match=said):
            await power_tracks(store)


async def test_tracks_of_a_server_that_is_away_are_unreachable() -> None:
    async with v2(f"http://127.0.0.1:{free_port()}") as store:
        with pytest.raises(Unreachable, match="cannot be reached"):
            await power_tracks(store)
