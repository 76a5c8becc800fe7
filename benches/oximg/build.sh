#!/usr/bin/env bash
# Builds oximg's side of `make bench`, and prints where the program is. Prints nothing on stdout,
# but why on stderr, where it cannot be built: the bench goes on without it. Without nasm, it would
# be built without its assembly, which would be no fair opponent.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ $(uname -m) == x86_64 ]] && ! command -v nasm > /dev/null; then
    echo "oximg is not built: there is no nasm" >&2
    exit 0
fi
cmake=$(bash ../../tests/e2e/tools.sh oximg)
target=${CARGO_TARGET_DIR:-$(cd ../.. && pwd)/target/measured}/oximg
if PATH="$cmake:$PATH" cargo build --quiet --release --locked --target-dir "$target" >&2; then
    echo "$target/release/oximg-side"
else
    echo "oximg is not built: see above" >&2
fi
