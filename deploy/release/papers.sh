#!/usr/bin/env bash
# Adds to the files of a release what is the same for every architecture: the template, the notes, and, last,
# the checksums of everything that is there.
#
#   bash deploy/release/papers.sh FOLDER [TAG]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$1 tag=${2:-}
version=$(bash deploy/release/version.sh)

mkdir -p "$folder"
python3 deploy/release/template.py "$version" <template.yaml >"$folder/s3-thumbnailer-$version.yaml"
python3 deploy/release/notes.py "$version" ${tag:+"$tag"} <CHANGELOG.md >"$folder/release-notes.md"
cd "$folder"
rm -f SHA256SUMS
sha256sum -- * >SHA256SUMS
