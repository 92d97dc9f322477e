"""What an editor gets with the peer's client: all answers to a case, and its masks as files.

Run with the interpreter that holds gcapi: ``editor.py BASE_URL AUTHORITY TOKEN STUDY DISPLAY_SET FOLDER``; prints JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import gcapi


def main(base_url: str, authority: str, token: str, slug: str, display_set: str, folder: str) -> dict[str, Any]:
    client = gcapi.Client(token=token, base_url=base_url, verify=authority)
    study = client.reader_studies.detail(slug=slug)
    texts = {question.api_url: question.question_text_safe for question in study.questions}
    found = client.reader_studies.answers.iterate_all(params={"question__reader_study": study.pk})
    answers = [answer for answer in found if answer.display_set.rstrip("/").endswith(display_set)]
    masks = [
        client.images.download(url=answer.answer_image, output_directory=folder, filename=f"mask-{number}")
        for number, answer in enumerate(answers)
        if answer.answer_image
    ]
    return {
        "answers": {texts[answer.question]: answer.answer for answer in answers},
        "creators": sorted({answer.creator for answer in answers}),
        "masks": [str(file) for files in masks for file in files],
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
