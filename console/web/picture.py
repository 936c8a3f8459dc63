"""The web server's own copy of the city, and what each visitor has not been told of it yet.

What the head-end pushes is taken apart once, for all: from then on every row is a piece of JSON that is put together
with others, and never read again here.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from city.errors import Refused
from city.incidents import LIVE
from console.client import Link, LinkState

Rows = dict[str, dict[str, str]]
"""By the name of their list, then by id: JSON."""


@dataclass(eq=False)
class Push:
    """One push: lists of rows that have an ``id``, and single values."""

    rows: Rows = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    over: frozenset[str] = frozenset()
    """The incidents among the rows that do not stand any more."""
    more: bool = False
    """Whether the next push goes on with the same whole picture."""

    @cached_property
    def data(self) -> bytes:
        """As it is sent: made once, however many it is sent to."""
        lists = (f"{json.dumps(name)}:[{','.join(rows.values())}]" for name, rows in self.rows.items())
        values = (f"{json.dumps(name)}:{value}" for name, value in self.values.items())
        return f"{{{','.join((*values, *lists))}}}".encode()

    def and_then(self, later: "Push") -> "Push":
        """Both as one: of each row only the last."""
        rows = {name: dict(held) for name, held in self.rows.items()}
        for name, news in later.rows.items():
            rows.setdefault(name, {}).update(news)
        return Push(rows, self.values | later.values, self.over | later.over, later.more)


def read_push(text: str | bytes) -> Push:
    """Take a push apart.

    Raises:
        Refused: it is none.
    """
    push = Push()
    try:
        for name, value in json.loads(text).items():
            if name == "more":
                push.more = bool(value)
            elif isinstance(value, list):
                push.rows[name] = {row["id"]: _written(row) for row in value}
            elif value is not None:  # null: nothing is said of it
                push.values[name] = _written(value)
            if name == "incidents":
                push.over = frozenset(row["id"] for row in value if row["state"] not in LIVE)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refused("the head-end does not speak as this console expects") from error
    return push


def _written(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


class Picture:
    """All that is true now, as far as the head-end has said."""

    def __init__(self) -> None:
        self._all = Push()

    def take(self, push: Push) -> None:
        """Take in what has changed; incidents that are over leave."""
        for name, news in push.rows.items():
            self._all.rows.setdefault(name, {}).update(news)
        self._all.values.update(push.values)
        for name in push.over:
            self._all.rows["incidents"].pop(name, None)

    def replace(self, complete: Push) -> Push | None:
        """Put another complete picture in its place; answers with what differs, or None where rows are gone."""
        before, self._all = self._all, Push()
        self.take(complete)
        now = self._all.rows
        if any(held.keys() - now.get(name, {}).keys() for name, held in before.rows.items()):
            return None
        changed = {name: _differing(rows, before.rows.get(name, {})) for name, rows in now.items()}
        return Push(changed, complete.values)

    def data(self) -> bytes:
        """All of it, as one push."""
        return Push(self._all.rows, self._all.values).data


def _differing(rows: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    return {name: row for name, row in rows.items() if before.get(name) != row}


class Mailbox:
    """What one visitor has not been told yet: never more than the picture, however slowly he reads."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.is_complete_due = False
        self.is_over = False
        """He may be told nothing any more."""
        self._link: Link | None = None
        self._changes: Push | None = None
        self._news = asyncio.Event()

    def tell(self, link: Link) -> None:
        """Say where the head-end stands; after UP all is due."""
        self._link, self._changes = link, None
        self.is_complete_due = link.state is LinkState.UP
        self._news.set()

    def add(self, push: Push) -> None:
        """Say what has changed."""
        if self.is_complete_due:
            return
        self._changes = self._changes.and_then(push) if self._changes else push
        self._news.set()

    def end(self) -> None:
        """Say nothing any more."""
        self.is_over = True
        self._news.set()

    async def news(self) -> None:
        """Wait until there is something to be told, or an end."""
        await self._news.wait()

    def take(self, picture: Picture) -> list[Link | bytes]:
        """All that is to be told, first things first; then there is nothing any more."""
        told: list[Link | bytes] = [self._link] if self._link else []
        if self.is_complete_due:
            told.append(picture.data())
        elif self._changes:
            told.append(self._changes.data)
        self._link, self._changes, self.is_complete_due = None, None, False
        self._news.clear()
        return told


def written_link(link: Link) -> str:
    """A link as a visitor is told of it."""
    return json.dumps({"state": link.state, "why": link.why, "retry_s": link.retry_s, "away_s": link.away_s})


def read_link(text: str) -> Link:
    """What ``written_link`` wrote."""
    told = json.loads(text)
    return replace(Link(**told), state=LinkState(told["state"]))


def tell_all(mailboxes: Iterable[Mailbox], link: Link) -> None:
    """Tell everybody where the head-end stands."""
    for mailbox in mailboxes:
        mailbox.tell(link)
