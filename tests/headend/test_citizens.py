"""What citizens report is merged with what telemetry finds, and ends with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from city.incidents import Cause
from city.places import Position
from fake_devices.open311_tickets import Update
from headend.citizen_looking import BURNS, NO_ANSWER
from headend.citizens import CLOSED_BY_STAFF
from headend.records import ReportState, TicketState
from headend.ticket_filing import LEFT_TO_STAFF
from tests.headend.citizens_scene import LAMP, citizenry, east, report
from tests.headend.desk_scene import DUSK, incident, repaired


@pytest.mark.parametrize("pole", ["08-1173", "08 1173", "081173", "8-1173", "n° 08/1173"])
async def test_a_report_with_the_pole_number_is_merged_and_closed_with_ours(pole: str) -> None:
    async with citizenry() as city, city.at_work():
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        far_away = east(2000)
        number = await report(city, far_away, **{"attribute[pole_number]": pole})
        [kept] = await city.reaches(ReportState.ATTACHED)
        assert (kept.id, kept.incident, kept.position) == (number, incident().id, None)
        assert city.looks == []
        await city.is_over(repaired(incident()))
        await city.reaches(ReportState.CLOSED)
        await city.base.reaches(incident(), TicketState.CLOSED)
        ours, theirs = city.base.service.tickets
        assert [ticket.status for ticket in (ours, theirs)] == ["closed", "closed"]
        [update] = theirs.updates
        assert (update.status, update.at) == ("fixed", DUSK + timedelta(hours=2))
        assert "Puissance avant : 0,4 W, après : 33,8 W." in update.description


async def test_a_pole_number_in_the_text_is_found() -> None:
    async with citizenry() as city, city.at_work():
        await city.stands(incident())
        await report(city, east(2000), "Bonjour, le candélabre 08-1173 ne s'allume plus. 0612345678")
        [kept] = await city.reaches(ReportState.ATTACHED)
        assert kept.named == LAMP


@pytest.mark.parametrize(
    ("metres", "text", "cause", "state"),
    [
        (20, "lampe éteinte", Cause.LAMP_DEAD, ReportState.ATTACHED),
        (20, "Ça clignote", Cause.CYCLING, ReportState.ATTACHED),
        (20, "allumée en plein jour", Cause.DAY_BURNER, ReportState.ATTACHED),
        (20, "allumée en plein jour", Cause.LAMP_DEAD, ReportState.SUSPECTED),
        (20, "lampe éteinte", Cause.DAY_BURNER, ReportState.SUSPECTED),
        (40, "lampe éteinte", Cause.LAMP_DEAD, ReportState.UNMATCHED),
        (80, "lampe éteinte", Cause.LAMP_DEAD, ReportState.UNMATCHED),
    ],
)
async def test_distance_and_kind_decide_where_no_pole_is_named(
    metres: float, text: str, cause: Cause, state: ReportState
) -> None:
    async with citizenry() as city, city.at_work():
        await city.stands(incident(cause=cause))
        await report(city, east(metres), text)
        [kept] = await city.reaches(state)
        assert kept.suspects == ((LAMP,) if metres <= 50 else ())
        assert kept.position is not None


async def test_a_breaker_that_takes_the_lamp_is_the_lamps_incident() -> None:
    tripped = replace(incident("A-001/1", Cause.BREAKER_TRIP), suppressed=("08-9", LAMP))
    async with citizenry() as city, city.at_work():
        await city.stands(tripped)
        await report(city, east(10))
        [kept] = await city.reaches(ReportState.ATTACHED)
        assert kept.incident == tripped.id


async def test_a_report_on_a_healthy_lamp_is_looked_into_at_once_and_ends_as_nothing_seen() -> None:
    async with citizenry() as city, city.at_work():
        number = await report(city, east(5))
        await city.pass_until(lambda: city.looks == [LAMP], step_s=300)
        city.says(LAMP, 100, 59.0)
        [kept] = await city.reaches(ReportState.NOTHING_SEEN)
        assert (kept.id, kept.detail) == (number, BURNS)
        await city.base.clock.advance(7200)
        [theirs] = city.base.service.tickets
        assert (theirs.status, theirs.updates) == ("open", [])
        assert city.looks == [LAMP]


async def test_what_was_measured_before_the_look_disproves_nothing() -> None:
    async with citizenry() as city:
        city.says(LAMP, 100, 59.0)
        await city.base.clock.advance(5)
        async with city.at_work():
            await report(city)
            await city.pass_until(lambda: city.looks == [LAMP], step_s=300)
            await city.base.clock.advance(600)
            await city.reaches(ReportState.SUSPECTED)
            city.says(LAMP, 100, 1.0)  # dark: that proves the citizen right
            await city.base.clock.advance(600)
            await city.reaches(ReportState.SUSPECTED)
            [kept] = await city.reaches(ReportState.NOTHING_SEEN, step_s=3600)
            assert kept.detail == NO_ANSWER


async def test_a_lamp_that_cannot_be_asked_now_is_asked_as_soon_as_it_can() -> None:
    async with citizenry() as city, city.at_work():
        city.link_is_away = True
        await report(city)
        await city.reaches(ReportState.SUSPECTED, step_s=300)
        await city.base.clock.advance(600)
        assert city.looks == []
        city.link_is_away = False
        await city.pass_until(lambda: city.looks == [LAMP])


async def test_an_incident_found_second_goes_on_in_the_citizens_ticket() -> None:
    async with citizenry() as city, city.at_work():
        number = await report(city, east(12))
        await city.reaches(ReportState.SUSPECTED, step_s=300)
        await city.stands(incident())
        ours = await city.base.reaches(incident(), TicketState.OPEN)
        [theirs] = city.base.service.tickets
        assert ours.service_id == theirs.id == number
        assert ours.adopted
        assert [update.status for update in theirs.updates] == ["investigating"]
        assert "Puissance mesurée : 0,4 W" in theirs.updates[0].description
        await city.is_over(repaired(incident()))
        await city.base.reaches(incident(), TicketState.CLOSED)
        await city.reaches(ReportState.CLOSED)
        assert [update.status for update in theirs.updates] == ["investigating", "fixed"]
        assert (theirs.status, city.base.service.count) == ("closed", 1)


async def test_of_two_reports_the_first_is_adopted_and_both_are_closed() -> None:
    async with citizenry() as city, city.at_work():
        first = await report(city)
        await city.base.clock.advance(60)
        await report(city)
        await city.reaches(ReportState.SUSPECTED, ReportState.SUSPECTED, step_s=300)
        await city.stands(incident())
        assert (await city.base.reaches(incident(), TicketState.OPEN)).service_id == first
        await city.is_over(repaired(incident()))
        await city.reaches(ReportState.CLOSED, ReportState.CLOSED)
        assert [ticket.status for ticket in city.base.service.tickets] == ["closed", "closed"]
        assert [ticket.updates[-1].status for ticket in city.base.service.tickets] == ["fixed", "fixed"]


@pytest.mark.parametrize("adopted", [True, False])
async def test_what_a_person_dismisses_stays_open_at_the_citizens(*, adopted: bool) -> None:
    async with citizenry() as city, city.at_work():
        if not adopted:
            await city.stands(incident())
            await city.base.reaches(incident(), TicketState.OPEN)
        number = await report(city)
        await city.reaches(ReportState.SUSPECTED if adopted else ReportState.ATTACHED, step_s=300)
        await city.stands(incident())
        assert (await city.base.reaches(incident(), TicketState.OPEN)).adopted is adopted
        await city.reaches(ReportState.ATTACHED)
        await city.is_over(incident().dismissed(DUSK, "essai"))
        await city.base.reaches(incident(), TicketState.CLOSED)
        [kept] = await city.reaches(ReportState.LEFT)
        assert "service's staff" in kept.detail
        [theirs] = [ticket for ticket in city.base.service.tickets if ticket.id == number]
        assert theirs.status == "open"
        assert (await city.base.ticket(incident())).detail == (LEFT_TO_STAFF if adopted else "")


async def test_staff_who_close_a_citizens_ticket_are_believed_and_the_incident_stands() -> None:
    async with citizenry() as city, city.at_work():
        await report(city)
        await city.reaches(ReportState.SUSPECTED, step_s=300)
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        [theirs] = city.base.service.tickets
        theirs.take(Update("clerk-1", theirs.id, "closed", city.base.clock.now(), "vu"))
        await city.reaches(ReportState.CLOSED_THERE, step_s=300)
        ours = await city.base.ticket(incident())
        assert (ours.state, ours.detail) == (TicketState.OPEN, CLOSED_BY_STAFF)


async def test_news_older_than_what_is_known_change_nothing_and_newer_ones_reopen() -> None:
    async with citizenry() as city, city.at_work():
        await report(city)
        [known] = await city.reaches(ReportState.SUSPECTED, step_s=300)
        [theirs] = city.base.service.tickets
        later = known.requested_at + timedelta(hours=1)
        theirs.take(Update("clerk-1", theirs.id, "planned", later, "vu"))
        await city.base.clock.advance(600)

        async def read_on() -> None:
            before = city.citizens._next_read_at
            await city.pass_until(lambda: city.citizens._next_read_at > before, step_s=300)

        await read_on()
        theirs.status, theirs.closed_at = "closed", later - timedelta(minutes=30)
        await read_on()
        await read_on()
        await city.reaches(ReportState.SUSPECTED)
        theirs.closed_at = later + timedelta(minutes=1)
        await city.reaches(ReportState.CLOSED_THERE, step_s=300)
        theirs.take(Update("clerk-2", theirs.id, "reopen", later + timedelta(hours=2), "revu"))
        await city.reaches(ReportState.SUSPECTED, step_s=300)


async def test_our_own_tickets_and_other_services_are_no_citizens_reports() -> None:
    async with citizenry() as city, city.at_work():
        await city.stands(incident())
        await city.base.reaches(incident(), TicketState.OPEN)
        await report(city, service_code="voirie")
        await report(city, Position(0, 0))
        await city.reaches(ReportState.UNMATCHED, step_s=300)
        await city.base.clock.advance(900)
        assert len(await city.kept()) == 1
