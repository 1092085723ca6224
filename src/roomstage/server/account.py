"""What an account may ask about itself: its credits, who it is, and what it has called."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from roomstage.errors import InvalidParameter
from roomstage.server import told, webhooks
from roomstage.server.access import Access, Payer
from roomstage.server.links import Links
from roomstage.service.store import Store
from roomstage.service.store.history import Search
from roomstage.service.store.job import State

_DEFAULT_DAYS = 7
_MOST_DAYS = 31
_STATES: dict[str, tuple[State, ...]] = {
    "COMPLETED": ("succeeded",),
    "FAILED": ("failed", "cancelled"),
    "PENDING": ("queued", "running"),
}
_ORDERS = {
    "model_created": "created_at",
    "model_name": "model",
    "credits_deduction": "price",
}


def routes(access: Access, store: Store, links: Links) -> APIRouter:
    """The routes of the account, each also with a slash at its end."""
    router = APIRouter(include_in_schema=False, redirect_slashes=False)

    async def answer(payer: Payer, text: Any) -> Response:
        headers = {"x-remaining-credits": str(await access.credits(payer))}
        return JSONResponse(text, headers=headers | {"cache-control": "no-store"})

    async def credits(request: Request) -> Response:
        payer = await access.payer(request)
        return await answer(payer, {"credits": payer.credits, "free-credits": 0})

    async def who(request: Request) -> Response:
        payer = await access.payer(request)
        told_of = {"id": payer.id, "name": payer.account.name, "credits": payer.credits}
        return await answer(payer, told_of)

    async def history(request: Request) -> Response:
        payer = await access.payer(request)
        search = _search(payer.id, request.query_params, "from_date", "to_date")
        return await page(request, payer, search)

    async def generations(request: Request) -> Response:
        payer = await access.payer(request)
        search = _search(payer.id, request.query_params, "start_date", "end_date")
        return await page(request, payer, search, only_pictures=True)

    async def page(
        request: Request, payer: Payer, search: Search, *, only_pictures: bool = False
    ) -> Response:
        if only_pictures:
            search = replace(search, states=("succeeded",))
        jobs, total = await run_in_threadpool(store.history.page, search)
        base = links.base(request)
        rows = [told.past(job, base, links) for job in jobs]
        pages = -(-total // search.per_page)
        return await answer(
            payer,
            {
                "data": rows,
                "page": search.page,
                "per_page": search.per_page,
                "total": total,
                "total_pages": pages,
            },
        )

    async def one(request: Request, job_id: str) -> Response:
        payer = await access.payer(request)
        job = await run_in_threadpool(store.jobs.get, payer.id, job_id)
        if job is None:
            raise HTTPException(404, "there is no request of that id")
        return await answer(payer, told.past(job, links.base(request), links))

    async def secret(request: Request) -> Response:
        payer = await access.payer(request)
        key = await run_in_threadpool(webhooks.secret_of, store, payer.id)
        return await answer(payer, {"secret": webhooks.shown(key)})

    def add(path: str, handler: Callable[..., Any]) -> None:
        for each in (path, f"{path}/"):
            router.add_api_route(each, handler, methods=["GET"])

    add("/v1/get-user-credits", credits)
    add("/api/auth/authenticate", who)
    add("/v1/webhook-secret", secret)
    add("/inference-request/request-history", history)
    add("/inference-request/request-history/{job_id}", one)
    add("/inference-request/generations", generations)
    add("/inference-request/recent-generations", generations)
    return router


def _search(account: str, query: Any, since: str, until: str) -> Search:
    """What a query string asks for.

    Raises:
        InvalidParameter: a part of it is no such thing.
    """
    today = datetime.fromtimestamp(time.time(), UTC).date()
    last = _day(query, until, today)
    first = _day(query, since, last - timedelta(days=_DEFAULT_DAYS))
    if not 0 <= (last - first).days <= _MOST_DAYS:
        raise InvalidParameter(
            f"{since} and {until} are not in order or more than {_MOST_DAYS} days apart",
            field=since,
        )
    status = _choice(query, "status", {"": (), **_STATES}, "")
    return Search(
        account,
        since=_midnight(first),
        until=_midnight(last) + 86_400,
        model=query.get("model_name", "")[:100],
        states=status,
        order_by=_choice(query, "sort_by", _ORDERS, "model_created"),
        ascending=_choice(query, "sort_order", {"asc": True, "desc": False}, "desc"),
        page=_number(query, "page", 1, 1_000_000),
        per_page=_number(query, "per_page", 20, 100),
    )


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _day(query: Any, name: str, default: date) -> date:
    text = query.get(name, "")
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidParameter(f"{name} is no date: give YYYY-MM-DD", field=name) from None


def _number(query: Any, name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= most):
        raise InvalidParameter(f"{name}: give a whole number from 1 to {most}", field=name)
    return int(text)


def _choice(query: Any, name: str, choices: dict[str, Any], default: str) -> Any:
    text = query.get(name, default)
    if text not in choices:
        known = ", ".join(filter(None, choices))
        raise InvalidParameter(f"{name}: give one of {known}", field=name)
    return choices[text]
