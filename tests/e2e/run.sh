#!/usr/bin/env bash
# The end-to-end test, without AWS. Builds the function; deploys template.yaml with SAM to a local
# AWS, once with a new bucket and once onto an existing one; has tests/e2e/check.py upload pictures
# to both stacks; and removes them with `make destroy`. check.py says what this cannot test.
#
# The local AWS enforces IAM and speaks TLS (aws.sh), so this tests the template's role, queue
# policies and bucket policy, and not only its wiring.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/e2e/tools.sh
source tests/e2e/aws.sh

if [[ $(uname -s) != Linux ]]; then
    echo "e2e: the local AWS runs the function's Linux binary as a process, so this needs Linux" >&2
    exit 1
fi
case $(uname -m) in
aarch64) architecture=arm64 ;;
*) architecture=x86_64 ;;
esac

sam=$(tools sam)
ministack=$(tools ministack)
export PATH="$sam:$PATH"

work=$(mktemp -d "${TMPDIR:-/tmp}/s3-thumbnailer-e2e.XXXXXX")
tear_down() {
    aws_stop
    rm -rf "$work"
}
trap tear_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs "$@" quietly, and shows its output only if it fails.
step() {
    local what=$1 log=$work/step.log before=$SECONDS
    shift
    if ! "$@" >"$log" 2>&1; then
        echo "e2e: $what failed:" >&2
        tail -n 60 "$log" >&2
        exit 1
    fi
    printf '%-56s %8s %9d s\n' "$what" "" $((SECONDS - before))
}

# This comes first, so that nothing below can reach a real account.
aws_settings "$work"
echo 'version = 0.1' >"$work/samconfig.toml" # rather than the one in the checkout
step "metrics reader tested" "$ministack/python" -m unittest discover --start-directory tests/e2e

# With the same options and in the same place as `make build`; after that, nothing is left to build.
step "sam build" sam build --config-file "$work/samconfig.toml" --template-file template.yaml \
    --build-dir "$work/build" --cache-dir "$work/cache" --parameter-overrides Architecture=$architecture

step "operator's commands built" make operate

aws_start "$ministack" "$work"
check=("$ministack/python" tests/e2e/check.py --aws-log "$work/aws.log")
deploy() {
    local stack=$1
    shift
    step "sam deploy: $stack" sam deploy --config-file "$work/samconfig.toml" --stack-name "$stack" \
        --template-file "$work/build/template.yaml" --resolve-s3 --capabilities CAPABILITY_IAM \
        --no-progressbar --parameter-overrides Architecture=$architecture "$@"
}
destroy() {
    local stack=$1
    shift
    step "make destroy: $stack" make destroy STACK="$stack" YES=1 SAM_CONFIG="$work/samconfig.toml"
    "${check[@]}" gone "$stack" "$@"
}

step "local AWS started" "${check[@]}" wait-for-aws "$aws_pid"
existing=$("${check[@]}" owners-part)
deploy e2e-new BucketName=pictures-e2e
"${check[@]}" stack e2e-new
read -ra parameters <<<"$existing"
deploy e2e-existing "${parameters[@]}"
"${check[@]}" stack e2e-existing
destroy e2e-new pictures-e2e
destroy e2e-existing albums-e2e albums-thumbnails-e2e
echo "e2e passed in $SECONDS s"
