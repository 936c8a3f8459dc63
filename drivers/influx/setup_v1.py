"""Setting an InfluxDB 1.x up: two retention policies of one data base, and a continuous query from one to the other."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from city.measurements import DeviceKind
from city.settings import TelemetrySection
from city.telemetry import Window
from drivers.influx.answers import Absent
from drivers.influx.questions import SUMMARIES
from drivers.influx.server import Server
from drivers.influx.setup import State, Step, days
from drivers.influxql import quoted_name, within
from drivers.instants import EPOCH, from_microseconds

VALUES_SHARD, SUMMARIES_SHARD = "1d", "4w"
"""What the server drops at once. At least a day: the shortest retention is two."""
LONG_DAYS = 56
"""A shard may not last longer than what is in it."""
RESAMPLE = "EVERY 12h FOR 84h"
"""Hours are summed up again for as long as values may come late, 72 h, and the summaries are asked for two days later
at the earliest: twice a day is often enough, and costs a twelfth of every hour."""
BACKFILL = timedelta(days=1)
"""How much is summed up in one statement where values are older than they will be kept."""


async def set_up_v1(server: Server, settings: TelemetrySection, is_dry: bool) -> AsyncIterator[Step]:  # noqa: FBT001
    """Make the data base, its two retention policies, and what sums values up."""
    database = quoted_name(settings.database)
    known = {row[0] for series in await server.query("SHOW DATABASES") for row in series.values}
    is_there = settings.database in known
    if not is_there and not is_dry:
        await server.query(f"CREATE DATABASE {database}")
    yield Step(f"database {settings.database}", State.RIGHT if is_there else State.MADE, "")

    policies = await _policies(server, database)
    values = next((name for name, (_, is_default) in policies.items() if is_default), "autogen")
    # The summaries come first, so that they have taken what the values then lose.
    yield await _policy(server, settings, policies, SUMMARIES, settings.keep_summaries_days, is_dry)
    before, _ = policies.get(values, ("", True))
    if is_there and not is_dry and before != _duration(settings.keep_days):
        await _sum_up_all(server, settings, values)
    yield await _policy(server, settings, policies, values, settings.keep_days, is_dry)
    yield await _continuous_query(server, settings, values, is_dry)


def summing(database: str, values: str, window: Window | None = None) -> str:
    """The statement that sums values up by the hour; the continuous query has no window, the server adds it."""
    into = f"{quoted_name(database)}.{quoted_name(SUMMARIES)}.:MEASUREMENT"
    kinds = "|".join(DeviceKind)
    where = f"WHERE {within(window)} " if window else ""
    return (
        f"SELECT mean(*), min(*), max(*), last(*), count(*) INTO {into} "  # noqa: S608 (all quoted)
        f"FROM {quoted_name(database)}.{quoted_name(values)}./^({kinds})$/ {where}GROUP BY time(1h), *"
    )


async def _policies(server: Server, database: str) -> dict[str, tuple[str, bool]]:
    """By name: the duration, and whether it is the default one."""
    try:
        [table] = await server.query(f"SHOW RETENTION POLICIES ON {database}")
    except Absent:  # nothing was made, as it was only tried
        return {}
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.values]
    return {row["name"]: (row["duration"], row["default"]) for row in rows}


async def _policy(
    server: Server,
    settings: TelemetrySection,
    policies: dict[str, tuple[str, bool]],
    name: str,
    keep: int,
    is_dry: bool,  # noqa: FBT001
) -> Step:
    what = f"retention policy {name}"
    is_long = keep == 0 or keep > LONG_DAYS
    shard = SUMMARIES_SHARD if name == SUMMARIES and is_long else VALUES_SHARD
    is_there = name in policies
    if is_there and policies[name][0] == _duration(keep):
        return Step(what, State.RIGHT, days(keep))
    if not is_dry:
        lasts = f"{keep}d" if keep else "INF"
        await server.query(
            f"{'ALTER' if is_there else 'CREATE'} RETENTION POLICY {quoted_name(name)}"
            f" ON {quoted_name(settings.database)} DURATION {lasts} REPLICATION 1 SHARD DURATION {shard}"
        )
    return Step(what, State.CHANGED if is_there else State.MADE, days(keep))


async def _continuous_query(server: Server, settings: TelemetrySection, values: str, is_dry: bool) -> Step:  # noqa: FBT001
    name = f"{settings.database}_{SUMMARIES}"
    what, detail = f"continuous query {name}", "mean, min, max, last and count of every hour"
    wanted = (
        f"CREATE CONTINUOUS QUERY {quoted_name(name)} ON {quoted_name(settings.database)} RESAMPLE {RESAMPLE} "
        f"BEGIN {summing(settings.database, values)} END"
    )
    tables = await server.query("SHOW CONTINUOUS QUERIES")
    there = {row[0]: row[1] for table in tables if table.name == settings.database for row in table.values}
    # The server tells it with as few quotes as it can.
    if name in there and there[name].replace('"', "") == wanted.replace('"', ""):
        return Step(what, State.RIGHT, detail)
    if not is_dry:
        if name in there:
            await server.query(
                f"DROP CONTINUOUS QUERY {quoted_name(name)} ON {quoted_name(settings.database)}"
            )
        await server.query(wanted)
    return Step(what, State.CHANGED if name in there else State.MADE, detail)


async def _sum_up_all(server: Server, settings: TelemetrySection, values: str) -> None:
    """Sum up all that is stored, a day at a time: what is too old to be kept would be lost otherwise."""
    ends = [await _end(server, values, order) for order in ("ASC", "DESC")]
    start, end = min(ends[0], default=None), max(ends[1], default=None)
    while start is not None and end is not None and start <= end:
        start -= (start - EPOCH) % BACKFILL
        await server.query(summing(settings.database, values, Window(start, start + BACKFILL)))
        start += BACKFILL


async def _end(server: Server, values: str, order: str) -> list[datetime]:
    """The instants of the first or the last value of every kind."""
    tables = await server.query(
        f"SELECT * FROM {quoted_name(values)}./^({'|'.join(DeviceKind)})$/ ORDER BY time {order} LIMIT 1"  # noqa: S608 (all quoted)
    )
    return [from_microseconds(row[0]) for table in tables for row in table.values]


def _duration(keep: int) -> str:
    """As the server tells it: ``2160h0m0s``, and ``0s`` for ever."""
    return f"{keep * 24}h0m0s" if keep else "0s"
