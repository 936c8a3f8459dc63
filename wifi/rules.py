"""The numbers by which city Wi-Fi is judged; the reason for each of them is in docs/wifi-faults.md."""

from dataclasses import dataclass
from datetime import timedelta

from city.confirmation import Rule

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

DEFAULT_PERIOD = timedelta(seconds=60)
"""How often an access point is polled by default (``[snmp] period_s``)."""
JITTER = 0.1
"""Share of a period by which polls may come early: three in a row span a little less than two periods then."""

MISSES = 3
"""Polls in a row without an answer, or with the answer "down", before it is believed …"""
ANSWERS = 2
"""… and answers in a row before it is believed to be over."""
FEWEST_TOGETHER = 2
"""One access point alone is no place and no controller: nobody could tell them apart."""
TOGETHER_PERIODS = 5
"""Those that fell within so many periods fell together."""
HOLD_PERIODS = 2
"""For so long after its third miss nothing is said of an access point while all of its group may be gone."""
SETTLING = 10 * MINUTE
"""So long access points take to boot and to join their controller, one after the other, after a larger outage."""
TRAP_PERIODS = 5
"""A trap that no poll has proven within so many periods has proven nothing."""

OUTAGE_SAMPLES = 2
"""One poll that is lost is no outage: datagrams are lost every day."""
OUTAGES = 3
OUTAGES_WITHIN = HOUR
"""So many outages of an access point within so long make it unsteady …"""
CALM = HOUR
"""… and so long without any ends that."""
AGAIN_PERIODS = 10
"""One that was gone a short while ago is called down again only after so many periods: it may be unsteady."""
STAYS_DOWN = 30 * MINUTE
"""An unsteady one that is gone for so long is down; a longer outage than this is none of an unsteady one."""

REBOOTS = 3
REBOOTS_WITHIN = 6 * HOUR
"""So many restarts within so long are not planned; so long without any ends it."""
UPTIME_SPAN_S = 2**32 / 100
"""sysUpTime counts hundredths of a second in 32 bits (RFC 3418): it begins anew after 497 days."""
UPTIME_SLACK_S = 600.0
"""How far an uptime may lie from where it should be; controllers tell it some minutes late."""

UNLISTED_POLLS = 5
"""Polls in a row in which an access point lists no more one of its radios before that is off."""
SAME_POLL = timedelta(seconds=1)
"""Readings that lie no further apart than this are of one poll."""

BUSY_PCT, BUSY_OVER_PCT = 60.0, 45.0
"""Airtime that few clients cannot explain, and its end."""
FEW_SHARE = 0.25
"""Of the clients that a radio is meant for: so many are few."""
LOW_BPS = 10e6
"""So little of its own takes an old radio a fifth of its airtime, and a new one next to nothing."""
NOISE_DBM, NOISE_OVER_DBM = -80.0, -85.0
"""A noise floor from which on the signal at the edge of a cell (−70 dBm) carries only the slowest rates; its end."""
INTERFERED_FOR = 30 * MINUTE
INTERFERED_OVER = 15 * MINUTE
INTERFERED_SAMPLES = 5

STILL_FOR = 30 * MINUTE
"""Octets of a radio with clients that do not move for so long are not counted any more."""
FROZEN_FOR = 3 * HOUR
"""An access point of which no value at all moves for so long tells an old story …"""
OTHERS_WITHIN = HOUR
"""… if another one of its place has moved within so long."""
FROZEN_METRICS = 2
"""With fewer quantities that could move, one that stays as it is says nothing."""
STUCK = Rule(samples=3, lasting=timedelta(), clear_samples=1)
"""A place that wakes up does so one access point after the other: the last ones are not stuck."""
GAP_PERIODS = 3
"""Readings further apart than so many periods say nothing of the time between."""

USED_DAYS = 5
FULL_DAYS = 3
"""A place that is full on so many of the last days on which it was used lacks room for good."""
FULL_FOR = HOUR
"""On how much of a day, all together, it is full then: a break, not a moment."""
USED_FOR = HOUR
"""A day with clients for less than so long is one on which the place was not used."""
UNKNOWN_PERIODS = 5
"""An unknown load ends "full" after so many periods; for less than that it changes nothing."""

MOST_RADIOS = 16
"""More radios than this no access point has: what a device lists beyond them is not followed."""

SUSPICION_HOLDS = 2 * HOUR
"""Suspicions that nothing has confirmed or contradicted for so long are let go."""

AT_ONCE = Rule(samples=1, lasting=timedelta(), clear_samples=1)
"""For what has its own hysteresis in what it rests on."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers that a city may set (``[wifi]``)."""

    saturated_pct: float = 85.0
    """Full from this load on …"""
    released_pct: float = 70.0
    """… and no longer full below this one …"""
    saturated_for: timedelta = 10 * MINUTE
    """… each once it has lasted for so long."""


RULES = Rules()


def silence_rule(period: timedelta) -> Rule:
    """How much it takes to believe that something is gone: three polls in a row, whatever their pace."""
    return Rule(samples=MISSES, lasting=(MISSES - 1 - JITTER) * period, clear_samples=ANSWERS)
