"""Light that follows people, on the command line: the dynamic rules as they stand."""

from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from console.cli.arguments import AsJson, Lang, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from city.presence_views import LentView, PresenceRuleView
    from console.i18n import Words


def register(app: typer.Typer) -> None:
    """Add this command to the front door."""
    app.command()(presence)


def presence(
    url: Url = None, token_file: TokenFile = None, lang: Lang = None, as_json: AsJson = False
) -> None:
    """Light that follows people: each dynamic rule, who is there, and what the light has cost."""
    found = ask(url, token_file, lambda client: client.presence())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    words = words_of(lang, found.time_zone)
    if not found.rules:
        print(words.t("No dynamic rule is set."))
    for rule in found.rules:
        _print_rule(rule, words)
    print(words.t("Light lent: {cost}", cost=_cost(found.tonight, found.last_30_days, words)))


def _print_rule(rule: "PresenceRuleView", words: "Words") -> None:
    from console.hostile import clean
    from console.i18n import UNKNOWN
    from console.vocabulary import NO_LIGHT_LENT

    clients = UNKNOWN if rule.clients is None else words.n("{count} client", "{count} clients", rule.clients)
    print(f"{clean(rule.name)} · {clean(rule.place)} · {clients}")
    limits = words.t(
        "at least {level} from {begins} clients on, until fewer than {below} for {span}",
        level=words.percent(rule.at_least_pct),
        begins=words.number(rule.begins_from),
        below=words.number(rule.until_below),
        span=words.span(timedelta(minutes=rule.hold_min)),
    )
    latest = f" · {words.t('never past {time}', time=rule.never_past)}" if rule.never_past else ""
    print(f"  {limits}{latest}")
    if rule.why_not is None:
        lifted = words.n("{count} light point", "{count} light points", rule.lifted)
        since = words.clock(rule.held_since)
        print("  ▶ " + words.t("{points} give more light, since {time}", points=lifted, time=since))
        print(f"    {clean(rule.text)}")
    else:
        print("  " + words.t("lends no light: {why}", why=words.t(NO_LIGHT_LENT[rule.why_not])))
    print("  " + _cost(rule.tonight, rule.last_30_days, words))


def _cost(tonight: "LentView", month: "LentView", words: "Words") -> str:
    return words.t(
        "tonight {tonight}, {tonight_eur} € · last 30 nights {month}, {month_eur} €",
        tonight=words.energy(tonight.wh),
        tonight_eur=words.number(tonight.eur, 2),
        month=words.energy(month.wh),
        month_eur=words.number(month.eur, 2),
    )
