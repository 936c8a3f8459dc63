"""SNMP objects to values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.snmp.codec import Decoded, Missing, decode, text
from drivers.snmp.profile import Column


def column(**said: Any) -> Column:
    return Column.model_validate(
        {"oid": "1.3.6", **({"metric": "clients"} if "field" not in said else {}), **said}
    )


@pytest.mark.parametrize(
    ("said", "raw", "value"),
    [
        ({}, 17, 17.0),
        ({}, b"17", 17.0),
        ({"metric": "tx_power_dbm", "unit": "dBm"}, b"18 dBm", 18.0),
        ({"metric": "airtime_pct", "unit": "%"}, b" 3.7", 3.7),
        ({"metric": "channel"}, b"116E", 116.0),
        ({"metric": "noise_dbm", "unit": "dBm", "scale": -1}, 92, -92.0),
        ({"metric": "tx_power_dbm", "unit": "dBm", "scale": 0.1}, 185, 18.5),
        ({"metric": "uptime_s", "unit": "ticks"}, 12345, 123.45),
        ({"metric": "up", "codes": {"1": 1, "2": 0}}, 2, 0.0),
        ({"metric": "up", "codes": {"Connect": 1}}, b"Connect", 1.0),
    ],
)
def test_numbers_come_in_the_unit_of_the_metric(said: dict[str, Any], raw: int | bytes, value: float) -> None:
    assert decode(column(**said), raw) == Decoded(value=value)


def test_codes_and_texts_are_words_for_a_probe() -> None:
    assert decode(column(field="band", codes={"1": "2.4"}), 1).word == "2.4"
    assert decode(column(field="name"), b"wlan0\x00\x1b[2J").word == "wlan0[2J"


def test_what_the_device_does_not_have_or_know_is_no_number() -> None:
    assert decode(column(), Missing("noSuchInstance")).why == "noSuchInstance"
    assert decode(column(no_data=[-1]), -1) == Decoded(why="no data")


@pytest.mark.parametrize("raw", [b"", b"many", "1.3.6.1", b"\xff\xfe"])
def test_what_is_no_number_is_refused(raw: Any) -> None:
    assert decode(column(), raw) == Decoded(why="not a number", refused=True)


def test_a_code_that_nobody_knows_is_refused() -> None:
    assert decode(column(metric="up", codes={"1": 1}), 7).refused


def test_bytes_that_are_no_text_are_marked_and_long_texts_cut() -> None:
    assert text(b"caf\xe9") == "caf\ufffd"
    assert len(text(b"x" * 10_000)) == 200


@given(
    raw=st.integers() | st.binary() | st.text() | st.builds(Missing, st.text()),
    said=st.sampled_from([{}, {"field": "name"}, {"codes": {"1": 1}}, {"scale": 0.001}, {"no_data": [0]}]),
)
def test_no_object_whatsoever_makes_the_decoder_raise(raw: Any, said: dict[str, Any]) -> None:
    decoded = decode(column(**said), raw)
    assert decoded.value is not None or decoded.word is not None or decoded.why is not None
