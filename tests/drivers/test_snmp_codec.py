"""SNMP objects to numbers and words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.snmp.codec import POSSIBLE, Missing, Nothing, decoder, text, word
from drivers.snmp.profile import Column, TextSource


def column(says: str = "clients", **said: Any) -> Column:
    return Column.model_validate({"says": says, "column": "1", **said})


@pytest.mark.parametrize(
    ("says", "said", "raw", "value"),
    [
        ("clients", {}, 17, 17),
        ("clients", {}, b"17", 17),
        ("clients", {}, b"23/0.", 23),
        ("out_octets", {}, 2**64 - 1, 2**64 - 1),
        ("in_octets", {"unit": "kB"}, 7, 7000),
        ("tx_power_dbm", {"unit": "dBm"}, b"18 dBm", 18),
        ("tx_power_dbm", {"unit": "dBm", "scale": 0.1}, 185, 18.5),
        ("utilization_pct", {}, b" 3.7", 3.7),
        ("utilization_pct", {"unit": "%", "scale": 0.1}, 699, 69.9),
        ("channel", {}, b"116E", 116),
        ("channel", {"mask": 255}, 388, 132),
        ("channel", {"match": r"^\d+/(\d+)"}, b"2412/6", 6),
        ("frequency_mhz", {"unit": "kHz"}, 5_180_000, 5180),
        ("frequency_mhz", {"unit": "GHz"}, b"5.18", 5180),
        ("noise_dbm", {"unit": "dBm", "scale": -1}, 92, -92),
        ("noise_dbm", {"bits": 8}, 161, -95),
        ("noise_dbm", {"bits": 32}, 2**32 - 95, -95),
        ("noise_dbm", {"bits": 8}, -95, -95),
        ("noise_dbm", {}, b"-95 dBm", -95),
        ("uptime_s", {"unit": "ticks"}, 12345, 123.45),
        ("uptime_s", {"unit": "min"}, 2, 120),
        ("up", {"codes": {"1": 1, "2": 0}}, 2, 0),
        ("up", {"codes": {"1": 1}, "other": 0}, 7, 0),
        ("up", {"codes": {"Connect": 1}}, b"Connect", 1),
        ("clients", {"part": "row", "column": None}, b"4", 4),
    ],
)
def test_numbers_come_in_the_unit_of_the_field(
    says: str, said: dict[str, Any], raw: int | bytes, value: float
) -> None:
    assert decoder(column(says, **said))(raw) == pytest.approx(value)


def test_large_counters_keep_every_digit() -> None:
    assert decoder(column("out_octets"))(2**64 - 1) == 18446744073709551615


@pytest.mark.parametrize(
    ("says", "said", "raw", "word"),
    [
        ("band", {"codes": {"1": "2.4", "na": "5"}}, 1, "2.4"),
        ("band", {"codes": {"1": "2.4", "na": "5"}}, b"na", "5"),
        ("band", {"codes": {"6g": "6"}, "other": "5"}, b"ac", "5"),
        ("name", {}, b"wlan0\x00\x1b[2J", "wlan0[2J"),
        ("name", {"match": "^clients-(.+)$"}, b"clients-wlan1", "wlan1"),
        ("ap", {"mac": True}, b"\x00\x00\x5e\x00\x53\x01", "00:00:5e:00:53:01"),
        ("ap", {"mac": True}, b"00:00:5e:00:53:01", "00:00:5e:00:53:01"),
        ("radio", {}, 3, "3"),
    ],
)
def test_codes_and_texts_are_words(says: str, said: dict[str, Any], raw: int | bytes, word: str) -> None:
    assert decoder(column(says, **said))(raw) == word


def test_a_device_says_in_words_what_it_is() -> None:
    source = TextSource.model_validate({"says": "model", "oid": "1.3.6", "match": r"\(MODEL: (.+?)\)"})
    assert word(source, b"ArubaOS (MODEL: 225), Version 8.4") == "225"
    assert word(source, b"x" * 500 + b"(MODEL: 225)") == "225"
    assert word(source, b"ArubaOS") == Nothing("no data")
    assert word(source, Missing("noSuchObject")) == Nothing("noSuchObject")


@pytest.mark.parametrize(
    ("says", "said", "raw"),
    [
        ("clients", {"no_data": [-1]}, -1),
        ("clients", {"no_data": [0]}, b"0"),
        ("clients", {"no_data": ["N/A"]}, b"N/A"),
        ("clients", {}, b""),
        ("clients", {"match": "^users: (.+)"}, b"none"),
        ("channel", {}, 0),
        ("frequency_mhz", {"unit": "kHz"}, b"0"),
        ("name", {}, b"\x00\x00"),
        ("name", {"no_data": ["-"]}, b"-"),
    ],
)
def test_what_the_device_says_that_it_does_not_know_is_nothing(
    says: str, said: dict[str, Any], raw: Any
) -> None:
    assert decoder(column(says, **said))(raw) == Nothing("no data")


def test_what_the_device_does_not_have_is_nothing() -> None:
    assert decoder(column())(Missing("noSuchInstance")) == Nothing("noSuchInstance")
    assert decoder(column("name"))(Missing("noSuchInstance")) == Nothing("noSuchInstance")


@pytest.mark.parametrize("raw", [b"many", "1.3.6.1", b"\xff\xfe", "²".encode(), b"-", b"+."])
def test_what_is_no_number_is_refused(raw: Any) -> None:
    assert decoder(column())(raw) == Nothing("not a number", refused=True)


@pytest.mark.parametrize(
    ("says", "said", "raw"),
    [
        ("clients", {}, -1),
        ("clients", {}, 2**64),
        ("in_octets", {"unit": "KiB"}, 2**63),
        ("utilization_pct", {}, 255),
        ("utilization_pct", {}, b"-3"),
        ("channel", {}, 388),
        ("noise_dbm", {}, 2**32 - 95),
        ("noise_dbm", {"bits": 8}, 10**30),
        ("uptime_s", {"unit": "ticks"}, 10**400),
    ],
)
def test_what_no_device_can_have_is_refused(says: str, said: dict[str, Any], raw: Any) -> None:
    assert decoder(column(says, **said))(raw) == Nothing("out of range", refused=True)


def test_a_code_that_nobody_knows_is_refused() -> None:
    assert decoder(column("up", codes={"1": 1}))(7) == Nothing("an unknown code", refused=True)
    assert decoder(column("band", codes={"1": "5"}))(b"7") == Nothing("an unknown code", refused=True)


def test_bytes_that_are_no_text_are_marked_and_long_texts_cut() -> None:
    assert text(b"caf\xe9") == "caf�"
    assert len(text(b"x" * 10_000)) == 200
    assert text(b"two\r\nlines\t\x07\n") == "two  lines"
    assert text(10**5000) == "?"


SAID: list[dict[str, Any]] = [
    {},
    {"says": "name"},
    {"says": "ap", "mac": True},
    {"says": "up", "codes": {"1": 1}},
    {"says": "up", "codes": {"1": 1}, "other": 0},
    {"says": "band", "codes": {"1": "5"}},
    {"says": "uptime_s", "scale": 0.001, "unit": "min"},
    {"says": "noise_dbm", "scale": -1, "bits": 8},
    {"says": "channel", "mask": 255, "no_data": [0, "off"]},
    {"says": "tx_power_dbm", "match": r"(-?\d+)"},
]


@given(
    raw=st.integers()
    | st.integers(-(10**400), 10**400)
    | st.binary()
    | st.text()
    | st.builds(Missing, st.just("noSuchObject")),
    said=st.sampled_from(SAID),
)
def test_no_object_whatsoever_makes_the_decoder_raise(raw: Any, said: dict[str, Any]) -> None:
    read = column(**said)
    decoded = decoder(read)(raw)
    if isinstance(decoded, Nothing):
        assert decoded.why
    elif read.counts:
        lowest, highest = POSSIBLE.get(read.says, (0, 2**64 - 1))
        assert not isinstance(decoded, str)
        assert lowest <= decoded <= highest
    else:
        assert isinstance(decoded, str)
        assert decoded.isprintable()
