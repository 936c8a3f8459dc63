"""The embedded store over days: late values, merging, summaries, retention, and the days that calendars stumble on."""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Aggregate, Sample, Tag, Tags, Window
from drivers.embedded import EmbeddedStore, store, upkeep
from drivers.embedded.parts import DAY_US
from drivers.embedded.spans import Source, spans_of

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAMP = DeviceKind.LAMP


def tags_of(device: str) -> Tags:
    return {Tag.SECTOR: "Nord" if device < "L2" else "Sud"}


def lamp(device: str, at: datetime, **values: float) -> Reading:
    return Reading(device, LAMP, at, {Metric(name): value for name, value in values.items()})


def days_of_values(first: datetime, days: float, every: timedelta = 10 * MINUTE) -> list[Reading]:
    """Three lamps with power and a counter, every value another."""
    return [
        lamp(f"L{n}", first + k * every, power_w=float(k % 97 + 100 * n), energy_wh=1000.0 * n + k)
        for k in range(int(days * DAY / every))
        for n in (1, 2, 3)
    ]


def whole(readings: Sequence[Reading]) -> Window:
    return Window(min(r.at for r in readings), max(r.at for r in readings) + MINUTE)


def parquet(folder: Path, kind: str = "values") -> list[str]:
    """The folders of the files of a kind, one entry a file."""
    return sorted(file.parent.name for file in (folder / kind).rglob("*.parquet"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made of few rows."""
    monkeypatch.setattr(store, "FRESH_ROWS", 100)
    monkeypatch.setattr(store, "RETRY_ROWS", 60)
    monkeypatch.setattr(store, "FEW_ROWS", 0)


async def write(opened: EmbeddedStore, readings: Sequence[Reading], rows: int = 50) -> None:
    for start in range(0, len(readings), rows):
        await opened.write(readings[start : start + rows])


async def every_answer(opened: EmbeddedStore, window: Window, step: timedelta) -> list[object]:
    """What may be asked about two metrics, but for what is as it was sampled."""
    answers: list[object] = []
    for aggregate in Aggregate:
        answers += [
            await opened.series("L1", Metric.POWER, window, step, aggregate),
            await opened.each(LAMP, Metric.POWER, window, step, aggregate),
        ]
    for across in (Aggregate.SUM, Aggregate.MEAN):
        answers.append(await opened.grouped(LAMP, Metric.POWER, Tag.SECTOR, window, step, across))
    answers.append(await opened.each(LAMP, Metric.ENERGY, window, step, Aggregate.LAST))
    return answers


def flat(answer: object) -> Iterator[object]:
    """Names, instants and values one by one, so that the values may be compared nearly."""
    if isinstance(answer, Mapping):
        for key in sorted(answer):
            yield key
            yield from flat(answer[key])
    elif isinstance(answer, Sample):
        yield answer.at
        yield pytest.approx(answer.value)
    elif isinstance(answer, Sequence):
        for each in answer:
            yield from flat(each)


async def test_what_is_summarised_is_answered_as_before_for_whole_hours(tmp_path: Path) -> None:
    readings = days_of_values(NOON, 4)
    window = Window(NOON, NOON + 4 * DAY)
    async with EmbeddedStore(tmp_path / "t", tags_of, keep_days=2) as opened:
        await write(opened, readings, 500)
        steps = (HOUR, 3 * HOUR, DAY)
        before = [await every_answer(opened, window, step) for step in steps]
        await opened.keep(NOON + 4 * DAY)
        assert parquet(tmp_path / "t") == ["2026-11-28", "2026-11-29", "2026-11-30"]
        after = [await every_answer(opened, window, step) for step in steps]
        await opened.keep(NOON + 4 * DAY)
    assert list(flat(before)) == list(flat(after))


async def test_a_summarised_hour_is_one_sample_one_row_and_one_stand(tmp_path: Path) -> None:
    readings = [lamp("L1", NOON + k * 10 * MINUTE, power_w=float(k), energy_wh=float(k)) for k in range(12)]
    async with EmbeddedStore(tmp_path / "t", tags_of, keep_days=2) as opened:
        await opened.write([*readings, lamp("L1", NOON + 5 * DAY, power_w=1.0)])
        assert await opened.count() == 25
        await opened.keep(NOON + 5 * DAY)
        assert await opened.count() == 1
        window = Window(NOON, NOON + 2 * HOUR)
        samples = [Sample(NOON, 2.5), Sample(NOON + HOUR, 8.5)]
        assert await opened.series("L1", Metric.POWER, window, 15 * MINUTE) == samples
        async with aclosing(opened.tracks(LAMP, [Metric.POWER, Metric.ENERGY], window)) as stream:
            [track] = [track async for track in stream]
        assert track.rows == [(NOON, (2.5, 5.0)), (NOON + HOUR, (8.5, 11.0))]
        at = [NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]
        stands = await opened.stands(LAMP, Metric.ENERGY, at, HOUR)
        assert stands == {"L1": [None, 5.0, 11.0, None]}
        last = await opened.last_values(LAMP)
        assert last["L1"][Metric.ENERGY] == Sample(NOON + 110 * MINUTE, 11.0)


async def test_a_day_that_cannot_be_summarised_is_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise duckdb.IOException("no room")

    async with EmbeddedStore(tmp_path / "t", tags_of, keep_days=2) as opened:
        await write(opened, days_of_values(NOON, 5), 500)
        held = await opened.count()
        with monkeypatch.context() as patch:
            patch.setattr(upkeep, "summarise", failing)
            with pytest.raises(Unreachable, match="no room"):
                await opened.keep(NOON + 5 * DAY)
        assert await opened.count() == held
        await opened.keep(NOON + 5 * DAY)
        assert await opened.count() < held


async def test_summaries_go_when_they_are_old_and_stay_for_ever_with_0(tmp_path: Path) -> None:
    for keep_summaries_days, months in ((40, 1), (0, 2)):
        folder = tmp_path / str(keep_summaries_days)
        async with EmbeddedStore(folder, tags_of, 2, keep_summaries_days) as opened:
            for at in (NOON, NOON + 29 * DAY, NOON + 60 * DAY):
                await opened.write([lamp("L1", at, power_w=1.0)])
                await opened.keep(at + 3 * MINUTE)
            assert len(set(parquet(folder, "hours"))) == months
            assert parquet(folder) == []


async def test_a_few_late_values_do_not_have_a_day_put_in_order_again(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "t", tags_of) as opened:
        await opened.write([lamp("L1", NOON, power_w=8.0), lamp("L1", NOON + DAY, power_w=1.0)])
        await opened.keep(NOON + DAY)
        files = parquet(tmp_path / "t")
        await opened.write([lamp("L1", NOON - HOUR, power_w=5.0)])
        await opened.keep(NOON + DAY)
        assert parquet(tmp_path / "t") == files
        samples = await opened.series("L1", Metric.POWER, Window(NOON - HOUR, NOON + HOUR), HOUR)
        assert samples == [Sample(NOON - HOUR, 5.0), Sample(NOON, 8.0)]


async def test_a_clock_that_runs_years_ahead_drops_nothing(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path / "t", tags_of, keep_days=2) as opened:
        await write(opened, days_of_values(NOON, 2), 500)
        held = await opened.count()
        await opened.keep(NOON + 3650 * DAY)
        assert await opened.count() == held


async def test_late_values_of_a_day_that_is_gone_fill_only_hours_without_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FEW_ROWS", 0)
    window = Window(NOON, NOON + 4 * HOUR)
    async with EmbeddedStore(tmp_path / "t", tags_of, keep_days=2) as opened:
        await opened.write([lamp("L1", NOON, power_w=8.0), lamp("L1", NOON + 9 * DAY, power_w=1.0)])
        for _ in range(2):
            await opened.keep(NOON + 9 * DAY)
            assert await opened.series("L1", Metric.POWER, window, HOUR) == [Sample(NOON, 8.0)]
        for _ in range(2):
            await opened.write([lamp("L1", NOON, power_w=8.0), lamp("L1", NOON + 3 * HOUR, power_w=5.0)])
            await opened.keep(NOON + 9 * DAY)
            samples = await opened.series("L1", Metric.POWER, window, HOUR, Aggregate.SUM)
            assert samples == [Sample(NOON, 8.0), Sample(NOON + 3 * HOUR, 5.0)]
            assert await opened.count() == 1


@pytest.mark.usefixtures("small")
async def test_a_backlog_beside_live_values_is_there_once_and_in_its_place(tmp_path: Path) -> None:
    backlog = days_of_values(NOON, 3, HOUR)
    live = days_of_values(NOON + 3 * DAY, 0.25)
    corrected = [lamp(r.device, r.at, level_pct=50.0, power_w=r.values[Metric.POWER] + 0.5) for r in backlog]
    async with EmbeddedStore(tmp_path / "t", tags_of) as opened:
        await opened.write(live[:3])
        for start in range(0, len(backlog), 24):
            await opened.write(backlog[start : start + 24])
            await opened.write(live[start // 2 : start // 2 + 12])
        await write(opened, live)
        await write(opened, corrected[:100])
        await write(opened, backlog[150:])
        wanted = 2 * len(backlog) + 2 * len(live) + 100
        for attempt in range(2):
            assert await opened.count() == wanted, attempt
            window = whole([*backlog, *live])
            samples = await opened.series("L1", Metric.POWER, window, MINUTE, Aggregate.LAST)
            expected = {
                r.at: r.values[Metric.POWER] for r in [*backlog, *corrected[:100], *live] if r.device == "L1"
            }
            assert {sample.at: sample.value for sample in samples} == expected
            async with aclosing(opened.tracks(LAMP, [Metric.LEVEL, Metric.ENERGY], window)) as stream:
                rows = [row async for track in stream for row in track.rows]
            assert sum(level is not None for _, (level, _) in rows) == 100
            assert all(energy is not None for _, (_, energy) in rows)
            await opened.keep(NOON + 3.5 * DAY)
        assert len(parquet(tmp_path / "t")) <= 5
        last = await opened.last_values(LAMP)
        for newest in live[-3:]:
            assert last[newest.device][Metric.POWER] == Sample(newest.at, newest.values[Metric.POWER])
            levelled = next(r.at for r in reversed(corrected[:100]) if r.device == newest.device)
            assert last[newest.device][Metric.LEVEL] == Sample(levelled, 50.0)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(2))
async def test_whatever_comes_in_whatever_order_the_last_value_stays(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    expected: dict[tuple[str, datetime, Metric], float] = {}
    metrics = [Metric.POWER, Metric.LEVEL, Metric.CLIENTS]
    async with EmbeddedStore(tmp_path / "t", tags_of) as opened:
        for number in range(27):
            batch = []
            for _ in range(chance.randrange(1, 30)):
                at = NOON + chance.randrange(60) * HOUR
                values = {metric: float(number) for metric in chance.sample(metrics, chance.randrange(1, 4))}
                batch.append(Reading(f"L{chance.randrange(4)}", LAMP, at, values))
            await opened.write(batch)
            for reading in batch:
                expected |= {(reading.device, reading.at, m): v for m, v in reading.values.items()}
            if number % 13 == 12:
                await opened.keep(NOON + chance.randrange(4) * DAY)
        found: dict[tuple[str, datetime, Metric], float] = {}
        async with aclosing(opened.tracks(LAMP, metrics, Window(NOON, NOON + 5 * DAY))) as stream:
            async for track in stream:
                for at, row in track.rows:
                    found |= {
                        (track.device, at, m): v for m, v in zip(metrics, row, strict=True) if v is not None
                    }
        assert found == expected
        assert await opened.count() == len(expected)
        last = await opened.last_values(LAMP)
        for (device, at, metric), value in expected.items():
            newest = last[device][metric]
            assert newest.at > at or newest == Sample(at, value)


@pytest.mark.usefixtures("small")
async def test_answers_stay_the_same_while_files_are_merged_and_removed(tmp_path: Path) -> None:
    readings = days_of_values(NOON, 3)
    window = whole(readings)
    async with EmbeddedStore(tmp_path / "t", tags_of) as opened:
        await write(opened, readings)
        await write(opened, readings[100:900])
        wanted = await opened.each(LAMP, Metric.POWER, window, HOUR, Aggregate.SUM)
        assert len(parquet(tmp_path / "t")) > 10
        keeping = asyncio.create_task(opened.keep(NOON + 4 * DAY))
        asked = 0
        while not keeping.done():
            assert await opened.each(LAMP, Metric.POWER, window, HOUR, Aggregate.SUM) == wanted
            asked += 1
        await keeping
        assert asked > 3
        assert len(parquet(tmp_path / "t")) == 4


@pytest.mark.usefixtures("small")
async def test_keeping_may_be_cancelled_at_any_time(tmp_path: Path) -> None:
    readings = days_of_values(NOON, 2)
    async with EmbeddedStore(tmp_path / "t", tags_of, keep_days=2) as opened:
        await write(opened, readings)
        for turns in (1, 2, 5, 10, 20):
            keeping = asyncio.create_task(opened.keep(NOON + 3 * DAY))
            for _ in range(turns):
                await opened.ping()
            keeping.cancel()
            await asyncio.wait([keeping])
            assert await opened.count() == 2 * len(readings)
        await opened.keep(NOON + 3 * DAY)
        assert parquet(tmp_path / "t") == ["2026-11-26", "2026-11-27", "2026-11-28"]
        assert await opened.count() == 2 * len(readings)


@pytest.mark.parametrize(
    "night",
    [
        datetime(2027, 12, 31, 12, tzinfo=UTC),  # a year's end
        datetime(2028, 2, 28, 12, tzinfo=UTC),  # into 29 February
        datetime(2028, 2, 29, 12, tzinfo=UTC),  # out of it
        datetime(2027, 3, 27, 12, tzinfo=UTC),  # the night of 23 hours in Paris
        datetime(2027, 10, 30, 12, tzinfo=UTC),  # the night of 25
    ],
)
async def test_nights_that_calendars_stumble_on_are_kept_whole(tmp_path: Path, night: datetime) -> None:
    paris = ZoneInfo("Europe/Paris")
    evening = night.astimezone(paris).replace(hour=18)
    morning = (evening + DAY).replace(hour=7)
    window = Window(evening.astimezone(UTC), morning.astimezone(UTC))
    readings = days_of_values(night, 1)
    async with EmbeddedStore(tmp_path / "t", tags_of, keep_days=2) as opened:
        await write(opened, readings, 200)
        await write(opened, days_of_values(night + 10 * DAY, 0.01))
        before = await every_answer(opened, window, HOUR)
        await opened.keep(night + 2 * DAY)
        assert set(parquet(tmp_path / "t")) >= {f"{night:%Y-%m-%d}", f"{night + DAY:%Y-%m-%d}"}
        assert await every_answer(opened, window, HOUR) == before
        await opened.keep(night + 11 * DAY)
        assert list(flat(await every_answer(opened, window, HOUR))) == list(flat(before))
        hours = await opened.series("L1", Metric.POWER, window, HOUR)
        assert len(hours) == (window.end - window.start) / HOUR


@given(
    st.integers(-DAY_US, 3 * DAY_US),
    st.integers(0, 3 * DAY_US),
    st.lists(st.tuples(st.integers(-DAY_US, 4 * DAY_US), st.integers(0, DAY_US))),
    st.sets(st.integers(-1, 4)),
)
def test_spans_cover_a_window_without_gap_each_from_one_source(
    start: int, length: int, late: list[tuple[int, int]], closed: set[int]
) -> None:
    twins = [(first, first + more) for first, more in late]
    spans = spans_of(start, start + length, twins, closed)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert not spans or (edges[0], edges[-1]) == (start, start + length)
    assert edges[1:-1:2] == edges[2::2]
    for span in spans:
        for at in (span.start, span.end - 1):
            is_late = any(first <= at <= last for first, last in twins)
            expected = Source.SUMMARY if at // DAY_US in closed else Source.TWINS if is_late else Source.PLAIN
            assert span.source is expected
