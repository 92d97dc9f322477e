"""Upload a case, then re-use its image in a second one, as scripts with plain dicts do it."""

import sys
import time

import readroom as gcapi

base_url, token, slug, path = sys.argv[1:]
client = gcapi.Client(token=token, base_url=base_url)

display_sets = client.add_cases_to_reader_study(reader_study=slug, values=[{"ct-image": path}])
reader_study = client.reader_studies.detail(slug=slug)

for _ in range(600):
    display_sets = client.reader_studies.display_sets.iterate_all(params={"reader_study": reader_study.pk})
    if all(len(ds.values) > 0 for ds in display_sets):
        break
    time.sleep(0.1)
else:
    raise SystemExit("the image was not processed")

image_reference = None
for value in display_sets[0].values:
    if value.interface.slug == "ct-image":
        image_reference = value.image

client.add_cases_to_reader_study(reader_study=slug, values=[{"ct-image": image_reference}])

display_sets = client.reader_studies.display_sets.iterate_all(params={"reader_study": reader_study.pk})
assert len(display_sets) == 2
assert [ds.values[0].image for ds in display_sets] == [image_reference, image_reference]
assert next(display_sets).pk == display_sets[0].pk
print("reused", image_reference)
