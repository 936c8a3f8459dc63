"""``fake-city`` and ``headend`` as two processes, and every short command spoken to them."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.commands import READY_WITHIN_S, falotier, running


@dataclass(frozen=True)
class Town:
    """A simulated city with its head-end, as a fresh user started them."""

    home: Path

    @property
    def inventory(self) -> list[dict[str, Any]]:
        document = json.loads((self.home / "inventory.geojson").read_text())
        return [feature["properties"] for feature in document["features"]]

    def first(self, kind: str) -> dict[str, Any]:
        return next(each for each in self.inventory if each["kind"] == kind)

    def json(self, *arguments: str) -> Any:
        done = falotier(*arguments, "--json", home=self.home)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    size = (
        "--lamps",
        "30",
        "--access-points",
        "3",
        "--seed",
        "2",
        "--at",
        "2026-11-30T21:00",
        "--speed",
        "30",
    )
    with running("fake-city", *size, "--write-settings", "city.toml", home=home, until="stands"):
        settings = home / "city.toml"
        settings.write_text(settings.read_text().replace("port = 8350", "port = 0"))
        with running("headend", "--config", "city.toml", home=home, until="ready at"):
            town = Town(home)
            deadline = time.monotonic() + READY_WITHIN_S
            while town.json("status")["lamps"]["lit"] < 30:
                assert time.monotonic() < deadline, "the lamps do not report"
            yield town


def test_status_tells_lamps_power_hotspots_and_connections(town: Town) -> None:
    status = town.json("status")
    assert status["lamps"]["total"] == 30
    assert {each["name"]: each["up"] for each in status["connections"]} == dict.fromkeys(
        ("store", "mqtt", "modbus", "snmp", "desk"), True
    )
    assert "30" in falotier("status", "--lang", "en", home=town.home).stdout


def test_incidents_are_none(town: Town) -> None:
    assert town.json("incidents") == []
    assert "Aucun" in falotier("incidents", "--lang", "fr", home=town.home).stdout


def test_a_night_of_which_nothing_is_known_is_reported_as_not_proven(town: Town) -> None:
    document = town.json("report", "night")
    (night,) = document["nights"]
    assert (document["from"], document["to"], night["night"]) == ("2026-11-29", "2026-11-29", "2026-11-29")
    assert night["counts"]["not_proven"] == night["total"] == len(night["points"]) == 30
    assert town.json("report", "night", "--format", "json") == document
    text = falotier("report", "night", "--lang", "fr", home=town.home).stdout
    assert "dim. 29 nov. 2026" in text
    assert "✓ 0 bien éclairé, ✖ 0 non, ? 30 inconnu" in text
    page = falotier("report", "night", "--from", "2026-11-29", "--format", "html", home=town.home).stdout
    assert page.startswith("<!DOCTYPE html>")
    early = falotier("report", "night", "--from", "2026-11-30", home=town.home)
    assert (early.returncode, early.stdout) == (2, "")
    assert "it is not over yet" in early.stderr


def test_failures_are_reported_with_the_forecast_of_ageing(town: Town) -> None:
    document = town.json("report", "failures", "--from", "2026-11-01", "--to", "2026-11-30")
    assert (document["from"], document["to"], document["incidents"]) == ("2026-11-01", "2026-11-30", [])
    assert 4_100 <= document["yearly_h"] <= 4_300
    table = falotier("report", "failures", "--format", "csv", home=town.home)
    assert (table.returncode, table.stderr) == (0, "")
    assert table.stdout.startswith("list,id,cause,")


def test_energy_of_days_of_which_nothing_is_known_is_reckoned_and_called_so(town: Town) -> None:
    days = ("--from", "2026-11-01", "--to", "2026-11-29")
    document = town.json("report", "energy", *days)
    assert (document["from"], document["to"], document["total"]["points"]) == ("2026-11-01", "2026-11-29", 30)
    assert [part["source"] for part in document["total"]["parts"]] == ["power curve"]
    assert document["by"]["month"][0]["before"] is None
    assert list(town.json("report", "energy", *days, "--by", "sector")["by"]) == ["sector"]
    text = falotier("report", "energy", *days, "--lang", "fr", home=town.home).stdout
    assert "Connu par : calculé 100\u00a0%" in text
    page = falotier("report", "energy", *days, "--format", "html", home=town.home).stdout
    assert page.startswith("<!DOCTYPE html>")
    early = falotier("report", "energy", "--to", "2026-12-05", home=town.home)
    assert (early.returncode, early.stdout) == (2, "")
    assert "not over yet" in early.stderr


def test_a_dry_run_sends_nothing_and_an_order_is_confirmed_by_every_controller(town: Town) -> None:
    circuit = town.first("light-point")["circuit"]
    order = ("order", circuit, "--level", "45", "--for", "2h", "--reason", "essai")
    dry = town.json(*order, "--dry-run")
    assert dry["dry_run"]
    assert dry["would_change"] == dry["points"] > 0
    assert dry["power_now_w"] > dry["power_then_w"] > 0 > dry["energy_kwh"]
    told = falotier(*order, "--dry-run", "--lang", "fr", home=town.home).stdout.replace("\u00a0", " ")
    assert "W à présent, " in told
    assert "Wh d’ici la fin, par rapport au programme" in told
    asked = town.json(*order)
    assert asked["confirmed"] == asked["points"] == dry["points"]
    assert asked["refused"] == {}
    assert town.json("status")["lamps"]["overridden"] == asked["points"]
    assert asked["unanswered"] == {}
    back = falotier("order", circuit, "--for", "1h", "--reason", "fini", home=town.home)
    assert back.returncode == 0, back.stderr


def test_a_selector_that_matches_nothing_is_said(town: Town) -> None:
    done = falotier("order", "A-999/1", "--level", "45", "--for", "2h", "--reason", "essai", home=town.home)
    assert done.returncode == 2
    assert "A-999/1" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_every_controller_holds_the_programme(town: Town) -> None:
    (programme,) = town.json("programme", "status")
    assert programme["name"] == "cinq-paliers"
    assert programme["holding"] == programme["controllers"] == 31


def test_check_finds_everything_and_says_what_it_cannot_open(town: Town) -> None:
    found = {each["what"]: each["ok"] for each in _check(town)}
    for what in ("inventory", "programme", "mqtt", "modbus", "snmp", "desk"):
        assert found[what], what


def _check(town: Town) -> list[dict[str, Any]]:
    done = falotier("check", "--config", str(town.home / "city.toml"), "--json", home=town.home)
    findings: list[dict[str, Any]] = json.loads(done.stdout)
    return findings


def test_probe_modbus_reads_a_cabinet_with_units_and_raw_registers(town: Town) -> None:
    port = town.first("cabinet")["modbus"]["port"]
    probed = town.json("probe", "modbus", f"modbus://127.0.0.1:{port}/1", "--profile", "falotier-cabinet")
    values = {each["what"]: each for each in probed["values"]}
    assert values["voltage_l1_v"]["unit"] == "V"
    assert values["voltage_l1_v"]["value"] == pytest.approx(values["voltage_l1_v"]["raw"][0] / 10)
    assert values["power_w"]["value"] > 0


def test_probe_snmp_recognises_an_access_point(town: Town) -> None:
    access_point = town.first("access-point")
    probed = town.json("probe", "snmp", f"127.0.0.1:{access_point['snmp']['port']}")
    assert probed["device"]["profile"] == "falotier-ap"
    (only,) = probed["access_points"]
    assert len(only["radios"]) == 2
    assert probed["totals"]["clients"] == sum(radio["clients"] for radio in only["radios"])


def test_probe_mqtt_shows_messages_as_decoded(town: Town) -> None:
    port = next(
        line.split("=")[1].strip()
        for line in (town.home / "city.toml").read_text().partition("[mqtt]")[2].splitlines()
        if line.startswith("port")
    )
    heard = town.json("probe", "mqtt", f"mqtt://127.0.0.1:{port}", "--topic", "falotier/#", "--for", "3s")
    decoded = [
        message["decoded"] for message in heard if message["decoded"] and "values" in message["decoded"]
    ]
    assert decoded
    assert all(not message["refused"] for message in heard)


def test_tokens_are_made_listed_and_revoked(town: Town) -> None:
    config = ("--config", str(town.home / "city.toml"))
    token = falotier("token", "create", "anne", "--role", "observer", *config, home=town.home).stdout.strip()
    file = town.home / "anne.token"
    file.write_text(token)
    assert town.json("status", "--token-file", str(file))["lamps"]["total"] == 30
    refused = falotier(
        *("order", "A-001", "--level", "10", "--for", "1h", "--reason", "x", "--token-file", str(file)),
        home=town.home,
    )
    assert refused.returncode == 2
    assert {each["name"] for each in town.json("token", "list", *config)} == {"supervisor", "anne"}
    assert falotier("token", "revoke", "anne", *config, home=town.home).returncode == 0
    assert falotier("status", "--token-file", str(file), home=town.home).returncode == 2
