"""S3 Batch Operations, which the local AWS has not: what the AWS CLI would send there, taken in and looked at.

It is a proxy for the CLI on 127.0.0.1, because that puts the account before whatever host it is to ask. The
CLI has then checked every parameter against AWS's own description of the service; no job is run. How the
function answers a job's tasks is tested by `make e2e`.
"""

import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from documents import Command
from plan import Walk, expect
from stack import Failed
from terminal import Ran

CANNOT = "the local AWS has no S3 Batch Operations; a stub takes what the AWS CLI sends"
JOB = "00000000-0000-4000-8000-000000000000"
ANSWERS = {
    ("POST", "/jobs"): f"<CreateJobResult><JobId>{JOB}</JobId></CreateJobResult>",
    ("GET", f"/jobs/{JOB}"): f"<DescribeJobResult><Job><JobId>{JOB}</JobId><Status>Active</Status></Job></DescribeJobResult>",
    ("POST", f"/jobs/{JOB}/status"): f"<UpdateJobStatusResult><JobId>{JOB}</JobId><Status>Cancelled</Status></UpdateJobStatusResult>",
}


class Stub(BaseHTTPRequestHandler):
    taken: list[str] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = re.sub(r"^http://[^/]*/v20180820|\?.*$", "", self.path)
        found = ANSWERS.get((self.command, path), "")
        Stub.taken.append(f"{self.command} {self.path} {body}")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found.encode())

    do_GET = do_POST = answer

    def log_message(self, *_: object) -> None:
        pass


def proxy(walk: Walk) -> Mapping[str, str]:
    """Sends S3 Control's requests to the stub, and no others."""
    if "jobs" not in walk.kept:
        walk.kept["jobs"] = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
        threading.Thread(target=walk.kept["jobs"].serve_forever, daemon=True).start()
    port = walk.kept["jobs"].server_address[1]
    # This name is nobody's (RFC 2606); the proxy is asked for it.
    return {"AWS_ENDPOINT_URL_S3_CONTROL": "http://s3-control.invalid", "HTTP_PROXY": f"http://127.0.0.1:{port}"}


def created(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, JOB)
    taken = Stub.taken[-1]
    for piece in (
        "<ConfirmationRequired>false</ConfirmationRequired>",
        ":function:s3-thumbnailer</FunctionArn>",
        "<InvocationSchemaVersion>2.0</InvocationSchemaVersion>",
        "<SourceBucket>arn:aws:s3:::my-pictures</SourceBucket>",
        "<ReportScope>FailedTasksOnly</ReportScope>",
        "images/",
    ):
        expect(taken, piece)
    if not re.search(r"<ClientRequestToken>.+</ClientRequestToken>", taken):
        raise Failed("there is no token")
    return "the CLI accepts it and sends what it says"


def described(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, JOB, '"Status"')
    return "the CLI accepts it"


def cancelled(_walk: Walk, _command: Command, ran: Ran) -> str:
    expect(ran.output, '"Cancelled"')
    expect(Stub.taken[-1], f"/jobs/{JOB}/status", "Cancelled")
    return "the CLI accepts it and sends what it says"
