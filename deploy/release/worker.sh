#!/usr/bin/env bash
# Packs the worker for a machine that has glibc. The same program gives the same bytes.
#
#   bash deploy/release/worker.sh FOLDER ARCHITECTURE WORKER      the folder has THIRD-PARTY.txt
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$1 architecture=$2 worker=$3
version=$(bash "$root/deploy/release/version.sh")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install -m 755 "$worker" "$work/worker"
install -m 644 "$root"/LICENSE-* "$folder/THIRD-PARTY.txt" "$work"
(cd "$work" && tar --mtime=@0 --owner=0 --group=0 --numeric-owner --create -- *) |
    gzip -9n >"$folder/s3-thumbnailer-worker-$version-$architecture.tar.gz"
