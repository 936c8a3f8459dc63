"""A place in its busiest hours: what each radio carried then, and how full that made it, by the definition of load."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wifi.load import AccessPointLoad, RadioLoad, access_point_load, hotspot_load, radio_load

HUNDREDTHS = 100
"""Means of clients are no whole numbers; counted in hundredths, on both sides of the ratio, they are."""
LAST_CHANNEL_2_4 = 14
FULL_PCT = 100.0


@dataclass(frozen=True, slots=True)
class RadioUse:
    """What one radio carried, on average of the busiest hours; None is "not known"."""

    id: str
    clients: float | None
    airtime_pct: float | None
    channel: int | None

    @property
    def is_2_4_ghz(self) -> bool:
        """Whether it sends in the old, crowded band."""
        return self.channel is not None and self.channel <= LAST_CHANNEL_2_4

    def scaled(self, share: float) -> "RadioUse":
        """With so many times its people, and the airtime that they take."""
        clients = None if self.clients is None else self.clients * share
        return replace(self.scaled_air(share), clients=clients)

    def scaled_air(self, share: float) -> "RadioUse":
        """With so many times its airtime."""
        return (
            self
            if self.airtime_pct is None
            else replace(self, airtime_pct=min(self.airtime_pct * share, FULL_PCT))
        )


@dataclass(frozen=True, slots=True)
class AccessPointUse:
    """One access point with its radios."""

    id: str
    up: bool
    """Whether it answers now."""
    clients_per_radio: int
    radios: tuple[RadioUse, ...]

    @property
    def capacity(self) -> int:
        """How many clients its radios are meant to carry together."""
        return self.clients_per_radio * len(self.radios)

    def load(self) -> AccessPointLoad:
        """How full it was."""
        radios = [self._radio_load(radio) for radio in self.radios]
        return access_point_load(self.id, self.up, radios, HUNDREDTHS * self.clients_per_radio)

    def radio_load_pct(self, radio: RadioUse) -> float:
        """How full one of its radios was; 0 where nothing is known of it."""
        return self._radio_load(radio).load_pct or 0.0

    def scaled(self, share: float) -> "AccessPointUse":
        """With so many times its people."""
        return replace(self, radios=tuple(radio.scaled(share) for radio in self.radios))

    def _radio_load(self, radio: RadioUse) -> RadioLoad:
        clients = None if radio.clients is None else round(HUNDREDTHS * radio.clients)
        return radio_load(radio.id, clients, radio.airtime_pct, HUNDREDTHS * self.clients_per_radio)


Place = Sequence[AccessPointUse]


def load_pct(hotspot: str, place: Place) -> float | None:
    """How full the place was, by its access points that are up."""
    return hotspot_load(hotspot, [each.load() for each in place]).load_pct


def clients_of(place: Place) -> float:
    """How many people were there, as far as known."""
    return sum(radio.clients or 0.0 for each in place for radio in each.radios)
