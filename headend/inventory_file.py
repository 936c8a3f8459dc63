"""The shape of the inventory file (docs/inventory-file.md), part by part."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from lighting.inventory import RATED_H, Feed
from wifi.opening_hours import LONGEST

CIRCUITS_MOST = 8
"""Circuits on a cabinet's door, at most (docs/devices/cabinet.md)."""

HIGHEST_M = 100.0
"""No luminaire hangs higher than this, m."""

_CONTROL = r"\x00-\x1f\x7f-\x9f"
"""Characters that no name or text holds: they could drive a terminal."""

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=rf"^[^{_CONTROL}]+\z")]
Text = Annotated[str, Field(max_length=200, pattern=rf"^[^{_CONTROL}]*\z")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    """A part of the file. Properties that are not ours are ignored: cities keep more in their files."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class LampType(Part):
    """A type of luminaire."""

    id: Name
    nominal_w: float = Field(gt=0)
    power_at_min_w: float = Field(ge=0)
    min_level_pct: float = Field(ge=0, le=100)
    standby_w: float = Field(ge=0)
    warm_up_s: float = Field(ge=0)
    power_factors: tuple[tuple[float, float], ...] = ()
    rated_h: float = Field(RATED_H, gt=0, alias="rated_hours")
    lumens: float | None = Field(None, gt=0)
    cct_k: float | None = Field(None, gt=0)


class Group(Part):
    """Light points that belong together."""

    id: Name
    name: Text = ""
    members: tuple[Name, ...] = ()


class Hotspot(Part):
    """A public place."""

    id: Name
    name: Text
    sector: Text = ""
    watched: bool = False
    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)
    opens: Annotated[str, Field(max_length=LONGEST)] = ""
    """Its expected rhythm, as OpenStreetMap writes opening hours."""


class Modbus(Part):
    """Where a cabinet answers: by Modbus/TCP at a host, or by any other way at a URL."""

    host: Name = ""
    port: Port = 502
    unit: int = Field(1, ge=0, le=255)
    url: Text = ""
    """As ``falotier probe modbus`` takes it; instead of ``host``, ``port`` and ``unit``."""

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if bool(self.host) == bool(self.url) or (self.url and {"port", "unit"} & self.model_fields_set):
            raise ValueError("a host (with its port and unit) or a url")
        return self


class Snmp(Part):
    """Where an access point answers."""

    host: Name
    port: Port = 161


class WifiController(Part):
    """What speaks for many access points."""

    id: Name
    host: Name
    port: Port = 161
    profile: Name


class Circuit(Part):
    """A circuit of a cabinet."""

    number: int = Field(ge=1, le=CIRCUITS_MOST)
    feed: Feed


class Cabinet(Part):
    """The properties of a cabinet."""

    kind: Literal["cabinet"]
    id: Name
    sector: Text = ""
    street: Text = ""
    modbus: Modbus
    profile: Name
    circuits: tuple[Circuit, ...] = Field(min_length=1)
    owner: Text = ""
    metering_point: Text = ""
    subscribed_kw: float | None = Field(None, gt=0)


class LightPoint(Part):
    """The properties of a light point."""

    kind: Literal["light-point"]
    id: Name
    sector: Text = ""
    quarter: Text = ""
    street: Text = ""
    cabinet: Name
    circuit: Name
    phase: Literal["L1", "L2", "L3"]
    lamp_type: Name
    gateway: Name
    serial: Text = ""
    support: Text = ""
    height_m: float | None = Field(None, gt=0, le=HIGHEST_M)
    owner: Text = ""
    zone: Text = ""
    category: Literal["", "a", "b", "c", "d", "e", "f", "g"] = ""
    installed: date | None = None
    hours_before: float = Field(0.0, ge=0)


class AccessPoint(Part):
    """The properties of an access point."""

    kind: Literal["access-point"]
    id: Name
    hotspot: Name
    snmp: Snmp | None = None
    profile: Name | None = None
    controller: Text = ""
    """By id; its address and profile are those of the access point then."""
    listed_as: Text = ""
    """What its controller lists it as, where that is not its id."""
    clients_per_radio: int = Field(ge=1)

    @field_validator("controller")
    @classmethod
    def _is_one_way(cls, value: str, others: ValidationInfo) -> str:
        if value and others.data.get("snmp") is not None:
            raise ValueError("either a controller or snmp: both say where the access point is asked")
        return value


class Point(Part):
    """The geometry of a feature."""

    type: Literal["Point"]
    coordinates: tuple[float, ...] = Field(min_length=2, max_length=3)
