// The function as it would be in Node: loads sharp and the S3 client at the start, as on Lambda,
// then serves Lambda's Runtime API (AWS Lambda Developer Guide) until the process is ended.
//
//   node function.mjs NODE_MODULES

import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "x"));
const sharp = require("sharp");
const { S3Client, GetObjectCommand, PutObjectCommand } = require("@aws-sdk/client-s3");

const s3 = new S3Client({ forcePathStyle: true });
const runtime = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

async function makeThumbnail({ bucket, object }) {
  const at = { Bucket: bucket.name, Key: object.key };
  const { Body } = await s3.send(new GetObjectCommand(at));
  const thumbnail = await sharp(await Body.transformToByteArray())
    .resize(256, 256, { fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
  const to = { Bucket: bucket.name, Key: object.key.replace(/^images\//, "thumbnails/") };
  await s3.send(new PutObjectCommand({ ...to, Body: thumbnail, ContentType: "image/jpeg" }));
}

for (;;) {
  const response = await fetch(`${runtime}/next`);
  const id = response.headers.get("lambda-runtime-aws-request-id");
  const event = await response.json();
  for (const message of event.Records) {
    for (const record of JSON.parse(message.body).Records) await makeThumbnail(record.s3);
  }
  await fetch(`${runtime}/${id}/response`, { method: "POST", body: '{"batchItemFailures":[]}' });
}
