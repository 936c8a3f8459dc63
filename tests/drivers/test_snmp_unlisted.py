"""Access points that controllers list and the inventory does not name."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from city.errors import Unreachable
from city.places import Position
from drivers.profiles import load_profiles
from drivers.snmp.agents import Community
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.seen import SeenAccessPoint, SeenRadio
from drivers.snmp.unlisted import FORGOTTEN_AFTER, MOST, Place, UnlistedAccessPoints
from tests.drivers.controller_peer import CiscoController, listening, mac
from tests.drivers.snmp_peers import NOW, inventoried
from wifi.inventory import AccessPoint, Controller, Inventory

PUBLIC = Community("public")
CISCO = load_profiles("snmp")["cisco-wlc"]
MINUTE = timedelta(minutes=1)
A, B = Place("10.0.0.1", 161, "cisco-wlc"), Place("10.0.0.2", 161, "cisco-wlc")


def inventory(*access_points: AccessPoint, controllers: tuple[Controller, ...] = ()) -> Inventory:
    return Inventory({}, {each.id: each for each in access_points}, {each.id: each for each in controllers})


async def test_what_a_controller_lists_and_nobody_named_is_remembered_with_what_it_is() -> None:
    controller = CiscoController()
    controller.list(1, "gare-1")
    controller.list(2, "gare-2", up=False)
    controller.list(3, "gare-3")
    async with listening(controller) as port, SnmpPoller(2.0) as poller:
        known = inventoried("gare-1", port, "cisco-wlc")
        poller.expect(inventory(known, inventoried(mac(3), port, "cisco-wlc")))
        await poller.read(known, CISCO, PUBLIC, NOW)
        await poller.read(known, CISCO, PUBLIC, NOW + MINUTE)
        (found,) = poller.unlisted()
        assert found.place == Place("127.0.0.1", port, "cisco-wlc")
        assert (found.seen.id, found.seen.name, found.seen.serial, found.seen.model, found.seen.up) == (
            mac(2), "gare-2", "FCW0002", "AIR-CAP3702I", False,
        )  # fmt: skip
        assert (found.first_seen, found.last_seen) == (NOW, NOW + MINUTE)
        assert found.seen.radios == []


async def test_one_that_comes_later_is_found_at_the_next_read_and_forgotten_a_day_after_it_left() -> None:
    controller = CiscoController()
    controller.list(1, "gare-1")
    async with listening(controller) as port, SnmpPoller(2.0) as poller:
        known = inventoried("gare-1", port, "cisco-wlc")
        poller.expect(inventory(known))
        await poller.read(known, CISCO, PUBLIC, NOW)
        assert poller.unlisted() == []
        controller.list(2, "gare-2")
        await poller.read(known, CISCO, PUBLIC, NOW + MINUTE)
        assert [each.seen.name for each in poller.unlisted()] == ["gare-2"]
        controller.drop(2)
        await poller.read(known, CISCO, PUBLIC, NOW + MINUTE + FORGOTTEN_AFTER)
        assert [each.first_seen for each in poller.unlisted()] == [NOW + MINUTE]
        await poller.read(known, CISCO, PUBLIC, NOW + 2 * MINUTE + FORGOTTEN_AFTER)
        assert poller.unlisted() == []


async def test_a_controller_of_which_nothing_is_polled_yet_is_asked_for_what_it_lists() -> None:
    controller = CiscoController()
    controller.list(1, "gare-1")
    controller.network(1, b"ville", 7)
    async with listening(controller) as port, SnmpPoller(2.0) as poller:
        wlc = Controller("WLC-1", "127.0.0.1", port, "cisco-wlc")
        poller.expect(inventory(controllers=(wlc,)))
        batch = await poller.discover(wlc, CISCO, PUBLIC, NOW)
        assert (batch.source, [each.device for each in batch.readings]) == ("WLC-1", ["WLC-1/ville"])
        assert [each.seen.name for each in poller.unlisted()] == ["gare-1"]


async def test_a_controller_that_is_silent_leaves_what_is_remembered() -> None:
    controller = CiscoController()
    controller.list(1, "gare-1")
    controller.list(2, "gare-2")
    async with listening(controller) as port, SnmpPoller(0.1) as poller:
        known = inventoried("gare-1", port, "cisco-wlc")
        poller.expect(inventory(known))
        await poller.read(known, CISCO, PUBLIC, NOW)
        controller.silent = True
        with pytest.raises(Unreachable):
            await poller.read(known, CISCO, PUBLIC, NOW + MINUTE)
        assert len(poller.unlisted()) == 1


class Memory:
    """What is remembered, without a network."""

    def __init__(self) -> None:
        self.unlisted = UnlistedAccessPoints()
        self.refused: Counter[str] = Counter()

    def note(self, place: Place, *strangers: SeenAccessPoint, after: timedelta = timedelta(0)) -> None:
        self.unlisted.note(place, strangers, NOW + after, self.refused)

    @property
    def ids(self) -> list[tuple[Place, str | None]]:
        return [(each.place, each.seen.id) for each in self.unlisted.all()]


def test_an_access_point_of_two_controllers_is_one_of_where_it_is_up() -> None:
    memory = Memory()
    seen = SeenAccessPoint(mac(1), up=False, radios=[SeenRadio("0")])
    memory.note(A, seen)
    memory.note(B, replace(seen, id="00-00-5E-00-53-01"))
    assert memory.ids == [(A, mac(1))]
    memory.note(B, replace(seen, up=True), after=MINUTE)
    assert memory.ids == [(B, mac(1))]
    assert memory.unlisted.all()[0].first_seen == NOW


def test_numbers_of_two_controllers_are_two_access_points() -> None:
    memory = Memory()
    memory.note(A, SeenAccessPoint("7"))
    memory.note(B, SeenAccessPoint("7"))
    assert memory.ids == [(A, "7"), (B, "7")]


def test_what_the_inventory_takes_up_or_asks_no_more_is_forgotten() -> None:
    memory = Memory()
    memory.note(A, SeenAccessPoint(mac(1)), SeenAccessPoint(mac(2), name="gare-2"), SeenAccessPoint(mac(3)))
    memory.note(B, SeenAccessPoint(mac(4)))
    here = AccessPoint("GARE-2", "x", Position(47.7, 7.3), A.host, A.port, A.profile, 40)
    named = replace(here, id="AP-9", listed_as="00005E005303")
    memory.unlisted.expect(inventory(here, named))
    assert memory.ids == [(A, mac(1))]
    assert memory.unlisted.names(["gare-2"])
    assert memory.unlisted.names(["00005e005303"])


def test_no_more_than_so_many_are_remembered_and_the_others_counted() -> None:
    memory = Memory()
    memory.note(A, *(SeenAccessPoint(f"ap {number}") for number in range(MOST + 3)))
    assert len(memory.ids) == MOST
    assert sum(memory.refused.values()) == 3
    memory.note(A, SeenAccessPoint("ap 5", name="renamed"), after=MINUTE)
    assert len(memory.ids) == MOST
    assert memory.unlisted.all()[5].seen.name == "renamed"
