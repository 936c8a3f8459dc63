"""JSON that strangers send: the quick parser takes nothing that the strict one would not."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.mqtt import json_payload
from drivers.mqtt.json_payload import DEEPEST, Nonsense, at, parse


def outcome(parser: Any, payload: bytes) -> str:
    try:
        return repr(parser(payload))
    except Nonsense as error:
        return str(error)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
WRITTEN = VALUES.map(lambda value: json.dumps({"a": value}).encode())
SPLICED = st.tuples(WRITTEN, st.integers(0, 60), st.binary(max_size=3)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
)


@given(payload=WRITTEN | SPLICED | st.binary(max_size=40))
@example(b'{"a": 1, "a": 2}')
@example(b'{"a": ":", "a": 2}')
@example(b'{"a:": 1}')
@example(b'{"a": {"b": 1, "b": 2}}')
@example(b'{"a": 9223372036854775808}')
@example(b'{"a": 99999999999999999999}')
@example(b'{"a": 999999999999999999999}')
@example(b'{"a": -9223372036854775809, "b": 1e308}')
@example(b'{"a": 1e999}')
@example(b'{"a": "\\ud800"}')
@example(b'\xef\xbb\xbf{"a": 1}')
@example(b'{"a": "\\u003a"}')
def test_both_parsers_are_of_one_mind(payload: bytes) -> None:
    assert outcome(parse, payload) == outcome(json_payload._strictly, payload)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [DEEPEST - 2, DEEPEST - 1, DEEPEST, 200, 900, 20_000])
def test_what_lies_too_deep_is_refused_at_any_depth_of_our_own_stack(opening: str, depth: int) -> None:
    closing = "]" if opening == "[" else "}"
    payload = f'{{"x": {opening * depth}{0 if opening != "[" else ""}{closing * depth}}}'.encode()
    if depth < DEEPEST:
        assert "x" in parse(payload)
    else:
        with pytest.raises(Nonsense, match=r"nested too deeply|longer than"):
            parse(payload)


def test_paths_lead_through_objects_and_lists_and_nowhere_else() -> None:
    document = {"a": [{"b": 1}], "0": 2}
    assert at(document, ("a", "0", "b")) == 1
    assert at(document, ("a", "1", "b")) is None
    assert at(document, ("a", "-1")) is None
    assert at(document, ("a", "9" * 30)) is None
    assert at(document, ("a", "b")) is None
    assert at(document, ("0", "x")) is None
    assert at(document, ("0",)) == 2
