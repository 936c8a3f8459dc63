"""What stands in a panel that has nothing to show: what is missing, why, and the key that helps."""

from textwrap import wrap

from rich.text import Text

from console.hostile import clean
from console.session import Session
from console.vocabulary import GREY


def awaited(session: Session) -> str:
    """Before the head-end's first word."""
    t, city = session.words.t, session.city
    if city.link is None or city.up:
        return t("waiting for the head-end …")
    return t("Nothing is known yet: the head-end does not answer. Ctrl+R tries again now.")


def unread(session: Session, why: str) -> str:
    """The head-end was asked for it, and could not tell."""
    return session.words.t("This could not be read: {why}. Ctrl+R asks again.", why=clean(why))


def lines_of(text: str, width: int) -> list[Text]:
    """A text in as many lines as it takes."""
    return [Text(line, GREY) for line in wrap(text, max(1, width))]
