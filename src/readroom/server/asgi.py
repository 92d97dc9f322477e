"""The one ASGI application: bytes answered raw, everything else by Django's WSGI application in threads."""

from __future__ import annotations

import os
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readroom.server.django_settings")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

from readroom.server import bytes as bytes_app
from readroom.server import config
from readroom.server.storage.signing import PREFIX

django_app = cast("Any", WSGIMiddleware)(
    get_wsgi_application(), workers=config.current().web_threads, send_queue_size=10
)


async def application(scope: bytes_app.Scope, receive: bytes_app.Receive, send: bytes_app.Send) -> None:
    if scope["type"] == "lifespan":
        await answer_lifespan(receive, send)
    elif scope["type"] != "http":
        return
    elif scope["path"].startswith(PREFIX):
        await bytes_app.application(scope, receive, send)
    else:
        await django_app(scope, as_coroutine(receive), send)


def as_coroutine(receive: bytes_app.Receive) -> bytes_app.Receive:
    """The server's `receive` gives an awaitable; the bridge to WSGI hands it to another thread as a coroutine."""

    async def next_message() -> bytes_app.Message:
        return await receive()

    return next_message


async def answer_lifespan(receive: bytes_app.Receive, send: bytes_app.Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
