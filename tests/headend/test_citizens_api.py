"""Citizens' reports through a whole head-end: over the API and the command line, and nothing personal anywhere."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from city.clock import ManualClock
from city.messages import Role
from fake_devices.open311_desk import Open311Desk
from fake_devices.open311_tickets import Update
from headend.service import HeadEnd
from tests.end_to_end.commands import FALOTIER
from tests.headend.recording import EVENING, batch, lamp_dead, lamp_reading, until
from tests.headend.standing import Console, standing, write_city

PERSONAL = {
    "first_name": "Zulmee",
    "last_name": "Quetzalcoatl",
    "email": "zulmee.q@posteo.example",
    "phone": "+33-6-98-76-54-32",
    "account_id": "acct-778899",
    "device_id": "device-abcdef-99",
    "media_url": "https://photos.example/zulmee-devant-chez-elle.jpg",
    "address_string": "chez Zulmee, 99 impasse du Secret",
    "description": "Lampe éteinte devant chez moi, Zulmee Quetzalcoatl, 06 98 76 54 32, digicode 7413B",
    "attribute[fault]": "zulmee dit: éteinte",
    "attribute[pole_number]": "demandez Zulmee",
    "attribute[unit_number]": "06-98-76-54-32",
    "attribute[comment]": "Quetzalcoatl rappelle après 18 h",
}
TRACES = (
    "zulmee",
    "quetzalcoatl",
    "98-76",
    "98 76",
    "9876",
    "778899",
    "abcdef-99",
    "secret",
    "7413b",
    "18 h",
)


@dataclass
class Town:
    clock: ManualClock
    desk: Open311Desk
    headend: HeadEnd
    console: Console
    folder: Path

    async def report(self, **form: str) -> str:
        form = {
            "api_key": self.desk.api_key,
            "service_code": "eclairage-public",
            "lat": "47.75",
            "long": "7.34",
            "attribute[fault]": "autre",
            **form,
        }
        url = f"{self.desk.url}/requests.json"
        async with self.console.http.post(url, data=form) as answer:
            return str((await answer.json())[0]["service_request_id"])

    async def listed(self, state: str = "live") -> Any:
        return await self.console.get(f"/citizen-reports?state={state}")

    async def reaches(self, *states: str) -> list[Any]:
        async with asyncio.timeout(20):
            while True:
                found: list[Any] = await self.listed("all")
                if sorted(each["state"] for each in found) == sorted(states):
                    return found
                await self.clock.advance(60)
                await asyncio.sleep(0.02)

    def says(self, lamp: str, power: float) -> None:
        point = self.headend.inventory.lighting.light_points[lamp]
        programme = self.headend.core.conductor.holdings.lamp_wants(point)
        reading = lamp_reading(lamp, self.clock.now(), power=power, programme=programme)
        self.headend.core.ingest(batch(reading))

    async def falotier(self, *arguments: str) -> str:
        reach = ("--url", self.console.url, "--token-file", str(self.folder / "supervisor.token"))
        process = await asyncio.create_subprocess_exec(
            FALOTIER, "citizens", *reach, "--lang", "en", *arguments, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(30):
            said, _ = await process.communicate()
        assert process.returncode == 0
        return said.decode()


@contextlib.asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    clock = ManualClock(EVENING)
    async with Open311Desk(clock) as desk:
        file = write_city(folder, f'[desk]\nurl = "{desk.url}"\napi_key = "{desk.api_key}"\n')
        async with standing(file, clock) as (headend, console):
            yield Town(clock, desk, headend, console, folder)


def on_disk(folder: Path) -> str:
    """Every byte of every file of a head-end."""
    files = [file for file in folder.iterdir() if file.is_file()]
    assert any(file.name == "records.sqlite" for file in files)
    return "".join(file.read_bytes().decode("latin-1").lower() for file in files)


async def test_nothing_personal_reaches_the_records_the_log_or_the_api(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with town(tmp_path) as city:
        await city.report(**PERSONAL)
        await city.report(**PERSONAL, lat="47.80")
        answers = [str(await city.reaches("suspected", "unmatched")), str(await city.console.get("/journal"))]
        answers.append(await city.falotier())
        extended = f"{city.desk.url}/requests.json?extensions=true"
        async with aiohttp.ClientSession() as http, http.get(extended) as given:
            there = (await given.text()).lower()
        kept = on_disk(tmp_path)  # the journal of SQLite's changes included
    kept += on_disk(tmp_path)
    assert "suspected" in kept
    for trace in TRACES:
        assert trace in there or trace == "9876", "the service itself gives it away"
        assert trace not in kept
        assert trace not in caplog.text.lower()
        assert trace not in "".join(answers).lower()


async def test_reports_are_listed_followed_and_purged_over_the_api(tmp_path: Path) -> None:
    async with town(tmp_path) as city:
        number = await city.report(description="éteinte", **{"attribute[pole_number]": "L2"})
        [found] = await city.reaches("suspected")
        assert (found["id"], found["trouble"], found["light_points"]) == (number, "dark", ["L2"])
        assert (found["place"], found["latitude"]) == ("rue Mercière", None)
        dead = lamp_dead("L2")
        city.headend.core.watch._changed([dead])
        [found] = await city.reaches("attached")
        assert found["incident"] == dead.id
        async with asyncio.timeout(20):
            while not ((await city.console.get("/incidents"))[0]["ticket"] or {}).get("service_id"):
                await asyncio.sleep(0.02)
        [incident] = await city.console.get("/incidents")
        assert (incident["ticket"]["service_id"], city.desk.count) == (number, 1)
        [theirs] = city.desk.tickets
        theirs.take(Update("clerk", theirs.id, "closed", city.clock.now(), "vu"))
        await city.reaches("closed_there")
        assert await city.listed() == []
        observer = await city.headend.core.access.create(Role.OBSERVER, "Léa")
        status, _ = await city.console.ask("POST", "/citizen-reports/purge", token=observer)
        assert status == 403
        status, body = await city.console.ask("POST", "/citizen-reports/purge")
        assert (status, body) == (200, {"deleted": 1})
        assert await city.listed("all") == []
        [entry] = [each for each in await city.console.get("/journal") if each["act"] == "purge"]
        assert (entry["by"], entry["subject"], entry["text"]) == ("supervisor", "citizen-reports", "1")


async def test_a_suspected_lamp_and_its_cabinet_are_asked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    async with town(tmp_path) as city:
        core = city.headend.core

        async def send_report(point: Any, order: str) -> None:
            assert order.startswith("q-")
            asked.append(point.id)

        monkeypatch.setattr(core.link, "send_report", send_report)
        monkeypatch.setattr(city.headend._polling[0], "soon", asked.append)
        await city.report(description="éteinte", **{"attribute[pole_number]": "L2"})
        await city.reaches("suspected")
        await until(lambda: len(asked) > 1)
        assert asked[:2] == ["A-001", "L2"]
        await city.clock.advance(1)
        city.says("L2", 59.0)
        [found] = await city.reaches("nothing_seen")
        assert found["detail"]


async def test_the_command_line_lists_and_purges(tmp_path: Path) -> None:
    async with town(tmp_path) as city:
        assert await city.falotier() == "No citizens' reports.\n"
        number = await city.report(description="éteinte", **{"attribute[pole_number]": "L2"})
        await city.reaches("suspected")
        line = await city.falotier()
        assert line.startswith(number)
        assert "suspected" in line
        assert "L2  rue Mercière" in line
        assert '"state": "suspected"' in await city.falotier("--json", "--state", "all")
        assert await city.falotier("--state", "over") == "No citizens' reports.\n"
        assert await city.falotier("purge") == "0 citizens' reports deleted\n"


async def test_a_pole_reported_by_a_citizen_and_found_dead_by_telemetry_is_one_ticket_to_its_end(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as city:
        number = await city.report(description="éteinte", **{"attribute[pole_number]": "L2"})
        await city.reaches("suspected")
        [theirs] = city.desk.tickets

        async def burns_until(power: float, last: str) -> None:
            async with asyncio.timeout(30):
                while not theirs.updates or theirs.updates[-1].status != last:
                    for lamp, watts in (("L1", 59.0), ("L2", power), ("L3", 59.0)):
                        city.says(lamp, watts)
                    await city.clock.advance(300)
                    await asyncio.sleep(0.05)

        await burns_until(0.4, "investigating")
        [incident] = [each for each in await city.console.get("/incidents") if each["asset"] == "L2"]
        assert (incident["cause"], incident["state"]) == ("lamp_dead", "open")
        await burns_until(59.0, "fixed")
        [report] = await city.reaches("closed")
        assert (report["id"], report["incident"]) == (number, incident["id"])
        assert [update.status for update in theirs.updates] == ["investigating", "fixed"]
        assert (theirs.status, city.desk.count) == ("closed", 1)


async def test_a_service_that_cannot_be_read_has_its_tickets_and_no_citizens_reports(tmp_path: Path) -> None:
    file = write_city(tmp_path, '[desk]\nkind = "file"\n')
    feed = tmp_path / "allo-proximite" / "requests.json"
    async with standing(file, ManualClock(EVENING)) as (headend, console):
        headend.core.watch._changed([lamp_dead("L2")])
        await until(lambda: feed.exists() and lamp_dead("L2").id in feed.read_text(encoding="utf-8"))
        assert await console.get("/citizen-reports?state=all") == []
