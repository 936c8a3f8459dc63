"""What Pannes says of an incident's ticket, and when a person may have it sent."""

from city.messages import Live
from tests.console.consoles import Console, console

REFUSED = "the desk answered requests.json with 400: this service takes no requests of this kind today"


async def _refuse(seen: Console) -> None:
    lamp = seen.head.city.incidents["i-l1"]
    assert lamp.ticket is not None
    ticket = lamp.ticket.model_copy(update={"status": "failed", "service_id": None, "detail": REFUSED})
    changed = lamp.model_copy(update={"ticket": ticket})
    seen.head.city.incidents["i-l1"] = changed
    await seen.push(Live(incidents=(changed,)))


def _sends(seen: Console) -> bool | None:
    return seen.app.screen.check_action("send", ())


async def test_a_ticket_that_was_refused_says_why_to_the_end_and_which_key_sends_it_again() -> None:
    async with console() as seen:
        await seen.press("4", "down")
        await seen.shows("✉ transmis · n° 638344")
        assert _sends(seen) is None
        await _refuse(seen)
        await seen.shows("✖ refusé", "today", "s pour l’envoyer de nouveau.", "s envoyer")
        assert _sends(seen) is True


async def test_what_nobody_sees_in_the_street_cannot_be_sent_and_says_so() -> None:
    async with console() as seen:
        await seen.press("4", "down", "down")
        await seen.shows("AP-CEN-03", "Pas envoyé : invisible de la rue.")
        await seen.hides("s pour l’envoyer")
        assert _sends(seen) is None
