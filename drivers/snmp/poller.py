"""Access points over SNMP: their rows found once, then exact questions at each poll."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from city.errors import Refused
from city.measurements import Batch, DeviceKind, Metric, Reading
from drivers.snmp.codec import Value, decode_all, instance, text
from drivers.snmp.profile import Column, Radios, SnmpProfile
from drivers.snmp.session import Agent, Community, SnmpSession
from wifi.inventory import AccessPoint


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of an access point between polls."""

    profile: str
    rows: tuple[str, ...]
    uptime_s: float


class SnmpPoller:
    """Polls any number of access points through one engine."""

    def __init__(self, timeout_s: float) -> None:
        """``timeout_s``: real seconds that each try of a request may take; there are two."""
        self._session = SnmpSession(timeout_s)
        self.refused: Counter[str] = self._session.refused
        """How often an object was missing or nonsense, by metric and reason, and datagrams that were not SNMP."""
        self._known: dict[str, _Known] = {}

    async def __aenter__(self) -> Self:
        """Start the engine."""
        await self._session.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close it."""
        await self._session.__aexit__(*exc_info)

    async def read(
        self, access_point: AccessPoint, profile: SnmpProfile, community: str, at: datetime
    ) -> Batch:
        """Poll one access point: each object exactly once.

        Its reading has no values of its own but those that the profile names: that it answered is what says that it
        is up, and its clients are those of its radios.

        Args:
            access_point: where it is.
            profile: what its objects mean.
            community: SNMPv2c community.
            at: the sampling time to give to what it answers, UTC.

        Raises:
            Unreachable: no answer; a wrong community looks the same.
            Refused: it answered nonsense.
        """
        agent = Agent(access_point.host, access_point.port, Community(community))
        known = self._known.get(access_point.id)
        if known is None or known.profile != profile.name:
            known = _Known(profile.name, await find_rows(self._session, agent, profile.radios), 0.0)
        raws = await self._session.get(agent, poll_oids(profile, known.rows))
        if not raws:
            raise Refused(f"{access_point.id} at {agent.where}: answered nothing that was asked")
        batch, complete = self._batch(access_point, profile, known, raws, at)
        uptime_s = batch.readings[0].values.get(Metric.UPTIME, 0.0)
        if complete and uptime_s >= known.uptime_s:
            self._known[access_point.id] = _Known(profile.name, known.rows, uptime_s)
        else:  # it has rebooted, or has other radios now: its rows are found anew at the next poll
            self._known.pop(access_point.id, None)
        return batch

    def _batch(
        self,
        access_point: AccessPoint,
        profile: SnmpProfile,
        known: _Known,
        raws: dict[str, Value],
        at: datetime,
    ) -> tuple[Batch, bool]:
        """What was read, and whether there was something of every radio."""
        values, refused = decode_all(profile.scalar, raws, "")
        readings = [Reading(access_point.id, DeviceKind.ACCESS_POINT, at, values)]
        columns = profile.radios.column if profile.radios else ()
        for row in known.rows:
            values, missing = decode_all(columns, raws, row)
            refused += missing
            if values:
                readings.append(Reading(f"{access_point.id}/{row}", DeviceKind.RADIO, at, values))
        self.refused.update(refused)
        complete = len(readings) == len(known.rows) + 1 and (bool(known.rows) or profile.radios is None)
        return Batch(access_point.id, at, tuple(readings)), complete


async def find_rows(session: SnmpSession, agent: Agent, radios: Radios | None) -> tuple[str, ...]:
    """Which radios an access point has, by the index of their rows."""
    if radios is None:
        return ()
    found = await session.walk(agent, radios.instances, radios.most)
    return tuple(
        row for row, value in found.items() if not radios.only or re.search(radios.only, text(value))
    )


def poll_oids(profile: SnmpProfile, rows: Sequence[str]) -> list[str]:
    """What is asked at each poll: whatever has a metric."""
    oids = _measured(profile.scalar, "")
    for row in rows:
        oids += _measured(profile.radios.column if profile.radios else (), row)
    return oids


def _measured(columns: Iterable[Column], row: str) -> list[str]:
    return [instance(column, row) for column in columns if column.metric is not None]
