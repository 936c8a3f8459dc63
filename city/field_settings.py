"""The settings of what answers in the streets: brokers, cabinets and access points."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from city.sections import Section

LONGEST_SESSION_S = 24 * 3600
"""A day: what a broker has kept for longer is of no use to a city's lamps."""
_LEVEL = r"[^/+#$\x00-\x1f\x7f]"
"""A character of one level of a topic."""


class MqttSection(Section):
    """The broker of the lamp controllers (docs/mqtt-broker.md)."""

    host: str = "127.0.0.1"
    port: int = Field(1883, ge=1, le=65535)
    version: Literal["3.1.1", "5"] = "3.1.1"
    """Of the protocol. Every broker speaks 3.1.1; with 5 orders end in the broker too, and it can keep messages."""
    user: str = ""
    password: SecretStr = SecretStr("")
    tls: bool = False
    """Speak TLS, trusting the system's authorities; with ``ca_file`` it goes without saying."""
    ca_file: Path | None = None
    """Set it to speak TLS, trusting this authority."""
    certificate_file: Path | None = None
    key_file: Path | None = None
    name: str = Field("falotier", pattern=rf"^{_LEVEL}*\z")
    """The head-end's own at the broker: ``falotier/headend/NAME/status`` says whether it is there. Two head-ends of one
    broker need two names. Empty: it says nothing."""
    share: str = Field("", pattern=rf"^{_LEVEL}*\z")
    """Group of head-ends that split the telemetry between them (``$share/GROUP/…``); empty: this one hears all."""
    session_s: int = Field(0, ge=0, le=LONGEST_SESSION_S)
    """For how long the broker keeps messages while the head-end is away, s; needs version 5 and a name."""
    profile: str = "falotier-json"
    profiles: tuple[str, ...] = ()
    """Further profiles of the same broker, where several kinds of controllers speak through it."""
    period_s: float = Field(300.0, ge=10)
    """How often a powered lamp controller reports; silence is counted in these."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.session_s and (self.version != "5" or not self.name):
            # By 3.1.1 no end of a session can be told, and a broker would keep messages for ever.
            raise ValueError('session_s: version = "5" and a name, to be known again by')
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file, or neither")
        if self.certificate_file is not None and not self.speaks_tls:
            raise ValueError("certificate_file: tls = true or a ca_file, since only TLS shows certificates")
        return self

    @property
    def speaks_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.tls or self.ca_file is not None

    @property
    def all_profiles(self) -> tuple[str, ...]:
        """The names of all profiles, each once."""
        return tuple(dict.fromkeys((self.profile, *self.profiles)))


class ModbusSection(Section):
    """How cabinets are read."""

    period_s: float = Field(60.0, ge=1)
    timeout_s: float = Field(1.0, gt=0)
    """Real seconds that one request may take; more than a gateway's own time-out for the units behind it."""
    ca_file: Path | None = None
    """The only authorities whose certificates are taken from gateways reached by ``modbus+tls``."""
    certificate_file: Path | None = None
    """Our certificate for them, with the Modbus role that they decide by."""
    key_file: Path | None = None
    check_names: bool = True
    """Whether a gateway's certificate must name the address that it is reached at."""


class SnmpWriteSection(Section):
    """The SNMPv3 user that restarts access points and switches radios: another one than reads, with more rights."""

    user: str = Field(min_length=1)
    auth: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = "sha256"
    auth_password: SecretStr = SecretStr("")
    priv: Literal["des", "aes128", "aes192", "aes256", "aes192-c", "aes256-c"] = "aes128"
    priv_password: SecretStr = SecretStr("")


class SnmpSection(Section):
    """How access points are read."""

    period_s: float = Field(60.0, ge=5)
    timeout_s: float = Field(1.0, gt=0)
    """Real seconds that one request may take."""
    version: Literal["1", "2c", "3"] = "2c"
    community: SecretStr = SecretStr("public")
    """Of versions 1 and 2c; traps of these versions must carry it, too."""
    user: str = ""
    """Of version 3."""
    auth: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = "sha256"
    auth_password: SecretStr = SecretStr("")
    """Eight characters or more; without it, nothing is proven."""
    priv: Literal["des", "aes128", "aes192", "aes256", "aes192-c", "aes256-c"] = "aes128"
    """With ``-c``, longer keys are made in Cisco's way."""
    priv_password: SecretStr = SecretStr("")
    """Eight characters or more; without it, all can be read on the way."""
    write: SnmpWriteSection | None = None
    """As whom supervisors act on access points; without it as the user above, and not at all as a community."""
    traps_host: str = "0.0.0.0"  # noqa: S104 - access points send from anywhere
    """The address of this machine on which traps are awaited."""
    traps_port: int | None = Field(None, ge=0, le=65535)
    """Set it to hear access points' traps, 162 as a rule: their death is then known in seconds."""

    @model_validator(mode="after")
    def _has_a_user(self) -> Self:
        if self.version == "3" and not self.user:
            raise ValueError("a user with version 3")
        return self
