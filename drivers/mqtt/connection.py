"""One connection to an MQTT broker: a fresh client each time, with clear errors."""

import asyncio
import logging
import re
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import aiomqtt
from aiomqtt.types import PayloadType
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from city.errors import Outside, Refused, Unreachable
from city.field_settings import MqttSection
from drivers.mqtt.broker import Broker
from drivers.mqtt.buffered import LARGEST_PACKET, Line, OnMessage, OnSafe, at_once

KEEPALIVE_S = 20
"""A link that died without a word is noticed after this long and a half."""
TIMEOUT_S = 5.0
"""How long the broker may take for anything."""
GOODBYE_S = 1.0
"""How long to wait until what came is acknowledged, and then until a broker has taken the word that we leave."""
RECEIVE_MAXIMUM = 1000
"""Messages that a broker of MQTT 5 may send before the first of them is acknowledged: with a disk that takes 50 ms to
commit, 20,000 a second still come through."""
MOST_PUBLISHING = 20
"""Publications under way at once; the others wait their turn."""
SUBACK_FAILURE = 0x80
"""Reason codes from here on mean "not subscribed"."""
ONLINE, OFFLINE = '{"state": "online"}', '{"state": "offline"}'

_HUNG_UP = re.compile("EOF occurred|reset by peer|Broken pipe")

_LOG = logging.getLogger("aiomqtt")
_LOG.addHandler(logging.NullHandler())  # what matters of it is raised here
_LOG.propagate = False


@asynccontextmanager
async def connected(
    broker: Broker,
    on_message: OnMessage | None = None,
    queue_size: int = 0,
    when_safe: OnSafe = at_once,
) -> AsyncIterator[aiomqtt.Client]:
    """A connection, closed at the end; what was said of us with ``say_online`` is taken back then.

    Args:
        broker: where to.
        on_message: called with each message as it is read; it must not block. Without it they come to
            ``client.messages``.
        queue_size: how many may wait there; the newest are dropped past it.
        when_safe: what ``on_message`` was given is acknowledged when this says that it is safe.

    Raises:
        Unreachable: no broker there, or it does not answer.
        Refused: it does not let us in.
    """
    complaints = _Complaints()
    client = _client(broker, queue_size, complaints)
    line = Line(client)
    if on_message is not None:
        line.hand_over(on_message, when_safe, has_properties=broker.version == "5")
    try:
        await _enter(client, broker, complaints)
        line.hush()
        try:
            yield client
        finally:
            await line.settle(GOODBYE_S)
            await _say_goodbye(client, broker)
    finally:
        line.hang_up()


async def _say_goodbye(client: aiomqtt.Client, broker: Broker) -> None:
    with suppress(aiomqtt.MqttError):
        if broker.name:  # the last will is for those who leave without a word
            await client.publish(broker.status_topic, OFFLINE, qos=1, retain=True, timeout=GOODBYE_S)
        client.timeout = GOODBYE_S
        await client.__aexit__(None, None, None)


async def knock(settings: MqttSection) -> None:
    """See whether the broker lets us in, as a visitor: whoever is there under our name stays undisturbed.

    Raises:
        BadInput: a certificate or key file cannot be used.
        Unreachable: no broker there, or it does not answer.
        Refused: it does not let us in.
    """
    async with connected(replace(Broker.of_settings(settings), name="", session_s=0)):
        pass


class _Complaints(logging.LoggerAdapter[logging.Logger]):
    """What the library only logs of a connection that breaks before the broker's greeting: it raises nothing then."""

    def __init__(self) -> None:
        super().__init__(_LOG, {})
        self.last = ""
        self.patience: asyncio.Timeout | None = None
        """How long is waited for the greeting: no longer, once something is wrong."""
        self._loop = asyncio.get_running_loop()

    def log(self, level: int, msg: object, *args: object, **_: object) -> None:
        """Called from the library's thread too."""
        if level >= logging.ERROR:
            self.last = str(msg) % args if args else str(msg)
            self._loop.call_soon_threadsafe(self._lose_patience)

    def _lose_patience(self) -> None:
        if self.patience is not None and not self.patience.expired():
            self.patience.reschedule(self._loop.time())


async def _enter(client: aiomqtt.Client, broker: Broker, complaints: _Complaints) -> None:
    try:
        async with asyncio.timeout(None) as complaints.patience:
            await client.__aenter__()
        _end_if_cancelled()
    except TimeoutError:
        if broker.tls is not None and _HUNG_UP.search(complaints.last):
            raise Unreachable(f"{broker.where}: it hung up: it may not take our certificate") from None
        raise _lost(broker, complaints.last) from None
    except aiomqtt.exceptions.MqttConnectError as error:
        raise Refused(f"{broker.where}: {_reason(error)}{_as_whom(broker)}") from error
    except aiomqtt.MqttError as error:
        cause = error.__context__
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise Unreachable(
                f"{broker.where}: its certificate is not trusted: {cause.verify_message.rstrip('.')}"
            ) from error
        if broker.tls is not None and _HUNG_UP.search(str(error)):
            raise Unreachable(f"{broker.where}: it hung up: it may not speak TLS there") from error
        if str(error) == "Operation timed out":
            only = ": it may speak MQTT 3.1.1 only" if broker.version == "5" else ""
            raise Unreachable(f"{broker.where}: timed out: no greeting in {TIMEOUT_S:g} s{only}") from error
        raise _lost(broker, str(error)) from error
    finally:
        complaints.patience = None


def _lost(broker: Broker, why: str) -> Outside:
    """What to raise for the library's words: an alert says that the broker does not take our certificate."""
    if alert := re.search(r"alert ([a-z ]+)", why):
        shown = "none was shown" if alert[1].strip() == "certificate required" else alert[1].strip()
        return Refused(f"{broker.where}: it does not take our certificate: {shown}")
    if broken := re.search(r"\[SSL: \w+\] ([a-z ]+)", why):
        return Unreachable(f"{broker.where}: TLS fails: {broken[1].strip()}")
    return Unreachable(f"{broker.where}: {why}")


def _reason(error: aiomqtt.MqttCodeError) -> str:
    """A broker's refusal without the library's code before it."""
    return str(error).rpartition("] ")[2]


def _as_whom(broker: Broker) -> str:
    return f" (user {broker.user!r})" if broker.user else ""


def _client(broker: Broker, queue_size: int, complaints: _Complaints) -> aiomqtt.Client:
    is_5 = broker.version == "5"
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.user or None,
        password=broker.password or None,
        identifier=_identifier(broker),
        logger=complaints,  # type: ignore[arg-type]  # it is asked to log, and nothing else
        protocol=aiomqtt.ProtocolVersion.V5 if is_5 else aiomqtt.ProtocolVersion.V311,
        will=aiomqtt.Will(broker.status_topic, OFFLINE, 1, retain=True) if broker.name else None,
        timeout=TIMEOUT_S,
        keepalive=KEEPALIVE_S,
        max_concurrent_outgoing_calls=MOST_PUBLISHING,
        max_queued_incoming_messages=queue_size,
        tls_context=broker.tls,
        clean_start=broker.session_s == 0 if is_5 else MQTT_CLEAN_START_FIRST_ONLY,
        properties=_connect_properties(broker) if is_5 else None,
    )
    client.pending_calls_threshold = MOST_PUBLISHING
    return client


def _identifier(broker: Broker) -> str:
    """The same each time only where the broker keeps a session: it ends whatever else bears the same one."""
    known = broker.name or "falotier"
    return known if broker.session_s else f"{known}-{secrets.token_hex(4)}"


def _connect_properties(broker: Broker) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = LARGEST_PACKET
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    properties.SessionExpiryInterval = broker.session_s
    return properties


async def subscribe(client: aiomqtt.Client, broker: Broker, *topics: str) -> None:
    """Subscribe to topics, all at once, with QoS 1.

    Raises:
        Unreachable: no answer.
        Refused: the broker does not let us, or one is not a topic.
    """
    asked = ", ".join(topics)
    try:
        codes = await client.subscribe([(topic, 1) for topic in topics])
        _end_if_cancelled()
    except aiomqtt.MqttError as error:
        raise Unreachable(f"{broker.where}: subscribing to {asked}: {error}") from error
    except ValueError as error:
        raise Refused(f"{broker.where}: subscribing to {asked}: {error}") from error
    for topic, code in zip(topics, codes, strict=False):
        if _number(code) >= SUBACK_FAILURE:
            raise Refused(f"{broker.where}: not allowed to subscribe to {topic}")


async def say_online(client: aiomqtt.Client, broker: Broker) -> None:
    """Tell whom it concerns that we are there, until we leave or are lost; without a name, nothing.

    Raises:
        Unreachable: the broker did not take it in time.
    """
    if broker.name:
        await publish(client, broker, broker.status_topic, ONLINE, retain=True)


async def publish(
    client: aiomqtt.Client,
    broker: Broker,
    topic: str,
    payload: PayloadType,
    *,
    retain: bool = False,
    expires_s: int | None = None,
) -> None:
    """Publish with QoS 1.

    Args:
        client: the connection.
        broker: where it leads.
        topic: to which.
        payload: what.
        retain: have the broker keep it for those who come later.
        expires_s: the broker drops it where it could not hand it on for so many seconds (MQTT 5 only).

    Raises:
        Unreachable: the broker did not take it in time.
        Refused: it is not a topic.
    """
    properties = None
    if expires_s is not None and broker.version == "5":
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = expires_s
    try:
        await client.publish(topic, payload, qos=1, retain=retain, properties=properties, timeout=TIMEOUT_S)
        _end_if_cancelled()
    except aiomqtt.MqttError as error:
        raise Unreachable(f"{broker.where}: publishing to {topic}: {error}") from error
    except ValueError as error:
        raise Refused(f"{broker.where}: publishing to {topic}: {error}") from error


def _end_if_cancelled() -> None:
    """Raise the cancellation that the library has swallowed.

    It waits with ``asyncio.wait_for``, which before Python 3.12 forgets one that comes with the answer: whoever is to
    end would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _number(code: object) -> int:
    return code if isinstance(code, int) else int(getattr(code, "value", SUBACK_FAILURE))
