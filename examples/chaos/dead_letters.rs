//! Waits until the queues are quiet, and empties the dead-letter queue. A good message may be there
//! only because the storm made it fail too often. It is counted and sent back, as an operator would
//! do: the queue is for that, and the thumbnail must still be right in the end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::Message;
use s3_thumbnailer::notification;
use tokio::time::sleep;

use crate::counts::Counts;
use crate::fleet::Fleet;
use crate::ledger::Ledger;
use crate::local_aws::LocalAws;
use crate::verdict::{Findings, What};
use crate::{BUCKET, Failure, post};

/// The queues are quiet once they have been empty for this long.
const QUIET: Duration = Duration::from_secs(2);
/// How often messages are sent back. Without the storm, a good one does not fail again.
const REDRIVES: usize = 2;
/// How long to wait for the queues to become quiet.
const PATIENCE: Duration = Duration::from_secs(150);

/// A message from the dead-letter queue.
#[derive(Debug, Clone)]
pub(crate) struct DeadLetter {
    pub(crate) body: String,
    /// The keys that it names, if it can be parsed.
    pub(crate) keys: Vec<String>,
    /// Why it was rejected; `None` when SQS moved it here.
    pub(crate) reason: Option<String>,
    /// The `ETag` of the rejected source, if the message has one.
    pub(crate) etag: Option<String>,
}

/// Waits for quiet and sends good messages back, again and again, until only bad ones are left.
/// Those are then in `findings`.
pub(crate) async fn settle(
    aws: &LocalAws,
    fleet: &Fleet,
    ledger: &Ledger,
    counts: &Counts,
    findings: &mut Findings,
) -> Result<(), Failure> {
    for round in 0..=REDRIVES {
        if let Some(left) = wait_for_quiet(aws, fleet).await? {
            let expected = "an empty queue".to_owned();
            findings.add(What::Left, "the main queue", expected, left);
            return Ok(());
        }
        let mut returned = 0;
        for message in post::take(aws, &aws.dead_letters).await? {
            let letter = read(&message);
            if round < REDRIVES && is_sound(&letter, ledger) {
                post::send(aws, &[(letter.body.clone(), 0)]).await?;
                ledger.pages().sent_back.extend(letter.keys);
                returned += 1;
            } else {
                findings.dead_letters.push(letter);
            }
        }
        if returned == 0 {
            return Ok(());
        }
        counts.add_many("letters", "failed too often, sent back", returned);
    }
    Ok(())
}

/// Whether nobody rejected it, and another try may succeed.
fn is_sound(letter: &DeadLetter, ledger: &Ledger) -> bool {
    let pages = ledger.pages();
    letter.reason.is_none()
        && !pages.poison.contains(&letter.body)
        && !letter.keys.iter().any(|key| pages.was_closed(key, None))
}

/// Waits for quiet. If it does not come, returns a description of what is left.
async fn wait_for_quiet(aws: &LocalAws, fleet: &Fleet) -> Result<Option<String>, Failure> {
    let began = Instant::now();
    let mut quiet_since = None;
    loop {
        let [intake, main] = [aws.messages(&aws.intake).await?, aws.messages(&aws.main).await?];
        if intake == [0; 3] && main == [0; 3] && fleet.is_idle() {
            let since = *quiet_since.get_or_insert_with(Instant::now);
            if since.elapsed() > QUIET {
                return Ok(None);
            }
        } else {
            quiet_since = None;
        }
        if began.elapsed() > PATIENCE {
            let [visible, in_flight, held_back] = main;
            return Ok(Some(format!(
                "{visible} messages visible, {in_flight} in flight, {held_back} delayed, and {} in \
                 the intake, after {} s",
                intake.iter().sum::<u64>(),
                PATIENCE.as_secs(),
            )));
        }
        sleep(Duration::from_millis(250)).await;
    }
}

fn read(message: &Message) -> DeadLetter {
    let attribute =
        |name: &str| message.message_attributes.as_ref()?.get(name)?.string_value.clone();
    let body = message.body.clone().unwrap_or_default();
    let objects = notification::parse(&body).look.into_iter().map(|mention| mention.object);
    let keys: BTreeSet<String> =
        objects.filter(|object| object.bucket == BUCKET).map(|object| object.key).collect();
    DeadLetter {
        body,
        keys: keys.into_iter().collect(),
        reason: attribute("reason"),
        etag: attribute("etag"),
    }
}
