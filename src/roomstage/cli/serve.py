"""`roomstage serve`: the HTTP API on this machine."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import replace
from typing import Annotated, Literal, NoReturn

import typer

from roomstage.server.config import Config

_HELP = """Serve the HTTP API.

Examples:

    roomstage serve

    roomstage serve --host 0.0.0.0 --port 8080

    roomstage serve --database postgresql+psycopg://stage@db/stage --retention 0

    ROOMSTAGE_MAX_BODY_MB=32 ROOMSTAGE_FETCH=0 roomstage serve

On 127.0.0.1 everybody on this machine may call until the first API key is made; on other addresses
the server starts only with keys: `roomstage keys create`.

Every setting can be given as an environment variable ROOMSTAGE_<SETTING>; options win. The
routes are described at /docs, the health at /health/live and /health/ready.
"""

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown")
LogFormat = Literal["text", "json"]
LogLevel = Literal["critical", "error", "warning", "info", "debug"]


@app.command(name="serve", help=_HELP)
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one (default 8000).")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="Accounts and jobs: path of a SQLite file, or postgresql+psycopg://user@host/name "
            "(default: a file in your data folder)."
        ),
    ] = None,
    retention: Annotated[
        int | None,
        typer.Option(
            help="Seconds that results and inputs are kept; 0 keeps nothing that was delivered "
            "(default 86400)."
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="What works where a request names no engine: cpu, auto, flux2-klein, flux-fill, "
            "qwen-edit or another package's (default cpu)."
        ),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(help="Where callers reach the server, for the links in its answers."),
    ] = None,
    log_level: Annotated[LogLevel | None, typer.Option(help="How much is logged.")] = None,
    log_format: Annotated[
        LogFormat | None, typer.Option(help="Log lines as text or JSON (default text).")
    ] = None,
) -> None:
    """Serve until interrupted; running requests are finished first."""
    from roomstage.server import logs
    from roomstage.service.workers import Pool

    options = {
        "host": host,
        "port": port,
        "database": database,
        "retention": retention,
        "engine": engine,
        "public_url": public_url,
        "log_level": log_level,
        "log_format": log_format,
    }
    config = replace(
        Config.from_env(), **{name: value for name, value in options.items() if value is not None}
    )
    config.validate()
    pool = Pool(config.for_workers())
    pool.spawn_early()  # they import what they need while this process does

    from roomstage import engines
    from roomstage.server.app import build_app
    from roomstage.server.serving import server

    engines.check(config.engine)  # fail here rather than at the first request
    logs.configure(config.log_level, config.log_format)
    signal.signal(signal.SIGTERM, _leave)  # the server drains first, then hands the signal on
    with contextlib.suppress(KeyboardInterrupt):
        server(build_app(config, pool), config).run()


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)
