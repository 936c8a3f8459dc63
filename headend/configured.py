"""What the settings name: the programme, the store, the broker, the reporting service."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

from city.clock import Clock
from city.desks import ServiceDesk
from city.errors import BadInput
from city.field_settings import MqttSection
from city.settings import Settings
from city.telemetry import TelemetryStore
from drivers.modbus.security import ModbusSecurity
from drivers.mqtt.profile import MqttProfile
from drivers.open311 import Open311
from drivers.profiles import load_profiles
from drivers.snmp.agents import Community, Credentials, User
from headend.inventory import CityInventory
from lighting.light_plan import FIVE_STEPS_PLAN, LightPlan
from lighting.prices import EnergyPrice
from lighting.programme_files import read_light_plan
from wifi.rules import Rules

PLAN_FILE = Path("programmes.toml")
"""Where the light plan stands unless the settings say otherwise; where it is not there, none was deployed yet."""


def plan_file_of(settings: Settings) -> Path:
    """The light plan's file, there or not."""
    return settings.path(settings.programmes.file or PLAN_FILE)


def plan_text_of(settings: Settings) -> str | None:
    """The light plan's file as it stands; None: the programme built in is followed.

    Raises:
        BadInput: a file that the settings name is missing, or cannot be read.
    """
    file = plan_file_of(settings)
    if settings.programmes.file is None and not file.exists():
        return None
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: not TOML: {error}") from error


def light_plan_of(settings: Settings) -> LightPlan:
    """The programmes and calendars that the lamps follow.

    Raises:
        BadInput: the file is missing, or is no light plan.
    """
    text = plan_text_of(settings)
    return FIVE_STEPS_PLAN if text is None else read_light_plan(text, str(plan_file_of(settings)))


def wifi_rules_of(settings: Settings) -> Rules:
    """From when on radios, access points and places are full."""
    wifi = settings.wifi
    return Rules(wifi.saturated_pct, wifi.released_pct, timedelta(minutes=wifi.saturated_min))


def price_of(settings: Settings) -> EnergyPrice:
    """What energy costs the city, and what it stands for."""
    return EnergyPrice(settings.energy.eur_per_kwh, settings.energy.co2_g_per_kwh)


def credentials_of(settings: Settings) -> Credentials:
    """As whom access points are asked, and whose traps are believed.

    Raises:
        BadInput: a password is too short, or one is missing.
    """
    snmp = settings.snmp
    if snmp.version == "3":
        passwords = snmp.auth_password.get_secret_value(), snmp.priv_password.get_secret_value()
        return User(snmp.user, *passwords, auth=snmp.auth, priv=snmp.priv)
    return Community(snmp.community.get_secret_value(), snmp.version)


def writing_credentials_of(settings: Settings) -> Credentials:
    """As whom access points are acted on: a user of its own where one is named. Raises BadInput as above."""
    write = settings.snmp.write
    if write is None:
        return credentials_of(settings)
    passwords = write.auth_password.get_secret_value(), write.priv_password.get_secret_value()
    return User(write.user, *passwords, auth=write.auth, priv=write.priv)


def store_of(settings: Settings, inventory: CityInventory) -> TelemetryStore:
    """The store that the settings name; its library is loaded only then."""
    if settings.telemetry.engine == "influxdb":
        from drivers.influx import InfluxStore

        return InfluxStore(settings.telemetry, inventory.tags_of, settings.clock)
    from drivers.embedded import EmbeddedStore

    telemetry = settings.telemetry
    return EmbeddedStore(
        settings.path(telemetry.path), inventory.tags_of, telemetry.keep_days, telemetry.keep_summaries_days
    )


def broker_of(settings: Settings) -> MqttSection:
    """The broker's section with its files taken from the settings' folder."""
    files = ("ca_file", "certificate_file", "key_file")
    mqtt = settings.mqtt
    return mqtt.model_copy(
        update={name: settings.path(file) for name in files if (file := getattr(mqtt, name))}
    )


def modbus_security_of(settings: Settings) -> ModbusSecurity | None:
    """As whom to speak to secured Modbus gateways; None where the settings name no certificates.

    Raises:
        BadInput: one of the three files is not named, or cannot be used.
    """
    modbus = settings.modbus
    files = {name: getattr(modbus, name) for name in ("ca_file", "certificate_file", "key_file")}
    if missing := [f"modbus.{name}" for name, file in files.items() if file is None]:
        if len(missing) == len(files):
            return None
        raise BadInput(f"{', '.join(missing)}: missing; Modbus/TCP Security needs all of {', '.join(files)}")
    ca_file, certificate_file, key_file = (settings.path(file) for file in files.values())
    return ModbusSecurity.of_files(ca_file, certificate_file, key_file, check_names=modbus.check_names)


def lamp_profiles_of(settings: Settings) -> tuple[MqttProfile, ...]:
    """How the lamp controllers behind the broker speak: ``mqtt.profile`` first, then ``mqtt.profiles``.

    Raises:
        BadInput: there is no profile of such a name.
    """
    known = load_profiles("mqtt", [settings.path(folder) for folder in settings.profiles.folders])
    for number, name in enumerate(settings.mqtt.all_profiles):
        if name not in known:
            key = "mqtt.profiles" if number else "mqtt.profile"
            raise BadInput(f"{key}: got {name!r}, expected one of {', '.join(sorted(known))}")
    return tuple(known[name] for name in settings.mqtt.all_profiles)


def desk_of(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[ServiceDesk] | None:
    """The service that the settings name, not yet opened; None if there is none, and tickets wait.

    Raises:
        BadInput: a setting cannot be used.
    """
    desk = settings.desk
    if desk.kind == "email":
        from drivers.desk_mail import MailDesk

        ca_file = settings.path(desk.email.ca_file) if desk.email.ca_file else None
        return MailDesk(desk.email.model_copy(update={"ca_file": ca_file}), clock.now)
    if desk.kind == "file":
        from drivers.desk_file import FileDesk

        return FileDesk(settings.path(desk.file.folder), clock.now)
    if desk.url is None:
        return None
    return Open311(desk.url, desk.api_key.get_secret_value(), desk.jurisdiction)
