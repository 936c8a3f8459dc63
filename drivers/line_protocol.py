"""InfluxDB's line protocol, in which a name must not be taken for syntax."""

from collections.abc import Callable, Iterable, Iterator
from math import isfinite

from city.errors import Refused
from city.measurements import Reading
from city.telemetry import Tags
from drivers.instants import to_microseconds

_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def lines(readings: Iterable[Reading], tags_of: Callable[[str], Tags]) -> Iterator[str]:
    """One line a reading: its kind as the measurement, every metric a float field, its instant in microseconds.

    Raises:
        Refused: a name or a value has no form in line protocol.
    """
    for reading in readings:
        if reading.values:
            groups = tags_of(reading.device)
            tags = [
                ("device", reading.device),
                *sorted((tag.value, groups[tag]) for tag in groups if groups[tag]),
            ]
            head = "".join(f",{name}={tag_value(value)}" for name, value in tags)
            fields = ",".join(
                f"{metric.value}={_float(value, reading)}" for metric, value in reading.values.items()
            )
            yield f"{reading.kind.value}{head} {fields} {to_microseconds(reading.at)}"


def tag_value(text: str) -> str:
    """A tag's value, escaped. A backslash has no unambiguous form there, and a control character none at all."""
    if not text or "\\" in text or not text.isprintable():
        raise Refused(f"the name {text!r} cannot be stored in InfluxDB")
    return text.translate(_TAG_ESCAPES)


def _float(value: float, reading: Reading) -> str:
    """With a fraction or an exponent always: a bare ``1`` is a float too, but ``repr`` keeps every digit."""
    if not isfinite(value):
        raise Refused(f"{reading.device}: got {value}, expected a finite number")
    return repr(float(value))
