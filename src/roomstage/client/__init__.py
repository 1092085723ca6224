"""A client of the server: `Client` and, for programs on an event loop, `AsyncClient`.

It needs httpx2 and nothing of the imaging. Layers, from the inside out:

    fields, answers, errors   what is sent, what comes back, what goes wrong: values
    exchange, again           what a conversation asks of a connection; when it asks again
    submission, waiting, account   the conversations, as generators that do no I/O
    sync, aio                 the same conversations over sockets, blocking or on a loop
"""

from roomstage.client.aio import AsyncClient, AsyncJob
from roomstage.client.answers import JobStatus, Model, PastCall, Result, Variant
from roomstage.client.errors import (
    ClientError,
    CreditsMissing,
    JobCancelled,
    JobFailed,
    KeyRefused,
    NotFound,
    RequestRefused,
    ServerBusy,
    ServerUnreachable,
    WaitTimeout,
)
from roomstage.client.fields import EraseFields, Picture, StageFields
from roomstage.client.sync import Client, Job

__all__ = [
    "AsyncClient",
    "AsyncJob",
    "Client",
    "ClientError",
    "CreditsMissing",
    "EraseFields",
    "Job",
    "JobCancelled",
    "JobFailed",
    "JobStatus",
    "KeyRefused",
    "Model",
    "NotFound",
    "PastCall",
    "Picture",
    "RequestRefused",
    "Result",
    "ServerBusy",
    "ServerUnreachable",
    "StageFields",
    "Variant",
    "WaitTimeout",
]
