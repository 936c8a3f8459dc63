"""Access points on the command line: restart one, switch a radio off and on."""

from typing import Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

app = typer.Typer(help="Act on an access point, as a supervisor.", rich_markup_mode=None)

AccessPoint = Annotated[str, typer.Argument(help="An access point by id.", metavar="ID")]
Radio = Annotated[str, typer.Option(help="One radio alone, by the index that probe and the console show.")]
Reason = Annotated[str | None, typer.Option(help="Why; it is kept in the journal.")]


def register(front_door: typer.Typer) -> None:
    """Add these commands to the front door."""
    front_door.add_typer(app, name="access-point")


@app.command()
def restart(
    name: AccessPoint,
    reason: Reason = None,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Restart an access point: whoever is connected to it loses the network for a minute or two."""
    _do("restart", name, "", reason, url, token_file, lang, as_json)


@app.command()
def enable(
    name: AccessPoint,
    radio: Radio = "",
    reason: Reason = None,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Switch an access point, or one radio of it, on."""
    _do("enable", name, radio, reason, url, token_file, lang, as_json)


@app.command()
def disable(
    name: AccessPoint,
    radio: Radio = "",
    reason: Reason = None,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Switch an access point, or one radio of it, off."""
    _do("disable", name, radio, reason, url, token_file, lang, as_json)


def _do(
    does: str,
    name: str,
    radio: str,
    reason: str | None,
    url: Url,
    token_file: TokenFile,
    lang: Lang,
    as_json: bool,
) -> None:
    if not reason or not reason.strip():
        raise BadInput("--reason is missing: say why, it is kept in the journal")
    from city.access_points import ActKind, ActRequest
    from console.asking import message

    request = message(ActRequest, does=ActKind(does), radio=radio, reason=reason.strip())
    done = ask(url, token_file, lambda client: client.act(name, request))
    if as_json:
        print_json(done.model_dump(mode="json"))
    else:
        words = words_of(lang)
        said = {
            "restart": words.t("{name}: restart asked for", name=name),
            "enable": words.t("{name}: switched on", name=f"{name}/{radio}" if radio else name),
            "disable": words.t("{name}: switched off", name=f"{name}/{radio}" if radio else name),
        }
        print(said[does])
        if done.confirmed is False:
            print(words.t("  it took the order, but reads back something else"))
    if done.confirmed is False:
        raise typer.Exit(1)
