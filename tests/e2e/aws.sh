#!/usr/bin/env bash
# The local AWS that `make e2e` and `make walk` deploy to. It cannot reach a real account, enforces
# IAM and speaks TLS (AUTH, USE_SSL), which tests roles and policies as well as their wiring. This
# file starts it; what is deployed to it is up to the caller.
#
#   source tests/e2e/aws.sh
#   aws_settings FOLDER                 exports every client's settings; makes the certificate
#   aws_start MINISTACK FOLDER          starts it as process $aws_pid, which logs to FOLDER/aws.log
#   aws_stop                            ends it, and what it started

aws_pid=

# Makes up credentials, hides the settings of whoever runs this, and points every client at
# 127.0.0.1. Writes key.pem, certificate.pem and authorities.pem to FOLDER. The last holds the
# certificate and the authorities that this machine trusts, so that tools can still be installed.
aws_settings() {
    local folder=$1 variable port trusted
    for variable in $(compgen -e AWS_ || true); do
        [[ $variable == AWS_LC_* ]] || unset "$variable" # which are build settings of a C library
    done
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
        -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>"$folder/openssl.log" ||
        { cat "$folder/openssl.log" >&2 && return 1; }
    trusted=${SSL_CERT_FILE:-$(python3 -c 'import ssl; print(ssl.get_default_verify_paths().cafile or "/dev/null")')}
    cat "$trusted" "$folder/certificate.pem" >"$folder/authorities.pem"
    # For the clients here and in the function, which inherits its environment from the local AWS.
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1 \
        AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true \
        AWS_ENDPOINT_URL="https://127.0.0.1:$port" SAM_CLI_TELEMETRY=0 PYTHONDONTWRITEBYTECODE=1 \
        AWS_CA_BUNDLE=$folder/certificate.pem SSL_CERT_FILE=$folder/authorities.pem \
        NO_PROXY=${NO_PROXY:+$NO_PROXY,}127.0.0.1 no_proxy=${no_proxy:+$no_proxy,}127.0.0.1
}

aws_start() {
    local ministack=$1 folder=$2
    # In a process group of its own, so that the function's processes end with it.
    set -m
    AUTH=true USE_SSL=1 MINISTACK_SSL_CERT=$folder/certificate.pem MINISTACK_SSL_KEY=$folder/key.pem \
        SERVICES=cloudformation,cloudwatch,events,iam,kms,lambda,logs,s3,sqs,sts \
        BIND_HOST=127.0.0.1 GATEWAY_PORT=${AWS_ENDPOINT_URL##*:} MINISTACK_REGION=$AWS_DEFAULT_REGION TMPDIR=$folder \
        "$ministack/ministack" >"$folder/aws.log" 2>&1 &
    aws_pid=$!
    set +m
}

aws_stop() {
    [[ -n $aws_pid ]] || return 0
    kill -TERM -- "-$aws_pid" 2>/dev/null || true
    for _ in {1..50}; do
        kill -0 -- "-$aws_pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$aws_pid" 2>/dev/null || true
}
