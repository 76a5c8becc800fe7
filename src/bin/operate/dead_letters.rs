//! The dead-letter queue: what is in it and why, and sending it back.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::queue::fifo::is_fifo;

use crate::{Failure, table};

/// How many seconds a message that was read stays invisible to others. It stays in the queue.
const OUT_OF_SIGHT: i32 = 60;

/// A message in the dead-letter queue.
#[derive(Debug, Clone)]
pub(crate) struct DeadLetter {
    pub(crate) id: String,
    pub(crate) body: String,
    receipt: String,
    pub(crate) reason: String,
    pub(crate) key: String,
    pub(crate) detail: String,
}

impl DeadLetter {
    pub(crate) fn of(message: Message) -> Option<Self> {
        let mut attributes = message.message_attributes.unwrap_or_default();
        let mut text = |name: &str| {
            let value = attributes.remove(name).and_then(|value| value.string_value);
            value.unwrap_or_default()
        };
        let (reason, detail) = match (text("reason"), text("ERROR_CODE")) {
            // SQS itself moved it, after its last delivery, and gives no reason.
            (reason, code) if reason.is_empty() && code.is_empty() => {
                ("gave up after its last delivery".to_owned(), String::new())
            }
            // Amazon EventBridge User Guide, "Using dead-letter queues to process undelivered events".
            (reason, code) if reason.is_empty() => {
                (format!("not delivered by EventBridge: {code}"), text("ERROR_MESSAGE"))
            }
            (reason, _) => (reason, text("detail")),
        };
        Some(Self {
            id: message.message_id?,
            body: message.body.unwrap_or_default(),
            receipt: message.receipt_handle?,
            reason,
            key: text("key"),
            detail,
        })
    }
}

/// Reads every visible message, and makes all of them visible again at once.
pub(crate) async fn read(sqs: &Client, config: &Config) -> Result<Vec<DeadLetter>, Failure> {
    let letters = take(sqs, config).await?;
    for letter in &letters {
        give_back(sqs, config, letter).await?;
    }
    Ok(letters)
}

/// Reads every visible message, and leaves them invisible to others.
async fn take(sqs: &Client, config: &Config) -> Result<Vec<DeadLetter>, Failure> {
    let mut letters = Vec::new();
    let mut seen = HashSet::new();
    loop {
        let batch = receive(sqs, config).await?;
        // A message that comes again was invisible for a while: all others were read meanwhile.
        let new: Vec<DeadLetter> =
            batch.into_iter().filter(|letter| seen.insert(letter.id.clone())).collect();
        if new.is_empty() {
            return Ok(letters);
        }
        letters.extend(new);
    }
}

/// Makes a message visible again.
async fn give_back(sqs: &Client, config: &Config, letter: &DeadLetter) -> Result<(), Failure> {
    let call = sqs.change_message_visibility().queue_url(dead_letter_queue(config)?);
    call.receipt_handle(&letter.receipt).visibility_timeout(0).send().await?;
    Ok(())
}

fn dead_letter_queue(config: &Config) -> Result<&str, Failure> {
    let url = config.dead_letter_queue_url.as_deref();
    url.ok_or_else(|| "DEAD_LETTER_QUEUE_URL is not set".into())
}

async fn receive(sqs: &Client, config: &Config) -> Result<Vec<DeadLetter>, Failure> {
    let call = sqs
        .receive_message()
        .queue_url(dead_letter_queue(config)?)
        .max_number_of_messages(10)
        .visibility_timeout(OUT_OF_SIGHT)
        .wait_time_seconds(1)
        .message_attribute_names("All");
    let messages = call.send().await?.messages.unwrap_or_default();
    Ok(messages.into_iter().filter_map(DeadLetter::of).collect())
}

/// Sends messages back to the queue, unchanged, and deletes them from the dead-letter queue.
pub(crate) async fn redrive(
    sqs: &Client,
    config: &Config,
    reason: Option<&str>,
) -> Result<usize, Failure> {
    let from = dead_letter_queue(config)?;
    let to = config.queue_url.as_deref().ok_or("QUEUE_URL is not set")?;
    let mut sent = 0;
    for letter in take(sqs, config).await? {
        if reason.is_some_and(|reason| reason != letter.reason) {
            give_back(sqs, config, &letter).await?;
            continue;
        }
        // Sent before deleted: sending twice does no harm, losing a message does.
        let mut call = sqs.send_message().queue_url(to).message_body(&letter.body);
        if is_fifo(to) {
            call = call.message_group_id(&letter.id).message_deduplication_id(&letter.id);
        }
        call.send().await?;
        sqs.delete_message().queue_url(from).receipt_handle(&letter.receipt).send().await?;
        sent += 1;
    }
    Ok(sent)
}

/// A row for each reason, the most frequent first: the number of messages, and one of them.
pub(crate) fn by_reason(letters: &[DeadLetter]) -> Vec<Vec<String>> {
    let mut reasons: BTreeMap<&str, Vec<&DeadLetter>> = BTreeMap::new();
    for letter in letters {
        reasons.entry(&letter.reason).or_default().push(letter);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, letters)| std::cmp::Reverse(letters.len()));
    let row = |(reason, letters): (&str, Vec<&DeadLetter>)| {
        let one = letters.first();
        let [key, detail] = [one.map(|one| &one.key), one.map(|one| &one.detail)];
        let plain = |text: Option<&String>| {
            text.map(|text| text.escape_debug().to_string()).unwrap_or_default()
        };
        vec![
            letters.len().to_string(),
            reason.escape_debug().to_string(),
            plain(key),
            plain(detail),
        ]
    };
    reasons.into_iter().map(row).collect()
}

pub(crate) fn print(letters: &[DeadLetter]) {
    if letters.is_empty() {
        println!("The dead-letter queue is empty.");
        return;
    }
    let titles = ["messages", "reason", "for example", "what was wrong with it"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    rows.extend(by_reason(letters));
    println!("{}", table::aligned(&rows));
}
