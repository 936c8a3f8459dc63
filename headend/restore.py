"""Taking a backup back: all of it is checked before anything is touched, and what was there is kept beside it."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

from city.errors import BadInput
from city.settings import Settings, load_settings
from headend.archive import read_archive
from headend.configured import store_of
from headend.inventory import CityInventory
from headend.manifest import RECORDS, RECORDS_FILE, SETTINGS, SETTINGS_FILE, TELEMETRY, LeftOut, Manifest
from headend.records import Records
from headend.records.connection import sqlite_file
from headend.server import listen
from lighting.inventory import Inventory as Lighting
from wifi.inventory import Inventory as Wifi

STAGING = ".falotier-restore-"
"""How the folders begin into which a backup is unpacked, beside the settings."""
BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside a file belongs to that file: with another's, a data base would be wrong."""


@dataclass(frozen=True)
class Move:
    """Something of a backup, and where it goes."""

    what: str
    source: Path
    target: Path

    @property
    def there(self) -> list[Path]:
        """What stands there now."""
        standing = [self.target.with_name(self.target.name + end) for end in BESIDE]
        return [each for each in standing if each.is_file() or (each.is_dir() and any(each.iterdir()))]


@dataclass(frozen=True)
class Restored:
    """What was taken back."""

    manifest: Manifest
    settings: Settings
    moves: Sequence[Move]
    kept: Sequence[Path]
    """What was there before, under the names that it has now."""
    skipped: Sequence[LeftOut]
    """What the backup does not hold, or what was not asked for."""


def restore(file: Path, config: Path, now: datetime, *, force: bool, with_settings: bool) -> Restored:
    """Take a backup back: records and telemetry, where the settings say, and these too where that is asked for.

    Raises:
        BadInput: the backup is torn or altered, a head-end runs there, something is there already and ``force`` is not
            given, or something cannot be written; then all is as it was.
    """
    with _staging(config.parent) as staging:
        manifest = read_archive(file, staging)
        settings = _settings(staging, config, with_settings=with_settings)
        moves, skipped = _moves(staging, manifest, settings, config, with_settings=with_settings)
        _refuse_while_running(settings)
        if not force and (there := [str(each) for move in moves for each in move.there]):
            raise BadInput(
                f"restore: {', '.join(there[:3])}: there already; --force keeps it under another name"
            )
        kept = _place(moves, f".before-{now:%Y%m%dT%H%M%SZ}")
    return Restored(manifest, settings, moves, kept, skipped)


async def holdings(restored: Restored) -> tuple[int | None, int | None]:
    """How many incidents and values are there now; None for what the backup did not bring.

    Raises:
        FalotierError: one of them cannot be opened.
    """
    settings, brought = restored.settings, {move.what for move in restored.moves}
    incidents = values = None
    if RECORDS in brought:
        async with Records(settings.records.url, settings.folder) as records:
            incidents = len(await records.incidents(limit=None))
    if TELEMETRY in brought:
        async with store_of(settings, CityInventory(Lighting(), Wifi())) as store:
            values = await store.count()
    return incidents, values


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    for left in folder.glob(f"{STAGING}*"):  # by a crash
        shutil.rmtree(left, ignore_errors=True)
    try:
        staging = Path(mkdtemp(prefix=STAGING, dir=folder))
    except OSError as error:
        raise BadInput(f"restore: {folder} cannot be written to: {error.strerror}") from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _settings(staging: Path, config: Path, *, with_settings: bool) -> Settings:
    """Those that say where things go: of this machine, or of the backup."""
    if not with_settings:
        if not config.exists():
            raise BadInput(f"{config}: no such file; --settings takes the backup's own")
        return load_settings(config)
    kept = staging / SETTINGS_FILE
    if not kept.exists():
        raise BadInput("restore: --settings: this backup holds no settings")
    settings = load_settings(kept)
    return settings.model_copy(update={"folder": config.parent, "file": config})


def _moves(
    staging: Path, manifest: Manifest, settings: Settings, config: Path, *, with_settings: bool
) -> tuple[list[Move], list[LeftOut]]:
    """What goes where, and what stays in the backup."""
    moves, skipped = [], list(manifest.left_out)
    records = sqlite_file(settings.records.url, settings.folder)
    if (staging / RECORDS_FILE).exists():
        if records is None:
            skipped.append(LeftOut(what=RECORDS, why="records.url names no file"))
        else:
            moves.append(Move(RECORDS, staging / RECORDS_FILE, records))
    if (staging / TELEMETRY).exists():
        if settings.telemetry.engine != "embedded":
            skipped.append(LeftOut(what=TELEMETRY, why="telemetry.engine is not embedded"))
        else:
            moves.append(Move(TELEMETRY, staging / TELEMETRY, settings.path(settings.telemetry.path)))
    if not with_settings:
        skipped.append(LeftOut(what=SETTINGS, why="they are taken back with --settings"))
        return moves, skipped
    named, hidden = _settings_moves(staging, manifest, config)
    moves += named
    _refuse_ways_out(moves, config)
    return moves, skipped + hidden


def _settings_moves(staging: Path, manifest: Manifest, config: Path) -> tuple[list[Move], list[LeftOut]]:
    moves, hidden = [], []
    for part in manifest.files:
        room, _, inside = part.name.partition("/")
        if room == SETTINGS and inside.startswith("."):
            # A shell might run what a stranger's backup leaves in somebody's home.
            hidden.append(LeftOut(what=inside, why="it is hidden: take it out of the backup yourself"))
        elif room == SETTINGS:
            target = config if part.name == SETTINGS_FILE else config.parent / inside
            moves.append(Move(SETTINGS, staging / part.name, target))
    return moves, hidden


def _refuse_ways_out(moves: Sequence[Move], config: Path) -> None:
    """What a stranger's settings name must not decide what is written on this machine; raises BadInput."""
    home = config.parent.resolve()
    for move in moves:
        if not move.target.resolve().is_relative_to(home):
            raise BadInput(
                f"restore: {move.what} would go to {move.target}, outside the folder of {config}:"
                " put its city.toml there yourself, and restore without --settings"
            )


def _refuse_while_running(settings: Settings) -> None:
    """Raises BadInput while a head-end has the port or the records."""
    advice = "stop the head-end first"
    if settings.api.port:
        try:
            listen(settings.api.host, settings.api.port).close()
        except BadInput as error:
            raise BadInput(f"restore: {advice}: {error}") from error
    records = sqlite_file(settings.records.url, settings.folder)
    if records is None or not records.is_file():
        return
    with closing(sqlite3.connect(records, timeout=0)) as database:
        try:
            # Only he who is alone with a data base gets this lock.
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            database.execute("BEGIN EXCLUSIVE")
            database.rollback()
        except sqlite3.DatabaseError as error:
            # Whatever else it is, no head-end runs on it, and it is kept beside.
            if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise BadInput(f"restore: {advice}: {records}: {error}") from error


def _place(moves: Sequence[Move], former: str) -> list[Path]:
    """Put everything in its place, or nothing; what was there is kept under a name that ends with ``former``."""
    kept_all: list[Path] = []
    done: list[tuple[Path, Path]] = []
    try:
        for move in moves:
            for each in move.there:
                end = each.name.removeprefix(move.target.name)
                kept = each.with_name(move.target.name + former + end)
                shutil.move(each, kept)
                done.append((kept, each))
                kept_all.append(kept)
            move.target.parent.mkdir(parents=True, exist_ok=True)
            if move.target.is_dir():
                move.target.rmdir()  # an empty folder
            shutil.move(move.source, move.target)
            done.append((move.target, move.source))
    except BaseException as error:
        for now, before in reversed(done):
            with suppress(OSError):
                shutil.move(now, before)
        if isinstance(error, OSError):
            what = error.filename or former
            raise BadInput(f"restore: nothing is changed: {what}: {error.strerror or error}") from error
        raise
    return kept_all
