"""InfluxDB's line protocol, in which a name must not be taken for syntax.

Every value of a city passes here, so nothing is worked out per value that can be kept: how a line is laid out is kept
by device and by which metrics come together, and all numbers are written in one go by pydantic's JSON writer: as exact
as ``repr`` and, measured, three to six times as fast.
"""

from collections.abc import Callable, Sequence
from math import isfinite

from pydantic_core import to_json

from city.errors import Refused
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Tags

FORMS_KEPT = 131_072
"""Forms that are kept, some 300 bytes each: two for each of 65,000 devices; past that all are made anew."""
_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_US_A_SECOND = 1e6


class LineProtocol:
    """Turns readings into lines."""

    def __init__(self, tags_of: Callable[[str], Tags]) -> None:
        """``tags_of`` gives the groups of a device by its id: the same ones as long as this is used."""
        self._tags_of = tags_of
        self._last: dict[str, tuple[DeviceKind, tuple[Metric, ...], str]] = {}
        """What each device told last, and the form of that: mostly it tells the same again."""
        self._forms: dict[tuple[str, DeviceKind, tuple[Metric, ...]], str] = {}
        """How a line is laid out: it lacks only the values and the instant."""

    def text(self, readings: Sequence[Reading]) -> str:
        """One line a reading: its kind as the measurement, every metric a float field, its instant in microseconds.

        Raises:
            Refused: a name or a value has no form in line protocol; the message names the device.
        """
        last_of, lines, numbers = self._last.get, list[str](), list[float]()
        for device, kind, at, values, _ in readings:
            if not values:
                continue
            metrics = (*values,)
            last = last_of(device)
            if last is None or last[1] != metrics or last[0] is not kind:
                last = self._last[device] = kind, metrics, self._form(device, kind, metrics)
            lines.append(last[2])
            numbers += values.values()
            numbers.append(
                round(at.timestamp() * _US_A_SECOND)
            )  # exact for the next 200 years: doubles have 53 bits
        return "\n".join(lines) % _written(numbers, readings)

    def _form(self, device: str, kind: DeviceKind, metrics: tuple[Metric, ...]) -> str:
        """The form of a line that is not like the one before of its device."""
        key = device, kind, metrics
        form = self._forms.get(key)
        if form is None:
            if len(self._forms) >= FORMS_KEPT:
                self._forms.clear()
                self._last.clear()
            head = _head(device, kind, self._tags_of(device))
            # The names of our metrics need no escape, and hold no percent sign.
            form = self._forms[key] = f"{head} {','.join(f'{metric.value}=%s' for metric in metrics)} %s"
        return form


def _head(device: str, kind: DeviceKind, tags: Tags) -> str:
    """What comes before the fields."""
    pairs = [("device", device), *sorted((tag.value, tags[tag]) for tag in tags if tags[tag])]
    head = kind.value + "".join(f",{name}={_tag_value(value, device)}" for name, value in pairs)
    return head.replace("%", "%%")


def _tag_value(text: str, device: str) -> str:
    """A tag's value, escaped. A backslash has no unambiguous form there, and a control character none at all."""
    if not text or "\\" in text or not text.isprintable():
        of = "" if text == device else f" of {device!r}"
        raise Refused(f"the name {text!r}{of} cannot be stored in InfluxDB")
    return text.translate(_TAG_ESCAPES)


def _written(numbers: Sequence[float], readings: Sequence[Reading]) -> tuple[str, ...]:
    """The numbers of all readings as InfluxDB reads floats: with every digit, a whole one perhaps without a point."""
    if not numbers:
        return ()
    text = to_json(numbers, inf_nan_mode="null")
    if b"l" in text or b"t" in text:  # a letter of null, true or false: no number has one
        text = to_json([_number(number, readings) for number in numbers])
    return tuple(text[1:-1].decode().split(","))


def _number(number: float, readings: Sequence[Reading]) -> float:
    """Of a truth value, the number that it is."""
    if isfinite(number):
        return +number
    device = next(reading.device for reading in readings if number in reading.values.values())
    raise Refused(f"{device}: got {number}, expected a finite number")
