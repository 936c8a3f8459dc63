"""Which head-end a command speaks to, and with which token."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from city.errors import BadInput

DEFAULT_URL = "http://127.0.0.1:8350"

Url = Annotated[str | None, typer.Option("--url", help="The head-end; by default the last one started here.")]
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="A file that holds the token alone.")]


def _last_started() -> Path:
    """Where this user's last head-end is remembered (its URL and the *name* of its token file)."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "falotier" / "headend.json"


def remember(url: str, token_file: Path) -> None:
    """Let later commands of this user find the head-end that has just started."""
    file = _last_started()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"url": url, "token_file": str(token_file.absolute())}), encoding="utf-8")
    except OSError:
        return  # a service account without a home still runs a head-end


def reach(url: str | None, token_file: Path | None) -> tuple[str, str]:
    """The URL and the token: option, then environment, then the head-end last started here.

    Raises:
        BadInput: no token is known, or its file cannot be read.
    """
    last = _remembered()
    url = url or os.environ.get("FALOTIER_URL") or last.get("url") or DEFAULT_URL
    known = token_file or os.environ.get("FALOTIER_TOKEN_FILE")
    if not known and last.get("url") == url:
        known = last.get("token_file")
    if not known:
        raise BadInput(
            f"no token for {url}: give --token-file FILE, or set FALOTIER_TOKEN_FILE"
            " (a head-end writes its first token to supervisor.token beside its city.toml)"
        )
    try:
        token = Path(known).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadInput(f"{known}: the token cannot be read: {error.strerror}") from error
    if not token:
        raise BadInput(f"{known}: the token file is empty")
    return url.rstrip("/"), token


def head_end_url(url: str | None) -> str:
    """The URL alone, found the same way: for what speaks with the tokens of others."""
    return (url or os.environ.get("FALOTIER_URL") or _remembered().get("url") or DEFAULT_URL).rstrip("/")


def _remembered() -> dict[str, str]:
    try:
        document = json.loads(_last_started().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
