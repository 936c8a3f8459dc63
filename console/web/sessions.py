"""Who has shown a token the head-end knows, and who tries too often."""

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from console.i18n import Code

LIFETIME_S = 12 * 3600.0
"""A night's duty; then the token is asked for again."""
MOST_SESSIONS = 64
MOST_PER_TOKEN = 8
SECRET_BYTES = 32
MOST_TRIES = 5
TRIES_WITHIN_S = 60.0
MOST_ADDRESSES = 1024
"""Addresses whose tries are remembered: a flood of others makes the oldest forgotten, and takes no more memory."""
NETWORK_BITS_V6 = 64
"""Somebody with one IPv6 address has all of its network."""

Now = Callable[[], float]


@dataclass(slots=True, eq=False)
class Session:
    """One browser that has shown a token."""

    token: str = field(repr=False)
    language: Code
    ends: float


class Sessions:
    """The browsers that are signed in: in memory alone, so that a restart signs everybody out."""

    def __init__(
        self,
        dropped: Callable[[Session], object],
        *,
        lifetime_s: float = LIFETIME_S,
        most: int = MOST_SESSIONS,
        now: Now = time.monotonic,
    ) -> None:
        self._dropped = dropped
        self._most = most
        self._now = now
        self._held: dict[str, Session] = {}
        self.lifetime_s = lifetime_s

    def open(self, token: str, language: Code) -> str:
        """Sign a browser in; answers with the secret for its cookie. The oldest gives way where there are too many."""
        self._drop_expired()
        same = [key for key, session in self._held.items() if session.token == token]
        if len(same) >= MOST_PER_TOKEN:
            self._drop(same[0])
        if len(self._held) >= self._most:
            self._drop(next(iter(self._held)))
        secret = secrets.token_urlsafe(SECRET_BYTES)
        self._held[_key(secret)] = Session(token, language, self._now() + self.lifetime_s)
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of a cookie, unless it is over."""
        self._drop_expired()
        return self._held.get(_key(secret))

    def close(self, secret: str) -> None:
        """Sign a browser out."""
        self._drop(_key(secret))

    def tokens(self) -> tuple[str, ...]:
        """The tokens of all who are signed in, first come first."""
        self._drop_expired()
        return tuple(dict.fromkeys(session.token for session in self._held.values()))

    def forget(self, token: str) -> None:
        """Sign out every browser that has shown a token."""
        for key in [key for key, session in self._held.items() if session.token == token]:
            self._drop(key)

    def left_s(self, session: Session) -> float:
        """How long a session still lasts."""
        return max(0.0, session.ends - self._now())

    def __len__(self) -> int:
        return len(self._held)

    def _drop_expired(self) -> None:
        now = self._now()
        for key in [key for key, session in self._held.items() if session.ends <= now]:
            self._drop(key)

    def _drop(self, key: str) -> None:
        session = self._held.pop(key, None)
        if session is not None:
            self._dropped(session)


class Tries:
    """How often an address has shown a token that was not known; a few a minute are taken."""

    def __init__(self, now: Now = time.monotonic) -> None:
        self._now = now
        self._tries: dict[str, deque[float]] = {}

    def take(self, address: str) -> float:
        """Count one try; 0 if it may be made, else how many seconds to wait."""
        now, key = self._now(), _network(address)
        tries = self._tries.setdefault(key, deque())
        while tries and tries[0] <= now - TRIES_WITHIN_S:
            tries.popleft()
        if len(tries) >= MOST_TRIES:
            return tries[0] + TRIES_WITHIN_S - now
        tries.append(now)
        if len(self._tries) > MOST_ADDRESSES:
            del self._tries[next(iter(self._tries))]
        return 0.0

    def forgive(self, address: str) -> None:
        """Forget the last try: it was not a wrong token."""
        tries = self._tries.get(_network(address))
        if tries:
            tries.pop()


def _key(secret: str) -> str:
    """What is kept of a secret: looking it up then tells nothing of it by how long it takes."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "?"
    if isinstance(parsed, IPv6Address):
        return str(int(parsed) >> (128 - NETWORK_BITS_V6))
    return str(parsed)
