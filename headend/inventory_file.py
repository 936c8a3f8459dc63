"""The shape of the inventory file (docs/inventory-file.md), part by part."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lighting.inventory import RATED_H, Feed

CIRCUITS_MOST = 8
"""Circuits on a cabinet's door, at most (docs/devices/cabinet.md)."""

Name = Annotated[str, Field(min_length=1, max_length=80)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    """A part of the file. Properties that are not ours are ignored: cities keep more in their files."""

    model_config = ConfigDict(extra="ignore", frozen=True)


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


class Hotspot(Part):
    """A public place."""

    id: Name
    name: str
    sector: str = ""
    watched: bool = False
    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)


class Modbus(Part):
    """Where a cabinet answers."""

    host: Name
    port: Port = 502
    unit: int = Field(1, ge=0, le=255)


class Snmp(Part):
    """Where an access point answers."""

    host: Name
    port: Port = 161


class Circuit(Part):
    """A circuit of a cabinet."""

    number: int = Field(ge=1, le=CIRCUITS_MOST)
    feed: Feed


class Cabinet(Part):
    """The properties of a cabinet."""

    kind: Literal["cabinet"]
    id: Name
    sector: str = ""
    street: str = ""
    modbus: Modbus
    profile: Name
    circuits: tuple[Circuit, ...] = Field(min_length=1)


class LightPoint(Part):
    """The properties of a light point."""

    kind: Literal["light-point"]
    id: Name
    sector: str = ""
    quarter: str = ""
    street: str = ""
    cabinet: Name
    circuit: Name
    phase: Literal["L1", "L2", "L3"]
    lamp_type: Name
    gateway: Name
    serial: str = ""


class AccessPoint(Part):
    """The properties of an access point."""

    kind: Literal["access-point"]
    id: Name
    hotspot: Name
    snmp: Snmp
    profile: Name
    clients_per_radio: int = Field(ge=1)


class Point(Part):
    """The geometry of a feature."""

    type: Literal["Point"]
    coordinates: tuple[float, ...] = Field(min_length=2, max_length=3)
