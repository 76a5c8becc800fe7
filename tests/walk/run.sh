#!/usr/bin/env bash
# `make walk`: clones the checkout's HEAD into a folder of its own, starts the local AWS, and has walk.py
# run there every command that the README and docs/ have. The folder is removed in the end.
#
#   QUICK=1        smaller sizes of what takes long
#   CLONE=here     in the checkout itself, with what is built there: for work on the walk
#   ONLY=regex     those commands only, and FROM=docs/page.md:line those from that place on; with what they rely on
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
source tests/e2e/tools.sh
source tests/e2e/aws.sh

if [[ $(uname -s) != Linux ]]; then
    echo "walk: the local AWS runs the function's Linux binary as a process, so this needs Linux" >&2
    exit 1
fi
for program in buildah bwrap cargo curl git jq node npm openssl python3 umoci; do
    if ! command -v "$program" >/dev/null; then
        echo "walk: the documents' commands need $program, which is not on this machine (Debian: apt-get install $program)" >&2
        exit 2
    fi
done

if [[ ${CLONE:-} == here ]]; then
    for mine in samconfig.toml thumbs photo.jpg corpus; do
        [[ ! -e $mine ]] || { echo "walk: $mine is in the way, in $root" >&2 && exit 2; }
    done
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/s3-thumbnailer-walk.XXXXXX")
clone=${CLONE:-}
# What the documents' commands make in the checkout, and nothing else of it.
made=(first-rules.json my-rules.json thumbs photo.jpg notifications.json with-eventbridge.json sources.csv thumbnails.csv mine.json corpus)
tear_down() {
    aws_stop
    [[ $clone != here ]] || (cd "$root" && rm -rf "${made[@]}" s3-thumbnailer-[0-9]*)
    rm -rf "$work"
}
trap tear_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nothing below can reach a real account.
aws_settings "$work"
# What whoever called make wanted of this walk is nothing to the commands in it.
options=(--work "$work" ${QUICK:+--quick} --only "${ONLY:-}" --from "${FROM:-}")
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES QUICK CLONE ONLY FROM

ministack=$(tools ministack)
aws=$(tools aws)
export PATH="$work/bin:$PATH"
python=(env "PYTHONPATH=$root/tests/e2e" "$ministack/python")
mkdir "$work/bin"
ln -s "$aws/aws" "$work/bin/aws" # and not the Python that it is installed with

if [[ $clone != here ]]; then
    git clone --quiet --no-local "$root" "$work/clone"
    cd "$work/clone"
    [[ -z $(git -C "$root" status --porcelain --untracked-files=no) ]] || echo "walk: what is not committed is not walked"
fi
"${python[@]}" tests/walk/walk.py "${options[@]}" --list
aws_start "$ministack" "$work"
"${python[@]}" tests/e2e/check.py --aws-log "$work/aws.log" wait-for-aws "$aws_pid"
"${python[@]}" tests/walk/walk.py "${options[@]}"
