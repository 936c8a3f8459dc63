"""What the settings say of the broker: which profiles, and how late what it keeps may come."""

from datetime import timedelta
from pathlib import Path

import pytest

from city.errors import BadInput, Unreachable
from city.field_settings import LONGEST_SESSION_S
from city.settings import Settings, load_settings
from drivers.mqtt.connection import knock
from headend.checkup import check_up
from headend.configured import broker_of, lamp_profiles_of
from tests.drivers.mqtt_peers import mosquitto, needs_mosquitto
from tests.headend.standing import write_city


def settings(**mqtt: object) -> Settings:
    return Settings.model_validate({"mqtt": mqtt})


def test_several_profiles_are_taken_in_their_order_and_each_once() -> None:
    several = settings(profile="falotier-json", profiles=["nas-ul20xx", "falotier-json", "zigbee2mqtt-light"])
    names = [profile.name for profile in lamp_profiles_of(several)]
    assert names == ["falotier-json", "nas-ul20xx", "zigbee2mqtt-light"]


@pytest.mark.parametrize(("key", "value"), [("profile", "nas"), ("profiles", ["nas"])])
def test_a_profile_that_does_not_exist_is_told_with_those_that_do(key: str, value: object) -> None:
    with pytest.raises(BadInput, match=rf"mqtt\.{key}: got 'nas', expected one of .*nas-ul20xx"):
        lamp_profiles_of(settings(**{key: value}))


def test_what_the_broker_keeps_is_never_too_late_to_be_believed() -> None:
    longest = settings(version="5", session_s=LONGEST_SESSION_S, profiles=["nas-ul20xx", "ttn-v3"])
    for profile in lamp_profiles_of(longest):
        assert profile.late >= timedelta(seconds=LONGEST_SESSION_S)


def test_files_are_taken_from_the_settings_folder(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text('[mqtt]\nca_file = "ca.pem"\ncertificate_file = "our.pem"\nkey_file = "our.key"\n')
    broker = broker_of(load_settings(file))
    assert (broker.ca_file, broker.key_file) == (tmp_path / "ca.pem", tmp_path / "our.key")


@needs_mosquitto
async def test_a_check_up_says_whether_the_broker_lets_us_in(tmp_path: Path) -> None:
    file = write_city(tmp_path)
    found = [finding async for finding in check_up(load_settings(file)) if finding.what == "mqtt"]
    assert [finding.ok for finding in found] == [False]
    assert "Connection refused" in found[0].detail
    async with mosquitto(tmp_path) as broker:
        there = load_settings(file)
        there = there.model_copy(update={"mqtt": there.mqtt.model_copy(update={"port": broker.port})})
        await knock(broker_of(there))
        found = [finding async for finding in check_up(there) if finding.what == "mqtt"]
        assert [finding.ok for finding in found] == [True]
    with pytest.raises(Unreachable):
        await knock(broker_of(there))
