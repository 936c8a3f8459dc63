"""How what was measured fares on its way to the store, in words that a tired person understands."""

from collections.abc import Iterator
from datetime import timedelta

from city.storage import StorageView
from console.hostile import clean
from console.i18n import Words
from console.vocabulary import LOSSES

LAG_WORTH_SAYING_S = 60.0
"""Seconds: values are gathered before they are written, so that some always wait, for a moment."""


def lines_of(storage: StorageView, words: Words) -> list[str]:
    """What there is to say; one short line while all is well."""
    if _is_well(storage):
        return [words.t("no measurement is lost or late")]
    return [*_waiting(storage, words), *_lost(storage, words), *_set_aside(storage, words)]


def _is_well(storage: StorageView) -> bool:
    troubles = storage.lost or storage.damaged or storage.dead_letters or storage.is_catching_up
    return not troubles and storage.lag_s <= LAG_WORTH_SAYING_S


def _waiting(storage: StorageView, words: Words) -> Iterator[str]:
    if storage.lag_s <= LAG_WORTH_SAYING_S and not storage.is_catching_up:
        return
    age = words.span(timedelta(seconds=storage.lag_s))
    waits = words.n(
        "{count} value waits, for {age} now",
        "{count} values wait, the oldest for {age}",
        storage.waiting,
        age=age,
    )
    if storage.is_catching_up:
        yield f"{waits}: {words.t('the store is back and catches up')}"
    else:
        yield f"{waits}: {words.t('kept on the disk, and written once the store takes them')}"
    if storage.bytes_most:
        taken, most = words.size(storage.bytes), words.size(storage.bytes_most)
        share = words.percent(100 * storage.bytes / storage.bytes_most)
        yield words.t(
            "the spool takes {taken} of the {most} that it may ({share})", taken=taken, most=most, share=share
        )


def _lost(storage: StorageView, words: Words) -> Iterator[str]:
    if storage.lost:
        yield words.n(
            "{count} value is lost since the start", "{count} values are lost since the start", storage.lost
        )
    for why, count in sorted(storage.losses.items(), key=lambda loss: -loss[1]):
        yield f"    {words.number(count)} × {words.t(LOSSES[why]) if why in LOSSES else clean(why)}"


def _set_aside(storage: StorageView, words: Words) -> Iterator[str]:
    if storage.damaged:
        yield words.n(
            "{count} damaged record was set aside; the rest goes on",
            "{count} damaged records were set aside; the rest goes on",
            storage.damaged,
        )
    if storage.dead_letters:
        yield words.n(
            "{count} reading was refused by the store, and is kept aside with the reason",
            "{count} readings were refused by the store, and are kept aside with the reason",
            storage.dead_letters,
        )
