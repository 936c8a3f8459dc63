from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from city.clock import SimulatedClock, SystemClock
from city.errors import BadInput, SettingsError
from city.settings import Settings, load_settings, parse_settings

FILE = Path("/etc/falotier/city.toml")


def test_an_empty_file_means_mulhouse_with_the_embedded_store() -> None:
    settings = parse_settings({}, FILE)
    assert settings.city.site.name == "Mulhouse"
    assert settings.city.site.zone.key == "Europe/Paris"
    assert settings.telemetry.engine == "embedded"
    assert isinstance(settings.clock, SystemClock)


def test_relative_paths_are_taken_from_the_folder_of_the_file() -> None:
    settings = parse_settings({}, FILE)
    assert settings.path(settings.inventory.file) == Path("/etc/falotier/inventory.geojson")
    assert settings.path(Path("/elsewhere")) == Path("/elsewhere")


def test_a_simulated_field_brings_its_clock() -> None:
    document = {
        "simulation": {
            "real": "2026-11-22T07:00:00Z",
            "simulated": "2026-11-30T15:00:00+01:00",
            "speed": 60,
        }
    }
    clock = parse_settings(document, FILE).clock
    assert isinstance(clock, SimulatedClock)
    assert clock.anchor.simulated == datetime(2026, 11, 30, 14, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


RULE = {"name": "x", "selector": "all", "hotspot": "h", "clients": 5, "at_least": 80}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"mqtt": {"prot": 1883}}, ["mqtt.prot: unknown key", "did you mean port?"]),
        ({"mqqt": {}}, ["mqqt: unknown key", "did you mean mqtt?"]),
        ({"api": {"zzz": 1}}, ["api.zzz: unknown key", "expected one of host, port"]),
        ({"folder": "/"}, ["folder: unknown key"]),
        ({"mqtt": {"port": "many"}}, ["mqtt.port", "got 'many'", "expected a valid integer"]),
        ({"mqtt": {"port": 70000}}, ["mqtt.port", "got 70000", "65535"]),
        ({"telemetry": {"engine": "sqlite"}}, ["telemetry.engine", "'embedded' or 'influxdb'"]),
        ({"city": {"latitude": 91}}, ["city.latitude", "got 91"]),
        ({"city": {"time_zone": "Mars/Olympus"}}, ["city.time_zone", "Mars/Olympus", "Europe/Paris"]),
        ({"city": {"time_zone": "../etc/passwd"}}, ["city.time_zone", "Europe/Paris"]),
        ({"simulation": {"real": "2026-11-22T07:00:00Z"}}, ["simulation.simulated: missing"]),
        (
            {"simulation": {"real": "2026-11-22T07:00:00", "simulated": "2026-11-22T07:00:00Z"}},
            ["simulation.real", "timezone"],
        ),
        ({"dynamic": [{"cliens": 5}]}, ["dynamic.0.cliens: unknown key", "did you mean clients?"]),
        (
            {"dynamic": [{"name": "x", "selector": "all", "hotspot": "h", "clients": 0, "at_least": 80}]},
            ["dynamic.0.clients", "got 0", "greater than or equal to 1"],
        ),
        ({"dynamic": [{**RULE, "until_below": 6}]}, ["dynamic.0: expected until_below: at most clients, 5"]),
        ({"dynamic": [{**RULE, "never_past": "12:00"}]}, ["dynamic.0: expected never_past", "not noon"]),
        ({"dynamic": [{**RULE, "never_past": "late"}]}, ["dynamic.0.never_past", "got 'late'"]),
        ({"mqtt": 5}, ["mqtt", "got 5"]),
        ({"desk": {"kind": "pigeon"}}, ["desk.kind", "'open311', 'file' or 'email'"]),
        ({"desk": {"kind": "email"}}, ["desk: expected host, sender and to under [desk.email]"]),
        (
            {"desk": {"email": {"user": "u", "security": "none"}}},
            ["desk: expected security starttls or tls", "no password is sent in the clear"],
        ),
        ({"desk": {"email": {"hots": "x"}}}, ["desk.email.hots: unknown key", "did you mean host?"]),
    ],
)
def test_a_wrong_document_is_told_in_one_line_with_file_key_got_and_expected(
    document: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(SettingsError) as told:
        parse_settings(document, FILE)
    message = str(told.value)
    assert message.startswith(f"{FILE}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_dynamic_rule_ends_as_it_begins_unless_it_says_otherwise() -> None:
    (plain,) = parse_settings({"dynamic": [RULE]}, FILE).dynamic
    assert (plain.until_below, plain.hold_min, plain.never_past) == (None, 15.0, None)
    more = {**RULE, "until_below": 3, "never_past": "01:00"}
    (said,) = parse_settings({"dynamic": [more]}, FILE).dynamic
    assert (said.until_below, said.never_past) == (3, time(1, 0))


def test_the_password_of_the_mail_server_is_a_secret_too() -> None:
    with pytest.raises(SettingsError, match=r"desk\.email\.password: got a secret") as told:
        parse_settings({"desk": {"email": {"password": 20261122}}}, FILE)
    assert "20261122" not in str(told.value)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("mqtt", "password"),
        ("telemetry", "password"),
        ("telemetry", "token"),
        ("snmp", "community"),
        ("desk", "api_key"),
    ],
)
def test_a_secret_is_never_shown_neither_in_an_error_nor_in_the_settings(section: str, key: str) -> None:
    with pytest.raises(SettingsError) as told:
        parse_settings({section: {key: 20261122}}, FILE)
    assert "20261122" not in str(told.value)
    assert f"{section}.{key}: got a secret" in str(told.value)
    assert "s3cret" not in repr(parse_settings({section: {key: "s3cret"}}, FILE))


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text('[city]\nname = "Colmar"\n', encoding="utf-8")
    settings = load_settings(file)
    assert (settings.city.name, settings.folder) == ("Colmar", tmp_path)


def test_a_missing_broken_or_unreadable_file_is_told_in_one_line(tmp_path: Path) -> None:
    broken, binary = tmp_path / "broken.toml", tmp_path / "binary.toml"
    broken.write_text("[city\n", encoding="utf-8")
    binary.write_bytes(b"\xff\xfe\x00")
    for file, word in (
        (tmp_path / "none.toml", "no such file"),
        (broken, "not TOML"),
        (binary, "not TOML"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(BadInput, match=word) as told:
            load_settings(file)
        assert str(told.value).startswith(f"{file}: ")
        assert "\n" not in str(told.value)


def test_settings_never_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().api.port = 1  # type: ignore[misc]
