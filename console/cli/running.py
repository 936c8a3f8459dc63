"""Running the asynchronous part of a command so that whatever ends it, what it started is ended with it."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def run(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run to the end; SIGTERM and a terminal that hangs up end it as ctrl+c does.

    Raises:
        KeyboardInterrupt: it was ended from outside.
    """

    async def guarded() -> Answer:
        task = asyncio.current_task()
        on_end(task.cancel if task else lambda: None)
        return await main

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


def on_end(act: Callable[[], object]) -> None:
    """What to do from now on when somebody asks this process to end."""
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(sign) is not signal.SIG_IGN:
            loop.add_signal_handler(sign, act)
