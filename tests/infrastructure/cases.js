// The stacks that check_cdk.py compares, and props that the construct must refuse.

const assert = require('node:assert');
const { App, Stack } = require('aws-cdk-lib');
const lambda = require('aws-cdk-lib/aws-lambda');
const s3 = require('aws-cdk-lib/aws-s3');
const sns = require('aws-cdk-lib/aws-sns');
const { Thumbnailer } = require('./dist/lib/thumbnailer');
const { cases, refused, code } = require('./cases.json');

const app = new App({ analyticsReporting: false });

function thumbnailer(stack, props) {
  const bucket = s3.Bucket.fromBucketName(stack, 'Code', code.bucket);
  return new Thumbnailer(stack, 'Thumbnailer', { code: lambda.Code.fromBucket(bucket, code.key, code.version), ...props });
}

for (const [name, props] of Object.entries(cases)) {
  const stack = new Stack(app, name);
  const made = thumbnailer(stack, props);
  assert.deepEqual(stack.resolve(made.queue.queueArn), stack.resolve(made.resources.queue.attrArn));
  assert.equal(made.bucket.bucketName, made.resources.bucket?.ref ?? props.bucketName);
}
// What is known only to CloudFormation cannot be checked, and counts as given.
const stack = new Stack();
const topic = new sns.Topic(stack, 'Topic');
const { faultsAlarm } = thumbnailer(stack, { bucketName: 'pictures', alarmTopicArn: topic.topicArn }).resources;
assert.deepEqual(stack.resolve(faultsAlarm.alarmActions), [stack.resolve(topic.topicArn)]);
for (const [name, value] of refused) {
  assert.throws(
    () => thumbnailer(new Stack(), { bucketName: 'pictures', [name]: value }),
    (error) => error.message.startsWith(`${name} is ${value}, `),
  );
}
