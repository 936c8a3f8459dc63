"""Starting the long-lived parts: the head-end and the console; checking settings; handing out tokens."""

import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from city.clock import SystemClock
from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, iso, print_json, say
from console.cli.reach import TokenFile, Url, reach, remember
from console.cli.running import on_end, run

if TYPE_CHECKING:
    from city.settings import Settings
    from console.i18n import Code
    from headend.records import Records

Answer = TypeVar("Answer")

Config = Annotated[Path, typer.Option("--config", help="The city's settings.")]
DEFAULT_CONFIG = Path("city.toml")
AnyRole = Literal["observer", "technician", "supervisor"]

tokens = typer.Typer(help="Who may speak to the head-end.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command()(headend)
    app.command()(console)
    app.command()(check)
    app.add_typer(tokens, name="token")


def headend(config: Config = DEFAULT_CONFIG) -> None:
    """Run the service until SIGTERM."""
    from city.settings import load_settings

    settings = load_settings(config)
    log_to_stderr()
    run(_serve(settings))


def log_to_stderr(level: int = logging.INFO) -> None:
    """One line a message; libraries speak only when something is wrong."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("headend").setLevel(level)
    for noisy in ("pymodbus", "amqtt", "transitions", "aiosqlite", "mqtt"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


async def _serve(settings: "Settings") -> None:
    from headend.access import FIRST_TOKEN
    from headend.service import HeadEnd

    head = HeadEnd(settings, settings.clock)
    on_end(head.stop)

    def ready(url: str) -> None:
        token = settings.folder / FIRST_TOKEN
        remember(url, token)
        say(f"Falotier: head-end ready at {url} (first token in {token})")

    await head.run(ready)


Theme = Annotated[
    str | None, typer.Option("--theme", help="night, light, terminal, contrast or colour-blind.")
]
ListKeys = Annotated[bool, typer.Option("--keys", help="List the keys by the names to move them by.")]


def console(
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    theme: Theme = None,
    keys: ListKeys = False,
) -> None:
    """Open the console in this terminal."""
    from console.i18n import Words, choose_language
    from console.preferences import chosen_look, read_preferences

    preferences = read_preferences()
    language = choose_language(lang or preferences.language)
    if keys:
        from console.app import HOLD_KEYS
        from console.key_names import named_keys

        words = Words(language)
        for each in named_keys(HOLD_KEYS):
            print(f"{each.name:<40} {each.keys:<18} {words.t(each.description)}")
        return
    chosen_look(theme, preferences)
    run(open_console(*reach(url, token_file), language, theme))


async def open_console(url: str, token: str, language: "Code", theme: str | None = None) -> None:
    """Run the Textual app against a head-end until its user leaves.

    Raises:
        BadInput: standard output is not a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise BadInput("the console needs a terminal; for scripts there is: falotier status --json")
    from console.app import FalotierApp
    from console.client import ApiClient
    from console.kept import Kept, kept_file
    from console.preferences import chosen_look, read_preferences

    preferences = read_preferences()
    preferences = replace(preferences, theme=chosen_look(theme, preferences))
    kept = Kept(kept_file())
    kept.read()
    async with ApiClient(url, token) as client:
        app = FalotierApp(client, language, preferences, kept)
        on_end(app.exit)
        await app.run_async()


def check(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check settings, inventory, programme and profiles, and whether everything outside answers."""
    from city.settings import load_settings
    from headend.checkup import check_up

    async def look() -> list[dict[str, Any]]:
        findings = []
        async for finding in check_up(load_settings(config)):
            findings.append(finding._asdict())
            if not as_json:
                print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what:<10} {finding.detail}", flush=True)
        return findings

    findings = run(look())
    if as_json:
        print_json(findings)
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


@tokens.command("create")
def token_create(name: str, role: AnyRole = "observer", config: Config = DEFAULT_CONFIG) -> None:
    """Make a token for a person or a script; it is printed once and never again."""

    async def create(records: "Records", settings: "Settings") -> str:
        from city.messages import Role
        from headend.access import Access

        return await Access(records.tokens, SystemClock(), settings.folder).create(Role(role), name)

    print(_with_records(config, create))


@tokens.command("list")
def token_list(config: Config = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Who holds a token; the tokens themselves are not kept."""

    async def everyone(records: "Records", _settings: "Settings") -> list[dict[str, Any]]:
        return [
            {
                "name": each.name,
                "role": each.role,
                "created_at": each.created_at,
                "revoked_at": each.revoked_at,
            }
            for each in await records.tokens.all()
        ]

    listed = _with_records(config, everyone)
    if as_json:
        print_json(listed)
        return
    for row in listed:
        revoked = f"  revoked {iso(row['revoked_at'])}" if row["revoked_at"] else ""
        print(f"{row['name']:<24} {row['role']:<12} {iso(row['created_at'])}{revoked}")


@tokens.command("revoke")
def token_revoke(name: str, config: Config = DEFAULT_CONFIG) -> None:
    """Take a person's tokens back, at once."""

    async def revoke(records: "Records", _settings: "Settings") -> int:
        return await records.tokens.revoke(name, SystemClock().now())

    if not _with_records(config, revoke):
        raise BadInput(f"token: nobody holds a token named {name!r}")


def _with_records(config: Path, act: "Callable[[Records, Settings], Awaitable[Answer]]") -> "Answer":
    """Do something with the records that the settings name."""

    async def do() -> Answer:
        from city.settings import load_settings
        from headend.records import Records

        settings = load_settings(config)
        async with Records(settings.records.url, settings.folder) as records:
            return await act(records, settings)

    return run(do())
