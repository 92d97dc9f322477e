"""A server in memory, for your own tests: no network, no files, the same API.

>>> import readroom
>>> from readroom.client.testing import ServerDouble
>>> server = ServerDouble()
>>> study = server.add_study("nodules", questions=[{"question_text": "Nodule?", "answer_type": "Bool"}])
>>> socket = server.add_socket("suspicion", kind="Integer")
>>> client = readroom.Client(token="any", base_url=server.base_url, transport=server)
>>> case = client.add_case_to_reader_study(
...     reader_study_slug="nodules", values=[readroom.SocketValueSpec("suspicion", value=3)]
... )
>>> client.reader_studies.display_sets.iterate_all({"reader_study": study["pk"]})[0].values[0].value
3
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx

__all__ = ["ServerDouble"]

Reply = tuple[int, Any]
IMAGE_KINDS = frozenset({"Image", "Segmentation", "Heat Map", "Displacement field", "DICOM Image Set"})
LISTS = {
    "reader-studies/display-sets/": "display_sets",
    "reader-studies/questions/": "questions",
    "reader-studies/answers/mine/": "answers",
    "reader-studies/answers/": "answers",
    "reader-studies/": "studies",
    "archives/items/": "archive_items",
    "archives/": "archives",
    "components/interfaces/": "sockets",
    "cases/images/": "images",
    "cases/upload-sessions/": "imports",
    "uploads/": "uploads",
}


class ServerDouble(httpx.BaseTransport):
    """Answers requests from memory; pass it as `transport` to a client.

    Attributes
    ----------
    objects : dict
        List name -> pk -> object, to look at and to change.
    requests : list of httpx.Request
        All that came, in order.
    failures : list
        Replies (status, headers) to give before anything else, one per request.
    parts : dict
        Upload pk -> part number -> bytes.
    """

    base_url = "https://double.invalid/api/v1/"

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in LISTS.values()}
        self.requests: list[httpx.Request] = []
        self.failures: list[tuple[int, Mapping[str, str]]] = []
        self.parts: dict[str, dict[int, bytes]] = {}
        self.files: dict[str, bytes] = {}

    def add_socket(self, slug: str, *, kind: str = "Image") -> dict[str, Any]:
        """Add a socket; its super kind follows from its kind."""
        super_kind = "Image" if kind in IMAGE_KINDS else "File" if kind.endswith("file") else "Value"
        pk = len(self.objects["sockets"]) + 1
        path = f"images/{slug}" if super_kind == "Image" else f"{slug}.json"
        fields = {"slug": slug, "title": slug, "kind": kind, "super_kind": super_kind, "relative_path": path}
        return self._add("sockets", {"pk": pk, **fields})

    def add_study(self, slug: str, *, questions: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Add a reader study with questions."""
        study = self._add("studies", {"slug": slug, "title": slug, "title_safe": slug, "has_ground_truth": False})
        made = [self._question(study, question) for question in questions]
        study["questions"] = made
        return study

    def add_image(self, name: str, content: bytes = b"pixels") -> dict[str, Any]:
        """Add an image with one ``.mha`` file."""
        image = self._add("images", {"name": name, "dicom_image_set": None, "shape": [1, 1]})
        path = f"media/{image['pk']}/image.mha"
        self.files[f"/api/v1/{path}"] = content
        image["files"] = [{"pk": "1", "image": image["pk"], "file": f"{self.base_url}{path}", "image_type": "MHD"}]
        return image

    def _question(self, study: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        text = fields["question_text"]
        defaults = {"options": [], "required": True, "question_text_safe": text, "reader_study": study["api_url"]}
        return self._add("questions", {**defaults, **fields})

    def _add(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        pk = str(fields.get("pk") or uuid.uuid4())
        path = next(path for path, list_name in reversed(LISTS.items()) if list_name == name)
        made = {"pk": pk, "api_url": f"{self.base_url}{path}{pk}/", **fields}
        self.objects[name][pk] = made
        return made

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        if self.failures:
            status, headers = self.failures.pop(0)
            return httpx.Response(status, headers=headers, json={"detail": "not now"}, request=request)
        if request.url.path in self.files:
            return self._send_file(request)
        if request.url.path.startswith("/parts/"):
            return self._take_part(request)
        status, content = self._answer(request, request.url.path.removeprefix("/api/v1/"))
        return httpx.Response(status, json=content, request=request)

    def _send_file(self, request: httpx.Request) -> httpx.Response:
        content = self.files[request.url.path]
        headers = {"ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'}
        asked = re.match(r"bytes=(\d+)-$", request.headers.get("Range", ""))
        if asked is None:
            return httpx.Response(200, content=content, headers=headers, request=request)
        start = int(asked[1])
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return httpx.Response(206, content=content[start:], headers=headers, request=request)

    def _take_part(self, request: httpx.Request) -> httpx.Response:
        _, _, pk, number = request.url.path.split("/")
        self.parts.setdefault(pk, {})[int(number)] = request.content
        tag = hashlib.md5(request.content, usedforsecurity=False).hexdigest()
        return httpx.Response(200, headers={"ETag": f'"{tag}"'}, request=request)

    def _answer(self, request: httpx.Request, path: str) -> Reply:
        prefix = next((prefix for prefix in LISTS if path.startswith(prefix)), None)
        if prefix is None:
            return 404, {"detail": "Not found."}
        name, rest = LISTS[prefix], path.removeprefix(prefix).strip("/")
        if name == "uploads" and "/" in rest:
            return self._upload_step(request, *rest.split("/"))
        body = json.loads(request.content) if request.content else {}
        if not rest:
            return self._list(request, name) if request.method == "GET" else self._create(name, body)
        if rest not in self.objects[name]:
            return 404, {"detail": "Not found."}
        changes: dict[str, Callable[[], Reply]] = {
            "GET": lambda: (200, self.objects[name][rest]),
            "PATCH": lambda: (200, self._change(self.objects[name][rest], body)),
            "PUT": lambda: (200, self._change(self.objects[name][rest], body)),
            "DELETE": lambda: (200, self.objects[name].pop(rest)),
        }
        return changes[request.method]()

    def _list(self, request: httpx.Request, name: str) -> Reply:
        filters = {key: value for key, value in request.url.params.items() if key not in ("limit", "offset")}
        found = [
            entry
            for entry in self.objects[name].values()
            if all(self._matches(entry, *item) for item in filters.items())
        ]
        offset, limit = (int(request.url.params.get(key, default)) for key, default in (("offset", 0), ("limit", 100)))
        return 200, {"count": len(found), "next": None, "previous": None, "results": found[offset : offset + limit]}

    def _matches(self, entry: Mapping[str, Any], key: str, wanted: str) -> bool:
        if key == "question__reader_study":
            pk = str(entry["question"]).rstrip("/").rpartition("/")[2]
            return self._matches(self.objects["questions"][pk], "reader_study", wanted)
        if key not in entry:
            return True
        return str(entry[key]) == wanted or str(entry[key]).rstrip("/").endswith(f"/{wanted}")

    def _create(self, name: str, body: dict[str, Any]) -> Reply:
        if name == "display_sets":
            study = next((s for s in self.objects["studies"].values() if s["slug"] == body["reader_study"]), None)
            if study is None:
                return 400, {"reader_study": ["There is no such reader study."]}
            body = {"title": "", "order": 10, "values": [], **body, "reader_study": study["api_url"]}
        elif name == "uploads":
            body = {**body, "status": "Initialized", "s3_upload_id": uuid.uuid4().hex, "key": "key"}
        elif name == "answers":
            body = {"creator": "me", "is_ground_truth": False, "score": None, "answer_image": None, **body}
        return 201, self._add(name, {"values": [], **body} if name == "archive_items" else body)

    def _change(self, entry: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        for value in body.pop("values", []):
            socket = next(s for s in self.objects["sockets"].values() if s["slug"] == value["interface"])
            kept = [other for other in entry["values"] if other["interface"]["pk"] != socket["pk"]]
            entry["values"] = [*kept, self._value(socket, value)]
        entry.update(body)
        return entry

    def _value(self, socket: dict[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
        made = {
            "pk": 1,
            "interface": socket,
            "socket": socket,
            "value": value["value"],
            "file": None,
            "image": value["image"],
        }
        if value["user_uploads"]:
            made["image"] = self.add_image(f"image of {len(value['user_uploads'])} files")["api_url"]
        if value["user_upload"]:
            made["file"] = value["user_upload"]
        return made

    def _upload_step(self, request: httpx.Request, pk: str, s3_upload_id: str, verb: str) -> Reply:
        upload = self.objects["uploads"].get(pk)
        if upload is None or upload["s3_upload_id"] != s3_upload_id:
            return 404, {"detail": "Not found."}
        body = json.loads(request.content) if request.content else {}
        if verb == "generate-presigned-urls":
            urls = {str(number): f"https://double.invalid/parts/{pk}/{number}" for number in body["part_numbers"]}
            return 200, {**upload, "presigned_urls": urls}
        if verb == "list-parts":
            tags = {
                n: hashlib.md5(data, usedforsecurity=False).hexdigest() for n, data in self.parts.get(pk, {}).items()
            }
            return 200, {**upload, "parts": [{"ETag": f'"{tag}"', "PartNumber": n} for n, tag in tags.items()]}
        upload["status"] = "Completed" if verb == "complete-multipart-upload" else "Aborted"
        return 200, upload
