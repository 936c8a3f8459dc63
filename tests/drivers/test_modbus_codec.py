"""Registers to values and back."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from drivers.modbus.codec import decode, encode
from drivers.modbus.register import Register, RegisterType
from drivers.modbus.writing import WriteField


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


@given(
    kind=st.sampled_from(list(RegisterType)),
    words=st.lists(st.integers(-5, 0x1FFFF), max_size=5),
    orders=st.tuples(st.sampled_from(["big", "little"]), st.sampled_from(["big", "little"])),
    exponent=st.none() | st.integers(0, 0xFFFF),
)
def test_no_registers_whatsoever_make_the_decoder_raise(
    kind: RegisterType, words: list[int], orders: tuple[str, str], exponent: int | None
) -> None:
    said = {"type": kind, "byte_order": orders[0], "word_order": orders[1]}
    if kind is RegisterType.BIT:
        said["bit"] = 3  # type: ignore[assignment]
    if kind is RegisterType.BITFIELD:
        said["bits"] = ["a", "", "b"]  # type: ignore[assignment]
    if kind in {RegisterType.BYTES, RegisterType.TEXT}:
        said["registers"] = 3  # type: ignore[assignment]
    if exponent is not None:
        said["exponent"] = 7  # type: ignore[assignment]
    decoded = decode(register(**said), words, exponent)
    assert decoded.value is not None or decoded.text is not None or decoded.why
    assert decoded.raw == tuple(words)


@given(number=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_as_it_was_sent(number: float) -> None:
    words = list(struct.unpack(">HH", struct.pack(">f", number)))
    assert decode(register(type="f32"), words).value == number


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
