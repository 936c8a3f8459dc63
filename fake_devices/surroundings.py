"""What surrounds the lamps: the mains behind each cabinet and the air of the night. Pure functions of time."""

from functools import lru_cache
from math import cos, pi, sin
from random import Random

NOMINAL_V = 230.0
DAY_SWING_V = 2.5
"""How far voltage swings over a day, either way."""
SHORT_SWING_V = 1.0
SHORT_SWING_S = 2_700.0
DAY_S = 86_400.0
DAY_TURN, SHORT_TURN = 2 * pi / DAY_S, 2 * pi / SHORT_SWING_S
"""Radians in a second."""
YEAR_S = 365.2425 * DAY_S
NOMINAL_HZ = 50.0
FREQUENCY_SWING_HZ = 0.03
FREQUENCY_SWING_S = 410.0
METER_ERROR = 0.003
"""Largest relative error of a cabinet's meter (class 0.5)."""
METER_ERROR_S = 37.0
MEAN_C = 11.0
SEASON_SWING_C = 9.5
DAY_SWING_C = 4.0
"""Mean and swings of Mulhouse's air, roughly: about 1.5 °C in January, 20 °C in July."""
COLDEST_DAY_S = 15 * DAY_S
COLDEST_HOUR_S = 4 * 3_600.0


class Mains:
    """The three phases behind one cabinet."""

    __slots__ = ("_error", "_phases", "_short", "absent", "sag_v")

    def __init__(self, draw: Random) -> None:
        self._phases = tuple(draw.uniform(0, 2 * pi) for _ in range(3))
        self._short = tuple(draw.uniform(0, 2 * pi) for _ in range(3))
        self._error = draw.uniform(0, 2 * pi)
        self.sag_v = 0.0
        """By how much the network is below itself, V."""
        self.absent = [False] * 3
        """Phases without voltage."""

    def voltage(self, phase: int, at: float) -> float:
        """Voltage of a phase (0 to 2) against neutral, V."""
        if self.absent[phase]:
            return 0.0
        return (
            NOMINAL_V
            - self.sag_v
            + DAY_SWING_V * sin(DAY_TURN * at + self._phases[phase])
            + SHORT_SWING_V * sin(SHORT_TURN * at + self._short[phase])
        )

    @staticmethod
    def frequency(at: float) -> float:
        """Frequency, Hz; the same all over the city."""
        return NOMINAL_HZ + FREQUENCY_SWING_HZ * sin(2 * pi * at / FREQUENCY_SWING_S)

    def meter_factor(self, at: float) -> float:
        """By what the cabinet's meter multiplies the power that really flows."""
        return 1 + METER_ERROR * sin(2 * pi * at / METER_ERROR_S + self._error)


def air_c(at: float) -> float:
    """Temperature of the air, °C; the same for a minute."""
    return _air_c(int(at // 60))


@lru_cache(maxsize=64)
def _air_c(minute: int) -> float:
    at = minute * 60.0
    season = cos(2 * pi * (at - COLDEST_DAY_S) / YEAR_S)
    hour = cos(2 * pi * (at - COLDEST_HOUR_S) / DAY_S)
    return MEAN_C - SEASON_SWING_C * season - DAY_SWING_C * hour
