"""A citizen's ticket is closed once, whatever happens on the way; what is over is forgotten."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from city.incidents import State
from fake_devices.open311_desk import Open311Desk
from fake_devices.open311_moods import Moods
from fake_devices.open311_tickets import Update
from headend.records import KeptReport, ReportState, TicketState
from tests.headend.citizens_scene import HERE, LAMP, Citizenry, citizenry, report
from tests.headend.desk_scene import DUSK, in_state, incident, repaired, turn

DAY_S = 86_400.0


async def merged(city: Citizenry) -> KeptReport:
    """A report that is attached to an incident with a ticket of its own."""
    await city.stands(incident())
    await city.base.reaches(incident(), TicketState.OPEN)
    await report(city)
    [kept] = await city.reaches(ReportState.ATTACHED, step_s=300)
    return kept


def fixed(city: Citizenry) -> list[int]:
    return fixed_at(city.base.service)


def fixed_at(service: Open311Desk) -> list[int]:
    """How often each ticket at the service was said to be fixed."""
    return [sum(each.status == "fixed" for each in ticket.updates) for ticket in service.tickets]


async def test_a_lost_answer_to_the_closing_closes_once() -> None:
    async with citizenry() as city:
        async with city.at_work():
            await merged(city)
        await city.is_over(repaired(incident()))
        city.base.service.drop_answer_once()
        async with city.at_work():
            await city.reaches(ReportState.CLOSED)
            await turn(city.base, in_state(city.base, TicketState.CLOSED), 30)
        assert fixed(city) == [1, 1]


@pytest.mark.parametrize("reached_the_service", [True, False])
async def test_after_a_crash_between_telling_and_writing_down_it_is_told_once(
    *, reached_the_service: bool
) -> None:
    async with citizenry() as city:
        async with city.at_work():
            kept = await merged(city)
        await city.is_over(repaired(incident()))
        await city.base.records.citizens.change(
            kept.id,
            lambda present: replace(
                present, state=ReportState.CLOSING, over_at=DUSK, due_at=DUSK, attempts=1
            ),
        )
        theirs = city.base.service.tickets[1]
        if reached_the_service:
            theirs.take(Update("whatever", theirs.id, "fixed", DUSK + timedelta(hours=1), "…"))
        city.incidents.clear()  # what only the memory held is lost
        city.restart()
        async with city.at_work():
            await city.reaches(ReportState.CLOSED)
        assert len(theirs.updates) == 1
        assert theirs.status == "closed"


async def test_a_crash_while_a_citizens_ticket_is_taken_over_leaves_one_ticket() -> None:
    async with citizenry() as city:
        async with city.at_work():
            number = await report(city)
            await city.reaches(ReportState.SUSPECTED, step_s=300)
        await city.stands(incident())
        assert await city.citizens.adopt(await city.base.ticket(incident())) == number
        theirs = city.base.service.tickets[0]
        await city.base.open311.update(number, f"{incident().id}-found", "INVESTIGATING", DUSK, "…")
        city.restart()
        async with city.at_work():
            assert (await city.base.reaches(incident(), TicketState.OPEN)).service_id == number
        assert (city.base.service.count, len(theirs.updates)) == (1, 1)


async def test_a_service_that_refuses_the_taking_over_gets_a_ticket_of_ours() -> None:
    async with citizenry() as city, city.at_work():
        await report(city)
        await city.reaches(ReportState.SUSPECTED, step_s=300)
        city.base.service.refuse_next(400, 400, "no updates here")
        await city.stands(incident())
        ours = await city.base.reaches(incident(), TicketState.OPEN)
        assert (ours.adopted, city.base.service.count) == (False, 2)
        await city.is_over(repaired(incident()))
        await city.reaches(ReportState.CLOSED)
        await city.base.reaches(incident(), TicketState.CLOSED)
        assert fixed(city) == [1, 1]


async def test_a_closing_that_is_refused_is_left_to_the_staff() -> None:
    async with citizenry() as city:
        async with city.at_work():
            await merged(city)
            await city.is_over(repaired(incident()))
            await city.base.reaches(incident(), TicketState.CLOSED)
            city.base.service.refuse_next(400, 400, "update_id is odd")
            [kept] = await city.reaches(ReportState.LEFT)
        assert "update_id is odd" in kept.detail
        assert city.base.service.tickets[1].status == "open"


async def test_an_incident_that_comes_back_before_its_repair_was_told_is_followed_on() -> None:
    async with citizenry() as city, city.at_work():
        await merged(city)
        city.base.service.away = True
        await city.is_over(repaired(incident()))
        await city.reaches(ReportState.CLOSING)
        city.incidents[incident().id] = incident()
        await city.reaches(ReportState.ATTACHED)


@pytest.mark.parametrize("seed", range(3))
async def test_with_a_third_of_all_answers_bad_and_sudden_ends_each_ticket_is_closed_once(seed: int) -> None:
    draws = random.Random(seed)  # noqa: S311 - a test
    lamps = [f"08-{1173 + number}" for number in range(6)]
    async with citizenry(*(100.0 * number for number in range(6))) as city:
        numbers = [
            await report(city, HERE, **{"attribute[pole_number]": lamp})
            for lamp in lamps
            for _ in range(draws.randint(1, 2))
        ]
        city.base.service.moods = Moods(seed, 0.3)
        found = [incident(lamp) for lamp in lamps]

        async def live_for(moves: int) -> None:
            async with city.at_work():
                for _ in range(moves):
                    await city.base.clock.advance(150)
                    await asyncio.sleep(draws.random() * 0.02)

        for each in found:
            await city.stands(each)
            await live_for(draws.randint(1, 6))
            city.restart()
        await live_for(draws.randint(1, 40))  # some reports are read only after the repair
        for each in found:
            await city.is_over(each.moved(State.CLOSED, city.base.clock.now()))
            await live_for(draws.randint(1, 6))
            city.restart()
        async with city.at_work():
            await city.reaches(*[ReportState.CLOSED] * len(numbers), step_s=600)
            for each in found:
                await turn(city.base, in_state(city.base, TicketState.CLOSED, each), 30)
        assert set(fixed(city)) == {1}
        assert {ticket.status for ticket in city.base.service.tickets} == {"closed"}
        own = [ticket for ticket in city.base.service.tickets if ticket.external_ref]
        assert len({ticket.external_ref for ticket in own}) == len(own)


async def test_a_report_is_forgotten_some_days_after_its_end_and_never_comes_back() -> None:
    async with citizenry() as city:
        city.base.settings = city.base.settings.model_copy(update={"citizens_kept_days": 1})
        city.restart()
        async with city.at_work():
            await report(city)
            await city.pass_until(lambda: city.looks == [LAMP], step_s=300)
            city.says(LAMP, 100, 59.0)
            await city.reaches(ReportState.NOTHING_SEEN)
            [emptied] = await city.reaches(ReportState.FORGOTTEN, step_s=3600)
            assert (emptied.suspects, emptied.position, emptied.named) == ((), None, None)
            assert await city.citizens.reports(set(ReportState) - {ReportState.FORGOTTEN}) == []
        city.restart()
        async with city.at_work():
            await city.base.clock.advance(600)
            await city.reaches(ReportState.FORGOTTEN)
            await city.reaches(step_s=DAY_S / 2)  # even its number
        city.restart()
        async with city.at_work():
            await city.base.clock.advance(600)
            await city.reaches()


async def test_a_person_may_forget_at_once_what_is_over_and_nothing_else() -> None:
    async with citizenry(0, 500) as city, city.at_work():
        await merged(city)
        await report(city, HERE, **{"attribute[pole_number]": "08-1174"})
        await city.is_over(repaired(incident()))
        await city.reaches(ReportState.CLOSED, ReportState.SUSPECTED)
        assert await city.citizens.purge() == 1
        await city.reaches(ReportState.FORGOTTEN, ReportState.SUSPECTED)
        assert await city.citizens.purge() == 0


async def test_a_service_that_is_away_holds_up_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async with citizenry() as city, city.at_work():
        await report(city)
        await city.pass_until(lambda: city.looks == [LAMP], step_s=300)
        city.base.service.away = True
        city.says(LAMP, 100, 59.0)
        await city.base.clock.advance(1200)
        await city.reaches(ReportState.NOTHING_SEEN, step_s=300)
        await city.pass_until(lambda: "cannot be read" in caplog.text)
