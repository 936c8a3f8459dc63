"""A backup on the command line: it takes its place only once it is whole, and says how far it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from city.errors import Refused, Unreachable
from console.cli import backup as command
from console.client import ApiClient
from console.i18n import Words
from headend.backup import NEVER


@asynccontextmanager
async def serving(chunks: list[bytes], length: int, status: int = 200) -> AsyncIterator[str]:
    """A head-end that sends some of what it has announced, then breaks off."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if status != 200:
            return web.json_response({"error": "this needs the role supervisor"}, status=status)
        response = web.StreamResponse(headers={"Content-Length": str(length)})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if request.transport and sum(map(len, chunks)) < length:
            request.transport.close()
        return response

    app = web.Application()
    app.router.add_post("/api/backup", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def test_what_no_backup_holds_is_said_in_french() -> None:
    words = Words("fr")
    for each in NEVER:
        assert words.t(each.why) != each.why
    assert words.t(NEVER[0].what) == "file d'attente"


async def test_what_is_sent_is_written_and_counted(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    file = tmp_path / "b.tar"
    async with serving([b"a" * 10, b"b" * 20], 30) as url, ApiClient(url, "t") as client:
        with file.open("wb") as stream:
            await client.backup(stream, lambda done, total: told.append((done, total)))
    assert await asyncio.to_thread(file.read_bytes) == b"a" * 10 + b"b" * 20
    assert told[-1] == (30, 30)


async def test_a_head_end_that_breaks_off_is_told(tmp_path: Path) -> None:
    async with serving([b"a" * 10], 1000) as url, ApiClient(url, "t") as client:
        with (tmp_path / "b.tar").open("wb") as stream, pytest.raises(Unreachable):
            await client.backup(stream, lambda done, total: None)


async def test_a_role_that_is_not_enough_is_told(tmp_path: Path) -> None:
    async with serving([], 0, status=403) as url, ApiClient(url, "t") as client:
        with (tmp_path / "b.tar").open("wb") as stream, pytest.raises(Refused, match="supervisor"):
            await client.backup(stream, lambda done, total: None)


def test_yesterdays_stays_until_todays_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    file.write_bytes(b"yesterday")
    with pytest.raises(Unreachable):
        _break_off(file)
    assert [each.name for each in tmp_path.iterdir()] == ["b.tar"]
    assert file.read_bytes() == b"yesterday"


def _break_off(file: Path) -> None:
    with command._taking_its_place(file) as (part, stream):
        stream.write(b"half of toda")
        assert part.stat().st_mode & 0o077 == 0
        raise Unreachable("the head-end went away")


def test_progress_is_told_once_a_second_and_not_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr("console.cli.backup.time.monotonic", lambda: now[0])
    progress = command.Progress(Words("en"))
    progress.nothing_yet()
    for at in (0.5, 1.2, 1.3, 2.5):
        now[0] = at
        progress(int(at * 1024 * 1024), 3 * 1024 * 1024)
    progress.nothing_yet()
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "The copy is being laid out …",
        "1.2 MiB of 3.0 MiB",
        "2.5 MiB of 3.0 MiB",
    ]
