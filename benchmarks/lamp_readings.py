"""What a city's lamps say, as the MQTT link hands it over: nine values a lamp, like those of a night."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random

from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Tag, Tags

VALUES = 9
"""Values in a reading."""
PERIOD_S = 300
"""Seconds between two readings of a lamp."""
LAMPS_PER_CABINET = 50
CABINETS_PER_SECTOR = 20


def lamp_name(number: int) -> str:
    return f"L-{number:05}"


def tags_of(lamp: str) -> Tags:
    """Sector and cabinet of a lamp."""
    cabinet = int(lamp[2:]) // LAMPS_PER_CABINET
    return {Tag.SECTOR: f"S{cabinet // CABINETS_PER_SECTOR:02}", Tag.CABINET: f"A-{cabinet:03}"}


class Lamps:
    """So many lamps, each a little different, measured again and again."""

    def __init__(self, lamps: int) -> None:
        chance = Random("lamps")  # noqa: S311 - noise, no secret
        self.lamps = lamps
        self._own = [chance.uniform(0.95, 1.05) for _ in range(lamps)]
        self._noise = [round(chance.gauss(0, 0.4), 2) for _ in range(997)]
        self._turn = 0

    def reading(self, number: int, at: datetime) -> Reading:
        """What one lamp says at an instant."""
        self._turn += 1
        own, noise = self._own[number], self._noise[self._turn % len(self._noise)]
        return Reading(lamp_name(number), DeviceKind.LAMP, at, self._values(own, noise, at.timestamp()))

    def all_at(self, at: datetime) -> Iterator[Reading]:
        """All of them at one instant."""
        return (self.reading(number, at) for number in range(self.lamps))

    @staticmethod
    def _values(own: float, noise: float, at_s: float) -> Mapping[Metric, float]:
        power = round(41 * own + noise, 1)
        hours = at_s / 3600 % 20_000
        return {
            Metric.LEVEL: 70.0,
            Metric.POWER: power,
            Metric.VOLTAGE: round(229.5 + 2 * noise, 1),
            Metric.CURRENT: round(power / 224, 3),
            Metric.POWER_FACTOR: round(0.97 + noise / 500, 3),
            Metric.ENERGY: round(hours * 41 * own, 1),
            Metric.BURNING: round(hours, 2),
            Metric.STARTS: 812.0,
            Metric.TEMPERATURE: round(14 + noise, 1),
        }
