from datetime import UTC, datetime

import pytest

from city.measurements import Batch, DeviceKind, Kind, Metric, Reading, count_values

AT = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        (Metric.LEVEL, "%"),
        (Metric.POWER, "W"),
        (Metric.VOLTAGE_L2, "V"),
        (Metric.CURRENT_L3, "A"),
        (Metric.ENERGY, "Wh"),
        (Metric.BURNING, "h"),
        (Metric.TEMPERATURE, "°C"),
        (Metric.FREQUENCY, "Hz"),
        (Metric.UPTIME, "s"),
        (Metric.IN_OCTETS, "B"),
        (Metric.TX_POWER, "dBm"),
        (Metric.AIRTIME, "%"),
        (Metric.POWER_FACTOR, ""),
        (Metric.RELAY_CLOSED, ""),
        (Metric.DOOR_OPEN, ""),
        (Metric.STARTS, ""),
        (Metric.UP, ""),
        (Metric.CHANNEL, ""),
        (Metric.CLIENTS, ""),
    ],
)
def test_the_unit_stands_in_the_name(metric: Metric, unit: str) -> None:
    assert metric.unit == unit


def test_only_counters_count_and_only_states_are_states() -> None:
    by_kind = {kind: {metric for metric in Metric if metric.kind is kind} for kind in Kind}
    assert by_kind[Kind.COUNTER] == {
        Metric.ENERGY,
        Metric.BURNING,
        Metric.STARTS,
        Metric.UPTIME,
        Metric.IN_OCTETS,
        Metric.OUT_OCTETS,
    }
    assert by_kind[Kind.STATE] == {
        Metric.RELAY_CLOSED,
        Metric.RELAY_ASKED,
        Metric.BREAKER_TRIPPED,
        Metric.DOOR_OPEN,
        Metric.LOCAL_OVERRIDE,
        Metric.UP,
    }
    assert Metric.POWER in by_kind[Kind.GAUGE]


def test_a_metric_and_its_name_are_the_same_key() -> None:
    values = {Metric.POWER: 40.9}
    assert values[Metric("power_w")] == 40.9
    assert hash(Metric.POWER) == hash("power_w")


def test_a_batch_counts_the_values_that_it_carries_and_events_count_for_nothing() -> None:
    lamp = Reading("08-1173", DeviceKind.LAMP, AT, {Metric.POWER: 40.9, Metric.LEVEL: 70.0})
    event = Reading("08-1173", DeviceKind.LAMP, AT, {})
    assert Batch("GW-4", AT, (lamp, event, lamp)).measurements == 4
    assert count_values([]) == 0
