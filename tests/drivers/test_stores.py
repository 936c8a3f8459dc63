"""One contract for every telemetry store: the embedded one, a real InfluxDB 1.x, and one that speaks as 2.x does."""

from datetime import UTC, datetime, timedelta
from math import inf, nan
from pathlib import Path

import pytest

from city.errors import BadInput, Refused
from city.measurements import DeviceKind, Metric, Reading, count_values
from city.telemetry import Aggregate, Sample, Tag, Window
from drivers.embedded import EmbeddedStore
from tests.drivers.store_contract import HOUR, MINUTE, QUARTER, START, WEIRD, Open, lamp


async def test_a_new_store_answers_and_is_empty(open_store: Open) -> None:
    async with open_store() as store:
        await store.ping()
        assert await store.count() == 0
        assert await store.last_values(DeviceKind.LAMP) == {}
        assert await store.series("08-1", Metric.POWER, HOUR, QUARTER) == []
        groups = await store.grouped(DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, HOUR, QUARTER, Aggregate.SUM)
        assert groups == {}


async def test_what_was_written_is_there_after_closing_and_opening_again(open_store: Open) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", 0, power_w=34.25, level_pct=100)])
    async with open_store() as store:
        assert await store.count() == 2
        samples = await store.series("08-1", Metric.POWER, HOUR, QUARTER)
        assert samples == [Sample(START, 34.25)]


async def test_writing_nothing_and_readings_without_values_changes_nothing(open_store: Open) -> None:
    async with open_store() as store:
        await store.write([])
        await store.write([Reading("08-1", DeviceKind.LAMP, START, {})])
        assert await store.count() == 0


async def test_writing_the_same_readings_again_changes_nothing(open_store: Open) -> None:
    readings = [lamp(device, minute, power_w=minute) for device in ("08-1", "09-1") for minute in range(50)]
    async with open_store() as store:
        await store.write(readings)
        before = await store.series("09-1", Metric.POWER, HOUR, MINUTE)
        await store.write(readings[20:])
        await store.write(readings[:30] + readings[:30])
        assert await store.count() == count_values(readings)
        assert await store.series("09-1", Metric.POWER, HOUR, MINUTE) == before


async def test_the_value_written_last_for_an_instant_is_the_one_that_stays(open_store: Open) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", 0, power_w=1.0), lamp("08-1", 1, power_w=2.0)])
        await store.write([lamp("08-1", 0, power_w=10.0), lamp("08-1", 1, power_w=20.0)])
        assert await store.count() == 2
        samples = await store.series("08-1", Metric.POWER, HOUR, MINUTE)
        assert [sample.value for sample in samples] == [10.0, 20.0]
        assert (await store.last_values(DeviceKind.LAMP))["08-1"][Metric.POWER].value == 20.0


async def test_metrics_of_one_instant_may_come_in_two_writes(open_store: Open) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", 0, power_w=34.0)])
        await store.write([lamp("08-1", 0, level_pct=70.0)])
        assert await store.count() == 2
        assert (await store.last_values(DeviceKind.LAMP))["08-1"] == {
            Metric.POWER: Sample(START, 34.0),
            Metric.LEVEL: Sample(START, 70.0),
        }


async def test_last_values_keep_their_own_instants_and_late_values_do_not_replace_newer_ones(
    open_store: Open,
) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", 30, power_w=30.0), lamp("08-1", 10, level_pct=70.0)])
        await store.write([lamp("08-1", 5, power_w=5.0), lamp("08-2", 6, power_w=6.0)])
        await store.write([Reading("A-008", DeviceKind.CABINET, START, {Metric.POWER: 900.0})])
        assert await store.last_values(DeviceKind.LAMP) == {
            "08-1": {
                Metric.POWER: Sample(START + 30 * MINUTE, 30.0),
                Metric.LEVEL: Sample(START + 10 * MINUTE, 70.0),
            },
            "08-2": {Metric.POWER: Sample(START + 6 * MINUTE, 6.0)},
        }
        assert set(await store.last_values(DeviceKind.CABINET)) == {"A-008"}


@pytest.mark.parametrize(
    ("aggregate", "first", "third"),
    [
        (Aggregate.MEAN, 7.0, 37.0),
        (Aggregate.MIN, 0.0, 30.0),
        (Aggregate.MAX, 14.0, 44.0),
        (Aggregate.LAST, 14.0, 44.0),
        (Aggregate.SUM, 105.0, 555.0),
    ],
)
async def test_a_series_has_one_sample_a_step_and_no_sample_in_a_gap(
    open_store: Open, aggregate: Aggregate, first: float, third: float
) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", m, power_w=float(m)) for m in range(60) if not 15 <= m < 30])
        samples = await store.series("08-1", Metric.POWER, HOUR, QUARTER, aggregate)
        assert [sample.at for sample in samples] == [START, START + 2 * QUARTER, START + 3 * QUARTER]
        assert samples[0].value == pytest.approx(first)
        assert samples[1].value == pytest.approx(third)


async def test_a_window_takes_its_start_and_leaves_its_end_and_steps_stay_aligned(open_store: Open) -> None:
    window = Window(START + 5 * MINUTE, START + 20 * MINUTE)
    async with open_store() as store:
        await store.write([lamp("08-1", minute, power_w=float(minute)) for minute in (4, 5, 14, 19, 20)])
        samples = await store.series("08-1", Metric.POWER, window, QUARTER)
        assert samples == [Sample(START, 9.5), Sample(START + QUARTER, 19.0)]
        groups = await store.grouped(
            DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, window, QUARTER, Aggregate.SUM
        )
        assert groups == {"Nord": samples}


async def test_instants_keep_their_microseconds(open_store: Open) -> None:
    at = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    async with open_store() as store:
        await store.write([Reading("08-1", DeviceKind.LAMP, at, {Metric.POWER: 1.5})])
        assert (await store.last_values(DeviceKind.LAMP))["08-1"][Metric.POWER] == Sample(at, 1.5)
        window = Window(at, at + timedelta(microseconds=1))
        assert len(await store.series("08-1", Metric.POWER, window, timedelta(seconds=1))) == 1
        assert not await store.series("08-1", Metric.POWER, Window(at - QUARTER, at), QUARTER)


async def test_values_keep_every_digit(open_store: Open) -> None:
    values = [0.1 + 0.2, 1e-9, 123456789.123456, -0.5, 2.0**53, 1e300]
    async with open_store() as store:
        await store.write([lamp("08-1", minute, energy_wh=value) for minute, value in enumerate(values)])
        samples = await store.series("08-1", Metric.ENERGY, HOUR, MINUTE, Aggregate.LAST)
        assert [sample.value for sample in samples] == values


async def test_groups_are_the_mean_of_each_device_combined_across_devices(open_store: Open) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", minute, power_w=float(10 + minute)) for minute in (0, 2, 4)])
        await store.write([lamp("08-2", 1, power_w=100.0), lamp("09-1", 1, power_w=7.0)])
        await store.write([lamp("08-2", 16, power_w=50.0), lamp("unknown", 1, power_w=1000.0)])
        ask = (DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, HOUR, QUARTER)
        assert await store.grouped(*ask, Aggregate.SUM) == {
            "Nord": [Sample(START, 112.0), Sample(START + QUARTER, 50.0)],
            "Coteaux, sud = bas": [Sample(START, 7.0)],
        }
        means = await store.grouped(*ask, Aggregate.MEAN)
        assert means["Nord"] == [Sample(START, 56.0), Sample(START + QUARTER, 50.0)]
        with pytest.raises(BadInput, match="sum or mean"):
            await store.grouped(*ask, Aggregate.LAST)


async def test_groups_take_one_kind_and_any_tag(open_store: Open) -> None:
    radio = Reading("AP-PAT-01/1", DeviceKind.RADIO, START, {Metric.CLIENTS: 12.0})
    async with open_store() as store:
        await store.write([radio, Reading("08-1", DeviceKind.CIRCUIT, START, {Metric.POWER: 5.0})])
        ask = (HOUR, QUARTER, Aggregate.SUM)
        clients = await store.grouped(DeviceKind.RADIO, Metric.CLIENTS, Tag.HOTSPOT, *ask)
        assert clients == {"patinoire": [Sample(START, 12.0)]}
        assert await store.grouped(DeviceKind.LAMP, Metric.POWER, Tag.CABINET, *ask) == {}


async def test_a_counter_stands_at_each_instant_where_its_last_value_is_not_too_old(open_store: Open) -> None:
    at = [START + minutes * MINUTE for minutes in (-1, 0, 10, 60, 90)]
    cabinet = Reading("A-008", DeviceKind.CABINET, START, {Metric.ENERGY: 9.0})
    async with open_store() as store:
        await store.write([lamp("08-1", minute, energy_wh=100 + minute) for minute in (0, 4, 9, 10, 11, 60)])
        await store.write([lamp("08-2", 55, energy_wh=7.0), lamp("09-1", 5, power_w=50.0), cabinet])
        await store.write([lamp(WEIRD, 45, energy_wh=1.0), lamp("10-1", 70, energy_wh=3.0)])
        assert await store.stands(DeviceKind.LAMP, Metric.ENERGY, at, QUARTER) == {
            "08-1": [None, 100.0, 110.0, 160.0, None],
            "08-2": [None, None, None, 7.0, None],
        }
        assert await store.stands(DeviceKind.CABINET, Metric.ENERGY, at[1:3], QUARTER) == {
            "A-008": [9.0, 9.0]
        }
        assert await store.stands(DeviceKind.GATEWAY, Metric.ENERGY, at, QUARTER) == {}
        assert await store.stands(DeviceKind.LAMP, Metric.ENERGY, [], QUARTER) == {}


@pytest.mark.parametrize(
    "device", [WEIRD, "a,b=c d", "x' OR 'x'='x", 'x"; DROP DATABASE "falotier', "éclairage-ü-東京"]
)
async def test_names_are_never_taken_for_syntax(open_store: Open, device: str) -> None:
    async with open_store() as store:
        await store.write([lamp(device, 0, power_w=1.0), lamp("08-1", 0, power_w=2.0)])
        assert await store.series(device, Metric.POWER, HOUR, QUARTER) == [Sample(START, 1.0)]
        assert set(await store.last_values(DeviceKind.LAMP)) == {device, "08-1"}


@pytest.mark.parametrize("device", ["back\\", "\\'", "line\nbreak"])
async def test_a_question_about_a_strange_name_is_answered_with_nothing(
    open_store: Open, device: str
) -> None:
    async with open_store() as store:
        await store.write([lamp("08-1", 0, power_w=2.0)])
        assert await store.series(device, Metric.POWER, HOUR, QUARTER) == []


@pytest.mark.parametrize("value", [nan, inf, -inf])
async def test_a_number_that_is_none_is_refused_with_all_that_came_with_it(
    open_store: Open, value: float
) -> None:
    async with open_store() as store:
        with pytest.raises(Refused, match=r"08-2.*finite"):
            await store.write([lamp("08-1", 0, power_w=1.0), lamp("08-2", 0, power_w=value)])
        assert await store.count() == 0
        await store.write([lamp("08-1", 0, power_w=1.0)])
        assert await store.count() == 1


async def test_a_batch_larger_than_one_request_arrives_whole(open_store: Open) -> None:
    readings = [lamp(f"L{n:05}", n / 1000, power_w=float(n), level_pct=100.0) for n in range(12_000)]
    async with open_store() as store:
        await store.write(readings)
        assert await store.count() == 24_000
        assert len(await store.last_values(DeviceKind.LAMP)) == 12_000


async def test_every_device_of_a_kind_at_once_is_answered_as_each_alone(open_store: Open) -> None:
    readings = [lamp(name, 7 * n, power_w=n * 10.0) for n in range(1, 9) for name in ("08-1", WEIRD)]
    cabinet = Reading("A-008", DeviceKind.CABINET, START, {Metric.POWER: 900.0})
    window = Window(START + 8 * MINUTE, START + 50 * MINUTE)
    async with open_store() as store:
        await store.write([*readings, cabinet, lamp("09-1", 7, power_w=1.0), lamp("08-2", 20, level_pct=1.0)])
        for aggregate in Aggregate:
            found = await store.each(DeviceKind.LAMP, Metric.POWER, window, QUARTER, aggregate)
            assert found == {
                name: await store.series(name, Metric.POWER, window, QUARTER, aggregate)
                for name in ("08-1", WEIRD)
            }
        assert await store.each(DeviceKind.GATEWAY, Metric.POWER, window, QUARTER, Aggregate.MEAN) == {}
        cabinets = await store.each(DeviceKind.CABINET, Metric.POWER, HOUR, QUARTER, Aggregate.MAX)
        assert cabinets == {"A-008": [Sample(START, 900.0)]}


async def test_keeping_changes_no_answer_about_what_is_to_be_kept(open_store: Open) -> None:
    readings = [lamp(name, 5 * n, power_w=float(n)) for n in range(40) for name in ("08-1", "09-1")]
    window = Window(START, START + timedelta(hours=4))
    ask = (DeviceKind.LAMP, Metric.POWER, Tag.SECTOR, window, QUARTER, Aggregate.SUM)
    async with open_store() as store:
        await store.write(readings)
        before = await store.grouped(*ask)
        for now in (START, START + timedelta(days=1), START + timedelta(days=1)):
            await store.keep(now)
            assert await store.grouped(*ask) == before
            assert await store.count() == count_values(readings)
            await store.write(readings[10:30])
        assert len(await store.last_values(DeviceKind.LAMP)) == 2


async def test_a_copy_holds_what_is_stored_or_the_way_to_it_is_told(open_store: Open, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    async with open_store() as store:
        await store.write([lamp("08-1", 0, power_w=34.25)])
        if isinstance(store, EmbeddedStore):
            await store.copy_to(folder)
            assert any(folder.iterdir())
        else:
            with pytest.raises(Refused, match=r"(?i)influx"):
                await store.copy_to(folder)
