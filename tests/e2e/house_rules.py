"""Studies whose rules differ: feedback at once, rolled answers, nothing may change, closed on the way, proposals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import SimpleITK as sitk
from editing import CHOICE, FREE, Scene

VERSION = {"major": 1, "minor": 0}
ODD = "קריאה / 读片 🫁 <i>create</i> " + "Lungenrundherdverlaufskontrolle" * 6


def build(scene: Scene, folder: Path) -> dict[str, Any]:
    picture = folder / "squares.mha"
    sitk.WriteImage(sitk.GridSource(sitk.sitkUInt8, (48, 48, 4), gridSpacing=(12.0, 12.0, 12.0)), picture)
    image = scene.socket("E2E squares", "Image", "images/e2e-squares")
    proposed = scene.socket("E2E proposals", "Multiple points", "e2e-proposals.json", is_stored_as_file=True)
    content = {"main": [image]}

    practice = scene.study(
        "Practice", content, **{**FREE, "enable_autosaving": False}, is_educational=True, instant_verification=True
    )
    scene.ask(practice, "Which is it?", **CHOICE, required=True, order=1)
    scene.ask(practice, "How many?", "Number", widget="Number Input", order=2)
    rolled = scene.study("Rolled", content, roll_over_answers_for_n_cases=1)
    scene.ask(rolled, "What is seen?", "Text", widget="Text Input", required=True)
    strict = scene.study("Strict", content)
    scene.ask(strict, "Is it there?", **CHOICE, required=True, order=1)
    scene.ask(
        strict,
        "How large?",
        "Number",
        widget="Number Input",
        empty_answer_confirmation=True,
        empty_answer_confirmation_label="Nothing to measure?",
        order=2,
    )
    shut = scene.study("Shut", content, **FREE)
    scene.ask(shut, "Anything?", "Text", widget="Text Input")
    review = scene.study("Review", content, **FREE)
    scene.ask(
        review,
        "Which of these?",
        "Multiple points",
        widget="Accept/Reject Findings",
        interface=proposed,
        image_port="Main",
    )
    points = {
        "type": "Multiple points",
        "points": [{"point": [10.0, 10.0, 1.0], "probability": 0.9}, {"point": [30.0, 20.0, 2.0]}],
        "version": VERSION,
    }
    proposal = folder / "proposals.json"
    proposal.write_text(json.dumps(points))
    done = scene.study("Done", content)
    scene.ask(done, "Was it read?", "Text", widget="Text Input")
    odd = scene.study(ODD, content, **FREE)
    scene.ask(odd, ODD, **CHOICE)
    studies = {
        "practice": practice,
        "rolled": rolled,
        "strict": strict,
        "shut": shut,
        "review": review,
        "done": done,
        "odd": odd,
    }
    for name, number in (("practice", 2), ("rolled", 4), ("strict", 3), ("shut", 2), ("done", 1), ("odd", 1)):
        for at in range(number):
            scene.case(studies[name], f"{name} {at + 1}", {image: [picture]})
    scene.case(review, "Proposed", {image: [picture]}, **{proposed: proposal})
    return {"studies": studies, "cases": {}}


def read_through(reader: Scene, study: dict[str, Any]) -> None:
    """Answer the one case of a study, so that its end page stands."""
    case = reader.http.get(f"reader-studies/display-sets/?reader_study={study['pk']}").json()["results"][0]
    question = reader.http.get(f"reader-studies/questions/?reader_study={study['pk']}").json()["results"][0]
    answer = {"display_set": case["api_url"], "question": question["api_url"], "answer": "Yes."}
    reader.send("POST", "reader-studies/answers/", body=answer)


def add_truth(scene: Scene, study: dict[str, Any]) -> None:
    """What is right in the study that tells it at once."""
    path = f"reader-studies/display-sets/?reader_study={study['pk']}"
    first, second = scene.http.get(path).json()["results"]
    why = "The lines cross."
    entries = [
        {"display_set": case["pk"], "question": text, "answer": answer, "explanation": explanation}
        for case, answers in ((first, ("Yes", 3)), (second, ("No", 4)))
        for text, answer, explanation in (("Which is it?", answers[0], why), ("How many?", answers[1], ""))
    ]
    scene.send("PUT", f"reader-studies/{study['pk']}/ground-truth/", body=entries)
