"""Wi-Fi channels, their frequencies and their bands: told where certain, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.snmp.channels import (
    CHANNELS,
    band_of_channel,
    band_of_frequency,
    channel_of,
    frequency_of,
)

ALL = ("2.4", "5", "6")


@pytest.mark.parametrize(
    ("band", "channel", "mhz"),
    [
        ("2.4", 1, 2412), ("2.4", 6, 2437), ("2.4", 13, 2472), ("2.4", 14, 2484),
        ("5", 36, 5180), ("5", 64, 5320), ("5", 100, 5500), ("5", 144, 5720), ("5", 149, 5745), ("5", 165, 5825),
        ("5", 177, 5885), ("6", 1, 5955), ("6", 2, 5935), ("6", 5, 5975), ("6", 53, 6215), ("6", 233, 7115),
    ],
)  # fmt: skip
def test_channels_lie_where_the_standard_has_them(band: str, channel: int, mhz: int) -> None:
    assert frequency_of(channel, band) == mhz
    assert channel_of(mhz) == channel
    assert band_of_frequency(mhz) == band


@pytest.mark.parametrize(
    ("channel", "possible", "band"),
    [
        (6, ALL, "2.4"),
        (11, ALL, "2.4"),
        (36, ALL, "5"),
        (144, ALL, "5"),
        (53, ALL, "6"),
        (233, ALL, "6"),
        (5, ALL, None),
        (1, ALL, None),
        (149, ALL, None),
        (5, ("2.4", "5"), "2.4"),
        (149, ("2.4", "5"), "5"),
        (5, ("5", "6"), "6"),
        (53, ("2.4", "5"), None),
        (0, ALL, None),
        (37.5, ALL, None),
    ],
)
def test_a_channel_tells_its_band_only_where_no_other_has_it(
    channel: float, possible: tuple[str, ...], band: str | None
) -> None:
    assert band_of_channel(channel, possible) == band


def test_a_channel_that_a_band_does_not_have_has_no_frequency() -> None:
    assert frequency_of(36, "2.4") is None
    assert frequency_of(6, "5") is None
    assert frequency_of(36, "60") is None


@given(st.floats(allow_nan=True) | st.integers())
def test_any_number_has_one_channel_or_none(number: float) -> None:
    band, channel = band_of_frequency(number), channel_of(number)
    assert channel is None or (band is not None and frequency_of(channel, band) == number)
    told = band_of_channel(number, ALL)
    assert told is None or number in CHANNELS[told]
