from datetime import timedelta

from city.incidents import Cause
from city.measurements import DeviceKind, Fact, Metric, Reading
from lighting.starts import Starts
from tests.lighting.street import DEAD_W, EVENING, LIT_W, Street

LAMP = "001-101"
FIVE = timedelta(minutes=5)


def tell(street: Street, starts: int, watts: float = LIT_W, minutes: float = 5) -> None:
    street.after(minutes)
    values = {Metric.LEVEL: 70.0, Metric.POWER: watts, Metric.STARTS: float(starts)}
    street.hear(Reading(LAMP, DeviceKind.LAMP, street.now, values, {Fact.SOURCE: "programme"}))


def test_three_starts_that_nobody_commanded_are_a_lamp_that_cycles() -> None:
    street = Street()
    for count in (7, 8, 9, 9, 10, 10):
        tell(street, count)
    assert [each.cause for each in street.live()] == [Cause.CYCLING]
    for _ in range(60):
        tell(street, 10)
    assert street.live() == []


def test_dark_samples_around_a_start_are_no_dead_lamp() -> None:
    street = Street()
    tell(street, 7)
    tell(street, 7, DEAD_W)
    tell(street, 8, DEAD_W)
    tell(street, 9, DEAD_W)
    assert street.told == []
    tell(street, 9, DEAD_W)
    assert [each.cause for each in street.live()] == [Cause.LAMP_DEAD]


def test_a_counter_that_was_reset_and_a_long_silence_count_for_nothing() -> None:
    starts = Starts()
    at = EVENING
    for count, gap in ((500, FIVE), (0, FIVE), (3_000, FIVE), (3_004, timedelta(hours=30))):
        at += gap
        assert not starts.observe(at, count)


def test_a_start_that_a_command_or_the_power_explains_is_excused_once() -> None:
    starts = Starts()
    assert not starts.observe(EVENING, 5)
    starts.excuse()
    assert not starts.observe(EVENING + FIVE, 6)
    assert starts.observe(EVENING + 2 * FIVE, 7)
