"""One ticket per cause at services of every kind: batch, blackbox, without updates, in XML, with duplicates."""

import pytest

from drivers.open311 import Open311
from fake_devices.open311_moods import Mood
from headend.records import TicketState
from headend.ticket_filing import LOOKS
from tests.headend.desk_scene import (
    PLACE,
    attempted,
    back,
    in_state,
    incident,
    repaired,
    scene,
    turn,
)


async def test_a_batch_service_gives_its_number_later() -> None:
    async with scene() as city, city.at_work():
        city.service.gives, city.service.tokens_resolve = "token", False
        await city.desk.opened(incident(), PLACE)
        taken = await city.reaches(incident(), TicketState.TAKEN)
        assert (taken.status, taken.service_id, taken.token) == ("open", None, "token-2026-00001-M")
        city.service.tokens_resolve = True
        await turn(city, in_state(city, TicketState.OPEN), 5)
        assert (await city.ticket(incident())).service_id == "2026-00001-M"
        assert city.service.count == 1


async def test_what_ends_before_a_batch_service_gave_its_number_is_closed_there_once_it_has() -> None:
    async with scene() as city, city.at_work():
        city.service.gives = "token"
        city.service.tokens_resolve = False
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.TAKEN)
        await city.desk.closed(repaired(incident()))
        city.service.tokens_resolve = True
        await turn(city, in_state(city, TicketState.CLOSED), 5)
        assert [update.status for update in city.service.tickets[0].updates] == ["fixed"]


async def test_a_blackbox_service_is_followed_by_its_list() -> None:
    async with scene() as city, city.at_work():
        city.service.gives = "nothing"
        await city.desk.opened(incident(), PLACE)
        await turn(city, in_state(city, TicketState.OPEN), 5)
        assert (await city.ticket(incident())).service_id == city.service.tickets[0].id
        await city.desk.closed(repaired(incident()))
        await turn(city, in_state(city, TicketState.CLOSED), 5)
        assert city.service.tickets[0].status == "closed"


async def test_a_blackbox_service_that_lists_nothing_has_the_ticket_all_the_same() -> None:
    async with scene() as city, city.at_work():
        city.service.gives = "nothing"
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.TAKEN)
        hidden, city.service.tickets = city.service.tickets, []
        await turn(city, in_state(city, TicketState.OPEN), 30)
        assert "gives no number" in (await city.ticket(incident())).detail
        await city.desk.closed(repaired(incident()))
        await turn(city, in_state(city, TicketState.CLOSED), 30)
        assert "not told" in (await city.ticket(incident())).detail
        assert (len(hidden), city.service.count) == (1, 0)


async def test_a_service_without_updates_does_not_fail_a_ticket_and_the_ticket_says_so() -> None:
    async with scene() as city, city.at_work():
        city.service.takes_updates = False
        await city.desk.opened(incident(), PLACE)
        await city.reaches(incident(), TicketState.OPEN)
        await city.desk.closed(repaired(incident()))
        ours = await city.reaches(incident(), TicketState.CLOSED)
        assert ours.detail.startswith("not told: the service has no update channel")
        await city.desk.opened(back(repaired(incident())), PLACE)
        ours = await city.reaches(incident(), TicketState.OPEN)
        assert "no update channel" in ours.detail
        assert city.service.count == 1
        city.service.takes_updates = True
        await city.desk.closed(back(repaired(incident())).dismissed(city.clock.now(), "essai"))
        await city.reaches(incident(), TicketState.CLOSED)
        told = [update.status for update in city.service.tickets[0].updates]
        assert told == ["fixed", "reopen", "no_further_action"]


async def test_a_report_refused_as_its_own_duplicate_is_the_one_that_is_there() -> None:
    async with scene() as city, city.at_work():
        city.service.moods = lambda _: Mood.DUPLICATE
        await city.desk.opened(incident(), PLACE)
        ours = await city.reaches(incident(), TicketState.OPEN)
        assert [each.id for each in city.service.tickets] == [ours.service_id]


async def test_a_duplicate_that_is_not_to_be_found_is_looked_for_again_and_then_by_a_person() -> None:
    async with scene() as city, city.at_work():
        city.service.refuse_next(400, 400, "base is a duplicate", times=LOOKS)
        await city.desk.opened(incident(), PLACE)
        await turn(city, attempted(city, 2), 30)
        await turn(city, in_state(city, TicketState.FAILED), 120)
        assert "a person has to look" in (await city.ticket(incident())).detail
        assert city.service.count == 0


async def test_a_report_that_the_service_takes_after_we_gave_up_waiting_is_not_sent_again() -> None:
    moods = iter([Mood.LATE])
    async with scene() as city, Open311(city.service.url, city.service.api_key, "", timeout_s=0.1) as hasty:
        await hasty.ping()
        city.service.mood_delay = 0.3
        city.service.moods = lambda request: next(moods, Mood.WELL) if request.method == "POST" else Mood.WELL
        city.another_desk(hasty)
        async with city.at_work():
            await city.desk.opened(incident(), PLACE)
            await turn(city, attempted(city, 1), 0)
            await turn(city, in_state(city, TicketState.OPEN), 1)
        assert city.service.count == 1


@pytest.mark.parametrize("kind", ["json", "xml"])
async def test_a_service_that_speaks_one_format_only_is_spoken_to_in_it(kind: str) -> None:
    async with scene() as city:
        city.service.formats = frozenset({kind})
        async with city.at_work():
            city.service.drop_answer_once()
            await city.desk.opened(incident(), PLACE)
            await turn(city, in_state(city, TicketState.OPEN), 5)
            await city.desk.closed(repaired(incident()))
            await turn(city, in_state(city, TicketState.CLOSED), 5)
        [theirs] = city.service.tickets
        assert theirs.status == "closed"
        assert theirs.attributes["pole_number"] == "08-1173"
