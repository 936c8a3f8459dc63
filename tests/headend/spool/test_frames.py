"""Frames: what goes in comes out, and damage stays where it is."""

import math
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.measurements import DeviceKind, Metric, Reading, count_values
from headend.spool.frames import MARK, Damage, Frame, encode, frames, written_at

NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
AT_US = 1_796_054_400_000_000

instants = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (given one)
readings = st.builds(
    Reading,
    st.text(),
    st.sampled_from(DeviceKind),
    instants,
    st.dictionaries(st.sampled_from(Metric), st.floats(allow_nan=False)),
    st.just({}),
)


def some(count: int, first: int = 0) -> list[Reading]:
    return [
        Reading(
            f"L{n}", DeviceKind.LAMP, NOW + timedelta(seconds=n), {Metric.POWER: float(n), Metric.LEVEL: 1.0}
        )
        for n in range(first, first + count)
    ]


def sound(data: bytes) -> list[Reading]:
    return [reading for each in frames(data) if isinstance(each, Frame) for reading in each.readings()]


@given(st.lists(readings, max_size=30))
def test_what_goes_in_comes_out(given: list[Reading]) -> None:
    data = encode(given, AT_US)
    [frame] = frames(data)
    assert isinstance(frame, Frame)
    assert frame.readings() == given
    assert (frame.start, frame.end) == (0, len(data))
    assert (frame.values, frame.at_us, written_at(data)) == (count_values(given), AT_US, AT_US)


def test_a_number_that_is_none_comes_out_as_one() -> None:
    [frame] = frames(encode([Reading("L1", DeviceKind.LAMP, NOW, {Metric.POWER: math.nan})], AT_US))
    assert isinstance(frame, Frame)
    assert math.isnan(frame.readings()[0].values[Metric.POWER])


def test_a_file_cut_at_every_byte_of_its_last_frame_gives_all_frames_before() -> None:
    first, last = encode(some(5), AT_US), encode(some(5, 5), AT_US)
    for cut in range(len(last)):
        found = list(frames(first + last[:cut]))
        assert isinstance(found[0], Frame)
        assert found[0].readings() == some(5)
        if cut:
            assert found[1] == Damage(len(first), len(first) + cut, 0)
        assert len(found) == (2 if cut else 1)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_flipped_bit_costs_one_frame_and_is_told(position: int, bit: int) -> None:
    parts = [encode(some(20, 20 * n), AT_US) for n in range(5)]
    data = bytearray(b"".join(parts))
    position %= len(data)
    data[position] ^= 1 << bit
    hit = next(n for n in range(5) if position < sum(map(len, parts[: n + 1])))
    assert sound(bytes(data)) == [each for n in range(5) if n != hit for each in some(20, 20 * n)]
    [damage] = [each for each in frames(bytes(data)) if isinstance(each, Damage)]
    assert (damage.start, damage.end) == (sum(map(len, parts[:hit])), sum(map(len, parts[: hit + 1])))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_rubbish_around_a_frame_is_damage_and_the_frame_is_found(before: bytes, behind: bytes) -> None:
    data = before + encode(some(3), AT_US) + behind
    assert sound(data) == some(3)
    covered = sum(each.end - each.start for each in frames(data))
    assert covered == len(data)


@given(st.binary(max_size=300))
def test_rubbish_is_damage_and_nothing_else(data: bytes) -> None:
    assert all(isinstance(each, Damage) for each in frames(MARK + data))
    assert written_at(data) is None


def test_a_piece_that_ends_in_a_frame_leaves_it_for_the_next_piece() -> None:
    first, last = encode(some(5), AT_US), encode(some(5, 5), AT_US)
    for cut in range(len(first) + 1, len(first) + len(last)):
        piece = (first + last)[:cut]
        [frame] = frames(piece, 1000, whole=False)
        assert (frame.start, frame.end) == (1000, 1000 + len(first))


def test_a_frame_of_another_version_is_none_though_its_checksum_is_right() -> None:
    good = encode(some(1), AT_US)
    [frame] = frames(good)
    assert isinstance(frame, Frame)
    for body in (b"", b"rubbish", frame.body[:-1], struct.pack("<I", 3)):
        with pytest.raises(ValueError, match=r"\w"):
            frame._replace(body=body).readings()
