"""What gateways announce of their controllers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.limits import LARGEST, read_limits
from fake_devices.lamp_document import LIMITS
from lighting.limits import SIMPLEST, LampFeature, LampLimits

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


def test_what_the_simulated_gateways_announce_is_understood_whole() -> None:
    limits, refused = read_limits(LIMITS)
    assert not refused
    assert limits == LampLimits(16, 128, 10, 1, 8192, frozenset(LampFeature) - {LampFeature.PHOTOCELL})


def test_who_announces_nothing_or_an_empty_object_is_told_apart_and_what_is_unknown_is_ignored() -> None:
    assert read_limits(None) == (None, ())
    assert read_limits({}) == (SIMPLEST, ())
    assert read_limits({"colour": 3, "features": ["clock", "teleport", 7, []]}) == (
        LampLimits(1, 0, 10, 1, 1024, frozenset({LampFeature.CLOCK})),
        (),
    )


@pytest.mark.parametrize("absurd", [-1, 10**9, 1.5, True, "16", None, []])
@pytest.mark.parametrize("key", LARGEST)
def test_an_absurd_number_is_refused_with_its_key_and_nothing_of_the_rest_is_believed(
    key: str, absurd: object
) -> None:
    limits, refused = read_limits({**LIMITS, key: absurd})
    assert limits is None
    assert len(refused) == 1
    assert refused[0].startswith(f"limits.{key}: not a whole number")


def test_limits_that_are_no_object_or_features_that_are_no_list_are_refused() -> None:
    assert read_limits([1]) == (None, ("limits: not an object",))
    assert read_limits({"features": "clock"}) == (None, ("limits.features: not a list",))


@given(announced=st.dictionaries(st.sampled_from([*LARGEST, "features"]), JSON) | JSON)
def test_whatever_is_announced_is_understood_or_refused_and_never_breaks(announced: object) -> None:
    limits, refused = read_limits(announced)
    assert bool(refused) == (limits is None and announced is not None)
    if limits is not None:
        assert all(0 <= getattr(limits, key) <= most for key, most in LARGEST.items())
