"""What a measurement costs to judge, beside merely reading its message; and how well faults are found by chance."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from city.measurements import Reading
from city.settings import CitySection
from console.cli.evaluate import run_random
from console.cli.evaluation import inventory_of, lamp_reading
from drivers.mqtt.codec import decode
from drivers.mqtt.profile import MqttProfile
from drivers.profiles import load_profiles
from fake_devices.city_plan import plan_city
from fake_devices.lamp_controller import LampReport
from fake_devices.mqtt_lamps import VALUES, encoded
from fake_devices.world import World
from lighting.diagnosis import LightingDiagnosis

START = datetime(2026, 11, 30, 15, tzinfo=UTC)
LAMPS = 600
HOURS = 6
ROUNDS = 3
SEEDS = range(1, 6)
"""Of the random evaluation of docs/fault-finding.md in small: 1,500 lamps, 4 nights, 60 times the rate."""


def main() -> Iterator[tuple[str, str]]:
    """The cost first, then a table of seeds."""
    yield from _cost()
    for seed in SEEDS:
        scores = run_random(seed, 4, 60.0, 300, lamps=1500, access_points=60)
        kept = ("truth", "found", "false_incidents", "cause_accuracy", "median_delay_s")
        yield f"random, seed {seed}", ", ".join(f"{name} {scores[name]}" for name in kept)


def _cost() -> Iterator[tuple[str, str]]:
    """Best of some rounds, both in one run: the ratio is what matters."""
    plan = plan_city(LAMPS, 0, 1)
    world = World(plan, START)
    world.advance(START + timedelta(hours=HOURS))
    reports = [message for message in world.take_messages() if isinstance(message, LampReport)]
    profile = load_profiles("mqtt", ())["falotier-json"]
    messages = [(f"falotier/{each.gateway}/{each.lamp}/telemetry", encoded(each)) for each in reports]
    readings = [lamp_reading(each) for each in reports]
    parsing = min(_parse_s(profile, messages) for _ in range(ROUNDS))
    judging = min(_judge_s(LightingDiagnosis(inventory_of(plan, frozenset()).lighting, CitySection().site), readings)
                  for _ in range(ROUNDS))  # fmt: skip
    values = len(reports) * VALUES
    yield "judging one measurement (µs)", f"{1e6 * judging / values:.2f}"
    yield "reading one measurement's message (µs)", f"{1e6 * parsing / values:.2f}"
    yield "judging / reading", f"{judging / parsing:.2f}"


def _parse_s(profile: MqttProfile, messages: Sequence[tuple[str, bytes]]) -> float:
    begin = time.process_time()
    for topic, payload in messages:
        decode(profile, topic, payload, retained=False, now=START)
    return time.process_time() - begin


def _judge_s(diagnosis: LightingDiagnosis, readings: Sequence[Reading]) -> float:
    begin = time.process_time()
    for reading in readings:
        diagnosis.observe(reading)
    return time.process_time() - begin
