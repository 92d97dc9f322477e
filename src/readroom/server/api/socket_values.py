"""Socket values on the wire, written as JSON text straight from their rows: lists consist of little else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from readroom.server.api.replies import to_text
from readroom.server.api.shapes import socket
from readroom.server.domain.sockets import order_of_value
from readroom.server.services import raw_rows
from readroom.server.services.display_set_lists import ValueRow
from readroom.server.services.sockets import shown_sockets


class Values:
    """Writes socket values; each socket is written once, however many values it has on the page."""

    def __init__(self, origin: str, rows: Iterable[Sequence[ValueRow]]) -> None:
        origin = to_text(origin)[1:-1]
        self.images = f'"{origin}/api/v1/cases/images/'
        self.files = f'"{origin}/api/v1/components/values/'
        self.socket_ids = {value.socket_id for values in rows for value in values}

    def content(self, value: ValueRow) -> str:
        image_id, file = value.image_id, value.file_name
        image = f'{self.images}{raw_rows.id_text(image_id)}/"' if image_id else "null"
        link = f'{self.files}{value.id}/{quote(file)}"' if file else "null"
        return f'"value":{value.value or "null"},"file":{link},"image":{image}'


class ReadForm(Values):
    """Values with their sockets in full."""

    def __init__(self, origin: str, rows: Iterable[Sequence[ValueRow]]) -> None:
        super().__init__(origin, rows)
        sockets = shown_sockets(self.socket_ids)
        self.order = {row.pk: order_of_value(row.kind, row.slug) for row in sockets}
        written = {row.pk: to_text(socket(row)) for row in sockets}
        self.sockets = {pk: f'"socket":{text},"interface":{text}' for pk, text in written.items()}

    def write(self, values: Sequence[ValueRow]) -> str:
        order, sockets, content = self.order, self.sockets, self.content
        ordered = sorted(values, key=lambda value: order[value.socket_id]) if len(values) > 1 else values
        texts = [f'{{"pk":{value.id},{sockets[value.socket_id]},{content(value)}}}' for value in ordered]
        return f"[{','.join(texts)}]"


class PostForm(Values):
    """Values with no more than the slugs of their sockets."""

    def write(self, values: Sequence[ValueRow]) -> str:
        texts = [
            f'{{"pk":{value.id},"interface":"{value.slug}",{self.content(value)},"image_name":null}}'
            for value in sorted(values)
        ]
        return f"[{','.join(texts)}]"
