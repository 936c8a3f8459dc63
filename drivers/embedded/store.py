"""The embedded store as the head-end knows it: a ``city.telemetry.TelemetryStore`` over three threads."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Self, TypeVar

import duckdb

from city.errors import BadInput, Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Aggregate, Sample, Tag, Tags, Track, Window
from drivers.embedded import upkeep
from drivers.embedded.answers import Answers
from drivers.embedded.copying import copy_files, copy_index
from drivers.embedded.opened import Opened, close
from drivers.embedded.parts import DAY_US, Files, unreadable
from drivers.instants import to_microseconds

log = logging.getLogger(__name__)

FRESH_ROWS = 250_000
"""Rows after which they are written as files: 2.2 million values of lamps, half an hour's of a city of 15,000."""
RETRY_ROWS = 50_000
"""More rows after which that is tried again where it has failed."""
DEVICE_DAYS_AT_ONCE = 1000
"""Tracks read together: a day of 1000 lamps is 288,000 rows, and so is a month of 33."""
FEW_ROWS = 2500
"""Late rows of days that are over for which these are not yet put in order again."""
_UNFIT = "*?["
"""Characters that DuckDB takes for patterns in the name of a file."""

_Answer = TypeVar("_Answer")


class _Threads:
    """One thread each for writing, for reading, and for merging and summarising."""

    def __init__(self) -> None:
        self.writing = ThreadPoolExecutor(1, thread_name_prefix="telemetry-writing")
        self.reading = ThreadPoolExecutor(1, thread_name_prefix="telemetry-reading")
        self.tidying = ThreadPoolExecutor(1, thread_name_prefix="telemetry-tidying")

    def end(self) -> None:
        """Let them end."""
        for thread in (self.tidying, self.reading, self.writing):
            thread.shutdown(wait=False)


class _Damaged(Exception):
    """Files that cannot be read."""

    def __init__(self, files: list[Path]) -> None:
        super().__init__()
        self.files = files


class EmbeddedStore:
    """A ``city.telemetry.TelemetryStore`` in a folder of its own.

    DuckDB is only ever called from the store's threads, never from the event loop: one writes, one reads, one merges
    and summarises; none waits for another. On return of ``write`` the values are committed and synced. Tags are those
    of the present inventory, also for values written before it changed.
    """

    def __init__(
        self,
        folder: Path,
        tags_of: Callable[[str], Tags],
        keep_days: int = 90,
        keep_summaries_days: int = 1830,
    ) -> None:
        """Prepare; ``tags_of`` gives the groups of a device by its id, and is called from the store's thread.

        Every value is kept for ``keep_days``, hourly summaries for ``keep_summaries_days`` (0: for ever).
        """
        self._folder = folder
        self._files = Files(folder.absolute())
        self._tags_of = tags_of
        self._keep_days = keep_days
        self._keep_summaries_days = keep_summaries_days
        self._threads: _Threads | None = None
        self._opening = Lock()
        self._opened: Opened | None = None
        self._is_closing = False
        self._empty_at = FRESH_ROWS
        self._keeping = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Open the folder, or make it.

        Raises:
            BadInput: it cannot be opened, belongs to another process, or is something else.
        """
        self._threads = _Threads()
        try:
            await self._write_side(lambda opened: None)
        except BaseException as error:
            await self.__aexit__()
            if isinstance(error, Unreachable):
                raise BadInput(f"telemetry.path: {error}") from error
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the folder, after what was asked before is done."""
        if self._threads is not None:
            threads, self._threads = self._threads, None
            await self._close(threads)
            threads.end()

    async def ping(self) -> None:
        """Return if the store answers."""
        await self._ask(lambda answers: answers.database.execute("select 1").fetchall())

    async def write(self, readings: Sequence[Reading]) -> None:
        """Store readings, all or none of them; on return they are on disk.

        Raises:
            Refused: a value is no finite number.
        """
        threads = self._running
        if await self._write_side(lambda opened: self._write(opened, readings)):
            threads.writing.submit(self._empty)  # what is written next waits for it: some 0.5 s

    async def last_values(self, kind: DeviceKind) -> Mapping[str, Mapping[Metric, Sample]]:
        """The newest value of each metric of each device of a kind."""
        return await self._ask(lambda answers: answers.last_values(kind))

    async def series(
        self,
        device: str,
        metric: Metric,
        window: Window,
        step: timedelta,
        aggregate: Aggregate = Aggregate.MEAN,
    ) -> Sequence[Sample]:
        """One device's metric over a window, one sample a step, oldest first; steps are aligned to the epoch."""
        return await self._ask(lambda answers: answers.series(device, metric, window, step, aggregate))

    async def grouped(
        self, kind: DeviceKind, metric: Metric, tag: Tag, window: Window, step: timedelta, across: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """A metric by tag value: the mean of each device in a step, combined across devices by SUM or MEAN."""
        if across not in {Aggregate.SUM, Aggregate.MEAN}:
            raise BadInput(f"across: got {across}, expected sum or mean")
        return await self._ask(lambda answers: answers.grouped(kind, metric, tag, window, step, across))

    async def tracks(
        self, kind: DeviceKind, metrics: Sequence[Metric], window: Window
    ) -> AsyncGenerator[Track, None]:
        """What every device of a kind measured over a window, one device after the other."""
        numbers = await self._ask(lambda answers: answers.numbers(kind))
        at_once = max(1, int(DEVICE_DAYS_AT_ONCE / max(1.0, (window.end - window.start) / timedelta(days=1))))
        for start in range(0, len(numbers), at_once):
            some = numbers[start : start + at_once]
            for track in await self._ask(
                partial(Answers.tracks, numbers=some, metrics=metrics, window=window)
            ):
                yield track

    async def stands(
        self, kind: DeviceKind, metric: Metric, at: Sequence[datetime], oldest: timedelta
    ) -> Mapping[str, Sequence[float | None]]:
        """What a metric of every device of a kind stood at, at each of some instants."""
        found: dict[str, list[float | None]] = {}
        for number, instant in enumerate(at):
            stand = await self._ask(
                partial(Answers.stand, kind=kind, metric=metric, at=instant, oldest=oldest)
            )
            for device, value in stand.items():
                found.setdefault(device, [None] * len(at))[number] = value
        return found

    async def each(
        self, kind: DeviceKind, metric: Metric, window: Window, step: timedelta, aggregate: Aggregate
    ) -> Mapping[str, Sequence[Sample]]:
        """``series`` of every device of a kind at once, by device."""
        return await self._ask(lambda answers: answers.each(kind, metric, window, step, aggregate))

    async def count(self) -> int:
        """How many values the store holds."""
        return await self._ask(lambda answers: answers.count())

    async def keep(self, now: datetime) -> None:
        """Merge the files of days, summarise days that are over, drop what is older than it is to be kept.

        It may be cancelled at any time, and goes on from there when it is called again.
        """
        async with self._keeping:  # the files of another that keeps are not on the list yet
            await self._keep(to_microseconds(now) // DAY_US)

    async def copy_to(self, folder: Path) -> None:
        """Lay a copy of all that is stored now into an empty folder: hard links where the disk is the same.

        Raises:
            BadInput: the folder is not empty, or cannot be made.
        """
        target = Files(folder.absolute())  # noqa: ASYNC240 (asks nothing of the disk)
        files = await self._write_side(lambda opened: copy_index(opened, target))
        try:
            await self._tidy(lambda opened: copy_files(self._files, target, files), ())
        finally:
            await self._supersede(lambda opened: opened.unpin(files))

    async def _keep(self, today: int) -> None:
        await self._supersede(lambda opened: opened.unlisted())
        await self._write_side(lambda opened: upkeep.empty_past(opened.index, today, FEW_ROWS))
        for day in await self._write_side(lambda opened: upkeep.days_with_parts(opened.index)):
            await self._merge(day, today)
            if day < today:
                await self._summarise(day)
        keeping = self._keep_days, self._keep_summaries_days
        await self._supersede(lambda opened: upkeep.drop(opened.index, today, *keeping))

    async def _merge(self, day: int, today: int) -> None:
        due = await self._write_side(lambda opened: upkeep.merge_due(opened.index, day, today))
        if due is not None:
            reads = [self._files.part(day, part.number) for part in due.parts]
            merged = await self._tidy(lambda opened: upkeep.merge(opened.tidying, self._files, due), reads)
            await self._supersede(lambda opened: upkeep.swap(opened.index, due, merged))

    async def _summarise(self, day: int) -> None:
        due = await self._write_side(lambda opened: upkeep.summary_due(opened.index, day))
        if due is not None:
            reads = [self._files.part(day, part.number) for part in due.parts]
            await self._tidy(lambda opened: upkeep.summarise(opened.tidying, self._files, due), reads)
            await self._supersede(lambda opened: upkeep.list_summary(opened.index, due))

    def _write(self, opened: Opened, readings: Sequence[Reading]) -> bool:
        """Whether the fresh rows are now so many that they are to be written as files."""
        opened.index.write(readings)
        if opened.index.fresh_rows < self._empty_at:
            return False
        self._empty_at = opened.index.fresh_rows + RETRY_ROWS
        return True

    def _empty(self) -> None:
        try:
            self._open().index.empty()
        except (duckdb.Error, OSError, Unreachable, BadInput) as error:
            log.warning("telemetry: fresh values stay in the index for now: %s", _one_line(error))
        else:
            self._empty_at = FRESH_ROWS
        self._keeping = asyncio.Lock()

    async def _ask(self, question: Callable[[Answers], _Answer]) -> _Answer:
        """Answer in the reading thread; a file found damaged is set aside, and the question asked once more."""

        def answered(opened: Opened) -> _Answer:
            try:
                with opened.answers.moment():
                    return question(opened.answers)
            except duckdb.Error as error:
                if _is_fatal(error) or not (damaged := opened.find_damaged()):
                    raise
                raise _Damaged(damaged) from error

        try:
            return await self._run(self._running.reading, answered)
        except _Damaged as found:
            await self._write_side(partial(Opened.set_aside, damaged=found.files))
        return await self._run(self._running.reading, answered)

    async def _write_side(self, work: Callable[[Opened], _Answer]) -> _Answer:
        return await self._run(self._running.writing, work)

    async def _tidy(self, work: Callable[[Opened], _Answer], reads: Sequence[Path]) -> _Answer:
        """Do some long work on files; one found damaged is set aside, and the work left for the next time."""

        def done(opened: Opened) -> _Answer:
            try:
                return work(opened)
            except duckdb.Error as error:
                if _is_fatal(error) or not (damaged := unreadable(opened.tidying, reads)):
                    raise
                raise _Damaged(damaged) from error

        try:
            return await self._run(self._running.tidying, done)
        except _Damaged as found:
            await self._write_side(partial(Opened.set_aside, damaged=found.files))
            raise Unreachable(f"{self._folder}: a damaged file was set aside") from found

    async def _supersede(self, work: Callable[[Opened], Iterable[Path]]) -> None:
        """Change the list of files, and remove those that ``work`` says are listed no more."""
        await self._write_side(lambda opened: opened.supersede(work(opened)))
        await self._run(self._running.reading, Opened.remove_superseded)

    async def _run(self, thread: ThreadPoolExecutor, work: Callable[[Opened], _Answer]) -> _Answer:
        """Do some work in a thread; what is cancelled there runs on, and is done before what follows."""

        def told() -> _Answer:
            try:
                return work(self._open())
            except (duckdb.Error, OSError) as error:
                raise Unreachable(f"{self._folder}: {_one_line(error)}") from error

        try:
            return await asyncio.get_running_loop().run_in_executor(thread, told)
        except Unreachable as error:
            if _is_fatal(error.__cause__) and self._threads is not None and not self._is_closing:
                await self._close(
                    self._threads
                )  # DuckDB answers nothing any more; the next call opens it again
            raise

    @property
    def _running(self) -> _Threads:
        if self._threads is None:
            raise Unreachable(f"{self._folder} is not open")
        return self._threads

    def _open(self) -> Opened:
        with self._opening:
            if self._is_closing:
                raise Unreachable(f"{self._folder} is being closed")
            if self._opened is None:
                self._opened = _opened(self._files, self._tags_of)
            return self._opened

    async def _close(self, threads: _Threads) -> None:
        """Close each connection in its own thread, after what was asked there before."""
        run = asyncio.get_running_loop().run_in_executor
        for thread in (threads.tidying, threads.reading, threads.writing):
            await run(thread, _nothing)
        self._is_closing = True
        try:
            if (opened := self._opened) is not None:
                await run(threads.tidying, close, opened.tidying)
                await run(threads.reading, close, opened.answers.database)
                await run(threads.writing, close, opened.index.database)
        finally:
            self._opened, self._is_closing = None, False


def _opened(files: Files, tags_of: Callable[[str], Tags]) -> Opened:
    """Open a folder, or make it."""
    if any(letter in str(files.folder) for letter in _UNFIT):
        raise BadInput(f"telemetry.path: got {files.folder}, expected a path without any of {_UNFIT}")
    if files.folder.is_file():
        raise BadInput(
            f"telemetry.path: {files.folder} is a file, expected a folder; values in a file of an earlier version"
            " cannot be read: name another folder"
        )
    files.folder.mkdir(exist_ok=True)
    try:
        return Opened(files, tags_of)
    except BadInput as error:
        raise BadInput(f"telemetry.path: {files.index}: {error}") from error


def _is_fatal(error: BaseException | None) -> bool:
    return isinstance(error, duckdb.FatalException | duckdb.InternalException)


def _nothing() -> None:
    """What a thread does when it is only to be waited for."""


def _one_line(error: Exception) -> str:
    """What DuckDB says, without its advice to developers."""
    return " ".join(str(error).partition("See also")[0].split())
