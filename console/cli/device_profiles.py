"""The profiles that describe devices: which there are, what one says, and whether they hold what they promise."""

from pathlib import Path
from typing import Annotated, Any

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, print_json
from console.cli.running import run

Folders = Annotated[list[Path] | None, typer.Option("--profiles", help="A folder of one's own profiles.")]

profiles = typer.Typer(help="What device profiles exist.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.add_typer(profiles, name="profiles")


@profiles.callback(invoke_without_command=True)
def list_profiles(context: typer.Context, folders: Folders = None, as_json: AsJson = False) -> None:
    """List the device profiles with their sources."""
    context.obj = folders or []
    if context.invoked_subcommand:
        return
    from drivers.profiles import KINDS, load_profiles

    rows = [
        {
            "kind": kind,
            "name": name,
            "title": each.title,
            "source": each.source,
            "unverified": each.unverified,
        }
        for kind in KINDS
        for name, each in load_profiles(kind, context.obj).items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        mark = "  (unverified)" if row["unverified"] else ""
        print(f"{row['kind']:<7} {row['name']:<24} {row['title']}{mark}\n{'':<8}{row['source']}")


@profiles.command("show")
def show_profile(context: typer.Context, name: str) -> None:
    """Everything that one profile says, as JSON."""
    from drivers.profiles import KINDS, describe, load_profiles

    names: list[str] = []
    for kind in KINDS:
        found = load_profiles(kind, context.obj)
        if name in found:
            print_json(describe(kind, found[name]))
            return
        names += found
    raise BadInput(f"profile: got {name!r}, expected one of {', '.join(sorted(names))}")


@profiles.command("check")
def check_profiles(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Which; without any, all.")] = None,
    folders: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Try profiles by their own test vectors; exits with 1 where one does not mean what it says."""
    from drivers.profiles import KINDS, load_profiles
    from drivers.vectors import try_out

    known = {kind: load_profiles(kind, [*context.obj, *(folders or [])]) for kind in KINDS}
    if unknown := set(names or ()) - {name for found in known.values() for name in found}:
        raise BadInput(f"profile: got {', '.join(sorted(unknown))}, expected names of falotier profiles")
    rows = []
    for kind, found in known.items():
        for name in found:
            if not names or name in names:
                tried = run(try_out(kind, found[name], found))
                faults = {each.note: list(each.faults) for each in tried if each.faults}
                rows.append({"kind": kind, "name": name, "vectors": len(tried), "faults": faults})
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            _print_tried(row)
    if any(row["faults"] for row in rows):
        raise typer.Exit(1)


def _print_tried(row: dict[str, Any]) -> None:
    print(f"{row['kind']:<7} {row['name']:<24} {_verdict(row['vectors'], len(row['faults']))}")
    for note, faults in row["faults"].items():
        for fault in faults:
            print(f"{'':<8}{note}: {fault}")


def _verdict(vectors: int, faulty: int) -> str:
    if not vectors:
        return "no vectors: nothing shows that it is right"
    if faulty:
        return f"{faulty} of {vectors} vectors {'does' if faulty == 1 else 'do'} not hold"
    return "1 vector holds" if vectors == 1 else f"{vectors} vectors hold"
