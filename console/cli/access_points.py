"""Access points on the command line: restart one, switch it or a radio of it off and on."""

from collections.abc import Callable
from typing import Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

app = typer.Typer(help="Act on an access point, as a supervisor.", rich_markup_mode=None)

ABOUT = {
    "restart": "Restart an access point: whoever is connected to it loses the network for a minute or two.",
    "enable": "Switch an access point, or one radio of it, on.",
    "disable": "Switch an access point, or one radio of it, off.",
}


def register(front_door: typer.Typer) -> None:
    """Add these commands to the front door."""
    front_door.add_typer(app, name="access-point")


def _command(does: str) -> Callable[..., None]:
    def command(
        name: Annotated[str, typer.Argument(help="An access point by id.", metavar="ID")],
        radio: Annotated[
            str, typer.Option(help="One radio alone, by the index that probe and the console show.")
        ] = "",
        reason: Annotated[str | None, typer.Option(help="Why; it is kept in the journal.")] = None,
        url: Url = None,
        token_file: TokenFile = None,
        lang: Lang = None,
        as_json: AsJson = False,
    ) -> None:
        if not reason or not reason.strip():
            raise BadInput("--reason is missing: say why, it is kept in the journal")
        from city.access_points import ActKind, ActRequest
        from console.asking import message

        request = message(ActRequest, does=ActKind(does), radio=radio, reason=reason.strip())
        done = ask(url, token_file, lambda client: client.act(name, request))
        if as_json:
            print_json(done.model_dump(mode="json"))
            return
        words = words_of(lang)
        asset = f"{name}/{radio}" if radio else name
        said = {
            "restart": words.t("{name}: restart asked for", name=asset),
            "enable": words.t("{name}: switched on", name=asset),
            "disable": words.t("{name}: switched off", name=asset),
        }
        print(said[does])

    return command


for _does, _about in ABOUT.items():
    app.command(_does, help=_about)(_command(_does))
