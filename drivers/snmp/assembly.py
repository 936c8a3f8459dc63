"""From what the rows say to what was seen of a device: what is whole is summed, what is certain is told."""

from collections.abc import Mapping
from typing import cast

from drivers.snmp.channels import CHANNELS, Band, band_of_channel, band_of_frequency, channel_of, frequency_of
from drivers.snmp.join import Fields, Things
from drivers.snmp.profile import FIELDS, Recognition, SnmpProfile, Thing
from drivers.snmp.seen import Number, Seen, SeenAccessPoint, SeenRadio, SeenSsid, SeenTotals, Why, total

MOST_UNREAD = 200
"""Reasons past this many are left out."""


def assemble(profile: SnmpProfile, things: Things, name: str | None) -> Seen:
    """All that was seen.

    Args:
        profile: what the device is.
        things: what its rows say.
        name: its sysName, which is that of an access point that stands alone.
    """
    device = things.of["device"].get((), {})
    seen = Seen(
        model=_words(device, "model"),
        serial=_words(device, "serial"),
        firmware=_words(device, "firmware"),
        name=_words(device, "name") or name,
        uptime_s=_number(device, "uptime_s"),
        ssids=[
            SeenSsid(_words(fields, "name") or key[-1], _number(fields, "clients"))
            for key, fields in things.of["ssids"].items()
        ],
    )
    totals = things.of["totals"].get((), {})
    alone = profile.stands == "alone"
    seen.access_points = _alone(profile, things, seen, totals) if alone else _behind(profile, things)
    seen.totals = _totals(totals, seen)
    return seen


def _alone(profile: SnmpProfile, things: Things, seen: Seen, totals: Fields) -> list[SeenAccessPoint]:
    """The device itself, if it is known for an access point: by its kind, or for its radios."""
    radios = [_radio(profile, key[-1], fields) for key, fields in things.of["radios"].items()]
    if not radios and profile.recognise == Recognition():
        return []
    own = _access_point(None, things.of["access_points"].get((), {}))
    own.id = own.id or seen.name
    own.name = own.name or seen.name
    own.up = own.up is not False  # it answers
    own.radios = radios
    for clients in (
        _number(totals, "clients"),
        total(radio.clients for radio in radios),
        total(ssid.clients for ssid in seen.ssids),
    ):
        own.clients = clients if own.clients is None else own.clients
    return [own]


def _behind(profile: SnmpProfile, things: Things) -> list[SeenAccessPoint]:
    """The access points behind a controller; one that only a radio names is one as well."""
    found = {key[0]: _access_point(key[0], fields) for key, fields in things.of["access_points"].items()}
    for (ap, radio), fields in things.of["radios"].items():
        found.setdefault(ap, SeenAccessPoint(ap)).radios.append(_radio(profile, radio, fields))
    for access_point in found.values():
        if access_point.clients is None:
            access_point.clients = total(radio.clients for radio in access_point.radios)
    return list(found.values())


def _totals(given: Fields, seen: Seen) -> SeenTotals:
    clients = _number(given, "clients")
    if clients is None:
        clients = total(access_point.clients for access_point in seen.access_points)
    if clients is None:
        clients = total(ssid.clients for ssid in seen.ssids)
    # Some count those connected only, and list the others as well.
    count = max(_number(given, "access_points") or 0, len(seen.access_points))
    up = _number(given, "access_points_up")
    return SeenTotals(
        clients,
        count if count or "access_points" in given else None,
        up if up is not None else total(access_point.up for access_point in seen.access_points),
    )


def _access_point(key: str | None, fields: Fields) -> SeenAccessPoint:
    return SeenAccessPoint(
        id=_words(fields, "id") or key,
        name=_words(fields, "name"),
        model=_words(fields, "model"),
        serial=_words(fields, "serial"),
        firmware=_words(fields, "firmware"),
        up=_state(fields),
        clients=_number(fields, "clients"),
        uptime_s=_number(fields, "uptime_s"),
    )


def _radio(profile: SnmpProfile, key: str, fields: Fields) -> SeenRadio:
    channel, mhz, band = place(profile, fields)
    return SeenRadio(
        id=key,
        name=_words(fields, "name"),
        up=_state(fields),
        band=band,
        channel=channel,
        frequency_mhz=mhz,
        **{
            says: _number(fields, says)
            for says in ("clients", "utilization_pct", "noise_dbm", "tx_power_dbm", "in_octets", "out_octets")
        },
    )


def place(profile: SnmpProfile, fields: Fields) -> tuple[Number | None, Number | None, Band | None]:
    """Channel, frequency in MHz and band of a radio: what it says, and what follows from that with certainty."""
    channel, mhz = _number(fields, "channel"), _number(fields, "frequency_mhz")
    band = cast("Band", fields["band"]) if fields.get("band") in CHANNELS else None
    if mhz is not None:
        band = band or band_of_frequency(mhz)
        channel = channel if channel is not None else channel_of(mhz)
    elif channel is not None:
        band = band or band_of_channel(channel, profile.bands)
        mhz = frequency_of(channel, band) if band else None
    return channel, mhz, band


def unread(profile: SnmpProfile, things: Things, failed: Mapping[str, str], seen: Seen) -> list[Why]:
    """What the profile promises and the device did not give, what of it made no sense, and what is not certain.

    Args:
        profile: what the device is.
        things: what its rows say.
        failed: columns that could not be read to their end, and why.
        seen: what follows from all that.
    """
    found = [{"what": what, "why": why} for what, why in failed.items()]
    found += [{"what": what, "why": f"{why} ({count} rows)"} for (what, why), count in things.refused.items()]
    for of in dict.fromkeys(table.of for table in profile.table):
        rows = things.of[of]
        if not rows:
            entries = ", ".join(table.entry for table in profile.table if table.of == of)
            found.append({"what": of, "why": f"no rows at {entries}"})
            continue
        for says in _promised(profile, of):
            lacking = sum(says not in fields for fields in rows.values())
            if lacking:
                by = f" by {lacking} of {len(rows)}" if lacking < len(rows) else ""
                found.append({"what": f"{of}.{says}", "why": f"not given{by}"})
    radios = [radio for access_point in seen.access_points for radio in access_point.radios]
    doubtful = sum(radio.channel is not None and radio.band is None for radio in radios)
    if doubtful:
        why = f"the channel alone does not tell it, of {doubtful} of {len(radios)}"
        found.append({"what": "radios.band", "why": why})
    return found[:MOST_UNREAD]


def _promised(profile: SnmpProfile, of: Thing) -> list[str]:
    """The fields that the profile says something of; a band is often found by the channel as well."""
    said = (column.says for table in profile.table if table.of == of for column in table.column)
    return [says for says in dict.fromkeys(said) if says in FIELDS[of] - {"band"}]


def _words(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _number(fields: Fields, name: str) -> Number | None:
    value = fields.get(name)
    return value if isinstance(value, int | float) else None


def _state(fields: Fields) -> bool | None:
    up = fields.get("up")
    return None if up is None else bool(up)
