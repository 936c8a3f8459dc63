"""Binary payloads as data: bytes to what they say, and back."""

import json
import math
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from drivers.mqtt.examine import examine
from drivers.mqtt.frames import LARGEST_FRAME, Frame, frame_of
from drivers.mqtt.pack import pack
from drivers.mqtt.unpack import Item, Unpacked, unpack
from drivers.profiles import load_profiles

NAS = load_profiles("mqtt")["nas-ul20xx"]
NOW = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)


def frame(fields: str, **more: Any) -> Frame:
    return Frame.model_validate({"name": "x", "port": 1, **tomllib.loads(f"fields = [{fields}]"), **more})


def told(fields: str, digits: str, **more: Any) -> dict[str, Any]:
    said = unpack(frame(fields, **more), bytes.fromhex(digits))
    assert said.whole, said.refused
    return {item.name: item.value for item in said.items}


@pytest.mark.parametrize(
    ("field", "digits", "value"),
    [
        ('type = "u8"', "FF", 255),
        ('type = "s8"', "FF", -1),
        ('type = "u16"', "3412", 0x1234),
        ('type = "u16", order = "big"', "1234", 0x1234),
        ('type = "s16"', "FEFF", -2),
        ('type = "u24"', "563412", 0x123456),
        ('type = "u32", divide = 3600', "C072D902", 13279.2),
        ('type = "s32", divide = 10', "2EFBFFFF", -123.4),
        ('type = "u64"', "FFFFFFFFFFFFFFFF", 2**64 - 1),
        ('type = "s64", order = "big"', "00000000075BCD15", 123_456_789),
        ('type = "f32", order = "big"', "43663333", 230.2),
        ('type = "f32"', "0000C07F", None),
        ('type = "f32"', "0000807F", None),
        ('type = "f64", order = "big"', "3FF8000000000000", 1.5),
        ('type = "u8", divide = 100', "5D", 0.93),
        ('type = "u8", offset = -60', "52", 22),
        ('type = "u8", scale = 0.1', "03", 0.3),
        ('type = "u8", mask = 15', "F3", 3),
        ('type = "u8", no_data = [255, 254]', "FE", None),
        ('type = "u8", words = {255 = "inactive"}', "FF", "inactive"),
        ('type = "u8", words = {0xFF = "inactive"}', "14", 20),
        ('type = "u8", table = [0.5, 0.71]', "01", 0.71),
        ('type = "u8", scale = 10, show = "hh:mm"', "21", "05:30"),
        ('type = "u32", show = "instant"', "F37F205E", "2020-01-16T15:23:31Z"),
        ('type = "u32", show = "instant"', "00000000", None),
        ('type = "u16", mask = 0x7FFF, decades = 4000, scale = 0.001, digits = 4', "9455", 299.9),
        ('type = "text", octets = 3', "C3A941", "éA"),
        ('type = "text", octets = 5', "1B5B414100", "[AA"),
        ('type = "text", octets = 2', "FFFE", "\N{REPLACEMENT CHARACTER}" * 2),
        ('type = "hex", octets = 4, order = "little"', "0D008350", "5083000D"),
        ('type = "version", octets = 3', "010116", "1.1.22"),
    ],
)
def test_each_type_is_read_as_it_is_written(field: str, digits: str, value: object) -> None:
    assert told(f'{{name = "a", {field}}}', digits) == {"a": value}


def test_numbers_are_rounded_once() -> None:
    assert told('{name = "a", type = "u16", scale = 0.1}', "FE08") == {"a": 230.2}


def test_a_field_is_there_only_where_its_flag_is_set() -> None:
    fields = (
        '{name = "f", type = "flags8", bits = [{name = "has_a", bit = 0, hidden = true}, {name = "on", bit = 1}]},'
        '{name = "a", type = "u8", when = "has_a"}, {name = "b", type = "u8"}'
    )
    assert told(fields, "01 07 08") == {"on": False, "a": 7, "b": 8}
    assert told(fields, "02 08") == {"on": True, "b": 8}
    assert pack(frame(fields), {"on": True, "b": 8}).hex() == "0208"
    assert pack(frame(fields), {"a": 7, "b": 8}).hex() == "010708"


def test_records_repeat_to_the_end_or_as_often_as_a_count_says() -> None:
    to_end = '{name = "r", type = "list", fields = [{name = "a", type = "u8"}]}'
    assert told(to_end, "0102") == {"r.0.a": 1, "r.1.a": 2}
    assert told(to_end, "") == {}
    counted = '{name = "n", type = "u8", hidden = true}, {name = "r", type = "list", count = "n", fields = [{name = "a", type = "u8"}]}, {name = "b", type = "u8"}'  # noqa: E501
    assert told(counted, "020102 09") == {"r.0.a": 1, "r.1.a": 2, "b": 9}
    assert pack(frame(counted), {"r": [{"a": 1}, {"a": 2}], "b": 9}).hex() == "02010209"


def test_a_record_of_no_bytes_comes_to_an_end() -> None:
    said = unpack(
        frame('{name = "r", type = "list", fields = [{name = "a", type = "u8", optional = true}]}'), b""
    )
    assert said.whole
    empty = '{name = "n", type = "u8", hidden = true}, {name = "r", type = "list", count = "n", fields = []}'
    assert told(empty, "FF") == {}


def test_a_kind_that_nobody_knows_hides_what_stands_beside_it_and_nothing_else() -> None:
    fields = (
        '{name = "n", type = "u8", hidden = true},'
        '{name = "s", type = "tagged", octets = "n", cases = [{tag = 1, fields = [{name = "a", type = "u8"}]}]},'
        '{name = "b", type = "u8"}'
    )
    said = unpack(frame(fields), bytes.fromhex("05 01 0A 63 01 0B 09"))
    assert {item.name: item.value for item in said.items} == {"s.a": 10, "b": 9}
    assert said.refused == ["s: a kind that the profile does not know"]
    assert said.whole


def test_codes_that_nobody_knows_are_refused_where_only_words_are_valid() -> None:
    said = unpack(frame('{name = "a", type = "u8", closed = true, words = {1 = "one"}}'), b"\x02")
    assert said.items[0].value is None
    assert said.refused == ["a: a code that the profile does not know"]


@pytest.mark.parametrize(
    ("digits", "reason"),
    [("01", "x: ends too soon"), ("", "x: ends too soon"), ("010203", "x: longer than its fields")],
)
def test_a_frame_of_another_length_is_shown_and_not_believed(digits: str, reason: str) -> None:
    said = unpack(frame('{name = "a", type = "u16", metric = "power_w", unit = "W"}'), bytes.fromhex(digits))
    assert not said.whole
    assert said.refused == [reason]


def test_what_makes_no_sense_is_refused_and_never_sent() -> None:
    level = frame('{name = "level_pct", type = "u8", unit = "%", most = 100, metric = "level_pct"}')
    assert unpack(level, b"\x64").items[0].stored == 100.0
    said = unpack(level, b"\x65")
    assert said.items[0].stored is None
    assert said.refused == ["level_pct: more than 100"]
    with pytest.raises(BadInput, match="got 101, expected at most 100"):
        pack(level, {"level_pct": 101})


@pytest.mark.parametrize(
    ("field", "digits"),
    [
        ('type = "u16", decades = 1', "FFFF"),
        ('type = "f64", order = "big", scale = 1000', "7FE0000000000000"),
        ('type = "f64", order = "big", metric = "power_w", unit = "kW"', "7FE0000000000000"),
    ],
)
def test_what_no_number_can_hold_is_refused(field: str, digits: str) -> None:
    said = unpack(frame(f'{{name = "a", {field}}}'), bytes.fromhex(digits))
    assert said.items[0].value is None
    assert said.refused == ["a: too large"]


def test_the_frame_with_the_longest_beginning_is_taken() -> None:
    frames = [frame("", name="any"), frame("", name="one", header="01"), frame("", name="two", header="0102")]
    for payload, name in ((b"\x01\x02", "two"), (b"\x01\x03", "one"), (b"\x02", "any"), (b"", "any")):
        found = frame_of(frames, 1, payload)
        assert found is not None
        assert found.name == name
    assert frame_of(frames, 2, b"\x01") is None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ('type = "u8"', 256, "a: got 256, expected what 1 bytes can hold"),
        ('type = "u8"', -1, "a: got -1, expected what 1 bytes can hold"),
        ('type = "u8"', True, "a: got True, expected a number"),
        ('type = "u8"', "x", "a: got 'x', expected a number"),
        ('type = "u8"', None, "a: got None, expected a number"),
        ('type = "u8"', math.nan, "a: got nan, expected a number"),
        ('type = "u8"', math.inf, "a: got inf, expected a number"),
        ('type = "u8", words = {255 = "off"}', 255, "a: got 255, which means something else here"),
        ('type = "u8", words = {255 = "off"}', "on", "a: got 'on', expected one of off"),
        ('type = "u8", closed = true, words = {255 = "off"}', 1, "expected a number or one of off"),
        ('type = "u8", no_data = [255]', 255, "which means something else"),
        ('type = "u8", table = [0.5]', 0.6, "a: got 0.6, expected one of 0.5"),
        ('type = "u8", show = "hh:mm", scale = 10', "25:xx", "a: got '25:xx'"),
        ('type = "u32", show = "instant"', "soon", "a: got 'soon'"),
        ('type = "f32"', "x", "a: got 'x', expected a number"),
        ('type = "f32"', 1e300, "a: got 1e+300, expected a number"),
        ('type = "hex", octets = 2', "0102 03", "a: got 3 bytes, expected 2"),
        ('type = "hex", octets = 2', "0g", "a: got '0g', expected hex"),
        ('type = "hex", octets = 2', 7, "a: got 7, expected hex"),
        ('type = "version", octets = 2', "1.999", "a: got '1.999', expected version"),
        ('type = "list", fields = []', 7, "a: expected a list of records"),
        ('type = "list", count = 2, fields = []', [], "a: got 0 records, expected 2"),
        ('type = "flags8", bits = [{name = "b", bit = 0}]', 7, "a: no such field; expected one of b"),
    ],
)
def test_what_does_not_fit_is_never_sent(field: str, value: object, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        pack(frame(f'{{name = "a", {field}}}'), {"a": value})
    assert says in str(caught.value)
    assert str(caught.value).startswith("x: ")


def test_what_is_missing_or_nobody_s_is_named() -> None:
    one = frame('{name = "a", type = "u8"}')
    with pytest.raises(BadInput, match="x: a: missing"):
        pack(one, {})
    with pytest.raises(BadInput, match="x: b: no such field; expected one of a"):
        pack(one, {"a": 1, "b": 2})


def test_a_frame_longer_than_lorawan_carries_is_neither_written_nor_read() -> None:
    many = frame('{name = "r", type = "list", fields = [{name = "a", type = "u8"}]}')
    with pytest.raises(BadInput, match=f"expected at most {LARGEST_FRAME}"):
        pack(many, {"r": [{"a": 1}] * (LARGEST_FRAME + 1)})
    said = unpack(many, bytes(LARGEST_FRAME + 1))
    assert said.refused == ["x: longer than 255 bytes"]
    assert not said.items


LOOKED_AT = [
    each
    for name, each in load_profiles("mqtt").items()
    if name in {"nas-ul20xx", "falotier-json", "gxf-text", "zigbee2mqtt-light", "zen-lorawan-dali"}
]
FRAMES = [each for profile in load_profiles("mqtt").values() for each in profile.frame]


@given(each=st.sampled_from(FRAMES), payload=st.binary(max_size=300))
def test_no_bytes_whatsoever_make_a_layout_raise(each: Frame, payload: bytes) -> None:
    said: Unpacked = unpack(each, each.begins + payload)
    assert len(said.items) <= 30 * (len(payload) + 1)
    assert all(isinstance(item, Item) for item in said.items)
    assert all(len(text) < 100 for text in said.refused)


@given(port=st.sampled_from([23, 26, 50, 60, 61, 99]), payload=st.binary(min_size=1, max_size=60))
def test_what_is_written_of_what_was_read_is_read_as_the_same(port: int, payload: bytes) -> None:
    known = frame_of(NAS.read_frames, port, payload)
    if known is None or not (said := unpack(known, payload)).whole or said.refused:
        return
    fields = examine(NAS, payload.hex().encode(), topic="", port=port, now=NOW).document()["fields"]
    if any(item.value is None and item.name.endswith("time") for item in said.items):
        return  # a clock that was never set is not told
    written = pack(known, fields)
    again = unpack(known, written)
    assert [(item.name, item.value) for item in again.items] == [
        (item.name, item.value) for item in said.items
    ]


@given(
    payload=st.binary(max_size=80) | st.text(max_size=60).map(str.encode),
    port=st.none() | st.integers(1, 255),
)
def test_looking_at_anything_at_all_ends_in_a_document_or_one_line(payload: bytes, port: int | None) -> None:
    for profile in LOOKED_AT:
        try:
            document = examine(profile, payload, topic="", port=port, now=NOW).document()
            said = json.dumps(document, default=str, allow_nan=False)
        except BadInput as error:
            said = str(error)
        assert said
        assert "\n" not in said
