"""The sockets that every installation has, under the names that programs know."""

from typing import Any

from django.db import migrations

SOCKETS = (
    ("generic-medical-image", "Generic Medical Image", "Image", False, ""),
    ("generic-overlay", "Generic Overlay", "Heat Map", False, "images"),
    ("results-json-file", "Results JSON File", "Anything", False, "results.json"),
    ("predictions-json-file", "Predictions JSON File", "Anything", True, "predictions.json"),
    ("predictions-csv-file", "Predictions CSV File", "CSV file", False, "predictions.csv"),
    ("predictions-zip-file", "Predictions ZIP File", "ZIP file", False, "predictions.zip"),
    ("metrics-json-file", "Metrics JSON File", "Anything", True, "metrics.json"),
)


def add_sockets(apps: Any, _editor: Any) -> None:
    socket = apps.get_model("readroom", "Socket")
    for slug, title, kind, is_stored_as_file, relative_path in SOCKETS:
        socket.objects.get_or_create(
            slug=slug,
            defaults={
                "title": title,
                "kind": kind,
                "is_stored_as_file": is_stored_as_file,
                "relative_path": relative_path,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("readroom", "0002_append_only")]
    operations = [migrations.RunPython(add_sockets, migrations.RunPython.noop)]
