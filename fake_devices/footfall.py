"""How many people use the Wi-Fi of a place, hour by hour: the simulated city's own truth, for trying forecasts on.

It is what the simulated access points live by, without their radios: the rhythm of the place with all its chance,
and what is left to chance when people are counted.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import sqrt

from fake_devices.draws import deviate
from fake_devices.gatherings import PARIS, Gathering, gatherings
from fake_devices.rhythms import fullness

SAMPLES = 4
"""Instants of an hour that are looked at."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
COUNTING_STRAY = 0.5
"""Of a count of n, in square roots of n: an hour's mean strays less than a count does."""


def hourly_clients(hotspot: str, start: datetime, hours: int, seed: int, capacity: int) -> list[float]:
    """Mean clients of a place in each of so many hours.

    Args:
        hotspot: its id.
        start: with its offset; the first hour begins here.
        hours: how many, one after the other: a day of 23 or 25 hours has as many.
        seed: of the simulated city.
        capacity: clients of a full house.
    """
    counts, start = [], start.astimezone(UTC)  # local hours cannot be counted
    for number in range(hours):
        begins = start + number * HOUR
        instants = (begins + HOUR * (sample + 0.5) / SAMPLES for sample in range(SAMPLES))
        mean = capacity * sum(fullness(hotspot, at, seed) for at in instants) / SAMPLES
        chance = COUNTING_STRAY * sqrt(mean) * deviate(seed, "counted", hotspot, int(begins.timestamp()))
        counts.append(max(mean + chance, 0.0))
    return counts


def events(hotspot: str, start: datetime, end: datetime, seed: int) -> list[tuple[str, datetime, datetime]]:
    """What was announced in a place that lies, or lies in part, between two instants: name, begin and end, UTC."""
    return [
        (each.name, each.begins, each.ends) for each in gathered(hotspot, start, end, seed) if each.announced
    ]


def gathered(hotspot: str, start: datetime, end: datetime, seed: int) -> Iterator[Gathering]:
    """The same with crowds that nobody announced, in the order in which they begin."""
    day, last = start.astimezone(PARIS).date() - DAY, end.astimezone(PARIS).date()
    while day <= last:
        for each in sorted(gatherings(hotspot, day, seed), key=lambda each: each.begins):
            if each.begins < end and each.ends > start:
                yield each
        day += DAY
