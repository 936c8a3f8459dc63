"""Copies of all that a head-end holds, and taking one back."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from city.clock import SystemClock
from city.errors import BadInput, FalotierError
from city.settings import load_settings
from console.cli.arguments import AsJson, Lang, iso, print_json, say
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url
from console.cli.running import run
from console.cli.service import DEFAULT_CONFIG, Config

if TYPE_CHECKING:
    from console.client import ApiClient
    from console.i18n import Words
    from headend.manifest import LeftOut

OWNER_ALONE = 0o600
"""A backup holds the passwords of city.toml."""
TELL_EVERY_S = 1.0
File = Annotated[Path, typer.Argument(help="The backup.", dir_okay=False)]


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: File,
    url: Url = None,
    token_file: TokenFile = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Where no head-end runs: its settings.")
    ] = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Copy records, telemetry and settings into one file while the head-end runs; a supervisor's right."""
    from headend.archive import read_archive

    words = words_of(lang)
    with _taking_its_place(file) as (part, stream):
        if config is None:
            ask(url, token_file, lambda client: _fetch(client, stream, Progress(words)))
        else:
            run(_copy_here(config, stream, Progress(words)))
        stream.close()
        manifest = read_archive(part)
    if as_json:
        print_json({"file": str(file), "bytes": file.stat().st_size, **manifest.model_dump(mode="json")})
        return
    size = words.size(file.stat().st_size)
    print(words.t("{file}: {size}, every file of it read back and found right", file=file, size=size))
    _print_left_out(manifest.left_out, words)


async def _fetch(client: "ApiClient", stream: BinaryIO, progress: "Progress") -> None:
    """Have the head-end make and send the copy."""
    soon = asyncio.get_running_loop().call_later(TELL_EVERY_S, progress.nothing_yet)
    try:
        await client.backup(stream, progress)
    finally:
        soon.cancel()


async def _copy_here(config: Path, stream: BinaryIO, progress: "Progress") -> None:
    """Make the copy without a head-end: its files' locks tell if one runs after all."""
    from headend.backup import Backups
    from headend.configured import store_of
    from headend.inventory import load_inventory

    settings = load_settings(config)
    inventory = load_inventory(settings.path(settings.inventory.file))
    async with store_of(settings, inventory) as store:
        backups = Backups(settings, store, settings.clock)
        copy = await backups.make()
        try:
            done = 0
            for chunk in copy.chunks():
                done += await asyncio.to_thread(stream.write, chunk)
                progress(done, copy.size)
        finally:
            await backups.end(copy)


def restore(
    file: File,
    config: Config = DEFAULT_CONFIG,
    force: Annotated[
        bool, typer.Option("--force", help="Keep what is there under another name, and take its place.")
    ] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="Take back city.toml, inventory, programmes and profiles too.")
    ] = False,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Take a backup back: where the settings of this machine say, and while no head-end runs there."""
    from headend.restore import holdings
    from headend.restore import restore as take_back

    done = take_back(file, config, SystemClock().now(), force=force, with_settings=settings)
    try:
        incidents, values = run(holdings(done))
    except FalotierError as error:
        raise BadInput(f"restored, but it cannot be opened: {error}") from error
    if as_json:
        print_json(
            {
                "made_at": iso(done.manifest.made_at),
                "restored": [{"what": each.what, "where": str(each.target)} for each in done.moves],
                "kept": [str(each) for each in done.kept],
                "left_out": [each.model_dump() for each in done.skipped],
                "incidents": incidents,
                "values": values,
            }
        )
        return
    from console.vocabulary import BACKUP_ROOMS

    words = words_of(lang)
    for move in done.moves:
        print(f"{words.t(BACKUP_ROOMS[move.what])}: {move.target}")
    for kept in done.kept:
        print(words.t("what was there is now {file}", file=kept))
    _print_left_out(done.skipped, words)
    print(
        words.t(
            "As of {time}: {incidents} incidents, {values} values",
            time=iso(done.manifest.made_at),
            incidents=words.number(incidents),
            values=words.number(values),
        )
    )


def _print_left_out(left_out: "Sequence[LeftOut]", words: "Words") -> None:
    from console.hostile import clean

    for each in left_out:
        what, why = words.t(clean(each.what)), words.t(clean(each.why))
        print(words.t("not in it: {what} ({why})", what=what, why=why))


@contextmanager
def _taking_its_place(file: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A file beside that takes the place of another once all went well, and is taken away if not."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as stream:
            yield part, stream
        part.replace(file)
    except OSError as error:
        raise BadInput(f"{error.filename or part}: cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


class Progress:
    """Says on standard error how far it is, if it takes longer than a moment."""

    def __init__(self, words: "Words") -> None:
        self._words = words
        self._next_s = time.monotonic() + TELL_EVERY_S
        self._has_begun = False

    def nothing_yet(self) -> None:
        """A moment has passed: if nothing has come, say why."""
        if not self._has_begun:
            say(self._words.t("The copy is being laid out …"))

    def __call__(self, done: int, total: int) -> None:
        """So many bytes of so many."""
        self._has_begun = True
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + TELL_EVERY_S
            say(
                self._words.t("{done} of {total}", done=self._words.size(done), total=self._words.size(total))
            )
