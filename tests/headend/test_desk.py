"""Every public incident is one ticket at Allô Proximité."""

import asyncio
from datetime import timedelta

import pytest

from city.errors import BadInput
from city.incidents import Cause
from city.places import Position
from headend.desk import Desk
from headend.records import TicketState
from tests.headend.desk_scene import (
    DUSK,
    PLACE,
    incident,
    is_up,
    repaired,
    scene,
    until,
)


async def test_an_incident_becomes_one_ticket_with_place_and_cause_and_no_more_decimals_than_six() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        ticket = await city.reaches(incident(), TicketState.OPEN)
        [theirs] = city.service.tickets
        assert ticket.service_id == theirs.id
        assert theirs.description.startswith("Lampe éteinte · 08-1173 · rue Franklin, Mulhouse\n")
        assert "Puissance mesurée : 0,4 W, attendue : 34,0 W." in theirs.description
        assert theirs.position == Position(47.751235, 7.339111)
        assert theirs.external_ref == incident().id
        assert theirs.attributes["pole_number"] == "08-1173"
        assert theirs.attributes["fault"] == "lamp_dead"
        assert theirs.points == 1
        assert city.desk.connection.up


async def test_a_tripped_breaker_is_one_ticket_for_all_its_lamps() -> None:
    trip = incident("A-017/2", Cause.BREAKER_TRIP, points=43)
    async with scene() as city, city.at_work():
        await city.desk.opened(trip, PLACE)
        await city.reaches(trip, TicketState.OPEN)
        [theirs] = city.service.tickets
        assert theirs.description.startswith("Départ A-017/2 coupé : 43 points lumineux · rue Franklin")
        assert theirs.points == 43
        assert theirs.attributes["circuit"] == "A-017/2"


async def test_wifi_is_not_a_matter_for_the_lighting_desk() -> None:
    silent = incident("AP-PAT-03", Cause.AP_DOWN)
    async with scene() as city:
        await city.desk.opened(silent, PLACE)
        assert await city.records.live_incidents() == [silent]
        assert await city.desk.tickets() == []


async def test_opening_and_closing_twice_is_the_same_as_once() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.opened(incident(), PLACE)
        await city.desk.closed(repaired(incident()))
        await city.desk.closed(repaired(incident()))
        await city.reaches(incident(), TicketState.CLOSED)
        await city.desk.closed(repaired(incident()))
        [theirs] = city.service.tickets
        assert theirs.status == "closed"
        assert len(theirs.updates) == 1


async def test_a_repair_is_told_with_the_power_before_and_after() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.closed(repaired(incident().acknowledged("Marie Dupont")))
        await city.reaches(incident(), TicketState.CLOSED)
        [update] = city.service.tickets[0].updates
        assert update.status == "fixed"
        assert update.at == DUSK + timedelta(hours=2)
        assert "Puissance avant : 0,4 W, après : 33,8 W." in update.description
        assert "Dupont" not in update.description


async def test_a_dismissed_incident_needs_no_further_action_and_keeps_its_reason_to_itself() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.closed(incident().dismissed(DUSK, "Mme Schmitt a coupé le courant"))
        await city.reaches(incident(), TicketState.CLOSED)
        [theirs] = city.service.tickets
        assert [update.status for update in theirs.updates] == ["no_further_action"]
        assert theirs.status == "closed"
        assert "Schmitt" not in theirs.updates[0].description


async def test_an_incident_that_ends_before_its_ticket_went_out_is_never_reported() -> None:
    async with scene() as city:
        await city.desk.opened(incident(), PLACE)
        await city.desk.closed(repaired(incident()))
        ticket = await city.ticket(incident())
        assert ticket.state is TicketState.CLOSED
        assert ticket.service_id is None
        async with city.at_work():
            await until(is_up(city))
        assert city.service.count == 0


async def test_without_a_service_tickets_wait() -> None:
    async with scene() as city:
        city.desk = Desk(city.records, None, city.clock, city.settings)
        async with city.at_work():
            await city.desk.opened(incident(), PLACE)
            assert (await city.ticket(incident())).state is TicketState.QUEUED
            assert "no service" in city.desk.connection.detail
            with pytest.raises(BadInput, match=r"city\.toml"):
                await city.desk.send(incident().id)
        city.another_desk()
        async with city.at_work():
            await city.reaches(incident(), TicketState.OPEN)


async def test_sending_what_has_no_ticket_is_told() -> None:
    async with scene() as city:
        with pytest.raises(BadInput, match="no ticket"):
            await city.desk.send("i-00000000")


async def test_two_people_who_send_at_once_make_one_ticket() -> None:
    async with scene() as city, city.at_work():
        await city.desk.opened(incident(), PLACE)
        await asyncio.gather(*(city.desk.send(incident().id) for _ in range(5)))
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.send(incident().id)
        await city.clock.advance(60)
        await city.reaches(incident(), TicketState.OPEN)
        assert city.service.count == 1
