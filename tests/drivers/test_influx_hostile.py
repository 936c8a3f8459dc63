"""What an InfluxDB may answer besides yes: told in one line, in bounded time and memory, without a credential."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr

from city.errors import BadInput, Busy, Outside, Refused, Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.settings import TelemetrySection
from city.telemetry import Aggregate, Window
from drivers.influx import InfluxStore
from drivers.influx.answers import refusal
from drivers.influx.server import Server
from drivers.influx.setup import set_up
from tests.drivers.influx_v2 import unpacked

AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
SECRET = "s3cr3t-0f-the-city"
WITHIN_S = 5.0


def readings(number: int) -> list[Reading]:
    return [Reading(f"L{n:05}", DeviceKind.LAMP, AT, {Metric.POWER: float(n)}) for n in range(number)]


def store_at(url: str, dialect: str) -> InfluxStore:
    settings = {
        "url": url,
        "dialect": dialect,
        "organisation": "ville",
        "token": SECRET,
        "password": SECRET,
        "user": "u",
    }
    return InfluxStore(TelemetrySection.model_validate(settings), lambda _: {})


BOTH = pytest.mark.parametrize("dialect", ["v1", "v2"])
Answer = Callable[[web.Request, str], Awaitable[web.Response]]


@asynccontextmanager
async def serving(handle: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Yields the URL of a server that has one answer to everything."""
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """A server that makes data bases, and answers what is written as it is told to."""

    async def handle(request: web.Request) -> web.Response:
        if request.path == "/ping":
            return web.Response(status=204, headers={"X-Influxdb-Version": "v2.7.11"})
        if request.path == "/query":
            return web.Response(text='{"results": [{"statement_id": 0}]}')
        return await answer(request, unpacked(await request.read()))

    async with serving(handle) as url:
        yield url


async def what_is_told(url: str, dialect: str, count: int = 1) -> Outside:
    async with store_at(url, dialect) as store:
        with pytest.raises(Outside) as caught:
            await asyncio.wait_for(store.write(readings(count)), WITHIN_S)
    message = str(caught.value)
    assert SECRET not in message
    assert message.isprintable()
    assert len(message) < 600
    return caught.value


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [
        ("30", 30.0),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("99999999999999999999", 3600.0),
        ("Mon, 30 Nov 2026 15:00:30 GMT", 30.0),
        ("Mon, 30 Nov 2026 14:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Mon, 99 Nov 2026 15:00:30 GMT", None),
        (None, None),
    ],
)
def test_a_busy_server_says_for_how_long_it_wants_to_be_left_alone(
    status: int, asked: str | None, wait_s: float | None
) -> None:
    headers = {"Date": "Mon, 30 Nov 2026 15:00:00 GMT"} | ({} if asked is None else {"Retry-After": asked})
    error = refusal("InfluxDB", status, headers, b"")
    assert isinstance(error, Busy)
    assert error.wait_s == wait_s


@BOTH
async def test_a_busy_server_is_told_through_both_dialects(dialect: str) -> None:
    async def answer(_request: web.Request, _body: str) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "12"}, text="<html>")

    async with answering(answer) as url:
        error = await what_is_told(url, dialect)
        assert isinstance(error, Busy)
        assert error.wait_s == 12


@BOTH
async def test_what_is_too_large_goes_in_halves_and_arrives_whole(dialect: str) -> None:
    taken: list[str] = []

    async def answer(_request: web.Request, body: str) -> web.Response:
        lines = body.split("\n")
        if len(lines) > 100:
            return web.Response(status=413, text="<html>Request Entity Too Large")
        taken.extend(lines)
        return web.Response(status=204)

    async with answering(answer) as url, store_at(url, dialect) as store:
        await store.write(readings(1_234))
    assert [line.partition(" ")[0] for line in taken] == [f"lamp,device=L{n:05}" for n in range(1_234)]


@BOTH
async def test_one_line_that_is_too_large_is_refused(dialect: str) -> None:
    async def answer(_request: web.Request, _body: str) -> web.Response:
        return web.Response(status=413)

    async with answering(answer) as url:
        error = await what_is_told(url, dialect, count=3)
        assert isinstance(error, Refused)
        assert "one line of" in str(error)


PARTIAL_OF_3 = {
    "error": "partial write of line protocol occurred",
    "data": [{"original_line": "lamp …", "line_number": 2, "error_message": "invalid column type"}],
}


@BOTH
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, {"code": "invalid", "message": "unable to parse 'x': missing fields"}, "missing fields"),
        (
            422,
            {"code": "unprocessable entity", "message": "points beyond retention policy"},
            "beyond retention",
        ),
        (400, {"error": "partial write: field type conflict dropped=1"}, "type conflict"),
        (400, PARTIAL_OF_3, "line 2: invalid column type"),
        (
            500,
            {"code": "internal error", "message": "partial write of line protocol occurred"},
            "partial write",
        ),
        (400, {"error": f"I know {SECRET}\x1b[31m\n" + "x" * 5000}, r"I know \(secret\)"),
        (400, ["no", "object"], "answered 400"),
        (400, "write body was \x1b empty", "write body was empty"),
    ],
)
async def test_a_no_to_the_points_is_told_in_the_servers_words(
    dialect: str, status: int, body: object, said: str
) -> None:
    async def answer(_request: web.Request, _body: str) -> web.Response:
        return web.Response(text=body if isinstance(body, str) else json.dumps(body), status=status)

    async with answering(answer) as url:
        error = await what_is_told(url, dialect)
        assert isinstance(error, Refused)
        with pytest.raises(Refused, match=said):
            raise error


@BOTH
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"code": "invalid", "message": "this service is overloaded, please try again later"}', Busy),
        ('{"error": "Database falotier not found"}', Unreachable),
    ],
)
async def test_what_3_core_says_with_400_though_the_points_are_good_leaves_them_waiting(
    dialect: str, body: str, kind: type[Outside]
) -> None:
    async def answer(_request: web.Request, _body: str) -> web.Response:
        return web.Response(text=body, status=400)

    async with answering(answer) as url:
        assert isinstance(await what_is_told(url, dialect), kind)


@BOTH
@pytest.mark.parametrize("status", [200, 201, 202, 301, 302, 307, 308, 401, 403, 404, 405, 500, 502, 504])
async def test_whatever_else_is_answered_leaves_the_points_waiting(dialect: str, status: int) -> None:
    async def answer(_request: web.Request, _body: str) -> web.Response:
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:1/"}, text="<html>")

    async with answering(answer) as url:
        error = await what_is_told(url, dialect)
        assert isinstance(error, Unreachable)
        assert str(status) in str(error)


Raw = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def endless_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n")
    while not writer.is_closing():
        writer.write(b"X-More: and more\r\n" * 100)
        await writer.drain()


async def endless_header(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\nX-Long: ")
    while not writer.is_closing():
        writer.write(b"x" * 10_000)
        await writer.drain()


async def endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" " * 100_000)
        await writer.drain()


async def rubbish(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 hello\x1b[31m\r\n\r\n")


async def nothing(_writer: asyncio.StreamWriter) -> None:
    pass


async def half_a_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\n{"error": "un')


async def a_bad_piece(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\nz\x1b[31m\r\n")


async def silence(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204")
    await asyncio.sleep(WITHIN_S)


@asynccontextmanager
async def speaking(raw: Raw) -> AsyncIterator[str]:
    """A server that says what it likes, to whatever it is asked."""
    speakers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        speakers.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await raw(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for speaker in speakers:
            speaker.cancel()
        await asyncio.gather(*speakers, return_exceptions=True)


@BOTH
@pytest.mark.parametrize(
    "raw",
    [endless_headers, endless_header, endless_body, rubbish, nothing, half_a_body, a_bad_piece, silence],
)
async def test_a_server_that_is_none_is_told_in_time(
    dialect: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.influx.server.TIMEOUT_S", 0.5)
    async with speaking(raw) as url:
        assert isinstance(await what_is_told(url, dialect), Unreachable)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"results": 3}',
        '{"results": [{"series": [{"name": "lamp", "values": 7}]}]}',
        '{"results": [{"statement_id": 0, "partial": true}]}',
        "[" * 100_000,
        '{"results": [{"statement_id": 0}]}\n<html>',
    ],
)
async def test_an_answer_to_a_question_that_is_none_is_told(text: str) -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.Response(text=text)

    async with serving(handle) as url, store_at(url, "v1") as store:
        store._is_ready = True
        with pytest.raises(Unreachable, match="not InfluxDB's JSON"):
            await store.count()


@pytest.mark.parametrize(
    "table",
    [
        {"values": [["then", 1.0]]},
        {"values": [[1]]},
        {"values": [[1, 2.0, 3.0]]},
        {"values": [[10**30, 2.0]], "tags": {"device": "a"}},
        {"values": [[]], "tags": {"device": "a"}},
        {"values": [[{}, []]], "tags": {"device": "a"}},
    ],
)
async def test_a_table_that_was_not_asked_for_is_told(table: dict[str, object]) -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.json_response(
            {"results": [{"series": [{"name": "lamp", "columns": ["time", "value"], **table}]}]}
        )

    window, step = Window(AT, AT + timedelta(hours=1)), timedelta(minutes=15)
    async with serving(handle) as url, store_at(url, "v1") as store:
        store._is_ready = True
        for ask in (
            store.series("L1", Metric.POWER, window, step),
            store.each(DeviceKind.LAMP, Metric.POWER, window, step, Aggregate.MEAN),
        ):
            with pytest.raises(Unreachable, match="not InfluxDB's JSON"):
                await ask


async def test_a_proxy_that_lets_only_the_needful_pass_is_no_hindrance() -> None:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=204 if request.path == "/api/v2/write" else 404)

    async with serving(handle) as url, store_at(url, "v2") as store:
        await store.write(readings(1))


async def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.influx.server.ANSWER_BYTES", 1 << 20)
    line = json.dumps({"results": [{"statement_id": 0, "series": [{"name": "lamp", "values": [[0, 1]]}]}]})

    async def endless_lines(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write((line + "\n").encode() * 1000)
            await writer.drain()

    async with speaking(endless_lines) as url, store_at(url, "v1") as store:
        store._is_ready = True
        with pytest.raises(Unreachable, match="does not end"):
            await asyncio.wait_for(store.count(), WITHIN_S)


async def test_a_server_that_tells_our_token_as_its_version_is_not_believed_aloud() -> None:
    async def echo(_request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"X-Influxdb-Version": SECRET})

    async with serving(echo) as url:
        server = Server(TelemetrySection(url=url, token=SecretStr(SECRET)))
        await server.open()
        with pytest.raises(BadInput, match=r"says that it is '\(secret\)'"):
            await anext(set_up(server, TelemetrySection(url=url)))
        await server.close()


async def test_a_password_in_the_url_is_refused_without_being_told() -> None:
    with pytest.raises(Exception, match=r"telemetry\.url") as caught:
        InfluxStore(TelemetrySection(url=f"http://u:{SECRET}@host", token=SecretStr(SECRET)), lambda _: {})
    assert SECRET not in str(caught.value)
