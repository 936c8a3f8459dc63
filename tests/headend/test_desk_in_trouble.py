"""One ticket and no more, whatever happens on the way to Allô Proximité."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from city.desks import Report
from headend.records import TicketState
from headend.ticket_changes import LONGEST_DELAY_S
from tests.headend.desk_scene import (
    DUSK,
    HOUR_S,
    PLACE,
    attempted,
    in_state,
    incident,
    repaired,
    scene,
    turn,
    until,
)


async def test_an_answer_that_is_lost_does_not_double_the_ticket() -> None:
    async with scene() as city, city.at_work():
        city.service.drop_answer_once()
        await city.desk.opened(incident(), PLACE)
        await turn(city, in_state(city, TicketState.OPEN), 1)
        assert city.service.count == 1
        assert (await city.ticket(incident())).service_id == city.service.tickets[0].id


async def test_an_incident_that_ends_while_nobody_knows_whether_it_was_taken_is_closed_there() -> None:
    async with scene() as city, city.at_work():
        city.service.drop_answer_once()
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.POSTING)

        async def noticed() -> bool:
            return (await city.ticket(incident())).attempts == 1

        await until(noticed)
        await city.desk.closed(repaired(incident()))
        await turn(city, in_state(city, TicketState.CLOSED), 1)
        [theirs] = city.service.tickets
        assert theirs.status == "closed"


@pytest.mark.parametrize("reached_the_service", [True, False])
async def test_after_a_crash_between_sending_and_writing_down_there_is_one_ticket(
    *, reached_the_service: bool
) -> None:
    async with scene() as city:
        await city.desk.opened(incident(), PLACE)
        await city.records.tickets.change(
            incident().id, lambda t: replace(t, state=TicketState.POSTING, posted_at=DUSK)
        )
        if reached_the_service:
            report = Report(incident().id, "eclairage-public", PLACE.position, "", "…", {"fault": "x"})
            await city.open311.post(report)
        city.another_desk()
        async with city.at_work():
            await city.reaches(incident(), TicketState.OPEN)
        assert city.service.count == 1


async def test_an_end_is_kept_with_its_ticket_so_a_crash_right_after_it_loses_nothing() -> None:
    async with scene() as city:
        async with city.at_work():
            await city.desk.opened(incident(), PLACE)
            await city.reaches(incident(), TicketState.OPEN)
        await city.desk.closed(repaired(incident()))
        city.another_desk()
        async with city.at_work():
            await city.reaches(incident(), TicketState.CLOSED)
        assert city.service.tickets[0].status == "closed"


async def test_a_lost_answer_to_the_repair_closes_the_ticket_once() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        city.service.drop_answer_once()
        await city.desk.closed(repaired(incident()))
        await turn(city, in_state(city, TicketState.CLOSED), 1)
        assert len(city.service.tickets[0].updates) == 1


async def test_a_service_that_is_down_for_a_while_gets_its_tickets_later_and_is_not_hammered() -> None:
    async with scene() as city, city.at_work():
        city.service.away = True
        await city.desk.opened(incident(), PLACE)
        await turn(city, attempted(city, 8), 60)
        down = city.desk.connection
        assert not down.up
        assert "cannot be reached" in down.detail
        ticket = await city.ticket(incident())
        assert ticket.due_at - city.clock.now() <= timedelta(seconds=LONGEST_DELAY_S)
        city.service.away = False
        await turn(city, in_state(city, TicketState.OPEN), 60)
        assert city.service.count == 1
        assert city.desk.connection.up
        assert (await city.ticket(incident())).attempts == 0


async def test_a_service_that_is_down_when_a_lamp_is_repaired_hears_of_it_later() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        city.service.away = True
        await city.desk.closed(repaired(incident()))
        await turn(city, attempted(city, 5), 5)
        assert city.clock.now() - DUSK >= timedelta(seconds=5 + 10 + 20 + 40)  # each delay doubles
        city.service.away = False
        await turn(city, in_state(city, TicketState.CLOSED), 60)
        [theirs] = city.service.tickets
        assert [update.status for update in theirs.updates] == ["fixed"]


async def test_crm_is_down_passes() -> None:
    async with scene() as city, city.at_work():
        city.service.refuse_next(400, 400, "CRM is down", times=2)
        await city.desk.opened(incident(), PLACE)
        await turn(city, in_state(city, TicketState.OPEN), 1)
        assert city.service.count == 1


async def test_a_refused_report_waits_for_a_person_who_sends_it_again() -> None:
    async with scene() as city, city.at_work():
        city.service.refuse_next(400, 400, "description is missing")
        await city.desk.opened(incident(), PLACE)
        failed = await city.reaches(incident(), TicketState.FAILED)
        assert "description is missing" in failed.detail
        assert city.desk.connection.up
        assert city.desk.connection.refused == 1
        await city.desk.send(incident().id)
        await city.reaches(incident(), TicketState.OPEN)
        assert city.service.count == 1


async def test_a_refused_ticket_whose_incident_ends_is_closed_without_a_word() -> None:
    async with scene() as city, city.at_work():
        city.service.refuse_next(400, 400, "description is missing")
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.FAILED)
        await city.desk.closed(repaired(incident()))
        await city.reaches(incident(), TicketState.CLOSED)
        assert city.service.count == 0


async def test_a_wrong_key_stops_the_desk_until_a_person_sends_again() -> None:
    others = [incident(f"08-{n}") for n in range(5)]
    async with scene() as city, city.at_work():
        city.service.refuse_next(403, 403, "api_key is wrong", times=1000)
        await city.desk.opened(incident(), PLACE)

        async def stopped() -> bool:
            return city.desk.connection.refused == 1

        await until(stopped)
        for other in others:
            await city.desk.opened(other, PLACE)
        await city.clock.advance(HOUR_S)
        await asyncio.sleep(0.05)
        assert city.desk.connection.refused == 1
        assert not city.desk.connection.up
        assert "api_key is wrong" in city.desk.connection.detail
        city.service.refuse_next(403, 403, "", times=0)
        await city.desk.send(incident().id)
        for each in (incident(), *others):
            await city.reaches(each, TicketState.OPEN)
        assert city.service.count == 6


async def test_no_more_new_tickets_go_out_in_an_hour_than_allowed() -> None:
    several = [incident(f"08-{n}") for n in range(5)]
    async with scene() as city:
        city.another_desk(hourly_cap=2, storm_after=0)
        async with city.at_work():
            for each in several:
                await city.desk.opened(each, PLACE)

            async def sent(number: int) -> bool:
                return city.service.count == number

            await until(lambda: sent(2))
            await city.clock.advance(HOUR_S - 60)

            async def held() -> bool:
                return sum("2 tickets an hour" in each.detail for each in await city.desk.tickets()) == 3

            await until(held)
            assert city.service.count == 2
            await turn(city, lambda: sent(4), 60)
            await city.clock.advance(HOUR_S)
            await until(lambda: sent(5))


async def test_one_ticket_that_keeps_failing_does_not_hold_up_the_others() -> None:
    async with scene() as city, city.at_work():
        city.service.refuse_next(503, 503, "busy", times=1)
        await city.desk.opened(incident(), PLACE)
        await city.clock.advance(1)
        await city.desk.opened(incident("08-2"), PLACE)
        await city.reaches(incident("08-2"), TicketState.OPEN)
