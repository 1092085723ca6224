"""The parts of a server that has accounts and jobs, put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter

from roomstage.errors import InvalidParameter
from roomstage.server import account, catalogue, events, jobs, models, studio, uploads, webhooks
from roomstage.server.access import Access, is_loopback
from roomstage.server.calls import Caller
from roomstage.server.config import Config
from roomstage.server.debts import Debts
from roomstage.server.execution import Execution
from roomstage.server.links import Links
from roomstage.server.prices import parse_prices
from roomstage.server.progress import Progress
from roomstage.server.runner import Runner
from roomstage.server.samples import Samples
from roomstage.server.sync import SyncCalls
from roomstage.server.uploads import Assets, AssetsFirst
from roomstage.server.webhooks import Messenger
from roomstage.server.work import Computes, Work
from roomstage.service.post import Poster
from roomstage.service.sources import Fetches
from roomstage.service.store import Store, Terms, open_store


@dataclass(frozen=True, slots=True)
class Service:
    """What the application starts, routes to and stops."""

    config: Config
    store: Store
    work: Work
    runner: Runner
    access: Access
    links: Links
    sync: SyncCalls
    desk: jobs.Desk
    messenger: Messenger
    prices: dict[str, int]

    def routers(self) -> Iterator[APIRouter]:
        """All routes; those of the models come last, since they take any name."""
        yield account.routes(self.access, self.store, self.links)
        yield catalogue.routes(models.registry, self.prices, self.links)
        yield uploads.routes(self.config, self.access, self.store, self.links)
        yield jobs.routes(self.desk)
        yield events.routes(self.desk)
        yield studio.routes(self.config, self.access, self.sync.execution)
        yield models.routes(self.sync)


def build_service(config: Config, fetcher: Fetches, pool: Computes) -> Service:
    """Open the store and put the parts together.

    Raises:
        InvalidParameter: a setting is wrong, or strangers could call and there are no keys.
        StoreUnavailable: the database can't be used.
    """
    own_prices = {slug: model.credits for slug, model in models.registry().items()}
    prices = parse_prices(config.prices, own_prices)
    terms = Terms(
        lease_seconds=float(config.lease_seconds),
        max_queued=config.max_queued,
        max_per_account=config.account_jobs,
        retention_seconds=float(config.retention),
    )
    store = open_store(config.database, terms=terms)
    try:
        check_keys(config.host, store)
        return _assembled(config, fetcher, pool, store, prices)
    except BaseException:
        store.close()
        raise


def check_keys(host: str, store: Store) -> None:
    """Refuse to let strangers in without keys.

    Raises:
        InvalidParameter: the address is not of this machine only, and there is no key in use.
    """
    if not is_loopback(host) and not store.accounts.has_keys(usable=True):
        raise InvalidParameter(
            f"others could reach the server on {host}, and there are no API keys: make one with "
            "`roomstage keys create --credits 1200`, or serve on 127.0.0.1",
            field="ROOMSTAGE_HOST",
        )


def _assembled(
    config: Config, fetcher: Fetches, pool: Computes, store: Store, prices: dict[str, int]
) -> Service:
    links = Links(store.secret("links"), config.public_url, store.clock)
    access = Access(store.accounts, free_credits=config.remaining_credits, rate=config.account_rate)
    assets = Assets(store, links)
    samples = Samples(config.public_url, config.host)
    work = Work(pool, config.max_waiting)
    caller = Caller(AssetsFirst(assets, samples, fetcher), config.remaining_credits)
    execution = Execution(work, caller)
    progress, debts = Progress(), Debts(store)
    runner = Runner(store, execution, models.find, pool.size, progress, debts)
    poster = Poster(allow_private=config.fetch_allow_private) if config.fetch else None
    messenger = Messenger(store, poster)
    webhooks.composed_by(store, links)
    desk = jobs.Desk(
        config=config,
        store=store,
        access=access,
        links=links,
        assets=assets,
        runner=runner,
        progress=progress,
        messenger=messenger,
        prices=prices,
        find=models.find,
    )
    return Service(
        config=config,
        store=store,
        work=work,
        runner=runner,
        access=access,
        links=links,
        sync=SyncCalls(config, store, access, execution, prices, debts, runner.name),
        desk=desk,
        messenger=messenger,
        prices=prices,
    )
