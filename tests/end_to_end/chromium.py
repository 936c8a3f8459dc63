"""A Chromium without a window, driven over its DevTools protocol."""

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WITHIN_S = 30.0
LOOK_AGAIN_S = 0.05
FLAGS = (
    "--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--disable-extensions", "--window-size=1300,820", "--accept-lang=fr-FR", "--password-store=basic",
)  # fmt: skip
KEYS = {"\r": ("Enter", 13), "\t": ("Tab", 9), "\x1b": ("Escape", 27)}
CATCH_THE_TERMINAL = """
Object.defineProperty(Object.prototype, "_core", {configurable: true, set(core) {
  Object.defineProperty(this, "_core", {value: core, writable: true, configurable: true});
  if (core && core.coreService && !window.terminalOfTest) window.terminalOfTest = this;
}});
"""
"""xterm.js keeps its terminal to itself; this takes note of it when it is made."""
SCREEN = """(() => {
  const buffer = window.terminalOfTest && window.terminalOfTest.buffer.active;
  if (!buffer) return "";
  return Array.from({length: window.terminalOfTest.rows},
    (_, row) => buffer.getLine(buffer.viewportY + row).translateToString(true)).join("\\n");
})()"""


class Protocol(AssertionError):
    """The browser could not do that: most often because the page was just leaving."""


class Tab:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, session: str) -> None:
        self._socket = socket
        self._session = session
        self._number = 0

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the protocol, and its result."""
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send_json(call | ({"sessionId": self._session} if self._session else {}))
        async with asyncio.timeout(WITHIN_S):
            while (told := await self._socket.receive_json()).get("id") != self._number:
                pass
        if "error" in told:
            raise Protocol(f"{method}: {told['error']}")
        result: dict[str, Any] = told["result"]
        return result

    async def value(self, script: str) -> Any:
        """What a script comes to in the page; None while it is between two pages."""
        asked = {"expression": script, "returnByValue": True, "awaitPromise": True}
        try:
            return (await self.call("Runtime.evaluate", **asked))["result"].get("value")
        except Protocol:
            return None

    async def until(self, script: str, looked: str = "document.body && document.body.innerText") -> None:
        """Wait until a script comes to something true."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not await self.value(script):
                    await asyncio.sleep(LOOK_AGAIN_S)
        except TimeoutError:
            raise AssertionError(f"never true: {script}\n{await self.value(looked)}") from None

    async def shows(self, text: str) -> None:
        """Wait until a text stands in the terminal."""
        await self.until(f"{SCREEN}.includes({json.dumps(text)})", SCREEN)

    async def type(self, text: str) -> None:
        """Press keys as a person does."""
        for letter in text:
            name, code = KEYS.get(letter, (letter, ord(letter.upper()) if letter.isalnum() else 0))
            key = {"key": name, "text": letter, "windowsVirtualKeyCode": code}
            await self.call("Input.dispatchKeyEvent", type="keyDown", **key)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=code)

    async def picture(self, file: Path) -> None:
        """Save what is to be seen."""
        png = (await self.call("Page.captureScreenshot"))["data"]
        await asyncio.to_thread(file.write_bytes, base64.b64decode(png))


@asynccontextmanager
async def tab(folder: Path) -> AsyncIterator[Tab]:
    """A fresh browser with one empty page; it and all its processes end with the block."""
    assert CHROMIUM
    process = await asyncio.create_subprocess_exec(
        *(CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"),
        env={**os.environ, "HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(WITHIN_S):
            while not (found := re.search(rb"listening on (ws://\S+)", await process.stderr.readline())):
                assert not process.stderr.at_eof(), "the browser ended before it was ready"
        async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as http:
            unread = tasks.create_task(process.stderr.read())
            async with http.ws_connect(found.group(1).decode(), max_msg_size=0) as socket:
                browser = Tab(socket, "")
                (target,) = [
                    each["targetId"]
                    for each in (await browser.call("Target.getTargets"))["targetInfos"]
                    if each["type"] == "page"
                ]
                attached = await browser.call("Target.attachToTarget", targetId=target, flatten=True)
                page = Tab(socket, attached["sessionId"])
                await page.call("Page.enable")
                await page.call("Page.addScriptToEvaluateOnNewDocument", source=CATCH_THE_TERMINAL)
                yield page
                await browser.call("Browser.close")
                async with asyncio.timeout(WITHIN_S):
                    await process.wait()
            unread.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
