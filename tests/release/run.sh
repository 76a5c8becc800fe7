#!/usr/bin/env bash
# `make install-check`: from the files of a release and nothing else, to thumbnails. Deploys them to the local
# AWS with the AWS CLI alone, as docs/deploy.md says, and has installed.py upload pictures. No compiler can be
# started meanwhile. If the files have the worker's image, it goes on from there: without root, read-only.
#
#   bash tests/release/run.sh FOLDER
set -euo pipefail
files=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/e2e/tools.sh
source tests/e2e/aws.sh

architecture=$(uname -m)
[[ $architecture != aarch64 ]] || architecture=arm64
ministack=$(tools ministack)
PATH="$(tools aws):$PATH"

work=$(mktemp -d "${TMPDIR:-/tmp}/s3-thumbnailer-release.XXXXXX")
worker=
tear_down() {
    [[ -z $worker ]] || kill -TERM "$worker" 2>/dev/null || true
    aws_stop
    rm -rf "$work"
}
trap tear_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nothing below can reach a real account, and nothing can build.
aws_settings "$work"
mkdir "$work/bin" "$work/reader"
for builder in cargo rustc rustup cargo-lambda sam cc gcc clang; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/built"\nexit 1\n' "$builder" "$work" >"$work/bin/$builder"
done
chmod +x "$work"/bin/*
export PATH="$work/bin:$PATH" PYTHONPATH=tests/e2e

"$ministack/python" -m unittest discover --start-directory tests/release
(cd "$files" && sha256sum --quiet --check SHA256SUMS)
template=$(find "$files" -name 's3-thumbnailer-[0-9]*.yaml')
zip=$(find "$files" -name "s3-thumbnailer-[0-9]*-$architecture.zip")
image=$(find "$files" -name "s3-thumbnailer-worker-*-$architecture.oci.tar")
cp "$template" "$zip" "$work/reader/"

aws_start "$ministack" "$work"
check=("$ministack/python" tests/release/installed.py --aws-log "$work/aws.log")
"${check[@]}" wait-for-aws "$aws_pid"
(
    cd "$work/reader"
    aws s3 mb s3://code-of-mine >/dev/null
    aws s3 cp --quiet "${zip##*/}" s3://code-of-mine/
    aws cloudformation deploy --template-file "${template##*/}" --stack-name installed --capabilities CAPABILITY_IAM \
        --parameter-overrides BucketName=pictures-of-mine CodeBucket=code-of-mine Architecture="$architecture" >/dev/null
)
"${check[@]}" function installed

if [[ -n $image ]]; then
    mkdir "$work/layout"
    tar --extract --file "$image" --directory "$work/layout"
    tag=$(umoci ls --layout "$work/layout")
    umoci unpack --rootless --image "$work/layout:$tag" "$work/image" >/dev/null
    "${check[@]}" stop-function installed
    mapfile -t settings < <("${check[@]}" settings installed)
    # A runtime makes these too, before the root becomes read-only.
    mkdir -p "$work/image/rootfs"/{dev,proc}
    touch "$work/image/rootfs/etc/authorities.pem"
    mapfile -t asked < <(python3 -c '
import json, sys
process = json.load(open(sys.argv[1]))["process"]
print(process["user"]["uid"], process["user"]["gid"], *process["args"], sep="\n")' "$work/image/config.json")
    [[ ${asked[0]} != 0 ]] || { echo "install-check: the image runs as root" >&2 && exit 1; }
    env --ignore-environment "${settings[@]}" AWS_ENDPOINT_URL="$AWS_ENDPOINT_URL" AWS_REGION="$AWS_DEFAULT_REGION" \
        AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test SSL_CERT_FILE=/etc/authorities.pem \
        "$(command -v bwrap)" --unshare-user --unshare-pid --unshare-ipc --die-with-parent --cap-drop ALL \
        --uid "${asked[0]}" --gid "${asked[1]}" --ro-bind "$work/image/rootfs" / --dev /dev --proc /proc \
        --ro-bind "$SSL_CERT_FILE" /etc/authorities.pem --remount-ro / "${asked[@]:2}" >"$work/worker.log" 2>&1 &
    worker=$!
    "${check[@]}" --worker-log "$work/worker.log" worker installed
    echo "the image: $(du -k "$image" | cut -f1) KB, read-only, user ${asked[0]}"
else
    echo "without the worker's image: there is none among these files"
fi
if [[ -e $work/built ]]; then
    echo "install-check: something was to be built:" >&2
    cat "$work/built" >&2
    exit 1
fi
echo "install-check passed in $SECONDS s"
