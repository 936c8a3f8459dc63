"""Citizens' reports: the list, and deleting what is over."""

from typing import Literal

from fastapi import APIRouter

from city.citizens import CitizenReportView, Purged
from city.messages import JournalEntry
from headend.core import Core
from headend.records import KeptReport, ReportState
from headend.records.citizens import OVER
from headend.routes.gate import Observer, Supervisor, TheCore

router = APIRouter(prefix="/citizen-reports")

ALL = frozenset(ReportState) - {ReportState.FORGOTTEN}
STATES = {"live": ALL - OVER, "over": OVER, "all": ALL}


@router.get("")
async def citizen_reports(
    core: TheCore, _: Observer, state: Literal["live", "over", "all"] = "live"
) -> list[CitizenReportView]:
    """What citizens reported, newest first."""
    return [report_view(core, report) for report in await core.citizens.reports(STATES[state])]


@router.post("/purge")
async def purge(core: TheCore, token: Supervisor) -> Purged:
    """Delete all that are over now."""
    deleted = await core.citizens.purge()
    entry = JournalEntry(
        at=core.clock.now(), by=token.name, act="purge", subject="citizen-reports", text=str(deleted)
    )
    await core.records.add_journal(entry)
    return Purged(deleted=deleted)


def report_view(core: Core, report: KeptReport) -> CitizenReportView:
    """A report as consoles see it."""
    nearest = core.inventory.lighting.light_points.get(report.suspects[0]) if report.suspects else None
    return CitizenReportView.model_validate(
        {
            "id": report.id,
            "state": report.state.value,
            "trouble": report.trouble.value,
            "light_points": report.suspects,
            "place": nearest.street if nearest else "",
            "latitude": report.position.latitude if report.position else None,
            "longitude": report.position.longitude if report.position else None,
            "incident": report.incident,
            "requested_at": report.requested_at,
            "updated_at": report.updated_at,
            "ended_at": report.ended_at,
            "detail": report.detail,
        }
    )
