"""Contents by their hash, each stored once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import LargeBinary, delete, func, select, update

from bot.store.models import BlobRow, SnapshotFileRow
from bot.store.session import Transaction

#: Hashes in one statement: far below what either database takes as parameters.
CHUNK = 500


def keep(tx: Transaction, contents: Mapping[str, bytes]) -> None:
    """Store what is not there yet, and see to it that none is dropped in this transaction.

    What is there is locked first and in order, what is new is added in order: two savers of
    the same contents then wait for each other, never both.
    """
    there = _lock(tx, contents)
    new = [
        {"hash": key, "size": len(contents[key]), "content": contents[key]}
        for key in sorted(contents.keys() - there)
    ]
    if new:
        tx.connection().execute(tx.insert(BlobRow).on_conflict_do_nothing(), new)


def read(tx: Transaction, hashes: Iterable[str]) -> dict[str, bytes]:
    """The contents of those that exist."""
    found: dict[str, bytes] = {}
    for chunk in chunks(sorted(set(hashes))):
        rows = tx.execute(select(BlobRow.hash, BlobRow.content).where(BlobRow.hash.in_(chunk)))
        found.update((key, content) for key, content in rows)
    return found


def beginnings(tx: Transaction, hashes: Iterable[str], length: int) -> dict[str, bytes]:
    """The first ``length`` bytes of those that exist."""
    found: dict[str, bytes] = {}
    start = func.substr(BlobRow.content, 1, length, type_=LargeBinary)
    for chunk in chunks(sorted(set(hashes))):
        rows = tx.execute(select(BlobRow.hash, start).where(BlobRow.hash.in_(chunk)))
        found.update((key, content) for key, content in rows)
    return found


def mark_unreferenced(tx: Transaction, hashes: Iterable[str], now: datetime) -> None:
    """Note that references to these were dropped; `collect` finds out whether others remain."""
    for chunk in chunks(sorted(set(hashes))):
        tx.execute(
            update(BlobRow)
            .where(BlobRow.hash.in_(chunk))
            .values(unreferenced_since=now)
            .execution_options(synchronize_session=False)
        )


def collect(tx: Transaction, *, unreferenced_for_s: float) -> int:
    """Drop one chunk of blobs that were marked that long ago and that nothing refers to.

    A saver holds the rows that it is about to refer to, and these are skipped; what it has
    taken up since then is no longer marked, which the database sees when it locks the row.
    """
    referenced = (
        select(SnapshotFileRow.path).where(SnapshotFileRow.content_hash == BlobRow.hash).exists()
    )
    cut = tx.now() - timedelta(seconds=unreferenced_for_s)
    garbage = tx.scalars(
        select(BlobRow.hash)
        .where(BlobRow.unreferenced_since <= cut, ~referenced)
        .order_by(BlobRow.unreferenced_since)
        .limit(CHUNK)
        .with_for_update(skip_locked=True)
    ).all()
    if garbage:
        tx.execute(
            delete(BlobRow)
            .where(BlobRow.hash.in_(garbage), ~referenced)
            .execution_options(synchronize_session=False)
        )
    return len(garbage)


def unmark_referenced(tx: Transaction, *, unreferenced_for_s: float) -> None:
    """Take the mark from those that something refers to after all."""
    referenced = (
        select(SnapshotFileRow.path).where(SnapshotFileRow.content_hash == BlobRow.hash).exists()
    )
    tx.execute(
        update(BlobRow)
        .where(
            BlobRow.unreferenced_since <= tx.now() - timedelta(seconds=unreferenced_for_s),
            referenced,
        )
        .values(unreferenced_since=None)
        .execution_options(synchronize_session=False)
    )


def chunks(items: Sequence[str]) -> Iterator[list[str]]:
    """The items in lists that fit into one statement."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _lock(tx: Transaction, contents: Mapping[str, bytes]) -> set[str]:
    there: set[str] = set()
    for chunk in chunks(sorted(contents)):
        found = tx.scalars(
            select(BlobRow.hash)
            .where(BlobRow.hash.in_(chunk))
            .order_by(BlobRow.hash)
            .with_for_update(read=True, key_share=True)
        ).all()
        there.update(found)
        tx.execute(
            update(BlobRow)
            .where(BlobRow.hash.in_(found), BlobRow.unreferenced_since.is_not(None))
            .values(unreferenced_since=None)
            .execution_options(synchronize_session=False)
        )
    return there
