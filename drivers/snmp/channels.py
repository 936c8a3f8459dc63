"""Wi-Fi channels: their numbers, their frequencies and their bands, told only where they are certain.

Numbers and frequencies are those of IEEE 802.11-2020, annex E, and 802.11ax-2021 for 6 GHz: the primary channels of
20 MHz, which is what devices tell. Channel 5 is one of 2.4 GHz and one of 6 GHz: of a device that may have both bands
neither its band nor its frequency is known by the number alone.
"""

from collections.abc import Collection, Mapping
from typing import Literal

Band = Literal["2.4", "5", "6"]

STEP_MHZ = 5
"""From one channel number to the next."""

_START_MHZ: Mapping[Band, int] = {"2.4": 2407, "5": 5000, "6": 5950}
"""Where the numbers of a band count from."""
_CHANNEL_14_MHZ = 2484
_OPERATING_CLASS_136_MHZ = 5935
"""Channel 2 of 6 GHz, which lies below the others."""

_FIVE = frozenset({32, 34, *range(36, 65, 2), 68, 96, *range(100, 145, 2), *range(149, 178, 2)})
"""Primary channels of 5 GHz, and the middle ones of wider channels, which some devices tell in their place."""
_SIX = frozenset({2, *range(1, 234, 4)})

CHANNELS: Mapping[Band, frozenset[int]] = {"2.4": frozenset(range(1, 15)), "5": _FIVE, "6": _SIX}
"""The channel numbers of each band."""

_LIMITS_MHZ: Mapping[Band, tuple[int, int]] = {"2.4": (2400, 2500), "5": (5150, 5925), "6": (5925, 7125)}
"""From and below which frequency a band lies."""


def band_of_frequency(mhz: float) -> Band | None:
    """The band that a frequency lies in; None outside Wi-Fi's."""
    return next((band for band, (low, high) in _LIMITS_MHZ.items() if low <= mhz < high), None)


def band_of_channel(channel: float, possible: Collection[str]) -> Band | None:
    """The band of a channel, if it is of only one of those that the device may have."""
    fitting = [band for band, channels in CHANNELS.items() if band in possible and channel in channels]
    return fitting[0] if len(fitting) == 1 else None


def frequency_of(channel: float, band: str) -> int | None:
    """The middle of a channel, MHz; None if the band has no such channel."""
    for known, channels in CHANNELS.items():
        if known == band and channel in channels:
            return _middle_mhz(int(channel), known)
    return None


def channel_of(mhz: float) -> int | None:
    """The channel whose middle a frequency is; None if it is that of none."""
    band = band_of_frequency(mhz)
    if band is None:
        return None
    return next((channel for channel in CHANNELS[band] if _middle_mhz(channel, band) == mhz), None)


def _middle_mhz(channel: int, band: Band) -> int:
    if (band, channel) == ("2.4", 14):
        return _CHANNEL_14_MHZ
    if (band, channel) == ("6", 2):
        return _OPERATING_CLASS_136_MHZ
    return _START_MHZ[band] + STEP_MHZ * channel
