"""THE table: every command of the README and docs/, what a reader fills in, and who judges it by what they say.

A command that is not in it, and a row that no document has a command for any more, both fail the walk.
"""

import re

import account
import deployed as aws
import jobs
import machine
from account import endpoint
from documents import Command
from plan import Row, Walk, environment
from stack import Failed

# The local AWS runs the function as a process of this machine, and nothing here cross-compiles: where this
# is not arm64, the template's default, the other architecture is asked for as docs/deploy.md says to.
ARM = aws.ARCHITECTURE == "arm64"
X86 = {} if ARM else {"BucketName=": "Architecture=x86_64 BucketName="}
SERVER = {"https://sqs.eu-west-1.amazonaws.com/123456789012": lambda _: f"{endpoint()}/{account.number()}"}
DEPLOY = r"sam deploy --stack-name s3-thumbnailer --resolve-s3 --capabilities CAPABILITY_IAM --parameter-overrides"
LOGS = r"aws logs filter-log-events --log-group-name /aws/lambda/s3-thumbnailer --filter-pattern"


def onto_it(walk: Walk) -> str:
    """The command that follows `make destroy` once more: see deployed.py."""
    [command] = [each for each in walk.documents.commands if each.words.endswith("BucketMode=existing")]
    text = command.text
    for placeholder, value in X86.items():
        text = text.replace(placeholder, value)
    walk.kept["onto it"] = text
    return "BucketName=" if ARM else X86["BucketName="]


THE_STACK = r"README.md#Deploy it|docs/deploy.md#.*|docs/operate.md#.*"

RELEASE = "docs/deploy.md#Without a compiler"

ROWS = [
    # README.md
    Row("make run", machine.run),
    Row(r"make run IMAGES=~/Pictures OUT=thumbs", machine.thumbs("beach.jpg", "avatars/me.jpg"), before=machine.own_pictures,
        environment=environment),
    Row("bash tests/e2e/tools.sh sam", machine.installed, needed=".*"),
    Row("rustup target add aarch64-unknown-linux-gnu",
        cannot="it fetches a toolchain from elsewhere than a package registry"),
    Row("make deploy", aws.asked, fill={} if ARM else {"make deploy": "make deploy ARCHITECTURE=x86_64"},
        answers={"Stack Name": aws.ASKED, "Parameter BucketName": aws.ASKED_BUCKET}),
    Row("sam build", aws.built, fill={} if ARM else {"sam build": "sam build --parameter-overrides Architecture=x86_64"},
        needed=THE_STACK),
    Row(rf"{DEPLOY} BucketName=my-pictures", aws.deployed, fill=X86, needed=THE_STACK),
    Row(r"aws s3 cp photo.jpg s3://my-pictures/images/photo.jpg", aws.a_moment_later, before=aws.photo_here, needed=THE_STACK),
    Row(r'THUMBNAIL_RULES="\$\(cat first-rules.json\)" make run IMAGES=~/Pictures OUT=thumbs',
        machine.thumbs("faces/avatars/me.jpg.webp", "small/beach.jpg", "large/beach.jpg"),
        before=machine.own_rules("first-rules.json", "README.md"), environment=environment),
    # docs/try.md
    Row("make demo", watch=machine.demo(480), fill={"make demo": machine.port_of("make demo", 8321)}),
    Row("THUMBNAIL_SIZES=320x320 PORT=8080 make demo", watch=machine.demo(320),
        fill={"PORT=8080": machine.port_of("PORT=8080", 8080)}),
    Row("make invoke EVENT=s3-put", machine.invoked),
    Row("make invoke EVENT=mixed-batch", machine.invoked),
    Row("make e2e", machine.says("S3 Batch Operations tasks answered", "runbook: letters, redrive, look", "e2e passed in ")),
    # docs/deploy.md
    Row(r"curl -fL --remote-name-all RELEASE/\S+ RELEASE/\S+", aws.downloaded, before=aws.release,
        fill={"RELEASE": lambda walk: (walk.work / "release").as_uri(), **aws.RELEASED}, needed=RELEASE),
    Row(r"aws s3 cp \S+.zip s3://my-code/", aws.code_uploaded, fill=aws.RELEASED, needed=RELEASE),
    Row(r"aws cloudformation deploy --stack-name s3-thumbnailer .*", aws.deployed_from_it, fill={**X86, "VERSION": aws.VERSION}),
    Row("aws s3api get-bucket-notification-configuration --bucket my-pictures > notifications.json",
        aws.read_notifications, before=aws.somebodys_bucket, needed=THE_STACK),
    Row(r"jq -n '.*' notifications.json > with-eventbridge.json", aws.with_eventbridge, needed=THE_STACK),
    Row("aws s3api put-bucket-notification-configuration --bucket my-pictures "
        "--notification-configuration file://with-eventbridge.json", aws.eventbridge_on, needed=THE_STACK),
    Row(rf"{DEPLOY} BucketName=my-pictures BucketMode=existing", aws.deployed_onto_it, fill={"BucketName=": onto_it},
        needed=THE_STACK),
    Row("make destroy STACK=s3-thumbnailer", aws.destroyed, answers={"Remove the stack": "y"}),
    Row("sam delete", aws.the_same, answers={"stack name": aws.ASKED, "Are you sure": "y", "Do you want": "y"}),
    # docs/rules.md
    Row(r'THUMBNAIL_RULES="\$\(cat my-rules.json\)" make run IMAGES=~/Pictures OUT=thumbs',
        machine.thumbs("faces/avatars/me.jpg.webp", "small/beach.jpg", "large/beach.jpg", "lists/beach.jpg.json"),
        before=machine.own_rules("my-rules.json", "docs/rules.md"), environment=environment),
    # docs/formats.md
    Row("cargo lambda build --release --features heic-all --bin s3-thumbnailer",
        machine.binary("target/lambda/s3-thumbnailer/bootstrap", holds=b"oxideav")),
    Row("cargo lambda build --release --features svg,pdf --bin s3-thumbnailer",
        machine.binary("target/lambda/s3-thumbnailer/bootstrap", holds=b"usvg")),
    # docs/operate.md: log lines
    Row(rf"{LOGS} '\"images/photo.jpg\"' --query 'events\[\].message' --output text", aws.what_became,
        before=aws.something_to_see),
    Row(rf"{LOGS} '{{.*}}' --query 'events\[\].message' --output text", aws.failures, before=aws.something_to_see),
    # docs/operate.md: the runbook
    Row(r'eval "\$\(aws lambda get-function-configuration --function-name FUNCTION .*', aws.own_variables,
        fill={"FUNCTION": aws.function}, before=aws.something_to_see, needed="docs/operate.md#Runbook"),
    Row("make probe", aws.probed),
    Row("make letters", aws.letters, before=aws.second_bad_upload),
    Row("make redrive REASON=not_a_picture", aws.redriven_by_reason, before=aws.mended),
    Row("make redrive", aws.redriven, before=aws.mended_too),
    Row("make look KEYS=images/photo.jpg", aws.looked_at("photo.jpg"), before=aws.without_thumbnails("photo.jpg")),
    Row('make look KEYS="images/2026/ images/logo.png"', aws.looked_at("2026/a.jpg", "2026/b.jpg", "logo.png"),
        before=aws.without_thumbnails("2026/a.jpg", "2026/b.jpg", "logo.png")),
    Row("make audit", aws.audited, before=aws.not_as_it_should),
    Row("make audit REPAIR=1", aws.repaired),
    Row("make audit REMOVE=1", aws.removed_former),
    Row("make audit SOURCES=sources.csv THUMBNAILS=thumbnails.csv", aws.audited_lists, before=aws.lists),
    Row(r"MAPPING=\$\(aws lambda list-event-source-mappings --function-name FUNCTION .*", aws.mapping_found,
        fill={"FUNCTION": aws.function}, needed="docs/operate.md#Runbook"),
    Row(r'aws lambda update-event-source-mapping --uuid "\$MAPPING" --no-enabled', aws.stopped),
    Row(r'aws lambda update-event-source-mapping --uuid "\$MAPPING" --enabled', aws.goes_on),
    # docs/infrastructure.md
    Row("cargo lambda build --release --arm64 --output-format zip --bin s3-thumbnailer",
        machine.zipped("target/lambda/s3-thumbnailer/bootstrap.zip"), fill={} if ARM else {"--arm64 ": ""}),
    Row("make infrastructure WRITE=1", machine.says("by cdk synth")),
    Row("make infrastructure", machine.says("by cdk synth")),
    Row("cargo lambda build --release --arm64 --bin s3-thumbnailer", machine.binary("target/lambda/s3-thumbnailer/bootstrap"),
        fill={} if ARM else {"--arm64 ": ""}),
    Row("cargo lambda deploy s3-thumbnailer --role ROLE_ARN .*", aws.uploaded_function, before=aws.a_site_of_ones_own,
        fill={"ROLE_ARN": lambda walk: walk.kept["role"]}, needed="docs/infrastructure.md#cargo-lambda"),
    Row("aws lambda create-event-source-mapping --function-name s3-thumbnailer --event-source-arn QUEUE_ARN .*", aws.mapped,
        fill={"QUEUE_ARN": lambda walk: walk.kept["queue"]}),
    # docs/cost.md
    Row(r'make cost OPTIONS="--prices mine.json"', machine.costs, before=machine.own_prices, later="make cost"),
    Row(r'make cost OPTIONS="--batch 1"', machine.costs, later="make cost"),
    # docs/backfill.md
    Row(r"ACCOUNT=\$\(aws sts get-caller-identity .*", aws.account_number, needed="docs/backfill.md#.*"),
    Row(r"aws s3control create-job .*", jobs.created, cannot=jobs.CANNOT, environment=jobs.proxy,
        fill={"JOB_ROLE_ARN": lambda _: f"arn:aws:iam::{account.number()}:role/jobs",
              "FUNCTION_ARN": lambda _: f"arn:aws:lambda:eu-west-1:{account.number()}:function:s3-thumbnailer"}),
    Row(r"aws s3control describe-job .*", jobs.described, cannot=jobs.CANNOT, environment=jobs.proxy, fill={"JOB_ID": jobs.JOB}),
    Row(r"aws s3control update-job-status .*", jobs.cancelled, cannot=jobs.CANNOT, environment=jobs.proxy,
        fill={"JOB_ID": jobs.JOB}),
    # docs/worker.md
    Row("cargo build --release --bin worker", machine.binary("target/release/worker"), needed="docs/worker.md#.*"),
    Row(r"QUEUE_URL=https://sqs.* SOURCE_BUCKET=pictures target/release/worker", watch=aws.works_without_lambda,
        before=aws.images, fill=SERVER),
    Row(r"AWS_ENDPOINT_URL_S3=http://minio:9000 .* worker", watch=aws.works_elsewhere, before=aws.images_elsewhere,
        environment=lambda walk: {"PATH": f"{walk.folder}/target/release:{walk.terminal.environment['PATH']}"},
        fill={"http://minio:9000": lambda _: endpoint(), "http://elasticmq:9324/000000000000":
              lambda _: f"{endpoint()}/{account.number()}", "http://elasticmq:9324": lambda _: endpoint(),
              "AWS_ACCESS_KEY_ID=...": "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=...": "AWS_SECRET_ACCESS_KEY=test"}),
    # docs/security.md
    Row("make licences", machine.says("bans ok", "licenses ok", "sources ok")),
    Row("cargo deny check advisories", cannot="it fetches a database from elsewhere than a package registry"),
    Row("make sbom", machine.materials),
    Row("make auditable", machine.crates_inside),
    Row("cargo audit bin", cannot="it fetches a database from elsewhere than a package registry"),
    # docs/develop.md
    Row("make", machine.help_text),
    Row("make test", machine.tested),
    Row("make check", machine.says("licenses ok", "is a valid SAM Template", "by cdk synth", "ok -- validation done")),
    Row("make chaos", machine.chaos, variables={"UPLOADS": "40"}),
    Row("make chaos EVENTS=1", machine.chaos, variables={"UPLOADS": "40"}),
    Row("make servers", machine.servers, variables={"UPLOADS": "60"}),
    Row("make hostile", machine.hostile, variables={"MUTATIONS": "20"}),
    Row("make fuzz", machine.fuzzed, variables={"SECONDS": "2", "TARGETS": machine.FUZZED}),
    Row("make mutants", machine.says("mutants tested"), fill={"make mutants": "make mutants OPTIONS='--shard 0/300'"}),
    Row("make browser", machine.screenshots),
    Row("make bench", machine.benched, environment=machine.photograph),
    Row("make load", machine.loaded, variables={"MESSAGES": "400"}),
    Row("make cost", machine.costs),
    Row("make arm64", machine.says("test result: ok", "needs glibc")),
    Row("make orientations", machine.conform(48)),
    Row("make conformance CORPUS=folder", machine.conform(48), fill={"CORPUS=folder": "CORPUS=target/orientations"}),
    Row("make chaos UPLOADS=2000 SEED=101", machine.chaos, fill={"UPLOADS=2000": lambda walk: f"UPLOADS={60 if walk.quick else 2000}"}),
    Row("make invoke ARCHITECTURE=arm64", machine.says("under thumbnails/ now: ", "as it should be")),
    Row("make e2e ARCHITECTURE=arm64 UPLOADS=20", machine.says("thumbnails correct: bytes", "e2e passed in ")),
    Row("make alike PICTURES=folder", machine.says(" files are the same"),
        fill={"PICTURES=folder": "PICTURES=target/orientations/images"}),
    Row("mkdir -p corpus && cp -r ~/Pictures corpus/images", machine.corpus, before=machine.own_pictures,
        environment=environment, needed="docs/develop.md#Conformance"),
    Row(r"\(cd corpus && npm install sharp && node ../tests/conformance/reference.mjs\)", machine.referenced, needed="docs/develop.md#Conformance"),
    Row("make release", machine.released, fill={"make release": f"make release ARCHITECTURES={aws.ARCHITECTURE}"},
        needed="docs/develop.md#.*"),
    Row("make install-check( FILES=target/release-files)?", machine.says("20 thumbnails by the function", "install-check passed in ")),
    Row("make conformance CORPUS=corpus", machine.conform(2)),
    Row("cargo doc --open", machine.documented, environment=machine.browser,
        fill={"cargo doc": lambda walk: "cargo doc --no-deps" if walk.quick else "cargo doc"}),
]


def row_of(command: Command) -> Row:
    found = [row for row in ROWS if re.fullmatch(row.knows, command.words)]
    if len(found) != 1:
        doubt = "does not know" if not found else "knows twice"
        raise Failed(f"{command.place} has a command that the walk {doubt}: {command.words}")
    return found[0]
