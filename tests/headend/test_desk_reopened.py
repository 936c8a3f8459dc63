"""What comes back within days of its repair is the same ticket at Allô Proximité, open again."""

from dataclasses import replace

from city.incidents import State
from headend.records import TicketState
from tests.headend.desk_scene import (
    DUSK,
    PLACE,
    attempted,
    back,
    in_state,
    incident,
    repaired,
    repaired_again,
    scene,
    turn,
    until,
)


async def test_the_same_ticket_is_opened_again_and_closed_again_under_ids_of_their_own() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        first = await city.reaches(incident(), TicketState.OPEN)
        closed = repaired(incident())
        for number in (1, 2):
            await city.desk.closed(closed)
            await city.reaches(incident(), TicketState.CLOSED)
            again = back(closed, days=number)
            await city.desk.opened(again, PLACE)
            ticket = await city.reaches(incident(), TicketState.OPEN)
            assert (ticket.service_id, ticket.reopened, ticket.closed_at) == (first.service_id, number, None)
            closed = repaired_again(again)
        await city.desk.closed(closed)
        await city.reaches(incident(), TicketState.CLOSED)
        [theirs] = city.service.tickets
        ours = incident().id
        assert [(update.id, update.status) for update in theirs.updates] == [
            (f"{ours}-fixed", "fixed"),
            (f"{ours}-reopen-1", "reopen"),
            (f"{ours}-fixed-1", "fixed"),
            (f"{ours}-reopen-2", "reopen"),
            (f"{ours}-fixed-2", "fixed"),
        ]
        assert theirs.status == "closed"
        assert theirs.updates[1].description.startswith("Lampe éteinte · 08-1173 · rue Franklin, Mulhouse\n")
        assert "Panne revenue après réparation." in theirs.updates[1].description
        assert "Puissance avant : 0,5 W, après : 33,9 W." in theirs.updates[2].description


async def test_being_told_twice_that_it_is_back_is_the_same_as_once() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        closed = repaired(incident())
        await city.desk.closed(closed)
        await city.reaches(incident(), TicketState.CLOSED)
        for _ in range(3):
            await city.desk.opened(back(closed), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.opened(back(closed), PLACE)
        await city.desk.closed(closed)  # news of its first end, late
        await city.clock.advance(60)
        assert (await city.ticket(incident())).state is TicketState.OPEN
        assert [update.status for update in city.service.tickets[0].updates] == ["fixed", "reopen"]


async def test_one_whose_ticket_never_went_out_is_reported_when_it_is_back() -> None:
    async with scene() as city:
        await city.desk.opened(incident(), PLACE)
        await city.desk.closed(repaired(incident()))
        assert (await city.ticket(incident())).state is TicketState.CLOSED
        await city.desk.opened(back(repaired(incident())), PLACE)
        async with city.at_work():
            await city.reaches(incident(), TicketState.OPEN)
        [theirs] = city.service.tickets
        assert theirs.updates == []
        assert "Panne revenue" in theirs.description


async def test_while_the_service_is_away_an_end_and_a_return_wait_and_are_told_in_order() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        city.service.away = True
        closed = repaired(incident())
        await city.desk.closed(closed)
        await turn(city, attempted(city, 2), 5)
        await city.desk.opened(back(closed), PLACE)
        assert (await city.ticket(incident())).state is TicketState.REOPENING
        assert (await city.ticket(incident())).status == "open"
        city.service.away = False
        await turn(city, in_state(city, TicketState.OPEN), 60)
        assert [update.status for update in city.service.tickets[0].updates] == ["fixed", "reopen"]


async def test_a_lost_answer_to_a_return_opens_the_ticket_once() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.closed(repaired(incident()))
        await city.reaches(incident(), TicketState.CLOSED)
        city.service.drop_answer_once()
        await city.desk.opened(back(repaired(incident())), PLACE)
        await turn(city, in_state(city, TicketState.OPEN), 1)
        [theirs] = city.service.tickets
        assert [update.status for update in theirs.updates] == ["fixed", "reopen"]
        assert theirs.status == "open"


async def test_one_that_ended_and_came_back_while_nobody_knew_whether_the_service_had_it_is_one_ticket() -> (
    None
):
    async with scene() as city, city.at_work():
        city.service.away = True
        await city.desk.opened(incident(), PLACE)
        await turn(city, attempted(city, 1), 1)
        await city.desk.closed(repaired(incident()))
        await city.desk.opened(back(repaired(incident())), PLACE)
        city.service.away = False
        await turn(city, in_state(city, TicketState.OPEN), 30)
        [theirs] = city.service.tickets
        assert (theirs.status, theirs.updates) == ("open", [])


async def test_an_end_and_a_return_that_the_desk_heard_of_together_say_nothing_to_the_service() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        again = back(repaired(incident()))
        await city.desk.opened(again, PLACE)
        await city.desk.closed(repaired_again(again))
        await city.reaches(incident(), TicketState.CLOSED)
        assert [update.id for update in city.service.tickets[0].updates] == [f"{incident().id}-fixed-1"]


async def test_a_return_that_a_person_dismisses_needs_no_further_action() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.closed(repaired(incident()))
        await city.reaches(incident(), TicketState.CLOSED)
        again = back(repaired(incident()))
        await city.desk.opened(again, PLACE)
        await city.desk.closed(replace(again, state=State.DISMISSED, closed_at=DUSK, dismissed_because="x"))

        async def closed() -> bool:
            return city.service.tickets[0].status == "closed" and len(city.service.tickets[0].updates) == 3

        await turn(city, closed, 1)
        assert city.service.tickets[0].updates[-1].status == "no_further_action"
        await until(in_state(city, TicketState.CLOSED))
