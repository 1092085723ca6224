"""An account's jobs of the past, page by page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from roomstage.service.store.database import Database
from roomstage.service.store.job import Job, State, from_row
from roomstage.service.store.schema import jobs


@dataclass(frozen=True, slots=True)
class Search:
    """Which jobs are asked for."""

    account: str
    since: float
    until: float
    model: str = ""  # a part of the slug
    states: tuple[State, ...] = ()  # none = any
    order_by: str = "created_at"  # or model, price
    ascending: bool = False
    page: int = 1
    per_page: int = 20


class History:
    """Reads the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, search: Search) -> tuple[list[Job], int]:
        """One page of jobs, and how many there are on all pages."""
        wanted = [
            jobs.c.account == search.account,
            jobs.c.created_at >= search.since,
            jobs.c.created_at < search.until,
        ]
        if search.model:
            wanted.append(jobs.c.model.contains(search.model, autoescape=True))
        if search.states:
            wanted.append(jobs.c.state.in_(search.states))
        column = jobs.c[search.order_by]
        order = column.asc() if search.ascending else column.desc()
        query = sa.select(jobs).where(*wanted).order_by(order, jobs.c.id)
        query = query.limit(search.per_page).offset((search.page - 1) * search.per_page)
        count = sa.select(sa.func.count()).select_from(jobs).where(*wanted)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            return [from_row(row) for row in rows], connection.execute(count).scalar_one()
