"""Access points over SNMP: their rows found once, then exact questions at each poll."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from city.errors import Refused
from city.measurements import Batch, Metric
from drivers.snmp.acts import Does, act_of, carry_out, row_of
from drivers.snmp.codec import Value
from drivers.snmp.controllers import Controllers, own_object_id, read_device
from drivers.snmp.plan import Plan, can_be_planned, make_plan, readings_of
from drivers.snmp.profile import SnmpProfile
from drivers.snmp.reader import Asks
from drivers.snmp.session import Agent, Credentials, SnmpSession
from drivers.snmp.ssids import Networks, ssid_readings
from drivers.snmp.unlisted import Unlisted, UnlistedAccessPoints
from wifi.inventory import AccessPoint, Controller, Inventory

POLLS_BEFORE_ANEW = 60
"""After so many polls rows are looked for again: radios are added, and objects appear, without a reboot."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of an access point between polls."""

    profile: str
    plan: Plan
    uptime_s: float | None = None
    """At the last poll; None before the first."""
    polls: int = 0


class SnmpPoller:
    """Polls any number of access points through one engine."""

    def __init__(self, timeout_s: float, unlisted: UnlistedAccessPoints | None = None) -> None:
        """Prepare.

        Args:
            timeout_s: real seconds that each try of a request may take; there are two.
            unlisted: what remembers the access points that controllers list and the inventory does not name.
        """
        self._session = SnmpSession(timeout_s)
        self.refused: Counter[str] = self._session.refused
        """How often an object was missing or nonsense, by field and reason, and datagrams that were not SNMP."""
        self._known: dict[str, _Known] = {}
        self._networks = Networks(self.refused)
        self._unlisted = unlisted or UnlistedAccessPoints()
        self._controllers = Controllers(self._session, self.refused, self._unlisted)

    async def __aenter__(self) -> Self:
        """Start the engine."""
        await self._session.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close it."""
        await self._session.__aexit__(*exc_info)

    def expect(self, inventory: Inventory) -> None:
        """Say which access points there are: what else a controller lists is remembered."""
        self._unlisted.expect(inventory)

    def unlisted(self) -> list[Unlisted]:
        """What controllers list and nobody expects."""
        return self._unlisted.all()

    async def read(
        self, access_point: AccessPoint, profile: SnmpProfile, credentials: Credentials, at: datetime
    ) -> Batch:
        """Poll one access point: itself, each object exactly once, or the controller that speaks for it.

        The reading of one that stands alone has no values of its own but those that the profile names: that it answered
        is what says that it is up, and its clients are those of its radios.

        Args:
            access_point: where it is, or where its controller is.
            profile: what the objects mean.
            credentials: community or user.
            at: the sampling time to give to what it answers, UTC.

        Raises:
            Unreachable: no answer; a wrong community looks the same.
            Refused: it answered nonsense, or the controller does not know the access point.
        """
        agent = Agent(access_point.host, access_point.port, credentials)
        known = self._known.get(access_point.id)
        if profile.stands == "controller":
            batch = await self._controllers.read(access_point, agent, profile, at)
        # Whether it can be planned takes as long to work out as a poll: not for one that is.
        elif (known is None or known.profile != profile.name) and not can_be_planned(profile):
            batch = await self._walked(access_point, agent, profile, at)
        else:
            batch = await self._planned(access_point, agent, profile, at)
        return self._networks.bounded(batch)

    async def discover(
        self, controller: Controller, profile: SnmpProfile, credentials: Credentials, at: datetime
    ) -> Batch:
        """Read a controller of which no access point is polled yet, so that those it lists are remembered.

        Raises:
            Unreachable, Refused: as ``read`` does.
        """
        agent = Agent(controller.host, controller.port, credentials)
        return self._networks.bounded(await self._controllers.discover(controller, agent, profile, at))

    async def act(
        self,
        access_point: AccessPoint,
        profile: SnmpProfile,
        credentials: Credentials,
        does: Does,
        radio: str,
        at: datetime,
    ) -> bool:
        """Restart an access point, or switch it, or a radio of it where one is named, on or off.

        Returns:
            Whether what was written was read back; where a device restarts there is nothing to read back.

        Raises:
            BadInput: the profile knows no such act, or the credentials are a community.
            Unreachable: no answer in time: it is not known whether it was done.
            Refused: the device does not allow it, or it did not last.
        """
        agent = Agent(access_point.host, access_point.port, credentials)
        act = act_of(profile, does, radio)
        name = access_point.id
        if profile.stands == "controller" and act.instance is None:
            name = await self._controllers.own_name(access_point, agent, profile, at)
        await carry_out(self._session, agent, act, row_of(profile, act, name, radio))
        return does != "restart"

    async def _planned(
        self, access_point: AccessPoint, agent: Agent, profile: SnmpProfile, at: datetime
    ) -> Batch:
        known = self._known.get(access_point.id)
        if known is None or known.profile != profile.name:
            known = _Known(profile.name, await find_rows(self._session, agent, profile))
        raws: dict[str, Value] = await self._session.get(agent, known.plan.oids)
        if not raws:
            raise Refused(f"{access_point.id} at {agent.where}: answered nothing that was asked")
        batch, complete = known.plan.batch(access_point.id, raws, at, self.refused)
        uptime_s = batch.readings[0].values.get(Metric.UPTIME, 0.0)
        polls = known.polls + 1
        if complete and uptime_s >= (known.uptime_s or 0.0) and polls < POLLS_BEFORE_ANEW:
            plan = known.plan if known.uptime_s is not None else known.plan.without_absent(raws)
            self._known[access_point.id] = _Known(profile.name, plan, uptime_s, polls)
        else:  # it has rebooted, or has other radios now, or may have: its rows are found anew at the next poll
            self._known.pop(access_point.id, None)
        return batch

    async def _walked(
        self, access_point: AccessPoint, agent: Agent, profile: SnmpProfile, at: datetime
    ) -> Batch:
        """A poll of one whose rows come and go."""
        seen = await read_device(self._session, agent, profile, self.refused)
        if not seen.access_points:
            raise Refused(f"{access_point.id} at {agent.where}: answered nothing that {profile.name} knows")
        batch = readings_of(access_point.id, seen.access_points[0], at)
        return replace(batch, readings=batch.readings + ssid_readings(access_point.id, seen.ssids, at))


async def find_rows(session: Asks, agent: Agent, profile: SnmpProfile) -> Plan:
    """Which rows an access point has, and so what there is to ask at each poll."""
    return await make_plan(session, agent, profile, await own_object_id(session, agent, profile))
