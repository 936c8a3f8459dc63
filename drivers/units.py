"""Units in which devices speak, and their conversion, once, to the units of the metrics."""

from collections.abc import Mapping
from fractions import Fraction

from city.measurements import Metric

_UNITS: Mapping[str, tuple[str, Fraction]] = {
    "": ("", Fraction(1)),
    "%": ("%", Fraction(1)),
    "V": ("V", Fraction(1)),
    "mV": ("V", Fraction(1, 1000)),
    "A": ("A", Fraction(1)),
    "mA": ("A", Fraction(1, 1000)),
    "W": ("W", Fraction(1)),
    "kW": ("W", Fraction(1000)),
    "Wh": ("Wh", Fraction(1)),
    "kWh": ("Wh", Fraction(1000)),
    "MWh": ("Wh", Fraction(1_000_000)),
    "Hz": ("Hz", Fraction(1)),
    "°C": ("°C", Fraction(1)),
    "h": ("h", Fraction(1)),
    "s": ("s", Fraction(1)),
    "ticks": ("s", Fraction(1, 100)),  # SNMP's TimeTicks
    "dBm": ("dBm", Fraction(1)),
    "B": ("B", Fraction(1)),
}
"""Device unit: the metric's unit, and how many of it one of the device's is."""


def factor(unit: str, metric: Metric) -> Fraction:
    """By what a value in ``unit`` is multiplied to be one of ``metric``.

    Raises:
        ValueError: the unit is not known, or measures something else.
    """
    if unit not in _UNITS:
        raise ValueError(f"a unit of {', '.join(known for known in _UNITS if known)}")
    base, times = _UNITS[unit]
    if base != metric.unit:
        raise ValueError(f"a unit of {metric.value}: {metric.unit or 'none, it is a bare number'}")
    return times


def exact(number: float) -> Fraction:
    """The decimal that a person wrote: 0.1 is one tenth, not the nearest binary number."""
    return Fraction(repr(number))


def scaled(raw: float, by: Fraction) -> float:
    """A raw value times a factor, rounded once: 2302 by a tenth is 230.2."""
    return float(raw * by.numerator / by.denominator)
