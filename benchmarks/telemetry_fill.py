"""A city's telemetry for the benchmark of stores: as SQL for many days of it, and as readings for a few minutes."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Tag, Tags

LAMPS = 15_000
PERIOD = timedelta(minutes=5)
DAY = datetime(2026, 11, 29, tzinfo=UTC)
"""The last day; what comes before it is whole."""
DAYS = 30
SECTORS = 25
METRICS = (
    Metric.LEVEL,
    Metric.POWER,
    Metric.VOLTAGE,
    Metric.CURRENT,
    Metric.POWER_FACTOR,
    Metric.ENERGY,
    Metric.BURNING,
    Metric.STARTS,
    Metric.TEMPERATURE,
)
"""What a lamp of ours sends every five minutes, dark or lit."""


def rows(first: datetime, periods: int) -> str:
    """Rows of every lamp as a question to DuckDB, series and instants in the order of arrival.

    A lamp burns from 16 to 6 h, half as bright from 22 to 5 h. Instants are off the period by up to a second, to the
    millisecond. Noise is that of cheap meters: 0.3 W, 1 V, 1 °C.
    """
    start = int(first.timestamp())
    seconds = PERIOD // timedelta(seconds=1)
    return f"""
        with periods as (select {start} + unnest(range({periods})) * {seconds} as s),
        places as (select *, (s // 3600) % 24 as hour, s // 86400 as day from periods),
        lamps as (select unnest(range(1, {LAMPS} + 1)) as lamp),
        lit as (select *,
            case when hour between 6 and 15 then 0 when hour between 5 and 21 then 100 else 50 end as level,
            hash(lamp, s) as noise from places, lamps),
        drawn as (select *, case when level = 0 then 0.3 else
            round(0.6 * level * (0.9 + lamp % 20 / 100) + (noise % 7) / 10, 1) end as power,
            round(229 + 3 * sin(s / 9000) + (noise % 21) / 10, 1) as voltage from lit)
        select lamp::integer as series, s * 1000000 + (noise % 1000)::bigint * 1000 as at_us,
            level::double as level_pct, power::double as power_w, voltage::double as voltage_v,
            round(power / voltage, 3)::double as current_a,
            case when level = 0 then 0.31 else round(0.94 + (noise % 5) / 100, 2) end::double as power_factor,
            (lamp * 997 + (s - {start}) // 86 + day * 500 + noise % 2)::double as energy_wh,
            (lamp % 900 + day * 14 + hour)::double as burning_h, (lamp % 400 + day)::double as starts,
            round(9 + 4 * sin(s / 14000) + level / 8 + (noise % 11) / 10, 1)::double as temperature_c
        from drawn
    """  # noqa: S608 (our own numbers)


def readings(lamps: int, first: datetime, periods: int) -> Iterator[Reading]:
    """The same city, as it comes in: period by period."""
    random = Random(1)  # noqa: S311 (a reproducible load)
    for period in range(periods):
        at = first + period * PERIOD
        level = 0.0 if 6 <= at.hour <= 15 else 100.0 if 5 <= at.hour <= 21 else 50.0
        for lamp in range(1, lamps + 1):
            power = (
                0.3 if level == 0 else round(0.6 * level * (0.9 + lamp % 20 / 100) + random.random() / 2, 1)
            )
            voltage = round(229 + 2 * random.random(), 1)
            values = {
                Metric.LEVEL: level,
                Metric.POWER: power,
                Metric.VOLTAGE: voltage,
                Metric.CURRENT: round(power / voltage, 3),
                Metric.POWER_FACTOR: 0.31 if level == 0 else round(0.94 + random.random() / 20, 2),
                Metric.ENERGY: float(lamp * 997 + period * 3),
                Metric.BURNING: float(lamp % 900 + at.hour),
                Metric.STARTS: float(lamp % 400),
                Metric.TEMPERATURE: round(9 + level / 8 + math.sin(period) + random.random(), 1),
            }
            offset = timedelta(milliseconds=random.randrange(1000))
            yield Reading(name(lamp), DeviceKind.LAMP, at + offset, values)


def name(lamp: int) -> str:
    """A lamp's name."""
    return f"{lamp % SECTORS:02}-{lamp:05}"


def tags_of(device: str) -> Tags:
    """A lamp's sector."""
    return {Tag.SECTOR: f"sector {device[:2]}"}
