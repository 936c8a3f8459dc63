"""A look at what passes through a broker: each message as decoded, or refused with the reason."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import aiomqtt

from city.errors import Unreachable
from city.measurements import Fact
from drivers.mqtt.broker import Broker, headend_of
from drivers.mqtt.codec import UNKNOWN_TOPIC, decode, parse
from drivers.mqtt.connection import connected, subscribe
from drivers.mqtt.heard import Heard
from drivers.mqtt.profile import MqttProfile

MOST_WAITING = 10_000
"""Messages that may wait to be shown; the newest are dropped past it."""
SHOWN_BYTES = 500
"""How much of a payload that could not be decoded is shown."""


@dataclass(frozen=True, slots=True)
class ProbedMessage:
    """One message."""

    at: datetime
    """When it came, UTC."""
    topic: str
    retained: bool
    decoded: dict[str, Any] | None
    """With profiles: profile, device, at, time_from, values, facts, events and warnings, or gateway and online; without
    any, the JSON itself. Of a head-end: headend and online."""
    refused: tuple[str, ...]
    """Why it, or a part of it, could not be used."""
    payload: str
    """The payload's beginning as text, where nothing could be decoded."""


async def probe(
    broker: Broker, topic: str, seconds: float, profiles: Sequence[MqttProfile] = ()
) -> AsyncGenerator[ProbedMessage, None]:
    """Listen to a broker for a while.

    Close the iterator (``contextlib.aclosing``) if it is not read to its end.

    Args:
        broker: which, and as whom.
        topic: what to subscribe to, wildcards allowed.
        seconds: how long to listen, real seconds.
        profiles: what messages mean, by the first that knows the topic; without any they are shown as JSON.

    Raises:
        Unreachable: no broker there, or the connection is lost.
        Refused: it does not let us in, or listen.
    """
    loop = asyncio.get_running_loop()
    async with connected(broker, queue_size=MOST_WAITING) as client:
        await subscribe(client, broker, topic)
        deadline = loop.time() + seconds
        messages = aiter(client.messages)
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    message = await anext(messages)
            except TimeoutError:
                return
            except aiomqtt.MqttError as error:
                raise Unreachable(f"{broker.where}: connection lost: {error}") from error
            yield _probed(message, profiles, datetime.now(UTC))


def _probed(message: aiomqtt.Message, profiles: Sequence[MqttProfile], now: datetime) -> ProbedMessage:
    payload = message.payload if isinstance(message.payload, bytes) else b""
    topic = message.topic.value
    decoded: dict[str, Any] | None = None
    refused: tuple[str, ...] = UNKNOWN_TOPIC
    for profile in profiles:
        heard = decode(profile, topic, payload, retained=message.retain, now=now)
        refused = heard.refused
        if refused != UNKNOWN_TOPIC:
            decoded = _document(profile, heard)
            break
    headend = headend_of(topic)
    if not profiles or headend is not None:
        try:
            said = parse(payload)
            decoded, refused = (
                {"headend": headend, "online": said.get("state") == "online"} if headend else said,
                (),
            )
        except ValueError as error:
            refused = (str(error),)
    shown = "" if decoded is not None else payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return ProbedMessage(now, topic, message.retain, decoded, refused, shown)


def _document(profile: MqttProfile, heard: Heard) -> dict[str, Any] | None:
    """What a message says, for people and scripts; None where nothing of it could be used."""
    if heard.online is not None:
        gateway: dict[str, Any] = {"profile": profile.name, "gateway": heard.gateway, "online": heard.online}
        if heard.limits is not None:
            gateway["limits"] = asdict(heard.limits) | {"features": sorted(heard.limits.features)}
        return gateway
    if not heard.readings:
        return None
    measured = next((each for each in heard.readings if Fact.EVENT not in each.facts), None)
    return {
        "profile": profile.name,
        "device": heard.readings[0].device,
        "gateway": heard.gateway,
        "at": heard.readings[0].at,
        "time_from": heard.time_from,
        "values": measured.values if measured else {},
        "facts": measured.facts if measured else {},
        "events": [each.facts for each in heard.readings if Fact.EVENT in each.facts],
        "warnings": heard.warnings,
    }
