"""What is fuzzed: each target takes any bytes and must return, whatever they are, without holding on to memory."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from drivers.modbus.codec import decode as decode_registers
from drivers.mqtt.codec import decode as decode_message
from drivers.profiles import load_profiles

NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
MODBUS = [register for profile in load_profiles("modbus").values() for register in profile.registers(1)]
MQTT = list(load_profiles("mqtt").values())


def modbus_registers(data: bytes) -> None:
    """Any registers as any register of any profile."""
    if len(data) < 2:
        return
    register = MODBUS[int.from_bytes(data[:2], "big") % len(MODBUS)]
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(2, len(data), 2)]
    decode_registers(register, words, words[-1] if words else None)


def mqtt_messages(data: bytes) -> None:
    """Any topic and payload through any profile."""
    if len(data) < 2:
        return
    profile = MQTT[data[0] % len(MQTT)]
    topic, _, payload = data[2:].partition(b"\0")
    decode_message(profile, topic.decode("utf-8", "replace"), payload, retained=bool(data[1] & 1), now=NOW)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "modbus-registers": modbus_registers,
    "mqtt-messages": mqtt_messages,
}
