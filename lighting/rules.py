"""The thresholds of every detector of public lighting, and how much it takes to believe each of them.

Where no source is named, the number is this project's proposal (lighting-domain, section 3), held to account by
``falotier evaluate``: docs/fault-finding.md has the figures.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from city.confirmation import Rule
from city.incidents import Cause

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

SUSPICION_HOLDS = 2 * HOUR
"""Doubtful samples that lie further apart than this are not consecutive; the slowest nodes report hourly."""

DEAD_SHARE = 0.15
"""Under this share of its expected power something is dead (lighting-domain, section 3)."""
PROVEN_SHARE = 0.5
"""From this share of its expected power on something is proven alive; between the two nothing is said."""
GEAR_SHARE = 0.4
"""Under this share of its standby power a driver is dead itself; with open LEDs it still draws its standby."""
BAND = 0.13
"""How far a lamp's power may lie from what its type draws: several times the spread of good luminaires (3 %)."""
FULL_SHARE = 0.1
"""A lamp whose power is so near to that of full light burns at full light."""
DIMMED_PCT = 85.0
"""Above this level a dimmed lamp cannot be told from one that does not dim."""
TYPE_SHARE = 0.06
"""A lamp whose power is so near to another type's at its level may be of that type."""
LEVELS_APART_PCT = 35.0
"""Two levels so far apart tell one type's curve from a part of another's."""
POWER_FACTOR_SHARE = 0.8
"""Of its curve; the share, and the three hours that it takes, follow SLM's capacitor rule."""
LEAST_LEVEL_WITHOUT_CURVE_PCT = 30.0
"""A type without a power factor curve is not judged below this level (lighting-domain, section 3)."""
SAG_V, SAG_OVER_V = 198.0, 205.0
SWELL_V, SWELL_OVER_V = 253.0, 245.0
"""Undervoltage and overvoltage with their hysteresis (Zenopix)."""
ABSENT_V = 50.0
"""Under this a phase has no voltage, whatever its instruments still pick up."""
PRESENT_V = 180.0
"""Above this there is voltage; mains under a brown-out still reads more."""
CRITICAL_C, COOL_C = 85.0, 60.0
"""Over-temperature and its end (Zenopix)."""
CYCLES = 3
"""Starts that nobody commanded, in ``CYCLES_WITHIN``, make a lamp that cycles (lighting-domain, section 3)."""
CYCLES_WITHIN = 12 * HOUR
STRAY_W = 100.0
"""An open relay behind which more than this flows is closed (SLM)."""
SWITCHING = 10 * MINUTE
"""Relays are not judged so soon after they were asked to move (SLM)."""
CLOCK_S = 300.0
"""A controller's clock further off than this is wrong; half of what the lamps would show (lighting-domain)."""
QUORUM = 0.8
"""Children that share a symptom make it their parent's (lighting-domain, section 3)."""
FEWEST = 3
"""With fewer children than this there is no quorum."""

_PROOF = 15 * MINUTE
"""A lamp has to burn correctly for so long before it is believed to be mended."""

_DARK = Rule(2, 2 * MINUTE, 2, _PROOF, SUSPICION_HOLDS)
_STEADY = Rule(3, 9 * MINUTE, 3, _PROOF, SUSPICION_HOLDS)
_POLLED = Rule(2, timedelta(seconds=30), 2, gap=SUSPICION_HOLDS)

RULES: Mapping[Cause, Rule] = MappingProxyType(
    {
        Cause.LAMP_DEAD: _DARK,
        Cause.DRIVER_FAULT: _DARK,
        Cause.DAY_BURNER: Rule(2, 2 * MINUTE, 2, gap=SUSPICION_HOLDS),
        Cause.CYCLING: Rule(1, timedelta(), 2, 4 * HOUR),
        Cause.LED_STRING_OUT: _STEADY,
        Cause.HIGH_POWER: _STEADY,
        Cause.DIMMING_STUCK: _STEADY,
        Cause.WRONG_LAMP_TYPE: _STEADY,
        Cause.LOW_POWER_FACTOR: Rule(6, 3 * HOUR, 3, _PROOF, SUSPICION_HOLDS),
        Cause.VOLTAGE_SAG: _STEADY,
        Cause.VOLTAGE_HIGH: _STEADY,
        Cause.OVER_TEMPERATURE: _STEADY,
        Cause.CONTROLLER_SWAPPED: Rule(2, timedelta(seconds=30), 2, gap=SUSPICION_HOLDS),
        Cause.CONTROLLER_SILENT: Rule(1, timedelta(), 2),
        Cause.GATEWAY_LOST: Rule(2, timedelta(seconds=50), 2),
        Cause.BREAKER_TRIP: _POLLED,
        Cause.RELAY_STUCK_ON: _POLLED,
        Cause.RELAY_STUCK_OFF: _POLLED,
        Cause.PHASE_LOST: _POLLED,
        Cause.CABINET_SUPPLY_LOSS: _POLLED,
        Cause.CABINET_SILENT: Rule(3, 9 * MINUTE, 2),
        Cause.LOCAL_OVERRIDE: Rule(3, 30 * MINUTE, 2, gap=SUSPICION_HOLDS),
        Cause.DOOR_OPEN: Rule(3, HOUR, 2, gap=SUSPICION_HOLDS),
        Cause.CLOCK_DRIFT: Rule(3, 9 * MINUTE, 3, gap=SUSPICION_HOLDS),
        Cause.METER_DRIFT: Rule(1, timedelta(), 3),
    }
)
"""Consecutive samples, the time between the first and the last, and the same for the end."""

QUIET_PERIODS = 3
"""Nothing heard for so many of its own periods is silence (lighting-domain, section 3) …"""
SILENT_PERIODS = 8
"""… and for so many a fault of that controller alone: with 2 % of messages lost, three in a row are lost every hour."""
