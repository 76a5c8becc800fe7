// The construct: checks its props as CloudFormation checks the template's parameters, creates what
// the template creates, and offers it as CDK's own interfaces.

import { Aws, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PARAMETERS, Parameters } from './parameters';
import { create } from './resources';

export interface ThumbnailerProps extends Parameters {
  /**
   * The zip with the function, built for `architecture`: Code.fromAsset('bootstrap.zip'), or
   * Code.fromBucket(bucket, key).
   */
  readonly code: lambda.Code;

  /** The log group is /aws/lambda/NAME, the dashboard NAME-REGION. Default: the stack's name. */
  readonly name?: string;
}

/** Keeps a thumbnail of every picture in a bucket. */
export class Thumbnailer extends Construct {
  /** The bucket of the pictures. */
  readonly bucket: s3.IBucket;

  /** The queue that uploads are announced on. */
  readonly queue: sqs.IQueue;

  /** Messages that can never succeed, with their reasons, and those that failed too often. */
  readonly deadLetterQueue: sqs.IQueue;

  readonly function: lambda.IFunction;

  /** Every resource, to change what no prop does. */
  readonly resources: ReturnType<typeof create>;

  constructor(scope: Construct, id: string, props: ThumbnailerProps) {
    super(scope, id);
    const { code, name, ...given } = props;
    const zip = code.bind(this).s3Location;
    if (!zip) {
      throw new Error('code is not a zip: give Code.fromAsset or Code.fromBucket');
    }
    const { bucketName: s3Bucket, objectKey: s3Key, objectVersion: s3ObjectVersion } = zip;
    this.resources = create(
      this,
      name ?? Aws.STACK_NAME,
      { s3Bucket, s3Key, s3ObjectVersion },
      checked(given),
    );
    const { bucket, queue, deadLetterQueue, lambdaFunction, role } = this.resources;
    code.bindToResource(lambdaFunction);

    this.bucket = s3.Bucket.fromBucketName(this, 'IBucket', bucket?.ref ?? props.bucketName);
    this.queue = sqs.Queue.fromQueueArn(this, 'IQueue', queue.attrArn);
    const letters = deadLetterQueue.attrArn;
    this.deadLetterQueue = sqs.Queue.fromQueueArn(this, 'IDeadLetterQueue', letters);
    this.function = lambda.Function.fromFunctionAttributes(this, 'IFunction', {
      functionArn: lambdaFunction.attrArn,
      role: iam.Role.fromRoleArn(this, 'IRole', role.attrArn),
      sameEnvironment: true,
    });
  }
}

/** All parameters, with the defaults of those that are not given. */
function checked(given: Parameters): Required<Parameters> {
  const all: Record<string, unknown> = {};
  for (const name of Object.keys(PARAMETERS) as (keyof Parameters)[]) {
    const allowed = PARAMETERS[name];
    const value = given[name] ?? allowed.default;
    if (value === undefined) {
      throw new Error(`${name} is missing`);
    }
    all[name] = value;
    if (Token.isUnresolved(value)) {
      continue; // It is known only when CloudFormation creates the stack.
    }
    const { allowedValues, allowedPattern, minValue = -Infinity, maxValue = Infinity } = allowed;
    if (allowedValues && !allowedValues.includes(value)) {
      const choices = allowedValues.map((one) => one || 'empty').join(', ');
      throw new Error(`${name} is ${value}, not one of: ${choices}`);
    }
    if (allowedPattern && !new RegExp(`^(?:${allowedPattern})$`).test(String(value))) {
      const wanted = allowed.constraintDescription;
      throw new Error(`${name} is ${value}, which is not allowed: ${wanted}`);
    }
    if (typeof value === 'number' && (value < minValue || value > maxValue)) {
      throw new Error(`${name} is ${value}, not from ${minValue} to ${maxValue}`);
    }
  }
  return all as unknown as Required<Parameters>;
}
