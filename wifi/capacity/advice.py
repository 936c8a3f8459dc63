"""What would help a place in its busiest hours, ranked by how far its load would fall; each with what speaks for it.

Every gain is reckoned by giving the radios what they would carry then, and asking the definition of load again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import median

from city.wifi_views import AdviceKind
from wifi.capacity.busy_place import FULL_PCT, AccessPointUse, Place, RadioUse, clients_of, load_pct
from wifi.capacity.channels import better_channels

LEAST_GAIN = 1.0
"""Points of load; what helps less is no advice."""
LEAST_RELIEF = 10.0
"""Points by which the fullest radio must be relieved where the place as a whole is not."""
MOST_NEW = 5
"""More access points than that are a project, not an advice."""
ONE_PERSON = 1.0
"""Where fewer people than this are, on the mean of some hours, they do not show how people use the air."""
EVENLY = 0.5
"""People are spread evenly where the emptiest access point is at least so full as the fullest one, as a share."""
HALF_PCT = 50.0
STEERED = tuple(share / 10 for share in range(1, 8))
"""Shares of a radio's clients that may be moved to the other band: not all devices have it, nor hear it everywhere."""
FASTER = 0.5
"""Airtime that a client takes on 5 GHz beside 2.4 GHz, where no client there tells: at least twice the rate."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One suggestion."""

    kind: AdviceKind
    target: str
    gain_pct: float
    """Points by which the place's load would fall."""
    figures: Mapping[str, float] = field(default_factory=dict)
    relief_pct: float = 0.0
    """Points by which the radio that suffers most would be relieved."""


def advise(hotspot: str, place: Place, saturated_pct: float) -> tuple[Advice, ...]:
    """What would help, best first; empty where nothing would."""
    repaired, repair = _repair(hotspot, place)
    serving = [each for each in place if each.up]
    found = [*repair, *_another(hotspot, repaired, saturated_pct)]
    for access_point in serving:
        found += _steer(hotspot, serving, access_point, saturated_pct)
    found += _channels(hotspot, serving)
    helps = [each for each in found if each.gain_pct >= LEAST_GAIN or each.relief_pct >= LEAST_RELIEF]
    return tuple(sorted(helps, key=lambda each: (-each.gain_pct, -each.relief_pct, each.kind, each.target)))


def _repair(hotspot: str, place: Place) -> tuple[Place, list[Advice]]:
    """The place with all of its access points, and the advice to bring back those that are down."""
    serving = [each for each in place if each.up]
    down = [each for each in place if not each.up]
    if not down:
        return place, []
    radios = max(1, round(median(len(each.radios) for each in serving or place)))
    missing = [each if each.radios else replace(each, radios=(_unused(each.id),) * radios) for each in down]
    people, now = clients_of(place), clients_of(serving)
    can_now = sum(each.capacity for each in serving)
    can_then = can_now + sum(each.capacity for each in missing)

    def carry(each: AccessPointUse, capacity: int) -> AccessPointUse:
        """With all people of the place, spread over so much."""
        if now >= ONE_PERSON:
            return each.scaled(people / now * can_now / capacity)
        # Nobody shows how much air those who come will use; what is used already stays so.
        clients = people / capacity * each.clients_per_radio if capacity else 0.0
        return replace(each, radios=tuple(replace(radio, clients=clients) for radio in each.radios))

    # Nobody gets through to a place that is wholly down: for those who are there it is full.
    before = load_pct(hotspot, [carry(each, can_now) for each in serving]) if serving else FULL_PCT
    back = [
        *(carry(each, can_then) for each in serving),
        *(_filled(each, people / can_then) for each in missing if can_then),
    ]
    after = load_pct(hotspot, back)
    if before is None or after is None:
        return place, []
    figures = {
        "access_points_down": float(len(down)),
        "load_pct": before,
        "load_after_pct": after,
        "clients": people,
    }
    return back, [Advice(AdviceKind.REPAIR, hotspot, max(0.0, before - after), figures)]


def _unused(access_point: str) -> RadioUse:
    return RadioUse(f"{access_point}/?", None, None, None)


def _filled(access_point: AccessPointUse, clients_by_capacity: float) -> AccessPointUse:
    """One that is back, with its share of the people; what airtime they take, is not known."""
    each = clients_by_capacity * access_point.clients_per_radio
    radios = tuple(replace(radio, clients=each, airtime_pct=None) for radio in access_point.radios)
    return replace(access_point, up=True, radios=radios)


def _another(hotspot: str, place: Place, saturated_pct: float) -> Iterator[Advice]:
    """More access points, where all of them are full alike: as few as bring the load below what is full."""
    before = load_pct(hotspot, place)
    loads = [load for each in place if (load := each.load().load_pct) is not None]
    if before is None or before < saturated_pct or min(loads) < EVENLY * max(loads):
        return
    capacity = sum(each.capacity for each in place)
    one = median(each.capacity for each in place)
    for count in range(1, MOST_NEW + 1):
        share = capacity / (capacity + count * one)
        # A new one is as full as the others then, so that the mean is that of the others.
        after = load_pct(hotspot, [each.scaled(share) for each in place])
        if after is None:
            return
        if after < saturated_pct or count == MOST_NEW:
            figures = {
                "access_points": float(count),
                "load_pct": before,
                "load_after_pct": after,
                "clients": clients_of(place),
                "capacity": float(capacity),
            }
            yield Advice(AdviceKind.ANOTHER_ACCESS_POINT, hotspot, before - after, figures)
            return


def _steer(
    hotspot: str, place: Place, access_point: AccessPointUse, saturated_pct: float
) -> Iterator[Advice]:
    """Have devices take the faster band, where its radio is half empty while the old band's is full."""
    old = [radio for radio in access_point.radios if radio.is_2_4_ghz]
    new = [radio for radio in access_point.radios if radio.channel is not None and not radio.is_2_4_ghz]
    full = [radio for radio in old if access_point.radio_load_pct(radio) >= saturated_pct and radio.clients]
    if not full or not new or any(access_point.radio_load_pct(radio) >= HALF_PCT for radio in new):
        return
    worst = max(full, key=access_point.radio_load_pct)
    fullest = access_point.radio_load_pct(worst)
    steered = [_steered(access_point, worst, new, share) for share in STEERED]
    best = min(steered, key=lambda each: max(map(each.radio_load_pct, each.radios)))
    before = load_pct(hotspot, place)
    after = load_pct(hotspot, [best if each is access_point else each for each in place])
    if before is None or after is None:
        return
    relieved = max(map(best.radio_load_pct, best.radios))
    figures = {
        "radio_load_pct": fullest,
        "radio_load_after_pct": relieved,
        "load_pct": before,
        "other_band_load_pct": max(map(access_point.radio_load_pct, new)),
        "clients": worst.clients or 0.0,
    }
    # To spread people does not lower a mean that counts no radio beyond full; those on the full radio feel it.
    yield Advice(
        AdviceKind.STEER_TO_5_GHZ, access_point.id, max(0.0, before - after), figures, fullest - relieved
    )


def _steered(
    access_point: AccessPointUse, worst: RadioUse, new: list[RadioUse], share: float
) -> AccessPointUse:
    """The access point once a share of a radio's clients has moved to the other band's radios, to each alike."""
    moved = (worst.clients or 0.0) * share / len(new)
    per_client = None
    if worst.airtime_pct is not None and worst.clients:
        per_client = FASTER * worst.airtime_pct / worst.clients

    def then(radio: RadioUse) -> RadioUse:
        if radio is worst:
            return radio.scaled(1.0 - share)
        if radio not in new or radio.clients is None:
            return radio
        own = (
            radio.airtime_pct / radio.clients
            if radio.airtime_pct is not None and radio.clients >= 1.0
            else None
        )
        cost = per_client if own is None else own
        airtime = radio.airtime_pct
        if airtime is not None and cost is not None:
            airtime = min(airtime + moved * cost, FULL_PCT)
        return replace(radio, clients=radio.clients + moved, airtime_pct=airtime)

    return replace(access_point, radios=tuple(then(radio) for radio in access_point.radios))


def _channels(hotspot: str, place: Place) -> Iterator[Advice]:
    """Take another channel, where the air is busy and the own people are not why."""
    before = load_pct(hotspot, place)
    if before is None:
        return
    for move in better_channels(place):
        after = load_pct(hotspot, move.place)
        if after is not None:
            figures = {**move.figures, "load_pct": before, "load_after_pct": after}
            gain = max(0.0, before - after)
            yield Advice(AdviceKind.CHANGE_CHANNEL, move.radio, gain, figures, move.relief_pct)
