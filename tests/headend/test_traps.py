"""From a trap to a poll: whom it concerns is asked at once, and is known to be down in seconds."""

import asyncio
from pathlib import Path

import pytest

from city.clock import SimulatedClock, SystemClock
from city.errors import BadInput
from city.field_settings import SnmpSection
from city.places import Position
from city.settings import load_settings
from drivers.snmp.agents import Community, User
from drivers.snmp.notices import Notice
from fake_devices.field import FakeField, FieldPlan
from headend.configured import credentials_of
from headend.service import HeadEnd
from headend.traps import Traps, concerned_by
from tests.drivers.mqtt_peers import eventually
from tests.drivers.snmp_peers import needs_snmptrap, net_snmp
from tests.headend.standing import standing, write_city
from tests.headend.test_with_field import AFTER_SUNSET, come_true
from wifi.inventory import AccessPoint, Inventory

PASSWORDS = 'auth_password = "authpass123"\npriv_password = "privpass123"'
CONTROLLER, ALONE = "10.0.0.1", "10.0.0.2"


def access_point(name: str, host: str) -> AccessPoint:
    return AccessPoint(name, "patinoire", Position(47.7, 7.3), host, 161, "cisco-wlc", 40)


BY_HOST = {
    CONTROLLER: [access_point("00:11:22:33:44:55", CONTROLLER), access_point("AP-2", CONTROLLER)],
    ALONE: [access_point("AP-3", ALONE)],
}


@pytest.mark.parametrize(
    ("source", "named", "concerned"),
    [
        (CONTROLLER, "00:11:22:33:44:55", ["00:11:22:33:44:55"]),
        (CONTROLLER, "0011.2233.4455", ["00:11:22:33:44:55"]),
        (CONTROLLER, "ap-2", ["AP-2"]),
        (CONTROLLER, "another", ["00:11:22:33:44:55", "AP-2"]),
        (CONTROLLER, None, ["00:11:22:33:44:55", "AP-2"]),
        (ALONE, None, ["AP-3"]),
        ("10.0.0.3", "AP-3", []),
    ],
)
def test_a_notice_concerns_whom_it_names_or_all_behind_its_sender(
    source: str, named: str | None, concerned: list[str]
) -> None:
    notice = Notice(source, "ap_down", named, None)
    assert [each.id for each in concerned_by(notice, BY_HOST)] == concerned


@needs_snmptrap
async def test_traps_come_from_addresses_also_where_the_inventory_has_names(tmp_path: Path) -> None:
    polled: list[str] = []
    settings = SnmpSection(traps_host="127.0.0.1", traps_port=0)
    async with Traps(settings, Community("public"), ()) as traps, asyncio.TaskGroup() as tasks:
        here = [access_point("AP-1", "localhost"), access_point("AP-2", "no-such-host.invalid")]
        inventory = Inventory({}, {each.id: each for each in here})
        told: list[tuple[str, str]] = []
        running = tasks.create_task(
            traps.run(inventory, polled.append, lambda name, says: told.append((name, says)))
        )
        where = f"127.0.0.1:{traps.port}"
        await net_snmp("snmptrap", tmp_path, "-v2c", "-c", "public", where, "", "1.3.6.1.6.3.1.1.5.3")
        await eventually(lambda: polled == ["AP-1"])
        assert told == [("AP-1", "link_down")]
        assert traps.refused == {}
        running.cancel()


@needs_snmptrap
async def test_who_does_not_know_our_community_is_counted_with_the_reason(tmp_path: Path) -> None:
    settings = SnmpSection(traps_host="127.0.0.1", traps_port=0)
    async with Traps(settings, Community("secret"), ()) as traps, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(traps.run(Inventory(), lambda name: None, lambda name, says: None))
        where = f"127.0.0.1:{traps.port}"
        await net_snmp("snmptrap", tmp_path, "-v2c", "-c", "public", where, "", "1.3.6.1.6.3.1.1.5.3")
        await eventually(lambda: traps.refused == {"a trap with a wrong community": 1})
        running.cancel()


async def test_without_a_port_for_them_no_traps_are_heard() -> None:
    async with Traps(SnmpSection(), Community("public"), ()) as traps:
        await traps.run(Inventory(), lambda name: None, lambda name, says: None)
        assert (traps.port, traps.refused) == (None, {})


@needs_snmptrap
async def test_an_access_point_that_says_so_is_known_to_be_down_long_before_its_next_poll(
    tmp_path: Path,
) -> None:
    clock = SimulatedClock.starting(AFTER_SUNSET, 1.0)
    plan = FieldPlan(lamps=1, access_points=2, seed=1)
    file = tmp_path / "city.toml"
    async with FakeField(plan, clock) as field:
        field.write_settings(file)
        text = file.read_text().replace("port = 8350", "port = 0")
        file.write_text(
            text.replace("[snmp]", '[snmp]\ntraps_host = "127.0.0.1"\ntraps_port = 0\ntimeout_s = 0.2\n', 1)
        )
        async with standing(file, clock) as (headend, console):

            async def down(*names: str) -> bool:
                up = {each["id"]: each["up"] for each in await console.get("/access-points")}
                return up == {name: name not in names for name in up}

            for (
                each
            ) in headend.inventory.wifi.access_points:  # their own first polls are spread over a minute
                headend._polling[1].soon(each)
            await come_true(down)
            first, _ = headend.inventory.wifi.access_points
            field.world.access_points.set_down(first, down=True, at=clock.now())
            where = f"127.0.0.1:{headend._traps.port}"
            await net_snmp("snmptrap", tmp_path, "-v2c", "-c", "public", where, "", "1.3.6.1.6.3.1.1.5.3")
            await come_true(lambda: down(first), real_s=15.0)


async def test_a_port_for_traps_that_cannot_be_had_ends_the_start(tmp_path: Path) -> None:
    file = write_city(tmp_path)
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("[snmp]", '[snmp]\ntraps_host = "192.0.2.1"\ntraps_port = 162', 1), encoding="utf-8"
    )
    with pytest.raises(BadInput, match=r"snmp traps: cannot listen on 192\.0\.2\.1:162"):
        await HeadEnd(load_settings(file), SystemClock()).run()


@pytest.mark.parametrize(
    ("snmp", "credentials"),
    [
        ('version = "1"\ncommunity = "c"', Community("c", "1")),
        ('version = "3"\nuser = "ops"', User("ops")),
        (
            'version = "3"\nuser = "ops"\nauth = "sha512"\npriv = "aes256-c"\n' + PASSWORDS,
            User("ops", "authpass123", "privpass123", "sha512", "aes256-c"),
        ),
    ],
)
def test_access_points_are_asked_as_the_settings_say(snmp: str, credentials: object, tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text(f"[snmp]\n{snmp}\n", encoding="utf-8")
    assert credentials_of(load_settings(file)) == credentials


@pytest.mark.parametrize(
    ("snmp", "told"),
    [
        ('version = "3"', "snmp: expected a user with version 3"),
        ('version = "3"\nuser = "ops"\nauth_password = "short"', "auth password is too short"),
        ('version = "3"\nuser = "ops"\npriv_password = "longenough"', "privacy needs an auth password"),
    ],
)
def test_credentials_that_cannot_work_are_told_at_the_start(snmp: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text(f"[snmp]\n{snmp}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        credentials_of(load_settings(file))
