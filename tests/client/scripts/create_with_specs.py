"""Make display sets and archive items from every kind of source."""

import json
import sys
from pathlib import Path

import readroom as gcapi
from readroom import SocketValueSpec

base_url, token, slug, archive, path, folder = sys.argv[1:]
client = gcapi.Client(token=token, base_url=base_url)
number = Path(folder) / "number.json"
number.write_text("7")

case = client.add_case_to_reader_study(
    reader_study_slug=slug,
    values=[
        SocketValueSpec(socket_slug="ct-image", files=[path]),
        SocketValueSpec(socket_slug="suspicion", value=0),
    ],
    title="From files",
    order=30,
)
[first] = client.wait_until_ready(display_sets=[case], sockets=["ct-image", "suspicion"])
values = {value.interface.slug: value for value in first.values}
assert values["suspicion"].value == 0
assert (first.title, first.order) == ("From files", 30)

second = client.add_case_to_reader_study(
    reader_study=client.reader_studies.detail(slug=slug),
    values=[
        SocketValueSpec(socket_slug="ct-image", existing_image_api_url=values["ct-image"].image),
        SocketValueSpec(socket_slug="suspicion", existing_socket_value=values["suspicion"]),
    ],
)
second = client.update_display_set(
    display_set_pk=second.pk, values=[SocketValueSpec(socket_slug="suspicion", file=number)], title="Again", order=5
)
second = client.reader_studies.display_sets.detail(pk=second.pk)
assert {value.interface.slug: value.value for value in second.values}["suspicion"] == 7
assert (second.title, second.order) == ("Again", 5)

item = client.add_case_to_archive(
    archive_slug=archive,
    values=[SocketValueSpec(socket_slug="ct-image", existing_image_api_url=values["ct-image"].image)],
    title="Kept",
)
client.update_archive_item(archive_item_pk=item.pk, values=[SocketValueSpec(socket_slug="suspicion", value=2)])
item = client.archive_items.detail(pk=item.pk)
assert {value.interface.slug for value in item.values} == {"ct-image", "suspicion"}

for value in item.values:
    client.download_socket_value(value, output_directory=Path(folder) / "out")
written = sorted(
    str(found.relative_to(Path(folder) / "out")) for found in (Path(folder) / "out").rglob("*") if found.is_file()
)
assert len(written) == 2, written
assert any(json.loads((Path(folder) / "out" / name).read_text()) == 2 for name in written if name.endswith(".json"))
print("written", *written)
