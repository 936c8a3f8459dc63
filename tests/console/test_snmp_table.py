"""What an SNMP device said, as a technician reads it on a ladder."""

from typing import Any

from console.cli.snmp_table import table

RADIO = {
    "id": "1",
    "band": "5",
    "channel": 36,
    "frequency_mhz": 5180,
    "clients": 12,
    "utilization_pct": 12.5,
    "noise_dbm": -95,
    "tx_power_dbm": None,
    "in_octets": 1,
    "out_octets": 2,
}


def seen(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "device": {"vendor": "ruckus", "profile": "ruckus-solo-ap", "model": None, "uptime_s": 12.0},
        "totals": {"clients": 12, "access_points": 2, "access_points_up": 1},
        "access_points": [
            {"id": "a", "name": "patinoire-1", "up": True, "clients": 12, "radios": [RADIO]},
            {"id": "b", "name": None, "up": False, "clients": None, "radios": []},
        ],
        "ssids": [{"name": "Mulhouse", "clients": 12}],
        "interfaces": [{"if_index": 1, "name": "eth0", "oper_up": None, "in_octets": 10, "out_octets": None}],
        "unread": [{"what": "1/tx_power_dbm", "why": "noSuchInstance"}],
    }
    return document | changes


def test_radios_stand_under_their_access_point_with_their_figures_below_each_other() -> None:
    lines = list(table(seen()))
    head = next(line for line in lines if "channel" in line)
    radio = next(line for line in lines if line.startswith("  1"))
    assert radio.split() == ["1", "5", "36", "5180", "12", "12.5", "-95", "–"]
    assert head.index("channel") + len("channel") == radio.index("36") + len("36")


def test_what_a_device_does_not_say_is_a_dash_and_never_a_zero() -> None:
    lines = list(table(seen(totals={"clients": None, "access_points": 2, "access_points_up": None})))
    assert "– clients, – of 2 access points up" in lines
    assert next(line for line in lines if line.startswith("model")).split() == ["model", "–"]
    assert next(line for line in lines if line.startswith("eth0")).split() == ["eth0", "–", "10", "–"]
    assert not any(" 0 " in line for line in lines)


def test_an_access_point_that_is_down_and_one_without_a_name_are_told() -> None:
    assert next(line for line in table(seen()) if line.startswith("b ")).split()[:2] == ["b", "DOWN"]


def test_what_could_not_be_read_is_named_with_its_reason() -> None:
    assert list(table(seen()))[-2:] == ["unread (1)", "1/tx_power_dbm  noSuchInstance"]


def test_words_of_a_device_cannot_move_the_cursor_nor_fill_the_screen() -> None:
    hostile = seen(ssids=[{"name": "\x1b[2Jfree" + "x" * 500, "clients": 1}])
    lines = list(table(hostile))
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 120


def test_a_device_of_which_nothing_is_known_is_still_a_table() -> None:
    nothing = {"clients": None, "access_points": None, "access_points_up": None}
    lines = list(table(seen(totals=nothing, access_points=[], ssids=[], interfaces=[], unread=[])))
    assert lines[-1] == "– clients, – of – access points up"
