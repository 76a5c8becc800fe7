//! Follows the plan: uploads, overwrites and deletes pictures, sends poison messages, and kills
//! processes, each at its planned time or as soon after as possible. The changes to one key are
//! made one at a time and in order, so that what each key holds in the end is known.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::content::Content;
use crate::counts::Counts;
use crate::fleet::Fleet;
use crate::ledger::Ledger;
use crate::local_aws::LocalAws;
use crate::plan::{Action, Moment, Plan};
use crate::storm::Storm;
use crate::{BUCKET, Failure, post};

/// How many uploaders there are; each handles its own keys.
const UPLOADERS: usize = 64;
/// How long to wait for an ambush to be sprung before the change is made anyway.
const AMBUSH: Duration = Duration::from_secs(6);

/// A change to one key: new content, or `None` to delete it.
type Change = (String, Option<Content>, Moment);

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
        let (lane, changes) = mpsc::unbounded_channel();
        lanes.push(lane);
        let (storm, ledger) = (Arc::clone(storm), ledger.clone());
        uploaders.spawn(upload(changes, aws.clone(), ledger, storm, counts.clone()));
    }
    let begin = Instant::now();
    for step in &plan.steps {
        sleep_until(begin + step.at).await;
        let change: Change = match &step.action {
            Action::Change { key, content, moment } => (key.clone(), *content, *moment),
            Action::Poison { bodies } => {
                counts.add_many("letters", "poison", bodies.len());
                ledger.pages().poison.extend(bodies.iter().cloned());
                let bodies: Vec<_> = bodies.iter().map(|body| (body.clone(), 0)).collect();
                post::send(aws, &bodies).await?;
                continue;
            }
            Action::Kill { victim, signal, after } => {
                fleet.hit(*victim, *signal, *after);
                continue;
            }
            Action::Deny(time) => {
                storm.deny(*time);
                continue;
            }
        };
        let lane =
            change.0.bytes().fold(0, |sum: usize, byte| sum * 31 % 65_521 + usize::from(byte));
        let lane = lanes.get(lane % UPLOADERS).ok_or("no such uploader")?;
        lane.send(change).map_err(|_| "an uploader has ended")?;
    }
    drop(lanes);
    while let Some(ended) = uploaders.join_next().await {
        ended??;
    }
    Ok(())
}

/// Makes the changes, one after the other.
async fn upload(
    mut changes: mpsc::UnboundedReceiver<Change>,
    aws: LocalAws,
    ledger: Ledger,
    storm: Arc<Storm>,
    counts: Counts,
) -> Result<(), Failure> {
    while let Some((key, content, moment)) = changes.recv().await {
        if moment == Moment::Ambush {
            let came_off = timeout(AMBUSH, storm.ambush(&key)).await.is_ok();
            counts.add("uploads", if came_off { "ambushes" } else { "ambushes in vain" });
        }
        let Some(content) = content else {
            aws.s3.delete_object().bucket(BUCKET).key(&key).send().await?;
            ledger.pages().now.insert(key, None);
            counts.add("uploads", "deletes");
            continue;
        };
        let bytes = tokio::task::spawn_blocking(move || content.bytes()).await?;
        let request = aws.s3.put_object().bucket(BUCKET).key(&key).body(ByteStream::from(bytes));
        let etag = request.send().await?.e_tag.ok_or("an upload without an ETag")?;
        let etag = etag.trim_matches('"').to_owned();
        let mut pages = ledger.pages();
        if content.is_bad() {
            counts.add("uploads", "of files without a thumbnail");
            pages.bad.insert(etag.clone());
        }
        let what = match pages.now.insert(key.clone(), Some(etag.clone())) {
            None => "first uploads",
            Some(None) => "uploads after a delete",
            Some(Some(_)) => "overwrites",
        };
        counts.add("uploads", what);
        pages.ever.entry(key).or_default().insert(etag);
    }
    Ok(())
}
