"""A backup: records, telemetry and settings as they stand at one moment, copied while all goes on, in one tar."""

import asyncio
import hashlib
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

from city.clock import Clock
from city.errors import BadInput, Refused, Unreachable
from city.settings import Settings
from city.telemetry import TelemetryStore
from headend.configured import plan_file_of
from headend.disk import CHUNK, MIB, size_of
from headend.manifest import (
    MANIFEST,
    OUTSIDE,
    RECORDS,
    RECORDS_FILE,
    SEAL,
    SETTINGS,
    SETTINGS_FILE,
    TELEMETRY,
    LeftOut,
    Manifest,
    Part,
)
from headend.records.connection import sqlite_file

SCRATCH = ".falotier-backup-"
"""How the folders begin in which copies are laid out."""
NEVER = (
    LeftOut(what="spool", why="values that still wait for the store are written to it once it takes them"),
    LeftOut(what="certificates and keys", why="keep them where they were made"),
    LeftOut(
        what="supervisor.token", why="the tokens themselves are kept nowhere; those handed out go on working"
    ),
)


@dataclass(frozen=True)
class Copy:
    """A copy that is laid out, ready to be sent."""

    folder: Path
    manifest: Manifest

    @property
    def size(self) -> int:
        """Bytes of the whole tar."""
        headers = sum(len(header) + _padded(part.size) for part, header in self._headers())
        return headers + sum(len(block) for block in (*self._opening(), *self._ending()))

    def chunks(self) -> Iterator[bytes]:
        """The tar: the manifest, the files, the seal; never much of it in memory."""
        yield from self._opening()
        for part, header in self._headers():
            yield header
            with (self.folder / part.name).open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
            yield bytes(_padded(part.size) - part.size)
        yield from self._ending()

    def _headers(self) -> Iterator[tuple[Part, bytes]]:
        for part in self.manifest.files:
            yield part, self._header(part.name, part.size)

    def _header(self, name: str, size: int) -> bytes:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(self.manifest.made_at.timestamp())
        return info.tobuf(tarfile.PAX_FORMAT)

    def _opening(self) -> tuple[bytes, ...]:
        return self._small(MANIFEST, self._says)

    def _ending(self) -> tuple[bytes, ...]:
        seal = hashlib.sha256(self._says).hexdigest().encode()
        return (*self._small(SEAL, seal), bytes(2 * tarfile.BLOCKSIZE))

    @property
    def _says(self) -> bytes:
        return self.manifest.model_dump_json(indent=1).encode()

    def _small(self, name: str, content: bytes) -> tuple[bytes, ...]:
        return self._header(name, len(content)), content.ljust(_padded(len(content)), b"\0")


class Backups:
    """Makes copies, one at a time."""

    def __init__(self, settings: Settings, store: TelemetryStore, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._is_busy = False

    async def make(self) -> Copy:
        """Lay out a copy on the disk of the settings; to be ended.

        Raises:
            BadInput: another one is being made or sent, or a file that the settings name cannot be read.
            Unreachable: there is no room for it, or the records or the store are away.
        """
        if self._is_busy:
            raise BadInput("backup: another one is under way")
        self._is_busy = True
        folder: Path | None = None
        try:
            folder = await asyncio.to_thread(_scratch, self._settings)
            return await self._lay_out(folder)
        except BaseException as error:
            await self._clear(folder)
            if isinstance(error, OSError | sqlite3.Error):
                why = getattr(error, "strerror", None) or error
                raise Unreachable(
                    f"backup: {getattr(error, 'filename', None) or 'records'}: {why}"
                ) from error
            raise

    async def end(self, copy: Copy) -> None:
        """Take a copy away again, sent or not."""
        await self._clear(copy.folder)

    async def _clear(self, folder: Path | None) -> None:
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        self._is_busy = False

    async def _lay_out(self, folder: Path) -> Copy:
        settings, left_out = self._settings, list(NEVER)
        made_at = self._clock.now()
        await asyncio.to_thread(_copy_settings, settings, folder, left_out)
        await asyncio.to_thread(_copy_records, settings, folder, left_out)
        try:
            (folder / TELEMETRY).mkdir()
            await self._store.copy_to(folder / TELEMETRY)
        except Refused as error:
            left_out.append(LeftOut(what=TELEMETRY, why=str(error)))
        files = await asyncio.to_thread(lambda: tuple(_parts(folder)))
        manifest = Manifest(
            version=version("falotier"),
            made_at=made_at,
            city=settings.city.name,
            files=files,
            left_out=tuple(left_out),
        )
        return Copy(folder, manifest)


def _scratch(settings: Settings) -> Path:
    """A folder for a copy, on the disk of the telemetry, whose files need then no room; what a crash left there goes.

    Raises:
        Unreachable: the records would take the room that values will need if they have to wait.
    """
    is_ours = settings.telemetry.engine == "embedded"
    home = settings.path(settings.telemetry.path).parent if is_ours else settings.folder
    for left in home.glob(f"{SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
    records = sqlite_file(settings.records.url, settings.folder)
    needed = settings.telemetry.spool_leaves_mib + (size_of(records) // MIB if records else 0)
    if (room := shutil.disk_usage(home).free // MIB) < needed:
        raise Unreachable(f"backup: {room} MiB free on the disk of {home.absolute()}, expected {needed}")
    return Path(mkdtemp(prefix=SCRATCH, dir=home))


def _copy_settings(settings: Settings, folder: Path, left_out: list[LeftOut]) -> None:
    """The settings and the files that they name, as far as they are there."""
    if settings.file.is_file():
        _copy_file(settings.file, folder / SETTINGS_FILE)
    else:
        left_out.append(LeftOut(what=str(settings.file), why="it is not there any more"))
    named = [settings.path(settings.inventory.file), plan_file_of(settings)]
    for profiles in settings.profiles.folders:
        named += sorted(settings.path(profiles).glob("*/*.toml"))
    home = settings.folder.resolve()
    for file in named:
        if file.is_file():
            full = file.resolve()
            inside = full.relative_to(home) if full.is_relative_to(home) else Path(OUTSIDE, *full.parts[1:])
            _copy_file(full, folder / SETTINGS / inside)


def _copy_file(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def _copy_records(settings: Settings, folder: Path, left_out: list[LeftOut]) -> None:
    """SQLite's own online copy: what is committed at one moment, while others go on writing."""
    file = sqlite_file(settings.records.url, settings.folder)
    if file is None:
        left_out.append(
            LeftOut(what=RECORDS, why="they are in the care of a server: back it up with pg_dump")
        )
        return
    target = folder / RECORDS_FILE
    target.parent.mkdir()
    if not file.is_file():
        raise BadInput(f"records.url: {file}: no such file")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _parts(folder: Path) -> Iterator[Part]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            name = file.relative_to(folder).as_posix()
            yield Part(name=name, size=file.stat().st_size, sha256=digest)


def _padded(size: int) -> int:
    """A file's size in a tar: whole blocks."""
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
