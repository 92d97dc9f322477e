"""Cases for clients up to 0.13, whose methods had other names; run as ``python old_cases.py CASE``."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path
from uuid import uuid4

import gcapi

warnings.simplefilter("ignore")
URL = os.environ["GCAPI_URL"]
FOLDER = Path(os.environ["GCAPI_FOLDER"])
SEED = json.loads(Path(os.environ["GCAPI_SEED"]).read_text())
VERSION = tuple(map(int, os.environ["GCAPI_VERSION"].split(".")))


def client(user: str = "readerstudy"):
    return gcapi.Client(token=SEED["users"][user]["token"], base_url=URL, verify=os.environ["SSL_CERT_FILE"])


def field(row, name):
    return row[name] if isinstance(row, dict) else getattr(row, name)


def metaimage(name: str = "image.mha") -> Path:
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\n"
        "DimSize = 8 8 4\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    )
    path = FOLDER / name
    path.write_bytes(header.encode() + os.urandom(8 * 8 * 4))
    return path


def until_image(detail, pk):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        held = detail(pk=pk)
        for value in field(held, "values"):
            if field(value, "image"):
                return field(value, "image")
        time.sleep(0.2)
    raise AssertionError("no image after a minute")


def everything_is_listed():
    c = client()
    study = c.reader_studies.detail(slug="reader-study")
    assert field(study, "slug") == "reader-study"
    for resource in (
        c.reader_studies,
        c.reader_studies.display_sets,
        c.reader_studies.questions,
        c.images,
        c.interfaces,
        c.algorithms,
    ):
        list(resource.iterate_all())
    list(c.reader_studies.answers.iterate_all(params={"question__reader_study": field(study, "pk")}))


def cases_are_added():
    c = client()
    (pk,) = c.add_cases_to_reader_study(
        reader_study="reader-study", display_sets=[{"generic-medical-image": [metaimage()], "results-json-file": 1}]
    )
    url = until_image(c.reader_studies.display_sets.detail, pk)
    image = c.images.detail(pk=url.rstrip("/").rpartition("/")[2])
    assert field(image, "name")
    c.images.download(filename=str(FOLDER / "downloaded"), url=url)
    assert list(FOLDER.glob("downloaded*"))


def items_are_added_and_updated():
    c = client("archive")
    archive = c.archives.detail(slug="archive")
    items = list(c.archive_items.iterate_all(params={"archive": field(archive, "pk")}))
    item = items[0]
    changed = c.update_archive_item(
        archive_item_pk=field(item, "pk"), values={"results-json-file": {"at": str(uuid4())}}
    )
    assert changed


def answers_are_given():
    c = client()
    (pk,) = c.add_cases_to_reader_study(reader_study="reader-study", display_sets=[{"results-json-file": 1}])
    held = c.reader_studies.display_sets.detail(pk=pk)
    question = field(c.reader_studies.detail(slug="reader-study"), "questions")[0]
    made = c.reader_studies.answers.create(
        question=field(question, "api_url"), display_set=field(held, "api_url"), answer="from an old client"
    )
    assert field(made, "answer") == "from an old client"


if __name__ == "__main__":
    globals()[sys.argv[1]]()
