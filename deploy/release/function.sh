#!/usr/bin/env bash
# Packs the function as Lambda takes it. The same program gives the same bytes.
#
#   bash deploy/release/function.sh FOLDER ARCHITECTURE BOOTSTRAP      architecture: arm64 or x86_64
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
folder=$1 architecture=$2 bootstrap=$3

bash "$here/../../tests/e2e/glibc.sh" "$bootstrap"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install -m 755 "$bootstrap" "$work/bootstrap"
touch -d 1980-01-01T00:00:00Z "$work/bootstrap" # the first date that a zip can hold
zip=s3-thumbnailer-$(bash "$here/version.sh")-$architecture.zip
mkdir -p "$folder"
rm -f "$folder/$zip"
(cd "$work" && TZ=UTC python3 -m zipfile -c "$zip" bootstrap)
mv "$work/$zip" "$folder/"
