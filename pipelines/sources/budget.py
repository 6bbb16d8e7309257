"""How many requests an account may still be sent, counted in one small file for all processes and runs.

Here: the ledger (an SQLite file) and the budget that is kept with it: a moving hour and a moving second. Not here:
how requests are made, and in which words people are told (``cdk``, ``http``).

The file is keyed by account, a name that must not be a secret; it holds moments and nothing else.
Deleting it while nothing runs only loses the hour's requests.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

#: How long a read may wait in all for the hour's budget: what an hourly schedule needs that comes a little early.
PATIENCE_SECONDS = 60.0
_HOUR = 3600.0
_SECONDS_TO_LOCK = 30.0
_TABLE = """
CREATE TABLE IF NOT EXISTS requests (account TEXT NOT NULL, reader TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS requests_by_account ON requests (account, at);
"""


class LedgerBroken(Exception):
    """Requests cannot be counted; the message says why and what to do."""


class BudgetSpent(Exception):
    """No request may be made now. ``free_at``: when the next one may; the message says how many were made."""

    def __init__(self, message: str, free_at: datetime) -> None:
        super().__init__(message)
        self.free_at = free_at


@dataclass
class RequestBudget:
    """The requests that ``account`` may be sent, as counted in the file ``ledger``; ``None`` is no limit.

    ``ledger`` may be ``:memory:``, which counts for this object alone. ``reader`` is who asks; with ``share`` it takes
    no more than so many of the hour's requests. For the second one always waits; for the hour at most
    ``patience`` seconds in all, then ``BudgetSpent`` is raised, and at every further request until the object ends.

    A request counts from its answer, or from its beginning where the process ended before the
    answer. The server counted it no later than that, so it never sees more than the budget in any
    hour of its own.
    """

    ledger: str
    account: str
    per_second: int | None = None
    per_hour: int | None = None
    reader: str = ""
    share: int | None = None
    patience: float = PATIENCE_SECONDS
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _spent: BudgetSpent | None = field(default=None, init=False, repr=False)
    _connection: sqlite3.Connection | None = field(default=None, init=False, repr=False)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> RequestBudget | None:
        """The budget that a connector config sets, or ``None`` when it sets none."""
        per_second, per_hour = config.get("requests_per_second"), config.get("requests_per_hour")
        if not per_second and not per_hour:
            return None
        share = config.get("requests_share")
        return cls(
            ledger=str(config.get("request_ledger") or ":memory:"),
            account=str(config.get("request_account") or ""),
            per_second=int(per_second) if per_second else None,
            per_hour=int(per_hour) if per_hour else None,
            reader=str(config.get("request_reader") or ""),
            share=int(share) if share else None,
            patience=float(config.get("request_patience_seconds", PATIENCE_SECONDS)),
        )

    @contextmanager
    def request(self) -> Iterator[None]:
        """Make one request in the block. Raises ``BudgetSpent`` instead of beginning it."""
        row = self._take()
        try:
            yield
        finally:
            self._answered(row)

    def left(self) -> int | None:
        """How many requests the hour still allows now; ``None`` without a limit."""
        if self.per_hour is None:
            return None
        with self._transaction() as ledger:
            return max(self.per_hour - self._made(ledger), 0)

    def spent(self) -> BudgetSpent:
        """What to tell when too few requests are ``left``: how many were made, and when there will be more."""
        with self._transaction() as ledger:
            oldest = self._newest(ledger, self._made(ledger) or 1)
            return self._sentence(ledger, self.per_hour or 0, oldest or self.clock())

    def _take(self) -> int:
        if self._spent:
            raise self._spent
        while True:
            row, wait, spent = self._try()
            if row is not None:
                return row
            if spent is not None:
                if wait > self.patience:
                    self._spent = spent
                    raise spent
                self.patience -= wait
            self.sleep(wait)

    def _try(self) -> tuple[int | None, float, BudgetSpent | None]:
        """The row of a request that was counted; or how long to wait, and for the hour why."""
        with self._transaction() as ledger:
            now = self.clock()
            kept = 1.0 if self.per_hour is None else _HOUR
            # What lies far ahead was written by a clock that was wrong, and must not shut everybody out until then.
            ledger.execute(
                "DELETE FROM requests WHERE account = ? AND (at <= ? OR at > ?)",
                [self.account, now - kept, now + _HOUR],
            )
            for allowed, reader in ((self.per_hour, None), (self.share, self.reader)):
                oldest = self._newest(ledger, allowed, reader) if allowed else None
                if allowed and oldest is not None and oldest > now - _HOUR:
                    wait = max(oldest + _HOUR - now, 0.001)
                    return None, wait, self._sentence(ledger, allowed, oldest, reader)
            oldest = self._newest(ledger, self.per_second) if self.per_second else None
            if oldest is not None and oldest > now - 1:
                return None, max(oldest + 1 - now, 0.001), None
            added = ledger.execute(
                "INSERT INTO requests VALUES (?, ?, ?)", [self.account, self.reader, now]
            )
            return added.lastrowid, 0.0, None

    def _answered(self, row: int) -> None:
        with self._transaction() as ledger:
            ledger.execute("UPDATE requests SET at = ? WHERE rowid = ?", [self.clock(), row])

    def _newest(
        self, ledger: sqlite3.Connection, number: int, reader: str | None = None
    ) -> float | None:
        """When the newest request but ``number - 1`` was made: with so many allowed, the next waits for it to age."""
        found = ledger.execute(
            "SELECT at FROM requests WHERE account = ? AND (? IS NULL OR reader = ?) "
            "ORDER BY at DESC LIMIT 1 OFFSET ?",
            [self.account, reader, reader, number - 1],
        ).fetchone()
        return found[0] if found else None

    def _made(self, ledger: sqlite3.Connection, reader: str | None = None) -> int:
        """How many requests were made within the hour."""
        (made,) = ledger.execute(
            "SELECT count(*) FROM requests WHERE account = ? AND at > ? AND (? IS NULL OR reader = ?)",
            [self.account, self.clock() - _HOUR, reader, reader],
        ).fetchone()
        return int(made)

    def _sentence(
        self, ledger: sqlite3.Connection, allowed: int, oldest: float, reader: str | None = None
    ) -> BudgetSpent:
        made = self._made(ledger, reader)
        free_at = datetime.fromtimestamp(oldest + _HOUR, timezone.utc)
        if reader is None:
            return BudgetSpent(f"{made} of {allowed} requests of this hour are used", free_at)
        return BudgetSpent(
            f"{made} of the {allowed} requests of this hour are used that are not left to others",
            free_at,
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """The ledger to oneself, among threads and processes."""
        with self._lock:
            try:
                ledger = self._opened()
                ledger.execute("BEGIN IMMEDIATE")
                try:
                    yield ledger
                except BaseException:
                    ledger.execute("ROLLBACK")
                    raise
                ledger.execute("COMMIT")
            except (OSError, sqlite3.DatabaseError) as error:
                raise LedgerBroken(
                    f"The requests of the hour cannot be counted in {self.ledger} ({error}): move that away; those "
                    "that were made are then forgotten, so wait an hour if the limit matters."
                ) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if self.ledger != ":memory:":
                Path(self.ledger).parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.ledger,
                timeout=_SECONDS_TO_LOCK,
                isolation_level=None,
                check_same_thread=False,
            )
            # A killed process loses nothing; after a power cut an hour's count is no great loss.
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(_TABLE)
        return self._connection
