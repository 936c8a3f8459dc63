"""InfluxDB's line protocol, in which a name must not be taken for syntax.

Every value of a city passes here, so nothing is worked out per value that can be kept: the head of a line is kept by
device, how its fields are laid out by which metrics come together, and all numbers are written in one go by pydantic's
JSON writer: as exact as ``repr`` and, measured, three to six times as fast.
"""

from collections.abc import Callable, Sequence
from math import isfinite

from pydantic_core import to_json

from city.errors import Refused
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Tags
from drivers.instants import EPOCH

DEVICES_KEPT = 65_536
"""Devices whose forms are kept, about 1 kB each; past that all are made anew."""
FORMS_KEPT = 32
"""Sets of metrics of one device whose form is kept: it reports some few, and always the same."""
_Forms = dict[tuple[Metric, ...], str]
"""How the line of a device is laid out, by which metrics come together: it lacks only their values and the instant."""

_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_DAY_S, _SECOND_US = 86_400, 1_000_000


class LineProtocol:
    """Turns readings into lines; the tags of a device may change at any time."""

    def __init__(self, tags_of: Callable[[str], Tags]) -> None:
        """``tags_of`` gives the groups of a device by its id."""
        self._tags_of = tags_of
        self._known: dict[str, tuple[DeviceKind, Tags, _Forms]] = {}

    def text(self, readings: Sequence[Reading]) -> str:
        """One line a reading: its kind as the measurement, every metric a float field, its instant in microseconds.

        Raises:
            Refused: a name or a value has no form in line protocol; the message names the device.
        """
        known, tags_of = self._known, self._tags_of
        lines, numbers = list[str](), list[float]()
        for device, kind, at, values, _ in readings:
            if not values:
                continue
            tags = tags_of(device)
            try:
                known_kind, known_tags, forms = known[device]
            except KeyError:
                forms = self._meet(device, kind, tags)
            else:
                if known_kind is not kind or known_tags != tags:
                    forms = self._meet(device, kind, tags)
            metrics = tuple(values)
            lines.append(forms.get(metrics) or _new_form(forms, metrics))
            numbers += values.values()
            since = at - EPOCH
            numbers.append((since.days * _DAY_S + since.seconds) * _SECOND_US + since.microseconds)
        return "\n".join(lines) % _written(numbers, readings)

    def _meet(self, device: str, kind: DeviceKind, tags: Tags) -> _Forms:
        """Keep what does not change about a device; its form without any metric is the head of every other."""
        if len(self._known) >= DEVICES_KEPT:
            self._known.clear()
        pairs = [("device", device), *sorted((tag.value, tags[tag]) for tag in tags if tags[tag])]
        head = kind.value + "".join(f",{name}={_tag_value(value, device)}" for name, value in pairs)
        # A copy, so that a mapping that is changed in place is seen to have changed.
        forms: _Forms = {(): head.replace("%", "%%")}
        self._known[device] = kind, dict(tags), forms
        return forms


def _new_form(forms: _Forms, metrics: tuple[Metric, ...]) -> str:
    """The names of our metrics need no escape, and hold no percent sign."""
    if len(forms) >= FORMS_KEPT:
        head = forms[()]
        forms.clear()
        forms[()] = head
    forms[metrics] = f"{forms[()]} {','.join(f'{metric.value}=%s' for metric in metrics)} %s"
    return forms[metrics]


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
