"""Watching for faults: readings go to the detectors, incidents to the records and to the desk."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from city.clock import Clock
from city.errors import Unreachable
from city.incidents import LIVE, Incident, State
from city.measurements import DeviceKind, Reading
from headend.changes import Changes
from headend.pacing import BackOff
from headend.records import Records
from headend.ticket_words import Place
from headend.unknown import Unknown

log = logging.getLogger(__name__)

TICK_S = 30.0
"""Clock seconds between two looks at what only time brings to light."""
SAVE_FIRST_S, SAVE_CAP_S = 1.0, 60.0
"""Clock seconds between tries while the records are away."""
OVER_KEPT = 200
"""How many incidents that are over stay in memory, for consoles to see them go."""

WIFI = frozenset({DeviceKind.ACCESS_POINT, DeviceKind.RADIO, DeviceKind.SSID})


class LightingJudge(Protocol):
    """What ``lighting.diagnosis.LightingDiagnosis`` offers."""

    def observe(self, reading: Reading) -> list[Incident]:
        """Incidents created or changed by a reading."""

    def missed(self, cabinet: str, at: datetime) -> list[Incident]:
        """Incidents created or changed by a poll that stayed unanswered."""

    def tick(self, now: datetime) -> list[Incident]:
        """Incidents created or changed by the passing of time."""

    def forget(self, incident_id: str) -> object:
        """A person dismissed an incident."""


class WifiJudge(Protocol):
    """What ``wifi.diagnosis.WifiDiagnosis`` offers."""

    def observe(self, reading: Reading) -> list[Incident]:
        """Incidents created or changed by an answer."""

    def missed(self, access_point: str, at: datetime) -> list[Incident]:
        """Incidents created or changed by a poll that stayed unanswered."""

    def told(self, access_point: str, at: datetime, says: str) -> list[Incident]:
        """Incidents created or changed by what was told unasked."""

    def tick(self, now: datetime) -> list[Incident]:
        """Incidents created or changed by the passing of time."""

    def forget(self, incident_id: str) -> object:
        """A person dismissed an incident."""


class TicketDesk(Protocol):
    """What ``headend.desk.Desk`` offers the watch; both keep the incident with its ticket."""

    async def opened(self, incident: Incident, place: Place) -> None:
        """An incident stands, for the first time or again."""

    async def closed(self, incident: Incident) -> None:
        """An incident is over."""


class Watch:
    """Keeps the incidents: in memory at once, in the records in the order in which they changed."""

    def __init__(
        self,
        lighting: LightingJudge,
        wifi: WifiJudge,
        records: Records,
        desk: TicketDesk,
        place_of: Callable[[Incident], Place],
        clock: Clock,
        on_change: Callable[[Incident], None],
    ) -> None:
        """``on_change`` hears at once of every incident as it stands now."""
        self._lighting = lighting
        self._wifi = wifi
        self._records = records
        self._desk = desk
        self._place_of = place_of
        self._clock = clock
        self._on_change = on_change
        self.incidents: dict[str, Incident] = {}
        """All live ones, and the last that are over."""
        self.changes = Changes()
        self._unsaved: dict[str, Incident] = {}
        self._announced: dict[str, int] = {}
        """Which incidents the desk knows of, and of how many of their returns."""
        self._work = asyncio.Event()
        self._one_writer = asyncio.Lock()

    def restore(self, live: list[Incident]) -> None:
        """Take up the incidents that stood when the head-end stopped."""
        for incident in live:
            self.incidents[incident.id] = incident
            self._announced[incident.id] = incident.reopened
            self.changes.touch(incident.id)
            self._on_change(incident)

    @property
    def live(self) -> list[Incident]:
        """The incidents that stand, newest first."""
        standing = [each for each in self.incidents.values() if each.state in LIVE]
        return sorted(standing, key=lambda each: each.opened_at, reverse=True)

    def observe(self, reading: Reading) -> None:
        """Judge a reading that is the newest of its device."""
        if reading.kind in WIFI:
            self._changed(self._wifi.observe(reading))
        else:
            self._changed(self._lighting.observe(reading))

    def missed(self, access_point: str, at: datetime) -> None:
        """Judge a poll that an access point did not answer."""
        self._changed(self._wifi.missed(access_point, at))

    def told(self, access_point: str, says: str) -> None:
        """Take note of what an access point, or its controller, has just told unasked."""
        self._changed(self._wifi.told(access_point, self._clock.now(), says))

    def cabinet_missed(self, cabinet: str, at: datetime) -> None:
        """Judge a poll that a cabinet did not answer."""
        self._changed(self._lighting.missed(cabinet, at))

    def tick(self) -> None:
        """Judge what only time brings to light."""
        now = self._clock.now()
        self._changed(self._lighting.tick(now))
        self._changed(self._wifi.tick(now))

    async def run(self) -> None:
        """Tick, and write down what changes, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.save_for_ever(), name="save incidents")
            tasks.create_task(self.tick_for_ever(), name="tick")

    async def tick_for_ever(self) -> None:
        """Tick on the clock."""
        while True:
            await self._clock.sleep(TICK_S)
            self.tick()

    def acknowledge(self, incident: str, by: str) -> Incident:
        """Note that a named person knows. Raises Unknown when there is no such live incident."""
        return self._by_person(self.standing(incident).acknowledged(by))

    def dismiss(self, incident: str, because: str) -> Incident:
        """Note that a person says it is none. Raises BadInput without a reason, Unknown without a live incident."""
        dismissed = self.standing(incident).dismissed(self._clock.now(), because)
        self._lighting.forget(incident)
        self._wifi.forget(incident)
        return self._by_person(dismissed)

    def standing(self, incident: str) -> Incident:
        """An incident that stands. Raises Unknown when there is none of that name."""
        found = self.incidents.get(incident)
        if found is None or found.state not in LIVE:
            raise Unknown(f"incident {incident}: there is none of that name that stands")
        return found

    def _by_person(self, incident: Incident) -> Incident:
        self._keep(incident)
        return incident

    def _changed(self, incidents: list[Incident]) -> None:
        for incident in incidents:
            known = self.incidents.get(incident.id)
            if known is not None and known.state is State.DISMISSED:
                continue  # a person has spoken; the detector may still have been about to close it
            if known and known.acknowledged_by and known.reopened == incident.reopened:
                # What people said is kept here: detectors know of symptoms only. What is back, nobody knows of yet.
                incident = replace(incident, acknowledged_by=known.acknowledged_by)  # noqa: PLW2901
            log.info(
                "incident %s: %s on %s is %s", incident.id, incident.cause, incident.asset, incident.state
            )
            self._keep(incident)

    def _keep(self, incident: Incident) -> None:
        self.incidents[incident.id] = incident
        self.changes.touch(incident.id)
        self._unsaved[incident.id] = incident
        self._work.set()
        self._on_change(incident)
        over = [each.id for each in self.incidents.values() if each.state not in LIVE]
        for old in over[: max(len(over) - OVER_KEPT, 0)]:
            if old not in self._unsaved:
                del self.incidents[old]
                self._announced.pop(old, None)

    async def save_for_ever(self) -> None:
        """Write changed incidents down, in the order in which they first changed; each only as it stands now.

        The queue is bounded by itself: it holds an incident once, however often that changes meanwhile.
        """
        back_off = BackOff(SAVE_FIRST_S, SAVE_CAP_S)
        while True:
            await self._work.wait()
            try:
                await self.save()
                back_off.reset()
            except Unreachable as error:
                log.warning("an incident could not be written down yet: %s", error)
                await self._clock.sleep(back_off.next_s())

    async def save(self) -> None:
        """Write down all that has changed. Raises Unreachable when the records are away; nothing is lost then."""
        async with self._one_writer:
            while self._unsaved:
                incident = next(iter(self._unsaved.values()))
                await self._write_down(incident)
                if self._unsaved.get(incident.id) is incident:
                    del self._unsaved[incident.id]
            self._work.clear()

    async def _write_down(self, incident: Incident) -> None:
        if self._announced.get(incident.id, -1) < incident.reopened:
            await self._desk.opened(incident, self._place_of(incident))
            self._announced[incident.id] = incident.reopened
        elif incident.state in LIVE:
            await self._records.save_incident(incident)
        if incident.state not in LIVE:
            await self._desk.closed(incident)
