"""What is fuzzed: each target takes any bytes and must return, whatever they are, without an exception of any kind."""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from city.errors import BadInput
from drivers.modbus.codec import decode as decode_registers
from drivers.modbus.frames import Dropped, RtuFrames, TcpFrames
from drivers.mqtt.codec import decode as decode_message
from drivers.mqtt.examine import examine
from drivers.profiles import load_profiles
from drivers.snmp.codec import Missing, Value
from drivers.snmp.index import parse_index, read_index
from drivers.snmp.notices import TrapBook, Unknown
from drivers.snmp.probe import look
from drivers.snmp.profile import SYS_DESCR, SYS_OBJECT_ID
from drivers.snmp.vectors import NOWHERE, Objects

NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
MODBUS = [
    register for profile in load_profiles("modbus").values() for register in profile.labelled().values()
]
MQTT = list(load_profiles("mqtt").values())
SNMP = list(load_profiles("snmp").values())
COLUMNS = [
    (profile, table, column)
    for profile in SNMP
    for table in profile.table
    for column in table.column
    if column.column
]
INDICES = sorted({table.index for profile in SNMP for table in profile.table})
READ_TEN = bytes((3, 0, 0, 0, 10))
"""The PDU that reads ten holding registers from 0."""
MOST_ROWS = 50


class Draw:
    """Takes what it needs from the bytes, and zeros once they are used up."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def some(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken.ljust(count, b"\0")

    def number(self, below: int) -> int:
        return int.from_bytes(self.some(2), "big") % below

    def rest(self) -> bytes:
        return self._data[self._at :]

    @property
    def is_left(self) -> bool:
        return self._at < len(self._data)


def modbus_registers(data: bytes) -> None:
    """Any registers as any register of any profile."""
    draw = Draw(data)
    register, rest = MODBUS[draw.number(len(MODBUS))], draw.rest()
    words = [int.from_bytes(rest[at : at + 2], "big") for at in range(0, len(rest), 2)]
    decode_registers(register, words, words[-1] if words else None)


def modbus_tcp(data: bytes) -> None:
    """Any bytes in answer to a request over TCP, in pieces."""
    _answer(TcpFrames, data)


def modbus_rtu(data: bytes) -> None:
    """Any bytes in answer to a request over a serial line, in pieces."""
    _answer(RtuFrames, data)


def _answer(kind: type[TcpFrames] | type[RtuFrames], data: bytes) -> None:
    dropped: Counter[Dropped] = Counter()
    framer = kind(dropped)
    framer.encode(READ_TEN, 1, 7)
    pending, draw = b"", Draw(data)
    while draw.is_left:
        pending += draw.some(1 + draw.number(40))
        used, _ = framer.handleFrame(pending, 1, 7)
        assert 0 <= used <= len(pending)
        pending = pending[used:]
    framer.abandon(pending)
    assert all(isinstance(reason, Dropped) for reason in dropped)


def mqtt_messages(data: bytes) -> None:
    """Any topic and payload through any profile."""
    draw = Draw(data)
    profile, retained = MQTT[draw.number(len(MQTT))], bool(draw.number(2))
    topic, _, payload = draw.rest().partition(b"\0")
    decode_message(profile, topic.decode("utf-8", "replace"), payload, retained=retained, now=NOW)


def mqtt_uplinks(data: bytes) -> None:
    """Any payload through any profile on the topic where it is heard, and what is shown of it offline."""
    draw = Draw(data)
    profile = MQTT[draw.number(len(MQTT))]
    topic = profile.filters[draw.number(len(profile.filters))].replace("+", "x").replace("#", "x")
    payload = draw.rest()
    heard = decode_message(profile, topic, payload, retained=False, now=NOW)
    assert len(heard.refused) < 1000
    with suppress(BadInput):  # what cannot be looked at is told so
        examine(profile, payload, topic=topic, port=draw.number(256), now=NOW).document()


def snmp_devices(data: bytes) -> None:
    """A device that answers anything in the columns that some profile reads, and says that it is of that kind."""
    draw = Draw(data)
    profile, *_ = COLUMNS[draw.number(len(COLUMNS))]
    object_id = (*profile.recognise.sys_object_id, "1.3.6.1.4.1.0")[0]
    objects: dict[str, Value] = {SYS_OBJECT_ID: object_id, SYS_DESCR: draw.some(draw.number(30))}
    own = [(table, column) for each, table, column in COLUMNS if each is profile]
    for _ in range(MOST_ROWS):
        if not draw.is_left:
            break
        table, column = own[draw.number(len(own))]
        entry = table.entry.replace("{sysObjectID}", object_id)
        objects[f"{entry}.{column.column}.{_arcs(draw)}"] = _value(draw)
    seen = _run(look(Objects(objects), NOWHERE, SNMP))
    assert seen["device"]["sys_object_id"] == object_id


def snmp_traps(data: bytes) -> None:
    """Any bindings of a notification."""
    draw = Draw(data)
    traps = [trap for profile in SNMP for trap in profile.trap]
    trap = traps[draw.number(len(traps))]
    bindings: list[tuple[str, Value]] = [("1.3.6.1.6.3.1.1.4.1.0", trap.oid)]
    while draw.is_left and len(bindings) < MOST_ROWS:
        bindings.append((f"{trap.ap or trap.oid}.{_arcs(draw)}", _value(draw)))
    with suppress(Unknown):
        TrapBook(SNMP).notice("192.0.2.1", bindings)


def snmp_indices(data: bytes) -> None:
    """Any arcs as any index of any profile."""
    draw = Draw(data)
    pattern = INDICES[draw.number(len(INDICES))]
    said = read_index(pattern, list(draw.rest()))
    assert said is None or set(said) == {name for name, _ in parse_index(pattern)}


def _arcs(draw: Draw) -> str:
    return ".".join(str(arc) for arc in draw.some(1 + draw.number(12)))


def _value(draw: Draw) -> Value:
    kind = draw.number(4)
    if kind == 0:
        return int.from_bytes(draw.some(8), "big", signed=True)
    if kind == 1:
        return draw.some(draw.number(40))
    return _arcs(draw) if kind == 2 else Missing("noSuchInstance")


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine comes to that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits for something")


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "modbus-registers": modbus_registers,
    "modbus-tcp": modbus_tcp,
    "modbus-rtu": modbus_rtu,
    "mqtt-messages": mqtt_messages,
    "mqtt-uplinks": mqtt_uplinks,
    "snmp-devices": snmp_devices,
    "snmp-traps": snmp_traps,
    "snmp-indices": snmp_indices,
}


def seeds(name: str) -> Iterator[bytes]:
    """Where to begin: what devices really send, by the profiles' own vectors."""
    if name.startswith("mqtt"):
        for number, profile in enumerate(MQTT):
            for vector in profile.vector:
                head = number.to_bytes(2, "big")
                body = bytes.fromhex(vector.hex) if vector.hex else vector.payload.encode()
                yield head + (
                    body if name == "mqtt-uplinks" else b"\0\0" + vector.topic.encode() + b"\0" + body
                )
    elif name.startswith("modbus"):
        yield from (
            bytes.fromhex(v.reply or v.hex) for p in load_profiles("modbus").values() for v in p.vector
        )
    else:
        yield from (number.to_bytes(2, "big") + bytes(40) for number in range(0, len(COLUMNS), 25))
