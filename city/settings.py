"""The settings of one city, ``city.toml``: what is allowed, what is meant by default, and clear errors."""

import tomllib
from datetime import time
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AwareDatetime,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from city.clock import Anchor, Clock, SimulatedClock, SystemClock
from city.errors import SettingsError
from city.field_settings import ModbusSection, MqttSection, SnmpSection
from city.nights import NOON
from city.places import Position, Site
from city.sections import Section, explain
from city.wifi_settings import EventSection, WifiSection


class CitySection(Section):
    """Which city this is."""

    name: str = "Mulhouse"
    latitude: float = Field(47.75, ge=-90, le=90)
    longitude: float = Field(7.34, ge=-180, le=180)
    time_zone: str = "Europe/Paris"

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("a time zone of the IANA data base, for instance Europe/Paris") from error
        return value

    @property
    def site(self) -> Site:
        """The city as the domains know it."""
        return Site(self.name, Position(self.latitude, self.longitude), ZoneInfo(self.time_zone))


class InventorySection(Section):
    """Where the light points, cabinets and access points are listed."""

    file: Path = Path("inventory.geojson")


class ProgrammesSection(Section):
    """Which light plan the lamps follow."""

    file: Path | None = None
    """The file that deploying writes; by default ``programmes.toml``. Without one, the five steps of Mulhouse."""


class EnergySection(Section):
    """What energy costs the city, and what it stands for."""

    eur_per_kwh: float = Field(0.20, ge=0)
    """EUR/kWh, all taxes and network charges included. A placeholder that stands for no contract: near the regulated
    tariff of small consumers in February 2025 (0.2016, option Base), while a city buys at a price of its own."""
    co2_g_per_kwh: float = Field(21.7, ge=0)
    """Grams of CO₂ equivalent per kWh. That of French generation in 2024 (RTE, Bilan électrique 2024). A greenhouse
    gas balance must use the mean mix of consumption of ADEME's Base Empreinte instead, which is higher."""


class RecordsSection(Section):
    """The SQL data base of incidents, orders, tickets and the journal."""

    url: str = "sqlite+aiosqlite:///records.sqlite"
    """An SQLAlchemy asynchronous URL; a relative SQLite path is taken from the settings file's folder."""


class TelemetrySection(Section):
    """Where readings are kept."""

    engine: Literal["embedded", "influxdb"] = "embedded"
    path: Path = Path("telemetry")
    """The embedded store's folder."""
    keep_days: int = Field(90, ge=2)
    """For how many days every value is kept; after that, one summary an hour."""
    keep_summaries_days: int = Field(1830, ge=0)
    """For how many days those are kept: five years, so that a year can be compared with the one before; 0: for ever."""
    url: str = "http://127.0.0.1:8086"
    dialect: Literal["v1", "v2"] = "v2"
    """v1: /write, with user and password; v2: /api/v2/write, with organisation and token. Both are read by /query."""
    database: str = "falotier"
    """The database (v1) or the bucket (v2)."""
    organisation: str = ""
    user: str = ""
    password: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    spool: Path = Path("spool")
    """The folder in which values wait for the store."""
    spool_mib: int = Field(10_240, ge=8)
    """MiB that they may take up there; past that the oldest are dropped and counted."""
    spool_leaves_mib: int = Field(512, ge=0)
    """MiB that they leave free on the disk, for the records of orders and incidents."""
    drain_per_s: int = Field(20_000, ge=100)
    """Values a second at which what has waited is written once the store is back, beside what comes in live."""


class DeskFileSection(Section):
    """A feed for a service that fetches files."""

    folder: Path = Path("allo-proximite")
    """Where ``requests.csv`` and ``requests.json`` are kept."""


class DeskEmailSection(Section):
    """Mails for a service that people run by hand."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` is for a server on this machine."""
    ca_file: Path | None = None
    """Whom to trust, instead of the usual authorities."""
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    to: str = ""


class DeskSection(Section):
    """Allô Proximité, or any other service that takes reports."""

    kind: Literal["open311", "file", "email"] = "open311"
    file: DeskFileSection = DeskFileSection()
    email: DeskEmailSection = DeskEmailSection()
    url: str | None = None
    """Open311: the GeoReport root, or its discovery document; without one, tickets wait in the records."""
    api_key: SecretStr = SecretStr("")
    jurisdiction: str = ""
    service_code: str = "eclairage-public"
    hourly_cap: int = Field(30, ge=1)
    """No more new tickets than this in an hour."""
    hourly_cap_per_cabinet: int = Field(10, ge=1)
    """Nor more than this from one cabinet."""
    storm_after: int = Field(20, ge=0)
    """More causes than this within ``storm_within_min`` are one summary ticket; 0: never."""
    storm_within_min: float = Field(15.0, gt=0)
    storm_own_after_h: float = Field(4.0, gt=0)
    """What outlasts a storm by this gets a ticket of its own."""
    citizens_period_s: float = Field(300.0, ge=10)
    """How often what citizens report is read, seconds of the clock."""
    citizens_kept_days: int = Field(30, ge=1)
    """A citizen's report is deleted so many days after its end."""

    @model_validator(mode="after")
    def _mails_can_be_sent(self) -> Self:
        email = self.email
        if self.kind == "email" and not (email.host and "@" in email.sender and "@" in email.to):
            raise ValueError('host, sender and to under [desk.email], for kind = "email"')
        if email.user and email.security == "none":
            raise ValueError(
                "security starttls or tls under [desk.email], so that no password is sent in the clear"
            )
        return self


class ApiSection(Section):
    """Where consoles reach the head-end."""

    host: str = "127.0.0.1"
    port: int = Field(8350, ge=0, le=65535)
    open_feed: bool = False
    """Whether anyone may read our tickets at ``/open311/v2``, as Open311 GeoReport v2 and without a token."""


class OrdersSection(Section):
    """What one person may order alone."""

    longest_h: float = Field(12.0, gt=0)
    """No override lasts longer than this."""
    alone_points: int = Field(500, ge=1)
    """More points than this, or OFF at night, need a second person, whoever asks."""
    second_person: bool = True
    """False where one person works alone: then a supervisor may do without a second one."""
    approval_min: float = Field(15.0, gt=0)
    """Minutes for which what one person asked for waits for a second one; then it lapses."""
    stagger: bool = True
    """Whether lamps that an order lights up do so one circuit after the other."""
    circuit_gap_s: float = Field(2.0, ge=0, le=60)
    """Seconds between two circuits of one cabinet."""
    cabinet_spread_s: float = Field(60.0, ge=0, le=600)
    """Seconds within which all cabinets begin."""
    relight_alone: bool = True
    """Whether one person may order no less light than the programme asks for, on however many points."""
    longest_lock_h: float = Field(12.0, gt=0)
    """No lock for people at work lasts longer than this."""
    commands_at_once: int = Field(120, ge=1)
    """Commands of one person that may come at once, whatever the number of light points."""
    command_every_s: float = Field(5.0, gt=0)
    """After those, one of this person's commands each time this has passed."""
    all_commands_at_once: int = Field(480, ge=1)
    """The same for all persons together."""
    all_command_every_s: float = Field(1.0, gt=0)
    mass_change_pct: float = Field(10.0, gt=0, le=100)
    """Share of the light points that single persons may change within ten minutes, outside the programme and on top
    of their light; then every further order needs a second person. At least 200 light points."""

    @property
    def longest_of_all_h(self) -> float:
        """No override of any kind lasts longer than this."""
        return max(self.longest_h, self.longest_lock_h)


class DynamicSection(Section):
    """One rule under ``[[dynamic]]``: more light while a hotspot has many clients."""

    name: str = Field(min_length=1, max_length=40)
    selector: str
    """The light points."""
    hotspot: str
    """By id."""
    clients: int = Field(ge=1)
    """It begins with so many."""
    until_below: int | None = Field(None, ge=1)
    """It goes on until there are fewer than these; None: than it begins with."""
    at_least: float = Field(gt=0, le=100)
    """Percent, where the programme asks for less and is not dark."""
    hold_min: float = Field(15.0, ge=5, le=720)
    """Minutes for which there must be fewer, without a break, before it ends."""
    never_past: time | None = None
    """Local time, "01:00": from then on it lends no light until the next noon."""

    @model_validator(mode="after")
    def _begins_and_can_end(self) -> Self:
        if self.until_below is not None and self.until_below > self.clients:
            raise ValueError(f"until_below: at most clients, {self.clients}, or it would end as it begins")
        if self.never_past is not None and (self.never_past == NOON or self.never_past.tzinfo is not None):
            raise ValueError('never_past: a local time of the night, for instance "01:00", and not noon')
        return self


class ProfilesSection(Section):
    """Device profiles of one's own."""

    folders: tuple[Path, ...] = ()


class SimulationSection(Section):
    """Present only where the field is simulated: the time that it keeps."""

    real: AwareDatetime
    simulated: AwareDatetime
    speed: float = Field(1.0, gt=0)


class Settings(Section):
    """All of ``city.toml``."""

    city: CitySection = CitySection()
    inventory: InventorySection = InventorySection()
    programmes: ProgrammesSection = ProgrammesSection()
    energy: EnergySection = EnergySection()
    records: RecordsSection = RecordsSection()
    telemetry: TelemetrySection = TelemetrySection()
    mqtt: MqttSection = MqttSection()
    modbus: ModbusSection = ModbusSection()
    snmp: SnmpSection = SnmpSection()
    desk: DeskSection = DeskSection()
    api: ApiSection = ApiSection()
    orders: OrdersSection = OrdersSection()
    dynamic: tuple[DynamicSection, ...] = ()
    """Rules in their order: of those that apply to a light point the first has it."""
    wifi: WifiSection = WifiSection()
    event: tuple[EventSection, ...] = ()
    """What takes place where."""
    profiles: ProfilesSection = ProfilesSection()
    simulation: SimulationSection | None = None
    folder: Path = Field(Path(), exclude=True)
    """The folder of the file, from which relative paths are taken; set on loading."""
    file: Path = Field(Path("city.toml"), exclude=True)
    """The file itself; set on loading."""

    @property
    def clock(self) -> Clock:
        """The machine's clock, or the simulated field's."""
        if self.simulation is None:
            return SystemClock()
        return SimulatedClock(Anchor(self.simulation.real, self.simulation.simulated, self.simulation.speed))

    def path(self, relative: Path) -> Path:
        """A path of the file, taken from the file's folder."""
        return self.folder / relative


def load_settings(file: Path) -> Settings:
    """Read and check ``city.toml``.

    Raises:
        SettingsError: the file is missing, is not TOML, or holds an unknown key or a wrong value; the message is
            one line that names the file, the key, what was got, what was expected, and the nearest key.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"{file}: no such file") from error
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not TOML: {error}") from error
    return parse_settings(document, file)


def parse_settings(document: dict[str, Any], file: Path) -> Settings:
    """Check a document already read; ``file`` is where it came from.

    Raises:
        SettingsError: as ``load_settings``.
    """
    for ours in ("folder", "file"):
        if ours in document:
            raise SettingsError(f"{file}: {ours}: unknown key")
    try:
        return Settings.model_validate({**document, "folder": file.parent, "file": file})
    except ValidationError as error:
        raise SettingsError(f"{file}: {explain(error, Settings)}") from error
