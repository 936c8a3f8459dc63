"""Acts: what people have done in the city. They wait while the console shows the past, or is only to be read."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from textual.dom import DOMNode

from console.screens.arm import ArmDialog

F = TypeVar("F", bound=Callable[..., Any])


def act(action: F) -> F:
    """Mark an action of what has a ``session``, outermost of its decorators.

    While acts are barred it only says why; while the console is read-only it offers to arm it, and goes on then.
    """

    @wraps(action)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        session = self.session
        if why := session.barred:
            self.notify(session.words.t(why), severity="warning", markup=False)
            return None
        if session.arming.armed:
            session.arming.extend()
            return action(self, *args, **kwargs)

        def answered(armed: bool | None) -> Any:  # noqa: FBT001 - as dialogs answer
            return guarded(self, *args, **kwargs) if armed else None

        self.app.push_screen(ArmDialog(session), answered)
        return None

    guarded.is_act = True  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def is_act(node: DOMNode, action: str) -> bool:
    """Whether a key's action changes something in the city."""
    name = action.partition("(")[0].rpartition(".")[2]
    return bool(getattr(getattr(node, f"action_{name}", None), "is_act", False))
