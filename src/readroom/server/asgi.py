"""The one ASGI application: bytes answered raw, everything else by Django's WSGI application in threads."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readroom.server.django_settings")

from django.core.wsgi import get_wsgi_application

from readroom.server import bytes as bytes_app
from readroom.server import config, group_commit, memory
from readroom.server.bridge import Bridge, Threads
from readroom.server.db import connections
from readroom.server.storage.signing import PREFIX

COMPUTING = 2
"""Requests that begin at once where the database works in this very process; elsewhere they wait for its answers."""

keep = group_commit.begin()
threads = config.current().web_threads

django_app = Bridge(
    application=get_wsgi_application(),
    threads=Threads(threads, at_once=COMPUTING if keep else threads),
    body_max_bytes=config.current().body_max_bytes,
    changes=group_commit.changes,
    keep=keep,
)

connections.trust_what_just_answered()
memory.keep_what_is_used_again()


async def application(scope: bytes_app.Scope, receive: bytes_app.Receive, send: bytes_app.Send) -> None:
    if scope["type"] == "lifespan":
        await answer_lifespan(receive, send)
    elif scope["type"] != "http":
        return
    elif scope["path"].startswith(PREFIX):
        await bytes_app.application(scope, receive, send)
    else:
        await django_app(scope, receive, send)


async def answer_lifespan(receive: bytes_app.Receive, send: bytes_app.Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
