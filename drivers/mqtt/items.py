"""What a document says line by line, for people: the values of a profile, and what it takes no notice of."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from drivers.mqtt.json_payload import at, clean
from drivers.mqtt.picking import number_at
from drivers.mqtt.spoken import LampMessage
from drivers.mqtt.unpack import Item

MOST_LEAVES = 200
"""Values without a meaning of their own that are shown of one message."""


def items_of(message: LampMessage, document: Any) -> tuple[list[Item], tuple[str, ...]]:
    """All that a profile finds in a document, and the keys of which it takes no notice."""
    items = []
    for value in message.values:
        raw = at(document, value.keys)
        number = number_at(value, document)
        told = number if isinstance(number, float) else None
        if raw is None and told is None:
            continue
        unit = value.metric.unit if value.metric is not None else value.unit
        items.append(
            Item(value.label, told, unit, _text(raw), value.metric, told, derived=value.derived)
        )  # fmt: skip
    for fact, _, keys, says in message.words:
        raw = at(document, keys)
        if raw is not None:
            said = clean(raw) if isinstance(raw, str) else says if raw is True else None
            items.append(Item(fact.value, said, "", _text(raw), fact=fact))
    known = {keys[0] for _, _, keys, _ in message.words} | {value.keys[0] for value in message.values}
    known |= {message.time_keys[0]} if message.time_keys else set()
    known |= {value.zero_where.split(".")[0] for value in message.values}
    ignored = (
        {key: each for key, each in document.items() if key not in known}
        if isinstance(document, dict)
        else {}
    )
    items += list(islice(_leaves(ignored, ""), MOST_LEAVES))
    return items, tuple(clean(key) for key in ignored)


def _leaves(value: object, path: str) -> Iterator[Item]:
    """What stands in a document that no line of the profile names."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{clean(key)}" if path else clean(key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(each, f"{path}.{number}")
    else:
        told = clean(value) if isinstance(value, str) else value
        yield Item(path, told if isinstance(told, float | int | str) else None, "", _text(value))


def _text(raw: object) -> str:
    return clean(json.dumps(raw, ensure_ascii=False))
