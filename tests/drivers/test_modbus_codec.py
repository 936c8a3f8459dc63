"""Registers to values and back."""

import math
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from drivers.modbus.codec import decode, encode, encode_value
from drivers.modbus.register import Register, RegisterType
from drivers.modbus.writing import WriteField, Written


def register(**said: Any) -> Register:
    return Register.model_validate({"name": "x", "function": 3, "address": 0, **said})


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        ("u16", [0xFFFE], 65534),
        ("s16", [0xFFFE], -2),
        ("u32", [0x0001, 0x0002], 65538),
        ("s32", [0xFFFF, 0xFFFE], -2),
        ("u64", [0, 0, 1, 0], 65536),
        ("s64", [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF], -1),
        ("f32", [0x4060, 0x0000], 3.5),
        ("f64", [0x400C, 0, 0, 0], 3.5),
    ],
)
def test_every_type_is_read_in_either_order(kind: str, words: list[int], value: float) -> None:
    assert decode(register(type=kind), words).value == value
    assert decode(register(type=kind, word_order="little"), words[::-1]).value == value
    swapped = [word >> 8 | (word & 0xFF) << 8 for word in words]
    assert decode(register(type=kind, byte_order="little"), swapped).value == value


def test_a_bit_is_one_or_zero() -> None:
    assert decode(register(type="bit", bit=1), [0b10]).value == 1.0
    assert decode(register(type="bit", bit=0), [0b10]).value == 0.0
    assert decode(register(type="bit", function=1), [1]).value == 1.0


def test_values_come_in_the_unit_of_the_metric() -> None:
    assert decode(register(type="u16", metric="voltage_v", unit="V", scale=0.1), [2302]).value == 230.2
    assert decode(register(type="u16", metric="power_w", unit="kW", scale=0.01), [123]).value == 1230.0
    assert decode(register(type="u16", metric="energy_wh", unit="kWh"), [2]).value == 2000.0


def test_a_power_of_ten_may_stand_in_another_register() -> None:
    scaled = register(type="u16", exponent=9)
    assert decode(scaled, [123], exponent=0xFFFF).value == 12.3
    assert decode(scaled, [123], exponent=2).value == 12300.0
    assert decode(scaled, [123]).why == "its power of ten was not read"
    assert decode(scaled, [123], exponent=1000).refused


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"type": "u16", "no_data": [0xFFFF]}, [0xFFFF]),
        ({"type": "s16", "no_data": [0x8000]}, [0x8000]),
        ({"type": "u32", "no_data": [0xFFFFFFFF], "word_order": "little"}, [0xFFFF, 0xFFFF]),
        ({"type": "f32"}, [0x7FC0, 0x0000]),
        ({"type": "f64"}, [0x7FF8, 0, 0, 1]),
    ],
)
def test_what_means_no_data_is_no_number(said: dict[str, Any], words: list[int]) -> None:
    decoded = decode(register(**said), words)
    assert decoded.value is None
    assert decoded.why == "no data"
    assert not decoded.refused


@pytest.mark.parametrize(
    ("kind", "words"),
    [("f32", [0x7F80, 0]), ("u32", [1]), ("u16", []), ("u16", [70000]), ("u16", [-1]), ("bit", [1, 2])],
)
def test_nonsense_is_refused_with_a_reason(kind: str, words: list[int]) -> None:
    decoded = decode(register(type=kind, bit=0 if kind == "bit" else None), words)
    assert decoded.value is None
    assert decoded.refused
    assert decoded.why


ORDERS = st.sampled_from(["big", "little"])
NUMBERS = [kind for kind in RegisterType if kind.is_number]


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """Any register definition that a profile may hold."""
    kind = draw(st.sampled_from(list(RegisterType)))
    said: dict[str, Any] = {"type": kind, "byte_order": draw(ORDERS), "word_order": draw(ORDERS)}
    if kind is RegisterType.BIT:
        said |= draw(st.sampled_from([{"function": 1}, {"function": 4, "bit": 3}]))
    elif kind is RegisterType.BITFIELD:
        names = st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=3, unique=True)
        said |= {"bits": draw(names), "registers": draw(st.integers(1, 4))}
    elif not kind.is_number:
        said["registers"] = draw(st.integers(1, 8))
    else:
        said["scale"] = draw(st.sampled_from([1.0, 0.1, -0.001, 1e9]))
        said["exponent"] = draw(st.none() | st.just(7))
        if not kind.is_float:
            said["codes"] = draw(st.sampled_from([{}, {"on": 14262, "off": 14263}]))
    said["no_data"] = draw(st.lists(st.sampled_from([0, "all-ones", "largest", "smallest"]), max_size=2))
    if draw(st.booleans()):
        said["fact"] = "serial"
    return register(**said)


@given(
    asked=registers(),
    words=st.lists(
        st.integers(-5, 0x1FFFF) | st.sampled_from([0, 0xFFFF, 0x7F80, 0x7FFF, 0x8000]), max_size=9
    ),
    exponent=st.none() | st.integers(0, 0xFFFF),
)
def test_no_registers_whatsoever_make_the_decoder_raise(
    asked: Register, words: list[int], exponent: int | None
) -> None:
    decoded = decode(asked, words, exponent)
    assert (decoded.value is None and decoded.text is None) == (decoded.why is not None)
    assert decoded.value is None or math.isfinite(decoded.value)
    assert decoded.text is None or decoded.text.isprintable()
    assert decoded.raw == tuple(words)
    assert not decoded.refused or decoded.why


@given(asked=registers(), data=st.data())
def test_registers_of_the_right_number_are_refused_for_what_they_say_only(
    asked: Register, data: st.DataObject
) -> None:
    size = st.lists(st.integers(0, 0xFFFF), min_size=asked.size, max_size=asked.size)
    decoded = decode(asked, data.draw(size), data.draw(st.integers(0, 0xFFFF)))
    if decoded.refused:
        assert str(decoded.why).startswith(("not a finite number", "an unknown code, ", "a power of ten of "))


@given(number=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_as_it_was_sent(number: float) -> None:
    words = list(struct.unpack(">HH", struct.pack(">f", number)))
    assert decode(register(type="f32"), words).value == number


@given(kind=st.sampled_from(NUMBERS), byte_order=ORDERS, word_order=ORDERS, data=st.data())
def test_whatever_fits_a_type_comes_back_as_it_was_written(
    kind: RegisterType, byte_order: str, word_order: str, data: st.DataObject
) -> None:
    said = {"type": kind, "byte_order": byte_order, "word_order": word_order}
    least, most = _bounds(kind)
    value = data.draw(st.integers(least, most))
    if kind.is_float:
        value = struct.unpack(">f", struct.pack(">f", value))[0]
    words = encode_value(Written.model_validate(said), "x", value)
    assert len(words) == kind.registers
    assert decode(register(**said), words).value == float(value)


def _bounds(kind: RegisterType) -> tuple[int, int]:
    bits = 16 * kind.registers
    if kind.is_float:
        return -(2**100), 2**100
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if kind.is_signed else (0, (1 << bits) - 1)


@pytest.mark.parametrize("kind", [kind for kind in NUMBERS if not kind.is_float])
def test_one_more_than_a_type_holds_is_bad_input(kind: RegisterType) -> None:
    least, most = _bounds(kind)
    for value in (least - 1, most + 1):
        with pytest.raises(BadInput, match=f"x: {value} does not fit {kind}"):
            encode_value(Written.model_validate({"type": kind}), "x", value)


@given(tenths=st.integers(-0x8000, 0x7FFF))
def test_a_scaled_value_comes_back_to_the_last_figure(tenths: int) -> None:
    said = {"type": "s16", "scale": 0.1}
    value = tenths / 10
    assert decode(register(**said), encode_value(Written.model_validate(said), "x", value)).value == value


WRITTEN = [
    Written.model_validate({"type": kind, "scale": scale}) for kind in NUMBERS for scale in (1.0, 0.01)
]


@given(
    how=st.sampled_from(WRITTEN),
    value=st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=5), st.none()),
)
def test_what_anybody_wants_to_write_is_written_or_bad_input(how: Written, value: object) -> None:
    with suppress(BadInput):
        words = encode_value(how, "x", value)
        assert len(words) == how.type.registers
        assert all(0 <= word <= 0xFFFF for word in words)


def test_bits_are_told_by_their_names_and_strange_ones_by_their_numbers() -> None:
    status = register(type="bitfield", bits=["failure", "", "lit"])
    decoded = decode(status, [0b10101])
    assert decoded.text == "failure, lit, bit 4"
    assert decoded.bits == {"failure": True, "lit": True}
    assert decode(status, [0]).text == ""
    assert decode(status, [0]).bits == {"failure": False, "lit": False}
    wide = register(type="bitfield", bits=["low", *[""] * 30, "high"], registers=2)
    assert decode(wide, [0x8000, 1]).text == "low, high"
    assert decode(wide.model_copy(update={"word_order": "little"}), [1, 0x8000]).text == "low, high"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"iEM3255\0\0\0\0\0", "iEM3255"),
        (b"  A44 111   ", "A44 111"),
        (b"B1\0junk after it", "B1"),
        (b"\x1b[31m\xe9<b>\n   ", "?[31m?<b>?"),
    ],
)
def test_a_text_ends_at_a_nul_and_shows_nothing_that_is_not_ascii(said: bytes, text: str) -> None:
    padded = said.ljust(len(said) + len(said) % 2, b"\0")
    words = [int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2)]
    firmware = register(type="text", registers=len(words))
    assert decode(firmware, words).text == text
    swapped = [word >> 8 | (word & 0xFF) << 8 for word in words]
    assert decode(firmware.model_copy(update={"byte_order": "little"}), swapped).text == text


@pytest.mark.parametrize("words", [[0, 0], [0xFFFF, 0xFFFF], [0x2020, 0x2000]])
def test_a_text_of_nothing_is_no_data(words: list[int]) -> None:
    assert decode(register(type="text", registers=2), words).why == "no data"


def test_bytes_and_facts_are_shown_as_hexadecimal_digits() -> None:
    assert decode(register(type="bytes", registers=3), [0x70B3, 0xD5B0, 0x2007]).text == "70b3d5b02007"
    assert decode(register(type="u32", fact="programme"), [0, 0xABC]).text == "00000abc"


def test_a_code_is_a_word_or_a_state_and_an_unknown_one_is_refused() -> None:
    codes = {"on": 14262, "off": 14263}
    relay = register(type="u16", metric="relay_closed", codes=codes)
    assert (decode(relay, [14262]).value, decode(relay, [14263]).value) == (1.0, 0.0)
    assert decode(register(type="u16", codes=codes), [14263]).text == "off"
    strange = decode(relay, [1])
    assert strange.refused
    assert strange.why == "an unknown code, 1"


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("u16", "all-ones", [0xFFFF]),
        ("u64", "all-ones", [0xFFFF] * 4),
        ("s16", "largest", [0x7FFF]),
        ("s32", "largest", [0x7FFF, 0xFFFF]),
        ("s64", "smallest", [0x8000, 0, 0, 0]),
    ],
)
def test_a_sentinel_may_be_named_by_what_it_is(kind: str, name: str, words: list[int]) -> None:
    asked = register(type=kind, no_data=[name])
    assert decode(asked, words).why == "no data"
    assert decode(asked, [*words[:-1], words[-1] ^ 2]).value is not None


def field(**said: Any) -> WriteField:
    return WriteField.model_validate(said)


def test_neighbours_are_written_together_up_to_the_device_s_limit() -> None:
    fields = [field(name=name, address=at) for at, name in ((0, "a"), (1, "b"), (2, "c"), (9, "d"))]
    values = {"a": 1, "b": 2, "c": 3, "d": 4}
    assert encode(fields, 100, values, 60) == [(100, [1, 2, 3]), (109, [4])]
    assert encode(fields, 100, values, 2) == [(100, [1, 2]), (102, [3]), (109, [4])]


def test_fields_are_scaled_coded_and_signed() -> None:
    assert encode([field(name="a", address=0, type="s16", scale=0.01)], 0, {"a": -7.34}, 9) == [
        (0, [0x10000 - 734])
    ]
    assert encode([field(name="a", address=0, codes={"on": 14262})], 0, {"a": "on"}, 9) == [(0, [14262])]
    assert encode([field(name="a", address=0, type="u32")], 0, {"a": 0x10002}, 9) == [(0, [1, 2])]
    assert encode([field(name="a", address=0, none=0xFFFF)], 0, {"a": None}, 9) == [(0, [0xFFFF])]


@pytest.mark.parametrize(
    ("said", "value"),
    [({}, None), ({}, 70000), ({}, -1), ({}, "x"), ({}, float("nan")), ({"codes": {"on": 1}}, "off")],
)
def test_what_does_not_fit_a_field_is_bad_input(said: dict[str, Any], value: object) -> None:
    with pytest.raises(BadInput, match="a: "):
        encode([field(name="a", address=0, **said)], 0, {"a": value}, 9)
    with pytest.raises(BadInput, match="a: nothing to write"):
        encode([field(name="a", address=0)], 0, {"b": 1}, 9)
