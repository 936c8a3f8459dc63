"""Whether the head-end's own clock may be believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.clock import ManualClock
from city.errors import Refused
from city.measurements import DeviceKind, Metric, Reading
from headend.clock_trust import OLDEST, STEADY, TOLERANCE, ClockTrust, doubt
from headend.connections import Connections
from tests.headend.recording import EVENING

A_DAY_AGO = EVENING - timedelta(days=1)
FIRST_OF_1970 = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_S = 3600.0


class Watch:
    """A clock in question, beside one that nobody sets."""

    def __init__(self, at: datetime = EVENING, cabinets: int = 10, speed: float | None = 1.0) -> None:
        self.real_s = 0.0
        self.clock = ManualClock(at)
        self.connections = Connections(self.clock)
        self.trust = ClockTrust(self.clock, self.connections, cabinets, speed, lambda: self.real_s)

    async def runs(self, seconds: float) -> bool:
        """Both clocks go on evenly."""
        self.real_s += seconds
        await self.clock.advance(seconds)
        return self.trust.look()

    def is_set(self, at: datetime) -> bool:
        self.clock._now = at
        return self.trust.look()

    def cabinets_say(self, error_s: float, *names: str) -> None:
        for name in names or ("A-001", "A-002", "A-003"):
            values = {Metric.CLOCK_ERROR: error_s}
            self.trust.observe(Reading(name, DeviceKind.CABINET, self.clock.now(), values))

    @property
    def shown(self) -> list[str]:
        return [each.name for each in self.connections.views() if not each.up]


def test_a_clock_that_nothing_speaks_against_is_believed() -> None:
    assert doubt(EVENING, None, [], 300) is None
    assert doubt(EVENING, A_DAY_AGO, [0.0, 1.0, -2.0], 300) is None


def test_a_clock_that_has_lost_its_time_is_not_believed_even_where_nothing_was_ever_written_down() -> None:
    assert "1970-01-01" in (doubt(FIRST_OF_1970, None, [], 0) or "")


def test_a_clock_before_the_newest_thing_written_down_is_not_believed() -> None:
    assert "written down already" in (doubt(A_DAY_AGO, EVENING, [], 300) or "")
    assert doubt(EVENING - TOLERANCE, EVENING, [], 300) is None


def test_three_cabinets_or_half_of_a_few_outvote_it_and_one_that_drifts_does_not() -> None:
    assert doubt(EVENING, A_DAY_AGO, [-HOUR_S] * 2, 300) is None
    assert "3 cabinets say 2026-11-30 15:00Z" in (doubt(EVENING, A_DAY_AGO, [-HOUR_S] * 3, 300) or "")
    assert doubt(EVENING, A_DAY_AGO, [-HOUR_S, 0.0, 2.0], 300) is None
    assert doubt(EVENING, A_DAY_AGO, [HOUR_S], 1) is not None


def test_cabinets_clear_a_clock_whose_records_were_written_by_a_wrong_one() -> None:
    assert doubt(EVENING, EVENING + timedelta(days=900), [1.0, 0.0, 3.0], 300) is None


@given(
    st.integers(0, 4_100_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.lists(st.floats(-1e12, 1e12), max_size=9),
    st.integers(0, 9),
)
def test_whatever_registers_hold_there_is_an_answer(
    now: datetime, errors_s: list[float], cabinets: int
) -> None:
    why = doubt(now, None, errors_s, cabinets)
    assert why is None or "\n" not in why
    if not errors_s:
        assert (why is None) == (now >= OLDEST)


async def test_a_doubt_is_shown_stops_what_depends_on_time_and_goes_once_the_clock_is_right() -> None:
    watch = Watch(FIRST_OF_1970)
    assert watch.trust.look() is False
    assert watch.shown == ["clock"]
    with pytest.raises(Refused, match="in doubt"):
        watch.trust.check()
    watch.cabinets_say(EVENING.timestamp())
    watch.trust.look()
    assert "cabinets" in (watch.trust.why or "")
    watch.is_set(EVENING)
    assert watch.trust.why is not None
    watch.cabinets_say(0.0)
    assert await watch.runs(1) is True
    assert watch.shown == []
    watch.trust.check()


async def test_a_clock_set_back_while_it_runs_is_in_doubt_until_cabinets_confirm() -> None:
    watch = Watch()
    watch.cabinets_say(0.0)
    await watch.runs(60)
    watch.is_set(EVENING - timedelta(hours=2))
    assert "written down already" in (watch.trust.why or "")
    watch.cabinets_say(7200.0)
    await watch.runs(60)
    assert "cabinets say" in (watch.trust.why or "")
    watch.is_set(EVENING + timedelta(minutes=3))
    watch.cabinets_say(1.0)
    assert await watch.runs(1) is True


async def test_a_clock_set_forward_waits_for_the_cabinets_but_not_for_ever() -> None:
    watch = Watch()
    await watch.runs(60)
    watch.is_set(EVENING + timedelta(hours=3))
    assert "stepped" in (watch.trust.why or "")
    await watch.runs(STEADY.total_seconds() / 2)
    assert watch.trust.why is not None
    assert await watch.runs(STEADY.total_seconds() / 2) is True


async def test_time_that_is_simulated_fast_is_no_step_and_neither_is_a_slow_drift() -> None:
    fast = Watch(speed=None)
    await fast.clock.advance(36_000)
    fast.trust.look()
    assert fast.trust.why is None
    slow = Watch()
    for _ in range(100):
        slow.real_s += 60
        await slow.clock.advance(62)
        slow.trust.look()
    assert slow.trust.why is None
