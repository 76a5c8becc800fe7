#!/usr/bin/env bash
# `make servers`: the worker with servers that others wrote. main.py starts them and does the rest.
#
#   bash tests/servers/run.sh WORKER      the worker's binary; UPLOADS=500 SEED=1
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/e2e/tools.sh
programs=$(tools servers)

work=$(mktemp -d "${TMPDIR:-/tmp}/s3-thumbnailer-servers.XXXXXX")

# Nothing below can reach a real account: the credentials are made up, the settings of whoever runs this
# are hidden, and every client is pointed at 127.0.0.1.
for variable in $(compgen -e AWS_ || true); do
    unset "$variable"
done
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true \
    NO_PROXY=127.0.0.1 no_proxy=127.0.0.1 PYTHONDONTWRITEBYTECODE=1

"$programs/python" -m unittest discover --start-directory tests/servers
"$programs/python" tests/servers/main.py --worker "$1" --programs "$programs" --work "$work" \
    --uploads "${UPLOADS:-500}" --seed "${SEED:-1}"
# The logs of a run that failed stay, where its message says.
rm -rf "$work"
