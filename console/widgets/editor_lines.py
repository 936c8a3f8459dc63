"""The two lines under the plan editor: what is wrong or well with the draft, and the keys."""

from collections.abc import Sequence
from textwrap import wrap

from rich.text import Text

from city.plan_drafts import DraftFault
from console.hostile import clean
from console.i18n import Words
from console.vocabulary import AMBER, BRIGHT, GREEN, GREY, VERMILION
from console.widgets.frame_lines import key_name
from console.widgets.painted import Painted, fit


class DraftLine(Painted):
    """What is wrong with the draft, else that it can be read; and beside it what else its writer has to know."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="draft-line")
        self._words = words
        self.faults: Sequence[DraftFault] = ()
        self.trouble = ""
        """Why the head-end does not say anything of it."""
        self.is_changed = False
        self.is_overtaken = False
        """Whether another plan has come into force meanwhile."""
        self.is_kept = True
        """Whether the draft could be written to the disk."""

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """At most two lines: the first fault may need both."""
        t = self._words.t
        second = Text()
        if self.is_overtaken:
            second = Text(fit("⚠ " + t("Another plan has come into force meanwhile."), width), AMBER)
        if self.trouble:
            return [Text(fit(f"✖ {clean(self.trouble)}", width), VERMILION), second]
        if self.faults:
            return self._fault(width)
        state = t("changed, not deployed") if self.is_changed else t("as in force")
        kept = "" if self.is_kept else "  " + t("The draft could not be written to the disk.")
        first = Text.assemble((f"✓ {t('can be read')}", GREEN), (f" · {state}", BRIGHT), (kept, AMBER))
        return [first, second][:height]

    def _fault(self, width: int) -> list[Text]:
        t, fault = self._words.t, self.faults[0]
        where = t("line {line}:", line=fault.line) + " " if fault.line else ""
        more = len(self.faults) - 1
        told = f"✖ {where}{clean(fault.text)}" + (f"  (+{self._words.number(more)})" if more else "")
        first, *rest = wrap(told, max(1, width)) or [""]
        return [Text(first, VERMILION), Text(fit(" ".join(rest), width), VERMILION)]


class EditorKeys(Painted):
    """The keys that matter here, as many as there is room for."""

    def __init__(self, words: Words) -> None:
        super().__init__(id="editor-keys")
        self._words = words

    def on_mount(self) -> None:
        """What can be done changes with the focus."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.repaint())

    def paint(self, width: int, height: int) -> Sequence[Text]:
        """One line."""
        del height
        line, known = Text(), set[str]()
        # Those of the screen first: they hold in every half of it.
        active = sorted(self.screen.active_bindings.items(), key=lambda each: each[1].node is not self.screen)
        for key, each in active:
            binding = each.binding
            ours = type(each.node).__module__.startswith("console.")
            if not (ours and binding.show and binding.description) or binding.action in known:
                continue
            known.add(binding.action)
            more = Text.assemble(
                (f" {binding.key_display or key_name(key)}", f"bold {AMBER}"),
                (f" {self._words.t(binding.description)} ", GREY),
            )
            if line.cell_len + more.cell_len <= width:
                line.append_text(more)
        return [line]
