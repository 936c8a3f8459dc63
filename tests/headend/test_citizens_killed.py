"""Killed with -9 just after the service has heard of a repair: it is told once all the same."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from city.clock import ManualClock
from city.incidents import State
from fake_devices.open311_desk import Open311Desk
from fake_devices.open311_moods import Moods
from fake_devices.open311_tickets import Ticket
from headend.records import KeptReport, Records, ReportState
from lighting.citizen_reports import Trouble
from tests.headend.desk_scene import DUSK, incident, repaired
from tests.headend.test_citizens_in_trouble import fixed_at

LAMPS = [f"08-{number}" for number in range(4)]
RECORDS = "sqlite+aiosqlite:///records.sqlite"
SERVICE = """
import asyncio, sys
from pathlib import Path
from city.clock import SimulatedClock
from city.settings import DeskSection
from drivers.open311 import Open311
from headend.citizens import Citizens
from headend.records import Records
from headend.snapshot import Snapshot
from lighting.inventory import Inventory
from tests.headend.desk_scene import DUSK, PLACE

async def look(point): pass

async def main(folder, url, key):
    clock = SimulatedClock.starting(DUSK, 3000.0)
    async with Records(sys.argv[4], Path(folder)) as records, Open311(url, key, "") as open311:
        settings = DeskSection(url=url)
        await Citizens(
            records, open311, clock, settings, Inventory(), Snapshot(), {}, lambda _: PLACE, look
        ).run()

asyncio.run(main(*sys.argv[1:4]))
"""


async def prepare(folder: Path, numbers: list[str]) -> None:
    """Records in which each report is attached to an incident that has just been repaired."""
    async with Records(RECORDS, folder) as records:
        for lamp, number in zip(LAMPS, numbers, strict=True):
            await records.save_incident(repaired(incident(lamp)))
            await records.citizens.add(
                KeptReport(
                    number, ReportState.ATTACHED, Trouble.DARK, (lamp,), DUSK, DUSK, DUSK,
                    named=lamp, incident=incident(lamp).id,
                )
            )  # fmt: skip


async def states(folder: Path) -> set[ReportState]:
    async with Records(RECORDS, folder) as records:
        return {report.state for report in await records.citizens.all()}


async def test_each_ticket_is_closed_once_however_often_the_head_end_is_killed(tmp_path: Path) -> None:
    assert repaired(incident()).state is State.CLOSED
    async with Open311Desk(ManualClock(DUSK)) as desk:
        desk.tickets += [
            Ticket(f"N-{lamp}", "eclairage-public", "éteinte", None, "", {}, DUSK) for lamp in LAMPS
        ]
        numbers = [ticket.id for ticket in desk.tickets]
        await prepare(tmp_path, numbers)
        desk.moods = Moods(311, 0.3)
        kills = 0
        while await states(tmp_path) != {ReportState.CLOSED}:
            told = fixed_at(desk)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", SERVICE, str(tmp_path), desk.url, desk.api_key, RECORDS
            )
            try:
                async with asyncio.timeout(60):
                    while fixed_at(desk) == told and sum(told) < len(LAMPS):
                        await asyncio.sleep(0.001)
                    if sum(told) == len(LAMPS):  # all is told: it may write that down in peace
                        while await states(tmp_path) != {ReportState.CLOSED}:
                            await asyncio.sleep(0.05)
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            kills += 1
        assert fixed_at(desk) == [1] * len(LAMPS)
        assert [len(ticket.updates) for ticket in desk.tickets] == [1] * len(LAMPS)
        assert kills > 1
