"""What is asked of one access point at each poll: exact objects, worked out once from the rows that it has."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from city.measurements import Batch, DeviceKind, Fact, Metric, Reading
from drivers.snmp.channels import channel_of
from drivers.snmp.codec import Decoder, Missing, Nothing, Said, Value, decoder
from drivers.snmp.join import JoinedTable, Objects, Row, combined, tables
from drivers.snmp.profile import SYS_UPTIME, Column, SnmpProfile, Thing
from drivers.snmp.reader import Asks, most_rows
from drivers.snmp.seen import Number, SeenAccessPoint
from drivers.snmp.session import Agent
from drivers.snmp.ssids import MOST as MOST_SSIDS
from drivers.snmp.ssids import is_cheap, ssid_device, ssid_name

METRICS: Mapping[str, Metric] = {
    "up": Metric.UP,
    "clients": Metric.CLIENTS,
    "uptime_s": Metric.UPTIME,
    "channel": Metric.CHANNEL,
    "utilization_pct": Metric.AIRTIME,
    "noise_dbm": Metric.NOISE,
    "tx_power_dbm": Metric.TX_POWER,
    "in_octets": Metric.IN_OCTETS,
    "out_octets": Metric.OUT_OCTETS,
}
"""What the head-end keeps of each field."""
OWN_METRICS = frozenset({Metric.UP, Metric.CLIENTS, Metric.UPTIME})
"""Those of an access point itself."""
RADIO_METRICS = frozenset(METRICS.values()) - {Metric.UPTIME}
"""Those of its radios."""
MEASURED: Mapping[Thing, frozenset[Metric]] = {
    "radios": RADIO_METRICS,
    "ssids": frozenset({Metric.CLIENTS}),
}
"""What is measured of what is not the access point itself."""
POLLED: tuple[Thing, ...] = ("access_points", "totals", "device", "radios")
"""What tells of an access point that stands alone, the first first: all that the device has is its own."""
BY_STATUS: Mapping[Fact, str] = MappingProxyType({Fact.WHY: "status"})
"""How it was told that an access point is down: its status says so."""
BY_MISSING_ROW: Mapping[Fact, str] = MappingProxyType({Fact.WHY: "missing_row"})
"""The same: the controller lists it no more."""
_ALIVE: Mapping[Fact, str] = MappingProxyType({})
NOT_READ = Missing("not read")


class Asked(NamedTuple):
    """One object, and what becomes of its value; a tuple, as it is taken apart at each poll."""

    oid: str
    column: str
    """That of the column, without the row."""
    says: str
    metric: Metric
    device: int
    """Which of the plan's devices it speaks of: 0 is the access point itself."""
    decode: Decoder
    combine: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is asked of one access point at each poll."""

    asked: tuple[Asked, ...]
    radios: tuple[str, ...]
    """By what its radios are named, in the order of their devices, from 1."""
    has_radios: bool
    """Whether the profile knows where radios are told."""
    oids: tuple[str, ...]
    """Each once."""
    ssids: tuple[str, ...] = ()
    """By their names, the devices after the radios."""

    def batch(
        self, access_point: str, raws: Mapping[str, Value], at: datetime, refused: Counter[str]
    ) -> tuple[Batch, bool]:
        """What was answered, and whether there was something of every radio.

        What is missing or makes no sense is counted in ``refused``, by field and reason.
        """
        values: list[dict[Metric, float]] = [{} for _ in range(1 + len(self.radios) + len(self.ssids))]
        parts: dict[tuple[int, Metric], tuple[str, list[Number | None]]] = {}
        for oid, _, says, metric, device, decode, combine in self.asked:
            said = decode(raws.get(oid, NOT_READ))
            if (type(said) is float or type(said) is int) and combine == "first":  # nearly all of them
                values[device].setdefault(metric, float(said))
                continue
            number = said if isinstance(said, int | float) else None
            if isinstance(said, Nothing) and said.why != "no data":
                refused[f"{says}: {said.why}"] += 1
            if combine != "first":
                parts.setdefault((device, metric), (combine, []))[1].append(number)
        for (device, metric), (how, numbers) in parts.items():
            if (number := combined(numbers, how)) is not None:
                values[device].setdefault(metric, float(number))
        past_radios = 1 + len(self.radios)
        own, radios = values[0], zip(self.radios, values[1:past_radios], strict=True)
        why = BY_STATUS if own.get(Metric.UP) == 0 else _ALIVE
        readings = [Reading(access_point, DeviceKind.ACCESS_POINT, at, own, why)]
        readings += [
            Reading(device_of(access_point, name), DeviceKind.RADIO, at, said)
            for name, said in radios
            if said
        ]
        complete = len(readings) == past_radios and (bool(self.radios) or not self.has_radios)
        readings += [
            Reading(ssid_device(access_point, name), DeviceKind.SSID, at, said)
            for name, said in zip(self.ssids, values[past_radios:], strict=True)
            if said
        ]
        return Batch(access_point, at, tuple(readings)), complete

    def without_absent(self, raws: Mapping[str, Value]) -> "Plan":
        """The same, but for the columns of which the device has no row: its firmware does not know them."""
        there = {one.column for one in self.asked if not isinstance(raws.get(one.oid, NOT_READ), Missing)}
        asked = [one for one in self.asked if one.column in there]
        return _plan(asked, self.radios, self.ssids, has_radios=self.has_radios)


async def make_plan(session: Asks, agent: Agent, profile: SnmpProfile, sys_object_id: str) -> Plan:
    """Find the rows of an access point's tables, and what to ask of each.

    Only what names the rows is walked, or one column where their index does.

    Raises:
        Unreachable, Refused: as the session does.
    """
    asked: dict[tuple[str, int, Metric], Asked] = {}
    radios: dict[str, int] = {}
    for joined in polled_tables(profile, sys_object_id):
        for index, row in (await _rows(session, agent, joined)).items():
            device = radios.setdefault(row.key[-1], len(radios) + 1) if row.key else 0
            for one in _asked(joined, index, device, profile):
                asked.setdefault((one.oid, one.device, one.metric), one)
    if not any(one.metric is Metric.UPTIME for one in asked.values()):
        asked[SYS_UPTIME, 0, Metric.UPTIME] = _UPTIME
    ssids: dict[str, int] = {}
    for joined in ssid_tables(profile, sys_object_id):
        for index, row in (await _rows(session, agent, joined)).items():
            name = ssid_name(row.key[-1])
            if not name or (name not in ssids and len(ssids) >= MOST_SSIDS):
                continue
            device = ssids.setdefault(name, 1 + len(radios) + len(ssids))
            for one in _asked(joined, index, device, profile):
                asked.setdefault((one.oid, one.device, one.metric), one._replace(combine="sum"))
    has_radios = any(table.of == "radios" for table in profile.table)
    return _plan(asked.values(), tuple(radios), tuple(ssids), has_radios=has_radios)


async def _rows(session: Asks, agent: Agent, joined: JoinedTable) -> Mapping[str, Row]:
    objects = Objects()
    for oid in await _walked(session, agent, joined, objects):
        objects.columns[oid] = await session.walk(agent, oid, most_rows(joined))
    return joined.rows(objects)[0]


def _plan(
    asked: Iterable[Asked], radios: tuple[str, ...], ssids: tuple[str, ...], *, has_radios: bool
) -> Plan:
    every = tuple(asked)
    return Plan(every, radios, has_radios, tuple(dict.fromkeys(one.oid for one in every)), ssids)


def polled_tables(profile: SnmpProfile, sys_object_id: str) -> list[JoinedTable]:
    """The tables that tell what is measured of an access point that stands alone and of its radios, in that order."""
    found = [
        joined
        for joined in tables(profile, sys_object_id)
        if joined.table.of in POLLED and any(True for _ in _measured(joined, profile))
    ]
    return sorted(found, key=lambda joined: POLLED.index(joined.table.of))


def ssid_tables(profile: SnmpProfile, sys_object_id: str) -> list[JoinedTable]:
    """The tables that tell how many clients each network has, where that can be planned.

    Not where rows are counted; nor where names stand in a table of their own, as they are not asked for at each poll.
    """
    every = [joined for joined in tables(profile, sys_object_id) if joined.table.of == "ssids"]
    if any(not is_cheap(joined) or any(c.says == "name" for c in joined.values) for joined in every):
        return []
    return [joined for joined in every if any(True for _ in _measured(joined, profile))]


def can_be_planned(profile: SnmpProfile) -> bool:
    """Whether rows once found say the same at each poll, so that exact objects can be asked for.

    Not where rows are counted, or count only by what they hold at the time; nor where only networks have clients.
    """
    says = {(table.of, column.says) for table in profile.table for column in table.column}
    if ("ssids", "clients") in says and not any((of, "clients") in says for of in POLLED):
        return False
    return not any(
        joined.table.same is not None or any(column.count for column, _ in _measured(joined, profile))
        for joined in polled_tables(profile, "")
    )


def readings_of(
    access_point: str, seen: SeenAccessPoint, at: datetime, why: Mapping[Fact, str] = BY_STATUS
) -> Batch:
    """What was seen of an access point, as a poll brings it; of one that is down only that, and how it was told."""
    if seen.up is False:
        down = Reading(access_point, DeviceKind.ACCESS_POINT, at, {Metric.UP: 0.0}, why)
        return Batch(access_point, at, (down,))
    own = {"up": seen.up, "uptime_s": seen.uptime_s, "clients": seen.clients}
    readings = [Reading(access_point, DeviceKind.ACCESS_POINT, at, _known(own))]
    for radio in seen.radios:
        fields = {says: getattr(radio, says) for says, metric in METRICS.items() if metric in RADIO_METRICS}
        if values := _known(fields):
            readings.append(Reading(device_of(access_point, radio.id), DeviceKind.RADIO, at, values))
    return Batch(access_point, at, tuple(readings))


def device_of(access_point: str, radio: str) -> str:
    """What a radio is called; only one slash stands there, before what its row names it."""
    return f"{access_point}/{radio.replace('/', '-')}"


def _known(fields: Mapping[str, Number | None]) -> dict[Metric, float]:
    return {METRICS[says]: float(value) for says, value in fields.items() if value is not None}


async def _walked(session: Asks, agent: Agent, joined: JoinedTable, objects: Objects) -> Sequence[str]:
    """Which columns tell what rows there are; where the index alone does, the first that has any is walked here."""
    if joined.naming:
        return joined.naming
    for column in joined.values:
        oid = joined.oid(column)
        if oid is not None and column.poll:
            objects.columns[oid] = await session.walk(agent, oid, most_rows(joined))
            if objects.columns[oid]:
                break
    return ()


def _measured(joined: JoinedTable, profile: SnmpProfile) -> Iterator[tuple[Column, Metric]]:
    """The columns that are asked for at each poll; a frequency stands for a channel that is not told."""
    metrics = MEASURED.get(joined.table.of, OWN_METRICS)
    says_channel = any(column.says == "channel" for table in profile.table for column in table.column)
    for column in joined.values:
        metric = METRICS.get(column.says)
        if column.says == "frequency_mhz" and not says_channel:
            metric = Metric.CHANNEL
        if metric in metrics and column.poll:
            yield column, metric


def _asked(joined: JoinedTable, index: str, device: int, profile: SnmpProfile) -> Iterator[Asked]:
    for column, metric in _measured(joined, profile):
        oid = joined.oid(column)
        if oid is not None:
            decode = decoder(column)
            if column.says == "frequency_mhz":
                decode = _channel_by(decode)
            yield Asked(f"{oid}.{index}", oid, column.says, metric, device, decode, column.combine)


def _channel_by(decode: Decoder) -> Decoder:
    def channel(raw: Value) -> Said:
        mhz = decode(raw)
        if not isinstance(mhz, int | float):
            return mhz
        return channel_of(mhz) or Nothing("no data")

    return channel


_SYS_UPTIME = Column(says="uptime_s", column="3", unit="ticks")
_UPTIME = Asked(SYS_UPTIME, SYS_UPTIME, "uptime_s", Metric.UPTIME, 0, decoder(_SYS_UPTIME), "first")
