"""How an incident is named in one line, and its place in another, wherever it is told of."""

from rich.text import Text

from city.incidents import LIVE
from city.messages import IncidentView
from console.hostile import clean
from console.i18n import Words
from console.vocabulary import BRIGHT, CAUSES, GREY, INCIDENT_SIGNS, PROBABLE, REOPENED


def incident_head(incident: IncidentView, words: Words) -> Text:
    """Its state's sign, whether it is only probable, how often it came back, and its cause.

    The marks stand before the words: where room is short, the words give way.
    """
    sign = INCIDENT_SIGNS[incident.state]
    head = Text(f"{sign.symbol} ", sign.colour)
    if incident.probable:
        head.append(f"{PROBABLE.symbol} ", PROBABLE.colour)
    if incident.reopened:
        head.append(f"{REOPENED.symbol}{incident.reopened} ", REOPENED.colour)
    known = incident.acknowledged_by is not None or incident.state not in LIVE
    return head.append(words.t(CAUSES[incident.cause]), GREY if known else f"bold {BRIGHT}")


def incident_spot(incident: IncidentView) -> str:
    """The asset and its street; what has none, such as a gateway, stands at its own name."""
    spot = clean(incident.asset)
    return spot if incident.place == incident.asset else f"{spot} · {clean(incident.place)}"
