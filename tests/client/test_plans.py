import pytest

from readroom import errors
from readroom.client.plans import SocketPattern, plan_folder, plan_table


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")


def shown(plan, folder):
    return {
        case.title: {spec.socket_slug: [str(path.relative_to(folder)) for path in spec.paths] for spec in case.values}
        for case in plan.cases
    }


def test_each_folder_and_each_loose_file_is_a_case(tmp_path):
    write(
        tmp_path,
        "case10/a/1.dcm",
        "case10/a/2.dcm",
        "case2/1.dcm",
        "x.nii.gz",
        ".hidden",
        "Thumbs.db",
        "case2/.DS_Store",
    )
    plan = plan_folder(tmp_path, [SocketPattern("ct")])
    assert shown(plan, tmp_path) == {
        "case2": {"ct": ["case2/1.dcm"]},
        "case10": {"ct": ["case10/a/1.dcm", "case10/a/2.dcm"]},
        "x": {"ct": ["x.nii.gz"]},
    }
    assert [case.title for case in plan.cases] == ["case2", "case10", "x"]


def test_patterns_sort_the_files_and_folders_of_a_case_into_sockets(tmp_path):
    write(tmp_path, "p1/t1.mha", "p1/flair/1.dcm", "p1/flair/2.dcm", "p1/notes.txt")
    plan = plan_folder(tmp_path, [SocketPattern.parse("t1*=mr-t1"), SocketPattern.parse("flair*=mr-flair")])
    assert shown(plan, tmp_path) == {"p1": {"mr-flair": ["p1/flair/1.dcm", "p1/flair/2.dcm"], "mr-t1": ["p1/t1.mha"]}}
    assert [path.name for path in plan.unused] == ["notes.txt"]


def test_a_header_and_its_data_are_one_image(tmp_path):
    write(tmp_path, "a.mhd", "a.raw", "b.mhd", "b.zraw", "lonely.raw")
    plan = plan_folder(tmp_path, [SocketPattern("ct")])
    assert shown(plan, tmp_path) == {
        "a": {"ct": ["a.mhd", "a.raw"]},
        "b": {"ct": ["b.mhd", "b.zraw"]},
        "lonely": {"ct": ["lonely.raw"]},
    }


def test_an_empty_folder_says_what_belongs_there(tmp_path):
    with pytest.raises(errors.ConfigurationError, match="one folder or one file per case"):
        plan_folder(tmp_path, [SocketPattern("ct")])
    with pytest.raises(errors.ConfigurationError, match="There is no folder"):
        plan_folder(tmp_path / "absent", [SocketPattern("ct")])


KINDS = {"ct": "Image", "suspicion": "Value", "report": "File"}


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_csv_table_names_sockets_in_its_columns(tmp_path, separator):
    write(tmp_path, "a/1.dcm", "a/2.dcm", "r.pdf")
    lines = ["title,order,ct,suspicion,report", "Erste Äpfel,10,a,3,r.pdf", "Second,,a/1.dcm,,", ",,,,"]
    (tmp_path / "cases.csv").write_text("\ufeff" + "\n".join(lines).replace(",", separator), encoding="utf-8")
    first, second = plan_table(tmp_path / "cases.csv", folder=tmp_path, kind_of=KINDS.__getitem__).cases
    assert (first.title, first.order, second.order) == ("Erste Äpfel", 10, None)
    assert [spec.socket_slug for spec in first.values] == ["ct", "suspicion", "report"]
    assert first.values[1].value == 3
    assert [spec.socket_slug for spec in second.values] == ["ct"]


def test_a_yaml_table_holds_values_of_any_shape(tmp_path):
    write(tmp_path, "a.mha")
    (tmp_path / "cases.yaml").write_text("- {title: One, ct: a.mha, suspicion: {scale: [1, 2]}}\n- {suspicion: text}\n")
    first, second = plan_table(tmp_path / "cases.yaml", folder=tmp_path, kind_of=KINDS.__getitem__).cases
    assert first.values[1].value == {"scale": [1, 2]}
    assert second.values[0].value == "text"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title,ct\nA,absent.dcm\n", "line 2: there is nothing at"),
        ("title,order,suspicion\nA,ten,1\n", "line 2: invalid literal"),
        ("title,suspicion\nA,1\nA,2\n", "titles must be unique, A"),
        ("title,ct\n", "has no cases"),
        ("title,unknown\nA,1\n", "line 2: 'unknown'"),
    ],
)
def test_a_table_that_cannot_be_used_says_where(tmp_path, text, message):
    (tmp_path / "cases.csv").write_text(text)
    with pytest.raises(errors.ConfigurationError, match=message):
        plan_table(tmp_path / "cases.csv", folder=tmp_path, kind_of=KINDS.__getitem__)
