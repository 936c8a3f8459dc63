"""Access points that controllers list and the inventory does not name: seen, taken up or ignored."""

from typing import TYPE_CHECKING, Annotated

import typer

from city.errors import BadInput
from console.cli.access_points import app as access_point
from console.cli.arguments import AsJson, Lang, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:
    from city.wifi_views import ProposalView
    from console.i18n import Words

Proposal = Annotated[str, typer.Argument(help="A proposal by id, as listed.", metavar="ID")]


def register(_front_door: typer.Typer) -> None:
    """Add these commands to those of access points."""
    access_point.command("proposals")(proposals)
    access_point.command("adopt")(adopt)
    access_point.command("ignore")(ignore)


def proposals(
    ignored: Annotated[bool, typer.Option("--ignored", help="Those that are ignored instead.")] = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """List the access points that controllers have and the inventory has not."""
    found = ask(url, token_file, lambda client: client.proposals(ignored=ignored))
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    words = words_of(lang)
    if not found:
        print(words.t("No access point is ignored.") if ignored else words.t("No access point is proposed."))
    for each in found:
        print(_line(each, words))


def _line(proposal: "ProposalView", words: "Words") -> str:
    from console.hostile import clean

    states = {True: words.t("in service"), False: words.t("out of service"), None: words.t("state not known")}
    since = f"{proposal.first_seen:%Y-%m-%d %H:%MZ}"
    parts = [
        clean(proposal.id),
        clean(proposal.name),
        clean(proposal.model),
        clean(proposal.serial),
        words.t("controller {name}", name=clean(proposal.controller)),
        states[proposal.up],
        words.t("listed since {time}", time=since),
    ]
    return "  ".join(part for part in parts if part)


def adopt(
    proposal: Proposal,
    hotspot: Annotated[str, typer.Option(help="The hotspot that it serves, by id.")],
    name: Annotated[
        str, typer.Option("--as", help="What to call it; by default as its controller does.")
    ] = "",
    at: Annotated[
        str | None, typer.Option(help="LAT,LON where it hangs; by default where its hotspot is.")
    ] = None,
    clients_per_radio: Annotated[
        int | None,
        typer.Option(min=1, help="What one of its radios is meant to carry; by default as its neighbours."),
    ] = None,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Take an access point up into the inventory, as a supervisor; the head-end polls it from then on."""
    from city.proposals import AdoptRequest
    from console.asking import message
    from console.hostile import clean

    latitude, longitude = _position(at)
    request = message(
        AdoptRequest,
        hotspot=hotspot,
        id=name,
        latitude=latitude,
        longitude=longitude,
        clients_per_radio=clients_per_radio,
    )
    done = ask(url, token_file, lambda client: client.adopt(proposal, request))
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    print(
        words_of(lang).t(
            "{name}: an access point of {hotspot} now, which the head-end takes up by itself.",
            name=clean(done.id),
            hotspot=clean(done.hotspot),
        )
    )


def _position(at: str | None) -> tuple[float | None, float | None]:
    if at is None:
        return None, None
    try:
        latitude, longitude = (float(part) for part in at.split(","))
    except ValueError as error:
        raise BadInput(f"--at: got {at!r}, expected LAT,LON, for instance 47.75,7.34") from error
    return latitude, longitude


def ignore(
    proposal: Proposal,
    undo: Annotated[bool, typer.Option("--undo", help="Have it proposed again.")] = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
) -> None:
    """Have an access point proposed no more, as a supervisor."""
    from console.hostile import clean

    words = words_of(lang)
    if undo:
        ask(url, token_file, lambda client: client.propose_again(proposal))
        print(words.t("{name}: proposed again", name=clean(proposal)))
    else:
        ask(url, token_file, lambda client: client.ignore(proposal))
        print(words.t("{name}: not proposed any more", name=clean(proposal)))
