"""The one live connection to the head-end, for all visitors."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace

from console.client import ApiClient, Link, LinkState
from console.web.picture import Mailbox, Picture, Push, read_push, tell_all
from console.web.sessions import Now


class Feed:
    """Listens to the head-end while anybody looks, with the token of one who is signed in.

    The server has no rights of its own: when nobody is signed in, it knows nothing.
    """

    def __init__(
        self,
        head_end: str,
        tokens: Callable[[], Collection[str]],
        doubt: Callable[[], Awaitable[None]],
        now: Now = time.monotonic,
    ) -> None:
        """``tokens``: of those who are signed in, first come first. ``doubt``: have them all checked."""
        self.picture = Picture()
        self._head_end = head_end
        self._tokens = tokens
        self._doubt = doubt
        self._now = now
        self._mailboxes: set[Mailbox] = set()
        self._token: str | None = None
        """Whose token is listened with."""
        self._link: Link | None = None
        self._lost_at_s: float | None = None
        self._complete_next = True
        self._coming: Push | None = None
        """A whole picture whose last portion has not come yet."""
        self._news = asyncio.Event()
        self._limit: asyncio.Timeout | None = None

    @contextmanager
    def listen(self, token: str) -> Iterator[Mailbox]:
        """A visitor's mailbox, for as long as he listens."""
        mailbox = Mailbox(token)
        if self._link:
            mailbox.tell(self._aged(self._link))
        self._mailboxes.add(mailbox)
        self._news.set()
        try:
            yield mailbox
        finally:
            self._mailboxes.discard(mailbox)
            self.check()

    def check(self) -> None:
        """Tell nothing to those who are signed out, and listen with the token of none of them."""
        tokens = self._tokens()
        for mailbox in self._mailboxes:
            if mailbox.token not in tokens:
                mailbox.end()
        if not self._is_needed() or self._token not in tokens:
            self._leave()

    async def run(self) -> None:
        """Listen for ever, whenever anybody looks."""
        while True:
            await self._news.wait()
            self._news.clear()
            self._token = next(iter(self._tokens()), None) if self._is_needed() else None
            if self._token is None:
                self.picture, self._link, self._lost_at_s = Picture(), None, None
                continue
            try:
                async with asyncio.timeout(None) as self._limit:
                    await self._follow(self._token)
            except TimeoutError:
                self._news.set()  # somebody left: see who is there
            finally:
                self._limit = None

    def _is_needed(self) -> bool:
        return any(not mailbox.is_over for mailbox in self._mailboxes)

    def _leave(self) -> None:
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())

    async def _follow(self, token: str) -> None:
        async with (
            ApiClient(self._head_end, token) as client,
            aclosing(client.heard(read_push)) as items,
        ):
            async for item in items:
                if isinstance(item, Push):
                    self._pushed(item)
                elif item.state is LinkState.UP:
                    self._complete_next, self._coming = True, None
                else:
                    if item.state is LinkState.REFUSED:
                        await self._doubt()  # if it is the token, somebody else's is taken
                    self._lost(item)

    def _pushed(self, push: Push) -> None:
        complete = self._complete_next
        if complete:
            push = self._coming.and_then(push) if self._coming else push
            self._coming = push if push.more else None
            if push.more:
                return
        self._complete_next = False
        differing: Push | None = push
        if complete:
            differing = self.picture.replace(push)
        else:
            self.picture.take(push)
        if self._link is not None and self._link.state is LinkState.UP and differing:
            for mailbox in self._mailboxes:
                mailbox.add(differing)
            return
        self._link, self._lost_at_s = Link(LinkState.UP), None
        tell_all(self._mailboxes, self._link)

    def _lost(self, link: Link) -> None:
        if self._token not in self._tokens():
            return  # the next one may know better
        self._link = link
        if self._lost_at_s is None:
            self._lost_at_s = self._now()
        tell_all(self._mailboxes, self._aged(link))

    def _aged(self, link: Link) -> Link:
        return replace(link, away_s=0.0 if self._lost_at_s is None else self._now() - self._lost_at_s)
