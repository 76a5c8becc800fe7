//! The local AWS, in its own process: a bucket that sends notifications, the main queue, which the
//! processes under test read, and its dead-letter queue. The bucket's notifications arrive in
//! another queue, the intake; the post carries them to the main queue, and repeats and delays some.
//! The clients here bypass the proxy.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, Event, FilterRule, FilterRuleName,
    NotificationConfiguration, NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter,
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::content::MAX_SOURCE_BYTES;
use crate::{BUCKET, Failure, MAX_RECEIVES, OTHER_BUCKET, VISIBILITY};

const REGION: &str = "eu-west-1";
const KEY: &str = "test";
/// The bus that completion events are put on.
const BUS: &str = "pictures";
/// The names of the thumbnails: two, so that one can be written and the other not.
pub(crate) const OUTPUTS: [&str; 2] = ["small", "large"];
/// How long it may take to start.
const START: Duration = Duration::from_secs(30);

/// A running local AWS. Cheap to clone; it ends with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct LocalAws {
    pub(crate) address: SocketAddr,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    /// URLs of the queues.
    pub(crate) intake: String,
    pub(crate) main: String,
    pub(crate) dead_letters: String,
    /// Receives the completion events.
    pub(crate) announcements: String,
    _process: Arc<Child>,
}

impl LocalAws {
    pub(crate) async fn start(program: &Path, logs: &Path) -> Result<Self, Failure> {
        // A port that was free a moment ago: the server cannot take over a listening socket.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = File::create(logs.join("local-aws.log"))?;
        let mut command = Command::new(program);
        command
            .env("BIND_HOST", address.ip().to_string())
            .env("GATEWAY_PORT", address.port().to_string())
            .env("SERVICES", "events,s3,sqs,sts")
            .env("MINISTACK_REGION", REGION)
            .env("LOG_LEVEL", "WARNING")
            .env("TMPDIR", logs.canonicalize()?)
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let process = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;

        let credentials = Credentials::new(KEY, KEY, None, None, "chaos");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(support::http::client())
            .endpoint_url(format!("http://{address}"))
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let by_path = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        let s3 = aws_sdk_s3::Client::from_conf(by_path);
        let sqs = aws_sdk_sqs::Client::new(&config);
        let began = Instant::now();
        while let Err(error) = s3.list_buckets().send().await {
            if began.elapsed() > START {
                return Err(format!("the local AWS does not answer: {error:?}").into());
            }
            sleep(Duration::from_millis(100)).await;
        }

        let (intake, _) = queue(&sqs, "intake", &[]).await?;
        let (dead_letters, dead_letters_arn) = queue(&sqs, "dead-letters", &[]).await?;
        let redrive =
            json!({"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": MAX_RECEIVES});
        let attributes = [
            (QueueAttributeName::RedrivePolicy, redrive.to_string()),
            (QueueAttributeName::VisibilityTimeout, VISIBILITY.as_secs().to_string()),
        ];
        let (main, _) = queue(&sqs, "main", &attributes).await?;
        let (announcements, announcements_arn) = queue(&sqs, "announcements", &[]).await?;
        make_bus(&config, &announcements_arn).await?;
        let aws = Self {
            address,
            s3,
            sqs,
            intake,
            main,
            dead_letters,
            announcements,
            _process: Arc::new(process),
        };
        aws.make_buckets().await?;
        Ok(aws)
    }

    /// The environment of a process under test that uses this AWS at `endpoint`, and puts completion
    /// events on the bus if it is to.
    pub(crate) fn settings(&self, endpoint: &str, has_bus: bool) -> Vec<(&'static str, String)> {
        let [small, large] = OUTPUTS;
        vec![
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", KEY.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("SOURCE_BUCKET", BUCKET.to_owned()),
            ("THUMBNAIL_SIZES", format!("{small}=48x48,{large}=120x120")),
            ("MAX_SOURCE_BYTES", MAX_SOURCE_BYTES.to_string()),
            ("QUEUE_URL", self.main.clone()),
            ("DEAD_LETTER_QUEUE_URL", self.dead_letters.clone()),
            ("EVENT_BUS", if has_bus { BUS } else { "" }.to_owned()),
            ("METRICS", "emf".to_owned()),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ]
    }

    /// How many messages `queue` holds: visible, in flight, and delayed.
    pub(crate) async fn messages(&self, queue: &str) -> Result<[u64; 3], Failure> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let request = self.sqs.get_queue_attributes().queue_url(queue);
        let answer = request.set_attribute_names(Some(names.to_vec())).send().await?;
        let count = |name: &_| answer.attributes()?.get(name)?.parse().ok();
        let [visible, in_flight, held_back] = names.map(|name| count(&name));
        match (visible, in_flight, held_back) {
            (Some(visible), Some(in_flight), Some(held_back)) => {
                Ok([visible, in_flight, held_back])
            }
            _ => Err("the local AWS does not say how many messages a queue holds".into()),
        }
    }

    /// Every key under `prefix`, and the `ETag` of what it holds.
    pub(crate) async fn listed(&self, prefix: &str) -> Result<BTreeMap<String, String>, Failure> {
        let request = self.s3.list_objects_v2().bucket(BUCKET).prefix(prefix);
        let mut pages = request.into_paginator().send();
        let mut listed = BTreeMap::new();
        while let Some(page) = pages.next().await {
            listed.extend(page?.contents.unwrap_or_default().into_iter().filter_map(|object| {
                Some((object.key?, object.e_tag?.trim_matches('"').to_owned()))
            }));
        }
        Ok(listed)
    }

    async fn make_buckets(&self) -> Result<(), Failure> {
        for bucket in [BUCKET, OTHER_BUCKET] {
            let region = CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(REGION))
                .build();
            let request = self.s3.create_bucket().bucket(bucket);
            request.create_bucket_configuration(region).send().await?;
        }
        let images = FilterRule::builder().name(FilterRuleName::Prefix).value("images/").build();
        let only_images = NotificationConfigurationFilter::builder()
            .key(S3KeyFilter::builder().filter_rules(images).build())
            .build();
        let announce = QueueConfiguration::builder()
            .queue_arn(arn(&self.sqs, &self.intake).await?)
            .events(Event::from("s3:ObjectCreated:*"))
            .events(Event::from("s3:ObjectRemoved:*"))
            .events(Event::from("s3:ObjectRestore:Completed"))
            .filter(only_images)
            .build()?;
        let announcements =
            NotificationConfiguration::builder().queue_configurations(announce).build();
        self.s3
            .put_bucket_notification_configuration()
            .bucket(BUCKET)
            .notification_configuration(announcements)
            .send()
            .await?;
        Ok(())
    }
}

/// Creates the bus for completion events, and has it send all of them to a queue.
async fn make_bus(config: &SdkConfig, queue_arn: &str) -> Result<(), Failure> {
    let events = aws_sdk_eventbridge::Client::new(config);
    let (rule, pattern) = ("all", json!({"source": ["s3-thumbnailer"]}).to_string());
    let target =
        aws_sdk_eventbridge::types::Target::builder().id("queue").arn(queue_arn).build()?;
    events.create_event_bus().name(BUS).send().await?;
    events.put_rule().event_bus_name(BUS).name(rule).event_pattern(pattern).send().await?;
    events.put_targets().event_bus_name(BUS).rule(rule).targets(target).send().await?;
    Ok(())
}

/// Creates a queue. Returns its URL and its ARN.
async fn queue(
    sqs: &aws_sdk_sqs::Client,
    name: &str,
    attributes: &[(QueueAttributeName, String)],
) -> Result<(String, String), Failure> {
    let request = sqs.create_queue().queue_name(name);
    let request = request.set_attributes(Some(attributes.iter().cloned().collect()));
    let url = request.send().await?.queue_url.ok_or("a queue without a URL")?;
    let arn = arn(sqs, &url).await?;
    Ok((url, arn))
}

async fn arn(sqs: &aws_sdk_sqs::Client, url: &str) -> Result<String, Failure> {
    let name = QueueAttributeName::QueueArn;
    let request = sqs.get_queue_attributes().queue_url(url).attribute_names(name.clone());
    let answer = request.send().await?;
    let arn = answer.attributes().and_then(|attributes| attributes.get(&name)).cloned();
    Ok(arn.ok_or("a queue without an ARN")?)
}
