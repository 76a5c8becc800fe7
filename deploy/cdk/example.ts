// A stack with nothing but the construct:
//   npx cdk deploy --context zip=bootstrap.zip --context bucketName=my-pictures

import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Thumbnailer } from './lib/thumbnailer';

const app = new App();
const stack = new Stack(app, 's3-thumbnailer');
const thumbnailer = new Thumbnailer(stack, 'Thumbnailer', {
  code: lambda.Code.fromAsset(app.node.getContext('zip')),
  bucketName: app.node.getContext('bucketName'),
  thumbnailSizes: 'small=160x160,large=1280x1280',
});
new CfnOutput(stack, 'DeadLetterQueueUrl', { value: thumbnailer.deadLetterQueue.queueUrl });
