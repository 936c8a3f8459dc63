"""From a street's readings to the tickets of the city's service: one cause, one ticket, and what is left behind it."""

from city.incidents import Cause, Incident
from city.places import Position
from headend.records import TicketState
from headend.ticket_words import Place
from headend.watch import Watch
from tests.headend.desk_scene import Scene, scene
from tests.lighting.street import CIRCUIT, DEAD_W, LIT_W, Street, poll, speak
from wifi.diagnosis import WifiDiagnosis
from wifi.inventory import Inventory

LAMPS = 43
PLACE = Place(Position(47.75, 7.34), "rue Mercière, Mulhouse")


def watching(city: Scene, street: Street) -> Watch:
    return Watch(
        street.diagnosis,
        WifiDiagnosis(Inventory()),
        city.records,
        city.desk,
        lambda _: PLACE,
        city.clock,
        lambda _: None,
    )


async def tell(watch: Watch, told: list[Incident]) -> None:
    """Hand what a diagnosis has said over to the watch, and have it written down."""
    watch._changed(list(told))
    told.clear()
    await watch.save()


async def test_a_breaker_of_43_lamps_is_one_ticket_and_a_lamp_that_stays_dark_after_it_gets_its_own() -> None:
    street = Street(lamps_per_circuit=LAMPS)
    async with scene() as city, city.at_work():
        watch = watching(city, street)
        speak(street)
        poll(street, 2)
        poll(street, 2, tripped=True)
        (trip,) = street.live()
        await tell(watch, street.told)
        await city.reaches(trip, TicketState.OPEN)
        (ticket,) = city.service.tickets
        assert (trip.cause, trip.points, ticket.points) == (Cause.BREAKER_TRIP, LAMPS, LAMPS)
        assert f"{LAMPS} points lumineux" in ticket.description

        for _ in range(6):  # lamps that say something in the dark are still only children
            poll(street, 5, tripped=True)
            speak(street, watts=DEAD_W)
        poll(street, 2)
        dark, *mended = street.lamps_of(CIRCUIT)
        for _ in range(8):
            street.after(5).cabinet()
            street.circuit(watts=(LAMPS - 1) * LIT_W)
            for lamp in mended:
                street.lamp(lamp, 70, LIT_W)
            street.lamp(dark, 70, DEAD_W)
        (left,) = street.live()
        assert (left.cause, left.asset) == (Cause.LAMP_DEAD, dark)
        await tell(watch, street.told)
        await city.reaches(trip, TicketState.CLOSED)
        await city.reaches(left, TicketState.OPEN)
        assert [each.status for each in city.service.tickets] == ["closed", "open"]
        assert dark in city.service.tickets[1].description
