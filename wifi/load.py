"""How full radios, access points and hotspots are. The definition, with examples: docs/wifi-load.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

FULL_PCT = 100.0


@dataclass(frozen=True, slots=True)
class RadioLoad:
    """One radio; None is "not known"."""

    id: str
    clients: int | None
    airtime_pct: float | None
    load_pct: float | None
    sends: bool = True
    """One that is switched off carries nobody: it is in no mean and no capacity."""


@dataclass(frozen=True, slots=True)
class AccessPointLoad:
    """One access point; nothing is known of one that is not up."""

    id: str
    up: bool | None
    clients: int | None
    airtime_pct: float | None
    """Mean of its radios."""
    load_pct: float | None
    capacity: int
    """How many clients its radios that send are meant to carry together."""
    radios: tuple[RadioLoad, ...]


@dataclass(frozen=True, slots=True)
class HotspotLoad:
    """One public place, judged by the access points that are up."""

    hotspot: str
    load_pct: float | None
    clients: int | None
    airtime_pct: float | None
    """Mean of the radios."""
    access_points: int
    access_points_up: int
    capacity: int
    """How many clients the access points that are up are meant to carry together."""


def radio_load(
    radio: str,
    clients: int | None,
    airtime_pct: float | None,
    clients_per_radio: int,
    *,
    sends: bool = True,
) -> RadioLoad:
    """How full one radio is: the fuller of its two limits, airtime and clients; None when neither is known.

    One that does not send carries nobody, and has no load.
    """
    if not sends:
        return RadioLoad(radio, 0, None, None, sends=False)
    limits = []
    if airtime_pct is not None and isfinite(airtime_pct):
        limits.append(airtime_pct)
    if clients is not None and clients_per_radio > 0:
        limits.append(FULL_PCT * clients / clients_per_radio)
    load = min(max(0.0, *limits), FULL_PCT) if limits else None
    return RadioLoad(radio, clients, airtime_pct, load)


def access_point_load(
    access_point: str,
    up: bool | None,  # noqa: FBT001 - a state that is reported, not a switch
    radios: Sequence[RadioLoad],
    clients_per_radio: int,
    clients: int | None = None,
) -> AccessPointLoad:
    """How full one access point is: the mean of its radios.

    ``clients`` is the access point's own count; without one, its radios' are summed.
    """
    capacity = clients_per_radio * sum(radio.sends for radio in radios)
    if not up:
        silent = tuple(RadioLoad(radio.id, None, None, None, radio.sends) for radio in radios)
        return AccessPointLoad(access_point, up, None, None, None, capacity, silent)
    return AccessPointLoad(
        access_point,
        up,
        clients if clients is not None else _sum(radio.clients for radio in radios),
        _mean((radio.airtime_pct, 1) for radio in radios),
        _mean((radio.load_pct, 1) for radio in radios),
        capacity,
        tuple(radios),
    )


def hotspot_load(hotspot: str, access_points: Sequence[AccessPointLoad]) -> HotspotLoad:
    """How full one place is: the mean of its access points that are up, weighted by what each can carry."""
    serving = [each for each in access_points if each.up]
    return HotspotLoad(
        hotspot,
        _mean((each.load_pct, each.capacity) for each in serving),
        _sum(each.clients for each in serving),
        _mean((radio.airtime_pct, 1) for each in serving for radio in each.radios),
        len(access_points),
        len(serving),
        sum(each.capacity for each in serving),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _mean(weighted: Iterable[tuple[float | None, int]]) -> float | None:
    """The weighted mean of what is known; None when nothing is."""
    known = [(value, weight) for value, weight in weighted if value is not None and weight > 0]
    if not known:
        return None
    return sum(value * weight for value, weight in known) / sum(weight for _, weight in known)
