"""Who is who behind a broker: which light point speaks, by which profile, and where it is answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from drivers.mqtt.codec import UNKNOWN_TOPIC, compose, decode
from drivers.mqtt.doubles import Doubles, SentAgain
from drivers.mqtt.envelope import eui
from drivers.mqtt.heard import Heard, Message, Route
from drivers.mqtt.profile import MqttProfile, What
from drivers.mqtt.told import Told
from drivers.mqtt.topics import topic_filter
from lighting.inventory import LightPoint

UNKNOWN_LAMP, UNKNOWN_GATEWAY, DUPLICATE = "unknown lamp", "unknown gateway", "duplicate"


class Switchboard:
    """Outlives the connections: what was heard over one is answered, and not heard again, over the next.

    Its memory is bounded by the light points that are known; strangers are counted and never remembered.
    """

    def __init__(self, profiles: Sequence[MqttProfile], points: Iterable[LightPoint] | None = None) -> None:
        """Prepare.

        Args:
            profiles: how the controllers of this broker speak; the first that knows a topic has it.
            points: whom to listen to, known by its id or by its controller's serial number (a LoRaWAN device's EUI);
                None: everybody, by the name that the network gives.
        """
        self.profiles = tuple(profiles)
        self.sent_again = SentAgain()
        self._naming = frozenset(each.name for each in profiles if _names_orders(each))
        self._points: Mapping[str, str] | None = None
        self._gateways: frozenset[str] = frozenset()
        self._doubles = Doubles()
        self._told = Told()
        self._routes: dict[str, tuple[MqttProfile, Route]] = {}
        if points is not None:
            self.meet(points)

    def meet(self, points: Iterable[LightPoint]) -> None:
        """Listen to these light points from now on; of those that were known, what was heard stays known."""
        known = {point.id: point for point in points}
        self._points = _names(tuple(known.values()))
        self._gateways = frozenset(point.gateway for point in known.values())
        self._routes = {name: route for name, route in self._routes.items() if name in known}
        self._told.keep(known)

    def filters(self, share: str = "") -> tuple[str, ...]:
        """What to subscribe to.

        With a group to share with, each message of telemetry comes to one of its head-ends only. What gateways say of
        themselves, and the answers to orders, come to all of them: a broker hands nothing that it kept to a group.
        """
        topics: dict[str, None] = {}
        for profile in self.profiles:
            to_all = {
                topic_filter(each.topic) for each in (profile.event, profile.status) if each is not None
            }
            for topic in profile.filters:
                topics[topic if topic in to_all or not share else f"$share/{share}/{topic}"] = None
        return tuple(topics)

    def hear(self, topic: str, payload: bytes, *, retained: bool, now: datetime) -> Heard:
        """What a message says, of light points by their ids.

        Args:
            topic: the message's own.
            payload: its bytes.
            retained: whether the broker kept it from before.
            now: our time, UTC.
        """
        for profile in self.profiles:
            heard = decode(profile, topic, payload, retained=retained, now=now)
            if heard.refused != UNKNOWN_TOPIC:
                break
        if heard.readings:
            return self._of_lamp(profile, heard)
        if heard.online is not None and self._points is not None and heard.gateway not in self._gateways:
            return Heard(refused=(*heard.refused, UNKNOWN_GATEWAY))
        return heard

    def _of_lamp(self, profile: MqttProfile, heard: Heard) -> Heard:
        said = heard.readings[0].device
        name = said if self._points is None else self._points.get(said)
        if name is None:
            return Heard(refused=(*heard.refused, UNKNOWN_LAMP))
        if heard.counter and self._doubles.is_double(name, heard.counter, heard.readings):
            return Heard(refused=(DUPLICATE,))
        if heard.route is not None and self._points is not None:
            self._routes[name] = profile, heard.route
        if profile.name in self._naming and name == said:
            return heard
        readings = [each._replace(device=name) for each in heard.readings]
        if profile.name not in self._naming:
            readings = [self._told.named(each) for each in readings]
        return heard._replace(readings=tuple(readings))

    def compose(self, what: What, point: LightPoint, parts: Mapping[str, object]) -> Message:
        """A message to a light point's controller: ``order``, ``resume`` or ``report``.

        Raises:
            BadInput: its profile has no such message.
            Unreachable: the way to it is known only once it has spoken.
        """
        profile, route = self._routes.get(point.id) or (self.profiles[0], _presumed(point))
        return compose(profile, what, route, parts)

    def takes(self, what: What, point: LightPoint) -> bool:
        """Whether a light point's controller knows such a message."""
        return self.profile_of(point).takes(what)

    def profile_of(self, point: LightPoint) -> MqttProfile:
        """How a light point's controller speaks: as it was heard, else as the first profile has it."""
        known = self._routes.get(point.id)
        return known[0] if known else self.profiles[0]

    def told(self, point: LightPoint, order: str, level: float) -> None:
        """Take note that an order (its level in percent) was sent."""
        self._told.order(point, order, level)


def _names_orders(profile: MqttProfile) -> bool:
    """Whether controllers are told the names of orders, and so can say which they follow."""
    return profile.order is None or "order" in profile.order.keys.values()


def _presumed(point: LightPoint) -> Route:
    """The way to a controller that was not heard of yet: enough for those whose topics bear the light point's id."""
    return Route(point.id, {"gateway": point.gateway, "lamp": point.id})


def _names(points: Sequence[LightPoint]) -> Mapping[str, str]:
    """Every light point by what its controller may be called; an id comes before a serial number."""
    serials = {eui(point.serial) or point.serial: point.id for point in points if point.serial}
    return serials | {point.id: point.id for point in points}
