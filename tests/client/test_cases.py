from collections import Counter

import httpx
import pytest

import readroom
from readroom import CasePlan, SocketValueSpec, errors
from readroom.client.testing import ServerDouble


@pytest.fixture
def study(server):
    server.add_socket("ct-image")
    server.add_socket("suspicion", kind="Integer")
    return server.add_study("nodules")


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"{number}.dcm" for number in range(3)]
    for path in paths:
        path.write_bytes(path.name.encode())
    return paths


def test_a_case_is_made_and_filled(client, server, study, files):
    case = client.add_case_to_reader_study(
        reader_study_slug="nodules",
        values=[SocketValueSpec("ct-image", files=files), SocketValueSpec("suspicion", value=0)],
        title="First",
        order=10,
    )
    assert (case.title, case.order) == ("First", 10)
    assert {value.interface.slug for value in case.values} == {"ct-image", "suspicion"}
    assert len(server.objects["uploads"]) == 3


def test_an_unknown_socket_is_told_before_anything_is_written(client, server, study):
    with pytest.raises(errors.SocketNotFound, match="'ct-imgae'"):
        client.add_case_to_reader_study(reader_study_slug="nodules", values=[SocketValueSpec("ct-imgae", value=1)])
    assert not server.objects["display_sets"]


def test_no_empty_case_stays_behind_when_an_upload_fails(client, server, study, files, monkeypatch):
    def refuse(*_, **__):
        raise errors.ConnectionFailed("gone")

    monkeypatch.setattr(client.uploads, "upload_files", refuse)
    with pytest.raises(errors.UploadRefused, match="nothing is left") as caught:
        client.add_case_to_reader_study(reader_study_slug="nodules", values=[SocketValueSpec("ct-image", files=files)])
    assert caught.value.reasons == ("gone",)
    assert not server.objects["display_sets"]


def test_a_batch_goes_on_after_a_case_that_fails(client, server, study, files):
    plans = [
        CasePlan([SocketValueSpec("ct-image", files=files)], title="good"),
        CasePlan([SocketValueSpec("absent", value=1)], title="bad"),
        CasePlan([SocketValueSpec("suspicion", value=1)], title="better"),
    ]
    outcomes = client.add_cases(reader_study="nodules", cases=plans)
    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False]
    assert len(server.objects["display_sets"]) == 2


def test_a_batch_run_twice_makes_nothing_twice(client, server, study, files, tmp_path):
    plans = [CasePlan([SocketValueSpec("ct-image", file=path)], title=path.name) for path in files]
    first = client.add_cases(reader_study="nodules", cases=plans, journal=tmp_path / "journal")
    second = client.add_cases(reader_study="nodules", cases=plans, journal=tmp_path / "journal")
    assert [outcome.pk for outcome in first] == [outcome.pk for outcome in second]
    assert all(outcome.was_there for outcome in second)
    assert len(server.objects["display_sets"]) == len(server.objects["uploads"]) == 3


def test_a_case_whose_file_is_corrected_while_it_is_sent_is_filled_again(client, server, study, files, tmp_path):
    batch = {
        "reader_study": "nodules",
        "cases": [CasePlan([SocketValueSpec("ct-image", files=files)], title="A")],
        "journal": tmp_path / "journal",
    }
    [first] = client.add_cases(**batch, progress=lambda path, _: path.write_bytes(b"corrected"))
    [second] = client.add_cases(**batch)
    [third] = client.add_cases(**batch)
    assert [outcome.was_there for outcome in (first, second, third)] == [False, False, True]
    assert first.pk == second.pk == third.pk
    assert first.error == second.error == ""


def test_a_case_whose_file_was_corrected_is_filled_again(client, server, study, files, tmp_path):
    plans = [CasePlan([SocketValueSpec("ct-image", file=path)], title=path.name) for path in files]
    first = client.add_cases(reader_study="nodules", cases=plans, journal=tmp_path / "journal")
    files[1].write_bytes(b"corrected")
    second = client.add_cases(reader_study="nodules", cases=plans, journal=tmp_path / "journal")
    assert [outcome.pk for outcome in second] == [outcome.pk for outcome in first]
    assert [outcome.was_there for outcome in second] == [True, False, True]
    assert list(server.parts.values())[-1] == {1: b"corrected"}
    third = client.add_cases(reader_study="nodules", cases=plans, journal=tmp_path / "journal")
    assert all(outcome.was_there for outcome in third)


def test_cases_of_one_image_each_are_told_apart_without_titles(client, server, study, tmp_path):
    images = [server.add_image(name)["api_url"] for name in "ab"]
    plans = [CasePlan([SocketValueSpec("ct-image", existing_image_api_url=image)]) for image in images]
    outcomes = client.add_cases(reader_study="nodules", cases=plans, journal=tmp_path / "journal")
    assert len({outcome.pk for outcome in outcomes}) == 2


def test_a_case_that_was_made_but_not_filled_is_filled_by_the_next_run(
    client, server, study, files, tmp_path, monkeypatch
):
    plan = CasePlan([SocketValueSpec("ct-image", file=files[0])])

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(client.uploads, "upload_files", interrupt)
        with pytest.raises(KeyboardInterrupt):
            client.add_cases(reader_study="nodules", cases=[plan], journal=tmp_path / "journal")
    assert len(server.objects["display_sets"]) == 1
    [outcome] = client.add_cases(reader_study="nodules", cases=[plan], journal=tmp_path / "journal")
    assert not outcome.error
    assert len(server.objects["display_sets"]) == 1
    assert len(client.reader_studies.display_sets.detail(pk=outcome.pk).values) == 1


def test_waiting_ends_when_every_case_has_its_values(client, server, study):
    case = client.add_case_to_reader_study(reader_study_slug="nodules", values=[SocketValueSpec("suspicion", value=1)])
    seen = []
    [ready] = client.wait_until_ready(display_sets=[case], progress=lambda *numbers: seen.append(numbers))
    assert ready.pk == case.pk
    assert seen == [(1, 1)]


def test_waiting_tells_what_is_still_open(client, server, study):
    pk = client.reader_studies.display_sets.create(reader_study="nodules").pk
    with pytest.raises(errors.NotReady, match="1 of 1") as caught:
        client.wait_until_ready(display_sets=[pk], timeout=0)
    assert caught.value.reasons == (f"{pk} is still being processed",)


class Imports(ServerDouble):
    """Tells of each display set what becomes of its values: ready at the second look, or refused."""

    def __init__(self, refused=()):
        super().__init__()
        self.refused = refused
        self.looks = Counter()

    def handle_request(self, request):
        if not request.url.path.endswith("/status/"):
            return super().handle_request(request)
        pk = request.url.path.split("/")[-3]
        self.looks[pk] += 1
        title = self.objects["display_sets"][pk]["title"]
        word = "importing" if self.looks[pk] == 1 else "refused" if title in self.refused else "ready"
        values = [{"socket": "ct-image", "status": word, "reason": "not an image"}]
        return httpx.Response(200, json={"values": values}, request=request)


def waiting_batch(server, count):
    server.add_study("nodules")
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    create = client.reader_studies.display_sets.create
    return client, [create(reader_study="nodules", title=f"case {number}").pk for number in range(count)]


def test_waiting_goes_on_after_a_failure_and_tells_all_of_them():
    server = Imports(refused=["case 0", "case 2"])
    client, pks = waiting_batch(server, 4)
    with pytest.raises(errors.NotReady) as caught:
        client.wait_until_ready(display_sets=pks)
    assert caught.value.reasons == ("case 0, ct-image: not an image", "case 2, ct-image: not an image")
    assert set(server.looks.values()) == {2}


def test_waiting_for_many_asks_for_few_at_a_time():
    server = Imports()
    client, pks = waiting_batch(server, 200)
    assert len(client.wait_until_ready(display_sets=pks)) == 200
    assert max(server.looks.values()) == 2
    assert server.looks.total() == 400


def test_scripts_with_plain_dicts_of_earlier_clients_run(client, server, study, files):
    pks = client.create_display_sets_from_images(reader_study="nodules", display_sets=[{"ct-image": [files[0]]}])
    pks += client.add_cases_to_reader_study(
        reader_study="nodules", values=[{"ct-image": str(files[1]), "suspicion": 2}]
    )
    image = client.reader_studies.display_sets.detail(pk=pks[0]).values[0].image
    pks += client.add_cases_to_reader_study(reader_study="nodules", display_sets=[{"ct-image": image}])
    assert len(server.objects["display_sets"]) == len(pks) == 3
    assert client.reader_studies.display_sets.detail(pk=pks[2]).values[0].image == image


def test_the_hanging_list_and_the_images_of_answers_are_made_from_display_sets(client, server):
    server.add_socket("ct-image")
    server.add_study("nodules", questions=[{"question_text": "Nodule?", "answer_type": "Bool"}])
    image = server.add_image("one")["api_url"]
    client.add_cases_to_reader_study(reader_study="nodules", values=[{"ct-image": image}])
    study = next(client.reader_studies.iterate_all({"slug": "nodules"}))
    assert study["hanging_list_images"] == [{"main": image}]
    case = client.reader_studies.display_sets.iterate_all({"reader_study": study.pk})[0]
    client.reader_studies.answers.create(question=study.questions[0].pk, display_set=case.pk, answer=True)
    [answer] = client.reader_studies.answers.mine.iterate_all({"question__reader_study": study["pk"]})
    assert answer["images"] == [image]


def test_a_display_set_is_read_after_its_status_so_that_it_comes_with_its_values():
    server = Imports()
    client, [pk] = waiting_batch(server, 1)
    before = len(server.requests)
    client.wait_until_ready(display_sets=[pk])
    assert server.looks[pk] == 2
    assert [request.url.path.split("/")[-2] for request in server.requests[before:]] == [pk]
