"""The diagnosis of city Wi-Fi: polls in, incidents out, each cause once, with what follows from it.

The rules, with the reason for each number: docs/wifi-faults.md.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from city.casebook import Casebook
from city.incidents import Finding, Incident, State
from city.measurements import DeviceKind, Fact, Metric, Reading
from city.symptoms import Symptom
from wifi.crowding import Crowding
from wifi.inventory import AccessPoint, Inventory
from wifi.load import AccessPointLoad, HotspotLoad, access_point_load, count_of, hotspot_load
from wifi.pulse import ANSWERED, UNANSWERED
from wifi.radios import RadioWatch
from wifi.rules import DEFAULT_PERIOD, MISSES, MOST_RADIOS, RULES, SUSPICION_HOLDS, Rules
from wifi.silence import SilenceWatch
from wifi.stillness import Stillness

PARIS = ZoneInfo("Europe/Paris")
MISSING_ROW = "missing_row"
"""Why a controller's access point is down: it is listed no more."""
TIDY_EVERY = timedelta(minutes=15)
"""How often old suspicions and old repairs are looked through."""


def _nobody(_asset: str, _at: datetime) -> bool:
    return False


class WifiDiagnosis:
    """Watches every access point of a city with its radios, its place and its controller, one poll at a time."""

    def __init__(
        self,
        inventory: Inventory,
        open_incidents: Iterable[Incident] = (),
        *,
        period: timedelta = DEFAULT_PERIOD,
        zone: ZoneInfo = PARIS,
        rules: Rules = RULES,
    ) -> None:
        """Prepare.

        Args:
            inventory: the city's Wi-Fi.
            open_incidents: those that stood before a restart, dismissed ones whose symptom may last, and those that
                were closed of late and may come back.
            period: how often an access point is polled.
            zone: where the city's days begin.
            rules: what the settings say.
        """
        known = tuple(open_incidents)
        self._inventory = inventory
        self._period = period
        self._cases = Casebook(known)
        self._silence = SilenceWatch(inventory, period)
        self._radios: dict[str, dict[str, RadioWatch]] = {name: {} for name in inventory.access_points}
        self._stillness = {name: Stillness(name) for name in inventory.access_points}
        self._crowding = {name: Crowding(name, rules, period, zone) for name in inventory.hotspots}
        self._listed_at: dict[str, datetime] = {}
        """When each access point was last polled with the answer "up"."""
        self._clients: dict[str, int | None] = {}
        """As it counts them itself."""
        self._tidied_at: datetime | None = None
        self.excused: Callable[[str, datetime], bool] = _nobody
        """Whether a person has an access point or a radio off, or has it restart, at an instant: that is no fault."""
        for incident in known:
            if incident.state is not State.CLOSED:
                self._restore(incident)

    @property
    def suspected(self) -> int:
        """How many symptoms have been seen, but not for long enough."""
        return self._cases.suspected

    def observe(self, reading: Reading) -> list[Incident]:
        """The incidents that a reading opens or moves; those of networks and unknown devices change nothing."""
        if reading.kind is DeviceKind.RADIO:
            return self._entered((finding, ()) for finding in self._radio_heard(reading))
        if reading.kind is not DeviceKind.ACCESS_POINT or reading.device not in self._radios:
            return []
        if reading.values.get(Metric.UP, 1.0) > 0:
            return self._up(reading)
        is_missing = reading.facts.get(Fact.WHY) == MISSING_ROW
        return self._down(reading.device, reading.at, MISSING_ROW if is_missing else "reported_down")

    def missed(self, access_point: str, at: datetime) -> list[Incident]:
        """The incidents that a poll opens or moves by staying unanswered."""
        return self._down(access_point, at, UNANSWERED) if access_point in self._radios else []

    def told(self, access_point: str, at: datetime, says: str) -> list[Incident]:
        """The incidents that a trap opens or moves: none, as only a poll proves what it says (``ap_down`` …)."""
        if pulse := self._silence.pulses.get(access_point):
            self._silence.told(pulse, at, says)
        return []

    def tick(self, now: datetime) -> list[Incident]:
        """What the passing of time brings to light; suspicions of what has fallen silent are let go."""
        if self._tidied_at is None or now - self._tidied_at >= TIDY_EVERY:
            self._tidied_at = now
            self._cases.drop_stale(now, SUSPICION_HOLDS)
        return self._entered(self._silence.tick(now))

    def recall(self, hotspot: str, load: HotspotLoad, at: datetime, span: timedelta) -> None:
        """What a place was like before the start, for so long from an instant on: it counts for its days."""
        if hotspot in self._crowding:
            self._crowding[hotspot].recall(load, at, span)

    def forget(self, incident_id: str) -> None:
        """A person dismissed an incident: nothing more is said of it, until its symptom goes and comes again."""
        self._cases.forget(incident_id)

    def _entered(self, said: Iterable[tuple[Finding, tuple[str, ...]]]) -> list[Incident]:
        return [
            incident for finding, suppressed in said for incident in self._cases.enter(finding, suppressed)
        ]

    def _is_news(self, access_point: str, at: datetime) -> bool:
        seen_at = self._silence.pulses[access_point].seen_at
        return seen_at is None or at > seen_at

    def _up(self, reading: Reading) -> list[Incident]:
        name, at = reading.device, reading.at
        if not self._is_news(name, at):
            return []
        uptime_s = reading.values.get(Metric.UPTIME)
        found = self._entered(self._silence.take(self._silence.pulses[name], at, ANSWERED, uptime_s))
        found += self._entered((finding, ()) for finding in self._judge_poll_before(name, at))
        self._clients[name] = count_of(reading.values.get(Metric.CLIENTS))
        self._listed_at[name] = at
        return found

    def _down(self, name: str, at: datetime, rule: str) -> list[Incident]:
        if not self._is_news(name, at) or self.excused(name, at):
            return []
        found = self._entered(self._silence.take(self._silence.pulses[name], at, rule))
        if self._silence.pulses[name].run >= MISSES:  # one poll that is lost leaves all as it was
            self._listed_at.pop(name, None)
            for radio in self._radios[name].values():
                found += self._entered((finding, ()) for finding in radio.let_go(at))
        return found

    def _radio_heard(self, reading: Reading) -> Iterator[Finding]:
        name = reading.device.rpartition("/")[0]
        radios = self._radios.get(name)
        if radios is None:
            return
        if reading.device not in radios:
            if len(radios) >= MOST_RADIOS:
                return
            radios[reading.device] = self._radio(reading.device, self._inventory.access_points[name])
        yield from radios[reading.device].observe(reading, excused=self.excused(reading.device, reading.at))

    def _radio(self, radio: str, access_point: AccessPoint) -> RadioWatch:
        return RadioWatch(radio, access_point.clients_per_radio, self._period)

    def _judge_poll_before(self, name: str, at: datetime) -> Iterator[Finding]:
        """What the poll before has brought of an access point: its radios follow it, and have all come by now."""
        polled_at = self._listed_at.get(name)
        if polled_at is None:
            return
        listed = []
        for radio in self._radios[name].values():
            if radio.is_listed(polled_at):
                listed.append(radio)
            elif not self.excused(radio.id, polled_at):
                yield from radio.unlisted(polled_at)
        hotspot = self._inventory.access_points[name].hotspot
        yield from self._stillness[name].judge(polled_at, listed, self._others_moved_at(hotspot, name))
        crowding = self._crowding.get(hotspot)
        if crowding is not None and crowding.is_due(at, self._period):
            members = self._inventory.by_hotspot[hotspot]
            load = hotspot_load(hotspot, [self._load(member) for member in members])
            yield from crowding.observe(load, at)

    def _others_moved_at(self, hotspot: str, name: str) -> datetime | None:
        return max(
            (
                radio.changed_at
                for member in self._inventory.by_hotspot.get(hotspot, ())
                if member.id != name
                for radio in self._radios[member.id].values()
                if radio.changed_at is not None
            ),
            default=None,
        )

    def _load(self, access_point: AccessPoint) -> AccessPointLoad:
        """How full an access point was when it was last polled."""
        polled_at = self._listed_at.get(access_point.id)
        radios = self._radios[access_point.id].values()
        loads = [radio.load for radio in radios if polled_at is not None and radio.is_listed(polled_at)]
        clients = self._clients.get(access_point.id)
        return access_point_load(
            access_point.id, polled_at is not None, loads, access_point.clients_per_radio, clients
        )

    def _restore(self, incident: Incident) -> None:
        symptom: Symptom | None = None
        if incident.kind is DeviceKind.RADIO:
            name = incident.asset.rpartition("/")[0]
            if name in self._radios:
                radio = self._radio(incident.asset, self._inventory.access_points[name])
                radio = self._radios[name].setdefault(incident.asset, radio)
                symptom = next(
                    (each for each in (radio.off, radio.interference) if each.cause is incident.cause), None
                )
        elif (
            incident.asset in self._stillness
            and incident.cause is self._stillness[incident.asset].stuck.cause
        ):
            symptom = self._stillness[incident.asset].stuck
        elif (
            incident.asset in self._crowding
            and incident.cause is self._crowding[incident.asset].symptom.cause
        ):
            symptom = self._crowding[incident.asset].symptom
        else:
            self._silence.restore(incident)
        if symptom is not None:
            symptom.restore(incident.since, clearing=incident.state is State.CLEARING)
