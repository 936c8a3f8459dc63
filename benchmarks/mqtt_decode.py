"""Decoding what lamps say over MQTT, beside the bare parser of JSON: no broker, one core."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import process_time
from timeit import repeat

from drivers.mqtt.codec import decode
from drivers.profiles import load_profiles

TIMES = 20_000
ROUNDS = 5
NOW = datetime.fromtimestamp(1796055010, UTC)
TELEMETRY = (
    b'{"ts": 1796055000.5, "seq": 4711, "level": 70.0, "source": "programme", "order": null, "programme": "9f2c41d0",'
    b' "v": 229.8, "i": 0.183, "w": 40.9, "pf": 0.973, "wh": 181233.5, "hours": 5533.21, "starts": 812, "temp": 14.0}'
)
STATUS = bytes.fromhex("018EB28266200047071A000201DEFE210000")
UPLINK = json.dumps(
    {
        "devEUI": "cLPVsCAHMgg=",
        "fCnt": 3,
        "fPort": 23,
        "data": base64.b64encode(STATUS).decode(),
        "rxInfo": [],
    }
).encode()
TOPIC = "application/430/device/70b3d5b020073208/event/up"


def main() -> Iterator[tuple[str, str]]:
    profiles = load_profiles("mqtt")
    plain, nas = profiles["falotier-json"], profiles["nas-ul20xx"]
    bare = _microseconds(lambda: json.loads(TELEMETRY))
    lamp = _microseconds(
        lambda: decode(plain, "falotier/GW-4/08-1173/telemetry", TELEMETRY, retained=False, now=NOW)
    )
    uplink = _microseconds(lambda: decode(nas, TOPIC, UPLINK, retained=False, now=NOW))
    yield f"json.loads of {len(TELEMETRY)} bytes", f"{bare:.1f} µs"
    yield "telemetry of falotier-json to a reading", f"{lamp:.1f} µs, {lamp / bare:.1f} times that"
    yield (
        f"status of nas-ul20xx ({len(STATUS)} bytes) in ChirpStack v3",
        f"{uplink:.1f} µs, {uplink / bare:.1f} times",
    )


def _microseconds(decoding: Callable[[], object]) -> float:
    """CPU time, so that a busy machine does not blur it."""
    return min(repeat(decoding, timer=process_time, number=TIMES, repeat=ROUNDS)) / TIMES * 1e6
