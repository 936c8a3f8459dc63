"""Which requests read a set of registers."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.plan import Span, plan, span_of
from drivers.modbus.profile import ModbusProfile
from drivers.modbus.reading import SLOW_EVERY, due
from drivers.modbus.register import Register
from drivers.profiles import load_profiles

SIZES = {"u16": 1, "u32": 2, "f64": 4}


def profile(registers: list[tuple[int, int, str]], **limits: object) -> ModbusProfile:
    return ModbusProfile.model_validate(
        {
            "name": "x",
            "title": "x",
            "source": "a test",
            "register": [
                {"name": f"r{number}", "function": function, "address": address, "type": kind}
                for number, (function, address, kind) in enumerate(registers)
            ],
            **limits,
        }
    )


def spans(profile: ModbusProfile) -> list[Span]:
    return [request.span for request in plan(profile, profile.register_)]


def test_the_cabinet_is_polled_in_four_requests_that_cross_nothing_forbidden() -> None:
    cabinet = load_profiles("modbus")["falotier-cabinet"]
    polled = [register for register in cabinet.registers(8) if register.poll == "poll"]
    assert [request.span for request in plan(cabinet, polled)] == [
        Span(4, 3, 5),
        Span(4, 10, 12),
        Span(4, 100, 55),
        Span(4, 160, 15),
    ]


def test_an_sdm630_is_polled_at_even_addresses_for_even_counts() -> None:
    meter = load_profiles("modbus")["eastron-sdm630"]
    for request in plan(meter, meter.register_):
        assert request.span.first % 2 == 0
        assert request.span.count % 2 == 0
        assert request.span.count <= 80


def test_gaps_are_bridged_only_as_far_as_the_profile_allows() -> None:
    apart = [(4, 0, "u16"), (4, 3, "u16"), (3, 4, "u16")]
    assert spans(profile(apart)) == [Span(3, 4, 1), Span(4, 0, 1), Span(4, 3, 1)]
    assert spans(profile(apart, bridge=2)) == [Span(3, 4, 1), Span(4, 0, 4)]
    forbidden = [{"function": 4, "first": 2, "last": 2}]
    assert spans(profile(apart, bridge=2, forbidden=forbidden)) == [
        Span(3, 4, 1),
        Span(4, 0, 1),
        Span(4, 3, 1),
    ]


@given(
    registers=st.lists(
        st.tuples(st.sampled_from([3, 4]), st.integers(0, 300), st.sampled_from(sorted(SIZES))),
        min_size=1,
        max_size=40,
    ),
    most=st.integers(4, 125),
    bridge=st.integers(0, 30),
)
def test_every_value_is_whole_in_one_request_that_the_device_takes(
    registers: list[tuple[int, int, str]], most: int, bridge: int
) -> None:
    asked = profile(registers, max_registers=most, bridge=bridge)
    requests = spans(asked)
    assert all(1 <= span.count <= most for span in requests)
    for wanted in map(span_of, asked.register_):
        assert any(
            span.function == wanted.function and span.first <= wanted.first and wanted.end <= span.end
            for span in requests
        )


@given(
    registers=st.lists(
        st.tuples(
            st.just(4), st.integers(0, 150).map(lambda half: 2 * half), st.sampled_from(["u32", "f64"])
        ),
        min_size=1,
        max_size=40,
    ),
    most=st.integers(4, 125),
    bridge=st.integers(0, 30),
)
def test_what_refuses_odd_requests_is_never_asked_an_odd_one(
    registers: list[tuple[int, int, str]], most: int, bridge: int
) -> None:
    for span in spans(profile(registers, max_registers=most, bridge=bridge, align=2)):
        assert span.first % 2 == span.count % 2 == 0


@given(poll=st.integers(0, 1000))
def test_slow_registers_are_read_now_and_then_and_those_on_demand_never(poll: int) -> None:
    classes = [
        Register.model_validate({"name": name, "function": 3, "address": 0, "type": "u16", "poll": name})
        for name in ("poll", "slow", "on-demand")
    ]
    asked = [register.label for register in due(classes, poll)]
    assert asked == (["poll", "slow"] if poll % SLOW_EVERY == 0 else ["poll"])
