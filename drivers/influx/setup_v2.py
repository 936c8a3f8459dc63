"""Setting an InfluxDB 2.x up: a bucket of values and one of summaries, what InfluxQL calls them, and a task in Flux."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

from city.errors import BadInput
from city.measurements import DeviceKind
from city.settings import TelemetrySection
from drivers.influx.answers import Absent
from drivers.influx.questions import SUMMARIES
from drivers.influx.server import Server
from drivers.influx.setup import State, Step, days

Answer = TypeVar("Answer")

AUTOGEN = "autogen"
"""What InfluxQL calls the retention policy of a bucket that is mapped to no other."""
DAY_S = 86_400

_FLUX = """import "date"

option task = {{name: "{name}", every: 12h, offset: 10m}}

// Sums up every hour again for as long as values may come late: done twice it changes nothing.
values = () => from(bucket: "{values}")
    |> range(start: date.truncate(t: -84h, unit: 1h))
    |> filter(fn: (r) => {kinds})

hours = (tables=<-, name, fn) => tables
    |> aggregateWindow(every: 1h, fn: fn, createEmpty: false, timeSrc: "_start")
    |> toFloat()
    |> map(fn: (r) => ({{r with _field: name + "_" + r._field}}))

union(tables: [
    values() |> hours(name: "mean", fn: mean),
    values() |> hours(name: "min", fn: min),
    values() |> hours(name: "max", fn: max),
    values() |> hours(name: "last", fn: last),
    values() |> hours(name: "count", fn: count),
])
    |> to(bucket: "{summaries}")
"""


async def set_up_v2(server: Server, settings: TelemetrySection, is_dry: bool) -> AsyncIterator[Step]:  # noqa: FBT001
    """Make the two buckets, their mappings, and what sums values up."""
    client = server.client()
    try:
        work = _Work(server, settings, client.api_client, is_dry)
        summaries = f"{settings.database}_{SUMMARIES}"
        await work.find_organisation()
        for name, keep in (
            (settings.database, settings.keep_days),
            (summaries, settings.keep_summaries_days),
        ):
            yield await work.bucket(name, keep)
        # The default one first: the first of a data base becomes its default.
        yield await work.mapping(AUTOGEN, settings.database, is_default=True)
        yield await work.mapping(SUMMARIES, summaries, is_default=False)
        yield await work.task(summaries, summing(settings.database))
    finally:
        await client.close()  # type: ignore[no-untyped-call]


def summing(database: str) -> str:
    """The task that sums values up by the hour."""
    summaries = f"{database}_{SUMMARIES}"
    kinds = " or ".join(f'r._measurement == "{kind}"' for kind in DeviceKind)
    return _FLUX.format(
        name=_flux_text(summaries), values=_flux_text(database), summaries=_flux_text(summaries), kinds=kinds
    )


def _flux_text(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("${", r"\${")


def _library() -> Any:
    """influxdb-client, which is only partly typed; loaded only where it is used: it takes 0.4 s."""
    import influxdb_client

    return influxdb_client


class _Work:
    """The things of one organisation, through influxdb-client."""

    def __init__(self, server: Server, settings: TelemetrySection, api: Any, is_dry: bool) -> None:  # noqa: FBT001
        self._server = server
        self._settings = settings
        self._api = api
        self._is_dry = is_dry
        self._library = _library()
        self._organisation = ""
        self._buckets: dict[str, str] = {}
        """The ids of the buckets by name."""

    async def find_organisation(self) -> None:
        name = self._settings.organisation
        try:
            found = await self._ask(self._library.OrganizationsService(self._api).get_orgs_async(org=name))
            self._organisation = next(each.id for each in found.orgs or () if each.name == name)
        except (Absent, StopIteration) as error:
            raise BadInput(
                f"telemetry.organisation: {self._server.name} has no organisation {name!r}"
            ) from error

    async def bucket(self, name: str, keep: int) -> Step:
        """A bucket that keeps what is in it for some days, 0 for ever."""
        service = self._library.BucketsService(self._api)
        rules = [self._library.BucketRetentionRules(type="expire", every_seconds=keep * DAY_S)]
        what = f"bucket {name}"
        there = await self._bucket(name)
        if there is None:
            if not self._is_dry:
                request = self._library.PostBucketRequest(self._organisation, name, retention_rules=rules)
                self._buckets[name] = (await self._ask(service.post_buckets_async(request))).id
            return Step(what, State.MADE, days(keep))
        self._buckets[name] = str(there.id)
        if sum(rule.every_seconds for rule in there.retention_rules or ()) == keep * DAY_S:
            return Step(what, State.RIGHT, days(keep))
        if not self._is_dry:
            await self._ask(
                service.patch_buckets_id_async(
                    there.id, self._library.PatchBucketRequest(retention_rules=rules)
                )
            )
        return Step(what, State.CHANGED, days(keep))

    async def _bucket(self, name: str) -> Any:
        service = self._library.BucketsService(self._api)
        try:
            found = await self._ask(service.get_buckets_async(name=name, org_id=self._organisation))
        except Absent:
            return None
        return next((each for each in found.buckets or () if each.name == name), None)

    async def mapping(self, policy: str, bucket: str, *, is_default: bool) -> Step:
        """What InfluxQL calls a bucket. One that the server derives from the bucket's name does not count."""
        service = self._library.DBRPsService(self._api)
        database = self._settings.database
        what, detail = f"mapping {database}/{policy}", f"bucket {bucket}"
        found = await self._ask(service.get_dbr_ps_async(org_id=self._organisation, db=database, rp=policy))
        there = next((each for each in found.content or () if not each.virtual), None)
        if there is not None and there.bucket_id == self._buckets.get(bucket):
            if bool(there.default) == is_default:
                return Step(what, State.RIGHT, detail)
            if not self._is_dry:
                update = self._library.DBRPUpdate(default=is_default)
                await self._ask(service.patch_dbrpid_async(there.id, update, org_id=self._organisation))
            return Step(what, State.CHANGED, detail)
        if not self._is_dry:
            # A mapping cannot be moved to another bucket.
            if there is not None:
                await self._ask(service.delete_dbrpid_async(there.id, org_id=self._organisation))
            request = self._library.DBRPCreate(
                org_id=self._organisation,
                bucket_id=self._buckets[bucket],
                database=database,
                retention_policy=policy,
                default=is_default,
            )
            await self._ask(service.post_dbrp_async(request))
        return Step(what, State.MADE if there is None else State.CHANGED, detail)

    async def task(self, name: str, flux: str) -> Step:
        """A task that runs by itself."""
        service = self._library.TasksService(self._api)
        what, detail = f"task {name}", "mean, min, max, last and count of every hour"
        found = await self._ask(service.get_tasks_async(name=name, org_id=self._organisation))
        there = next((each for each in found.tasks or () if each.name == name), None)
        if there is None:
            if not self._is_dry:
                request = self._library.TaskCreateRequest(
                    org_id=self._organisation, flux=flux, status="active"
                )
                await self._ask(service.post_tasks_async(request))
            return Step(what, State.MADE, detail)
        if there.flux.strip() == flux.strip() and there.status == "active":
            return Step(what, State.RIGHT, detail)
        if not self._is_dry:
            await self._ask(
                service.patch_tasks_id_async(
                    there.id, self._library.TaskUpdateRequest(flux=flux, status="active")
                )
            )
        return Step(what, State.CHANGED, detail)

    async def _ask(self, call: Awaitable[Answer]) -> Answer:
        """What influxdb-client is answered, or what that means."""
        return await self._server.through_client(call)
