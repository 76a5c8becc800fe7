// Written from template.yaml by deploy/generate. Change that, then: make infrastructure WRITE=1

/** The template's parameters. */
export interface Parameters {
  /** Name of the bucket that pictures are uploaded to. A new bucket needs a globally unique name. */
  readonly bucketName: string;

  /** create makes the bucket. existing uses a bucket in this account and region whose owner has switched EventBridge on (see docs/deploy.md); the construct changes nothing about that bucket. Default: create. */
  readonly bucketMode?: 'create' | 'existing';

  /** Pictures under this prefix get thumbnails. The bucket's events are filtered by it. / alone means every key of the bucket; the thumbnails then need a bucket of their own (thumbnailBucket). Default: images/. */
  readonly sourcePrefix?: string;

  /** An existing bucket for the thumbnails; empty means the bucket of the pictures. Default: empty. */
  readonly thumbnailBucket?: string;

  /** Thumbnails are written under this prefix; / alone means none. In the bucket of the pictures it must lie outside sourcePrefix; otherwise the function refuses to start. Default: thumbnails/. */
  readonly thumbnailPrefix?: string;

  /** Whether thumbnails are deleted or kept when their picture is deleted. Default: delete. */
  readonly onSourceDeleted?: 'delete' | 'keep';

  /** Whether a damaged picture (cut short, or with broken data in the middle) is rejected, or gets thumbnails of what can still be decoded. A rule may say otherwise. Default: reject. */
  readonly onDamaged?: 'reject' | 'show';

  /** A KMS key of yours. It encrypts the queues, the logs and the bucket that the construct creates, and the function may use it for existing buckets. The key's policy must allow all of this (see docs/deploy.md). Empty means AWS's keys. Default: empty. */
  readonly kmsKeyArn?: string;

  /** The box that thumbnails fit in, in pixels. Give several sizes as small=160x160,large=1280x1280. Default: 256x256. */
  readonly thumbnailSizes?: string;

  /** Format of the thumbnails; source keeps JPEG, PNG and WebP as they are. Default: source. */
  readonly thumbnailFormat?: 'source' | 'jpeg' | 'png' | 'webp';

  /** JPEG quality, 1 to 100. Default: 80. */
  readonly jpegQuality?: number;

  /** WebP quality, 1 to 100. Default: 80. */
  readonly webpQuality?: number;

  /** Rules as JSON, for different thumbnails by folder (see docs/rules.md). They replace the four parameters above. Lambda allows 4 KB for all variables together. Default: empty. */
  readonly thumbnailRules?: string;

  /** Rules as JSON that once were thumbnailRules (see docs/rules.md). When a picture is looked at, the thumbnails that they made of it and the present rules do not are removed. Default: empty. */
  readonly formerRules?: string;

  /** The Cache-Control header stored with every thumbnail. Default: public, max-age=3600. */
  readonly cacheControl?: string;

  /** Server-side encryption that every write asks for; empty leaves it to the bucket's default. Default: empty. */
  readonly thumbnailEncryption?: '' | 'AES256' | 'aws:kms' | 'aws:kms:dsse';

  /** The KMS key for aws:kms and aws:kms:dsse; empty means AWS's key. The function may then use it. Default: empty. */
  readonly thumbnailKmsKey?: string;

  /** Storage class of the thumbnails; empty means STANDARD. Default: empty. */
  readonly thumbnailStorageClass?: '' | 'STANDARD' | 'STANDARD_IA' | 'INTELLIGENT_TIERING' | 'ONEZONE_IA' | 'GLACIER_IR' | 'REDUCED_REDUNDANCY';

  /** Tags of the thumbnails, as NAME=VALUE&NAME=VALUE; at most 10, percent-encoded. Default: empty. */
  readonly thumbnailTags?: string;

  /** Canned ACL of the thumbnails; empty sends none. Buckets that the construct creates take no ACLs. Default: empty. */
  readonly thumbnailAcl?: '' | 'private' | 'public-read' | 'authenticated-read' | 'bucket-owner-read' | 'bucket-owner-full-control';

  /** Largest picture read, in bytes. Default: 104857600. */
  readonly maxSourceBytes?: number;

  /** Largest picture decoded, as width x height x frames. Default: 100000000. */
  readonly maxPixels?: number;

  /** Render timeout of one picture, in seconds. Default: 20. */
  readonly maxRenderSeconds?: number;

  /** Processor architecture to run on. The code must be built for the same one. Default: arm64. */
  readonly architecture?: 'arm64' | 'x86_64';

  /** Memory in MB. CPU power grows with it; 1769 MB come with one vCPU. Default: 2048. */
  readonly memorySize?: number;

  /** Seconds that one batch may take. The queue's visibility timeout is six times as long. Default: 60. */
  readonly timeout?: 30 | 60 | 120 | 300 | 900;

  /** Maximum number of messages in one invocation of the function. Default: 10. */
  readonly batchSize?: number;

  /** Pictures of one batch processed at the same time (CONCURRENCY). Default: 10. */
  readonly concurrency?: number;

  /** Batches processed at the same time, each by its own instance of the function. Default: 10. */
  readonly maximumConcurrency?: number;

  /** Event pollers that are kept ready for bursts, 2 or more, in place of maximumConcurrency (Lambda's provisioned mode, billed by the hour). 0 leaves their number to Lambda. Default: 0. */
  readonly minimumPollers?: number;

  /** Most event pollers with minimumPollers; each processes up to 10 batches at the same time. Default: 10. */
  readonly maximumPollers?: number;

  /** ARN of an EventBridge bus that is told what became of each picture, before its message counts as done (EVENT_BUS); empty tells none. Default: empty. */
  readonly eventBus?: string;

  /** SNS topic for alarms that need attention now; empty means that nobody is notified. Default: empty. */
  readonly alarmTopicArn?: string;

  /** SNS topic for alarms that can wait for working hours, such as rejected uploads; empty means that nobody is notified. Default: empty. */
  readonly noticeTopicArn?: string;

  /** Seconds that an upload may wait in the queue before the backlog alarm goes off. Default: 900. */
  readonly backlogAlarmSeconds?: number;

  /** Minimum level of the function's log lines. INFO writes one line for each picture; WARN only writes lines for failures, rejected uploads and files that are not pictures. Default: INFO. */
  readonly logLevel?: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';

  /** Active samples invocations for AWS X-Ray; PassThrough only traces those that are part of a trace already. Default: PassThrough. */
  readonly tracing?: 'PassThrough' | 'Active';

  /** Days that the function's log lines are kept. Default: 30. */
  readonly logRetentionDays?: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 120 | 150 | 180 | 365 | 400 | 545 | 731 | 1096 | 1827 | 2192 | 2557 | 2922 | 3288 | 3653;

  /** Empty or emf writes metrics among the log lines, where CloudWatch finds them; off writes none (METRICS). Default: empty. */
  readonly metrics?: '' | 'emf' | 'off';

  /** Every so many minutes, the function uploads a tiny picture, waits for its thumbnails and deletes it. An alarm goes off when they do not appear twice in a row. 0 means never. Default: 0. */
  readonly canaryMinutes?: 0 | 5 | 15 | 60;

  /** Key of this picture, without sourcePrefix. thumbnailRules must make thumbnails of it. Default: s3-thumbnailer-canary.ppm. */
  readonly canaryName?: string;
}

/** What a parameter may be. */
export interface Allowed {
  readonly default?: string | number;
  readonly allowedValues?: (string | number)[];
  readonly allowedPattern?: string;
  readonly constraintDescription?: string;
  readonly minValue?: number;
  readonly maxValue?: number;
}

export const PARAMETERS: Record<keyof Parameters, Allowed> = {
  bucketName: {
    allowedPattern: '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]',
    constraintDescription: '3 to 63 characters of a-z, 0-9, dot and hyphen, with a letter or digit at both ends.',
  },
  bucketMode: { default: 'create', allowedValues: ['create', 'existing'] },
  sourcePrefix: {
    default: 'images/',
    allowedPattern: '/|[A-Za-z0-9._-][A-Za-z0-9._/-]*/',
    constraintDescription: 'Letters, digits, dot, underscore, hyphen and slash; a slash at the end, none at the start. Or / alone.',
  },
  thumbnailBucket: {
    default: '',
    allowedPattern: '|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]',
    constraintDescription: "Empty, or a bucket's name.",
  },
  thumbnailPrefix: {
    default: 'thumbnails/',
    allowedPattern: '/|[A-Za-z0-9._-][A-Za-z0-9._/-]*/',
    constraintDescription: 'Letters, digits, dot, underscore, hyphen and slash; a slash at the end, none at the start. Or / alone.',
  },
  onSourceDeleted: { default: 'delete', allowedValues: ['delete', 'keep'] },
  onDamaged: { default: 'reject', allowedValues: ['reject', 'show'] },
  kmsKeyArn: {
    default: '',
    allowedPattern: '|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+',
    constraintDescription: "Empty, or a key's ARN (not an alias).",
  },
  thumbnailSizes: { default: '256x256' },
  thumbnailFormat: { default: 'source', allowedValues: ['source', 'jpeg', 'png', 'webp'] },
  jpegQuality: { default: 80, minValue: 1, maxValue: 100 },
  webpQuality: { default: 80, minValue: 1, maxValue: 100 },
  thumbnailRules: { default: '' },
  formerRules: { default: '' },
  cacheControl: { default: 'public, max-age=3600' },
  thumbnailEncryption: { default: '', allowedValues: ['', 'AES256', 'aws:kms', 'aws:kms:dsse'] },
  thumbnailKmsKey: {
    default: '',
    allowedPattern: '|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+',
    constraintDescription: "Empty, or a key's ARN (not an alias).",
  },
  thumbnailStorageClass: {
    default: '',
    allowedValues: [
      '',
      'STANDARD',
      'STANDARD_IA',
      'INTELLIGENT_TIERING',
      'ONEZONE_IA',
      'GLACIER_IR',
      'REDUCED_REDUNDANCY',
    ],
  },
  thumbnailTags: { default: '' },
  thumbnailAcl: {
    default: '',
    allowedValues: [
      '',
      'private',
      'public-read',
      'authenticated-read',
      'bucket-owner-read',
      'bucket-owner-full-control',
    ],
  },
  maxSourceBytes: { default: 104857600, minValue: 1, maxValue: 5368709120 },
  maxPixels: { default: 100000000, minValue: 1, maxValue: 4294967296 },
  maxRenderSeconds: { default: 20, minValue: 1, maxValue: 900 },
  architecture: { default: 'arm64', allowedValues: ['arm64', 'x86_64'] },
  memorySize: { default: 2048, minValue: 256, maxValue: 10240 },
  timeout: { default: 60, allowedValues: [30, 60, 120, 300, 900] },
  batchSize: { default: 10, minValue: 1, maxValue: 10 },
  concurrency: { default: 10, minValue: 1, maxValue: 1000 },
  maximumConcurrency: { default: 10, minValue: 2, maxValue: 1000 },
  minimumPollers: { default: 0, minValue: 0, maxValue: 200 },
  maximumPollers: { default: 10, minValue: 2, maxValue: 2000 },
  eventBus: {
    default: '',
    allowedPattern: '|arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]+',
    constraintDescription: "Empty, or a bus's ARN.",
  },
  alarmTopicArn: {
    default: '',
    allowedPattern: '|arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+',
    constraintDescription: "Empty, or a topic's ARN.",
  },
  noticeTopicArn: {
    default: '',
    allowedPattern: '|arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+',
    constraintDescription: "Empty, or a topic's ARN.",
  },
  backlogAlarmSeconds: { default: 900, minValue: 60, maxValue: 345600 },
  logLevel: { default: 'INFO', allowedValues: ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] },
  tracing: { default: 'PassThrough', allowedValues: ['PassThrough', 'Active'] },
  logRetentionDays: {
    default: 30,
    allowedValues: [
      1,
      3,
      5,
      7,
      14,
      30,
      60,
      90,
      120,
      150,
      180,
      365,
      400,
      545,
      731,
      1096,
      1827,
      2192,
      2557,
      2922,
      3288,
      3653,
    ],
  },
  metrics: { default: '', allowedValues: ['', 'emf', 'off'] },
  canaryMinutes: { default: 0, allowedValues: [0, 5, 15, 60] },
  canaryName: {
    default: 's3-thumbnailer-canary.ppm',
    allowedPattern: '[A-Za-z0-9._-][A-Za-z0-9._/-]*',
    constraintDescription: 'Letters, digits, dot, underscore, hyphen and slash; no slash at the start.',
  },
};
