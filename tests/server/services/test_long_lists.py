"""Pages of long lists: the same as counted afresh, without counting through what they pass over."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readroom.server.db.models import Answer, DisplaySet
from readroom.server.services import accounts, answer_lists, answers, display_set_lists, display_sets, long_lists
from readroom.server.services.answers import Draft
from readroom.server.services.display_sets import DisplaySetChange
from readroom.server.testing import factories

pytestmark = pytest.mark.usefixtures("db")
NUMBER = 23


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch):
    monkeypatch.setattr(long_lists, "LONG", 5)
    long_lists.kept.clear()


@pytest.fixture
def editor():
    return factories.make_user("editor", may_create_studies=True)


@pytest.fixture
def study(editor):
    made = factories.make_study(editor=editor, readers=[factories.make_user("reader")], state="open")
    for number in range(NUMBER):
        factories.make_display_set(made, title=f"case {number}", order=10 * (number // 3 + 1))
    return made


def in_order(study):
    rows = DisplaySet.objects.filter(study=study).order_by("order", "created_at", "id")
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def page_of(editor, study, offset, limit):
    asked = display_set_lists.Asked(study_id=study.pk)
    listing = display_set_lists.list_display_sets(accounts.to_actor(editor), asked=asked, offset=offset, limit=limit)
    assert [row.place for row in listing.rows] == list(range(offset, offset + len(listing.rows)))
    return listing.count, [row.id for row in listing.rows]


def test_pages_are_those_of_the_whole_list_in_whichever_order_they_are_asked_for(editor, study):
    whole = in_order(study)
    for limit in (1, 4, 7, 30):
        for offset in [*range(0, NUMBER + 8, limit), *range(NUMBER, -1, -5)]:
            assert page_of(editor, study, offset, limit) == (NUMBER, whole[offset : offset + limit])


def test_a_page_behind_one_that_was_read_passes_over_nothing_and_counts_nothing(editor, study):
    page_of(editor, study, 0, 10)
    with CaptureQueriesContext(connection) as asked:
        assert page_of(editor, study, 10, 10) == (NUMBER, in_order(study)[10:20])
    [page] = [query["sql"] for query in asked if "LIMIT 10" in query["sql"]]
    assert "OFFSET 0" in page
    assert page.count("FROM") == 1, "rows that nothing is passed over for are read straight from the index"
    assert not any("COUNT(" in query["sql"] for query in asked)


def test_what_is_short_is_counted_afresh(editor, study, monkeypatch):
    monkeypatch.setattr(long_lists, "LONG", NUMBER + 1)
    page_of(editor, study, 0, 10)
    DisplaySet.objects.create(study=study, title="behind the back of the trail", order=1, created_at=timezone.now())
    assert page_of(editor, study, 0, 5) == (NUMBER + 1, in_order(study)[:5])


@pytest.mark.parametrize("change", ["add", "move", "delete"])
def test_a_change_is_seen_at_once(editor, study, change):
    actor = accounts.to_actor(editor)
    for offset in range(0, NUMBER, 5):
        page_of(editor, study, offset, 5)
    first = DisplaySet.objects.filter(study=study).order_by("order", "created_at", "id")[0]
    if change == "add":
        display_sets.create_display_set(actor, study_id=study.pk, title="new", order=15)
    elif change == "move":
        display_sets.change_display_set(actor, display_set_id=first.pk, change=DisplaySetChange(order=45))
    else:
        display_sets.delete_display_set(actor, display_set_id=first.pk)
    whole = in_order(study)
    for offset in range(0, NUMBER + 1, 5):
        assert page_of(editor, study, offset, 5) == (len(whole), whole[offset : offset + 5])


def answers_of(person, study, offset, limit):
    asked = answer_lists.Asked(study_id=study.pk)
    count, rows = answer_lists.list_answers(accounts.to_actor(person), asked=asked, offset=offset, limit=limit)
    return count, [row.id for row in rows]


@pytest.fixture
def question(study):
    return factories.make_question(study, "Text")


@pytest.fixture
def answered(study, question):
    reader = study.members.get(role="reader").user
    for case in list(DisplaySet.objects.filter(study=study))[:-1]:
        factories.make_answer(question, case, creator=reader, value="x")
    return reader


def test_pages_of_answers_are_those_of_the_whole_list_and_see_new_ones(editor, study, question, answered):
    def whole():
        return [str(pk) for pk in Answer.objects.order_by("created_at", "id").values_list("pk", flat=True)]

    for person in (editor, answered):
        for offset in [*range(0, NUMBER, 4), 0, 9, 4]:
            assert answers_of(person, study, offset, 4) == (NUMBER - 1, whole()[offset : offset + 4])
    left = DisplaySet.objects.filter(study=study, answers=None).get()
    answers.record_answer(
        accounts.to_actor(answered), question_id=question.pk, display_set_id=left.pk, draft=Draft(value="new")
    )
    for person in (editor, answered):
        assert answers_of(person, study, 20, 4) == (NUMBER, whole()[20:24])
    answers.delete_answers_of_reader(accounts.to_actor(editor), study_id=study.pk, user_id=answered.pk)
    assert answers_of(editor, study, 20, 4) == (0, [])


def test_what_one_may_see_is_not_told_from_what_another_saw(editor, study, answered):
    other = factories.make_user("other")
    study.members.create(user=other, role="reader")
    assert answers_of(editor, study, 0, 4)[0] == NUMBER - 1
    assert answers_of(other, study, 0, 4) == (0, [])


def test_only_so_many_lists_are_kept():
    for number in range(3 * long_lists.KEPT_LISTS):
        long_lists.marks_of(number)
    assert len(long_lists.kept) == long_lists.KEPT_LISTS
