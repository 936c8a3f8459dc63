"""The settings of what answers in the streets: brokers, cabinets and access points."""

from pathlib import Path

from pydantic import Field, SecretStr

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
    community: SecretStr = SecretStr("public")
