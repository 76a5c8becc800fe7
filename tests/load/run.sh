#!/usr/bin/env bash
# `make load`: a worker and a long queue. Starts a local AWS for them; load.py does the rest.
#
#   bash tests/load/run.sh WORKER      the worker's binary; MESSAGES=20000 SIZE=640x480 OUT=target/load
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/e2e/tools.sh

if [[ $(uname -s) != Linux ]]; then
    echo "load: the worker's CPU time and memory are read from /proc, so this needs Linux" >&2
    exit 1
fi
ministack=$(tools ministack)

work=$(mktemp -d "${TMPDIR:-/tmp}/s3-thumbnailer-load.XXXXXX")
aws_pid=
tear_down() {
    if [[ -n $aws_pid ]]; then
        kill -TERM "$aws_pid" 2>/dev/null || true
        for _ in {1..50}; do
            kill -0 "$aws_pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$aws_pid" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap tear_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nothing below can reach a real account: the credentials are made up, the settings of whoever runs this
# are hidden, and every client is pointed at 127.0.0.1.
for variable in $(compgen -e AWS_ || true); do
    unset "$variable"
done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1 \
    AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true \
    AWS_ENDPOINT_URL="http://127.0.0.1:$port" NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1

"$ministack/python" -m unittest discover --start-directory tests/load

SERVICES=s3,sqs,sts BIND_HOST=127.0.0.1 GATEWAY_PORT=$port MINISTACK_REGION=$AWS_DEFAULT_REGION \
    LOG_LEVEL=WARNING TMPDIR=$work "$ministack/ministack" >"$work/aws.log" 2>&1 &
aws_pid=$!
for _ in {1..300}; do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    if ! kill -0 "$aws_pid" 2>/dev/null; then
        echo "load: the local AWS did not start:" >&2
        tail -n 40 "$work/aws.log" >&2
        exit 1
    fi
    sleep 0.1
done

"$ministack/python" tests/load/load.py --worker "$1" --messages "${MESSAGES:-20000}" --size "${SIZE:-640x480}" \
    --out "${OUT:-target/load}"
