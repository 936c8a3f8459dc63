"""Locks for people at work on the command line."""

from typing import TYPE_CHECKING, Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, duration, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from city.locks import LockView
    from console.i18n import Words


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    for command in (lock, unlock, locks):
        app.command()(command)


def lock(
    selector: Annotated[str, typer.Argument(help="A lamp, circuit or cabinet by id, or street:NAME …")],
    for_: Annotated[str | None, typer.Option("--for", help="How long it holds: 4h.")] = None,
    reason: Annotated[str | None, typer.Option(help="What work; it is shown to all.")] = None,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Keep light away from where people work, whoever asks for it. It replaces no isolation at the cabinet."""
    if for_ is None:
        raise BadInput("--for is missing: a lock always ends by itself; say when, for instance --for 4h")
    if not reason or not reason.strip():
        raise BadInput("--reason is missing: say what work, it is shown to all")
    from city.locks import LockRequest
    from console.asking import message

    request = message(
        LockRequest, selector=selector, for_s=duration(for_).total_seconds(), reason=reason.strip()
    )
    answer = ask(url, token_file, lambda client: client.lock(request))
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        _print_lock(answer, words_of(lang))
    if answer.refused:
        raise typer.Exit(1)


def unlock(
    name: Annotated[str, typer.Argument(help="A lock by id, as listed by falotier locks.")],
    reason: Annotated[str, typer.Option(help="Why; needed for another person's lock.")] = "",
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Lift a lock: your own, or as a supervisor another person's."""
    answer = ask(url, token_file, lambda client: client.lift(name, reason))
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        words = words_of(lang)
        points = words.n("{count} light point", "{count} light points", answer.points)
        print(words.t("{id}: lifted, {points} back to their programme", id=answer.id, points=points))


def locks(url: Url = None, token_file: TokenFile = None, lang: Lang = None, as_json: AsJson = False) -> None:
    """Where people are at work."""
    found = ask(url, token_file, lambda client: client.locks())
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    words = words_of(lang)
    if not found:
        print(words.t("Nothing is locked."))
    for each in found:
        _print_lock(each, words)


def _print_lock(lock: "LockView", words: "Words") -> None:
    from console.hostile import clean

    print(
        words.t(
            "{id}: {selector}, locked by {name} until {until}: {reason}",
            id=lock.id,
            selector=clean(lock.selector),
            name=clean(lock.by),
            until=f"{lock.until:%Y-%m-%d %H:%MZ}",
            reason=clean(lock.reason),
        )
    )
    points = words.n("{count} light point", "{count} light points", lock.points)
    print(
        "  " + words.t("dark and confirmed: {confirmed} of {points}", confirmed=lock.confirmed, points=points)
    )
    for point, why in lock.refused.items():
        print(f"  {clean(point)}: {clean(why)}")
