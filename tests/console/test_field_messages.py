"""What technicians see of messages."""

from datetime import UTC, datetime

from city.measurements import Fact, Metric
from console.cli.field_messages import lines
from drivers.mqtt.probe import ProbedMessage

AT = datetime(2026, 11, 30, 19, 0, 5, tzinfo=UTC)


def shown(
    decoded: dict[str, object] | None, *refused: str, payload: str = "", topic: str = "a/b"
) -> list[str]:
    return list(lines(ProbedMessage(AT, topic, False, decoded, refused, payload)))


def test_who_says_what_by_which_clock_and_with_what_units() -> None:
    said: dict[str, object] = {
        "profile": "falotier-json",
        "device": "08-1173",
        "gateway": "GW-4",
        "at": AT,
        "time_from": "device",
        "values": {
            Metric.LEVEL: 70.0,
            Metric.POWER: 41.5,
            Metric.POWER_FACTOR: 0.97,
            Metric.TEMPERATURE: 14.0,
        },
        "facts": {Fact.SOURCE: "programme"},
        "events": [{Fact.EVENT: "order_refused", Fact.WHY: "expiry in the past"}],
        "warnings": ("dali_connection_error",),
    }
    assert shown(said, "v: not a number") == [
        "19:00:05Z a/b",
        "          08-1173  2026-11-30 19:00:05Z by the clock of the device",
        "          level 70 %  power 41.5 W  power_factor 0.97  temperature 14 °C",
        "          source: programme",
        "          event: order_refused  why: expiry in the past",
        "          warnings: dali_connection_error",
        "          refused: v: not a number",
    ]


def test_gateways_and_head_ends_are_there_or_not() -> None:
    assert shown({"profile": "x", "gateway": "GW-4", "online": True})[1] == "          gateway GW-4 is online"
    assert shown({"headend": "hall", "online": False})[1] == "          head-end hall is offline"


def test_a_strangers_words_cannot_drive_the_terminal() -> None:
    evil = "\x1b[31mred\x07"
    every = shown({"any": evil}, evil, payload=evil, topic=evil)
    assert all(line.isprintable() for line in every)
    assert any("red" in line for line in every)
