"""The words and signs for each state, cause, kind and act: colour is never the only sign."""

from collections.abc import Mapping
from dataclasses import dataclass

from city.access_points import ActKind
from city.incidents import Cause, State
from city.measurements import DeviceKind
from city.messages import LampState, Role
from city.presence_views import WhyNot
from city.reports import Verdict
from console.i18n import N_

AMBER = "#ffb454"
"""Lamplight: what shines, and what is measured."""
BLUE = "#6cb6ff"
"""What is planned, and what can be acted on."""
VERMILION = "#ff7b5a"
"""What is broken."""
PURPLE = "#d79be8"
"""What says nothing."""
GREEN = "#5fd3a8"
"""What is well. Told from vermilion by eyes that confuse red and green: it is bluish and lighter."""
GREY = "#7d8aa5"
"""What is beside the point."""
FAINT = "#3a4763"
"""Grids and empty bars."""
NIGHT_BLUE = "#0b1120"
"""What everything stands on."""
POINTED = "#2a3f6b"
"""Behind what the cursor is on, where the keys go; a sign stands beside it."""
POINTED_FAINT = "#1a2744"
"""The same where the keys do not go."""
BRIGHT = "#eef2fa"
"""What is read first."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One state: a symbol, a word and a colour."""

    symbol: str
    word: str
    """An English message id."""
    colour: str


LAMP_SIGNS: Mapping[LampState, Sign] = {
    LampState.FAILED: Sign("✖", N_("failed"), VERMILION),
    LampState.SILENT: Sign("⊘", N_("silent"), PURPLE),
    LampState.OVERRIDDEN: Sign("◐", N_("overridden"), BLUE),
    LampState.LIT: Sign("●", N_("lit"), AMBER),
    LampState.DARK: Sign("○", N_("dark"), GREY),
    LampState.UNPOWERED: Sign("·", N_("unpowered"), GREY),
    LampState.UNKNOWN: Sign("?", N_("unknown"), PURPLE),
}

PLAN_SIGN = Sign("✓", N_("as planned"), GREEN)
OFF_PLAN_WORD = N_("off-plan")
"""What ``state:`` takes for a light point that does not hold what it is asked."""

UP = Sign("●", N_("up"), GREEN)
DOWN = Sign("✖", N_("down"), VERMILION)
NOT_KNOWN = Sign("?", N_("unknown"), PURPLE)
FULL = Sign("▲", N_("full"), VERMILION)
"""Of a place, access point or radio that takes no more clients."""
FULL_SOON = Sign("△", N_("full soon"), AMBER)
"""Of a place that is expected to be full."""
SWITCHED_OFF = Sign("○", N_("switched off"), GREY)
"""Of a radio that does not send, as it says itself."""
OLD = Sign("◷", N_("old values"), GREY)
"""Of what has not been measured for a while: its age stands beside it."""
EVENT = Sign("★", N_("event"), AMBER)
"""Of a place where something takes place now."""
WIFI_SIGNS = (FULL, FULL_SOON, SWITCHED_OFF, OLD, EVENT)

CAUSES: Mapping[Cause, str] = {
    Cause.CABINET_SUPPLY_LOSS: N_("Cabinet without supply"),
    Cause.PHASE_LOST: N_("Phase lost"),
    Cause.BREAKER_TRIP: N_("Breaker tripped"),
    Cause.RELAY_STUCK_ON: N_("Relay stuck closed"),
    Cause.RELAY_STUCK_OFF: N_("Relay stuck open"),
    Cause.LAMP_DEAD: N_("Dead lamp"),
    Cause.DRIVER_FAULT: N_("Driver fault"),
    Cause.DAY_BURNER: N_("Burning by day"),
    Cause.CYCLING: N_("Going on and off"),
    Cause.LED_STRING_OUT: N_("Part of the LEDs out"),
    Cause.HIGH_POWER: N_("Power too high"),
    Cause.DIMMING_STUCK: N_("Does not dim"),
    Cause.LOW_POWER_FACTOR: N_("Power factor low"),
    Cause.VOLTAGE_SAG: N_("Voltage low"),
    Cause.VOLTAGE_HIGH: N_("Voltage high"),
    Cause.OVER_TEMPERATURE: N_("Too hot"),
    Cause.WRONG_LAMP_TYPE: N_("Not the type on file"),
    Cause.CONTROLLER_SWAPPED: N_("Controller swapped"),
    Cause.CONTROLLER_SILENT: N_("Controller silent"),
    Cause.GATEWAY_LOST: N_("Gateway lost"),
    Cause.CABINET_SILENT: N_("Cabinet silent"),
    Cause.LOCAL_OVERRIDE: N_("Left in local mode"),
    Cause.DOOR_OPEN: N_("Door left open"),
    Cause.CLOCK_DRIFT: N_("Clock wrong"),
    Cause.METER_DRIFT: N_("Meter drifting"),
    Cause.AP_DOWN: N_("Access point down"),
    Cause.AP_FLAPPING: N_("Access point unsteady"),
    Cause.AP_REBOOTING: N_("Restarts by itself"),
    Cause.RADIO_OFF: N_("Radio off"),
    Cause.RADIO_SATURATED: N_("Full for days"),
    Cause.INTERFERENCE: N_("Radio interference"),
    Cause.BACKHAUL_DOWN: N_("Place cut off"),
    Cause.WIFI_CONTROLLER_LOST: N_("Wi-Fi controller lost"),
    Cause.COUNTERS_STUCK: N_("Counters stuck"),
}

INCIDENT_SIGNS: Mapping[State, Sign] = {
    State.OPEN: Sign("▲", N_("open"), VERMILION),
    State.CLEARING: Sign("△", N_("clearing"), AMBER),
    State.CLOSED: Sign("✓", N_("closed"), GREEN),
    State.DISMISSED: Sign("–", N_("dismissed"), GREY),
}

PROBABLE = Sign("≈", N_("probable"), PURPLE)
"""Of an incident whose evidence is partial."""
REOPENED = Sign("↻", N_("reopened"), AMBER)
"""Of an incident that came back after its repair."""

KINDS: Mapping[DeviceKind, str] = {
    DeviceKind.LAMP: N_("lamp"),
    DeviceKind.CIRCUIT: N_("circuit"),
    DeviceKind.CABINET: N_("cabinet"),
    DeviceKind.PHASE: N_("phase"),
    DeviceKind.GATEWAY: N_("gateway"),
    DeviceKind.ACCESS_POINT: N_("access point"),
    DeviceKind.RADIO: N_("radio"),
    DeviceKind.SSID: N_("network name"),
    DeviceKind.HOTSPOT: N_("public place"),
    DeviceKind.WIFI_CONTROLLER: N_("Wi-Fi controller"),
}

VERDICTS: Mapping[Verdict, Sign] = {
    Verdict.BURNED: Sign("✓", N_("burned correctly"), GREEN),
    Verdict.DARK: Sign("✖", N_("stayed dark"), VERMILION),
    Verdict.PARTLY: Sign("✖", N_("lit for a part only"), VERMILION),
    Verdict.DIMMING: Sign("✖", N_("did not dim"), VERMILION),
    Verdict.LOW_POWER: Sign("✖", N_("drew too little"), VERMILION),
    Verdict.HIGH_POWER: Sign("✖", N_("drew too much"), VERMILION),
    Verdict.NOT_PROVEN: Sign("?", N_("not proven"), PURPLE),
    Verdict.NOT_PLANNED: Sign("·", N_("not planned"), GREY),
}
"""How a light point spent a night."""

TICKETS: Mapping[str, str] = {
    "queued": N_("to be sent"),
    "open": N_("sent"),
    "closing": N_("repair announced"),
    "closed": N_("closed there"),
    "failed": N_("not accepted"),
}

HOLDING_SIGNS: Mapping[str, Sign] = {
    "holds": Sign("✓", N_("holds it"), GREEN),
    "waiting": Sign("…", N_("waiting"), AMBER),
    "refused": Sign("✖", N_("refused"), VERMILION),
    "unheard": Sign("?", N_("never heard"), PURPLE),
}
"""How a controller stands to the light plan."""
HOLDINGS: Mapping[str, str] = {state: sign.word for state, sign in HOLDING_SIGNS.items()}
"""The same in words."""

KINDS_OF_CONTROLLERS: Mapping[str, str] = {"lamp": N_("lamp"), "cabinet": N_("cabinet")}

CONNECTIONS: Mapping[str, str] = {
    "mqtt": "mqtt",
    "modbus": "modbus",
    "snmp": "snmp",
    "store": N_("store"),
    "clock": N_("clock"),
    "desk": N_("desk"),
}

LOSSES: Mapping[str, str] = {
    "spool full": N_("the spool was full"),
    "disk full": N_("the disk was full"),
    "damaged": N_("damaged on the disk"),
}
"""Why values are lost; what else there is, the store has said itself."""

BACKUP_ROOMS: Mapping[str, str] = {
    "records": N_("records"),
    "telemetry": N_("telemetry"),
    "settings": N_("settings"),
}

BACKUP_LACKS = (
    N_("spool"),
    N_("values that still wait for the store are written to it once it takes them"),
    N_("certificates and keys"),
    N_("keep them where they were made"),
    N_("the tokens themselves are kept nowhere; those handed out go on working"),
    N_("they are in the care of a server: back it up with pg_dump"),
    N_("they are taken back with --settings"),
)
"""What the head-end says of what a backup does not hold, so that it is translated."""

ACTS: Mapping[str, str] = {
    "order": N_("order"),
    "programme": N_("light plan"),
    "cancel": N_("order undone"),
    "resume": N_("back to the programme"),
    "ask": N_("asked for a second person"),
    "approve": N_("agreed to"),
    "reject": N_("not agreed to"),
    "lapse": N_("nobody agreed in time"),
    "mass_change": N_("mass-change stop"),
    "access_point_restart": N_("access point restarted"),
    "access_point_enable": N_("access point switched on"),
    "access_point_disable": N_("access point switched off"),
    "access_point_refused": N_("access point would not"),
    "adopt": N_("access point taken up"),
    "ignore_access_point": N_("access point not to be proposed"),
    "propose_access_point": N_("access point proposed again"),
    "lock": N_("locked for work"),
    "unlock": N_("lock lifted"),
    "dynamic": N_("dynamic rule"),
    "dynamic_over": N_("dynamic rule over"),
    "dynamic_blind": N_("dynamic rule over, nobody counts any more"),
    "acknowledge": N_("acknowledged"),
    "send": N_("sent to Allô Proximité"),
    "dismiss": N_("dismissed"),
    "assign": N_("assigned"),
    "note": N_("noted"),
    "join": N_("citizen's report joined"),
    "part": N_("citizen's report parted"),
    "purge": N_("citizens' reports deleted"),
    "replace": N_("lamp replaced"),
    "backup": N_("backup made"),
    "reload": N_("inventory taken up"),
    "reload_refused": N_("inventory refused"),
    "start": N_("head-end started"),
    "stop": N_("head-end stopped"),
}

SOURCES: Mapping[str, str] = {
    "programme": N_("programme"),
    "override": N_("override"),
    "local": N_("local command"),
    "boot": N_("start-up"),
}


LAYERS: Mapping[str, str] = {
    "default": N_("without a plan"),
    "calendar": N_("calendar"),
    "rule": N_("calendar rule"),
    "dynamic": N_("dynamic rule"),
    "order": N_("order"),
    "lock": N_("lock for work"),
}
"""Who has a say in what a light point holds, the lowest first."""

NO_LIGHT_LENT: Mapping[WhyNot, str] = {
    WhyNot.CLOCK: N_("the clock of the head-end is in doubt"),
    WhyNot.TOO_LATE: N_("it is too late in the night"),
    WhyNot.NOT_COUNTED: N_("how many clients there are is not known"),
    WhyNot.TOO_FEW: N_("there are too few clients"),
    WhyNot.DARK: N_("the programme has its light points dark"),
    WhyNot.BRIGHT: N_("the programme gives as much light"),
    WhyNot.ANOTHER_RULE: N_("another rule has its light points"),
    WhyNot.HELD_BACK: N_("its light points are locked, or their cabinets open or in local mode"),
}
"""Why a dynamic rule does nothing."""

SECONDS: Mapping[str, str] = {
    "points": N_("so many light points"),
    "dark_at_night": N_("switching off at night"),
    "mass_change": N_("much was changed of late"),
}
"""Why an order needs a second person."""

ROLES: Mapping[Role, str] = {
    Role.OBSERVER: N_("observer"),
    Role.TECHNICIAN: N_("technician"),
    Role.SUPERVISOR: N_("supervisor"),
}

WIFI_ACTS: Mapping[ActKind, str] = {
    ActKind.RESTART: N_("restart"),
    ActKind.DISABLE: N_("switch off"),
    ActKind.ENABLE: N_("switch on"),
}
"""What a supervisor may do with an access point or a radio."""

LOCKED = Sign("⊠", N_("locked"), VERMILION)
"""Of a light point at which people work, beside its state."""


def spoken(name: str) -> str:
    """A stable name that the console has no words for, readable all the same."""
    return name.replace("_", " ")
