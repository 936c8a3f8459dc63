"""What passed through a broker, for people: a line for the message, and one for each thing that it says."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drivers.mqtt.probe import ProbedMessage

MARGIN = " " * 10
"""As wide as the time and the space after it."""


def lines(message: "ProbedMessage") -> Iterator[str]:
    """One message: when it came and where, who says what by which clock, and what was refused."""
    retained = "  (retained)" if message.retained else ""
    yield f"{message.at:%H:%M:%SZ} {_plain(message.topic)}{retained}"
    said = message.decoded
    if said is not None:
        yield from (MARGIN + line for line in _said(said))
    for why in message.refused:
        yield f"{MARGIN}refused: {_plain(why)}"
    if message.payload:
        yield f"{MARGIN}{_plain(message.payload)}"


def _said(said: dict[str, Any]) -> Iterator[str]:
    if "online" in said:
        limits = f"; announces {json.dumps(said['limits'])}" if "limits" in said else ""
        who = (
            f"gateway {_plain(said['gateway'])}"
            if "gateway" in said
            else f"head-end {_plain(said['headend'])}"
        )
        yield f"{who} is {'online' if said['online'] else 'offline'}{limits}"
    elif "time_from" not in said:
        yield _plain(json.dumps(said, ensure_ascii=False))
    else:
        at: datetime = said["at"]
        clock = "as it came" if said["time_from"] == "receipt" else f"by the clock of the {said['time_from']}"
        yield f"{_plain(said['device'])}  {at:%Y-%m-%d %H:%M:%SZ} {clock}"
        if said["values"]:
            yield "  ".join(
                f"{_name(metric)} {value:g}{_unit(metric)}" for metric, value in said["values"].items()
            )
        for facts in ([said["facts"]] if said["facts"] else []) + said["events"]:
            yield "  ".join(f"{fact}: {_plain(text)}" for fact, text in facts.items())
        if said["warnings"]:
            yield f"warnings: {', '.join(map(_plain, said['warnings']))}"


def _name(metric: Any) -> str:
    name: str = metric.value
    return name.rpartition("_")[0] if metric.unit else name


def _unit(metric: Any) -> str:
    return f" {metric.unit}" if metric.unit else ""


def _plain(text: str) -> str:
    """A stranger's words without what could drive a terminal."""
    return (
        text
        if text.isprintable()
        else "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    )
