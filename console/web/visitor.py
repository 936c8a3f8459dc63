"""The process of one visitor: a console that draws into a pipe to the web server, and never outlives it.

    python -m console.web.visitor 7

The number is that of an inherited pipe. Its first line says which head-end, through which relay, with which token, in
which language: so the token stands on no command line, in no environment and in no file. Nothing else is ever sent
through it: that it closes means that the server is gone, however it went.
"""

import asyncio
import json
import os
import sys
from typing import BinaryIO

from console.app import FalotierApp
from console.i18n import choose_language
from console.web.relayed import RelayedClient

LEAVE_WITHIN_S = 5.0
STDERR = 2
"""Its file descriptor: the app stands in for ``sys.stderr`` while it runs."""


def main() -> None:
    """Run one console until its visitor leaves, or the server goes."""
    with os.fdopen(int(sys.argv[1]), "rb", buffering=0) as leash:
        asyncio.run(_visit(leash))


async def _visit(leash: BinaryIO) -> None:
    errand = json.loads(leash.readline())
    async with RelayedClient(errand["url"], errand["token"], errand["relay"]) as client:
        app = FalotierApp(client, choose_language(errand["language"]))
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(leash)
            # A screen that is still being built may complain of the end: nobody is left to hear it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), STDERR)
            app.exit()
            loop.call_later(LEAVE_WITHIN_S, os._exit, 1)

        loop.add_reader(leash, gone)
        try:
            await app.run_async()
        finally:
            loop.remove_reader(leash)


if __name__ == "__main__":
    main()
