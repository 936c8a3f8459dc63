"""Whose clock dates a reading."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.times import EARLIEST, SANE_CLOCK, date, instant

NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def dated(
    device: datetime | None, gateways: list[datetime | None], server: datetime | None
) -> tuple[datetime, str, bool]:
    return tuple(date(device, gateways, server, NOW, DAY, said=device is not None))  # type: ignore[return-value]


def test_the_device_s_own_time_comes_first_then_the_gateway_s_the_server_s_and_ours() -> None:
    assert dated(ago(9), [ago(8), ago(7)], ago(5)) == (ago(9), "device", False)
    assert dated(None, [None, ago(7), ago(8)], ago(5)) == (ago(8), "gateway", False)
    assert dated(None, [None], ago(5)) == (ago(5), "server", False)
    assert dated(None, [], None) == (NOW, "receipt", False)


def test_a_message_that_comes_late_is_stored_at_its_own_time() -> None:
    assert dated(ago(7200), [ago(7198)], ago(7196)) == (ago(7200), "device", False)
    assert dated(ago(7200), [], None) == (ago(7200), "device", False)


@pytest.mark.parametrize(
    "wrong",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2000, 1, 1, 0, 3, tzinfo=UTC),
        NOW + SANE_CLOCK + timedelta(seconds=1),
        datetime(2106, 2, 7, tzinfo=UTC),
        NOW - DAY - timedelta(seconds=1),
    ],
)
def test_a_clock_that_cannot_be_right_is_doubted_and_the_next_best_taken(wrong: datetime) -> None:
    assert dated(wrong, [ago(8)], ago(5)) == (ago(8), "gateway", True)
    assert dated(wrong, [wrong], ago(5)) == (ago(5), "server", True)
    assert dated(wrong, [wrong], wrong) == (NOW, "receipt", True)


def test_a_device_that_differs_from_the_gateway_that_heard_it_is_doubted() -> None:
    assert dated(ago(3600), [ago(8)], None) == (ago(8), "gateway", True)


@pytest.mark.parametrize(
    ("stamp", "is_"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("2024-07-01T13:43:46.875848807Z", datetime(2024, 7, 1, 13, 43, 46, 875848, tzinfo=UTC)),
        ("2024-07-01T15:43:46+02:00", datetime(2024, 7, 1, 13, 43, 46, tzinfo=UTC)),
        ("2024-07-01T13:43:46", None),
        ("soon", None),
        ("", None),
        (True, None),
        (None, None),
        ([1], None),
        (1e300, None),
        (float("nan"), None),
        (-1e18, None),
        ("9" * 100, None),
    ],
)
def test_an_instant_is_read_as_servers_and_devices_write_it(stamp: object, is_: datetime | None) -> None:
    assert instant(stamp) == is_


def test_milliseconds_are_told_apart_by_the_profile() -> None:
    assert instant(1796055005000, unit_s=0.001) == datetime.fromtimestamp(1796055005, UTC)


STAMPS = st.none() | st.datetimes(min_value=datetime(1, 1, 3), timezones=st.just(UTC))  # noqa: DTZ001


@given(device=STAMPS, gateways=st.lists(STAMPS, max_size=3), server=STAMPS)
def test_whatever_clocks_say_a_reading_is_dated_in_the_sane_past(
    device: datetime | None, gateways: list[datetime | None], server: datetime | None
) -> None:
    at, time_from, doubted = dated(device, gateways, server)
    assert EARLIEST <= at <= NOW + SANE_CLOCK
    assert at >= NOW - DAY
    assert doubted == (device is not None and time_from != "device")
