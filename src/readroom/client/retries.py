"""When a request is sent again, and after how long."""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

import httpx

logger = logging.getLogger(__name__)

RETRIED_STATUSES = frozenset({429, 502, 503, 504, 507})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
LONGEST_DELAY = 60.0


class RetryStrategy:
    """Decides after each failed reply how long to wait before the next try.

    Subclass it and pass the class (or a factory) as `retry_strategy` of the client; one instance serves one request.
    """

    def get_delay(self, latest_response: httpx.Response) -> float | None:
        """Seconds until the next try, or None to give up."""
        raise NotImplementedError(f"{type(self).__name__} must say how long to wait after {latest_response}")


BaseRetryStrategy = RetryStrategy
"""The same by the name it has in gcapi."""


class SelectiveBackoffStrategy(RetryStrategy):
    """Waits longer after each reply with one of 429, 502, 503, 504, 507; `Retry-After` takes precedence.

    Parameters
    ----------
    backoff_factor : float
        Seconds before the first new try; doubled each time.
    maximum_number_of_retries : int
        Tries per status.
    """

    def __init__(self, backoff_factor: float = 0.1, maximum_number_of_retries: int = 8) -> None:
        self.backoff_factor = backoff_factor
        self.maximum_number_of_retries = maximum_number_of_retries
        self._tries: dict[int, int] = {}

    def __call__(self) -> SelectiveBackoffStrategy:
        return type(self)(self.backoff_factor, self.maximum_number_of_retries)

    def get_delay(self, latest_response: httpx.Response) -> float | None:
        status = latest_response.status_code
        tried = self._tries.get(status, 0)
        if status not in RETRIED_STATUSES or tried >= self.maximum_number_of_retries:
            return None
        self._tries[status] = tried + 1
        asked = retry_after(latest_response.headers)
        return self.backoff_factor * 2**tried if asked is None else asked


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait, from either form of the header; None when it does not say."""
    text = headers.get("Retry-After", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())


class RetryTransport(httpx.BaseTransport):
    """Sends again what may be sent again.

    A reply is retried as the strategy says. A lost connection is retried when the request cannot have had an effect
    twice: its method is safe, it carries an idempotency key, or it never left.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        *,
        strategy: Callable[[], RetryStrategy] | None,
        connection_tries: int = 4,
    ) -> None:
        self._transport = transport
        self._strategy = strategy
        self._connection_tries = connection_tries

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        strategy: RetryStrategy | None = None
        while True:
            response = self._connect(request)
            if response.is_success or self._strategy is None or not is_repeatable(request):
                return response
            strategy = strategy or self._strategy()
            delay = strategy.get_delay(response)
            if delay is None:
                return response
            response.close()
            log_wait(request, f"{response.status_code} {response.reason_phrase}", delay)
            time.sleep(delay)

    def _connect(self, request: httpx.Request) -> httpx.Response:
        for attempt in range(self._connection_tries):
            try:
                return self._transport.handle_request(request)
            except httpx.TransportError as error:
                if attempt + 1 == self._connection_tries or not may_repeat(request, error):
                    raise
                delay = min(LONGEST_DELAY, 0.25 * 2**attempt) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load
                log_wait(request, f"no answer ({error})", delay)
                time.sleep(delay)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        self._transport.close()


def is_repeatable(request: httpx.Request) -> bool:
    """Tell whether the body can be sent a second time; a stream from disk cannot, its owner sends it again."""
    return isinstance(request.stream, httpx.ByteStream)


def may_repeat(request: httpx.Request, error: httpx.TransportError) -> bool:
    """Tell whether sending again cannot do a thing twice."""
    if not is_repeatable(request):
        return False
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return False
    never_left = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return never_left or request.method in SAFE_METHODS or "Idempotency-Key" in request.headers


def log_wait(request: httpx.Request, why: str, delay: float) -> None:
    logger.warning("%s %s: %s; trying again in %.1f s", request.method, request.url.path, why, delay)
