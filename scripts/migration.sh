#!/usr/bin/env bash
# Write the first migration again from the models, until the first release; later ones are added by `makemigrations`.
set -euo pipefail
cd "$(dirname "$0")/.."
exec 9>"${TMPDIR:-/tmp}/readroom-migration.lock"
flock 9
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
export READROOM_DATA=$data DJANGO_SETTINGS_MODULE=readroom.server.django_settings
folder=src/readroom/server/db/migrations
kept=$data/0001_initial.py
[ ! -f $folder/0001_initial.py ] || cp $folder/0001_initial.py "$kept"
rm -f $folder/0001_initial.py
mkdir "$data/aside" && for file in $folder/0*.py; do [ ! -f "$file" ] || mv "$file" "$data/aside/"; done
if ! .venv/bin/django-admin makemigrations readroom --name initial; then
  [ ! -f "$kept" ] || cp "$kept" $folder/0001_initial.py
fi
for file in "$data"/aside/*.py; do [ ! -f "$file" ] || mv "$file" $folder/; done
.venv/bin/ruff format --quiet $folder
