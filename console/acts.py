"""Acts: what people have done in the city. They wait while the console shows the past, or is only to be read."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from textual.dom import DOMNode

F = TypeVar("F", bound=Callable[..., Any])


def act(action: F) -> F:
    """Mark an action of what has a ``session``, outermost of its decorators: while acts are barred it only says why."""

    @wraps(action)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if why := self.session.barred:
            self.notify(self.session.words.t(why), severity="warning", markup=False)
            return None
        return action(self, *args, **kwargs)

    guarded.is_act = True  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def is_act(node: DOMNode, action: str) -> bool:
    """Whether a key's action changes something in the city."""
    name = action.partition("(")[0].rpartition(".")[2]
    return bool(getattr(getattr(node, f"action_{name}", None), "is_act", False))
