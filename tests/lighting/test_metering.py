from collections.abc import Callable
from datetime import timedelta

from city.incidents import Cause
from city.measurements import DeviceKind, Fact, Metric, Reading
from lighting.power import expected_power
from tests.lighting.small_city import LED_60, local
from tests.lighting.street import Street

DUSK = local("2026-11-22T17:00")
STEP = timedelta(minutes=5)
Extra = Callable[[float, float], float]
"""What the meter counts in an hour, from what the lamps draw (W) and the hours since dusk."""


def a_night(meter: Extra, hours: float = 10.0) -> Street:
    """A cabinet's lamps at 100, 70 and 30 %, and a meter that counts as it is told."""
    street = Street(DUSK)
    lamps = [*street.lamps_of("A-001/1"), *street.lamps_of("A-001/2")]
    counter, energy = 5_000.0, 90_000.0
    for step in range(int(hours * 12)):
        street.now += STEP
        since = step / 12
        level = 100.0 if since < 3 else 70.0 if since < 6 else 30.0
        watts = expected_power(LED_60, level)
        counter += watts / 12
        energy += meter(len(lamps) * watts, since) / 12
        for lamp in lamps:
            values = {Metric.LEVEL: level, Metric.POWER: watts, Metric.ENERGY: counter, Metric.VOLTAGE: 230.0}
            street.hear(Reading(lamp, DeviceKind.LAMP, street.now, values, {Fact.SOURCE: "programme"}))
        volts = dict.fromkeys((Metric.VOLTAGE_L1, Metric.VOLTAGE_L2, Metric.VOLTAGE_L3), 230.0)
        values = {**volts, Metric.ENERGY: energy % 2**32}
        street.hear(Reading("A-001", DeviceKind.CABINET, street.now, values))
        for circuit in ("A-001/1", "A-001/2"):
            street.circuit(circuit, watts=4 * watts)
    return street


def test_a_meter_that_agrees_with_its_lamps_raises_nothing() -> None:
    assert a_night(lambda watts, _: 1.03 * watts).told == []


def test_a_meter_that_is_off_by_the_same_share_at_every_load_drifts() -> None:
    for share in (0.7, 1.3):
        (incident,) = a_night(lambda watts, _, share=share: share * watts).live()  # type: ignore[misc]
        assert (incident.cause, incident.asset) == (Cause.METER_DRIFT, "A-001")


def test_garlands_on_the_circuit_are_no_drift_whenever_they_burn() -> None:
    assert a_night(lambda watts, _: watts + 200.0).told == []
    assert a_night(lambda watts, since: watts + (200.0 if since < 7 else 0.0)).told == []


def test_a_meter_that_is_swapped_is_no_drift() -> None:
    assert a_night(lambda watts, since: watts + (3e9 if 4.0 <= since < 4.08 else 0)).told == []
    (incident,) = a_night(lambda watts, since: 0.7 * watts + (3e9 if 3.0 <= since < 3.08 else 0)).live()
    assert incident.cause is Cause.METER_DRIFT


def test_a_counter_that_wraps_is_no_drift() -> None:
    street = a_night(lambda watts, since: watts + (2**32 if 4.0 <= since < 4.08 else 0))
    assert street.told == []
