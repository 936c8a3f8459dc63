"""InfluxDB's line protocol, in which a name must not be taken for syntax.

Every value of a city passes here, so nothing is worked out per value that can be kept: the head of a line is kept by
device, how its fields are laid out by which metrics come together, and all numbers are written in one go by pydantic's
JSON writer: as exact as ``repr`` and, measured, three to six times as fast.
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import NamedTuple

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
"""How the line of a device is laid out, by which metrics come together: it lacks only their values and the instant.
Without metrics it is what comes before the fields."""

_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_DAY_S, _SECOND_US = 86_400, 1_000_000


class _Known(NamedTuple):
    """What is kept of a device."""

    kind: DeviceKind | None
    tags: Tags
    metrics: tuple[Metric, ...]
    """Those that it told last, and their form: mostly it tells the same again."""
    form: str
    forms: _Forms


_UNKNOWN = _Known(None, {}, (), "", {})


class LineProtocol:
    """Turns readings into lines; the tags of a device may change at any time."""

    def __init__(self, tags_of: Callable[[str], Tags]) -> None:
        """``tags_of`` gives the groups of a device by its id."""
        self._tags_of = tags_of
        self._known: dict[str, _Known] = {}

    def text(self, readings: Sequence[Reading]) -> str:
        """One line a reading: its kind as the measurement, every metric a float field, its instant in microseconds.

        Raises:
            Refused: a name or a value has no form in line protocol; the message names the device.
        """
        known_of, tags_of = self._known.get, self._tags_of
        lines, numbers = list[str](), list[float]()
        for device, kind, at, values, _ in readings:
            if not values:
                continue
            tags, metrics = tags_of(device), (*values,)
            known_kind, known_tags, known_metrics, form, _ = known_of(device) or _UNKNOWN
            if known_metrics != metrics or known_tags != tags or known_kind is not kind:
                form = self._form(device, kind, tags, metrics)
            lines.append(form)
            numbers += values.values()
            since = at - EPOCH
            numbers.append((since.days * _DAY_S + since.seconds) * _SECOND_US + since.microseconds)
        return "\n".join(lines) % _written(numbers, readings)

    def _form(self, device: str, kind: DeviceKind, tags: Tags, metrics: tuple[Metric, ...]) -> str:
        """The form of a line that is not like the one before of its device."""
        known = self._known.get(device, _UNKNOWN)
        is_same = known.kind is kind and known.tags == tags
        forms: _Forms = known.forms if is_same else {(): _head(device, kind, tags)}
        if len(self._known) >= DEVICES_KEPT and device not in self._known:
            self._known.clear()
        form = forms.get(metrics) or _new_form(forms, metrics)
        # A copy, so that a mapping that is changed in place is seen to have changed.
        self._known[device] = _Known(kind, dict(tags), metrics, form, forms)
        return form


def _head(device: str, kind: DeviceKind, tags: Tags) -> str:
    """What comes before the fields."""
    pairs = [("device", device), *sorted((tag.value, tags[tag]) for tag in tags if tags[tag])]
    head = kind.value + "".join(f",{name}={_tag_value(value, device)}" for name, value in pairs)
    return head.replace("%", "%%")


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
