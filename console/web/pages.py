"""The pages around the console: signing in, no room, and the one that holds it."""

from html import escape
from importlib.resources import files
from string import Template
from typing import Literal

from console.i18n import Code, Words

NAMES: dict[Code, str] = {"fr": "Français", "en": "English"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    # The terminal writes style sheets of its own for its font and colours.
    "style-src 'self' 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Go with every answer."""


class Pages:
    """Every page, in both languages."""

    def __init__(self) -> None:
        self.words: dict[Code, Words] = {"fr": Words("fr"), "en": Words("en")}
        folder = files("console") / "web" / "pages"
        self._templates = {
            name: Template((folder / f"{name}.html").read_text(encoding="utf-8"))
            for name in ("sign-in", "full", "console")
        }

    def sign_in(self, language: Code, told: str = "") -> str:
        """Ask for a token, and say why again."""
        t = self.words[language].t
        other: Code = "en" if language == "fr" else "fr"
        return self._filled(
            "sign-in",
            language,
            hint=t("The console opens with the rights of your token."),
            label=t("Token"),
            button=t("Sign in"),
            other=other,
            other_name=NAMES[other],
        ).replace("<!-- told -->", f'<p class="told" role="alert">▲ {escape(told)}</p>' if told else "")

    def full(self, language: Code, most: int) -> str:
        """There is no room."""
        words = self.words[language]
        return self._filled(
            "full",
            language,
            told=words.n(
                "{count} console is open, and there is room for no more. Try again later.",
                "{count} consoles are open, and there is room for no more. Try again later.",
                most,
            ),
            again=words.t("Try again"),
            sign_out=words.t("Sign out"),
        )

    def console(self, language: Code, socket: str) -> str:
        """The page that holds the console."""
        t = self.words[language].t
        return self._filled(
            "console",
            language,
            socket=socket,
            opening=t("Opening the console…"),
            closed=t("This console is closed."),
            again=t("Open it again"),
            sign_out=t("Sign out"),
        )

    def _filled(self, name: Literal["sign-in", "full", "console"], language: Code, **texts: str) -> str:
        escaped = {key: escape(text) for key, text in texts.items()}
        return self._templates[name].substitute(escaped, language=language)
