"""What is to be expected of public places, on the command line: the day, the hours ahead, and what would help."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.arguments import AsJson, Lang, print_json
from console.cli.ask import ask, words_of
from console.cli.reach import TokenFile, Url

if TYPE_CHECKING:  # loaded when something is asked, so that other commands start sooner
    from city.wifi_views import OutlookView, StepView
    from console.i18n import Words

HOUR = timedelta(hours=1)
BAR = 30
"""Cells of a bar that is as long as the most that is shown."""
SURE, POSSIBLE = "█", "░"
"""Up to the low end of the band, and from there to its high end."""
LABEL = 10


def register(app: typer.Typer) -> None:
    """Add this command to the front door."""
    app.command("outlook")(outlook)


def outlook(
    hotspot: Annotated[str | None, typer.Argument(help="A public place by id; without one, all.")] = None,
    url: Url = None,
    token_file: TokenFile = None,
    lang: Lang = None,
    as_json: AsJson = False,
) -> None:
    """How many people public places will have in the next hours, beside what is usual, and what would help them."""
    if hotspot is None:
        found = ask(url, token_file, lambda client: client.outlooks())
        if as_json:
            print_json([view.model_dump(mode="json") for view in found])
            return
        for view in found:
            _print_line(view, words_of(lang, view.time_zone))
        return
    view = ask(url, token_file, lambda client: client.outlook(hotspot))
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        _print_all(view, words_of(lang, view.time_zone))


def _print_line(view: "OutlookView", words: "Words") -> None:
    """One place in one line: its fullest hour ahead, when it is full, and what helps most."""
    from console.hostile import clean
    from console.outlook_words import ADVICE

    parts = [clean(view.hotspot)]
    peak = max((step for step in view.steps if step.expected is not None), key=_expected, default=None)
    if peak is None:
        parts.append(words.t("nothing can be expected yet"))
    else:
        most, at = words.number(peak.expected), words.clock(peak.at)
        parts.append(words.t("at most {clients} of {capacity}, at {time}", clients=most, time=at,
                             capacity=words.number(view.capacity)))  # fmt: skip
    if view.saturated_from:
        parts.append(words.t("full from {time} on", time=words.clock(view.saturated_from)))
    if view.event:
        parts.append(clean(view.event))
    if view.advice:
        parts.append(f"→ {words.t(ADVICE[view.advice[0].kind])}")
    print(" · ".join(parts))


def _print_all(view: "OutlookView", words: "Words") -> None:
    from console.hostile import clean

    head = [clean(view.hotspot), f"{words.date(view.at)} {words.clock(view.at)}"]
    head += [clean(view.event)] if view.event else []
    head.append(words.n("meant for {count} client", "meant for {count} clients", view.capacity))
    head.append(words.n("{count} day of history", "{count} days of history", view.history_days))
    print(" · ".join(head))
    _print_today(view, words)
    _print_ahead(view, words)
    _print_long_run(view, words)
    _print_advice(view, words)


def _print_today(view: "OutlookView", words: "Words") -> None:
    """The day so far in one line, with what is usual below it, to the same scale."""
    from console.widgets.plot import sparkline

    so_far = [step for step in view.steps if step.expected is None and step.at + HOUR <= view.at]
    top = max(
        (value for step in so_far for value in (step.clients, step.usual) if value is not None), default=0.0
    )
    if not so_far or not top:
        print(words.t("Nothing was measured today."))
        return
    print(words.t("Since {time}, an hour each; the highest is {clients}", time=words.clock(so_far[0].at),
                  clients=words.number(top)))  # fmt: skip
    for label, values in (
        (words.t("measured"), [step.clients for step in so_far]),
        (words.t("usual"), [step.usual for step in so_far]),
    ):
        print(f"  {label:<{LABEL}} {sparkline(values, len(values), top)}")


def _print_ahead(view: "OutlookView", words: "Words") -> None:
    ahead = [step for step in view.steps if step.expected is not None]
    if not ahead:
        print(words.t("Nothing can be expected yet: there is too little history."))
        return
    print(words.t("Expected; between the ends of the bar's light part in nine of ten cases:"))
    top = max(step.high if step.high is not None else _expected(step) for step in ahead)
    for step in ahead:
        said = words.number(step.expected)
        if step.low is not None and step.high is not None:
            said += f" ({words.number(step.low)}–{words.number(step.high)})"
        usual = words.t("usual {clients}", clients=words.number(step.usual))
        print(f"  {words.clock(step.at)} {_bar(step, top)} {said}, {usual}")
    if view.saturated_from:
        print(words.t("Expected to be full from {time} on.", time=words.clock(view.saturated_from)))


def _expected(step: "StepView") -> float:
    return step.expected or 0.0


def _bar(step: "StepView", top: float) -> str:
    low = step.low if step.low is not None else _expected(step)
    high = step.high if step.high is not None else _expected(step)
    sure, possible = (round(value / (top or 1.0) * BAR) for value in (low, high))
    return (SURE * sure + POSSIBLE * (possible - sure)).ljust(BAR)


def _print_long_run(view: "OutlookView", words: "Words") -> None:
    from console.outlook_words import DAYS

    for busy in view.busy_hours:
        print(
            words.t(
                "Busiest on {days}: {begin} h to {end} h, {clients} clients, {load}",
                days=words.t(DAYS.get(busy.days, busy.days)),
                begin=busy.hour,
                end=busy.hour + 1,
                clients=words.number(busy.clients),
                load=words.percent(busy.load_pct),
            )
        )
    if view.growth:
        figures = (view.growth.pct_a_month, view.growth.low, view.growth.high)
        change, low, high = (words.percent(each, 1) for each in figures)
        print(
            words.t(
                "Change a month: {change} (in nine of ten cases between {low} and {high}), seen over {months} months",
                change=change,
                low=low,
                high=high,
                months=words.number(view.growth.months, 1),
            )
        )


def _print_advice(view: "OutlookView", words: "Words") -> None:
    from console.hostile import clean
    from console.outlook_words import ADVICE, figures

    if not view.advice:
        if view.history_days:
            print(words.t("Nothing needs to be done."))
        return
    print(words.t("What would help in the busiest hours:"))
    for advice in view.advice:
        gain = words.t("{points} points of load less", points=words.number(advice.gain_pct, 1))
        print(f"  {advice.rank}. {words.t(ADVICE[advice.kind])} ({clean(advice.target)}): {gain}")
        print(f"     {figures(advice, words)}")
