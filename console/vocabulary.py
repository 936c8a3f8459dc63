"""The words and signs for each state, cause, rule and act: colour is never the only sign."""

from collections.abc import Mapping
from dataclasses import dataclass

from city.incidents import Cause, State
from city.measurements import Metric
from city.messages import LampState
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
    Cause.WRONG_LAMP_TYPE: N_("Not the lamp type on file"),
    Cause.CONTROLLER_SWAPPED: N_("Controller swapped"),
    Cause.CONTROLLER_SILENT: N_("Controller silent"),
    Cause.GATEWAY_LOST: N_("Gateway lost"),
    Cause.CABINET_SILENT: N_("Cabinet silent"),
    Cause.LOCAL_OVERRIDE: N_("Left in local mode"),
    Cause.DOOR_OPEN: N_("Door left open"),
    Cause.CLOCK_DRIFT: N_("Clock wrong"),
    Cause.METER_DRIFT: N_("Meter drifting"),
    Cause.AP_DOWN: N_("Access point down"),
}

INCIDENT_SIGNS: Mapping[State, Sign] = {
    State.OPEN: Sign("▲", N_("open"), VERMILION),
    State.CLEARING: Sign("△", N_("clearing"), AMBER),
    State.CLOSED: Sign("✓", N_("closed"), GREEN),
    State.DISMISSED: Sign("–", N_("dismissed"), GREY),
}

TICKETS: Mapping[str, str] = {
    "queued": N_("to be sent"),
    "open": N_("sent"),
    "closing": N_("repair announced"),
    "closed": N_("closed there"),
    "failed": N_("not accepted"),
}

CONNECTIONS: Mapping[str, str] = {
    "mqtt": "mqtt",
    "modbus": "modbus",
    "snmp": "snmp",
    "store": N_("store"),
    "desk": N_("desk"),
}

ACTS: Mapping[str, str] = {
    "order": N_("order"),
    "cancel": N_("order undone"),
    "resume": N_("back to the programme"),
    "acknowledge": N_("acknowledged"),
    "send": N_("sent to Allô Proximité"),
    "dismiss": N_("dismissed"),
    "purge": N_("citizens' reports deleted"),
    "start": N_("head-end started"),
    "stop": N_("head-end stopped"),
}

SOURCES: Mapping[str, str] = {
    "programme": N_("programme"),
    "override": N_("override"),
    "local": N_("local command"),
    "boot": N_("start-up"),
}

FIGURES: Mapping[str, str] = {
    Metric.POWER: N_("power"),
    "expected_w": N_("expected power"),
    Metric.LEVEL: N_("level"),
    Metric.VOLTAGE: N_("voltage"),
    Metric.CURRENT: N_("current"),
    Metric.BREAKER_TRIPPED: N_("breaker tripped"),
    Metric.RELAY_CLOSED: N_("relay closed"),
    Metric.POWER_FACTOR: N_("power factor"),
    Metric.ENERGY: N_("energy"),
    Metric.BURNING: N_("burning time"),
    Metric.STARTS: N_("starts"),
    "silent_s": N_("silent for"),
    Metric.TEMPERATURE: N_("temperature"),
    Metric.FREQUENCY: N_("frequency"),
}

RULES: Mapping[str, str] = {
    "lamp_dead_power": N_("draws too little for its level"),
    "day_burner_power": N_("draws power although it should be dark"),
    "breaker_flag": N_("the cabinet says that the breaker is open"),
    "circuit_silent": N_("the circuit draws nothing and its lamps are silent"),
    "unanswered": N_("it does not answer"),
    "reported_down": N_("its controller says that it is down"),
}
"""What convinced a detector, by the name that it gives its rule."""

_UNIT_OF_SUFFIX: Mapping[str, str] = {
    "pct": "%",
    "w": "W",
    "v": "V",
    "a": "A",
    "wh": "Wh",
    "h": "h",
    "c": "°C",
    "hz": "Hz",
    "s": "s",
}


def unit_of(figure: str) -> str:
    """The unit that a figure's name ends with: ``expected_w`` is in W."""
    return _UNIT_OF_SUFFIX.get(figure.rpartition("_")[2], "")


def spoken(name: str) -> str:
    """A stable name that the console has no words for, readable all the same."""
    return name.replace("_", " ")
