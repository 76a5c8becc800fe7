#!/usr/bin/env bash
# The end-to-end test, without AWS. Builds the function; deploys template.yaml with SAM to a local
# AWS, once with a new bucket and once onto an existing one; has tests/e2e/check.py upload pictures
# to both stacks; and removes them with `make destroy`. check.py says what this cannot test.
#
# The local AWS enforces IAM and speaks TLS (aws.sh), so this tests the template's role, queue
# policies and bucket policy, and not only its wiring.
#
# ARCHITECTURE and UPLOADS are those of `make e2e`. A function for another processor than this
# machine's is deployed with a script as its bootstrap, which starts it in qemu-user.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/e2e/tools.sh
source tests/e2e/aws.sh

if [[ $(uname -s) != Linux ]]; then
    echo "e2e: the local AWS runs the function's Linux binary as a process, so this needs Linux" >&2
    exit 1
fi
architecture=${ARCHITECTURE:?is x86_64 or arm64}
emulated=
if [[ $architecture == arm64 && $(uname -m) != aarch64 ]]; then
    emulated=1
    source tests/arm64/toolchain.sh
fi

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

bootstrap=$work/build/Function/bootstrap
step "glibc not newer than Lambda's" bash tests/e2e/glibc.sh "$bootstrap"
if [[ -n $emulated ]]; then
    mv "$bootstrap" "$bootstrap.arm64"
    arm64_starter bootstrap.arm64 "$bootstrap"
fi

step "operator's commands built" make operate
check=("$ministack/python" tests/e2e/check.py --aws-log "$work/aws.log" --uploads "${UPLOADS:-200}")
step "pictures drawn" "${check[@]}" draw "$work/pictures"
# As this machine makes them, to compare with.
step "make run with the same pictures" make run IMAGES="$work/pictures" OUT="$work/made"

aws_start "$ministack" "$work"
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
bus=$("${check[@]}" bus)
# With the shortest timeout, a canary is given up soonest.
deploy e2e-new BucketName=pictures-e2e CanaryMinutes=5 Timeout=30 EventBus="$bus"
"${check[@]}" stack e2e-new "$work/made/thumbnails"
read -ra parameters <<<"$existing"
deploy e2e-existing "${parameters[@]}"
"${check[@]}" stack e2e-existing "$work/made/thumbnails"
destroy e2e-new pictures-e2e
destroy e2e-existing albums-e2e albums-thumbnails-e2e
echo "e2e passed in $SECONDS s"
