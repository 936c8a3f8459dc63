"""Pictures of the console, and what is said of those that show more than may be published."""

from pathlib import Path

import pytest

from tests.console.consoles import console

WARNING = "Elle montre aussi les petits nombres de clients"


async def test_a_picture_with_true_counts_of_clients_is_saved_with_a_warning_and_others_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console((160, 40)) as seen:
        await seen.press("2")
        await seen.shows("0205")
        await seen.app.action_picture()
        await seen.shows("falotier-lighting.svg")
        assert WARNING not in seen.text
        await seen.press("5")
        await seen.shows("AP-CEN-03")
        await seen.app.action_picture()
        await seen.shows("falotier-wifi.svg", WARNING)
    assert [(tmp_path / f"falotier-{name}.svg").exists() for name in ("lighting", "wifi", "city")] == [
        True,
        True,
        False,
    ]
