"""Numbers and texts picked from a document by the paths of a profile."""

from math import isfinite
from typing import Any

from city.measurements import Fact, Metric
from drivers.mqtt.json_payload import at, clean
from drivers.mqtt.spoken import LampMessage, Value
from drivers.units import scaled


def pick(message: LampMessage, document: Any) -> tuple[dict[Metric, float], dict[Fact, str], tuple[str, ...]]:
    """The values and facts that stand in a document, and why others could not be read."""
    refused: list[str] = []
    values: dict[Metric, float] = {}
    for metric, key in message.plain:
        number = document.get(key)
        kind = type(number)
        if kind is float:
            values[metric] = number
        elif kind is int:
            values[metric] = float(number)
        elif number is not None:
            refused.append(f"{key}: not a number")
    for metric, value in message.others:
        number = number_at(value, document)
        if isinstance(number, float):
            values[metric] = number
        elif number is not None:
            refused.append(f"{value.path}: not a number")
    return values, _facts(message, document, refused), tuple(refused)


def _facts(message: LampMessage, document: Any, refused: list[str]) -> dict[Fact, str]:
    facts: dict[Fact, str] = {}
    flat = type(document) is dict
    for fact, key, keys, says in message.words:
        text = document.get(key) if key and flat else at(document, keys)
        if type(text) is str:
            facts[fact] = clean(text)
        elif says and type(text) is bool:
            if text:
                facts[fact] = says
        elif text is not None:
            refused.append(f"{'.'.join(keys)}: not a text")
    return facts


def number_at(value: Value, document: Any) -> float | str | None:
    """A number in the unit of its metric, or what stands there instead; None where nothing does."""
    number = unless_zero(value, document, at(document, value.keys))
    if type(number) is float or type(number) is int:
        in_unit = scaled(number, value.factor)
        return in_unit if isfinite(in_unit) else "too large"
    return None if number is None else str(type(number))


def unless_zero(value: Value, document: Any, number: Any) -> Any:
    """The number, or zero where something else in the document says that it is."""
    if value.zero_where and at(document, value.zero_where.split(".")) == value.zero_is:
        return 0
    if number is None and value.zero_beside and at(document, value.zero_beside.split(".")) is not None:
        return 0
    return number
