"""Which radios would do better on another channel: those whose air is busy though few of their own people are there.

It is assumed that radios of one place on one channel hear each other, each alike, and share its time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median

from wifi.capacity.busy_place import FULL_PCT, LAST_CHANNEL_2_4, AccessPointUse, Place, RadioUse

BUSY_AIR_PCT = 60.0
FEW_CLIENTS_PCT = 30.0
"""Of what a radio is meant to carry."""
CHANNELS_2_4 = (1, 6, 11)
"""Those that do not overlap each other."""
CHANNELS_5 = (36, 40, 44, 48, 52, 56, 60, 64, 100, 104, 108, 112, 116, 120, 124, 128, 132, 136, 140)
"""At 20 MHz, as ETSI EN 301 893 has them in Europe; those from 52 on give way to radar.
Of channels that are none of these nothing is said: they may be of the 6 GHz band."""


@dataclass(frozen=True, slots=True)
class Move:
    """One radio that takes another channel, and the place as it would be then."""

    radio: str
    place: Place
    figures: Mapping[str, float]
    relief_pct: float


def better_channels(place: Place) -> Iterator[Move]:
    """At most one move for each channel: after it one would have to look again."""
    by_channel: defaultdict[int, list[tuple[AccessPointUse, RadioUse]]] = defaultdict(list)
    for access_point in place:
        for radio in access_point.radios:
            if radio.channel is not None and radio.airtime_pct is not None:
                by_channel[radio.channel].append((access_point, radio))
    used = Counter({channel: len(radios) for channel, radios in by_channel.items()})
    for channel, radios in sorted(by_channel.items()):
        suffering = [radio for access_point, radio in radios if _suffers(access_point, radio)]
        if not suffering:
            continue
        worst = max(suffering, key=lambda radio: radio.airtime_pct or 0.0)
        to = _freest(channel, used)
        if to is not None:
            yield from _shared(place, worst, to, used) if len(radios) > 1 else _alone(place, worst, to)


def _suffers(access_point: AccessPointUse, radio: RadioUse) -> bool:
    if radio.airtime_pct is None or radio.clients is None or radio.airtime_pct < BUSY_AIR_PCT:
        return False
    return FULL_PCT * radio.clients < FEW_CLIENTS_PCT * access_point.clients_per_radio


def _freest(channel: int, used: Counter[int]) -> int | None:
    """The channel of the same band that the fewest radios of the place use, if it is any better."""
    choice = CHANNELS_2_4 if channel <= LAST_CHANNEL_2_4 else CHANNELS_5 if channel in CHANNELS_5 else ()
    others = [other for other in choice if other != channel]
    best = min(others, key=lambda other: (used[other], other), default=None)
    return best if best is not None and used[best] < used[channel] else None


def _shared(place: Place, worst: RadioUse, to: int, used: Counter[int]) -> Iterator[Move]:
    """Radios of the place crowd one channel: each hears all of them, until one leaves."""
    count = used[worst.channel or 0]
    own = (worst.airtime_pct or 0.0) / count
    there = [radio.airtime_pct or 0.0 for each in place for radio in each.radios if radio.channel == to]
    heard = sum(there) / len(there) if there else 0.0

    def then(radio: RadioUse) -> RadioUse:
        if radio is worst:
            return replace(radio, channel=to, airtime_pct=min(own + heard, FULL_PCT))
        if radio.airtime_pct is None:
            return radio
        if radio.channel == worst.channel:
            return radio.scaled_air((count - 1) / count)
        if radio.channel == to:
            return replace(radio, airtime_pct=min(radio.airtime_pct + own, FULL_PCT))
        return radio

    yield _move(place, worst, to, then, {"radios_on_channel": float(count)})


def _alone(place: Place, worst: RadioUse, to: int) -> Iterator[Move]:
    """Strangers fill the channel: another one is as busy as the place's other radios of the band find theirs."""
    others = [
        radio.airtime_pct
        for each in place
        for radio in each.radios
        if radio.airtime_pct is not None
        and radio.channel != worst.channel
        and radio.is_2_4_ghz == worst.is_2_4_ghz
    ]
    if not others:
        return
    calm = min(median(others), worst.airtime_pct or 0.0)

    def then(radio: RadioUse) -> RadioUse:
        return replace(radio, channel=to, airtime_pct=calm) if radio is worst else radio

    yield _move(place, worst, to, then, {"usual_airtime_pct": calm})


def _move(
    place: Place,
    worst: RadioUse,
    to: int,
    then: Callable[[RadioUse], RadioUse],
    figures: Mapping[str, float],
) -> Move:
    after = [replace(each, radios=tuple(then(radio) for radio in each.radios)) for each in place]
    airtime = worst.airtime_pct or 0.0
    airtime_after = then(worst).airtime_pct or 0.0
    told = {
        "channel": float(worst.channel or 0),
        "to_channel": float(to),
        "airtime_pct": airtime,
        "airtime_after_pct": airtime_after,
        "clients": worst.clients or 0.0,
        **figures,
    }
    return Move(worst.id, after, told, max(0.0, airtime - airtime_after))
