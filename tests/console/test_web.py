"""The console in a browser: nothing without a token, all with one, and nothing left when it is over."""

import json
import os
import re
import signal

import pytest

from console.web.pages import Pages
from console.web.sessions import LIFETIME_S
from tests.console.fake_headend import TOKEN, until
from tests.console.web_browser import Browser, Hand, is_alive, our_consoles, served

ELSEWHERE = re.compile(r"""(?:src|href|url|action)\s*[=(]\s*["']?(?:https?:)?//""")
"""Something that a page would load from another place."""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 303),
        ("/ws", 401),
        ("/download/a-key", 401),
        ("/static/js/textual.js", 401),
        ("/static/fonts/RobotoMono-VariableFont_wght.ttf", 401),
        ("/assets/..%2fserver.py", 404),
        ("/no-such-page", 401),
    ],
)
async def test_without_a_token_there_is_nothing_but_the_page_that_asks_for_one(
    path: str, status: int
) -> None:
    async with served() as (console, url, _), Browser(url) as browser:
        answer, text = await browser.get(path)
        assert answer == status
        if status == 303:
            assert text == "/sign-in"
        assert await browser.refused() == 401
        assert len(console.visits) == 0


async def test_a_token_that_is_not_known_is_refused_and_leaves_no_cookie() -> None:
    async with served() as (console, url, _), Browser(url) as browser:
        for token in ("not-a-token", "", "a b", "é" * 20, "x" * 300):
            status, text = await browser.sign_in(token)
            assert status == 401
            assert "ne connaît pas ce jeton" in text
        assert not list(browser.http.cookie_jar)
        assert len(console.sessions) == 0


async def test_where_the_head_end_is_away_it_is_said_and_costs_no_try() -> None:
    async with served() as (_, url, head), Browser(url) as browser:
        port = head.port
        await head.stop()
        for _ in range(7):
            status, text = await browser.sign_in()
            assert status == 503
            assert "La tête de réseau ne répond pas" in text
        await head.start(port)
        assert await browser.sign_in() == (303, "/")


async def test_an_observers_token_opens_the_page_and_its_console() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        assert await browser.sign_in() == (303, "/")
        status, text = await browser.get("/")
        assert status == 200
        assert f'data-session-websocket-url="{url.replace("http", "ws")}/ws"' in text
        assert (await browser.get("/static/js/textual.js"))[0] == 200
        async with browser.console() as page:
            await page.shows("Mulhouse")
            await page.shows("Éclairage")


async def test_the_cookie_is_for_this_site_and_no_script_and_for_tls_where_there_is_tls() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        form = {"token": TOKEN, "language": "fr"}
        for proto, is_secure in (("http", False), ("https", True)):
            headers = {"X-Forwarded-Proto": proto}
            async with browser.http.post(
                "/sign-in", data=form, headers=headers, allow_redirects=False
            ) as answer:
                cookie = answer.cookies["falotier_session"]
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"
            assert bool(cookie["secure"]) is is_secure
            assert TOKEN not in cookie.value


async def test_every_answer_says_not_to_keep_nor_to_frame_it() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        for path in ("/sign-in", "/", "/ws", "/assets/page.css", "/nothing"):
            async with browser.http.get(path, allow_redirects=False) as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_no_page_loads_anything_from_elsewhere() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        await browser.sign_in()
        paths = ("/", "/sign-in", "/assets/page.css", "/static/css/xterm.css", "/static/js/textual.js")
        pages = [Pages().full("fr", 8), *[(await browser.get(path))[1] for path in paths]]
        assert min(len(page) for page in pages) > 200
        assert [found for page in pages for found in ELSEWHERE.findall(page)] == []


async def test_a_page_of_another_site_may_neither_sign_in_nor_open_a_console() -> None:
    async with served() as (console, url, _), Browser(url) as browser:
        assert (await browser.sign_in(Origin="http://elsewhere.example"))[0] == 403
        await browser.sign_in()
        for origin in ("http://elsewhere.example", "null", f"{url}.elsewhere.example", ""):
            assert await browser.refused(Origin=origin) == 403
        assert len(console.visits) == 0


async def test_a_query_that_the_script_would_act_on_is_taken_away() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        await browser.sign_in()
        assert await browser.get("/?ping=http://elsewhere.example") == (303, "/")


async def test_who_tries_too_often_has_to_wait_and_others_do_not() -> None:
    async with (
        served() as (_, url, _),
        Browser(url, "192.0.2.7") as stranger,
        Browser(url, "192.0.2.8") as other,
    ):
        for _ in range(5):
            assert (await stranger.sign_in("not-a-token"))[0] == 401
        status, text = await stranger.sign_in()
        assert status == 429
        assert "Trop d’essais" in text
        assert await other.sign_in() == (303, "/")


async def test_the_token_is_on_no_command_line_and_in_no_environment() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console() as page:
            await page.shows("Mulhouse")
            (folder,) = our_consoles().values()
            assert TOKEN.encode() not in (folder / "cmdline").read_bytes()
            assert TOKEN.encode() not in (folder / "environ").read_bytes()


async def test_signing_out_ends_the_console_and_the_session(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as (console, url, _), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console() as page:
            await page.shows("Mulhouse")
            (pid,) = our_consoles()
            cookies = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}
            await browser.sign_out()
            assert not is_alive(pid)
            assert "did not leave by itself" not in caplog.text
            await page.closed()
        browser.http.cookie_jar.update_cookies(cookies)
        assert await browser.get("/") == (303, "/sign-in")
        assert len(console.visits) == 0


async def test_a_page_that_is_closed_and_a_console_that_is_quit_leave_no_process() -> None:
    async with served() as (console, url, _), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console() as page:
            await page.shows("Mulhouse")
        await until(lambda: not our_consoles(), within_s=10.0)
        async with browser.console() as page:
            await page.shows("Mulhouse")
            await page.press("q")
            await page.closed()
        await until(lambda: not our_consoles() and len(console.visits) == 0, within_s=10.0)


@pytest.mark.parametrize("drawn", ["", "\x1b", "Mulhouse"])
async def test_a_console_that_is_still_being_built_leaves_by_itself_and_without_a_word(
    drawn: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console() as page:
            await page.shows(drawn)
            await browser.sign_out()
    assert "did not leave by itself" not in caplog.text
    assert capsys.readouterr().out == ""


async def test_a_console_that_dies_closes_its_page() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console() as page:
            await page.shows("Mulhouse")
            (pid,) = our_consoles()
            os.kill(pid, signal.SIGKILL)
            await page.closed()


async def test_a_session_that_is_over_ends_its_console() -> None:
    hand = Hand()
    async with served(now=hand) as (console, url, _), Browser(url) as browser:
        await browser.sign_in()
        hand.at += LIFETIME_S - 0.1
        async with browser.console() as page:
            await page.closed()
        hand.at += 0.1
        assert await browser.get("/") == (303, "/sign-in")
        assert len(console.sessions) == 0
        await until(lambda: not our_consoles(), within_s=10.0)


async def test_a_token_that_is_taken_back_signs_out_and_a_head_end_that_is_away_does_not() -> None:
    async with served() as (console, url, head), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console() as page:
            await page.shows("Mulhouse")
            await console.recheck()
            port = head.port
            await head.stop()
            await console.recheck()
            assert (await browser.get("/"))[0] == 200
            await head.start(port)
            head.tokens = {"another"}
            await console.recheck()
            await page.closed()
        assert await browser.get("/") == (303, "/sign-in")


async def test_the_end_of_the_server_ends_every_console() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console() as page, browser.console():
            await page.shows("Mulhouse")
            assert len(our_consoles()) == 2
    assert our_consoles() == {}


async def test_there_are_never_more_consoles_than_allowed_and_who_waits_is_told() -> None:
    async with served(visitors=1) as (_, url, _), Browser(url) as first, Browser(url) as second:
        await first.sign_in()
        await second.sign_in()
        async with first.console() as page:
            await page.shows("Mulhouse")
            status, text = await second.get("/")
            assert status == 503
            assert "1 console est ouverte, et il n’y a plus de place" in text
            assert await second.refused() == 503
            async with first.console() as again:
                await page.closed()
                await again.shows("Mulhouse")
                assert len(our_consoles()) == 1


async def test_what_is_no_request_of_the_page_is_left_alone() -> None:
    async with served() as (_, url, _), Browser(url) as browser:
        await browser.sign_in()
        async with browser.console("width=9999999&height=x") as page:
            await page.shows("Mulhouse")
            wide = {"width": 10**9, "height": -1}
            for text in (
                "][",
                "1",
                "[]",
                '["stdin"]',
                '["stdin", 7]',
                json.dumps(["resize", wide]),
                '["quit"]',
            ):
                await page.socket.send_str(text)
            await page.socket.send_str(json.dumps(["stdin", "\ud800"]))
            await page.socket.send_str(json.dumps(["ping", "42"]))
            assert await page.told("pong") == "42"
            (folder,) = our_consoles().values()
            assert b"COLUMNS=500\0" in (folder / "environ").read_bytes()


async def test_a_picture_goes_to_the_browser_that_asked_and_to_no_other() -> None:
    async with served() as (_, url, _), Browser(url) as browser, Browser(url) as other:
        await browser.sign_in()
        await other.sign_in()
        async with browser.console() as page, other.console():
            await page.shows("Mulhouse")
            await page.press("\x10")
            await page.shows("commande")
            page.drawn = b""
            await page.press("image de cet")
            await page.shows("Enregistrer une image")
            await page.press("\r")
            key = await page.told("deliver_file_start")
            assert (await other.get(f"/download/{key}"))[0] == 404
            async with browser.http.get(f"/download/{key}") as answer:
                assert answer.headers["Content-Disposition"] == 'attachment; filename="falotier-city.svg"'
                svg = await answer.text()
            assert svg.startswith("<svg")
            assert "Mulhouse" in re.sub(r"<[^>]*>|\s", "", svg)
