"""What can go wrong, as one tree. Each error says which field and what to do about it.

    RoomstageError
    ├── InvalidInput          the caller can mend it
    │   ├── InvalidParameter      a number, a word or a missing field
    │   ├── InvalidImage          bytes that are no readable picture
    │   │   ├── UnsupportedFormat     a picture of a kind that is not on the list
    │   │   └── ImageTooLarge         more bytes or pixels than the limits allow
    │   ├── InvalidMask           a mask that marks nothing, or fits nothing
    │   ├── CutoutNotFound        a product that can't be told from its background
    │   ├── NoPlaceFound          no mask, and no free floor in the room
    │   └── FetchRefused          an address that is not fetched, or gave no picture
    ├── Refused               the service says no, though the request is sound
    │   ├── InsufficientCredits   the account's balance is below the price
    │   ├── TooManyJobs           the account, or all together, have too much underway
    │   ├── IdempotencyInFlight   the first request with this key has not ended
    │   ├── IdempotencyMismatch   the key came before, with another request
    │   └── AlreadyEnded          a job that has ended can't be cancelled
    ├── StoreUnavailable      the database or the disk does not take what is to be kept
    ├── EngineUnavailable     the machine lacks what the engine needs
    ├── PaintingFailed        a generative model's picture can't be used
    ├── WeightsTrouble        weights of a generative model can't be fetched or kept
    └── WorkLost              a service began the work and could not end it
        ├── DeadlineExceeded      it took longer than the service allows
        ├── MemoryExceeded        it needed more memory than the service allows
        └── WorkerCrashed         the process that did it died, twice

The layers below the server know nothing of HTTP: its status table maps `code` to a number.
"""

from __future__ import annotations


class RoomstageError(Exception):
    """Base of every error that roomstage raises on purpose.

    Attributes:
        code: a stable word for machines, such as ``"invalid_mask"``.
        field: the request's field that is at fault, such as ``"main_image_mask"``, or None.
        message: one sentence for people: what is wrong, then what to give instead.
    """

    code = "error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return self.message


class InvalidInput(RoomstageError):
    """Something in the request that the caller can mend."""

    code = "invalid_input"


class InvalidParameter(InvalidInput):
    """A number out of range, a word that is not on the list, a missing field."""

    code = "invalid_parameter"


class InvalidImage(InvalidInput):
    """Bytes that can't be read as a picture."""

    code = "invalid_image"


class UnsupportedFormat(InvalidImage):
    """A file of a kind that is not decoded here."""

    code = "unsupported_format"


class ImageTooLarge(InvalidImage):
    """More bytes, pixels or side length than the limits allow; nothing was decoded."""

    code = "image_too_large"


class InvalidMask(InvalidInput):
    """A mask that marks nothing, or that can't belong to its picture."""

    code = "invalid_mask"


class CutoutNotFound(InvalidInput):
    """The product can't be told from its background without a mask."""

    code = "cutout_not_found"


class NoPlaceFound(InvalidInput):
    """No mask was given and no free stretch of floor was found."""

    code = "no_place_found"


class FetchRefused(InvalidInput):
    """A URL that is not fetched (private address, scheme, size) or that gave no picture."""

    code = "fetch_refused"


class Refused(RoomstageError):
    """The service says no, though nothing in the request is wrong."""

    code = "refused"


class InsufficientCredits(Refused):
    """The account's balance is below the price of the call."""

    code = "insufficient_credits"


class TooManyJobs(Refused):
    """The account, or all accounts together, have as much underway as is allowed."""

    code = "too_many_jobs"


class IdempotencyInFlight(Refused):
    """The first request with this Idempotency-Key has not ended yet."""

    code = "idempotency_in_flight"


class IdempotencyMismatch(Refused):
    """This Idempotency-Key came before, with another request."""

    code = "idempotency_mismatch"


class AlreadyEnded(Refused):
    """The job has ended and can't be cancelled any more."""

    code = "already_ended"


class StoreUnavailable(RoomstageError):
    """The database or the disk does not take what is to be kept; nothing was kept or charged."""

    code = "store_unavailable"


class EngineUnavailable(RoomstageError):
    """The chosen engine can't run on this machine; the message says what it lacks."""

    code = "engine_unavailable"


class PaintingFailed(RoomstageError):
    """What a generative model painted does not fit the room; another seed may."""

    code = "painting_failed"


class WeightsTrouble(RoomstageError):
    """Weights of a generative model can't be fetched, or came damaged."""

    code = "weights_trouble"


class WorkLost(RoomstageError):
    """Work that a service began and could not bring to its end."""

    code = "work_lost"


class DeadlineExceeded(WorkLost):
    """Work that took longer than the service allows and was stopped."""

    code = "deadline_exceeded"


class MemoryExceeded(WorkLost):
    """Work that needed more memory than the service allows."""

    code = "memory_exceeded"


class WorkerCrashed(WorkLost):
    """Work whose process died, in the second attempt too."""

    code = "worker_crashed"


def revived(code: str, message: str, field: str | None, *, by_caller: bool) -> RoomstageError:
    """The error that another process told by its code; `by_caller`: it is an `InvalidInput`."""
    kind = _by_code(RoomstageError).get(code)
    if kind is not None:
        return kind(message, field=field)
    error = (InvalidInput if by_caller else RoomstageError)(message, field=field)
    error.code = code  # of an engine that is no part of roomstage
    return error


def _by_code(kind: type[RoomstageError]) -> dict[str, type[RoomstageError]]:
    found = {kind.code: kind}
    for narrower in kind.__subclasses__():
        found |= _by_code(narrower)
    return found
