"""The settings of what answers in the streets: brokers, cabinets and access points."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from city.sections import Section


class MqttSection(Section):
    """The broker of the lamp controllers."""

    host: str = "127.0.0.1"
    port: int = Field(1883, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    """Set it to speak TLS, trusting this authority."""
    certificate_file: Path | None = None
    key_file: Path | None = None
    profile: str = "falotier-json"
    period_s: float = Field(300.0, ge=10)
    """How often a powered lamp controller reports; silence is counted in these."""


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
    traps_host: str = "0.0.0.0"  # noqa: S104 - access points send from anywhere
    """The address of this machine on which traps are awaited."""
    traps_port: int | None = Field(None, ge=0, le=65535)
    """Set it to hear access points' traps, 162 as a rule: their death is then known in seconds."""

    @model_validator(mode="after")
    def _has_a_user(self) -> Self:
        if self.version == "3" and not self.user:
            raise ValueError("a user with version 3")
        return self
