"""Setting up what the head-end writes to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import SecretStr

from city.errors import BadInput, Refused
from city.settings import TelemetrySection, load_settings
from console.cli.arguments import AsJson, print_json, say
from console.cli.running import run
from console.cli.service import DEFAULT_CONFIG, Config

if TYPE_CHECKING:
    from drivers.influx.setup import Step

setups = typer.Typer(help="Set up what the head-end writes to.", rich_markup_mode=None)

AdminTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--admin-token-file",
        help="A file with a token that may do this (2.x, 3), or with USER:PASSWORD (1.x); else that of the settings.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.add_typer(setups, name="setup")


@setups.callback()
def setup() -> None:
    """Set up what the head-end writes to."""


@setups.command("influx")
def influx(
    config: Config = DEFAULT_CONFIG,
    admin_token_file: AdminTokenFile = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make buckets or database, retention and hourly summaries of the InfluxDB of the settings.

    Done again it changes nothing. The head-end itself needs a token that may read and write, no more.
    """
    settings = load_settings(config).telemetry
    if settings.engine != "influxdb":
        raise BadInput(f'{config}: telemetry.engine: got "{settings.engine}", expected "influxdb"')
    if admin_token_file is not None:
        settings = _as_administrator(settings, admin_token_file)

    async def do() -> list[dict[str, Any]]:
        from drivers.influx.answers import Forbidden
        from drivers.influx.server import Server
        from drivers.influx.setup import set_up

        server = Server(settings)
        await server.open()
        steps = []
        try:
            async for step in set_up(server, settings, is_dry=dry_run):
                steps.append({"what": step.what, "state": step.state.value, "detail": step.detail})
                if not as_json:
                    print(_line(step), flush=True)
        except Forbidden as error:
            raise Refused(f"{error}; --admin-token-file FILE names one that may set it up") from error
        finally:
            await server.close()
        return steps

    if dry_run:
        say("dry run: nothing is made or changed")
    steps = run(do())
    if as_json:
        print_json({"dry_run": dry_run, "steps": steps})


def _line(step: "Step") -> str:
    return f"{step.state.value:<18} {step.what}{f': {step.detail}' if step.detail else ''}"


def _as_administrator(settings: TelemetrySection, file: Path) -> TelemetrySection:
    """The same settings, with the credentials of somebody who may do more."""
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--admin-token-file: {file} cannot be read") from error
    if not secret:
        raise BadInput(f"--admin-token-file: {file} is empty")
    if settings.dialect == "v2":
        return settings.model_copy(update={"token": SecretStr(secret)})
    user, colon, password = secret.partition(":")
    if not colon:
        raise BadInput(f"--admin-token-file: {file}: expected USER:PASSWORD for an InfluxDB 1.x")
    return settings.model_copy(update={"user": user, "password": SecretStr(password)})
