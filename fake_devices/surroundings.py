"""What surrounds the lamps: the mains behind each cabinet and the air of the night. Pure functions of time."""

from math import cos, pi, sin
from random import Random

NOMINAL_V = 230.0
DAY_SWING_V = 2.5
"""How far voltage swings over a day, either way."""
SHORT_SWING_V = 1.0
SHORT_SWING_S = 2_700.0
DAY_S = 86_400.0
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

    __slots__ = ("_error", "_phases", "_short")

    def __init__(self, draw: Random) -> None:
        self._phases = tuple(draw.uniform(0, 2 * pi) for _ in range(3))
        self._short = tuple(draw.uniform(0, 2 * pi) for _ in range(3))
        self._error = draw.uniform(0, 2 * pi)

    def voltage(self, phase: int, at: float) -> float:
        """Voltage of a phase (0 to 2) against neutral, V."""
        return (
            NOMINAL_V
            + DAY_SWING_V * sin(2 * pi * at / DAY_S + self._phases[phase])
            + SHORT_SWING_V * sin(2 * pi * at / SHORT_SWING_S + self._short[phase])
        )

    @staticmethod
    def frequency(at: float) -> float:
        """Frequency, Hz; the same all over the city."""
        return NOMINAL_HZ + FREQUENCY_SWING_HZ * sin(2 * pi * at / FREQUENCY_SWING_S)

    def meter_factor(self, at: float) -> float:
        """By what the cabinet's meter multiplies the power that really flows."""
        return 1 + METER_ERROR * sin(2 * pi * at / METER_ERROR_S + self._error)


def air_c(at: float) -> float:
    """Temperature of the air, °C."""
    season = cos(2 * pi * (at - COLDEST_DAY_S) / YEAR_S)
    hour = cos(2 * pi * (at - COLDEST_HOUR_S) / DAY_S)
    return MEAN_C - SEASON_SWING_C * season - DAY_SWING_C * hour
