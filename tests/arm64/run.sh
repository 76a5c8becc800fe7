#!/usr/bin/env bash
# What `make arm64` does: tests the picture engine and its codecs on arm64, then builds the function and
# the worker for it as they are deployed. See toolchain.sh for what with, and where the tests run.
#
# ALL=1 also runs the tests that take minutes in qemu-user. PROFILE=dev builds neither the function nor
# the worker.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/arm64/toolchain.sh

# These say nothing of arm64 in qemu-user: they read its memory instead of theirs, or take times.
measured=(--skip measured:: --skip memory::)
# These make or decode thousands of pictures.
slow=(--skip damage:: --skip damaged:: --skip arithmetic::any_change
    --skip agreement::the_pictures_use_all --skip scales::however_a_picture_is_coded
    --skip avif::every_depth --skip exr::what_lies --skip jxl::no_part_of_a_file
    --skip limits::what_would_take_much --skip outputs::thumbnails_come_in_the_order
    --skip quality::a --skip settings::every_setting_counts)

packages=(--package scaled-jpeg --package scaled-vp8 --package thumbnail-resample --package thumbnail)
skipped=()
if [[ ${#arm64_runner[@]} -gt 0 ]]; then
    skipped=("${measured[@]}")
    [[ ${ALL:-} == 1 ]] || skipped+=("${slow[@]}")
fi
# For the processors that cargo-lambda builds the function for.
RUSTFLAGS="-C target-cpu=neoverse-n1" cargo test --quiet --target $arm64_target "${packages[@]}" --lib --tests \
    -- "${skipped[@]}"

if [[ ${PROFILE:-} == dev ]]; then
    echo "PROFILE=dev: neither the function nor the worker was built for arm64"
    exit
fi
# Both at once, as a release has them: they share all that they are linked with.
cargo lambda build --quiet --release --arm64 --bin s3-thumbnailer --bin worker
programs=(target/lambda/{s3-thumbnailer,worker}/bootstrap)
bash tests/e2e/glibc.sh "${programs[@]}"
ls -l "${programs[@]}"
