"""The guide that adds a device: its profile, its vectors and what it prints are what a reader gets."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli import main
from drivers.profiles import load_profiles
from tests.drivers.modbus_sheets import HOLDING, served

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "adding-a-device.md").read_text(encoding="utf-8")
TOML = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
CONSOLE = re.findall(r"```console\n\$ falotier (.*?)\n(.*?)```", GUIDE, re.DOTALL)
DEVICE = "192.0.2.17"
"""Where the guide's device answers."""


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """The folder of one's own, as the guide has it."""
    profile = next(text for text in TOML if text.startswith("name ="))
    file = tmp_path / "devices" / "modbus" / "socomec-countis-e.toml"
    file.parent.mkdir(parents=True)
    file.write_text(profile, encoding="utf-8")
    return tmp_path


def printed(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["falotier", *command.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    assert (ended.value.code, captured.err) == (0, "")
    return captured.out


def registers(shown: str) -> Iterator[tuple[int, list[int]]]:
    """What the guide's device holds: the addresses and raw registers of the table that it prints."""
    for address, raw in re.findall(r"03:(\d+)  ((?:[0-9A-F]{4} ?)+)", shown):
        yield int(address), [int(word, 16) for word in raw.split()]


def test_the_profile_is_loaded_beside_those_shipped(devices: Path) -> None:
    assert "socomec-countis-e" in load_profiles("modbus", [devices / "devices"])
    assert "socomec-countis-e" not in load_profiles("modbus"), "the guide must add one that is not there"


def test_its_vectors_hold_as_the_guide_prints(
    devices: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(devices)
    command, shown = CONSOLE[0]
    assert command.startswith("profiles check")
    assert printed(command, monkeypatch, capsys) == shown


def test_a_real_server_with_those_registers_is_probed_as_the_guide_prints(
    devices: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(devices)
    command, shown = CONSOLE[1]
    with served() as (sheet, port):
        for address, words in registers(shown):
            sheet.lay(HOLDING, address, words)
        told = printed(command.replace(f"{DEVICE}/", f"127.0.0.1:{port}/"), monkeypatch, capsys)
    assert told == shown


def test_the_examples_of_the_reference_pages_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind, page in (("snmp", "snmp-profiles.md"), ("modbus", "modbus-profiles.md")):
        text = (DOCS / page).read_text(encoding="utf-8")
        example = next(
            found for found in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if found[:4] == "name"
        )
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "example.toml").write_text(example, encoding="utf-8")
    said = printed(f"profiles check our-meter our-controller --profiles {tmp_path}", monkeypatch, capsys)
    assert said.count("1 vector holds") == 2


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`([a-z]+-[a-z0-9-]+)`", GUIDE))))
def test_every_profile_that_the_guide_names_is_there(named: str) -> None:
    shipped = {*load_profiles("modbus"), *load_profiles("mqtt"), *load_profiles("snmp")}
    assert named in shipped


@pytest.mark.parametrize("page", sorted(set(re.findall(r"\]\(([a-z/-]+\.md)\)", GUIDE))))
def test_every_page_that_the_guide_leads_to_is_there(page: str) -> None:
    assert (DOCS / page).exists()
