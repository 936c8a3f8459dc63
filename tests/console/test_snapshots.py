"""Every screen in both languages at three sizes looks as it did when somebody last looked at it.

After a change that is meant, draw them anew and look at each: ``python -m tests.console.snapshots FOLDER``.
"""

from difflib import unified_diff

import pytest

from tests.console.drawn import drawn
from tests.console.snapshots import KEPT, VIEWS, View


@pytest.mark.parametrize("view", VIEWS, ids=str)
async def test_a_screen_looks_as_it_was_last_looked_at(view: View) -> None:
    async with view.shown() as seen:
        now = drawn(seen.app)
    kept = (KEPT / f"{view}.txt").read_text("utf-8")
    changes = list(unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", lineterm="", n=0))
    assert not changes, "\n".join(changes)


def test_no_picture_is_kept_of_what_is_not_drawn_any_more() -> None:
    assert {path.stem for path in KEPT.glob("*.txt")} == {str(view) for view in VIEWS}
