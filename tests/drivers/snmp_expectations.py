"""What LibreNMS expects of dumps of real devices, and where ``falotier probe snmp --json`` says the same."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.conformance import SNMP_DUMPS

RADIO_FIELDS = {
    "clients": "clients",
    "utilization": "utilization_pct",
    "noise-floor": "noise_dbm",
    "power": "tx_power_dbm",
    "channel": "channel",
    "frequency": "frequency_mhz",
}
"""Class of a sensor: the field of a radio."""
TOTAL_CLIENTS = {
    "Clients",
    "Client Count",
    "Total Clients",
    "wlan",
    "System Total",
    "System Total:",
    "Clients: Total",
}
NO_PLACE = {
    "airos-rx",  # the signal of the station, as are those of the same name of others
    "wis-bridge-rx",
    "unifi-rx",  # parts of the utilisation, of which unifi-total is the whole
    "unifi-tx",
    "unifi-other",
    "vrpi-clients",  # one band of one SSID
    "pmp-450m-downlink",  # a sector's two directions, each over several periods and kinds of streams
    "pmp-450m-sector-downlink",
    "pmp-450m-su-downlink",
    "pmp-downlink",
    "pmp-uplink",
}
"""Types of sensors of which the probe says nothing."""
NS_EXTEND = "1.3.6.1.4.1.8072.1.3.2.3.1.1."


@dataclass(frozen=True)
class Fact:
    """One figure that LibreNMS expects, and what the probe says in its place."""

    what: str
    """Which one: by its class and its place among those of its class, as names and addresses are the donors'."""
    expected: object
    got: object


@cache
def dump_names() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in SNMP_DUMPS.glob("*.snmprec")))


def facts(name: str, seen: dict[str, Any]) -> Iterator[Fact]:
    """Every figure of a dump that has a place in the probe's document."""
    expected = json.loads((SNMP_DUMPS / f"{name}.expect.json").read_text(encoding="utf-8"))
    for theirs, ours in {"hardware": "model", "version": "firmware", "serial": "serial"}.items():
        if (words := expected["device"][theirs]) is not None:
            got = seen["device"][ours]
            # LibreNMS puts several objects together, or all of sysDescr: a part of that is what the device says itself.
            yield Fact(ours, words, words if got and got in words else got)
    uptime = sys_uptime_s(name)
    if uptime is not None:
        yield Fact("uptime_s", uptime, seen["device"]["uptime_s"])
    place: Counter[str] = Counter()
    for sensor in expected["wireless_sensors"]:
        place[sensor["class"]] += 1
        if sensor["type"] not in NO_PLACE and sensor["class"] in {"ap-count", *RADIO_FIELDS}:
            yield _sensor(f"{sensor['class']} {place[sensor['class']]}", sensor, seen)
    yield from _ports(expected["ports"] or {"count": 0, "sample": []}, seen)


def sys_uptime_s(name: str) -> float | None:
    """sysUpTime, from the dump itself."""
    with (SNMP_DUMPS / f"{name}.snmprec").open(encoding="utf-8") as rows:
        ticks = [row.split("|")[2] for row in rows if row.startswith("1.3.6.1.2.1.1.3.0|")]
    return int(ticks[0]) / 100 if ticks else None


def _sensor(what: str, sensor: dict[str, Any], seen: dict[str, Any]) -> Fact:
    descr, totals = sensor["descr"], seen["totals"]
    if sensor["class"] == "ap-count":
        count = "access_points_up" if descr.startswith("Connected") else "access_points"
        return Fact(what, sensor["value"], totals[count])
    if sensor["class"] == "clients" and descr in TOTAL_CLIENTS:
        return Fact(what, sensor["value"], totals["clients"])
    if found := re.match(r"SSID:? (.+?)( Clients)?$", descr):
        return _ssid(what, found.group(1), sensor, seen)
    radio = _radio(sensor, seen)
    return Fact(what, sensor["value"], radio[RADIO_FIELDS[sensor["class"]]] if radio else "no such radio")


def _ssid(what: str, name: str, sensor: dict[str, Any], seen: dict[str, Any]) -> Fact:
    """By its name; where the donor's names were replaced, by its place in the list."""
    named = [ssid for ssid in seen["ssids"] if ssid["name"] == name]
    if len(named) > 1 and sensor["index"].isdecimal():
        named = [seen["ssids"][int(sensor["index"]) - 1]]
    return Fact(what, sensor["value"], named[0]["clients"] if len(named) == 1 else "no such network")


def _radio(sensor: dict[str, Any], seen: dict[str, Any]) -> dict[str, Any] | None:
    """The radio that a sensor is of: by access point, then by what names a radio of each vendor."""
    oid, index = sensor["oids"][0], sensor["index"]
    mac, _, number = index.rpartition(".")
    mac = ":".join(re.findall("..", mac))
    names = [number, oid.rpartition(".")[2]]
    if found := re.search(r"\((\w+)\)$", sensor["descr"]):
        names = [found.group(1)]
    elif re.fullmatch(r"n[ag]", index):
        names = [index]
    elif oid.startswith(NS_EXTEND):
        extend = bytes(int(arc) for arc in oid.removeprefix(NS_EXTEND).split(".")[1:]).decode()
        names = [extend.rpartition("-")[2]]
    radios = [
        radio for each in seen["access_points"] if not mac or each["id"] == mac for radio in each["radios"]
    ]
    fitting = [radio for name in names for radio in radios if radio["id"] == name]
    return fitting[0] if fitting else radios[0] if len(radios) == 1 else None


def _ports(ports: dict[str, Any], seen: dict[str, Any]) -> Iterator[Fact]:
    found = {interface["if_index"]: interface for interface in seen["interfaces"]}
    yield Fact("at least as many ports", True, len(found) >= ports["count"])
    for port in ports["sample"]:
        interface = found.get(int(port["if_index"]), {})
        yield Fact(f"port {port['if_index']} name", port["if_name"], interface.get("name"))
        for octets in ("in_octets", "out_octets"):
            if port[octets] is not None:
                yield Fact(f"port {port['if_index']} {octets}", int(port[octets]), interface.get(octets))
