"""Numbers and texts picked from a document by the paths of a profile."""

from math import isfinite
from typing import Any

from city.measurements import Fact, Metric
from drivers.mqtt.json_payload import at, clean
from drivers.mqtt.profile import LampMessage, Value


def pick(message: LampMessage, document: Any) -> tuple[dict[Metric, float], dict[Fact, str], tuple[str, ...]]:
    """The values and facts that stand in a document, and why others could not be read."""
    refused: list[str] = []
    values: dict[Metric, float] = {}
    for metric, key, keys, multiply, divide, value in message.readers:
        number = at(document, keys) if keys else document.get(key)
        if value.may_be_zero:
            number = unless_zero(value, document, number)
        kind = type(number)
        if kind is float or kind is int:
            # Rounded once: 2302 by a tenth is 230.2.
            in_unit = number * multiply / divide
            if isfinite(in_unit):
                values[metric] = float(in_unit)
                continue
        if number is not None:
            refused.append(f"{key}: not a number")
    facts: dict[Fact, str] = {}
    for word in message.facts:
        text = at(document, word.keys)
        if isinstance(text, str):
            facts[word.fact] = clean(text)
        elif text is not None:
            refused.append(f"{word.path}: not a text")
    return values, facts, tuple(refused)


def unless_zero(value: Value, document: Any, number: Any) -> Any:
    """The number, or zero where something else in the document says that it is."""
    if value.zero_where and at(document, value.zero_where.split(".")) == value.zero_is:
        return 0
    if number is None and value.zero_beside and at(document, value.zero_beside.split(".")) is not None:
        return 0
    return number
