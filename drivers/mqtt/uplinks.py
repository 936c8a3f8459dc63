"""What a network server brings to readings: an envelope is opened, its bytes are read by the layout, and dated."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from city.measurements import DeviceKind, Fact, Metric, Reading
from drivers.mqtt.envelope import Uplink, eui, open_envelope
from drivers.mqtt.frames import frame_of
from drivers.mqtt.heard import Heard, Route
from drivers.mqtt.json_payload import at
from drivers.mqtt.picking import pick
from drivers.mqtt.profile import MqttProfile
from drivers.mqtt.times import Dated, date, instant
from drivers.mqtt.unpack import Item, Unpacked, unpack

CLOCK_INVALID: Mapping[Fact, str] = {Fact.EVENT: "clock_invalid", Fact.WHY: "its clock cannot be right"}
"""What has happened when a device gives a time that cannot be right."""
ANOTHER_DEVICE = "another device than its topic's"
"""Why a message is refused whose topic and content contradict each other."""


def take(
    profile: MqttProfile, named: Mapping[str, str], payload: bytes, now: datetime, late: timedelta
) -> Heard:
    """What a message of a network server says.

    Args:
        profile: its envelopes and layouts.
        named: whom the topic names.
        payload: the message.
        now: our time, UTC.
        late: how old a time may be to be believed.
    """
    uplink = open_envelope(profile.opened, payload)
    if isinstance(uplink, str):
        return Heard(refused=(uplink,))
    if names_another(named, uplink):
        return Heard(refused=(ANOTHER_DEVICE,))
    return read_uplink(profile, uplink, look(profile, uplink), named, now, late)


def names_another(named: Mapping[str, str], uplink: Uplink) -> bool:
    """Whether the topic of an uplink names another device than its content; a name of one's own says nothing."""
    known = eui(named.get("device"))
    return known is not None and known != uplink.device


def look(profile: MqttProfile, uplink: Uplink) -> Unpacked:
    """What the bytes of an uplink say, by the profile's layouts; nothing where the profile has none."""
    if not profile.read_frames:
        return _clock_of(profile, uplink)
    if not uplink.payload:
        return Unpacked(refused=["no payload"], whole=False)
    frame = frame_of(
        (each for each in profile.frame if each.goes != "down"), uplink.port or 0, uplink.payload
    )
    if frame is None:
        return Unpacked(refused=["a port or a beginning that the profile does not know"], whole=False)
    return unpack(frame, uplink.payload)


def _clock_of(profile: MqttProfile, uplink: Uplink) -> Unpacked:
    """The device's own time, where its network server has decoded one."""
    message = profile.telemetry
    stamp = at(uplink.object, message.time_keys) if message is not None and message.time_keys else None
    if message is None or stamp is None:
        return Unpacked()
    return Unpacked(clock=instant(stamp, unit_s=message.time_unit_s), clock_said=True)


def read_uplink(
    profile: MqttProfile,
    uplink: Uplink,
    said: Unpacked,
    named: Mapping[str, str],
    now: datetime,
    late: timedelta,
) -> Heard:
    """The readings of an uplink whose bytes have been read."""
    values, facts, refused = _gather(profile, uplink, said)
    dated = date_uplink(uplink, said, now, late)
    return Heard(
        uplink.gateways[0].id if uplink.gateways else "",
        tuple(_readings(uplink.device, dated, said, values, facts)),
        refused=(*uplink.refused, *refused),
        warnings=tuple(dict.fromkeys(said.warnings)),
        counter=uplink.counter,
        time_from=dated.time_from,
        route=Route(uplink.device, named, uplink.envelope),
    )


def date_uplink(uplink: Uplink, said: Unpacked, now: datetime, late: timedelta) -> Dated:
    """When an uplink was measured."""
    heard = [each.time for each in uplink.gateways]
    return date(said.clock, heard, uplink.server_time, now, late, said=said.clock_said)


def _gather(
    profile: MqttProfile, uplink: Uplink, said: Unpacked
) -> tuple[dict[Metric, float], dict[Fact, str], tuple[str, ...]]:
    if profile.read_frames:
        values, facts, refused = gather(said.items) if said.whole else ({}, {}, ())
        refused = (*said.refused, *refused)
    elif profile.telemetry is not None and uplink.object is not None:
        values, facts, refused = pick(profile.telemetry, uplink.object)
        if not values and not facts:
            refused = (*refused, "nothing that the profile knows")
    else:
        return {}, {}, ("nothing that its network server has decoded",)
    source = facts.get(Fact.DIMMING_SOURCE)
    fitting = [begins for begins in profile.sources if source is not None and source.startswith(begins)]
    if fitting:
        facts[Fact.SOURCE] = profile.sources[max(fitting, key=len)]
    return values, facts, refused


def gather(items: Iterable[Item]) -> tuple[dict[Metric, float], dict[Fact, str], tuple[str, ...]]:
    """The values to store and the facts, and what contradicts itself: of several, the first is taken."""
    values: dict[Metric, float] = {}
    facts: dict[Fact, str] = {}
    refused: dict[str, None] = {}
    for item in items:
        metric, stored = item.metric, item.stored
        if metric is not None and stored is not None and values.setdefault(metric, stored) != stored:
            refused[f"{metric.value}: several that differ; the first is taken"] = None
        if item.fact is not None and item.said:
            facts.setdefault(item.fact, item.said)
    return values, facts, tuple(refused)


def _readings(
    device: str, dated: Dated, said: Unpacked, values: dict[Metric, float], facts: dict[Fact, str]
) -> Iterable[Reading]:
    """What was measured, then what has happened."""
    happened: dict[Fact, str] = {}
    belongs: dict[Metric, float] = {}
    why = facts.pop(Fact.WHY, "")
    if said.event:
        happened = {Fact.EVENT: said.event}
        why = why or ", ".join(said.warnings)
        if why:
            happened[Fact.WHY] = why
        if said.event.startswith("order_"):
            # The level that a controller repeats is the one it was asked for, not one that it has measured.
            belongs, values = values, {}
    if said.warnings:
        facts[Fact.WARNINGS] = ",".join(dict.fromkeys(said.warnings))
    if values or facts:
        yield Reading(device, DeviceKind.LAMP, dated.at, values, facts)
    if happened:
        yield Reading(device, DeviceKind.LAMP, dated.at, belongs, happened)
    if dated.doubted:
        yield Reading(device, DeviceKind.LAMP, dated.at, {}, CLOCK_INVALID)
