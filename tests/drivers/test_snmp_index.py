"""Indices of SNMP tables."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.snmp.index import parse_index, read_index

MAC = (0, 0, 94, 0, 83, 1)
WORDS = st.text(max_size=20)
ARC = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    ("pattern", "arcs", "said"),
    [
        ("row", (0,), {"row": "0"}),
        ("ap:mac radio", (*MAC, 2), {"ap": "00:00:5e:00:53:01", "radio": "2"}),
        ("vdom ap:text radio", (1, 2, 65, 80, 7), {"vdom": "1", "ap": "AP", "radio": "7"}),
        ("ssid:rest", (86, 105, 108), {"ssid": "Vil"}),
        ("ssid:text", (0,), {"ssid": ""}),
        ("row", (), None),
        ("row", (1, 2), None),
        ("ap:mac", MAC[:5], None),
        ("ap:mac", (*MAC[:5], 256), None),
        ("ap:text", (3, 65, 80), None),
        ("ap:text", (2**31, 65), None),
        ("ap:mac radio", MAC, None),
    ],
)
def test_arcs_say_what_the_pattern_names_or_nothing(
    pattern: str, arcs: tuple[int, ...], said: Mapping[str, str] | None
) -> None:
    assert read_index(pattern, arcs) == said


@given(mac=st.binary(min_size=6, max_size=6), name=WORDS, number=ARC, rest=st.text(min_size=1, max_size=20))
def test_what_is_written_as_an_index_is_read_from_it(mac: bytes, name: str, number: int, rest: str) -> None:
    octets = name.encode()
    arcs = [*mac, len(octets), *octets, number, *rest.encode()]
    assert read_index("ap:mac ssid:text radio wlan:rest", arcs) == {
        "ap": mac.hex(":"),
        "ssid": name,
        "radio": str(number),
        "wlan": rest,
    }


@given(
    pattern=st.sampled_from(["row", "ap:mac radio", "ssid:text", "ap:rest", "vdom ap:text radio wlan"]),
    arcs=st.lists(ARC, max_size=12),
)
def test_no_arcs_whatsoever_make_it_raise(pattern: str, arcs: list[int]) -> None:
    said = read_index(pattern, arcs)
    assert said is None or set(said) == {name for name, _ in parse_index(pattern)}


@pytest.mark.parametrize("pattern", ["", "ap:words", "place", "ap:mac,radio"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="an index of"):
        parse_index(pattern)
