"""Access points on the command line: restart one, switch it or a radio of it off and on."""

from typing import TYPE_CHECKING, Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, duration, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from pathlib import Path

    from city.access_points import ActView
    from console.i18n import Words

app = typer.Typer(help="Act on an access point, as a supervisor.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="An access point by id.", metavar="ID")]
Radio = Annotated[str, typer.Option(help="One radio alone, by the index that probe and the console show.")]
Reason = Annotated[str | None, typer.Option(help="Why; it is kept in the journal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what it would do, and to how many people.")]


def register(front_door: typer.Typer) -> None:
    """Add these commands to the front door."""
    front_door.add_typer(app, name="access-point")


@app.command()
def restart(
    name: Name,
    radio: Radio = "",
    reason: Reason = None,
    dry_run: DryRun = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Restart an access point: whoever is connected to it loses the network for a minute or two."""
    view = _act("restart", name, radio, reason, None, url, token_file, dry_run=dry_run)
    _print(view, lang, as_json=as_json)


@app.command()
def enable(
    name: Name,
    radio: Radio = "",
    reason: Reason = None,
    dry_run: DryRun = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Switch an access point, or one radio of it, on."""
    view = _act("enable", name, radio, reason, None, url, token_file, dry_run=dry_run)
    _print(view, lang, as_json=as_json)


@app.command()
def disable(
    name: Name,
    radio: Radio = "",
    for_: Annotated[
        str, typer.Option("--for", help="How long, 12h at most; then the head-end switches it on again.")
    ] = "2h",
    reason: Reason = None,
    dry_run: DryRun = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Switch an access point, or one radio of it, off for a time."""
    for_s = duration(for_).total_seconds()
    view = _act("disable", name, radio, reason, for_s, url, token_file, dry_run=dry_run)
    _print(view, lang, as_json=as_json)


@app.command("off")
def off(url: Url = None, token_file: TokenFile = None, lang: Lang = None, as_json: AsJson = False) -> None:
    """List what was switched off from here, until when."""
    found = ask(url, token_file, lambda client: client.switched_off())
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    from console.hostile import clean

    words = words_of(lang)
    if not found:
        print(words.t("Nothing is switched off."))
    for each in found:
        asset = f"{each.access_point}/{each.radio}" if each.radio else each.access_point
        late = f" · {words.t('does not come back on; tried again')}" if each.overdue else ""
        print(f"{clean(asset)}  → {each.until:%Y-%m-%d %H:%MZ}{late}  {clean(each.by)}  {clean(each.reason)}")


def _act(
    does: str,
    name: str,
    radio: str,
    reason: str | None,
    for_s: float | None,
    url: str | None,
    token_file: "Path | None",
    *,
    dry_run: bool,
) -> "ActView":
    if not reason or not reason.strip():
        raise BadInput("--reason is missing: say why, it is kept in the journal")
    from city.access_points import ActKind, ActRequest
    from console.asking import message

    request = message(
        ActRequest, does=ActKind(does), radio=radio, reason=reason.strip(), for_s=for_s, dry_run=dry_run
    )
    return ask(url, token_file, lambda client: client.act(name, request))


def _print(view: "ActView", lang: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    words = words_of(lang)
    print(_said(view, words))
    if view.does == "enable":
        return
    if view.clients is None:
        print("  " + words.t("how many people lose the network by it is not known"))
    else:
        lost = words.n("{count} client loses the network", "{count} clients lose the network", view.clients)
        print("  " + lost)
    if view.last_up:
        print("  " + words.t("no other access point of {place} is up", place=view.place))


def _said(view: "ActView", words: "Words") -> str:
    name = f"{view.access_point}/{view.radio}" if view.radio else view.access_point
    until = f"{view.until:%Y-%m-%d %H:%MZ}" if view.until else ""
    if view.dry_run:
        return {
            "restart": words.t("{name}: would be asked to restart", name=name),
            "enable": words.t("{name}: would be switched on", name=name),
            "disable": words.t("{name}: would be switched off until {until}", name=name, until=until),
        }[view.does]
    return {
        "restart": words.t("{name}: restart asked for", name=name),
        "enable": words.t("{name}: switched on", name=name),
        "disable": words.t("{name}: switched off until {until}", name=name, until=until),
    }[view.does]
