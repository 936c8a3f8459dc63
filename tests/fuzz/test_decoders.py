"""Every decoder of the field takes any bytes: briefly here, for as long as one likes with ``make fuzz``."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, seeds

MB = 1_000_000
SEEDS = {name: list(seeds(name)) for name in TARGETS}


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_bytes_make_a_decoder_raise(name: str, data: st.DataObject) -> None:
    start = data.draw(st.sampled_from([*SEEDS[name], b""]))
    cut = data.draw(st.integers(0, len(start)))
    TARGETS[name](start[:cut] + data.draw(st.binary(max_size=300)) + start[cut + 1 :])


@pytest.mark.parametrize("name", TARGETS)
def test_what_devices_really_send_is_taken(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_bytes_leave_nothing_behind(name: str) -> None:
    hostile = [bytes([number]) * 1000 for number in range(0, 256, 16)]
    for data in hostile:
        TARGETS[name](data)
    tracemalloc.start()
    try:
        for _ in range(3):
            for data in hostile:
                TARGETS[name](data)
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now < MB
    assert peak < 20 * MB
