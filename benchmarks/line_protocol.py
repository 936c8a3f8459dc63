"""Line protocol from readings, beside influxdb-client's ``Point``: the same readings, one core, taken in turns."""

import gc
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import process_time

from city.measurements import DeviceKind, Metric, Reading, count_values
from city.telemetry import Tag, Tags
from console.cli import GARBAGE_AFTER
from drivers.line_protocol import LineProtocol

LAMPS = 5_000
A_WRITE = 5_000
"""Values in one write, as the head-end does it."""
ROUNDS = 15
AT = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
LAMP: Sequence[tuple[Metric, float, int]] = (
    (Metric.LEVEL, 100, 0),
    (Metric.VOLTAGE, 240, 1),
    (Metric.CURRENT, 0.4, 3),
    (Metric.POWER, 90, 1),
    (Metric.POWER_FACTOR, 1, 3),
    (Metric.ENERGY, 1e6, 1),
    (Metric.BURNING, 2e4, 2),
    (Metric.STARTS, 5e3, 0),
    (Metric.TEMPERATURE, 40, 1),
)
"""What a lamp of the profile falotier-json reports: up to how much, with how many decimals."""
TAGS = {f"L{n:05}": {Tag.SECTOR: "Coteaux sud", Tag.CABINET: f"A-{n // 50:03}"} for n in range(LAMPS)}


def tags_of(device: str) -> Tags:
    """The groups of a lamp."""
    return TAGS[device]


def readings(metrics: int, seed: int = 1) -> list[Reading]:
    """One of every lamp, with so many values each.

    At whole seconds: at others ``Point`` may be a microsecond off, and what both write could not be compared.
    """
    chance = random.Random(seed)  # noqa: S311 (no secret)
    return [
        Reading(
            device,
            DeviceKind.LAMP,
            AT + timedelta(seconds=chance.randrange(300)),
            {metric: round(chance.random() * most, decimals) for metric, most, decimals in LAMP[:metrics]},
        )
        for device in TAGS
    ]


def main() -> Iterator[tuple[str, str]]:
    gc.set_threshold(GARBAGE_AFTER)  # as the head-end does, for both
    for metrics in (4, len(LAMP)):
        told = readings(metrics)
        protocol, a_write = LineProtocol(tags_of), A_WRITE // metrics

        def ours(
            told: list[Reading] = told, a_write: int = a_write, protocol: LineProtocol = protocol
        ) -> str:
            parts = [protocol.text(told[start : start + a_write]) for start in range(0, len(told), a_write)]
            return "\n".join(parts)

        def theirs(told: list[Reading] = told) -> str:
            return _points(told)

        assert _meaning(ours()) == _meaning(theirs())  # noqa: S101 (a benchmark of two different things tells nothing)
        own_s, point_s = _in_turns(ours, theirs)
        per_line = 1e6 / len(told)
        rate = count_values(told) / own_s
        yield f"a line of {metrics} values, own", f"{own_s * per_line:.2f} µs ({rate / 1e6:.2f} M values/s)"
        yield (
            f"a line of {metrics} values, Point",
            f"{point_s * per_line:.2f} µs, {point_s / own_s:.1f} times that",
        )


def _points(told: list[Reading]) -> str:
    from influxdb_client.client.write.point import Point
    from influxdb_client.domain.write_precision import WritePrecision

    lines = []
    for reading in told:
        point = Point(reading.kind.value).tag("device", reading.device)  # type: ignore[no-untyped-call]
        for tag, name in tags_of(reading.device).items():
            point.tag(tag.value, name)
        for metric, value in reading.values.items():
            point.field(metric.value, float(value))
        lines.append(point.time(reading.at, WritePrecision.US).to_line_protocol())
    return "\n".join(lines)


def _meaning(text: str) -> list[tuple[frozenset[str], frozenset[tuple[str, float]], str]]:
    """What lines say, whatever the order of their parts."""
    read = []
    for line in text.replace(r"\ ", "_").split("\n"):
        head, fields, at = line.split(" ")
        pairs = (field.split("=") for field in fields.split(","))
        read.append(
            (frozenset(head.split(",")), frozenset((name, float(value)) for name, value in pairs), at)
        )
    return read


def _in_turns(*works: Callable[[], object]) -> list[float]:
    """The best CPU time of each, s: what a busy machine adds comes to all of them."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for number, work in enumerate(works):
            started = process_time()
            work()
            best[number] = min(best[number], process_time() - started)
    return best
