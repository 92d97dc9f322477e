"""Documents in requests: read as they are meant, and none of them keeps the server busy."""

from __future__ import annotations

import pytest
from tests.server.api.conftest import STUDIES

from readroom.server.db.models import DisplaySet, ReaderStudy
from readroom.server.testing import factories

APPLY = f"{STUDIES}apply/"


@pytest.fixture
def maker(client_of):
    return client_of(factories.make_user("maker", may_create_studies=True))


def apply(client, text):
    return client.post(APPLY, data=text, content_type="application/yaml")


def test_what_has_a_colon_or_is_a_date_is_a_text(maker):
    text = "readroom: 1\nstudy: {title: 12:30}\ndisplay_sets:\n- {title: 2026-01-02, order: 10}\n- {title: 1:2.5, order: 20}\n"
    reply = apply(maker, text)
    assert reply.status_code in {200, 201}, reply.content
    assert ReaderStudy.objects.get().title == "12:30"
    assert list(DisplaySet.objects.order_by("order").values_list("title", "order")) == [
        ("2026-01-02", 10),
        ("1:2.5", 20),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("readroom: 1\nstudy: &a {title: x}\nsockets: [*a]\n", "aliases"),
        ("readroom: 1\nstudy: {title: !!int 1:1:1}\n", "tags"),
        ("readroom: 1\nstudy: !!python/object/apply:os.getcwd []\n", "tags"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_what_yaml_could_do_beyond_plain_data_is_refused(maker, text, reason):
    reply = apply(maker, text)
    assert reply.status_code == 400
    assert reason in reply.content.decode()
    assert not ReaderStudy.objects.exists()


def test_a_number_to_base_60_is_not_computed(maker):
    """Of this length it took minutes, in which the process did nothing else."""
    assert apply(maker, "readroom: 1\nstudy: {title: x}\nquestions: 1" + ":1" * 400_000).status_code == 400


def test_of_very_many_unknown_fields_some_are_named(as_editor, study):
    body = {f"titel{number}": number for number in range(50_000)} | {"titl": "x"}
    reply = as_editor.send("PATCH", f"{STUDIES}{study.pk}/", body)
    assert reply.status_code == 400
    assert 0 < len(reply.json()) <= 20
    study.refresh_from_db()
    assert study.title == "Nodules"
