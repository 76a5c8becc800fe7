#!/usr/bin/env bash
# Builds the function and the worker at once, as SAM builds the function, and packs both.
#
#   bash deploy/release/build.sh FOLDER ARCHITECTURE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$1 architecture=$2

libraries=/lib/$(uname -m)-linux-gnu
if [[ $architecture == arm64 && $(uname -m) != aarch64 ]]; then
    source tests/arm64/toolchain.sh
    libraries=target/tools/arm64/libc/usr/aarch64-linux-gnu/lib
fi
PATH="$(bash tests/e2e/tools.sh sam):$PATH"
cargo lambda build --quiet --release --features heic-all "--${architecture/_/-}" --bin s3-thumbnailer --bin worker \
    --lambda-dir target/released
mkdir -p "$folder"
python3 deploy/release/notices.py >"$folder/THIRD-PARTY.txt"
bash deploy/release/function.sh "$folder" "$architecture" target/released/s3-thumbnailer/bootstrap
bash deploy/release/worker.sh "$folder" "$architecture" target/released/worker/bootstrap
bash deploy/release/image.sh "$folder" "$architecture" target/released/worker/bootstrap "$libraries"
