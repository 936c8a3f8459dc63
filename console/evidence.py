"""The words for what convinced a detector: its rule, and the figures that it saw, each with its unit."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from city.measurements import Kind, Metric
from city.messages import EvidenceView
from console.hostile import clean
from console.i18n import N_, Words
from console.vocabulary import spoken

RULES: Mapping[str, str] = {
    "lamp_dead_power": N_("draws too little for its level"),
    "lamp_flag": N_("its controller says that the lamp is open or short"),
    "gear_flag": N_("its controller says that the driver does not answer"),
    "driver_silent": N_("it is fed, but its driver does not answer"),
    "day_burner_power": N_("draws power although it should be dark"),
    "breaker_flag": N_("the cabinet says that the breaker is open"),
    "circuit_silent": N_("the circuit draws nothing and its lamps are silent"),
    "power_back": N_("the power is back"),
    "relay_disagrees": N_("the relay is not as asked"),
    "relay_off_draws_power": N_("draws power although the relay is open"),
    "lamps_dark_on_phase": N_("the lamps of this phase are dark"),
    "phase_voltage_zero": N_("no voltage on this phase"),
    "meter_voltage_zero": N_("the meter sees no voltage"),
    "supply_flag": N_("the cabinet says that its supply is lost"),
    "silent_for": N_("has been silent for too long"),
    "quorum_silent": N_("nearly all of its controllers fell silent together"),
    "gateway_offline": N_("the broker says that the gateway is gone"),
    "cabinet_unanswered": N_("the cabinet does not answer"),
    "starts_counted": N_("more starts than were ordered"),
    "power_below_curve": N_("draws less than its type at this level"),
    "power_above_curve": N_("draws more than its type at this level"),
    "power_as_other_type": N_("draws what another lamp type draws"),
    "full_power_when_dimmed": N_("draws full power although it is dimmed"),
    "power_factor_below_curve": N_("the power factor is low for its level"),
    "voltage_low": N_("the voltage is below the limit"),
    "voltage_high": N_("the voltage is above the limit"),
    "temperature_critical": N_("the controller is hotter than it may be"),
    "serial_changed": N_("another controller answers in its place"),
    "local_mode_left": N_("left in local mode, and nobody is at work"),
    "door_left_open": N_("the door is open, and nobody is at work"),
    "clock_off": N_("its clock is not ours"),
    "meter_against_lamps": N_("meter and lamps do not agree"),
    "burned_correctly": N_("burns as it should"),
    "answered": N_("it answers again"),
    "people_at_work": N_("people are at work there"),
    "unanswered": N_("it does not answer"),
    "reported_down": N_("its controller says that it is down"),
    "missing_row": N_("its controller lists it no more"),
    "trap": N_("a trap said that it is down, and polls prove it"),
    "all_unanswered": N_("all of its access points fell silent together"),
    "all_down": N_("all of its access points went down together"),
    "part_of_more": N_("it is part of a larger outage, which is told instead"),
    "came_and_went": N_("it came and went several times"),
    "uptime_went_back": N_("its uptime began anew several times"),
    "calm_again": N_("it has been calm for long enough"),
    "stays_down": N_("it has stayed down: that is told instead"),
    "reported_off": N_("the radio says that it does not send"),
    "unlisted": N_("the access point lists this radio no more"),
    "sends_again": N_("it sends again"),
    "noise_floor": N_("the noise drowns the clients"),
    "busy_without_clients": N_("the channel is busy, and not with its own clients"),
    "air_free_again": N_("the channel is free again"),
    "octets_stand_still": N_("it has clients, but its octets stand still"),
    "all_stands_still": N_("nothing it shows moves, while its place is alive"),
    "counts_again": N_("it counts again"),
    "full_day_after_day": N_("it was full at its busy hours, day after day"),
    "room_again": N_("it was full on none of its last days"),
}
"""What convinced a detector, by the name that it gives its rule."""

FIGURES: Mapping[str, str] = {
    Metric.POWER: N_("power"),
    "expected_w": N_("expected power"),
    "full_w": N_("full power"),
    "ratio": N_("measured / expected"),
    Metric.LEVEL: N_("level"),
    Metric.CURRENT: N_("current"),
    Metric.VOLTAGE: N_("voltage"),
    Metric.VOLTAGE_L1: N_("voltage L1"),
    Metric.VOLTAGE_L2: N_("voltage L2"),
    Metric.VOLTAGE_L3: N_("voltage L3"),
    Metric.CURRENT_L1: N_("current L1"),
    Metric.CURRENT_L2: N_("current L2"),
    Metric.CURRENT_L3: N_("current L3"),
    Metric.BREAKER_TRIPPED: N_("breaker tripped"),
    Metric.RELAY_CLOSED: N_("relay closed"),
    Metric.RELAY_ASKED: N_("relay asked to close"),
    Metric.DOOR_OPEN: N_("door open"),
    Metric.LOCAL_OVERRIDE: N_("local mode"),
    Metric.POWER_FACTOR: N_("power factor"),
    "expected_power_factor": N_("expected power factor"),
    Metric.ENERGY: N_("energy"),
    Metric.BURNING: N_("burning time"),
    Metric.STARTS: N_("starts"),
    "expected_starts": N_("expected starts"),
    "lamps_dark": N_("dark lamps"),
    "lamps_silent": N_("silent lamps"),
    "lamps_fed": N_("lamps on it"),
    "share_pct": N_("share"),
    "meter_w": N_("at the meter"),
    "lamps_w": N_("at the lamps"),
    "clock_error_s": N_("clock error"),
    "silent_s": N_("silent for"),
    Metric.TEMPERATURE: N_("temperature"),
    Metric.FREQUENCY: N_("frequency"),
    Metric.CLIENTS: N_("clients"),
    Metric.AIRTIME: N_("airtime"),
    Metric.NOISE: N_("noise"),
    "throughput_kbps": N_("throughput"),
    "access_points_down": N_("access points down"),
    "outages": N_("outages"),
    "outage_s": N_("last outage"),
    "restarts": N_("restarts"),
    "polls": N_("polls without it"),
    "still_s": N_("unmoved for"),
    "days_full": N_("days on which it was full"),
    "days": N_("days looked at"),
    "full_h": N_("full per day"),
    "load_pct": N_("load"),
}

_UNIT_OF_SUFFIX: Mapping[str, str] = {
    "pct": "%",
    "w": "W",
    "v": "V",
    "a": "A",
    "wh": "Wh",
    "h": "h",
    "c": "°C",
    "hz": "Hz",
    "dbm": "dBm",
    "kbps": "kbit/s",
}
_STATES = frozenset(metric.value for metric in Metric if metric.kind is Kind.STATE)
_RATIOS = frozenset({"ratio", Metric.POWER_FACTOR.value, "expected_power_factor"})
"""Bare numbers about 1, of which one digit says too little."""


def rule_of(evidence: EvidenceView, words: Words) -> str:
    """What convinced the detector; a rule without words of ours is readable all the same."""
    rule = evidence.rule
    return words.t(RULES[rule]) if rule in RULES else spoken(clean(rule))


def figures_of(evidence: EvidenceView, words: Words) -> Iterator[tuple[str, str]]:
    """Each figure's name, and its value with the unit that its name ends with: ``expected_w`` is in W."""
    for name, value in evidence.figures.items():
        label = words.t(FIGURES[name]) if name in FIGURES else spoken(clean(name))
        yield label, _figure(name, value, words)


def _figure(name: str, value: float, words: Words) -> str:
    if name in _STATES:
        return words.t("yes") if value else words.t("no")
    suffix = name.rpartition("_")[2]
    if suffix == "s":
        sign = "−" if value < 0 else ""
        return sign + words.span(timedelta(seconds=abs(value)))
    digits = 2 if name in _RATIOS else 0 if float(value).is_integer() else 1
    return f"{words.number(value, digits)} {_UNIT_OF_SUFFIX.get(suffix, '')}".rstrip()
