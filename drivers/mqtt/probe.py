"""A look at what passes through a broker: each message as decoded, or refused with the reason."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import aiomqtt

from city.errors import Unreachable
from drivers.mqtt.codec import decode, parse
from drivers.mqtt.connection import Broker, connected, subscribe
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
    """With a profile: device, at, values and facts, or gateway and online; without one, the JSON itself."""
    refused: tuple[str, ...]
    """Why it, or a part of it, could not be used."""
    payload: str
    """The payload's beginning as text, where nothing could be decoded."""


async def probe(
    url: str, topic: str, seconds: float, profile: MqttProfile | None
) -> AsyncGenerator[ProbedMessage, None]:
    """Listen to a broker for a while.

    Close the iterator (``contextlib.aclosing``) if it is not read to its end.

    Args:
        url: ``mqtt://user:password@host:port``, or ``mqtts``.
        topic: what to subscribe to, wildcards allowed.
        seconds: how long to listen, real seconds.
        profile: what messages mean; without one they are shown as JSON.

    Raises:
        BadInput: not such a URL.
        Unreachable: no broker there, or the connection is lost.
        Refused: it does not let us in, or listen.
    """
    broker = Broker.of_url(url)
    loop = asyncio.get_running_loop()
    async with connected(broker, asyncio.Queue[aiomqtt.Message], MOST_WAITING) as client:
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
            yield _probed(message, profile, datetime.now(UTC))


def _probed(message: aiomqtt.Message, profile: MqttProfile | None, now: datetime) -> ProbedMessage:
    payload = message.payload if isinstance(message.payload, bytes) else b""
    topic = message.topic.value
    decoded: dict[str, Any] | None = None
    refused: tuple[str, ...] = ()
    if profile is None:
        try:
            decoded = parse(payload)
        except ValueError as error:
            refused = (str(error),)
    else:
        heard = decode(profile, topic, payload, retained=message.retain, now=now)
        refused = heard.refused
        if heard.reading is not None:
            said = heard.reading
            decoded = {"device": said.device, "at": said.at, "values": said.values, "facts": said.facts}
        elif heard.online is not None:
            decoded = {"gateway": heard.gateway, "online": heard.online}
            if heard.limits is not None:
                decoded["limits"] = asdict(heard.limits) | {"features": sorted(heard.limits.features)}
    shown = "" if decoded is not None else payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return ProbedMessage(now, topic, message.retain, decoded, refused, shown)
