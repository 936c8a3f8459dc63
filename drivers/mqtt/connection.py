"""One connection to an MQTT broker: a fresh client each time, with clear errors."""

import asyncio
import logging
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

import aiomqtt

from city.errors import BadInput, Refused, Unreachable
from city.field_settings import MqttSection

KEEPALIVE_S = 20
"""A link that died without a word is noticed after this long and a half."""
TIMEOUT_S = 5.0
"""How long the broker may take for anything."""
GIVE_UP_S = 0.1
"""How long to wait for a goodbye from a broker that has not even greeted."""
MOST_PUBLISHING = 20
"""Publications under way at once; the others wait their turn."""
NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it each small message waits up to 40 ms for the acknowledgement of the one before (Nagle's algorithm)."""
MQTT_PORT = 1883
MQTTS_PORT = 8883
SUBACK_FAILURE = 0x80
"""Reason codes from here on mean "not subscribed"."""

_LOG = logging.getLogger("aiomqtt")
_LOG.addHandler(logging.NullHandler())  # what matters of it is raised here


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and as whom to speak to it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None

    @classmethod
    def of_settings(cls, settings: MqttSection) -> Self:
        """The broker that the settings name.

        Raises:
            BadInput: a certificate or key file cannot be used.
        """
        tls = _tls(settings) if settings.ca_file is not None else None
        return cls(settings.host, settings.port, settings.user, settings.password.get_secret_value(), tls)

    @classmethod
    def of_url(cls, url: str) -> Self:
        """The broker of ``mqtt://user:password@host:port`` (``mqtts`` for TLS that trusts the system's authorities).

        Raises:
            BadInput: it is not such a URL.
        """
        expected = "expected mqtt://host:port or mqtts://host:port"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BadInput(f"got {url!r}, {expected}") from error
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise BadInput(f"got {url!r}, {expected}")
        secure = parts.scheme == "mqtts"
        return cls(
            parts.hostname,
            port or (MQTTS_PORT if secure else MQTT_PORT),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            ssl.create_default_context() if secure else None,
        )

    @property
    def where(self) -> str:
        """How to call it in a message."""
        return f"broker {self.host}:{self.port}"


def _tls(settings: MqttSection) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            f"mqtt.ca_file: got {settings.ca_file}, expected a PEM file of authorities: {error}"
        ) from error
    if settings.certificate_file is not None:
        try:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
        except (OSError, ssl.SSLError) as error:
            got = f"{settings.certificate_file}, {settings.key_file}"
            raise BadInput(f"mqtt.certificate_file, mqtt.key_file: got {got}: {error}") from error
    return context


@asynccontextmanager
async def connected(
    broker: Broker, queue_type: type[asyncio.Queue[aiomqtt.Message]], queue_size: int = 0
) -> AsyncIterator[aiomqtt.Client]:
    """A connection, closed at the end.

    Args:
        broker: where to.
        queue_type: what incoming messages are put into.
        queue_size: how many of them may wait there; the newest are dropped past it. 0: any number.

    Raises:
        Unreachable: no broker there, or it does not answer.
        Refused: it does not let us in.
    """
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.user or None,
        password=broker.password or None,
        identifier=f"falotier-{secrets.token_hex(4)}",
        logger=_LOG,
        queue_type=queue_type,
        timeout=TIMEOUT_S,
        keepalive=KEEPALIVE_S,
        max_concurrent_outgoing_calls=MOST_PUBLISHING,
        max_queued_incoming_messages=queue_size,
        socket_options=NO_DELAY,
        tls_context=broker.tls,
    )
    client.pending_calls_threshold = MOST_PUBLISHING
    try:
        await client.__aenter__()
    except aiomqtt.exceptions.MqttConnectError as error:
        raise Refused(f"{broker.where}: {error}") from error
    except aiomqtt.MqttError as error:
        await _abandon(client)
        raise Unreachable(f"{broker.where}: {error}") from error
    except asyncio.CancelledError:
        await _abandon(client)
        raise
    try:
        yield client
    finally:
        with suppress(aiomqtt.MqttError):
            await client.__aexit__(None, None, None)


async def _abandon(client: aiomqtt.Client) -> None:
    """Close what a failed greeting left open: the library keeps that socket, and a task to serve it."""
    client.timeout = GIVE_UP_S
    with suppress(aiomqtt.MqttError):
        await client.__aexit__(None, None, None)


async def subscribe(client: aiomqtt.Client, broker: Broker, topic: str) -> None:
    """Subscribe with QoS 1.

    Raises:
        Unreachable: no answer.
        Refused: the broker does not let us, or it is not a topic.
    """
    try:
        codes = await client.subscribe(topic, qos=1)
    except aiomqtt.MqttError as error:
        raise Unreachable(f"{broker.where}: subscribing to {topic}: {error}") from error
    except ValueError as error:
        raise Refused(f"{broker.where}: subscribing to {topic}: {error}") from error
    if any(int(code) >= SUBACK_FAILURE for code in map(_number, codes)):
        raise Refused(f"{broker.where}: not allowed to subscribe to {topic}")


def _number(code: object) -> int:
    return code if isinstance(code, int) else int(getattr(code, "value", SUBACK_FAILURE))
