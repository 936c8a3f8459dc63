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


async def holdings(settings: Settings) -> tuple[int, int | None]:
    """How many incidents the records hold, and how many values the embedded store; None for another store.

    Raises:
        FalotierError: one of them cannot be opened.
    """
    async with Records(settings.records.url, settings.folder) as records:
        incidents = len(await records.incidents(limit=None))
    if settings.telemetry.engine != "embedded":
        return incidents, None
    async with store_of(settings, CityInventory(Lighting(), Wifi())) as store:
        return incidents, await store.count()


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
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
    for part in manifest.files:
        if part.name.startswith(f"{SETTINGS}/"):
            inside = part.name.removeprefix(f"{SETTINGS}/")
            target = config if part.name == SETTINGS_FILE else config.parent / inside
            moves.append(Move(SETTINGS, staging / part.name, target))
    home = config.parent.resolve()
    for move in moves:
        # What a stranger's settings name must not decide what is written on this machine.
        if not move.target.resolve().is_relative_to(home):
            raise BadInput(
                f"restore: {move.what} would go to {move.target}, outside the folder of {config}:"
                " put its city.toml there yourself, and restore without --settings"
            )
    return moves, skipped


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
        except sqlite3.OperationalError as error:
            raise BadInput(f"restore: {advice}: {records}: {error}") from error
        except sqlite3.DatabaseError:
            return  # whatever it is, no head-end runs on it; it is kept beside


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
    except OSError as error:
        for now, before in reversed(done):
            with suppress(OSError):
                shutil.move(now, before)
        raise BadInput(f"restore: nothing is changed: {error.filename}: {error.strerror}") from error
    return kept_all
