"""Ends of jobs that the store has not taken yet: a full disk must not keep anybody's credits."""

from __future__ import annotations

import logging
import threading

from roomstage.errors import StoreUnavailable
from roomstage.service.store import Failure, Job, LeaseLost, Store

_log = logging.getLogger("roomstage.server")


class Debts:
    """Fails jobs now or, while the store can't be written, as soon as it can."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._owed: dict[str, tuple[Job, Failure]] = {}

    def fail(self, job: Job, failure: Failure) -> None:
        """End a job without a result; raises nothing."""
        try:
            self._store.jobs.fail(job, failure)
        except LeaseLost:
            pass  # it was cancelled or taken over, which has settled it
        except StoreUnavailable as error:
            _log.error("the hold of job %s is released later: %s", job.id, error)
            with self._lock:
                self._owed[job.id] = (job, failure)
            return
        with self._lock:
            self._owed.pop(job.id, None)

    def settle(self) -> None:
        """Try again what is owed."""
        with self._lock:
            owed = list(self._owed.values())
        for job, failure in owed:
            self.fail(job, failure)
