// Written from template.yaml by deploy/generate. Change that, then: make infrastructure WRITE=1

import { Aws, CfnDeletionPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Parameters } from './parameters';

const byTimeout = {
  30: { visibilitySeconds: 180, longMilliseconds: 24000, milliseconds: 30000 },
  60: { visibilitySeconds: 360, longMilliseconds: 48000, milliseconds: 60000 },
  120: { visibilitySeconds: 720, longMilliseconds: 96000, milliseconds: 120000 },
  300: { visibilitySeconds: 1800, longMilliseconds: 240000, milliseconds: 300000 },
  900: { visibilitySeconds: 5400, longMilliseconds: 720000, milliseconds: 900000 },
};
const byCanaryMinutes = { 0: { seconds: 300 }, 5: { seconds: 300 }, 15: { seconds: 900 }, 60: { seconds: 3600 } };

/** Creates everything; `name` takes the place of the stack's name. */
export function create(
  scope: Construct,
  name: string,
  code: lambda.CfnFunction.CodeProperty,
  p: Required<Parameters>,
) {
  const createBucket = p.bucketMode === 'create';
  const existingBucket = p.bucketMode === 'existing';
  // An empty prefix is written as a slash alone.
  const everyKey = p.sourcePrefix === '/';
  const noThumbnailPrefix = p.thumbnailPrefix === '/';
  const thumbnailsElsewhere = p.thumbnailBucket !== '';
  const thumbnailsHaveKey = p.thumbnailKmsKey !== '';
  const thumbnailsHaveTags = p.thumbnailTags !== '';
  const thumbnailsHaveAcl = p.thumbnailAcl !== '';
  const tellsBus = p.eventBus !== '';
  const hasPollers = p.minimumPollers !== 0;
  const hasCanary = p.canaryMinutes !== 0;
  const customerKey = p.kmsKeyArn !== '';
  const activeTracing = p.tracing === 'Active';
  const alarmTopic = p.alarmTopicArn !== '';
  const noticeTopic = p.noticeTopicArn !== '';

  const deadLetterQueue = new sqs.CfnQueue(scope, 'DeadLetterQueue', {
    // A message keeps its age from the first queue, so this queue must retain messages longer. 14
    // days, the maximum
    messageRetentionPeriod: 1209600,
    sqsManagedSseEnabled: customerKey ? undefined : true,
    kmsMasterKeyId: customerKey ? p.kmsKeyArn : undefined,
  });

  const queue = new sqs.CfnQueue(scope, 'Queue', {
    visibilityTimeout: byTimeout[p.timeout].visibilitySeconds,
    receiveMessageWaitTimeSeconds: 20,
    // 4 days
    messageRetentionPeriod: 345600,
    sqsManagedSseEnabled: customerKey ? undefined : true,
    kmsMasterKeyId: customerKey ? p.kmsKeyArn : undefined,
    redrivePolicy: {
      deadLetterTargetArn: deadLetterQueue.attrArn,
      // With a delay that doubles up to 15 minutes, a failed message is retried for half an hour to an
      // hour, longer than most outages of S3. A message that can never succeed is not retried: it goes
      // to the dead-letter queue at once.
      maxReceiveCount: 15,
    },
  });

  const bucket = createBucket
    ? new s3.CfnBucket(scope, 'Bucket', {
      bucketName: p.bucketName,
      publicAccessBlockConfiguration: {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      ownershipControls: { rules: [{ objectOwnership: 'BucketOwnerEnforced' }] },
      bucketEncryption: {
        serverSideEncryptionConfiguration: [
          customerKey ? {
            serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: p.kmsKeyArn },
            // One data key for many objects, rather than a request to KMS for each.
            bucketKeyEnabled: true,
          } : { serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } },
        ],
      },
      lifecycleConfiguration: {
        rules: [
          // The parts of an incomplete upload are billed, but not listed among the objects.
          {
            id: 'abort-incomplete-uploads',
            status: 'Enabled',
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
        ],
      },
      notificationConfiguration: {
        queueConfigurations: [
          {
            event: 's3:ObjectCreated:*',
            queue: queue.attrArn,
            filter: everyKey ? undefined : { s3Key: { rules: [{ name: 'prefix', value: p.sourcePrefix }] } },
          },
          {
            event: 's3:ObjectRemoved:*',
            queue: queue.attrArn,
            filter: everyKey ? undefined : { s3Key: { rules: [{ name: 'prefix', value: p.sourcePrefix }] } },
          },
          // A picture that was archived can be read from then on.
          {
            event: 's3:ObjectRestore:Completed',
            queue: queue.attrArn,
            filter: everyKey ? undefined : { s3Key: { rules: [{ name: 'prefix', value: p.sourcePrefix }] } },
          },
          // S3 does not announce an object as removed when a lifecycle rule expires it.
          {
            event: 's3:LifecycleExpiration:*',
            queue: queue.attrArn,
            filter: everyKey ? undefined : { s3Key: { rules: [{ name: 'prefix', value: p.sourcePrefix }] } },
          },
        ],
      },
    })
    : undefined;

  const bucketPolicy = createBucket
    ? new s3.CfnBucketPolicy(scope, 'BucketPolicy', {
      bucket: bucket!.ref,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'OnlyOverTls',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [bucket!.attrArn, `${bucket!.attrArn}/*`],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    })
    : undefined;

  // The notifications of an existing bucket belong to its owner and stay untouched: a bucket has
  // only one notification configuration, and writing it replaces what others wrote. Once EventBridge
  // is switched on for the bucket, any number of rules can listen to it; this one is ours.
  const uploadRule = existingBucket
    ? new events.CfnRule(scope, 'UploadRule', {
      description: `Pictures uploaded to and deleted from ${p.bucketName}, for ${name}`,
      eventPattern: {
        source: ['aws.s3'],
        // An object that a lifecycle rule expires is announced as deleted too, with another reason. One
        // that was archived and is restored can be read from then on.
        'detail-type': ['Object Created', 'Object Deleted', 'Object Restore Completed'],
        detail: { bucket: { name: [p.bucketName] }, object: { key: [{ prefix: everyKey ? '' : p.sourcePrefix }] } },
      },
      targets: [
        {
          id: 'queue',
          arn: queue.attrArn,
          // Events that cannot be put into the queue for a day go to the dead-letter queue. Redriven from
          // there, they are handled like any other.
          deadLetterConfig: { arn: deadLetterQueue.attrArn },
        },
      ],
    })
    : undefined;

  const queuePolicy = new sqs.CfnQueuePolicy(scope, 'QueuePolicy', {
    queues: [queue.ref],
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        createBucket ? {
          Sid: 'ThisBucketAnnounces',
          Effect: 'Allow',
          Principal: { Service: 's3.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queue.attrArn,
          Condition: {
            // By the bucket's name, because the bucket waits for this policy. Anybody can take the name of a
            // deleted bucket, hence the account as well.
            ArnEquals: { 'aws:SourceArn': `arn:${Aws.PARTITION}:s3:::${p.bucketName}` },
            StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          },
        } : {
          Sid: 'ThisRuleAnnounces',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queue.attrArn,
          Condition: { ArnEquals: { 'aws:SourceArn': uploadRule!.attrArn } },
        },
        {
          Sid: 'OnlyOverTls',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: queue.attrArn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  });

  const deadLetterQueuePolicy = new sqs.CfnQueuePolicy(scope, 'DeadLetterQueuePolicy', {
    queues: [deadLetterQueue.ref],
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        ...(existingBucket ? [{
          Sid: 'ThisRuleGivesUp',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: deadLetterQueue.attrArn,
          Condition: { ArnEquals: { 'aws:SourceArn': uploadRule!.attrArn } },
        }] : []),
        {
          Sid: 'OnlyOverTls',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: deadLetterQueue.attrArn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  });

  const logGroup = new logs.CfnLogGroup(scope, 'LogGroup', {
    logGroupName: `/aws/lambda/${name}`,
    retentionInDays: p.logRetentionDays,
    kmsKeyId: customerKey ? p.kmsKeyArn : undefined,
  });

  const role = new iam.CfnRole(scope, 'Role', {
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    // Inline, so that the role is complete before the function and its event source use it.
    policies: [
      {
        policyName: 'thumbnailer',
        policyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              // GET and HEAD
              Sid: 'ReadPictures',
              Effect: 'Allow',
              Action: 's3:GetObject',
              Resource: `arn:${Aws.PARTITION}:s3:::${p.bucketName}/${everyKey ? '' : p.sourcePrefix}*`,
            },
            {
              Sid: 'KeepThumbnails',
              Effect: 'Allow',
              Action: [
                's3:GetObject',
                's3:PutObject',
                's3:DeleteObject',
                ...(thumbnailsHaveTags ? ['s3:PutObjectTagging'] : []),
                ...(thumbnailsHaveAcl ? ['s3:PutObjectAcl'] : []),
              ],
              Resource: `arn:${Aws.PARTITION}:s3:::${thumbnailsElsewhere ? p.thumbnailBucket : p.bucketName}/${noThumbnailPrefix ? '' : p.thumbnailPrefix}*`,
            },
            // The function lists nothing. But without this permission S3 answers 403 for a key that does not
            // exist, and a deleted picture would look like a forbidden one.
            {
              Sid: 'TellMissingFromForbidden',
              Effect: 'Allow',
              Action: 's3:ListBucket',
              Resource: [
                `arn:${Aws.PARTITION}:s3:::${p.bucketName}`,
                ...(thumbnailsElsewhere ? [`arn:${Aws.PARTITION}:s3:::${p.thumbnailBucket}`] : []),
              ],
            },
            {
              Sid: 'TakeMessages',
              Effect: 'Allow',
              Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
              Resource: queue.attrArn,
            },
            {
              Sid: 'DelayWhatFailed',
              Effect: 'Allow',
              Action: 'sqs:ChangeMessageVisibility',
              Resource: queue.attrArn,
            },
            {
              Sid: 'RejectWhatCannotSucceed',
              Effect: 'Allow',
              Action: 'sqs:SendMessage',
              Resource: deadLetterQueue.attrArn,
            },
            {
              Sid: 'WriteLogs',
              Effect: 'Allow',
              Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              // ends in :*, the group's streams
              Resource: logGroup.attrArn,
            },
            ...(tellsBus ? [{ Sid: 'TellBus', Effect: 'Allow', Action: 'events:PutEvents', Resource: p.eventBus }] : []),
            // The only picture that the function may write.
            ...(hasCanary ? [{
              Sid: 'UploadCanary',
              Effect: 'Allow',
              Action: [
                's3:PutObject',
                's3:DeleteObject',
                ...(thumbnailsHaveTags ? ['s3:PutObjectTagging'] : []),
                ...(thumbnailsHaveAcl ? ['s3:PutObjectAcl'] : []),
              ],
              Resource: `arn:${Aws.PARTITION}:s3:::${p.bucketName}/${everyKey ? '' : p.sourcePrefix}${p.canaryName}`,
            }] : []),
            ...(hasCanary ? [{
              Sid: 'SayWhyCanaryIsLost',
              Effect: 'Allow',
              Action: 's3:GetBucketNotification',
              Resource: `arn:${Aws.PARTITION}:s3:::${p.bucketName}`,
            }] : []),
            // For encrypted buckets and queues: reading needs the first, writing both.
            ...(customerKey ? [{
              Sid: 'UseKey',
              Effect: 'Allow',
              Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
              Resource: p.kmsKeyArn,
            }] : []),
            ...(thumbnailsHaveKey ? [{
              Sid: 'UseThumbnailKey',
              Effect: 'Allow',
              Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
              Resource: p.thumbnailKmsKey,
            }] : []),
            // X-Ray has no resources that these actions could be limited to.
            ...(activeTracing ? [{
              Sid: 'SendTraces',
              Effect: 'Allow',
              Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
              Resource: '*',
            }] : []),
          ],
        },
      },
    ],
  });

  const lambdaFunction = new lambda.CfnFunction(scope, 'Function', {
    code,
    handler: 'bootstrap',
    runtime: 'provided.al2023',
    architectures: [p.architecture],
    memorySize: p.memorySize,
    timeout: p.timeout,
    role: role.attrArn,
    // A last resort, should thumbnails ever be announced as pictures: Lambda stops a loop that it
    // detects, after about 16 rounds. The prefixes keep such a loop from arising.
    recursiveLoop: 'Terminate',
    loggingConfig: { logFormat: 'JSON', applicationLogLevel: p.logLevel, logGroup: logGroup.ref },
    environment: {
      variables: {
        SOURCE_BUCKET: p.bucketName,
        SOURCE_PREFIX: p.sourcePrefix,
        THUMBNAIL_BUCKET: p.thumbnailBucket,
        THUMBNAIL_PREFIX: p.thumbnailPrefix,
        THUMBNAIL_SIZES: p.thumbnailSizes,
        THUMBNAIL_FORMAT: p.thumbnailFormat,
        JPEG_QUALITY: String(p.jpegQuality),
        WEBP_QUALITY: String(p.webpQuality),
        THUMBNAIL_RULES: p.thumbnailRules,
        FORMER_RULES: p.formerRules,
        CACHE_CONTROL: p.cacheControl,
        THUMBNAIL_ENCRYPTION: p.thumbnailEncryption,
        THUMBNAIL_KMS_KEY: p.thumbnailKmsKey,
        THUMBNAIL_STORAGE_CLASS: p.thumbnailStorageClass,
        THUMBNAIL_TAGS: p.thumbnailTags,
        THUMBNAIL_ACL: p.thumbnailAcl,
        ON_SOURCE_DELETED: p.onSourceDeleted,
        ON_DAMAGED: p.onDamaged,
        MAX_SOURCE_BYTES: String(p.maxSourceBytes),
        MAX_PIXELS: String(p.maxPixels),
        MAX_RENDER_SECONDS: String(p.maxRenderSeconds),
        CONCURRENCY: String(p.concurrency),
        QUEUE_URL: queue.ref,
        DEAD_LETTER_QUEUE_URL: deadLetterQueue.ref,
        EVENT_BUS: p.eventBus,
        METRICS: p.metrics,
      },
    },
    tracingConfig: { mode: p.tracing },
  });

  const uploads = new lambda.CfnEventSourceMapping(scope, 'Uploads', {
    eventSourceArn: queue.attrArn,
    functionName: lambdaFunction.ref,
    batchSize: p.batchSize,
    // Bursts fill batches by themselves; waiting would only delay a lone upload.
    maximumBatchingWindowInSeconds: 0,
    // Only the messages that the function names come back, not their whole batch.
    functionResponseTypes: ['ReportBatchItemFailures'],
    // Keeps the poller from taking more messages than can be processed: messages that wait in the
    // queue use up no receives.
    scalingConfig: hasPollers ? undefined : { maximumConcurrency: p.maximumConcurrency },
    // Lambda takes one of the two.
    provisionedPollerConfig: hasPollers ? { minimumPollers: p.minimumPollers, maximumPollers: p.maximumPollers } : undefined,
    // How many messages were polled, processed and failed (AWS/Lambda, by EventSourceMappingUUID).
    metricsConfig: { metrics: ['EventCount'] },
  });

  // The canary takes the way of any upload: only an alarm on what comes back tells that nothing
  // arrives.
  const canaryRule = hasCanary
    ? new events.CfnRule(scope, 'CanaryRule', {
      description: `Has ${name} upload a tiny picture and wait for its thumbnails`,
      scheduleExpression: `rate(${p.canaryMinutes} minutes)`,
      targets: [
        {
          id: 'function',
          arn: lambdaFunction.attrArn,
          input: `{"canary": {"bucket": "${p.bucketName}", "key": "${everyKey ? '' : p.sourcePrefix}${p.canaryName}"}}`,
        },
      ],
    })
    : undefined;

  const canaryPermission = hasCanary
    ? new lambda.CfnPermission(scope, 'CanaryPermission', {
      action: 'lambda:InvokeFunction',
      functionName: lambdaFunction.ref,
      principal: 'events.amazonaws.com',
      sourceArn: canaryRule!.attrArn,
    })
    : undefined;

  // Alarms, each with a description that says what to do. Those that go to alarmTopicArn mean that
  // pictures get no thumbnails through a fault of this program, its settings or AWS. Those that go
  // to noticeTopicArn can wait: a bad upload only ever causes such a notice, since anybody who may
  // upload can cause it.
  const faultsAlarm = new cloudwatch.CfnAlarm(scope, 'FaultsAlarm', {
    alarmDescription: 'Pictures fail for a reason that waiting does not cure: access is denied to all of them, a bucket is missing, or the program panicked. The error lines of the log name the call and the object. Fix the role, or the policy of the bucket or key; messages are retried for half an hour or more, and then wait in the dead-letter queue. Report a panic, with the picture.',
    namespace: 'S3Thumbnailer',
    metricName: 'Faults',
    dimensions: [{ name: 'FunctionName', value: lambdaFunction.ref }],
    statistic: 'Sum',
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    treatMissingData: 'notBreaching',
    alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
  });

  const errorsAlarm = new cloudwatch.CfnAlarm(scope, 'ErrorsAlarm', {
    alarmDescription: "Invocations ended without an answer: the function could not start (a setting is wrong; the first log line names it), ran out of memory, or was stopped at its timeout. The REPORT or platform.report lines of the log say which. Fix the setting, or raise memorySize or timeout; the messages come back after the queue's visibility timeout.",
    namespace: 'AWS/Lambda',
    metricName: 'Errors',
    dimensions: [{ name: 'FunctionName', value: lambdaFunction.ref }],
    statistic: 'Sum',
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    treatMissingData: 'notBreaching',
    alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
  });

  const failingAlarm = new cloudwatch.CfnAlarm(scope, 'FailingAlarm', {
    alarmDescription: 'A tenth of the pictures or more have been failing for half an hour, despite retries. The metric Failed by Reason says why. throttled, store_unavailable and the like come from S3: look at the AWS Health Dashboard, and lower maximumConcurrency if S3 throttles. out_of_time means that timeout is too short. No message is lost: once the failures end, redrive the dead letters.',
    namespace: 'S3Thumbnailer',
    // 1 for each picture that failed, 0 for each whose thumbnails were written.
    metricName: 'Failed',
    dimensions: [{ name: 'FunctionName', value: lambdaFunction.ref }],
    statistic: 'Average',
    period: 300,
    // A single message that keeps failing is soon retried too rarely to set this alarm off.
    evaluationPeriods: 6,
    datapointsToAlarm: 5,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 0.1,
    treatMissingData: 'notBreaching',
    alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
  });

  const backlogAlarm = new cloudwatch.CfnAlarm(scope, 'BacklogAlarm', {
    alarmDescription: "An upload has been waiting in the queue for longer than backlogAlarmSeconds: uploads arrive faster than they are processed, or none are processed at all. If the function's Invocations are above 0, raise maximumConcurrency, or wait for a large import to end. If they are 0, check that its event source is enabled and that the account has concurrency left.",
    namespace: 'AWS/SQS',
    metricName: 'ApproximateAgeOfOldestMessage',
    dimensions: [{ name: 'QueueName', value: queue.attrQueueName }],
    statistic: 'Maximum',
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: p.backlogAlarmSeconds,
    treatMissingData: 'notBreaching',
    alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
  });

  const throttlesAlarm = new cloudwatch.CfnAlarm(scope, 'ThrottlesAlarm', {
    alarmDescription: "Lambda has been throttling the function for a quarter of an hour: the account's concurrency is used up, by this function or another. Have the quota raised, lower maximumConcurrency, or limit the other function. Throttled messages use up their receives; redrive the dead letters afterwards.",
    namespace: 'AWS/Lambda',
    metricName: 'Throttles',
    dimensions: [{ name: 'FunctionName', value: lambdaFunction.ref }],
    statistic: 'Sum',
    period: 300,
    evaluationPeriods: 3,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    treatMissingData: 'notBreaching',
    alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
  });

  const undeliveredAlarm = existingBucket
    ? new cloudwatch.CfnAlarm(scope, 'UndeliveredAlarm', {
      alarmDescription: "EventBridge could not put events into the queue. The queue's policy must let the rule send, and the policy of a KMS key must let events.amazonaws.com use the key. The events are in the dead-letter queue, if EventBridge could reach it; otherwise run an S3 Batch Operations job over the prefix.",
      namespace: 'AWS/Events',
      metricName: 'FailedInvocations',
      dimensions: [{ name: 'RuleName', value: uploadRule!.ref }],
      statistic: 'Sum',
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      treatMissingData: 'notBreaching',
      alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
      okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    })
    : undefined;

  const lostEventsAlarm = existingBucket
    ? new cloudwatch.CfnAlarm(scope, 'LostEventsAlarm', {
      alarmDescription: 'EventBridge could put events neither into the queue nor into the dead-letter queue, and they are lost: the pictures that they announced get no thumbnails. The policies of both queues must let the rule send, and the policy of a KMS key must let events.amazonaws.com use the key. Then look at the whole bucket: make audit REPAIR=1, or an S3 Batch Operations job over the prefix.',
      namespace: 'AWS/Events',
      metricName: 'InvocationsFailedToBeSentToDlq',
      dimensions: [{ name: 'RuleName', value: uploadRule!.ref }],
      statistic: 'Sum',
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      treatMissingData: 'notBreaching',
      alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
      okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    })
    : undefined;

  const canaryAlarm = hasCanary
    ? new cloudwatch.CfnAlarm(scope, 'CanaryAlarm', {
      alarmDescription: "The thumbnails of the canary, a tiny picture that the function itself uploads, have not appeared twice in a row: pictures get none, or get them late. The error line \"the canary is lost\" says what it met, and whether the bucket still announces uploads to the queue. If there is no such line, the schedule does not start the function. Afterwards, look at what nobody announced: make audit REPAIR=1.",
      namespace: 'S3Thumbnailer',
      metricName: 'CanaryTime',
      dimensions: [{ name: 'FunctionName', value: lambdaFunction.ref }],
      statistic: 'SampleCount',
      period: byCanaryMinutes[p.canaryMinutes].seconds,
      // One may be missing: a schedule is not exact, and a backlog of a minute is no fault.
      evaluationPeriods: 2,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      treatMissingData: 'breaching',
      alarmActions: alarmTopic ? [p.alarmTopicArn] : undefined,
      okActions: alarmTopic ? [p.alarmTopicArn] : undefined,
    })
    : undefined;

  const deadLettersAlarm = new cloudwatch.CfnAlarm(scope, 'DeadLettersAlarm', {
    alarmDescription: 'There are messages in the dead-letter queue. Most are for uploads that no thumbnail can be made of; the message attribute reason says why. Tell the uploader, or raise the limit that the upload exceeded; then redrive or delete the messages. A message without a reason failed 15 times, which another alarm reported. Messages are kept for 14 days.',
    namespace: 'AWS/SQS',
    // Not NumberOfMessagesSent, which does not count the messages that SQS itself moves there.
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: [{ name: 'QueueName', value: deadLetterQueue.attrQueueName }],
    statistic: 'Maximum',
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 1,
    treatMissingData: 'notBreaching',
    alarmActions: noticeTopic ? [p.noticeTopicArn] : undefined,
    okActions: noticeTopic ? [p.noticeTopicArn] : undefined,
  });

  const expiringLettersAlarm = new cloudwatch.CfnAlarm(scope, 'ExpiringLettersAlarm', {
    alarmDescription: 'A message has been in the dead-letter queue for nine days. SQS deletes it without a trace 14 days after it was first sent, which may be tomorrow. Redrive or delete the messages.',
    namespace: 'AWS/SQS',
    // In a dead-letter queue, this counts from the message's arrival there. Its retention counts from
    // the message's first arrival, in a queue that keeps it for up to four days.
    metricName: 'ApproximateAgeOfOldestMessage',
    dimensions: [{ name: 'QueueName', value: deadLetterQueue.attrQueueName }],
    statistic: 'Maximum',
    period: 3600,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    // 9 days
    threshold: 777600,
    treatMissingData: 'notBreaching',
    alarmActions: noticeTopic ? [p.noticeTopicArn] : undefined,
    okActions: noticeTopic ? [p.noticeTopicArn] : undefined,
  });

  const longBatchesAlarm = new cloudwatch.CfnAlarm(scope, 'LongBatchesAlarm', {
    alarmDescription: 'For a quarter of an hour, one batch in a hundred has taken more than 80 % of timeout. Messages that would not be done in time go back to the queue: none is lost, but their thumbnails are late. Raise memorySize (CPU power grows with it) or timeout, or lower batchSize.',
    namespace: 'AWS/Lambda',
    metricName: 'Duration',
    dimensions: [{ name: 'FunctionName', value: lambdaFunction.ref }],
    extendedStatistic: 'p99',
    period: 300,
    evaluationPeriods: 3,
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: byTimeout[p.timeout].longMilliseconds,
    treatMissingData: 'notBreaching',
    alarmActions: noticeTopic ? [p.noticeTopicArn] : undefined,
    okActions: noticeTopic ? [p.noticeTopicArn] : undefined,
  });

  const dashboard = new cloudwatch.CfnDashboard(scope, 'Dashboard', {
    // Dashboard names are unique in an account, not in a region.
    dashboardName: `${name}-${Aws.REGION}`,
    // The dashboard row by row; the syntax is CloudWatch's "Dashboard Body Structure".
    dashboardBody: `{"start": "-PT12H", "widgets": [
      {"type": "alarm", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {
        "title": "Alarms",
        "alarms": ["${faultsAlarm.attrArn}", "${errorsAlarm.attrArn}", "${failingAlarm.attrArn}", "${backlogAlarm.attrArn}",
          "${throttlesAlarm.attrArn}", ${existingBucket ? `"${undeliveredAlarm!.attrArn}", "${lostEventsAlarm!.attrArn}",` : ''} ${hasCanary ? `"${canaryAlarm!.attrArn}",` : ''} "${deadLettersAlarm.attrArn}", "${expiringLettersAlarm.attrArn}", "${longBatchesAlarm.attrArn}"]}},

      {"type": "metric", "x": 0, "y": 2, "width": 8, "height": 6, "properties": {
        "title": "Outcomes of uploads", "region": "${Aws.REGION}", "view": "timeSeries", "stacked": true,
        "stat": "Sum", "period": 300, "metrics": [
          ["S3Thumbnailer", "Pictures", "FunctionName", "${lambdaFunction.ref}", {"label": "thumbnails written", "color": "#2ca02c"}],
          [".", "AlreadyRight", ".", "${lambdaFunction.ref}", {"label": "already up to date", "color": "#98df8a"}],
          [".", "Removed", ".", "${lambdaFunction.ref}", {"label": "removed", "color": "#7f7f7f"}],
          [".", "Skipped", ".", "${lambdaFunction.ref}", {"label": "skipped", "color": "#c7c7c7"}],
          [".", "Rejected", ".", "${lambdaFunction.ref}", {"label": "rejected", "color": "#ff7f0e"}],
          [".", "Waiting", ".", "${lambdaFunction.ref}", {"label": "waiting for the upload", "color": "#ffbb78"}],
          [".", "Failed", ".", "${lambdaFunction.ref}", {"label": "failed, retried", "color": "#d62728"}]]}},
      {"type": "metric", "x": 8, "y": 2, "width": 8, "height": 6, "properties": {
        "title": "Rejected, failed and skipped, by reason", "region": "${Aws.REGION}", "view": "timeSeries",
        "stacked": true, "metrics": [
          [{"id": "rejected", "label": "rejected:", "expression": "SEARCH('{S3Thumbnailer,FunctionName,Reason} FunctionName=\\"${lambdaFunction.ref}\\" MetricName=\\"Rejected\\"', 'Sum', 300)"}],
          [{"id": "failed", "label": "failed:", "expression": "SEARCH('{S3Thumbnailer,FunctionName,Reason} FunctionName=\\"${lambdaFunction.ref}\\" MetricName=\\"Failed\\"', 'Sum', 300)"}],
          [{"id": "skipped", "label": "skipped:", "expression": "SEARCH('{S3Thumbnailer,FunctionName,Reason} FunctionName=\\"${lambdaFunction.ref}\\" MetricName=\\"Skipped\\"', 'Sum', 300)"}]]}},
      {"type": "metric", "x": 16, "y": 2, "width": 8, "height": 6, "properties": {
        "title": "From upload to thumbnail", "region": "${Aws.REGION}", "view": "timeSeries",
        "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["S3Thumbnailer", "UploadAge", "FunctionName", "${lambdaFunction.ref}", {"label": "median", "stat": "p50"}],
          [".", ".", ".", "${lambdaFunction.ref}", {"label": "p99", "stat": "p99"}],
          [".", ".", ".", "${lambdaFunction.ref}", {"label": "maximum", "stat": "Maximum"}],
          [".", "CanaryTime", ".", "${lambdaFunction.ref}", {"label": "canary", "stat": "Maximum"}]]}},

      {"type": "metric", "x": 0, "y": 8, "width": 8, "height": 6, "properties": {
        "title": "Time per picture, by stage", "region": "${Aws.REGION}", "view": "timeSeries",
        "stat": "p50", "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["S3Thumbnailer", "ReadTime", "FunctionName", "${lambdaFunction.ref}", {"label": "reading, median"}],
          [".", "RenderTime", ".", "${lambdaFunction.ref}", {"label": "rendering, median"}],
          [".", "WriteTime", ".", "${lambdaFunction.ref}", {"label": "writing, median"}],
          [".", "TotalTime", ".", "${lambdaFunction.ref}", {"label": "total, p99", "stat": "p99"}]]}},
      {"type": "metric", "x": 8, "y": 8, "width": 8, "height": 6, "properties": {
        "title": "The queue", "region": "${Aws.REGION}", "view": "timeSeries",
        "stat": "Maximum", "period": 60, "yAxis": {"left": {"min": 0}, "right": {"min": 0, "label": "seconds"}},
        "annotations": {"horizontal": [{"label": "alarm", "value": ${p.backlogAlarmSeconds}, "yAxis": "right", "color": "#d62728"}]},
        "metrics": [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${queue.attrQueueName}", {"label": "waiting"}],
          [".", "ApproximateNumberOfMessagesNotVisible", ".", "${queue.attrQueueName}", {"label": "in flight or delayed"}],
          [".", "ApproximateAgeOfOldestMessage", ".", "${queue.attrQueueName}", {"label": "age of the oldest", "yAxis": "right"}]]}},
      {"type": "metric", "x": 16, "y": 8, "width": 8, "height": 6, "properties": {
        "title": "Dead letters and faults", "region": "${Aws.REGION}", "view": "timeSeries",
        "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${deadLetterQueue.attrQueueName}", {"label": "dead letters", "stat": "Maximum", "color": "#ff7f0e"}],
          ["S3Thumbnailer", "Faults", "FunctionName", "${lambdaFunction.ref}", {"label": "faults", "stat": "Sum", "color": "#d62728"}]]}},

      {"type": "metric", "x": 0, "y": 14, "width": 8, "height": 6, "properties": {
        "title": "Duration of a batch", "region": "${Aws.REGION}", "view": "timeSeries",
        "period": 300, "yAxis": {"left": {"min": 0}},
        "annotations": {"horizontal": [{"label": "timeout", "value": ${byTimeout[p.timeout].milliseconds}}, {"label": "alarm", "value": ${byTimeout[p.timeout].longMilliseconds}, "color": "#d62728"}]},
        "metrics": [
          ["AWS/Lambda", "Duration", "FunctionName", "${lambdaFunction.ref}", {"label": "median", "stat": "p50"}],
          [".", ".", ".", "${lambdaFunction.ref}", {"label": "p99", "stat": "p99"}],
          [".", ".", ".", "${lambdaFunction.ref}", {"label": "maximum", "stat": "Maximum"}]]}},
      {"type": "metric", "x": 8, "y": 14, "width": 8, "height": 6, "properties": {
        "title": "Instances", "region": "${Aws.REGION}", "view": "timeSeries",
        "stat": "Sum", "period": 300, "yAxis": {"left": {"min": 0}}, "metrics": [
          ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", "${lambdaFunction.ref}", {"label": "concurrent", "stat": "Maximum"}],
          [".", "Throttles", ".", "${lambdaFunction.ref}", {"label": "throttled"}],
          [".", "Errors", ".", "${lambdaFunction.ref}", {"label": "errors", "color": "#d62728"}],
          ["S3Thumbnailer", "ColdStarts", "FunctionName", "${lambdaFunction.ref}", {"label": "cold starts"}]]}},
      {"type": "metric", "x": 16, "y": 14, "width": 8, "height": 6, "properties": {
        "title": "Bytes and thumbnails", "region": "${Aws.REGION}", "view": "timeSeries",
        "stat": "Sum", "period": 300, "yAxis": {"left": {"min": 0}, "right": {"min": 0}}, "metrics": [
          ["S3Thumbnailer", "SourceBytes", "FunctionName", "${lambdaFunction.ref}", {"label": "read"}],
          [".", "ThumbnailBytes", ".", "${lambdaFunction.ref}", {"label": "written"}],
          [".", "Thumbnails", ".", "${lambdaFunction.ref}", {"label": "thumbnails", "yAxis": "right"}]]}},

      {"type": "log", "x": 0, "y": 20, "width": 24, "height": 8, "properties": {
        "title": "Latest failures and rejected uploads", "region": "${Aws.REGION}", "view": "table",
        "query": "SOURCE '${logGroup.ref}' | fields @timestamp, outcome, reason, key, cause, requestId\\n| filter outcome in [\\"rejected\\", \\"failed\\"]\\n| sort @timestamp desc\\n| limit 50"}}
    ]}
    `,
  });

  if (bucket) {
    bucket.node.addDependency(queuePolicy);
    bucket.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
    bucket.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }

  if (bucketPolicy) {
    bucketPolicy.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
    bucketPolicy.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }

  return {
    deadLetterQueue,
    queue,
    bucket,
    bucketPolicy,
    uploadRule,
    queuePolicy,
    deadLetterQueuePolicy,
    logGroup,
    role,
    lambdaFunction,
    uploads,
    canaryRule,
    canaryPermission,
    faultsAlarm,
    errorsAlarm,
    failingAlarm,
    backlogAlarm,
    throttlesAlarm,
    undeliveredAlarm,
    lostEventsAlarm,
    canaryAlarm,
    deadLettersAlarm,
    expiringLettersAlarm,
    longBatchesAlarm,
    dashboard,
  };
}
