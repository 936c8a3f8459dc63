"""A citizen's ticket in which ours goes on comes back with its incident, and is left out of storms."""

from headend.records import ReportState, TicketState
from tests.headend.citizens_scene import citizenry, east, report
from tests.headend.desk_scene import back, in_state, incident, repaired, repaired_again, turn


async def test_an_adopted_ticket_is_opened_again_and_closed_again_with_its_incident() -> None:
    async with citizenry() as city, city.at_work():
        number = await report(city)
        await report(city)
        await city.reaches(ReportState.SUSPECTED, ReportState.SUSPECTED, step_s=300)
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        closed = repaired(incident())
        await city.is_over(closed)
        await city.reaches(ReportState.CLOSED, ReportState.CLOSED)
        again = back(closed)
        await city.stands(again)
        ours = await city.base.reaches(incident(), TicketState.OPEN)
        assert (ours.service_id, ours.adopted, ours.reopened) == (number, True, 1)
        theirs, other = city.base.service.tickets
        assert theirs.status == "open"
        await city.reaches(ReportState.ATTACHED, ReportState.CLOSED)
        await city.base.clock.advance(1200)  # read again: nobody of the staff has closed it
        await city.reaches(ReportState.ATTACHED, ReportState.CLOSED)
        await city.is_over(repaired_again(again))
        await city.reaches(ReportState.CLOSED, ReportState.CLOSED)
        await city.base.reaches(incident(), TicketState.CLOSED)
        told = ["investigating", "fixed", "reopen", "fixed"]
        assert [update.status for update in theirs.updates] == told
        assert [update.status for update in other.updates] == ["fixed"]
        assert (theirs.status, city.base.service.count) == ("closed", 2)


async def test_our_own_closing_is_not_taken_for_the_staffs_when_the_incident_comes_back() -> None:
    async with citizenry() as city, city.at_work():
        await report(city)
        await city.reaches(ReportState.SUSPECTED, step_s=300)
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        city.incidents[incident().id] = repaired(incident())
        await city.base.desk.closed(repaired(incident()))
        await city.base.reaches(incident(), TicketState.CLOSED)
        # It comes back before a round has seen the repair, and the service cannot be told.
        city.base.service.refuse_next(503, 503, "busy", times=1000)
        await city.stands(back(repaired(incident())))
        before = city.citizens._next_read_at
        await city.pass_until(lambda: city.citizens._next_read_at > before)
        await city.base.clock.advance(30)
        assert [ticket.status for ticket in city.base.service.tickets] == ["closed"]
        assert (await city.base.ticket(incident())).state is TicketState.REOPENING
        assert await city.states() == ["attached"]
        city.base.service.refuse_next(503, 503, "busy", times=0)
        await turn(city.base, in_state(city.base, TicketState.OPEN), 60)
        assert [ticket.status for ticket in city.base.service.tickets] == ["open"]
        assert await city.states() == ["attached"]


async def test_in_a_storm_what_citizens_reported_goes_on_in_their_tickets_and_not_in_the_summary() -> None:
    found = [incident(f"08-{1173 + n}") for n in range(30)]
    async with citizenry(*(100.0 * n for n in range(30))) as city:
        async with city.at_work():
            numbers = [await report(city, east(100.0 * n)) for n in range(2)]
            await city.reaches(ReportState.SUSPECTED, ReportState.SUSPECTED, step_s=300)
        for each in found:
            await city.stands(each)
        async with city.at_work():
            ours = [await city.base.reaches(each, TicketState.OPEN) for each in found[:2]]
            assert [(each.service_id, each.adopted) for each in ours] == [(each, True) for each in numbers]
            await city.pass_until(lambda: city.base.service.count == 3)
        summary = city.base.service.tickets[2]
        assert summary.description.startswith("Orage ou panne étendue : 28 causes, 28 points lumineux")
        for each in found[2:]:
            gathered = await city.base.ticket(each)
            assert (gathered.state, gathered.adopted) == (TicketState.GATHERED, False)
            assert gathered.service_id is None


async def test_what_citizens_report_during_a_storm_is_closed_with_its_cause() -> None:
    found = [incident(f"08-{1173 + n}") for n in range(30)]
    async with citizenry(*(100.0 * n for n in range(30))) as city:
        for each in found:
            await city.stands(each)
        async with city.at_work():
            await city.pass_until(lambda: city.base.service.count == 1)
            await report(city)
            await city.reaches(ReportState.ATTACHED, step_s=300)
            assert (await city.base.ticket(found[0])).state is TicketState.GATHERED
            await city.is_over(repaired(found[0]))
            await city.reaches(ReportState.CLOSED)
        assert [ticket.status for ticket in city.base.service.tickets] == ["open", "closed"]
