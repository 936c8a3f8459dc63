"""Setting an InfluxDB 3 Core up: one data base. It has no tasks, and never changes a retention once it is set.

https://docs.influxdata.com/influxdb3/core/admin/databases/create/
"""

import json
from collections.abc import AsyncIterator

from city.settings import TelemetrySection
from drivers.influx.server import Server
from drivers.influx.setup import State, Step, days

PATH = "api/v3/configure/database"


async def set_up_v3(server: Server, settings: TelemetrySection, is_dry: bool) -> AsyncIterator[Step]:  # noqa: FBT001
    """Make the data base."""
    what, detail = f"database {settings.database}", days(settings.keep_days)
    _, body = await server.request("GET", PATH, params={"format": "json"})
    if _is_listed(body, settings.database):
        yield Step(what, State.RIGHT, "its retention was set when it was made, and cannot be changed")
    else:
        if not is_dry:
            content = {"db": settings.database, "retention_period": f"{settings.keep_days}d"}
            await server.request("POST", PATH, json=content)
        yield Step(what, State.MADE, detail)
    yield Step("hourly summaries", State.LACKING, f"what is older than {detail} is gone")


def _is_listed(body: bytes, name: str) -> bool:
    """The list comes as ``[{"iox::database": "falotier"}]``."""
    try:
        rows = json.loads(body)
    except ValueError:
        return False
    return isinstance(rows, list) and any(isinstance(row, dict) and name in row.values() for row in rows)
