"""Whatever a person gets wrong: one readable line, exit code 2, nothing half done."""

import socket
from pathlib import Path

import pytest

from tests.end_to_end.commands import falotier


def complaint(*arguments: str, home: Path) -> str:
    """Run a command that must fail, and give the one line that it says."""
    done = falotier(*arguments, home=home)
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("falotier: ")
    return lines[0]


def write(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_an_unknown_key_in_the_settings_names_the_file_the_key_and_the_nearest(tmp_path: Path) -> None:
    settings = write(tmp_path / "city.toml", "[mqtt]\nhots = 'broker'\n")
    line = complaint("headend", "--config", settings, home=tmp_path)
    assert "city.toml" in line
    assert "mqtt.hots: unknown key; did you mean host?" in line


def test_settings_that_do_not_exist_are_named(tmp_path: Path) -> None:
    assert "none.toml: no such file" in complaint("headend", "--config", "none.toml", home=tmp_path)


def test_an_inventory_that_is_missing_is_named(tmp_path: Path) -> None:
    settings = write(tmp_path / "city.toml", "[api]\nport = 0\n")
    assert "inventory.geojson" in complaint("headend", "--config", settings, home=tmp_path)


def test_a_profile_with_a_wrong_type_names_file_key_got_and_expected(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    (folder / "snmp").mkdir(parents=True)
    write(folder / "snmp" / "mine.toml", 'name = "mine"\ntitle = 3\nsource = "me"\n')
    line = complaint("profiles", "--profiles", str(folder), home=tmp_path)
    assert "mine.toml" in line
    assert "title" in line


def test_an_occupied_port_is_said_before_anything_is_done(tmp_path: Path) -> None:
    write(tmp_path / "inventory.geojson", '{"type": "FeatureCollection", "features": []}')
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = write(tmp_path / "city.toml", f"[api]\nport = {port}\n")
        assert str(port) in complaint("headend", "--config", settings, home=tmp_path)


def test_a_missing_token_says_how_to_give_one(tmp_path: Path) -> None:
    line = complaint("status", "--url", "http://127.0.0.1:9", home=tmp_path)
    assert "--token-file" in line


def test_a_head_end_that_does_not_answer_is_named(tmp_path: Path) -> None:
    token = write(tmp_path / "token", "secret-token")
    line = complaint("status", "--url", "http://127.0.0.1:9", "--token-file", token, home=tmp_path)
    assert "127.0.0.1:9" in line
    assert "secret-token" not in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("order", "A-001", "--level", "130", "--for", "1h", "--reason", "x"), "130"),
        (("order", "A-001", "--level", "50", "--reason", "x"), "--for"),
        (("order", "A-001", "--level", "50", "--for", "1h"), "--reason"),
        (("order", "A-001", "--level", "50", "--for", "soon", "--reason", "x"), "soon"),
        (("demo", "--headless"), "--for"),
        (("demo", "--for", "1h"), "--headless"),
        (("demo", "--headless", "--for", "1h", "--at", "tomorrow"), "tomorrow"),
        (("demo", "--headless", "--for", "1h", "--scenario", "none.toml"), "none.toml"),
        (("demo", "--headless", "--for", "1h", "--lamps", "many"), "--lamps"),
        (("demo",), "terminal"),
        (("console",), "token"),
        (("programme", "preview", "none.toml", "--night", "2026-10-24"), "none.toml"),
        (("evaluate", "none.toml"), "none.toml"),
        (("probe", "modbus", "ftp://x", "--profile", "falotier-cabinet"), "ftp"),
        (("probe", "snmp", "127.0.0.1:notaport"), "notaport"),
        (("profiles", "show", "none"), "none"),
        (("lamp",), "lamp"),
        (("report", "night", "--from", "soon"), "soon"),
        (("report", "night", "--from", "2026-11-25", "--to", "2026-11-24"), "after the last"),
        (("report", "failures", "--format", "pdf"), "pdf"),
        (("report", "night", "--json", "--format", "csv"), "csv"),
        (("report", "energy", "--by", "street"), "expected month, programme, sector, cabinet"),
        (("report", "energy", "--to", "tomorrow"), "tomorrow"),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    assert told in complaint(*arguments, home=tmp_path)


@pytest.mark.parametrize(
    "command", ["order A-001 --level 50 --for 1h", "lock A-001 --for 1h", "replace 01-0001"]
)
def test_a_reason_that_is_too_long_says_how_long_it_may_be(command: str, tmp_path: Path) -> None:
    line = complaint(*command.split(), "--reason", "x" * 300, "--url", "http://127.0.0.1:1", home=tmp_path)
    assert "reason: got" in line
    assert "at most 200 characters" in line


def test_settings_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    done = falotier("fake-city", "--lamps", "2", "--write-settings", str(tmp_path), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"falotier: {tmp_path}: cannot be written: ")
    assert "Traceback" not in done.stderr
