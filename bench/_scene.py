"""Fill an empty database with the studies that the API is measured on: ``python -m bench._scene [SETS ANSWERS]``.

Study A: display sets of two images and one value, ten questions, answers of one reader. Study B: as many display sets
without answers. The settings of the environment say which database; the facts are printed as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import islice

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readroom.server.django_settings")

import django

django.setup()

from datetime import timedelta  # noqa: E402 - after the settings

from django.db import connection, transaction  # noqa: E402 - after the settings
from django.utils import timezone  # noqa: E402 - after the settings

from readroom.server.db.models import Answer, DisplaySet, Round, SocketValue  # noqa: E402 - after the settings
from readroom.server.services import accounts, tokens  # noqa: E402 - after the settings
from readroom.server.testing import factories  # noqa: E402 - after the settings

TYPES = (*["Number"] * 3, *["Bool"] * 2, *["Text"] * 2, *["Choice"] * 2, "2D bounding box")
WIDGETS = {"Number": "Number Input", "Text": "Text Input", "Choice": "Select"}
BATCH = 2000


def token_of(user):
    return tokens.create_token(accounts.to_actor(user)).secret


def fill_study(study, count, sockets, images):
    start = timezone.now()
    sets = [
        DisplaySet(
            study=study, title=f"{study.title} {i}", order=10 * (i + 1), created_at=start + timedelta(microseconds=i)
        )
        for i in range(count)
    ]
    DisplaySet.objects.bulk_create(sets, batch_size=BATCH)
    ct, mr, value = sockets
    values = []
    for i, display_set in enumerate(sets):
        values.append(SocketValue(display_set=display_set, socket=ct, image=images[2 * i % len(images)]))
        values.append(SocketValue(display_set=display_set, socket=mr, image=images[(2 * i + 1) % len(images)]))
        values.append(SocketValue(display_set=display_set, socket=value, value=i))
    SocketValue.objects.bulk_create(values, batch_size=BATCH)
    return sets


def fill_answers(study, sets, questions, reader, count):
    first_round, start = Round.objects.get(study=study), timezone.now()
    slots = islice(((case, question) for case in sets for question in questions), count)
    drafts = [
        Answer(
            study=study,
            round=first_round,
            creator=reader,
            question=question,
            display_set=case,
            value=factories.answer_of_type(question, i) if i < len(questions) * 4 else CACHED[question.pk, i % 40],
            last_edit_duration=timedelta(seconds=7),
            total_edit_duration=timedelta(seconds=9),
            created_at=start + timedelta(microseconds=i),
            modified_at=start,
        )
        for i, (case, question) in enumerate(slots)
    ]
    Answer.objects.bulk_create(drafts, batch_size=BATCH)


CACHED: dict = {}


def main() -> None:
    count, answers = (int(text) for text in (sys.argv[1:] or ("1000", "10000")))
    with transaction.atomic():
        editor = factories.make_user("editor", may_create_studies=True)
        readers = [factories.make_user("reader-1"), factories.make_user("reader-2")]
        sockets = [factories.make_socket("Image"), factories.make_socket("Image"), factories.make_socket("Integer")]
        images = [factories.make_image(creator=editor) for _ in range(200)]
        study_a = factories.make_study(editor=editor, readers=readers, title="Study A", allow_answer_modification=True)
        study_b = factories.make_study(editor=editor, readers=readers, title="Study B")
        for study in (study_a, study_b):
            study.view_content = {"main": [sockets[0].slug]}
            study.save()
        made = [
            factories.make_question(study_a, kind, **({"widget": WIDGETS[kind]} if kind in WIDGETS else {}))
            for kind in TYPES
        ]
        CACHED.update(((q.pk, i), factories.answer_of_type(q, i)) for q in made for i in range(40))
        sets = fill_study(study_a, count, sockets, images)
        fill_study(study_b, count, sockets, images)
        fill_answers(study_a, sets, made, readers[0], answers)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")  # as autovacuum does within a minute
    facts = {
        "study_a": str(study_a.pk),
        "study_b": str(study_b.pk),
        "slug_a": study_a.slug,
        "editor": token_of(editor),
        "reader_1": token_of(readers[0]),
        "reader_2": token_of(readers[1]),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
