"""When many causes come at once, Allô Proximité gets one ticket for them all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from city.incidents import Cause, Incident
from headend.records import Ticket, TicketState
from headend.ticket_storm import HOLD
from headend.ticket_words import Place
from tests.headend.desk_scene import (
    DUSK,
    HOUR_S,
    PLACE,
    Scene,
    back,
    in_state,
    incident,
    repaired,
    scene,
    turn,
    until,
)

D8 = replace(PLACE, sector="D8", cabinet="A-017")
D9 = replace(PLACE, sector="D9", cabinet="A-018")
HOLD_S = HOLD.total_seconds()


def storm(causes: int = 27) -> list[tuple[Incident, Place]]:
    lamps = [(incident(f"08-{n}"), (D8, D9)[n % 2]) for n in range(causes - 1)]
    return [(incident("A-017/2", Cause.BREAKER_TRIP, points=117), D8), *lamps]


@asynccontextmanager
async def in_a_storm(causes: Sequence[tuple[Incident, Place]]) -> AsyncIterator[Scene]:
    """A desk at work whose one ticket so far tells of these causes."""
    async with scene() as city:
        await breaks_out(city, causes)
        async with city.at_work():
            await until(lambda: summed_up(city))
            await city.clock.advance(HOLD_S)  # no longer, however slow the machine is: the storm rages still
            await until(lambda: sent(city, 1))
            yield city


async def breaks_out(city: Scene, causes: Sequence[tuple[Incident, Place]]) -> None:
    for each, place in causes:
        await city.desk.opened(each, place)


async def summary_of(city: Scene) -> Ticket:
    [found] = [each for each in await city.desk.tickets() if each.is_summary]
    return found


async def summed_up(city: Scene) -> bool:
    return any(each.is_summary for each in await city.desk.tickets())


async def sent(city: Scene, number: int) -> bool:
    return city.service.count == number


async def test_a_storm_is_one_ticket_that_tells_of_every_cause() -> None:
    async with scene() as city:
        await breaks_out(city, storm())
        async with city.at_work():
            await turn(city, lambda: sent(city, 1), HOLD_S / 5)
            await city.clock.advance(60)
        [theirs] = city.service.tickets
        assert theirs.description.startswith(
            "Orage ou panne étendue : 27 causes, 143 points lumineux · secteurs D8, D9\n"
        )
        assert "– Départ A-017/2 coupé : 117 points lumineux · rue Franklin, Mulhouse" in theirs.description
        assert theirs.description.count("– Lampe éteinte") == 26
        assert (theirs.points, theirs.attributes["fault"]) == (143, "storm")
        ours = await summary_of(city)
        gathered = await city.records.tickets.within(ours.incident)
        assert len(gathered) == 27
        assert {each.state for each in gathered} == {TicketState.GATHERED}
        assert all(ours.id in each.detail for each in gathered)


async def test_few_causes_are_no_storm_and_wait_for_nothing() -> None:
    async with scene() as city:
        await breaks_out(city, storm(10))
        async with city.at_work():
            await until(lambda: sent(city, 10))


async def test_while_a_storm_comes_up_tickets_wait_a_little_and_go_out_if_none_comes() -> None:
    async with scene() as city:
        await breaks_out(city, storm(15))
        async with city.at_work():
            await city.clock.advance(HOLD_S - 60)
            await asyncio.sleep(0.05)
            assert city.service.count == 0
            await turn(city, lambda: sent(city, 15), 30)
        assert [each for each in await city.desk.tickets() if each.is_summary] == []


async def test_a_storm_that_comes_up_one_by_one_while_the_desk_works_ends_in_few_tickets() -> None:
    causes = storm(40)
    async with scene() as city, city.at_work():
        for each, place in causes:
            await city.desk.opened(each, place)
            await asyncio.sleep(0.01)
            await city.clock.advance(5)

        async def summary_sent() -> bool:
            return any(each.attributes["fault"] == "storm" for each in city.service.tickets)

        await turn(city, summary_sent, 30)
        await city.clock.advance(HOUR_S)
        alone = [each for each in city.service.tickets if each.attributes["fault"] != "storm"]
        assert len(city.service.tickets) - len(alone) == 1
        assert len(alone) <= 10
        assert f"{40 - len(alone)} causes" in city.service.tickets[-1].description


async def test_what_opens_while_the_storm_rages_joins_it() -> None:
    causes = storm(30)
    async with in_a_storm(causes[:24]) as city:
        await breaks_out(city, causes[24:])
        for each, _ in causes[24:]:
            await city.reaches(each, TicketState.GATHERED)
        assert city.service.count == 1


async def test_more_than_the_hour_allows_is_a_storm_too() -> None:
    async with scene() as city:
        city.another_desk(hourly_cap=3)
        await breaks_out(city, storm(5))
        async with city.at_work():
            await turn(city, lambda: sent(city, 1), HOLD_S / 5)
        assert city.service.tickets[0].description.startswith("Orage ou panne étendue : 5 causes")


async def test_a_storm_is_over_when_each_of_its_causes_is() -> None:
    causes = storm(22)
    async with in_a_storm(causes) as city:
        for each, _ in causes[:-1]:
            await city.desk.closed(repaired(each))
        await city.clock.advance(60)
        await asyncio.sleep(0.05)
        assert city.service.tickets[0].status == "open"
        await city.desk.closed(causes[-1][0].dismissed(DUSK, "essai"))

        async def closed() -> bool:
            return city.service.tickets[0].status == "closed"

        await turn(city, closed, 1)
        [update] = city.service.tickets[0].updates
        assert update.status == "fixed"
        assert (
            update.description == "Épisode terminé, 22 causes ; réparations constatées : 21 ; sans suite : 1."
        )
        assert city.service.count == 1


async def test_what_outlasts_its_storm_gets_a_ticket_of_its_own_and_the_storm_is_closed() -> None:
    causes = storm(22)
    async with in_a_storm(causes) as city:
        for each, _ in causes[2:]:
            await city.desk.closed(repaired(each))
        await city.clock.advance(3 * HOUR_S)
        await asyncio.sleep(0.05)
        assert city.service.count == 1
        await turn(city, lambda: sent(city, 3), 300)
        for each, _ in causes[:2]:
            await turn(city, in_state(city, TicketState.OPEN, each), 60)

        async def closed() -> bool:
            return city.service.tickets[0].status == "closed"

        await turn(city, closed, 60)
        assert "désormais signalées une à une : 2" in city.service.tickets[0].updates[0].description
        await city.desk.closed(repaired(causes[0][0]))
        await turn(city, in_state(city, TicketState.CLOSED, causes[0][0]), 1)


async def test_a_cause_of_a_storm_that_comes_back_later_gets_a_ticket() -> None:
    causes = storm(22)
    async with in_a_storm(causes) as city:
        for each, _ in causes:
            await city.desk.closed(repaired(each))
        await city.clock.advance(24 * HOUR_S)
        await city.desk.opened(back(repaired(causes[1][0])), D8)
        await turn(city, in_state(city, TicketState.OPEN, causes[1][0]), 60)
        assert city.service.count == 2


async def test_a_person_may_have_one_of_a_storm_sent_on_its_own() -> None:
    causes = storm(22)
    async with in_a_storm(causes) as city:
        await city.desk.send(causes[3][0].id)
        await turn(city, in_state(city, TicketState.OPEN, causes[3][0]), 1)
        assert city.service.count == 2


async def test_no_more_tickets_go_out_for_one_cabinet_in_an_hour_than_allowed() -> None:
    async with scene() as city:
        city.another_desk(hourly_cap_per_cabinet=2)
        for n in range(4):
            await city.desk.opened(incident(f"08-{n}"), D8)
            await city.desk.opened(incident(f"09-{n}"), replace(D8, cabinet=""))
        async with city.at_work():
            await until(lambda: sent(city, 6))
            held = [each for each in await city.desk.tickets() if "from cabinet A-017" in each.detail]
            assert len(held) == 2
            await turn(city, lambda: sent(city, 8), 300)


async def test_a_desk_restarted_in_a_storm_goes_on_with_it() -> None:
    causes = storm(25)
    async with scene() as city:
        await breaks_out(city, causes)
        async with city.at_work():
            await until(in_state(city, TicketState.GATHERED, causes[-1][0]))
        city.another_desk()
        async with city.at_work():
            await turn(city, lambda: sent(city, 1), HOLD_S / 5)

            async def noted() -> bool:
                return (await summary_of(city)).state is TicketState.OPEN

            await until(noted)  # it is taken there before it is noted here
