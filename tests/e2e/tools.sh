#!/usr/bin/env bash
# The one place that installs tools: pinned, from tests/e2e/requirements-NAME.txt, each set in its own
# Python environment target/tools/NAME. A set already there as pinned costs nothing to ask for again.
#
#   bash tests/e2e/tools.sh sam checkov      installs these and prints the folders of their programs
#   source tests/e2e/tools.sh                then: PATH="$(tools sam):$PATH"
#
# Sets: sam (SAM CLI, cargo-lambda, cfn-lint), ministack (the local AWS, boto3, Pillow), checkov,
# heif (Pillow with pillow-heif).
set -euo pipefail

tools() {
    local root name pins venv
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    for name in "$@"; do
        pins=$root/tests/e2e/requirements-$name.txt
        venv=$root/target/tools/$name
        if [[ ! -f $pins ]]; then
            echo "tools.sh: there is no set of tools named '$name'" >&2
            return 1
        fi
        # The copy of the pins is written last, so it stands for a complete installation of them.
        if ! cmp -s "$pins" "$venv/pins.txt"; then
            echo "Installing the $name tools into target/tools/$name ..." >&2
            if ! { python3 -m venv --clear "$venv" &&
                "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins" &&
                cp "$pins" "$venv/pins.txt"; } >&2; then
                echo "tools.sh: installing '$name' failed; it needs python3 with venv, and PyPI" >&2
                return 1
            fi
        fi
        echo "$venv/bin"
    done
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    tools "$@"
fi
