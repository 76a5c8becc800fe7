#!/usr/bin/env bash
# What `make alike` does: makes thumbnails of a folder of pictures on this machine's processor and on
# arm64, and compares them. Fails if samples differ by more than rounding (see the program itself).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
pictures=${1:?is a folder of pictures: make alike PICTURES=folder}
source tests/arm64/toolchain.sh

folder=target/alike
build=(cargo build --quiet --package thumbnail --example alike)
rm -rf $folder
"${build[@]}"
target/debug/examples/alike render "$pictures" $folder/here
RUSTFLAGS="-C target-cpu=neoverse-n1" "${build[@]}" --target $arm64_target
"${arm64_runner[@]}" target/$arm64_target/debug/examples/alike render "$pictures" $folder/arm64
target/debug/examples/alike compare $folder/here $folder/arm64
