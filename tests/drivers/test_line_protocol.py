"""InfluxDB's line protocol: every name and number comes back, or is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import Refused
from city.measurements import DeviceKind, Metric, Reading
from city.telemetry import Tag, Tags
from drivers import line_protocol
from drivers.line_protocol import LineProtocol

AT = datetime(2026, 11, 30, 15, 0, 0, 250_000, tzinfo=UTC)
READING = Reading("08-1173", DeviceKind.LAMP, AT, {Metric.POWER: 34.0, Metric.LEVEL: 100})
FINITE = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53), st.booleans()
)


def tags_of(_device: str) -> Tags:
    return {Tag.SECTOR: "Coteaux sud", Tag.CABINET: "A-017", Tag.HOTSPOT: ""}


def lines(*readings: Reading) -> list[str]:
    return LineProtocol(tags_of).text(readings).splitlines()


def test_a_reading_is_one_line_of_floats_with_its_tags_in_order() -> None:
    assert lines(READING) == [
        r"lamp,device=08-1173,cabinet=A-017,sector=Coteaux\ sud power_w=34.0,level_pct=100 1796050800250000"
    ]


def test_a_reading_without_values_is_no_line() -> None:
    assert lines(Reading("x", DeviceKind.LAMP, AT, {})) == []
    assert len(lines(READING, Reading("x", DeviceKind.LAMP, AT, {}), READING)) == 2


@pytest.mark.parametrize("name", ["", "line\nbreak", "nul\0", "back\\slash", "tab\t", "\x1b[31m"])
def test_a_name_without_a_form_in_line_protocol_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="cannot be stored"):
        lines(Reading(name, DeviceKind.LAMP, AT, {Metric.POWER: 1.0}))


def test_a_tag_without_a_form_is_refused_with_the_device_that_has_it() -> None:
    with pytest.raises(Refused, match=r"'No\\\\rd' of '08-1173'"):
        LineProtocol(lambda _: {Tag.SECTOR: "No\\rd"}).text([READING])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_refused_with_its_device(value: float) -> None:
    wrong = Reading("08-2", DeviceKind.LAMP, AT, {Metric.POWER: 1.0, Metric.LEVEL: value})
    with pytest.raises(Refused, match=r"08-2.*finite"):
        lines(READING, wrong, READING)


def unescaped(line: str) -> tuple[dict[str, str], dict[str, float], int]:
    """A reader of line protocol, written from its description: a backslash takes the next sign literally."""
    parts: list[list[str]] = [[""]]
    escaped = False
    for sign in line:
        if escaped or sign not in "\\, ":
            parts[-1][-1] += sign if sign != "=" or escaped else "\0"
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == ",":
            parts[-1].append("")
        else:
            parts.append([""])
    [_, *tags], fields, [at] = parts
    return (
        dict(tag.split("\0") for tag in tags),
        {name: float(value) for name, value in (item.split("\0") for item in fields)},
        int(at),
    )


@given(st.text(), FINITE, st.datetimes(datetime(1970, 1, 2), datetime(2105, 12, 31)))  # noqa: DTZ001
def test_every_name_and_number_comes_back_or_is_refused(name: str, value: float, at: datetime) -> None:
    instant = at.replace(tzinfo=UTC)
    try:
        [line] = lines(Reading(name, DeviceKind.LAMP, instant, {Metric.POWER: value}))
    except Refused:
        assert not name or not name.isprintable() or "\\" in name
        return
    tags, fields, at_us = unescaped(line)
    assert tags == {"device": name, "cabinet": "A-017", "sector": "Coteaux sud"}
    assert fields == {"power_w": value}
    assert instant == datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(microsecond=at_us % 1_000_000)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b %s", "100 %"]), st.dictionaries(st.sampled_from(Metric), FINITE))
    )
)
def test_every_reading_gets_its_own_values_however_they_are_mixed(
    asked: list[tuple[str, dict[Metric, float]]],
) -> None:
    readings = [Reading(name, DeviceKind.LAMP, AT, values) for name, values in asked]
    read = [unescaped(line) for line in lines(*readings)]
    expected = [
        (each.device, {m.value: v for m, v in each.values.items()}) for each in readings if each.values
    ]
    assert [(tags["device"], fields) for tags, fields, _ in read] == expected


def test_one_name_of_two_kinds_keeps_them_apart() -> None:
    both = [
        Reading("A-1", kind, AT, {Metric.POWER: 1.0}) for kind in (DeviceKind.CABINET, DeviceKind.CIRCUIT)
    ]
    assert [line.partition(",")[0] for line in lines(*both, *both)] == ["cabinet", "circuit"] * 2


def test_what_is_kept_of_devices_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_protocol, "FORMS_KEPT", 10)
    protocol = LineProtocol(tags_of)
    readings = [
        Reading(f"L{n % 25}", DeviceKind.LAMP, AT, {metric: float(n)})
        for n in range(100)
        for metric in list(Metric)[:9]
    ]
    assert len(protocol.text(readings).splitlines()) == 900
    assert len(protocol._last) <= len(protocol._forms) <= 10
