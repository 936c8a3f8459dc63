"""Acts on access points: with a reason, kept in the journal, told at what cost, and what is off comes back on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from city.access_points import ActKind, ActRequest
from city.clock import ManualClock
from city.errors import BadInput, Refused, Unreachable
from city.measurements import DeviceKind, Metric, Reading
from city.places import Position
from drivers.snmp.agents import Community, User
from drivers.snmp.poller import SnmpPoller
from drivers.snmp.profile import SnmpProfile
from headend.access_point_acts import AccessPointActs
from headend.back_on import Actor, BackOn
from headend.field import AccessPoints
from headend.hotspots import Hotspots
from headend.records import Records, SwitchedOffLog
from headend.unknown import Unknown
from tests.drivers.snmp_peers import inventoried, needs_snmpd, net_snmp, snmpd
from tests.drivers.test_snmp_acts import CONTACTS, SYS_CONTACT, WRITABLE, alone
from tests.headend.order_scene import SUPERVISOR, Town, town
from tests.headend.recording import EVENING, batch
from tests.headend.standing import standing, write_city
from wifi.inventory import Hotspot, Inventory

HOUR_S = 3600.0
PLACES = {"patinoire": Hotspot("patinoire", "Patinoire", Position(47.7352, 7.3168), "West", watched=True)}
WIFI = Inventory(PLACES, {name: inventoried(name, 161) for name in ("AP-1", "AP-2")})


class Air:
    """Access points that do as they are told, or say no."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ActKind, str]] = []
        self.knows = set(ActKind)
        self.refuses: Exception | None = None

    def check(self, access_point: str, does: ActKind, radio: str) -> None:
        if does not in self.knows:
            raise BadInput(f"x: does not {does}")

    async def act(self, access_point: str, does: ActKind, radio: str, at: datetime) -> bool:
        self.asked.append((access_point, does, radio))
        if self.refuses:
            raise self.refuses
        return does is not ActKind.RESTART


class Scene:
    """Acts over the small city's air."""

    def __init__(self, place: Town, air: Actor, inventory: Inventory) -> None:
        self.place = place
        self.records: Records = place.records
        self.clock = place.parts.clock
        self.hotspots = Hotspots(inventory, place.parts.snapshot)
        place.parts.ingest.on_news(self.hotspots.observe)
        self.acts = AccessPointActs(
            inventory, air, self.hotspots, place.records, self.clock, place.safeguards
        )

    def says(self, name: str, **radios: float) -> None:
        """An access point says how many clients each of its radios has."""
        at = self.clock.now()
        own = {Metric.UP: 1.0, Metric.CLIENTS: sum(radios.values())}
        readings = [Reading(name, DeviceKind.ACCESS_POINT, at, own)]
        for radio, clients in radios.items():
            readings.append(Reading(f"{name}/{radio[1:]}", DeviceKind.RADIO, at, {Metric.CLIENTS: clients}))
        self.place.parts.ingest(batch(*readings))

    async def hours(self, hours: float) -> None:
        """Time passes, and the head-end looks."""
        await self.clock.advance(hours * HOUR_S)
        await self.acts.back_on.look()

    async def off(self) -> list[tuple[str, str, bool]]:
        return [(each.access_point, each.radio, each.overdue) for each in await self.acts.back_on.views()]

    async def journal(self) -> list[tuple[str, str, str, str]]:
        return [(each.act, each.by, each.subject, each.text) for each in await self.records.journal()]


@asynccontextmanager
async def scene(folder: Path, air: Actor, inventory: Inventory = WIFI) -> AsyncIterator[Scene]:
    async with town(folder) as place:
        yield Scene(place, air, inventory)


def wanted(does: ActKind, radio: str = "", reason: str = "canal bloqué", **more: Any) -> ActRequest:
    return ActRequest(does=does, radio=radio, reason=reason, **more)


async def test_a_restart_is_asked_of_the_device_and_kept_in_the_journal(tmp_path: Path) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        done = await here.acts.do("AP-1", wanted(ActKind.RESTART), SUPERVISOR)
        assert (done.access_point, done.does, done.by, done.confirmed) == ("AP-1", "restart", "chef", False)
        assert done.until is None
        assert air.asked == [("AP-1", ActKind.RESTART, "")]
        assert await here.journal() == [("access_point_restart", "chef", "AP-1", "canal bloqué")]
        assert await here.off() == []


async def test_a_radio_is_named_in_the_journal_with_the_end_of_its_rest(tmp_path: Path) -> None:
    async with scene(tmp_path, Air()) as here:
        done = await here.acts.do("AP-1", wanted(ActKind.DISABLE, "2"), SUPERVISOR)
        assert (done.radio, done.confirmed) == ("2", True)
        assert done.until == here.clock.now() + timedelta(hours=2)
        said = "2026-11-30T18:00Z · canal bloqué"
        assert await here.journal() == [("access_point_disable", "chef", "AP-1/2", said)]
        assert await here.off() == [("AP-1", "2", False)]


async def test_whoever_is_told_to_be_off_or_to_restart_is_excused_and_nobody_else(tmp_path: Path) -> None:
    async with scene(tmp_path, Air()) as here:

        def excused() -> list[str]:
            now = here.clock.now()
            return [name for name in ("AP-1", "AP-1/1", "AP-1/2") if here.acts.back_on.excuses(name, now)]

        assert excused() == []
        await here.acts.do("AP-1", wanted(ActKind.DISABLE, "2"), SUPERVISOR)
        await here.hours(1)
        assert excused() == ["AP-1/2"]
        await here.acts.do("AP-1", wanted(ActKind.ENABLE, "2"), SUPERVISOR)
        await here.clock.advance(301)
        assert excused() == []
        await here.acts.do("AP-1", wanted(ActKind.RESTART), SUPERVISOR)
        assert excused() == ["AP-1", "AP-1/1", "AP-1/2"]
        await here.clock.advance(301)
        assert excused() == []


async def test_what_is_off_comes_back_on_at_its_end_and_the_journal_says_so(tmp_path: Path) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        await here.acts.do("AP-1", wanted(ActKind.DISABLE, for_s=3 * HOUR_S), SUPERVISOR)
        await here.hours(2.99)
        assert [does for _, does, _ in air.asked] == [ActKind.DISABLE]
        await here.hours(0.01)
        assert air.asked[1:] == [("AP-1", ActKind.ENABLE, "")]
        assert (await here.journal())[0] == (
            "access_point_enable", "head-end", "AP-1", "chef · canal bloqué"
        )  # fmt: skip
        assert await here.off() == []
        await here.hours(5)
        assert len(air.asked) == 2


async def test_a_head_end_that_is_started_anew_switches_on_what_the_former_one_had_switched_off(
    tmp_path: Path,
) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        await here.acts.do("AP-1", wanted(ActKind.DISABLE, for_s=HOUR_S), SUPERVISOR)
        anew = BackOn(air, here.records, here.clock)
        await here.clock.advance(HOUR_S)
        await anew.look()
        assert air.asked[1:] == [("AP-1", ActKind.ENABLE, "")]
        assert await here.records.switched_off.all() == []


async def test_a_device_that_does_not_come_back_on_is_asked_again_and_told_once(tmp_path: Path) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        await here.acts.do("AP-1", wanted(ActKind.DISABLE, for_s=HOUR_S), SUPERVISOR)
        air.refuses = Unreachable("127.0.0.1:161: no answer")
        await here.hours(1)
        for _ in range(6):
            await here.hours(1 / 60)
        assert [does for _, does, _ in air.asked[1:]] == [ActKind.ENABLE] * 4
        assert await here.off() == [("AP-1", "", True)]
        air.refuses = None
        await here.hours(2 / 60)
        assert await here.off() == []
        acts = [act for act, *_ in await here.journal()]
        assert acts == ["access_point_enable", "access_point_refused", "access_point_disable"]


async def test_who_switches_it_on_sooner_ends_it_and_who_switches_it_off_again_puts_it_off(
    tmp_path: Path,
) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        await here.acts.do("AP-1", wanted(ActKind.DISABLE, for_s=HOUR_S), SUPERVISOR)
        await here.acts.do("AP-1", wanted(ActKind.DISABLE, for_s=4 * HOUR_S), SUPERVISOR)
        await here.hours(2)
        assert await here.off() == [("AP-1", "", False)]
        await here.acts.do("AP-1", wanted(ActKind.ENABLE), SUPERVISOR)
        asked = len(air.asked)
        await here.hours(6)
        assert len(air.asked) == asked
        assert await here.off() == []


async def test_what_the_device_says_no_to_is_told_and_kept(tmp_path: Path) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        air.refuses = Refused("127.0.0.1:161: not writable")
        with pytest.raises(Refused, match="not writable"):
            await here.acts.do("AP-1", wanted(ActKind.DISABLE), SUPERVISOR)
        assert [each[0] for each in await here.journal()] == ["access_point_refused", "access_point_disable"]
        assert await here.off() == []


async def test_without_an_answer_it_may_be_off_and_so_comes_back_on(tmp_path: Path) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        air.refuses = Unreachable("127.0.0.1:161: no answer")
        with pytest.raises(Unreachable):
            await here.acts.do("AP-1", wanted(ActKind.DISABLE), SUPERVISOR)
        assert await here.off() == [("AP-1", "", False)]


async def test_nothing_is_switched_off_while_the_records_could_not_have_it_come_back_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unreachable("records: away")

    air = Air()
    async with scene(tmp_path, air) as here:
        monkeypatch.setattr(SwitchedOffLog, "put", away)
        with pytest.raises(Unreachable, match="records"):
            await here.acts.do("AP-1", wanted(ActKind.DISABLE), SUPERVISOR)
        assert air.asked == []


async def test_a_dry_run_tells_who_would_lose_the_network_and_does_nothing(tmp_path: Path) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        here.says("AP-1", r1=30, r2=12)
        here.says("AP-2", r1=5)
        whole = await here.acts.do("AP-1", wanted(ActKind.DISABLE, dry_run=True), SUPERVISOR)
        assert (whole.dry_run, whole.clients, whole.place, whole.last_up) == (True, 42, "patinoire", False)
        assert whole.until == here.clock.now() + timedelta(hours=2)
        radio = await here.acts.do("AP-1", wanted(ActKind.RESTART, "2", dry_run=True), SUPERVISOR)
        assert (radio.clients, radio.last_up) == (12, False)
        again = await here.acts.do("AP-1", wanted(ActKind.ENABLE, dry_run=True), SUPERVISOR)
        assert again.clients == 0
        assert (air.asked, await here.journal(), await here.off()) == ([], [], [])


async def test_the_last_access_point_of_a_place_that_is_up_is_told_as_such(tmp_path: Path) -> None:
    async with scene(tmp_path, Air()) as here:
        here.says("AP-1", r1=30)
        for _ in range(3):
            here.hotspots.missed("AP-2", here.clock.now())
        done = await here.acts.do("AP-1", wanted(ActKind.DISABLE), SUPERVISOR)
        assert (done.clients, done.last_up) == (30, True)


async def test_how_many_are_connected_to_what_was_never_heard_of_is_not_known(tmp_path: Path) -> None:
    async with scene(tmp_path, Air()) as here:
        done = await here.acts.do("AP-1", wanted(ActKind.RESTART), SUPERVISOR)
        assert (done.clients, done.last_up) == (None, False)


async def test_what_could_not_be_switched_on_again_is_not_switched_off(tmp_path: Path) -> None:
    air = Air()
    air.knows = {ActKind.DISABLE}
    async with scene(tmp_path, air) as here:
        with pytest.raises(BadInput, match="does not enable"):
            await here.acts.do("AP-1", wanted(ActKind.DISABLE), SUPERVISOR)
        assert (air.asked, await here.journal()) == ([], [])


async def test_nothing_is_asked_of_an_unknown_access_point_nor_without_a_reason_nor_with_an_end_that_is_none(
    tmp_path: Path,
) -> None:
    air = Air()
    async with scene(tmp_path, air) as here:
        with pytest.raises(Unknown, match="AP-9"):
            await here.acts.do("AP-9", wanted(ActKind.RESTART), SUPERVISOR)
        with pytest.raises(BadInput, match="reason"):
            await here.acts.do("AP-1", wanted(ActKind.RESTART, reason=" "), SUPERVISOR)
        with pytest.raises(BadInput, match="restart has no end"):
            await here.acts.do("AP-1", wanted(ActKind.RESTART, for_s=60), SUPERVISOR)
        assert air.asked == []
        assert await here.journal() == []


def test_nothing_is_off_for_ever() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 43200"):
        wanted(ActKind.DISABLE, for_s=12 * HOUR_S + 1)


READER = Community("public")
"""Of the agents of this room: it may read."""


@needs_snmpd
async def test_a_real_agent_is_switched_off_and_holds_on_again_at_the_end(tmp_path: Path) -> None:
    profile: SnmpProfile = alone(*CONTACTS)
    user = User("opsrw", "authpass123", "privpass123")
    async with snmpd(tmp_path, conf=WRITABLE) as port, SnmpPoller(2.0) as poller:
        access_point = inventoried("AP-1", port, "x")
        inventory = Inventory(PLACES, {"AP-1": access_point})
        field = AccessPoints(inventory, {"x": profile}, poller, READER, user)
        async with scene(tmp_path, field, inventory) as here:
            done = await here.acts.do("AP-1", wanted(ActKind.DISABLE, for_s=HOUR_S), SUPERVISOR)
            assert done.confirmed
            assert (await contact(port, tmp_path)).endswith("off")
            await here.hours(1)
            assert (await contact(port, tmp_path)).endswith("on")
            assert await here.off() == []


async def contact(port: int, folder: Path) -> str:
    """What the agent holds, as net-snmp's own tool reads it."""
    code, said = await net_snmp(
        "snmpget", folder, "-v2c", "-cpublic", "-Oqv", f"127.0.0.1:{port}", f"{SYS_CONTACT}.0"
    )
    assert code == 0, said
    return said.strip().strip('"')


def test_a_community_and_a_profile_without_acts_are_told_before_anything_is_asked() -> None:
    known = {"x": alone(*CONTACTS), "mute": alone()}
    aps = {name: inventoried(name, 161, profile) for name, profile in (("AP-1", "x"), ("AP-2", "mute"))}
    inventory = Inventory(PLACES, aps)
    user = User("opsrw", "authpass123", "privpass123")
    field = AccessPoints(inventory, known, SnmpPoller(2.0), READER, user)
    field.check("AP-1", ActKind.DISABLE, "")
    with pytest.raises(BadInput, match="does not restart access points"):
        field.check("AP-2", ActKind.RESTART, "")
    with pytest.raises(BadInput, match="was left out"):
        field.check("AP-3", ActKind.RESTART, "")
    with pytest.raises(BadInput, match="SNMPv3"):
        AccessPoints(inventory, known, SnmpPoller(2.0), user, READER).check("AP-1", ActKind.DISABLE, "")


async def test_over_the_api_a_supervisor_acts_and_everybody_sees_what_is_off(tmp_path: Path) -> None:
    clock = ManualClock(EVENING)
    async with standing(write_city(tmp_path), clock) as (headend, console):
        air = Air()
        acts = headend.core.access_point_acts
        acts._actor = acts.back_on._actor = air
        body = {"does": "disable", "reason": "plainte", "for_s": 1800, "dry_run": True}
        status, view = await console.ask("POST", "/access-points/AP-1/acts", body)
        assert (status, view["dry_run"], view["clients"], air.asked) == (200, True, None, [])
        status, view = await console.ask("POST", "/access-points/AP-1/acts", {**body, "dry_run": False})
        assert (status, view["until"]) == (200, "2026-11-30T16:30:00Z")
        (off,) = await console.get("/switched-off")
        assert (off["access_point"], off["by"], off["overdue"]) == ("AP-1", view["by"], False)
        await clock.advance(1830)
        async with asyncio.timeout(5):
            while await console.get("/switched-off"):
                await clock.advance(15)
        assert air.asked[1:] == [("AP-1", ActKind.ENABLE, "")]
