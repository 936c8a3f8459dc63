"""The tools of a technician on a ladder: probing one device."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, duration, print_json, say
from console.cli.running import run

if TYPE_CHECKING:
    from drivers.modbus.security import ModbusSecurity
    from drivers.mqtt.broker import Broker
    from drivers.mqtt.profile import MqttProfile
    from drivers.profile import Profile

Folders = Annotated[list[Path] | None, typer.Option("--profiles", help="A folder of one's own profiles.")]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0.05, max=60, help="Seconds that one request may take.")
]
SNMP_PORT = 161

probe = typer.Typer(help="Read one device once.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.add_typer(probe, name="probe")


@probe.command("modbus")
def probe_modbus(
    url: Annotated[
        str,
        typer.Argument(
            help="modbus://HOST:PORT/UNIT, rtu+tcp://…, modbus+tls://…, or rtu:///dev/PORT?unit=1&baud=19200."
        ),
    ],
    profile: Annotated[
        str, typer.Option("--profile", help="What its registers mean: see falotier profiles.")
    ],
    blocks: Annotated[
        list[str] | None,
        typer.Option("--block", help="A repeated block to read too, by its numbers: gear/0/5, gear/0/0-7."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings that name the certificates for modbus+tls.")
    ] = None,
    folders: Folders = None,
    timeout: Timeout = 1.0,
    as_json: AsJson = False,
) -> None:
    """Every metric of a Modbus device with its unit and raw registers, and what could not be read."""
    from console.cli.modbus_table import table
    from drivers.modbus.probe import probe as probe_device
    from drivers.profiles import load_profiles

    found = _named(load_profiles("modbus", folders or []), profile)
    security = _modbus_security(config) if config else None
    result = run(probe_device(url, found, timeout, blocks or (), security))
    if as_json:
        print_json(result.document())
    else:
        print("\n".join(table(result)))


@probe.command("snmp")
def probe_snmp(
    target: Annotated[str, typer.Argument(help="HOST or HOST:PORT.", metavar="HOST[:PORT]")],
    community: Annotated[str, typer.Option(help="v1 and v2c.", envvar="FALOTIER_COMMUNITY")] = "public",
    version: Annotated[Literal["1", "2c"], typer.Option("--snmp-version", help="With a community.")] = "2c",
    v3_user: Annotated[str | None, typer.Option(help="SNMPv3 user; then no community is used.")] = None,
    v3_auth: Annotated[str, typer.Option(help="Authentication password.", envvar="FALOTIER_V3_AUTH")] = "",
    v3_priv: Annotated[str, typer.Option(help="Privacy password.", envvar="FALOTIER_V3_PRIV")] = "",
    v3_auth_protocol: Annotated[
        Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"], typer.Option()
    ] = "sha256",
    v3_priv_protocol: Annotated[
        Literal["des", "aes128", "aes192", "aes192-c", "aes256", "aes256-c"],
        typer.Option(help="-c: the key is extended as Cisco does."),
    ] = "aes128",
    folders: Folders = None,
    timeout: Timeout = 1.0,
    as_json: AsJson = False,
) -> None:
    """Recognise an access point or controller, and read it once."""
    from console.cli.snmp_table import table
    from drivers.profiles import load_profiles
    from drivers.snmp.agents import Community, User
    from drivers.snmp.probe import probe as probe_device

    host, port = _host_and_port(target)
    credentials = (
        User(v3_user, v3_auth, v3_priv, auth=v3_auth_protocol, priv=v3_priv_protocol)
        if v3_user
        else Community(community, version=version)
    )
    document = run(
        probe_device(host, port, credentials, load_profiles("snmp", folders or []).values(), timeout)
    )
    if as_json:
        print_json(document)
    else:
        print("\n".join(table(document)))


@probe.command("mqtt")
def probe_mqtt(
    url: Annotated[
        str, typer.Argument(help="mqtt://[USER:PASSWORD@]HOST[:PORT], or mqtts:// for TLS.", metavar="URL")
    ],
    topic: Annotated[str, typer.Option(help="What to listen to: falotier/#")],
    for_: Annotated[str, typer.Option("--for", help="How long to listen: 30s.")] = "30s",
    profile: Annotated[
        list[str] | None,
        typer.Option("--profile", help="How its messages are shaped; several are tried in turn."),
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="Authority to trust, PEM; without it the system's.")] = None,
    cert: Annotated[Path | None, typer.Option(help="Our certificate, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    version: Annotated[
        Literal["3.1.1", "5"], typer.Option("--mqtt-version", help="Of the protocol.")
    ] = "3.1.1",
    folders: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Show messages as they are decoded, and those that are refused with the reason."""
    from drivers.mqtt.broker import Broker
    from drivers.profiles import load_profiles

    known = load_profiles("mqtt", folders or [])
    found = [_named(known, name) for name in profile or ["falotier-json"]]
    broker = replace(Broker.of_url(url, ca, cert, key), version=version)
    messages = run(_listen(broker, topic, duration(for_).total_seconds(), found, quiet=as_json))
    if as_json:
        print_json(messages)


async def _listen(
    broker: "Broker", topic: str, seconds: float, profiles: Sequence["MqttProfile"], *, quiet: bool
) -> list[dict[str, Any]]:
    from console.cli.field_messages import lines
    from drivers.mqtt.probe import probe as listen

    heard = []
    async with aclosing(listen(broker, topic, seconds, profiles)) as messages:
        async for message in messages:
            if quiet:
                heard.append(asdict(message))
            else:
                print("\n".join(lines(message)), flush=True)
    return heard


def _modbus_security(config: Path) -> "ModbusSecurity | None":
    """As whom to speak to a secured gateway, and a word about that."""
    from city.settings import load_settings
    from headend.configured import modbus_security_of

    security = modbus_security_of(load_settings(config))
    if security is not None:
        say(f"as {security.subject}, {f'role {security.role}' if security.role else 'without a role'}")
    return security


def _named(found: Mapping[str, "Profile"], name: str) -> Any:
    if name not in found:
        raise BadInput(f"--profile: got {name!r}, expected one of {', '.join(sorted(found))}")
    return found[name]


def _host_and_port(target: str) -> tuple[str, int]:
    host, colon, port = target.rpartition(":")
    if not colon:
        return target, SNMP_PORT
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise BadInput(f"HOST[:PORT]: got {target!r}, expected a port of 1 to 65535 after the colon")
    return host.strip("[]"), int(port)
