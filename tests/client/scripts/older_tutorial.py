"""The whole life of a study in the style of earlier clients: dicts, keys, hanging lists, answers, masks."""

import sys
from pathlib import Path

import readroom as gcapi

base_url, token, slug, ct, segmentation, folder = sys.argv[1:]
client = gcapi.Client(token=token, base_url=base_url)

pks = client.create_display_sets_from_images(
    reader_study=slug,
    display_sets=[
        {"ct-image": [Path(ct)], "airway-segmentation": [Path(segmentation)]},
        {"ct-image": [Path(ct)]},
    ],
)
pks += client.add_cases_to_reader_study(reader_study=slug, display_sets=[{"ct-image": [Path(ct)]}])
assert len(pks) == 3
client.wait_until_ready(display_sets=pks)

for order, pk in zip((20, 10, 30), pks):
    client.reader_studies.display_sets.partial_update(pk=pk, **{"order": order})

rs = next(client.reader_studies.iterate_all(params={"slug": slug}))
cases = client.reader_studies.display_sets.iterate_all(params={"reader_study": rs["pk"]})
assert [case["pk"] for case in cases] == [pks[1], pks[0], pks[2]]

hanging_list = rs["hanging_list_images"]
assert len(hanging_list) == 3
assert all(entry["main"].startswith("https://") for entry in hanging_list)

questions = {q["api_url"]: q for q in rs["questions"]}
choice = next(q for q in questions.values() if q["answer_type"] == "Choice")
several = next(q for q in questions.values() if q["answer_type"] == "Multiple choice")
mask = next(q for q in questions.values() if q["answer_type"] == "Mask")

case = cases[0]
client.reader_studies.answers.create(
    display_set=case["pk"], question=choice["pk"], answer=choice["options"][1]["id"], last_edit_duration="00:00:12"
)
client.reader_studies.answers.create(
    display_set=case["pk"], question=several["pk"], answer=[option["id"] for option in several["options"]]
)
drawn = client.reader_studies.answers.create(display_set=case["pk"], question=mask["pk"], answer=None)
client.upload_cases(files=[Path(segmentation)], answer=drawn["pk"])
for _ in range(600):
    drawn = client.reader_studies.answers.detail(pk=drawn["pk"])
    if drawn["answer_image"]:
        break
    __import__("time").sleep(0.1)

readable = {}
for a in client.reader_studies.answers.mine.iterate_all(params={"question__reader_study": rs["pk"]}):
    q = questions[a["question"]]
    main_images = [entry["main"] for entry in hanging_list]
    assert any(image in main_images for image in a["images"])
    if q["answer_type"] == "Choice":
        readable[q["question_text"]] = next(o["title"] for o in q["options"] if o["id"] == a["answer"])
    if q["answer_type"] == "Multiple choice":
        readable[q["question_text"]] = sorted(o["title"] for o in q["options"] if o["id"] in a["answer"])
    if a["answer_image"]:
        first = client.images.download(url=a["answer_image"], filename=Path(folder) / "masks" / "case-1")
        second = client.images.download(
            url=a["answer_image"], output_directory=Path(folder) / "more", filename="case-1"
        )
        assert first == [Path(folder) / "masks" / "case-1.mha"]
        assert second[0].read_bytes() == first[0].read_bytes()
        readable["mask"] = first[0].name

print(sorted(readable))
assert len(readable) == 3
