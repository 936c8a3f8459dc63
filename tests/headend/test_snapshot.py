"""What is true now."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from city.measurements import DeviceKind, Fact, Metric, Reading
from city.telemetry import Sample
from headend.snapshot import RECENT, News, Snapshot
from tests.headend.recording import EVENING, lamp_reading

LAMP = "08-1173"
MINUTE = timedelta(minutes=1)


def level(snapshot: Snapshot) -> float | None:
    return snapshot.value(DeviceKind.LAMP, LAMP, Metric.LEVEL)


def worth(snapshot: Snapshot, reading: Reading) -> News:
    return snapshot.take(reading)[0]


def test_an_older_reading_never_overwrites_a_newer_one() -> None:
    snapshot = Snapshot()
    assert worth(snapshot, lamp_reading(LAMP, EVENING, level=70)) is News.NEWEST
    assert worth(snapshot, lamp_reading(LAMP, EVENING - MINUTE, level=100)) is News.LATE
    assert level(snapshot) == 70


def test_the_same_instant_of_the_same_device_comes_only_once() -> None:
    snapshot = Snapshot()
    snapshot.take(lamp_reading(LAMP, EVENING))
    snapshot.take(lamp_reading(LAMP, EVENING + MINUTE))
    assert worth(snapshot, lamp_reading(LAMP, EVENING)) is News.DUPLICATE
    assert worth(snapshot, lamp_reading(LAMP, EVENING + MINUTE)) is News.DUPLICATE
    late = lamp_reading(LAMP, EVENING - MINUTE)
    assert [worth(snapshot, late), worth(snapshot, late)] == [News.LATE, News.DUPLICATE]


said = st.tuples(
    st.integers(0, 3),
    st.dictionaries(
        st.sampled_from([Metric.LEVEL, Metric.POWER]), st.sampled_from([1.0, 2.0, 3.0]), min_size=1
    ),
    st.booleans(),
)


@given(st.lists(said, max_size=RECENT))
def test_whatever_clocks_do_nothing_that_was_stored_is_ever_overwritten(
    story: list[tuple[int, dict[Metric, float], bool]],
) -> None:
    snapshot, stored = Snapshot(), dict[tuple[datetime, Metric], float]()
    for second, values, ours in story:
        at = EVENING + timedelta(seconds=second)
        news, reading = snapshot.take(Reading(LAMP, DeviceKind.LAMP, at, values), ours=ours)
        assert reading.values == values
        assert at <= reading.at < at + timedelta(milliseconds=1)
        for metric, value in values.items():
            if news is News.DUPLICATE:
                assert value in {each for (_, of), each in stored.items() if of is metric}
            else:
                assert stored.setdefault((reading.at, metric), value) == value


def test_two_kinds_may_share_a_name() -> None:
    snapshot = Snapshot()
    snapshot.take(Reading("A-017", DeviceKind.CABINET, EVENING, {Metric.POWER: 1.0}))
    assert worth(snapshot, Reading("A-017", DeviceKind.LAMP, EVENING, {Metric.POWER: 2.0})) is News.NEWEST


def test_a_key_that_is_missing_means_not_known_and_never_what_it_was() -> None:
    snapshot = Snapshot()
    snapshot.take(lamp_reading(LAMP, EVENING, level=70, order="o-1"))
    snapshot.take(Reading(LAMP, DeviceKind.LAMP, EVENING + MINUTE, {Metric.POWER: 12.0}))
    assert level(snapshot) is None
    latest = snapshot.latest(DeviceKind.LAMP, LAMP)
    assert latest is not None
    assert Fact.ORDER not in latest.facts


def test_it_is_rebuilt_from_the_store_with_what_was_sampled_together() -> None:
    snapshot = Snapshot()
    samples = {Metric.LEVEL: Sample(EVENING, 70.0), Metric.TEMPERATURE: Sample(EVENING - MINUTE, 9.0)}
    snapshot.restore(DeviceKind.LAMP, {LAMP: samples, "empty": {}})
    latest = snapshot.latest(DeviceKind.LAMP, LAMP)
    assert latest is not None
    assert not latest.live
    assert (latest.at, latest.values) == (EVENING, {Metric.LEVEL: 70.0})
    assert snapshot.latest(DeviceKind.LAMP, "empty") is None


def test_whoever_spoke_since_the_start_keeps_what_it_said() -> None:
    snapshot = Snapshot()
    snapshot.take(lamp_reading(LAMP, EVENING, level=30))
    snapshot.restore(DeviceKind.LAMP, {LAMP: {Metric.LEVEL: Sample(EVENING + MINUTE, 70.0)}})
    assert level(snapshot) == 30


def radio(seconds: float, octets_in: float, octets_out: float) -> Reading:
    values = {Metric.IN_OCTETS: octets_in, Metric.OUT_OCTETS: octets_out}
    return Reading("AP-1/1", DeviceKind.RADIO, EVENING + timedelta(seconds=seconds), values)


def rate(snapshot: Snapshot) -> float | None:
    latest = snapshot.latest(DeviceKind.RADIO, "AP-1/1")
    return latest.rate_bps if latest else None


def test_throughput_comes_from_counters_and_is_not_known_across_a_reset() -> None:
    snapshot = Snapshot()
    snapshot.take(radio(0, 1000, 0))
    assert rate(snapshot) is None
    snapshot.take(radio(10, 2000, 250))
    assert rate(snapshot) == 1000.0
    snapshot.take(radio(20, 5, 300))
    assert rate(snapshot) is None
    snapshot.take(radio(30, 15, 300))
    assert rate(snapshot) == 8.0
