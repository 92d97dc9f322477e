"""Which refusal becomes which status, and the bodies of errors: the one place for both.

A handler raises (or lets a service raise) an error of `readroom.server.domain.errors`; nothing here is called by hand
except `problem`, for a body that no error carries.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from readroom.server.api.replies import reply
from readroom.server.domain import errors
from readroom.server.log_lines import place_of
from readroom.server.storage.blobs import OutOfReach

logger = logging.getLogger(__name__)

STATUSES: dict[type[errors.Refusal], HTTPStatus] = {
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.Invalid: HTTPStatus.BAD_REQUEST,
    errors.Locked: HTTPStatus.BAD_REQUEST,
    errors.TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.Refusal: HTTPStatus.BAD_REQUEST,
}

OUT_OF_REACH = "The database is out of reach. Try again; if you changed something, look first whether it is there."
NO_STORAGE = "The server's storage does not answer. Try again."
DISK_FULL = "53100"
"""A SQLSTATE, from appendix A of PostgreSQL's manual."""


def problem(status: int, body: object, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A reply with an error in it: ``{"detail": ...}``, ``{"field": [...]}`` or ``[...]``."""
    return reply(body, status=status, headers=headers)


def detail(status: int, message: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return problem(status, {"detail": message}, headers)


def status_of(error: errors.Refusal) -> HTTPStatus:
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def body_of(error: errors.Refusal) -> object:
    if isinstance(error, errors.Invalid):
        return error.errors
    if isinstance(error, errors.Locked):
        return [error.message]
    return {"detail": error.message}


def headers_of(error: errors.Refusal) -> dict[str, str]:
    if isinstance(error, errors.NotSignedIn):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.Busy):
        return {"Retry-After": str(error.retry_after)}
    return {}


def refused(_request: HttpRequest, error: errors.Refusal) -> HttpResponse:
    return problem(status_of(error), body_of(error), headers_of(error))


def malformed(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What the declared shape of a request does not allow: 404 in the address, else one list per field."""
    fields: dict[str, list[str]] = {}
    for item in error.errors:
        place = [str(part) for part in item["loc"]]
        if place[0] == "path":
            return detail(HTTPStatus.NOT_FOUND, "Not found.")
        named = [part for part in place[1:] if part not in {"body", "data"}]
        fields.setdefault(named[0] if named else errors.OBJECT, []).append(readable(item))
    return problem(HTTPStatus.BAD_REQUEST, fields)


def readable(item: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in item["loc"][3:])
    return f"{place}: {item['msg']}" if place else str(item["msg"])


def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, errors.Refusal):
        return refused(request, error.__cause__)
    return detail(error.status_code, str(error))


def absent(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return detail(HTTPStatus.NOT_FOUND, "Not found.")


def too_large(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return detail(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request body is too large.")


def suspicious(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return detail(HTTPStatus.BAD_REQUEST, "The request cannot be understood.")


def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("request failed: %s %s", request.method, place_of(request), exc_info=error)
    return detail(HTTPStatus.INTERNAL_SERVER_ERROR, "An unexpected error happened; it was written to the log.")


def collided(request: HttpRequest, error: Exception) -> HttpResponse:
    """Two requests made the same thing at one moment; the second has done nothing and may be sent again."""
    logger.warning("request collided: %s %s", request.method, place_of(request), exc_info=error)
    message = "Another request changed the same thing at this moment; try again."
    return detail(HTTPStatus.SERVICE_UNAVAILABLE, message, {"Retry-After": "1"})


def out_of_reach(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is away, restarts, or has been waited for too long; or the disk under it is full."""
    logger.error("request failed: %s %s", request.method, place_of(request), exc_info=error)
    if is_full(error.__cause__):
        return refused(request, errors.StorageFull())
    return refused(request, errors.Busy(OUT_OF_REACH))


def without_storage(request: HttpRequest, error: Exception) -> HttpResponse:
    """The service that keeps the bytes is away or restarts."""
    logger.error("request failed: %s %s", request.method, place_of(request), exc_info=error)
    return refused(request, errors.Busy(NO_STORAGE))


def is_full(cause: BaseException | None) -> bool:
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", "") == DISK_FULL
    )


def unfit(request: HttpRequest, error: Exception) -> HttpResponse:
    """A value that passed the rules and that the database has no place for."""
    logger.warning("value refused by the database: %s %s", request.method, place_of(request), exc_info=error)
    return problem(HTTPStatus.BAD_REQUEST, {errors.OBJECT: ["A text is too long or a number out of range."]})


def no_such_path(_request: HttpRequest, *_arguments: object, **_names: object) -> HttpResponse:
    return detail(HTTPStatus.NOT_FOUND, "Not found.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return suspicious(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return detail(HTTPStatus.FORBIDDEN, "You do not have permission to perform this action.")


def server_error(_request: HttpRequest) -> HttpResponse:
    return detail(HTTPStatus.INTERNAL_SERVER_ERROR, "An unexpected error happened; it was written to the log.")


def install(api: NinjaAPI) -> None:
    """Give an API these answers to errors."""
    handlers: dict[type[Exception], Any] = {
        errors.Refusal: refused,
        ValidationError: malformed,
        HttpError: unreadable,
        Http404: absent,
        ObjectDoesNotExist: absent,  # deleted between the question whether it may be changed and the change
        RequestDataTooBig: too_large,
        SuspiciousOperation: suspicious,
        IntegrityError: collided,
        DataError: unfit,
        OperationalError: out_of_reach,
        InterfaceError: out_of_reach,
        OutOfReach: without_storage,
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
