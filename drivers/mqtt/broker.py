"""Where a broker is, and as whom to speak to it."""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from city.errors import BadInput
from city.field_settings import MqttSection

MQTT_PORT = 1883
MQTTS_PORT = 8883
_STATUS_TOPIC = "falotier/headend/{}/status"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and as whom to speak to it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    version: str = "3.1.1"
    name: str = ""
    """What the broker is told of whether we are there is told under this name; empty: nothing is."""
    session_s: int = 0
    """For how long the broker keeps messages for us while we are away, s; 0: not at all."""

    @classmethod
    def of_settings(cls, settings: MqttSection) -> Self:
        """The broker that the settings name.

        Raises:
            BadInput: a certificate or key file cannot be used.
        """
        files = settings.ca_file, settings.certificate_file, settings.key_file
        return cls(
            settings.host,
            settings.port,
            settings.user,
            settings.password.get_secret_value(),
            _tls(*files, "mqtt.") if settings.speaks_tls else None,
            settings.version,
            settings.name,
            settings.session_s,
        )

    @classmethod
    def of_url(
        cls, url: str, ca: Path | None = None, certificate: Path | None = None, key: Path | None = None
    ) -> Self:
        """The broker of ``mqtt://user:password@host:port``, or ``mqtts`` for TLS.

        Args:
            url: as above.
            ca: the authorities to trust; without it, the system's.
            certificate: our own, shown to the broker.
            key: the key of that certificate, where it does not stand in the same file.

        Raises:
            BadInput: it is not such a URL, or a file cannot be used.
        """
        expected = "expected mqtt://host:port or mqtts://host:port"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BadInput(f"got {_without_password(url)!r}, {expected}") from error
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise BadInput(f"got {_without_password(url)!r}, {expected}")
        secure = parts.scheme == "mqtts"
        if not secure and (ca or certificate or key):
            raise BadInput(f"got {_without_password(url)!r}, expected mqtts:// where certificates are given")
        return cls(
            parts.hostname,
            port or (MQTTS_PORT if secure else MQTT_PORT),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            _tls(ca, certificate, key, "--") if secure else None,
        )

    @property
    def where(self) -> str:
        """How to call it in a message."""
        return f"broker {self.host}:{self.port}"

    @property
    def status_topic(self) -> str:
        """Where the broker is told whether we are there."""
        return _STATUS_TOPIC.format(self.name)


def headend_of(topic: str) -> str | None:
    """The name of the head-end whose state a topic tells; None where it is not about that."""
    name = topic.removeprefix("falotier/headend/").removesuffix("/status")
    return name if topic == _STATUS_TOPIC.format(name) and "/" not in name else None


def _without_password(url: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", url)


def _tls(ca: Path | None, certificate: Path | None, key: Path | None, prefix: str) -> ssl.SSLContext:
    """What to trust and what to show; ``prefix`` stands before the names of the files in a message."""
    ends = ("ca_file", "certificate_file", "key_file") if prefix == "mqtt." else ("ca", "cert", "key")
    names = [prefix + end for end in ends]
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(f"{names[0]}: got {ca}, expected a PEM file of authorities: {error}") from error
    if certificate is not None:
        try:
            # An empty password, so that a key that needs one is refused and nobody is asked at a terminal.
            context.load_cert_chain(certificate, key, password="")
        except (OSError, ssl.SSLError) as error:
            raise BadInput(f"{names[1]}, {names[2]}: got {certificate}, {key}: {error}") from error
    elif key is not None:
        raise BadInput(f"{names[2]}: got {key} without {names[1]}")
    return context
