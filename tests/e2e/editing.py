"""Requests of an editor who builds what the browser tests read."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

FREE = {
    "allow_answer_modification": True,
    "enable_autosaving": True,
    "allow_case_navigation": True,
    "allow_show_all_annotations": True,
}
CHOICE = {"answer_type": "Choice", "widget": "Radio Select", "options": ["No", "Yes"]}


class Scene:
    """A server as its editor sees it."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=60)
        self._expected: dict[str, int] = {}

    def send(self, method: str, path: str, *, body: Any = None, **fields: Any) -> Any:
        reply = self.http.request(method, path, json=fields if body is None else body)
        if reply.is_error:
            raise RuntimeError(f"{method} {path}: {reply.status_code} {reply.text}")
        return reply.json() if reply.content else None

    def upload(self, files: Sequence[Path]) -> list[str]:
        found = []
        for file in files:
            upload = self.send("POST", "uploads/", filename=file.name)
            root = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
            signed = self.send("PATCH", f"{root}/generate-presigned-urls/", part_numbers=[1])
            tag = httpx.put(signed["presigned_urls"]["1"], content=file.read_bytes()).headers["ETag"]
            done = self.send("PATCH", f"{root}/complete-multipart-upload/", parts=[{"ETag": tag, "PartNumber": 1}])
            found.append(done["api_url"])
        return found

    def socket(self, title: str, kind: str, path: str, **fields: Any) -> str:
        slug = title.lower().replace(" ", "-")
        if self.http.get("components/interfaces/", params={"slug": slug}).json()["count"] == 0:
            self.send("POST", "components/interfaces/", title=title, kind=kind, relative_path=path, **fields)
        return slug

    def study(
        self, title: str, slugs: Mapping[str, Sequence[str]], *, columns: int = 3, **settings: Any
    ) -> dict[str, Any]:
        """A study with a viewport for each name, side by side in so many columns."""
        layout = [
            {"viewport_name": name, "x": at % columns, "y": at // columns, "w": 1, "h": 1, "order": at}
            for at, name in enumerate(slugs)
        ]
        protocol = self.send("POST", "hanging-protocols/", title=title, json=layout)
        study: dict[str, Any] = self.send(
            "POST",
            "reader-studies/",
            title=title,
            hanging_protocol=protocol["pk"],
            view_content=dict(slugs),
            **settings,
        )
        self.send("POST", f"reader-studies/{study['pk']}/members/", username="reader", role="reader")
        return study

    def ask(self, study: Mapping[str, Any], text: str, answer_type: str, **fields: Any) -> None:
        asked = {"required": False, **fields, "answer_type": answer_type, "question_text": text}
        self.send("POST", "reader-studies/questions/", reader_study=study["pk"], **asked)

    def case(self, study: Mapping[str, Any], title: str, images: Mapping[str, Sequence[Path]], **values: Any) -> str:
        """A display set of images, files (a path is uploaded) and values, by socket."""
        made = self.send("POST", "reader-studies/display-sets/", reader_study=study["slug"], title=title)
        parts: list[dict[str, Any]] = [
            {"interface": slug, "user_uploads": self.upload(files)} for slug, files in images.items()
        ]
        for slug, value in values.items():
            source = {"user_upload": self.upload([value])[0]} if isinstance(value, Path) else {"value": value}
            parts.append({"interface": slug, **source})
        for part in parts:
            self.send("PATCH", f"reader-studies/display-sets/{made['pk']}/", values=[part])
        self._expected[made["pk"]] = len(parts)
        return str(made["pk"])

    def open(self, *studies: Mapping[str, Any]) -> dict[str, str]:
        """Wait until everything is imported, then let readers in; tells the slugs by title."""
        for pk, count in self._expected.items():
            self._wait(pk, count)
        self._expected.clear()
        for study in studies:
            self.send("POST", f"reader-studies/{study['pk']}/state/", state="open")
        return {study["title_safe"]: study["slug"] for study in studies}

    def _wait(self, pk: str, count: int) -> None:
        for _ in range(600):
            values = self.http.get(f"reader-studies/display-sets/{pk}/").json()["values"]
            if len(values) >= count:
                return
            time.sleep(0.2)
        status = self.http.get(f"reader-studies/display-sets/{pk}/status/").text
        raise RuntimeError(f"the values of display set {pk} did not arrive: {status}")
