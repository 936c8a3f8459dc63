"""Access points that a controller lists and the inventory does not name: proposed, taken up, or ignored."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from city.clock import ManualClock
from city.measurements import DeviceKind, Metric
from city.messages import Role
from headend.service import HeadEnd
from tests.drivers.controller_peer import CiscoController, listening, mac
from tests.headend.recording import EVENING, until
from tests.headend.standing import Console, standing, write_city

PERIODS = 10
PROPOSALS = "/access-points/proposals"
ADOPT = f"{PROPOSALS}/{mac(2)}/adopt"
IGNORE = f"{PROPOSALS}/{mac(2)}/ignore"


@dataclass
class Town:
    """A head-end that polls a controller."""

    headend: HeadEnd
    console: Console
    controller: CiscoController
    clock: ManualClock
    port: int
    file: Path

    async def proposed(self, query: str = "") -> list[str]:
        return [each["name"] for each in await self.console.get(f"{PROPOSALS}{query}")]

    async def polled(self) -> None:
        """Let periods pass until the controller was read in one: a head-end that begins anew may miss the first."""
        at = self.clock.now()
        for _ in range(PERIODS):
            await self.clock.advance(60)
            with suppress(TimeoutError):
                await until(lambda: (latest := self.read_at()) is not None and latest > at, real_s=1.0)
                return
        raise AssertionError("the controller was not read")

    def read_at(self) -> Any:
        latest = self.headend.core.snapshot.latest(DeviceKind.SSID, "WLC-1/ville")
        return latest.at if latest else None

    def properties(self, name: str) -> dict[str, Any]:
        features = json.loads(self.file.read_text(encoding="utf-8"))["features"]
        found: dict[str, Any] = next(
            each["properties"] for each in features if each["properties"]["id"] == name
        )
        return found

    async def journal(self) -> list[tuple[str, str, str]]:
        acts = {"adopt", "ignore_access_point", "propose_access_point"}
        entries = await self.console.get("/journal")
        return [(each["act"], each["subject"], each["text"]) for each in entries if each["act"] in acts]


def with_controller(folder: Path, port: int, change: Callable[[dict[str, Any]], None]) -> Path:
    file = write_city(folder)
    inventory = folder / "inventory.geojson"
    document = json.loads(inventory.read_text(encoding="utf-8"))
    document["controllers"] = [{"id": "WLC-1", "host": "127.0.0.1", "port": port, "profile": "cisco-wlc"}]
    document["features"].append(
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [7.31, 47.73]},
            "properties": {
                "kind": "access-point", "id": "gare-1", "hotspot": "patinoire", "controller": "WLC-1",
                "clients_per_radio": 30,
            },
        }
    )  # fmt: skip
    change(document)
    inventory.write_text(json.dumps(document), encoding="utf-8")
    return file


def as_it_is(_: dict[str, Any]) -> None:
    """Change nothing."""


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    controller, clock = CiscoController(), ManualClock(EVENING)
    controller.list(1, "gare-1")
    controller.list(2, "gare-2", clients=5)
    controller.network(1, b"ville", 8)
    async with listening(controller) as port:
        file = with_controller(tmp_path, port, as_it_is)
        async with standing(file, clock) as (headend, console):
            here = Town(headend, console, controller, clock, port, tmp_path / "inventory.geojson")
            await here.polled()
            yield here


async def test_what_a_controller_lists_is_proposed_and_nothing_more(town: Town) -> None:
    (proposal,) = await town.console.get(PROPOSALS)
    assert proposal.pop("first_seen") <= town.clock.now().isoformat().replace("+00:00", "Z")
    assert proposal == {
        "id": mac(2), "name": "gare-2", "serial": "FCW0002", "model": "AIR-CAP3702I", "controller": "WLC-1",
        "up": True, "ignored": False,
    }  # fmt: skip
    assert {each["id"] for each in await town.console.get("/access-points")} == {"AP-1", "gare-1"}
    for each in await town.console.get("/incidents"):
        assert each["asset"] not in {mac(2), "gare-2"}
    assert town.headend.core.snapshot.value(DeviceKind.SSID, "WLC-1/ville", Metric.CLIENTS) == 8


async def test_the_summary_counts_what_is_proposed_and_not_what_is_ignored(town: Town) -> None:
    assert (await town.console.get("/summary"))["proposals"] == 1
    for method, proposed in (("POST", 0), ("DELETE", 1)):
        await town.console.ask(method, IGNORE)
        assert town.headend.core.proposals.count == proposed
        await town.headend.core.proposals.remember()
        assert town.headend.core.proposals.count == proposed, "as the records have it"


async def test_an_adopted_access_point_is_in_the_file_and_polled_by_itself(town: Town) -> None:
    before = town.headend.core
    status, answer = await town.console.ask("POST", ADOPT, {"hotspot": "patinoire", "id": "AP-GARE-2"})
    assert status == 200, answer
    assert answer == {
        "id": "AP-GARE-2", "hotspot": "patinoire", "controller": "WLC-1", "listed_as": mac(2),
        "latitude": 47.73, "longitude": 7.31, "clients_per_radio": answer["clients_per_radio"],
    }  # fmt: skip
    assert answer["clients_per_radio"] in {30, 40}, "as its neighbours"
    assert town.properties("AP-GARE-2") == {
        "kind": "access-point", "id": "AP-GARE-2", "hotspot": "patinoire", "controller": "WLC-1",
        "listed_as": mac(2), "clients_per_radio": answer["clients_per_radio"],
    }  # fmt: skip
    await until(lambda: town.headend.core is not before)
    assert await town.journal() == [("adopt", "AP-GARE-2", f"patinoire · WLC-1 · {mac(2)}")]
    await town.polled()
    await until(
        lambda: town.headend.core.snapshot.value(DeviceKind.ACCESS_POINT, "AP-GARE-2", Metric.CLIENTS) == 5
    )
    assert await town.proposed() == []


async def test_without_a_name_it_is_called_as_its_controller_does_and_may_hang_anywhere(town: Town) -> None:
    wanted = {"hotspot": "patinoire", "latitude": 47.75, "longitude": 7.34, "clients_per_radio": 12}
    status, answer = await town.console.ask("POST", ADOPT, wanted)
    assert (status, answer["id"], answer["listed_as"]) == (200, "gare-2", mac(2))
    document = json.loads(town.file.read_text(encoding="utf-8"))
    (feature,) = [each for each in document["features"] if each["properties"]["id"] == "gare-2"]
    assert feature["geometry"]["coordinates"] == [7.34, 47.75]
    assert feature["properties"]["clients_per_radio"] == 12


@pytest.mark.parametrize(
    ("path", "request_", "status", "told"),
    [
        (ADOPT, {"hotspot": "moon"}, 400, "hotspot: got 'moon', expected one of patinoire"),
        (ADOPT, {"hotspot": "patinoire", "id": "AP-1"}, 400, "id: got 'AP-1', which is another"),
        (ADOPT, {"hotspot": "patinoire", "id": "a\nb"}, 400, "id: got"),
        (ADOPT, {"hotspot": "patinoire", "latitude": 47.7}, 400, "position: latitude and longitude"),
        (ADOPT, {"hotspot": "patinoire", "clients_per_radio": 0}, 422, "clients_per_radio: got 0"),
        (f"{PROPOSALS}/{mac(1)}/adopt", {"hotspot": "patinoire"}, 404, "names it already"),
        (f"{PROPOSALS}/a/b/adopt", {"hotspot": "patinoire"}, 404, "access point a/b: no controller"),
    ],
)
async def test_what_cannot_be_adopted_is_refused_and_changes_nothing(
    town: Town, path: str, request_: dict[str, Any], status: int, told: str
) -> None:
    before = town.file.read_bytes()
    got, answer = await town.console.ask("POST", path, request_)
    assert (got, told in answer["error"]) == (status, True), answer
    assert town.file.read_bytes() == before
    assert await town.journal() == []


async def test_one_that_was_just_adopted_is_not_adopted_twice(town: Town) -> None:
    assert (await town.console.ask("POST", ADOPT, {"hotspot": "patinoire", "id": "A"}))[0] == 200
    status, answer = await town.console.ask("POST", ADOPT, {"hotspot": "patinoire", "id": "B"})
    assert status in {400, 404}, answer
    assert "already" in answer["error"]


async def test_what_is_ignored_stays_so_until_that_is_taken_back(town: Town) -> None:
    status, answer = await town.console.ask("POST", IGNORE)
    assert (status, answer["ignored"]) == (200, True)
    assert await town.proposed() == []
    assert await town.proposed("?ignored=true") == ["gare-2"]
    await town.polled()
    assert await town.proposed() == []
    http, headers = town.console.http, town.console.headers()
    async with http.delete(f"{town.console.url}/api{IGNORE}", headers=headers) as response:
        assert response.status == 204
    assert await town.proposed() == ["gare-2"]
    status, answer = await town.console.ask("DELETE", IGNORE)
    assert (status, answer["error"]) == (404, f"access point {mac(2)}: is not ignored")
    assert await town.journal() == [
        ("propose_access_point", mac(2), ""),
        ("ignore_access_point", mac(2), "gare-2"),
    ]


async def test_it_takes_a_supervisor_to_decide_and_an_observer_to_look(town: Town) -> None:
    observer = await town.headend.core.access.create(Role.OBSERVER, "écran")
    technician = await town.headend.core.access.create(Role.TECHNICIAN, "anne")
    assert (await town.console.ask("GET", PROPOSALS, token=observer))[0] == 200
    assert (await town.console.ask("POST", ADOPT, {"hotspot": "patinoire"}, token=technician))[0] == 403
    assert (await town.console.ask("POST", IGNORE, token=technician))[0] == 403
    assert (await town.console.ask("DELETE", IGNORE, token=technician))[0] == 403


async def test_when_it_was_first_seen_outlasts_a_change_of_the_inventory(town: Town) -> None:
    (proposal,) = await town.console.get(PROPOSALS)
    town.controller.list(3, "gare-3")
    await town.polled()
    before = town.headend.core
    status, answer = await town.console.ask("POST", f"{PROPOSALS}/{mac(3)}/adopt", {"hotspot": "patinoire"})
    assert status == 200, answer
    await until(lambda: town.headend.core is not before)
    await town.polled()
    assert await town.console.get(PROPOSALS) == [proposal]


async def test_a_controller_that_has_no_name_is_written_down_by_its_address(tmp_path: Path) -> None:
    controller, clock = CiscoController(), ManualClock(EVENING)
    controller.list(1, "gare-1")
    controller.list(2, "gare-2")
    async with listening(controller) as port:

        def nameless(document: dict[str, Any]) -> None:
            del document["controllers"]
            properties = document["features"][-1]["properties"]
            del properties["controller"]
            properties |= {"snmp": {"host": "127.0.0.1", "port": port}, "profile": "cisco-wlc"}

        async with standing(with_controller(tmp_path, port, nameless), clock) as (headend, console):
            here = Town(headend, console, controller, clock, port, tmp_path / "inventory.geojson")
            await clock.advance(60)
            await until(lambda: bool(headend.core.proposals._unlisted()))
            (proposal,) = await console.get(PROPOSALS)
            assert proposal["controller"] == f"127.0.0.1:{port}"
            status, answer = await console.ask("POST", ADOPT, {"hotspot": "patinoire"})
            assert status == 200, answer
            assert here.properties("gare-2")["snmp"] == {"host": "127.0.0.1", "port": port}
            assert here.properties("gare-2")["profile"] == "cisco-wlc"


async def test_a_controller_without_access_points_is_asked_for_them(tmp_path: Path) -> None:
    controller, clock = CiscoController(), ManualClock(EVENING)
    controller.list(1, "gare-1")
    async with listening(controller) as port:

        def empty(document: dict[str, Any]) -> None:
            del document["features"][-1]

        async with standing(with_controller(tmp_path, port, empty), clock) as (headend, console):
            await clock.advance(60)
            await until(lambda: bool(headend.core.proposals._unlisted()))
            assert [each["name"] for each in await console.get(PROPOSALS)] == ["gare-1"]
            controller.silent = True
            for _ in range(5):
                await clock.advance(60)
            assert [each for each in await console.get("/incidents") if each["asset"] == "WLC-1"] == []
