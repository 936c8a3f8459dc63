"""``falotier decode``: one payload offline, as a technician has copied it."""

import base64
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from console.cli import main
from tests.conformance import CONFORMANCE, NOT_OURS

STATUS = "01F37F205E8244320916200701D20294550401FE50190012501900"
USAGE = "00FF80D0EF2F0112FF479403002A00F94A030027005DE5C072D902D0EF2F01"
REAL = CONFORMANCE / "chirpstack" / "nas-lcu-v3-uplink.json"


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.out)
        return read


@pytest.fixture
def decode(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str, stdin: bytes | str = b"") -> Ended:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        monkeypatch.setattr(sys, "argv", ["falotier", "decode", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (STATUS, "hex"),
        (STATUS.lower(), "hex"),
        ("0x" + STATUS, "hex"),
        (" ".join(STATUS[at : at + 2] for at in range(0, len(STATUS), 2)) + "\r\n", "hex"),
        (", ".join("0x" + STATUS[at : at + 2] for at in range(0, len(STATUS), 2)), "hex"),
        (":".join(STATUS[at : at + 2] for at in range(0, len(STATUS), 2)), "hex"),
        ("\n" + STATUS[:20] + "\n   " + STATUS[20:], "hex"),
        (base64.b64encode(bytes.fromhex(STATUS)).decode() + "\n", "base64"),
        (bytes.fromhex(STATUS), "bytes"),
    ],
)
def test_a_payload_is_read_however_it_was_copied(decode: Any, written: str | bytes, read_as: str) -> None:
    done = decode("nas-ul20xx", "--port", "23", "--json", stdin=written)
    assert done.code == 0
    assert done.document["read_as"] == read_as
    assert done.document["raw"] == STATUS


def test_every_field_is_told_by_name_with_its_unit_and_raw_bytes(decode: Any) -> None:
    said = decode("nas-ul20xx", "--json", stdin=STATUS).document
    assert (said["profile"], said["port"], said["frame"]) == ("nas-ul20xx", 23, "status")
    assert (said["at"], said["time_from"]) == ("2020-01-16T15:23:31.000Z", "device")
    assert said["device"] is None
    fields = said["fields"]
    assert fields["dali_connection_error"] is True
    assert fields["metering_com_error"] is False
    assert fields["downlink_rssi_dbm"] == -50
    assert fields["downlink_snr_db"] == 9
    assert fields["sensors"] == {"ldr_input": 210, "light_sensor_lx": 299.9, "digital_input_1_on": True}
    sources = [(each["address"], each["reason"], each["level_pct"]) for each in fields["dimming_sources"]]
    assert sources == [
        ("dali_broadcast", "calendar_dusk_step", 25),
        ("dali_single_9", "calendar_dusk_step", 25),
    ]
    row = {
        "what": "downlink_rssi_dbm",
        "value": -50,
        "unit": "dBm",
        "raw": "32",
        "metric": None,
        "derived": False,
    }
    assert row in said["values"]
    assert said["metrics"] == {"temperature_c": 22.0, "level_pct": 25.0}
    assert said["warnings"] == ["dali_connection_error", "lamp_error_alert_in_24h"]
    assert said["facts"]["dimming_source"] == "calendar_dusk_step"
    assert said["refused"] == said["events"] == []


def test_people_get_a_table_with_units_and_raw_bytes_beside(decode: Any) -> None:
    done = decode("nas-ul20xx", "-", stdin=USAGE)
    lines = [line.split() for line in done.out.splitlines()]
    assert done.code == 0
    assert ["consumption.1.active_energy_wh", "234567", "Wh", "47940300", "→", "energy_wh"] in lines
    assert ["consumption.1.driver_operating_time_h", "13279.2", "h", "C072D902"] in lines
    assert ["consumption.0.address", "internal_measurement", "FF"] in lines
    assert done.err == ""


@pytest.mark.skipif(not REAL.is_file(), reason=NOT_OURS)
def test_a_real_uplink_is_opened_and_dated_from_a_file(decode: Any) -> None:
    said = decode("nas-ul20xx", str(REAL), "--json").document
    assert (said["envelope"], said["device"], said["port"]) == ("chirpstack-v3", "70B3D5B020073208", 23)
    assert (said["at"], said["time_from"]) == ("2024-07-01T13:43:42.000Z", "device")
    assert [gateway["rssi_dbm"] for gateway in said["gateways"]] == [-57, -127]
    assert said["warnings"] == ["metering_com_error"]
    assert said["read_as"] == "json"
    said = decode("chirpstack-v3", str(REAL), "--json").document
    assert (said["at"], said["time_from"]) == ("2024-07-01T13:43:42.236Z", "gateway")
    assert said["ignored"] == ["data", "errors", "warnings"]
    assert said["fields"]["data"]["downlink_rssi__dBm"] == -71


def test_what_a_vendor_has_computed_is_marked_and_never_stored(decode: Any) -> None:
    payload = {
        "end_device_ids": {"dev_eui": "70B3D5B020073208"},
        "uplink_message": {"f_port": 7, "decoded_payload": {"supply_voltage": 230.5, "power_watts": 80.675}},
    }
    done = decode("zen-lorawan-dali", stdin=json.dumps(payload))
    assert done.code == 0
    (line,) = [line for line in done.out.splitlines() if line.startswith("power_watts")]
    assert "derived, never stored" in line
    done = decode("zen-lorawan-dali", "--json", stdin=json.dumps(payload))
    assert "power_w" not in done.document["metrics"]


def test_a_message_of_a_profile_s_own_needs_no_topic(decode: Any) -> None:
    done = decode("falotier-json", "--json", stdin='{"ts": 1596055000.5, "level": 70, "w": 40.9, "new": 1}')
    assert done.code == 0
    assert done.document["metrics"] == {"level_pct": 70.0, "power_w": 40.9}
    assert done.document["ignored"] == ["new"]
    assert done.document["time_from"] == "device"
    done = decode(
        "falotier-json", "--json", "--topic", "falotier/GW-4/08-1173/telemetry", stdin='{"w": 40.9}'
    )
    assert (done.document["gateway"], done.document["device"]) == ("GW-4", "08-1173")
    done = decode("falotier-json", "--json", stdin='{"state": "online"}')
    assert done.document["fields"] == {"online": True}
    done = decode("falotier-json", "--json", stdin='{"event": "boot"}')
    assert done.document["events"] == [{"event": "boot"}]
    done = decode("gxf-text", "--json", stdin="TST-01; 220.1; 220.2; 220.3; 5.1; 5.2; 5.3; 7.1; 7.2; 7.3;\n")
    assert done.document["device"] == "TST-01"
    assert done.document["metrics"]["current_l3_a"] == 5.3
    assert done.document["fields"]["ninth"] == 7.3


@pytest.mark.parametrize(
    ("arguments", "stdin", "reason"),
    [
        (("nas-ul20xx", "--port", "26"), USAGE[:20], "usage: ends too soon"),
        (("nas-ul20xx", "--port", "26"), USAGE + "00", "usage: ends too soon"),
        (("nas-ul20xx", "--port", "7"), "00", "a port or a beginning that the profile does not know"),
        (("nas-ul20xx",), '{"devEUI": 1}', "no envelope of chirpstack-v4, chirpstack-v3, ttn-v3"),
        (("falotier-json",), '{"w": "x", "v": 1}', "w: not a number"),
        (("falotier-json",), '{"w": NaN}', "NaN or infinity"),
        (("gxf-text",), "TST-01; 1e999; 3", "NaN or infinity"),
        (("gxf-text",), b"\xff", "not UTF-8"),
        (("falotier-json",), '{"w": "x"}', "w: not a number"),
        (
            ("nas-ul20xx", "--topic", "application/1/device/70b3d5b020073209/event/up"),
            '{"devEUI": "cLPVsCAHMgg=", "fPort": 60, "data": "Af5k"}',
            "another device than its topic's",
        ),
    ],
)
def test_what_cannot_be_used_ends_in_1_with_the_reason(
    decode: Any, arguments: tuple[str, ...], stdin: str | bytes, reason: str
) -> None:
    done = decode(*arguments, "--json", stdin=stdin)
    assert done.code == 1
    assert reason in done.document["refused"]
    assert reason in decode(*arguments, stdin=stdin).out


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("nas",), "00", "profile: got 'nas', expected one of chirpstack-v3"),
        (("eastron-sdm630",), "00", "is of modbus, which decode does not read; see falotier probe modbus"),
        (("nas-ul20xx", "none.hex"), "", "none.hex: no such file"),
        (("nas-ul20xx", "/"), "", "/: cannot be read"),
        (("nas-ul20xx",), "", "payload: empty, expected hex, base64 or JSON"),
        (("falotier-json",), " \n", "payload: empty, expected what a device has said"),
        (("nas-ul20xx",), "xyz!", "payload: got 'xyz!', expected hex, base64 or JSON"),
        (("nas-ul20xx",), "0102", "--port: missing, and nas-ul20xx has no frame that these bytes can be"),
        (("nas-ul20xx",), "00FE00FE00FE00FE000200", "can be several: 26 (usage), 23 (status before 1-1-4)"),
        (("nas-ul20xx",), "A" * 300_000, "expected one message"),
        (("nas-ul20xx", "--port", "300"), "00", "less than or equal to 255"),
        (("nas-ul20xx", "--topic", "x"), "{}", "--topic: got 'x', expected one of application/+"),
        (("falotier-json", "--topic", "x"), "{}", "--topic: got 'x', expected one of falotier/+"),
        (("chirpstack-v3",), "0102", "got hex, expected JSON of chirpstack-v3"),
    ],
)
def test_bad_input_is_one_line_and_ends_in_2(
    decode: Any, arguments: tuple[str, ...], stdin: str, says: str
) -> None:
    done = decode(*arguments, stdin=stdin)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.splitlines()) == 1
    assert done.out == ""


def test_a_device_s_words_do_nothing_to_a_terminal(decode: Any) -> None:
    hostile = {"event": "\x1b[31mboot\x07", "why": "a\nb\u202e", "\x1b[2J": "\x9b1m"}
    out = decode("falotier-json", stdin=json.dumps(hostile)).out
    assert not set(out) & set("\x1b\x07\x9b\u202e")


def test_a_profile_of_one_s_own_is_found_in_its_folder(decode: Any, tmp_path: Path) -> None:
    (tmp_path / "mqtt").mkdir()
    (tmp_path / "mqtt" / "mine.toml").write_text(
        'name = "mine"\ntitle = "Mine"\nsource = "me"\nenvelopes = ["ttn-v3"]\n[[frame]]\nname = "it"\nport = 9\n'
        'fields = [{ name = "power_w", type = "u16", order = "big", scale = 0.1, unit = "W", metric = "power_w" }]\n',
        encoding="utf-8",
    )
    done = decode("mine", "--profiles", str(tmp_path), "--json", stdin="0199")
    assert done.document["metrics"] == {"power_w": 40.9}
    assert done.document["port"] == 9
