"""Nobody is known to the head-end: what its agents tell of people is nowhere in what it writes, logs or answers.

The agents, the simulated ones too, hold tables of clients as real ones do, and their answers to polls carry rows of
them where a GETBULK runs past the end of a column. The MAC addresses of access points are how controllers name them:
infrastructure, not people, and allowed.
"""

import asyncio
import json
import logging
import shutil
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from city.clock import ManualClock, SimulatedClock
from city.errors import Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.messages import JournalEntry
from drivers.embedded import EmbeddedStore
from fake_devices.client_tables import identities
from fake_devices.field import FakeField, FieldPlan
from headend.api import create_app
from headend.metrics import Metrics
from headend.records import Records
from headend.service import HeadEnd
from headend.spool.frames import encode
from tests.drivers.snmp_peers import datagrams, needs_snmptrap, net_snmp
from tests.end_to_end.client_tables import (
    ARUBA_CLIENTS,
    GRANDSTREAM_CLIENTS,
    NETWORK,
    PEOPLE,
    ClientTables,
    Person,
    aruba,
    grandstream,
)
from tests.end_to_end.identity_search import identities_below, identities_in, kinds_below
from tests.headend.standing import Console, standing

SPEED = 240.0
EVENING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
ACCESS_POINTS = 24
"""So many that some of them are behind a controller."""
FOR = timedelta(minutes=15)
"""Simulated."""
CONTROLLED, ALONE = "mairie-1", "AP-GWN"
DAY = "from=2026-11-29&to=2026-11-29"
ASKED = {
    "/api/approvals/{name}": (),
    "/api/calendars/{name}/year": ("/api/calendars/cinq-paliers/year",),
    "/api/history/devices/{name}": tuple(
        f"/api/history/devices/{name}?metric={metric}&points=60"
        for name, metric in (
            (CONTROLLED, "clients"), (f"{CONTROLLED}/1", "clients"), (CONTROLLED, "up"), (ALONE, "uptime_s"),
            (f"{ALONE}/1", "channel"),
        )
    ),
    "/api/history/groups": tuple(
        f"/api/history/groups?kind={kind}&by={by}&metric=clients&points=60"
        for kind in ("access_point", "radio", "ssid")
        for by in ("device", "hotspot", "sector")
    ),
    "/api/hotspots/{name}/outlook": ("/api/hotspots/patinoire/outlook",),
    "/api/incidents/{name}/citizen-reports": (),  # no incident stands
    "/api/light-points/{name}": ("/api/light-points/{lamp}",),
    "/api/light-points/{name}/replacements": ("/api/light-points/{lamp}/replacements",),
    "/api/light-points/{name}/series": ("/api/light-points/{lamp}/series?metric=power_w",),
    "/api/orders/{name}": (),  # none was given
    "/api/replay": ("/api/replay?at=2026-11-30T17:10:00Z",),
    "/api/reports/energy": (f"/api/reports/energy?{DAY}",),
    "/api/reports/night": ("/api/reports/night?night=2026-11-28",),
    "/api/reports/wifi": (f"/api/reports/wifi?{DAY}",),
    "/open311/v2/discovery.{kind}": ("/open311/v2/discovery.json",),
    "/open311/v2/services.{kind}": ("/open311/v2/services.json",),
    "/open311/v2/services/{code}.{kind}": (),
    "/open311/v2/requests.{kind}": ("/open311/v2/requests.json",),
    "/open311/v2/requests/{number}.{kind}": (),
}  # fmt: skip
"""How routes are asked that need to be told more than their path; those of which there is nothing are not."""


@dataclass
class Watched:
    """A head-end over a simulated city, and two agents that know people."""

    headend: HeadEnd
    console: Console
    controller: ClientTables
    alone: ClientTables
    folder: Path
    field: FakeField
    answers: dict[str, bytes]
    """What the API has answered, by what was asked."""

    async def ask(self, path: str) -> None:
        async with self.console.http.get(self.console.url + path, headers=self.console.headers()) as response:
            self.answers[path] = await response.read()
            assert response.status == 200, (path, self.answers[path])

    async def ask_everything(self) -> None:
        lamp = next(iter(self.headend.core.inventory.lighting.light_points))
        app = create_app(self.headend.core, Metrics(self.headend.core, {}))
        for route, methods in app.openapi()["paths"].items():
            if "get" in methods:
                asked = ASKED.get(route, (route,))
                assert all("{" not in path.replace("{lamp}", "") for path in asked), (
                    f"{route}: say above how to ask it"
                )
                for path in asked:
                    await self.ask(path.replace("{lamp}", lamp))

    async def listen(self) -> None:
        """Follow the live feed for a few pushes."""
        url = f"{self.console.url}/api/live"
        async with self.console.http.ws_connect(url, headers=self.console.headers()) as socket:
            for number in range(3):
                self.answers[f"live {number}"] = (await socket.receive_str(timeout=10)).encode()

    async def back_up(self) -> None:
        headers = self.console.headers()
        async with self.console.http.post(f"{self.console.url}/api/backup", headers=headers) as response:
            assert response.status == 200
            (self.folder / "backup.tar").write_bytes(await response.read())


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    clock = SimulatedClock.starting(EVENING, SPEED)
    clock.hold()
    controller, alone = ClientTables(aruba()), ClientTables(grandstream())
    file = folder / "city.toml"
    async with (
        datagrams(controller.answer) as first,
        datagrams(alone.answer) as second,
        FakeField(FieldPlan(lamps=20, access_points=ACCESS_POINTS, seed=1), clock) as field,
    ):
        field.write_settings(file)
        file.write_text(file.read_text().replace("port = 8350", "port = 0\nopen_feed = true"))
        inventory = folder / "inventory.geojson"
        document = json.loads(inventory.read_text())
        model = next(each for each in document["features"] if each["properties"]["kind"] == "access-point")
        for name, port, profile in (
            (CONTROLLED, first, "aruba-controller"), (ALONE, second, "grandstream-gwn"),
        ):  # fmt: skip
            properties = {**model["properties"], "id": name, "profile": profile}
            properties["snmp"] = {"host": "127.0.0.1", "port": port}
            document["features"].append({**model, "properties": properties})
        inventory.write_text(json.dumps(document))
        async with standing(file, clock) as (headend, console):
            clock.release()
            yield Watched(headend, console, controller, alone, folder, field, {})
            field.quiesce()


def on_the_air(field: FakeField, at: datetime) -> list[Person]:
    """Somebody on the air of each of some simulated access points, behind a controller and alone."""
    plans = {bool(plan.controller): plan for plan in field.world.plan.access_points}.values()
    found = []
    for plan in [*plans, *field.world.plan.access_points[::4]]:
        state = field.world.access_points.state(plan.id, at)
        for mac, ip, user in islice(identities(plan.id, state), 1):
            found.append(Person(bytes.fromhex(mac.replace(":", "")), ip, user))
    assert len(found) > 2, "nobody is there"
    return found


async def come_true(condition: Callable[[], Awaitable[bool]], real_s: float = 30.0) -> None:
    async with asyncio.timeout(real_s):
        while not await condition():
            await asyncio.sleep(0.1)


async def away(_readings: Sequence[Reading]) -> None:
    """A store that takes nothing: what comes in waits on the disk."""
    raise Unreachable("store: away")


async def let_the_spool_fill(city: Watched) -> None:
    """Keep values from the store for a while, and copy what waits for it."""
    spool, kept = city.folder / "spool", city.folder / "kept-of-the-spool"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(city.headend.store, "write", away)

        async def waits() -> bool:
            waiting = {each["id"]: each for each in await city.console.get("/access-points")}
            is_heard = waiting[CONTROLLED]["clients"] == len(PEOPLE) and waiting[ALONE]["up"]
            return bool(is_heard and await asyncio.to_thread(kinds_below, spool) == {"spool"})

        await come_true(waits)
        await asyncio.to_thread(shutil.copytree, spool, kept)


async def run(city: Watched) -> None:
    """Let some time pass, and ask for all that can be asked."""

    await let_the_spool_fill(city)

    async def has_passed() -> bool:
        known = {each["id"]: each for each in await city.console.get("/access-points")}
        # They are polled, and clients are counted.
        is_counted = known[CONTROLLED]["clients"] == len(PEOPLE) and known[ALONE]["up"]
        return bool(is_counted and city.headend.core.clock.now() >= EVENING + FOR)

    await come_true(has_passed)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(city.listen())
        tasks.create_task(city.ask_everything())
    await city.back_up()


async def test_nobody_is_found_in_anything_that_a_head_end_writes_logs_or_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with watched(tmp_path) as city:
        await run(city)
        people = [*PEOPLE, *on_the_air(city.field, city.headend.core.clock.now())]
        assert city.field.world.plan.wifi_controllers, (
            "none of the simulated access points is behind a controller"
        )
        while_running = await asyncio.to_thread(identities_below, tmp_path, people, in_use=True)
    assert city.controller.gave_away, "no answer to a poll held a person: the test is blunt"
    asked = {oid for _, oids in city.controller.asked for oid in oids}
    assert not [oid for oid in asked if oid.startswith(ARUBA_CLIENTS)], "a table of clients was asked for"
    of_clients = [oid for _, oids in city.alone.asked for oid in oids if oid.startswith(GRANDSTREAM_CLIENTS)]
    columns = {oid.removeprefix(GRANDSTREAM_CLIENTS).split(".")[1] for oid in of_clients}
    assert columns == {"4"}, "of a client more than the name of its network was asked for"
    assert while_running == {}
    assert kinds_below(tmp_path) >= {"sqlite", "duckdb", "tar", "spool"}
    assert identities_below(tmp_path, people) == {}
    with tarfile.open(tmp_path / "backup.tar") as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    assert identities_below(tmp_path / "unpacked", people) == {}
    assert len(city.answers) > 40
    assert [path for path, body in city.answers.items() if identities_in(body, people)] == []
    assert len(caplog.text) > 1000
    assert identities_in(caplog.text.encode(), people) == set()


@needs_snmptrap
async def test_the_agents_do_tell_of_people_to_whoever_asks_for_their_tables(tmp_path: Path) -> None:
    controller, alone = ClientTables(aruba()), ClientTables(grandstream())
    async with datagrams(controller.answer) as first, datagrams(alone.answer) as second:
        for port, table in ((first, ARUBA_CLIENTS), (second, GRANDSTREAM_CLIENTS)):
            arguments = ("-v2c", "-c", "public", "-Cr25", "-OnQU", f"127.0.0.1:{port}", table)
            code, said = await net_snmp("snmpbulkwalk", tmp_path, *arguments)
            assert code == 0, said
            assert NETWORK in said
            for person in PEOPLE:
                assert person.ip in said
                assert person.user in said
                assert identities_in(said.encode()) >= {person.ip.encode(), person.user.encode()}


@pytest.mark.parametrize("spelling", [spelling for person in PEOPLE[:1] for spelling in person.spellings])
def test_the_search_finds_a_person_however_the_address_is_written(spelling: bytes) -> None:
    assert identities_in(b"\x00before " + spelling.upper() + b" after") or identities_in(spelling)
    assert identities_in(b"\xff" + spelling + b"\xff")


async def test_the_search_finds_a_person_in_each_kind_of_file(tmp_path: Path) -> None:
    person = PEOPLE[0]
    name, at = person.mac.hex(":"), datetime(2026, 11, 30, tzinfo=UTC)
    planted = [Reading(name, DeviceKind.RADIO, at, {Metric.CLIENTS: 1.0})]
    store = EmbeddedStore(tmp_path / "telemetry", lambda device: {})
    async with store:
        await store.write(planted)
        await store.keep(at + timedelta(days=2))
    async with Records("sqlite+aiosqlite:///records.sqlite", tmp_path) as records:
        entry = JournalEntry(at=ManualClock(at).now(), by="x", act="x", subject="x", text=person.user)
        await records.add_journal(entry)
    (tmp_path / "000.spool").write_bytes(encode(planted, 0))
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        tar.add(tmp_path / "records.sqlite", "records.sqlite")
    assert kinds_below(tmp_path) >= {"sqlite", "duckdb", "tar", "spool"}
    found = identities_below(tmp_path)
    assert {"records.sqlite", "000.spool", "backup.tar"} <= set(found)
    assert any(path.startswith("telemetry") for path in found)
