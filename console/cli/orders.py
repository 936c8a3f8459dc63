"""Orders on the command line: asking for one, agreeing to another person's, and why a lamp is as it is."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from city.errors import BadInput
from console.cli.arguments import AsJson, Lang, duration, print_json, say
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from collections.abc import Mapping

    from city.approvals import ApprovalView
    from city.messages import LightPointDetail, OrderView
    from console.client import ApiClient
    from console.i18n import Words

LOOK_EVERY_S = 2.0
"""Real seconds between two looks at whether a second person has answered."""
MOST_NAMED = 5
"""How many light points that are held back are named."""


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    for command in (order, why, approvals, approve, reject):
        app.command()(command)


def order(
    selector: Annotated[
        str, typer.Argument(help="A lamp, circuit or cabinet by id, lamps:ID,ID, or sector:NAME, all …")
    ],
    level: Annotated[
        float | None, typer.Option(help="Percent, 0–100; without it, back to the programme.")
    ] = None,
    for_: Annotated[str | None, typer.Option("--for", help="How long it holds: 2h, 90m.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept in the journal.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would change.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Where a second person is needed, wait for the answer.")
    ] = False,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Override the programme of some light points, for a stated time and reason."""
    if level is not None and not 0 <= level <= 100:
        raise BadInput(f"--level: got {level:g}, expected 0 to 100 percent")
    if for_ is None:
        raise BadInput("--for is missing: an override always ends by itself; say when, for instance --for 2h")
    if not reason or not reason.strip():
        raise BadInput("--reason is missing: say why, it is kept in the journal")
    from city.messages import OrderRequest
    from console.asking import message

    request = message(
        OrderRequest,
        selector=selector,
        level_pct=level,
        for_s=duration(for_).total_seconds(),
        reason=reason.strip(),
        dry_run=dry_run,
    )
    words = words_of(lang)
    answer = ask(url, token_file, lambda client: client.order(request))
    done = not answer.refused
    if answer.state == "awaiting":
        approval = ask(url, token_file, lambda client: client.approval(answer.id))
        say(_how_to_agree(approval, words))
        if wait:
            approval = _decided(url, token_file, approval.id)
            say(_decision(approval, words))
            answer = ask(url, token_file, lambda client: _as_decided(client, answer))
        done = approval.state == "approved" and not answer.refused
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        _print_order(answer, words)
    if not done:
        raise typer.Exit(1)


async def _as_decided(client: "ApiClient", asked: "OrderView") -> "OrderView":
    """An order as it stands once somebody has answered; one that is not in force stands nowhere."""
    known = {each.id: each for each in await client.orders()}
    return known.get(asked.id) or asked.model_copy(update={"state": "over"})


def _decided(url: Url, token_file: TokenFile, name: str) -> "ApprovalView":
    while True:
        approval = ask(url, token_file, lambda client: client.approval(name))
        if approval.state not in {"waiting", "acting"}:
            return approval
        time.sleep(LOOK_EVERY_S)


def _how_to_agree(approval: "ApprovalView", words: "Words") -> str:
    from console.hostile import clean
    from console.vocabulary import ROLES

    return words.t(
        "Nothing is sent yet: it waits until {until} for a second person ({role} at least, not {name}): {command}",
        until=f"{approval.until:%Y-%m-%d %H:%MZ}",
        role=words.t(ROLES[approval.role]),
        name=clean(approval.asked_by),
        command=f"falotier approve {approval.id}",
    )


def _decision(approval: "ApprovalView", words: "Words") -> str:
    from console.hostile import clean

    by, why = clean(approval.decided_by or ""), clean(approval.why)
    match approval.state:
        case "approved":
            return words.t("{name} agreed", name=by)
        case "rejected":
            return words.t("{name} did not agree: {why}", name=by, why=why)
        case "failed":
            return words.t("{name} agreed, but it could not be done: {why}", name=by, why=why)
        case _:
            return words.t("Nobody agreed in time: nothing was done")


def _print_order(order: "OrderView", words: "Words") -> None:
    from console.vocabulary import SECONDS

    if order.dry_run:
        print(words.t("Dry run, nothing sent"))
    points = words.n("{count} light point", "{count} light points", order.points)
    until = f"{order.until:%Y-%m-%d %H:%MZ}"
    print(
        words.t(
            "{points}, {changed} would change, until {until}",
            points=points,
            changed=order.would_change,
            until=until,
        )
    )
    _print_power(order, words)
    if order.state != "in_force":
        _print_sectors(order.sectors)
        if order.second:
            print(words.t("A second person is needed: {why}", why=words.t(SECONDS[order.second])))
    else:
        print(
            words.t(
                "{id}: confirmed by {confirmed} of {points}",
                id=order.id,
                confirmed=order.confirmed,
                points=points,
            )
        )
    _print_held_back({**order.locked, **order.blocked}, words)
    for point, why in order.refused.items():
        print(f"{point}: {why}")


def _print_power(order: "OrderView", words: "Words") -> None:
    now, then = order.power_now_w, order.power_then_w
    if now is None or then is None:
        return
    print(words.t("{now} now, {then} then", now=words.power(now), then=words.power(then)))
    if order.energy_kwh is not None:
        sign = "+" if order.energy_kwh >= 0 else "−"
        energy = f"{sign}{words.energy(abs(order.energy_kwh) * 1000)}"
        print(words.t("{energy} until its end, against the programme", energy=energy))


def _print_sectors(sectors: "Mapping[str, int]") -> None:
    from console.hostile import clean

    for sector, points in sectors.items():
        print(f"  {clean(sector)}: {points}")


def _print_held_back(held: "Mapping[str, str]", words: "Words") -> None:
    from console.hostile import clean

    if not held:
        return
    print(words.n("{count} light point is held back:", "{count} light points are held back:", len(held)))
    for point, why in list(held.items())[:MOST_NAMED]:
        print(f"  {clean(point)}: {clean(why)}")
    if len(held) > MOST_NAMED:
        print("  " + words.n("and {count} more", "and {count} more", len(held) - MOST_NAMED))


def why(
    lamp: Annotated[str, typer.Argument(help="A light point by id.")],
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Why a lamp is at its level: what each layer says, from the plan to an order or a lock."""
    detail = ask(url, token_file, lambda client: client.light_point(lamp))
    if as_json:
        point = detail.point
        print_json(
            {
                "id": point.id,
                "state": point.state,
                "asked_pct": point.asked_pct,
                "effect_pct": point.effect_pct,
                "power_w": point.power_w,
                **detail.reason.model_dump(mode="json"),
            }
        )
        return
    _print_why(detail, words_of(lang))


def _print_why(detail: "LightPointDetail", words: "Words") -> None:
    from console.hostile import clean
    from console.vocabulary import LAMP_SIGNS, LAYERS

    point = detail.point
    print(
        words.t(
            "{id}: asked {asked}, in effect {effect}, measured {power} ({state})",
            id=clean(point.id),
            asked=words.percent(point.asked_pct),
            effect=words.percent(point.effect_pct),
            power=words.power(point.power_w),
            state=words.t(LAMP_SIGNS[point.state].word),
        )
    )
    last = len(detail.reason.chain) - 1
    for number, each in enumerate(detail.reason.chain):
        parts = [
            clean(each.text),
            clean(each.by or ""),
            # A rule's lease ends and is renewed every few minutes: its text says how long it lasts.
            f"→ {each.until:%Y-%m-%d %H:%MZ}" if each.until and each.layer != "dynamic" else "",
        ]
        told = " · ".join(part for part in parts if part)
        mark = "▶" if number == last else " "
        print(f"{mark} {words.t(LAYERS[each.layer]):<20} {words.percent(each.level_pct):>6}  {told}".rstrip())


def approvals(
    url: Url = None, token_file: TokenFile = None, lang: Lang = None, as_json: AsJson = False
) -> None:
    """What waits for a second person."""
    found = ask(url, token_file, lambda client: client.approvals())
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    words = words_of(lang)
    if not found:
        print(words.t("Nothing waits for a second person."))
    for each in found:
        _print_approval(each, words)


def _print_approval(approval: "ApprovalView", words: "Words") -> None:
    from console.hostile import clean

    points = words.n("{count} light point", "{count} light points", approval.points)
    print(
        f"{approval.id}  {clean(approval.kind)}  {clean(approval.summary)}  {points}"
        f"  {clean(approval.asked_by)}  → {approval.until:%H:%MZ}"
    )


Request = Annotated[str, typer.Argument(help="A request by id, as listed by falotier approvals.")]


def approve(
    name: Request, url: Url = None, token_file: TokenFile = None, lang: Lang = None, as_json: AsJson = False
) -> None:
    """Agree to what another person asked for: it is done at once."""
    answer = ask(url, token_file, lambda client: client.approve(name))
    if as_json:
        print_json(answer.model_dump(mode="json"))
    elif answer.order:
        _print_order(answer.order, words_of(lang))
    else:
        print(_decision(answer, words_of(lang)))
    if answer.order and answer.order.refused:
        raise typer.Exit(1)


def reject(
    name: Request,
    reason: Annotated[str, typer.Option(help="Why not; whoever asked is told.")],
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """Say no to what another person asked for, or take back what you asked for."""
    answer = ask(url, token_file, lambda client: client.reject(name, reason))
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        print(_decision(answer, words_of(lang)))
