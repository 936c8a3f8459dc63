"""A head-end that runs over files in a folder, with nothing outside that answers, and a console's way to it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from city.clock import Clock
from city.settings import load_settings
from headend.service import HeadEnd
from lighting.inventory import Inventory
from tests.headend.small_city import LED_60, small_inventory


def free_port() -> int:
    """A port on which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_city(folder: Path, extra: str = "", inventory: Inventory | None = None) -> Path:
    """Write city.toml and its inventory; every port in it is dead."""
    dead = free_port()
    city = inventory or small_inventory()
    features: list[dict[str, Any]] = [
        {
            "kind": "cabinet", "id": each.id, "sector": each.sector, "street": each.street, "profile": each.profile,
            "modbus": {"host": "127.0.0.1", "port": dead, "unit": 1},
            "circuits": [{"number": circuit.number, "feed": circuit.feed} for circuit in each.circuits],
        }
        for each in city.cabinets.values()
    ]  # fmt: skip
    features += [
        {
            "kind": "light-point", "id": each.id, "sector": each.sector, "quarter": each.quarter,
            "street": each.street, "cabinet": each.cabinet, "circuit": each.circuit, "phase": each.phase,
            "lamp_type": each.lamp_type.id, "gateway": each.gateway,
        }
        for each in city.light_points.values()
    ]  # fmt: skip
    features += [
        {
            "kind": "access-point", "id": "AP-1", "hotspot": "patinoire", "profile": "falotier-ap",
            "snmp": {"host": "127.0.0.1", "port": dead}, "clients_per_radio": 40,
        },
        {"kind": "fountain", "id": "F-1"},
    ]  # fmt: skip
    spot = {"id": "patinoire", "name": "Patinoire", "sector": "West", "watched": True}
    document = {
        "type": "FeatureCollection",
        "lamp_types": [
            {
                "id": LED_60.id, "nominal_w": LED_60.nominal_w, "power_at_min_w": LED_60.power_at_min_w,
                "min_level_pct": LED_60.min_level_pct, "standby_w": LED_60.standby_w, "warm_up_s": LED_60.warm_up_s,
            }
        ],
        "hotspots": [{**spot, "longitude": 7.31, "latitude": 47.73}],
        "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [7.34, 47.75]}, "properties": properties}
            for properties in features
        ],
    }  # fmt: skip
    (folder / "inventory.geojson").write_text(json.dumps(document), encoding="utf-8")
    settings = f"[mqtt]\nport = {dead}\n[modbus]\ntimeout_s = 0.1\n[snmp]\ntimeout_s = 0.1\n"
    api = "" if "[api]" in extra else "[api]\nport = 0\n"
    desk = "" if "[desk]" in extra else f'[desk]\nurl = "http://127.0.0.1:{dead}/open311"\n'
    file = folder / "city.toml"
    file.write_text(settings + api + desk + extra, encoding="utf-8")
    return file


class Console:
    """A console's way to the API."""

    def __init__(self, url: str, http: aiohttp.ClientSession, token: str) -> None:
        self.url = url
        self.http = http
        self.token = token

    def headers(self, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.token}"}

    async def ask(
        self, method: str, path: str, body: object = None, token: str | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        async with self.http.request(
            method, f"{self.url}/api{path}", json=body, headers=self.headers(token)
        ) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> Any:
        status, body = await self.ask("GET", path)
        assert status == 200, body
        return body


@asynccontextmanager
async def standing(file: Path, clock: Clock) -> AsyncIterator[tuple[HeadEnd, Console]]:
    """A head-end that runs for as long as the block, and a console with the first supervisor's token."""
    headend = HeadEnd(load_settings(file), clock)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as http:
        running = tasks.create_task(headend.run(ready.set_result))
        async with asyncio.timeout(20):
            url = await ready
        token = (file.parent / "supervisor.token").read_text().strip()
        try:
            yield headend, Console(url, http, token)
        finally:
            headend.stop()
            await asyncio.wait([running], timeout=20)
