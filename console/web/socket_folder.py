"""A folder for a Unix socket that nobody else may enter, and what killed servers left of theirs."""

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "falotier-web-"
NAME = "relay"
YOUNG_S = 60.0
"""A folder that is younger is let be: its server may be about to listen."""


@contextmanager
def socket_path() -> Iterator[Path]:
    """Where to listen; the folder is gone afterwards."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        yield Path(folder) / NAME


def _sweep() -> None:
    """Take away the folders of servers that were killed: nobody answers there any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's
            if time.time() - folder.stat().st_mtime > YOUNG_S and _is_dead(folder / NAME):
                (folder / NAME).unlink()
                folder.rmdir()


def _is_dead(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return True
    return False
