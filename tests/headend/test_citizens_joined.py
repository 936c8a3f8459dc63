"""A person joins a citizen's report to an incident, or parts them; what follows is as if words had decided."""

from pathlib import Path

import pytest

from city.errors import BadInput
from city.incidents import Cause, Incident
from city.messages import Role
from headend.citizen_joining import NEAR_M
from headend.records import ReportState, TicketState
from headend.unknown import Unknown
from tests.headend.citizens_scene import HERE, Citizenry, citizenry, east, report
from tests.headend.desk_scene import incident, repaired
from tests.headend.recording import lamp_dead
from tests.headend.test_citizens_api import town


async def near(city: Citizenry, of: Incident) -> list[tuple[str, float | None, bool]]:
    found = await city.citizens.joining.near(of, HERE)
    return [(each.report.id, each.distance_m and round(each.distance_m), each.joined) for each in found]


async def test_those_within_reach_are_listed_the_nearest_first_and_the_joined_before_all() -> None:
    async with citizenry() as city, city.at_work():
        far, nearer, close = [await report(city, east(metres)) for metres in (120, 90, 60)]
        await report(city, east(NEAR_M + 20))
        await city.reaches(*[ReportState.UNMATCHED] * 4)
        await city.stands(incident())
        assert await near(city, incident()) == [(close, 60, False), (nearer, 90, False), (far, 120, False)]
        await city.citizens.joining.join(far, incident())
        assert (await near(city, incident()))[0] == (far, 120, True)


async def test_a_report_that_a_person_joined_ends_with_the_repair() -> None:
    async with citizenry() as city, city.at_work():
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        number = await report(city, east(100))
        await city.reaches(ReportState.UNMATCHED)
        await city.citizens.joining.join(number, incident())
        await city.citizens.joining.join(number, incident())
        [kept] = await city.reaches(ReportState.ATTACHED)
        assert (kept.incident, kept.ended_at) == (incident().id, None)
        await city.is_over(repaired(incident()))
        await city.reaches(ReportState.CLOSED)
        [theirs] = [each for each in city.base.service.tickets if each.id == number]
        assert [update.status for update in theirs.updates] == ["fixed"]


async def test_a_report_that_a_person_parted_stays_parted_and_open_for_people() -> None:
    async with citizenry() as city, city.at_work():
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        number = await report(city, east(5))
        await city.reaches(ReportState.ATTACHED)
        await city.citizens.joining.part(number, incident())
        await city.base.clock.advance(120)
        [kept] = await city.reaches(ReportState.UNMATCHED)
        assert (kept.incident, incident().id in kept.detail) == (None, True)
        await city.is_over(repaired(incident()))
        await city.base.reaches(incident(), TicketState.CLOSED)
        [theirs] = [each for each in city.base.service.tickets if each.id == number]
        assert (theirs.status, theirs.updates) == ("open", [])


async def test_what_cannot_be_joined_or_parted_is_said() -> None:
    async with citizenry(0.0, 1000.0) as city, city.at_work():
        joining = city.citizens.joining
        other = incident("08-1174")
        await city.stands(incident())
        await city.stands(other)
        await city.base.reaches(incident(), TicketState.OPEN)
        number = await report(city, east(5))
        await city.reaches(ReportState.ATTACHED)
        with pytest.raises(BadInput, match=f"attached to {incident().id}: it cannot be joined"):
            await joining.join(number, other)
        with pytest.raises(BadInput, match="is not joined to"):
            await joining.part(number, other)
        with pytest.raises(Unknown, match="none of that number"):
            await joining.join("nowhere", other)
        wifi = incident("AP-1", Cause.AP_DOWN)
        with pytest.raises(BadInput, match="Wi-Fi"):
            await joining.join(number, wifi)
        assert await near(city, wifi) == []
        [kept] = await city.kept()
        assert (kept.state, kept.incident) == (ReportState.ATTACHED, incident().id)


async def test_a_report_in_which_our_own_ticket_goes_on_cannot_be_parted() -> None:
    async with citizenry() as city, city.at_work():
        number = await report(city, east(5))
        await city.reaches(ReportState.SUSPECTED)
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        assert (await city.base.ticket(incident())).service_id == number
        with pytest.raises(BadInput, match="own ticket goes on in it"):
            await city.citizens.joining.part(number, incident())


async def test_over_the_api_technicians_join_and_part_and_the_journal_knows(tmp_path: Path) -> None:
    async with town(tmp_path) as city:
        anne = await city.headend.core.access.create(Role.TECHNICIAN, "anne")
        observer = await city.headend.core.access.create(Role.OBSERVER, "écran")
        dead = lamp_dead("L2")
        city.headend.core.watch._changed([dead])
        number = await city.report(lat="47.7508", description="éteinte")
        await city.reaches("unmatched")
        path = f"/incidents/{dead.id}/citizen-reports"
        [found] = await city.console.get(path)
        assert (found["report"]["id"], found["joined"], round(found["distance_m"])) == (number, False, 89)
        assert (await city.console.ask("POST", f"{path}/{number}", token=observer))[0] == 403
        status, [found] = await city.console.ask("POST", f"{path}/{number}", token=anne)
        assert (status, found["joined"], found["report"]["incident"]) == (200, True, dead.id)
        status, [found] = await city.console.ask("DELETE", f"{path}/{number}", token=anne)
        assert (status, found["joined"], found["report"]["state"]) == (200, False, "unmatched")
        acts = [(e["act"], e["by"], e["subject"], e["text"]) for e in await city.console.get("/journal")]
        assert acts[:2] == [("part", "anne", dead.id, number), ("join", "anne", dead.id, number)]
        assert (await city.console.ask("GET", "/incidents/i-none/citizen-reports"))[0] == 404
