//! Follows the plan: uploads, overwrites and deletes pictures, sends poison messages, and kills
//! processes, each at its planned time or as soon after as possible. The changes to one key are
//! made one at a time and in order, so that what each key holds in the end is known.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{RestoreRequest, StorageClass};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::change::{Change, Stored};
use crate::content::Content;
use crate::counts::Counts;
use crate::fleet::Fleet;
use crate::ledger::{Closed, Ledger};
use crate::local_aws::{LocalAws, OUTPUTS};
use crate::plan::{Action, Moment, Plan};
use crate::storm::Storm;
use crate::{BUCKET, Failure, OTHER_BUCKET, post};

/// How many uploaders there are; each handles its own keys.
const UPLOADERS: usize = 64;
/// How long to wait for an ambush to be sprung before the change is made anyway.
const AMBUSH: Duration = Duration::from_secs(6);

/// An encryption key of an uploader's, and its MD5 digest.
const CUSTOMER_KEY: &str = "b25seSBpdHMgdXBsb2FkZXIgaGFzIHRoaXMga2V5ISE=";
const CUSTOMER_KEY_MD5: &str = "Kh5g0bM+EW3qK6wP/ClWPQ==";

/// A change, the key that it is made to, and when.
type Order = (String, Change, Moment);

pub(crate) async fn follow(
    plan: &Plan,
    aws: &LocalAws,
    ledger: &Ledger,
    storm: &Arc<Storm>,
    fleet: &Fleet,
    counts: &Counts,
) -> Result<(), Failure> {
    let mut uploaders = JoinSet::new();
    let mut lanes = Vec::new();
    for _ in 0..UPLOADERS {
        let (lane, orders) = mpsc::unbounded_channel();
        lanes.push(lane);
        let uploader = Uploader {
            aws: aws.clone(),
            ledger: ledger.clone(),
            storm: Arc::clone(storm),
            counts: counts.clone(),
        };
        uploaders.spawn(uploader.work(orders));
    }
    let begin = Instant::now();
    for step in &plan.steps {
        sleep_until(begin + step.at).await;
        let order: Order = match &step.action {
            Action::Change { key, change, moment } => (key.clone(), *change, *moment),
            Action::Poison { bodies } => {
                counts.add_many("letters", "poison", bodies.len());
                ledger.pages().poison.extend(bodies.iter().cloned());
                let bodies: Vec<_> = bodies.iter().map(|body| (body.clone(), 0)).collect();
                post::send(aws, &bodies).await?;
                continue;
            }
            Action::Kill { victim, signal, after } => {
                fleet.kill(*victim, *signal, *after);
                continue;
            }
            Action::Deny(time) => {
                storm.deny(*time);
                continue;
            }
        };
        let lane =
            order.0.bytes().fold(0, |sum: usize, byte| sum * 31 % 65_521 + usize::from(byte));
        let lane = lanes.get(lane % UPLOADERS).ok_or("no such uploader")?;
        lane.send(order).map_err(|_| "an uploader has ended")?;
    }
    drop(lanes);
    while let Some(ended) = uploaders.join_next().await {
        ended??;
    }
    Ok(())
}

/// Makes changes, one after the other.
struct Uploader {
    aws: LocalAws,
    ledger: Ledger,
    storm: Arc<Storm>,
    counts: Counts,
}

impl Uploader {
    async fn work(self, mut orders: mpsc::UnboundedReceiver<Order>) -> Result<(), Failure> {
        while let Some((key, change, moment)) = orders.recv().await {
            if let Moment::Ambush(hold_up) = moment {
                let came_off = timeout(AMBUSH, self.storm.ambush(&key, hold_up)).await.is_ok();
                self.counts.add("uploads", if came_off { "ambushes" } else { "ambushes in vain" });
            }
            match change {
                Change::Upload { content, stored } => self.upload(key, content, stored).await?,
                Change::Delete => self.delete(key).await?,
                Change::Restore => self.restore(key).await?,
                Change::CopyThumbnails(content) => self.copy_thumbnails(&key, content).await?,
                Change::Deny(time) => self.deny(key, time),
            }
        }
        Ok(())
    }

    async fn upload(&self, key: String, content: Content, stored: Stored) -> Result<(), Failure> {
        let request = self.aws.s3.put_object().bucket(BUCKET).key(&key).body(body(content).await?);
        let request = match stored {
            Stored::Plainly => request,
            Stored::Archived => {
                self.counts.add("uploads", "into an archive");
                self.ledger.pages().close(&key, Closed::Archived);
                request.storage_class(StorageClass::Glacier)
            }
            Stored::UnderCustomerKey => {
                self.counts.add("uploads", "under a customer's key");
                self.ledger.pages().close(&key, Closed::UnderCustomerKey);
                request
                    .sse_customer_algorithm("AES256")
                    .sse_customer_key(CUSTOMER_KEY)
                    .sse_customer_key_md5(CUSTOMER_KEY_MD5)
            }
        };
        let etag = etag(request.send().await?.e_tag)?;
        let mut pages = self.ledger.pages();
        if content.is_bad() {
            self.counts.add("uploads", "of files without a thumbnail");
            pages.bad.insert(etag.clone());
        }
        if content == Content::Empty {
            self.counts.add("uploads", "of no bytes");
        }
        let what = match pages.now.insert(key.clone(), Some(etag.clone())) {
            None => "first uploads",
            Some(None) => "uploads after a delete",
            Some(Some(_)) => "overwrites",
        };
        self.counts.add("uploads", what);
        pages.ever.entry(key).or_default().insert(etag);
        Ok(())
    }

    async fn delete(&self, key: String) -> Result<(), Failure> {
        self.aws.s3.delete_object().bucket(BUCKET).key(&key).send().await?;
        self.ledger.pages().now.insert(key, None);
        self.counts.add("uploads", "deletes");
        Ok(())
    }

    async fn restore(&self, key: String) -> Result<(), Failure> {
        let wanted = RestoreRequest::builder().days(1).build();
        let request = self.aws.s3.restore_object().bucket(BUCKET).key(&key);
        request.restore_request(wanted).send().await?;
        self.ledger.pages().closed.remove(&key);
        self.counts.add("uploads", "restores");
        Ok(())
    }

    /// As if somebody had copied the other bucket, where the picture has these thumbnails.
    async fn copy_thumbnails(&self, key: &str, content: Content) -> Result<(), Failure> {
        let there = self.aws.s3.put_object().bucket(OTHER_BUCKET).key(key);
        let etag = etag(there.body(body(content).await?).send().await?.e_tag)?;
        let path = key.strip_prefix("images/").ok_or("no source's key")?;
        for output in OUTPUTS {
            let thumbnail = format!("thumbnails/{output}/{path}");
            let request = self.aws.s3.put_object().bucket(BUCKET).key(thumbnail);
            let request = request
                .metadata("source-bucket", OTHER_BUCKET)
                .metadata("source-etag", &etag)
                .metadata("recipe", "of the other bucket");
            request.body(body(content).await?).send().await?;
            self.counts.add("uploads", "thumbnails copied from another bucket");
        }
        Ok(())
    }

    fn deny(&self, key: String, time: Option<Duration>) {
        let how_long = if time.is_some() { "denied for a while" } else { "denied for ever" };
        self.counts.add("uploads", how_long);
        if time.is_none() {
            self.ledger.pages().close(&key, Closed::Denied);
        }
        self.storm.deny_key(key, time);
    }
}

async fn body(content: Content) -> Result<ByteStream, Failure> {
    Ok(ByteStream::from(tokio::task::spawn_blocking(move || content.bytes()).await?))
}

fn etag(of_upload: Option<String>) -> Result<String, Failure> {
    Ok(of_upload.ok_or("an upload without an ETag")?.trim_matches('"').to_owned())
}
