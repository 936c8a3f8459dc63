"""The simulated city's access points: which of them are there, what they are like, and how one hears of it.

Everything is a function of the seed and of time, and of what people and faults have done up to then.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from fake_devices.city_plan import AccessPointPlan
from fake_devices.draws import chance
from fake_devices.radios import KNOT_S, MOST_HEARD, Activity, Crowd, Radio, RadioState, band

LONGEST_UPTIME_S = 60 * 86_400
"""No access point has been up for longer than this when the simulation starts."""
USUAL_ACTIVITY = 0.25
"""Mean activity of the time before the simulation starts: what the counters already hold then."""
RESTART_S = 120.0
"""From a restart until it serves and answers again."""
MOVING = 0.7
"""Clients of a radio that goes off who find another of the same access point."""
SLOT_S = 60.0
"""While polls are being lost, they are lost for so long, or not."""
LUCKY_S = 180.0
"""None is lost of an access point that has just booted: with those that it missed it would rightly be called down."""
NEWCOMER_AFTER = timedelta(minutes=30)
"""When after the start controllers list the access points that nobody has told the head-end of."""
MOST_NEWS = 10_000

How = Literal["missing_row", "status"]
"""How a controller tells that an access point is away: it lists it no more, or says so in its status."""
Heard = Literal["answers", "silent", "missing_row", "status"]
"""What comes of asking for an access point."""


@dataclass(frozen=True, slots=True)
class AccessPointState:
    """One access point at one instant; one that is down has no radios to speak of."""

    up: bool
    uptime_s: float
    radios: tuple[RadioState, ...]

    @property
    def clients(self) -> int:
        """Those of all its radios."""
        return sum(radio.clients for radio in self.radios)


NETWORKS = ("Mulhouse-WiFi", "Mulhouse-Agents")
"""What every access point sends; its clients are in one of them."""
PUBLIC_SHARE = 0.85
"""Clients of the first."""


def of_networks(clients: int) -> tuple[int, ...]:
    """How many clients are in each network, of so many in all."""
    public = round(PUBLIC_SHARE * clients)
    return public, clients - public


DOWN = AccessPointState(up=False, uptime_s=0.0, radios=())


class News(NamedTuple):
    """Something that an access point, or its controller, tells unasked."""

    access_point: str
    says: Literal["down", "up", "restarted"]
    at: datetime


@dataclass(slots=True)
class _AccessPoint:
    plan: AccessPointPlan
    radios: tuple[Radio, ...]
    booted_at: datetime
    how: How
    dead: set[str] = field(default_factory=set)
    """Why it has no power."""
    cut: set[str] = field(default_factory=set)
    """Why nothing of it arrives, though it runs."""
    stuck: tuple[tuple[int, int], ...] = ()
    """What its counters of octets stand still at, by radio."""


class AccessPoints:
    """All access points of the city."""

    def __init__(
        self,
        plan: Sequence[AccessPointPlan],
        seed: int,
        start: datetime,
        newcomers: Sequence[AccessPointPlan] = (),
    ) -> None:
        """``newcomers`` stand behind controllers, and the inventory does not know them."""
        self.plan = {planned.id: planned for planned in plan}
        self.start = start
        self.news: deque[News] = deque(maxlen=MOST_NEWS)
        """What has been told unasked, for whoever takes it away."""
        self.lost_share = 0.0
        """Of all polls, those that stay unanswered for no reason."""
        self._newcomers = {planned.id for planned in newcomers}
        self._seed = seed
        self._crowds: dict[str, list[Crowd]] = {planned.hotspot: [] for planned in plan}
        self._lost_controllers: Counter[str] = Counter()
        everyone = (*plan, *newcomers)
        channels = _channels(everyone)
        users = Counter((planned.hotspot, channels[planned.id, n]) for planned, n in _numbered(everyone))
        self._all: dict[str, _AccessPoint] = {}
        for planned in everyone:
            uptime_s = LONGEST_UPTIME_S * chance(seed, planned.id, "uptime")
            radios = tuple(
                self._radio(planned, number, channel, users[planned.hotspot, channel] - 1, uptime_s)
                for number in range(1, planned.radios + 1)
                for channel in (channels[planned.id, number],)
            )
            how: How = "missing_row" if chance(seed, planned.id, "how") < 1 / 2 else "status"
            booted_at = start - timedelta(seconds=uptime_s)
            self._all[planned.id] = _AccessPoint(planned, radios, booted_at, how)
        self.controllers: Mapping[str, tuple[str, ...]] = {
            name: tuple(each.id for each in everyone if each.controller == name)
            for name in dict.fromkeys(each.controller for each in everyone)
            if name
        }
        """The access points behind each controller, those that nobody knows of included."""

    def _radio(
        self, planned: AccessPointPlan, number: int, channel: int, neighbours: int, uptime_s: float
    ) -> Radio:
        activity = Activity(
            planned.hotspot,
            f"{planned.id}/{number}",
            self._seed,
            start_s=int(self.start.timestamp()) // KNOT_S * KNOT_S,
            share=band(number).share,
            crowds=self._crowds.setdefault(planned.hotspot, []),
        )
        return Radio(
            number=number,
            band=band(number),
            channel=channel,
            capacity=planned.clients_per_radio,
            neighbours=min(neighbours, MOST_HEARD),
            activity=activity,
            served=uptime_s * USUAL_ACTIVITY,
            changed=activity.at(self.start)[1],
        )

    def planned(self, ap_id: str) -> AccessPointPlan:
        """The plan of any access point, newcomers included."""
        return self._all[ap_id].plan

    def state(self, ap_id: str, at: datetime) -> AccessPointState:
        """What an access point is like at an instant, UTC, not before the last change; none before the start."""
        access_point = self._all[ap_id]
        if access_point.dead or access_point.cut or at < access_point.booted_at:
            return DOWN
        radios = tuple(radio.state(at) for radio in access_point.radios)
        if access_point.stuck:
            radios = tuple(
                replace(radio, in_octets=held[0], out_octets=held[1])
                for radio, held in zip(radios, access_point.stuck, strict=True)
            )
        return AccessPointState(
            up=True, uptime_s=max((at - access_point.booted_at).total_seconds(), 0.0), radios=radios
        )

    def is_down(self, ap_id: str, at: datetime) -> bool:
        """Whether nothing of an access point arrives: it has no power, boots, or is cut off."""
        access_point = self._all[ap_id]
        return bool(access_point.dead or access_point.cut) or at < access_point.booted_at

    def hears(self, agent: str, at: datetime) -> bool:
        """Whether a question to an agent, an access point that stands alone or a controller, gets through."""
        if agent in self._lost_controllers or (agent in self._all and self.is_down(agent, at)):
            return False
        return not self.lost_share or self._is_lucky(agent, at)

    def _is_lucky(self, agent: str, at: datetime) -> bool:
        """Whether a question and its answer arrive, of which some get lost for no reason."""
        booted = self._all.get(agent)
        if booted is not None and (at - booted.booted_at).total_seconds() < LUCKY_S:
            return True
        return chance(self._seed, agent, "lost", at.timestamp() // SLOT_S) >= self.lost_share

    def heard(self, ap_id: str, at: datetime) -> Heard:
        """What comes of asking for an access point, itself or its controller."""
        access_point = self._all[ap_id]
        controller = access_point.plan.controller
        if not self.hears(controller or ap_id, at):
            return "silent"
        return access_point.how if controller and self.is_down(ap_id, at) else "answers"

    def listed(self, controller: str, at: datetime) -> list[str]:
        """The access points that a controller lists at an instant."""
        return [
            name
            for name in self.controllers[controller]
            if (name not in self._newcomers or at >= self.start + NEWCOMER_AFTER)
            and (self._all[name].how == "status" or not self.is_down(name, at))
        ]

    def set_down(
        self, ap_id: str, *, down: bool, at: datetime, why: str = "down", how: How | None = None
    ) -> None:
        """Cut an access point's power, or give it back: it boots at once, and counts from zero.

        Args:
            ap_id: which.
            down: whether it goes.
            at: when, UTC.
            why: power comes back when every reason for which it went is gone.
            how: how its controller tells it from now on; None: as ever.
        """
        access_point = self._all[ap_id]
        was_down = self.is_down(ap_id, at)
        had_power = not access_point.dead
        (access_point.dead.add if down else access_point.dead.discard)(why)
        access_point.how = how or access_point.how
        if not had_power and not access_point.dead:
            self._boot(access_point, at)
        self._tell(ap_id, at, was_down, "restarted")

    def cut_off(self, ap_ids: Iterable[str], *, cut: bool, at: datetime, why: str) -> None:
        """Let nothing of some access points arrive any more, or all again: they run on meanwhile."""
        for ap_id in ap_ids:
            access_point = self._all[ap_id]
            was_down = self.is_down(ap_id, at)
            (access_point.cut.add if cut else access_point.cut.discard)(why)
            self._tell(ap_id, at, was_down)

    def lose_controller(self, controller: str, *, lost: bool) -> None:
        """Let a controller fall silent, or speak again."""
        self._lost_controllers[controller] += 1 if lost else -1
        self._lost_controllers += Counter()  # none but those that are lost

    def restart(self, ap_id: str, at: datetime) -> None:
        """Have an access point restart: it is back after ``RESTART_S``."""
        was_down = self.is_down(ap_id, at)
        self._boot(self._all[ap_id], at + timedelta(seconds=RESTART_S))
        self._tell(ap_id, at, was_down)
        if not was_down:
            self.news.append(News(ap_id, "restarted", at + timedelta(seconds=RESTART_S)))

    def _boot(self, access_point: _AccessPoint, at: datetime) -> None:
        access_point.booted_at = at
        for radio in access_point.radios:
            radio.boot(at)
        _spread(access_point.radios)

    def _tell(
        self,
        ap_id: str,
        at: datetime,
        was_down: bool,  # noqa: FBT001 - a state, not a switch
        back: Literal["up", "restarted"] = "up",
    ) -> None:
        is_down = self.is_down(ap_id, at)
        if is_down != was_down:
            self.news.append(News(ap_id, "down" if is_down else back, at))

    def switch_radios(self, ap_id: str, numbers: Iterable[int], *, on: bool, at: datetime) -> None:
        """Switch radios on or off, as a person does: they stay so until the next boot."""
        self._change(ap_id, numbers, at, "admin_up", value=on)

    def break_radio(self, radio: str, *, broken: bool, at: datetime) -> None:
        """Let a radio (``AP-1/2``) send no more, or again."""
        ap_id, _, number = radio.rpartition("/")
        self._change(ap_id, [int(number)], at, "broken", value=broken)

    def interfere(self, radio: str, *, interfered: bool, at: datetime) -> None:
        """Let a neighbour fill the channel of a radio, or leave it."""
        ap_id, _, number = radio.rpartition("/")
        self._change(ap_id, [int(number)], at, "interfered", value=interfered)

    def _change(self, ap_id: str, numbers: Iterable[int], at: datetime, name: str, *, value: bool) -> None:
        radios = self._all[ap_id].radios
        for radio in radios:
            radio.settle(at)
        for number in numbers:
            setattr(radios[number - 1], name, value)
        _spread(radios)

    def stick_counters(self, ap_id: str, *, stuck: bool, at: datetime) -> None:
        """Let an access point's counters of octets stand still, or tell the truth again."""
        radios = (radio.state(at) for radio in self._all[ap_id].radios)
        held = tuple((radio.in_octets, radio.out_octets) for radio in radios)
        self._all[ap_id].stuck = held if stuck else ()

    def crowd(self, hotspot: str, crowd: Crowd) -> None:
        """Let more people come to a place, at a time that has not come yet."""
        self._crowds[hotspot].append(crowd)

    def of_hotspot(self, hotspot: str) -> list[str]:
        """The access points of a place, by id, those that nobody knows of included."""
        return [name for name, access_point in self._all.items() if access_point.plan.hotspot == hotspot]


def _spread(radios: Sequence[Radio]) -> None:
    """Let clients of radios that are off find those beside them that are on."""
    on = [radio for radio in radios if radio.up]
    homeless = MOVING * sum(radio.full_house for radio in radios if not radio.up)
    for radio in on:
        radio.gains = 1 + homeless / (len(on) * radio.full_house)


def _numbered(plan: Iterable[AccessPointPlan]) -> Iterable[tuple[AccessPointPlan, int]]:
    return ((planned, number) for planned in plan for number in range(1, planned.radios + 1))


def _channels(plan: Iterable[AccessPointPlan]) -> dict[tuple[str, int], int]:
    """The channel of each radio, by access point and radio number: those of one place are spread over its band."""
    placed: Counter[str] = Counter()
    channels = {}
    for planned in plan:
        for number in range(1, planned.radios + 1):
            choice = band(number).channels
            channels[planned.id, number] = choice[placed[planned.hotspot] % len(choice)]
        placed[planned.hotspot] += 1
    return channels
