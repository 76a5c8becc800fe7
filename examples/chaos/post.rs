//! Carries the bucket's messages from the intake to the main queue, as unreliably as SQS may be at
//! its worst: some arrive twice or more, some late, none in order. None is lost: each is deleted
//! from the intake only once it is in the main queue.

use std::time::Duration;

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, SendMessageBatchRequestEntry};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Failure;
use crate::counts::Counts;
use crate::local_aws::LocalAws;

/// The most that one SQS call takes.
const BATCH: usize = 10;

/// A running post. It closes when this value is dropped.
#[derive(Debug)]
pub(crate) struct Post {
    work: JoinHandle<()>,
}

impl Post {
    pub(crate) fn open(aws: LocalAws, seed: u64, counts: Counts) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0x0007_0057);
        let work = tokio::spawn(async move {
            loop {
                if let Err(error) = carry(&aws, &mut rng, &counts).await {
                    counts.add("harness", &format!("post: {error}"));
                    sleep(Duration::from_millis(200)).await;
                }
            }
        });
        Self { work }
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.work.abort();
    }
}

async fn carry(aws: &LocalAws, rng: &mut fastrand::Rng, counts: &Counts) -> Result<(), Failure> {
    let request = aws.sqs.receive_message().queue_url(&aws.intake);
    let request = request.max_number_of_messages(10).wait_time_seconds(2).visibility_timeout(30);
    let messages = request.send().await?.messages.unwrap_or_default();
    if messages.is_empty() {
        return Ok(());
    }
    let mut copies: Vec<(String, u64)> = Vec::new();
    for message in &messages {
        let body = message.body.clone().unwrap_or_default();
        let delay = if rng.u8(0..100) < 10 { rng.u64(1..8) } else { 0 };
        if delay > 0 {
            counts.add("letters", "delayed");
        }
        copies.push((body.clone(), delay));
        let more = if rng.u8(0..100) < 10 { rng.usize(1..4) } else { 0 };
        counts.add_many("letters", "duplicated", more);
        copies.extend((0..more).map(|_| (body.clone(), rng.u64(0..10))));
    }
    rng.shuffle(&mut copies);
    for batch in copies.chunks(BATCH) {
        send(aws, batch).await?;
    }
    delete(aws, &aws.intake, &messages).await
}

/// Sends bodies to the main queue, each with its delay in seconds.
pub(crate) async fn send(aws: &LocalAws, bodies: &[(String, u64)]) -> Result<(), Failure> {
    let mut request = aws.sqs.send_message_batch().queue_url(&aws.main);
    for (id, (body, delay)) in bodies.iter().enumerate() {
        let entry = SendMessageBatchRequestEntry::builder()
            .id(id.to_string())
            .message_body(body)
            .delay_seconds(i32::try_from(*delay)?)
            .build()?;
        request = request.entries(entry);
    }
    let failed = request.send().await?.failed;
    if failed.is_empty() { Ok(()) } else { Err(format!("not sent: {failed:?}").into()) }
}

/// Takes everything out of `queue`.
pub(crate) async fn take(aws: &LocalAws, queue: &str) -> Result<Vec<Message>, Failure> {
    let mut all = Vec::new();
    loop {
        let request = aws.sqs.receive_message().queue_url(queue);
        let request = request.max_number_of_messages(10).message_attribute_names("All");
        let messages = request.send().await?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(all);
        }
        delete(aws, queue, &messages).await?;
        all.extend(messages);
    }
}

/// Deletes messages that were received from `queue`, at most ten.
pub(crate) async fn delete<'a>(
    aws: &LocalAws,
    queue: &str,
    messages: impl IntoIterator<Item = &'a Message>,
) -> Result<(), Failure> {
    let mut request = aws.sqs.delete_message_batch().queue_url(queue);
    let mut any = false;
    for (id, message) in messages.into_iter().enumerate() {
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id(id.to_string())
            .receipt_handle(message.receipt_handle.as_deref().unwrap_or_default())
            .build()?;
        request = request.entries(entry);
        any = true;
    }
    if any {
        // Deleting fails for a message that somebody else has received meanwhile; it comes again.
        request.send().await?;
    }
    Ok(())
}
