#!/usr/bin/env bash
# Pushes the images of a release under one name, so that each machine takes its own, and prints their digest.
#
#   bash deploy/release/push.sh FOLDER NAME      such as ghcr.io/somebody/s3-thumbnailer-worker
set -euo pipefail
folder=$1 name=$2
version=$(bash "$(dirname "${BASH_SOURCE[0]}")/version.sh")

work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT # without root, the store has folders that nobody may change
store=(--storage-driver vfs --root "$work/store" --runroot "$work/run")
buildah "${store[@]}" manifest create images >&2
for archive in "$folder"/*.oci.tar; do
    buildah "${store[@]}" manifest add images "oci-archive:$archive" >&2
done
buildah "${store[@]}" manifest push --all --quiet --digestfile "$work/digest" images "docker://$name:$version" >&2
cat "$work/digest"
