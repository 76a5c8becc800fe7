//! How long a whole batch takes as S3 becomes slower, compared with two bounds: its work alone,
//! which is the same batch with an S3 that answers at once, and the sum of one key's waits for S3.
//!
//! No order of the work is faster than both bounds together: no picture can be decoded before its
//! body has arrived, after the same waits for all, and the last one decoded must still wait until
//! its thumbnail is stored. If one bound is small, the batch takes as long as the other. The S3 is
//! in this process and shares its processors; what it does counts as work.
//!
//! `batch [PICTURES]`: how many pictures of 12 megapixels, 10 by default. Writes
//! `target/bench/batch.json`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads and starts things"
)]
#![allow(clippy::print_stdout, reason = "a command prints")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use pictures::photo_jpeg;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::queue::{Message, NoQueue};
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service, Verdict};
use s3_thumbnailer::store::s3::S3Store;
use serde_json::json;
use support::s3::{EmbeddedS3, Fault, Matching, Times};

/// Hears nothing.
struct Deaf;

impl Observer for Deaf {
    fn key_finished(&self, _: &KeyReport<'_>) {}
}

/// How long S3 takes to answer, in milliseconds.
const LATENCIES: [u64; 5] = [3, 10, 30, 100, 300];

/// How many requests of a key wait for each other: the picture and its thumbnail are read at the
/// same time, then the thumbnail is written, and then the picture is read again.
const IN_A_ROW: u32 = 3;

/// How often each is tried; the median counts.
const TIMES: usize = 7;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let count: u64 = words.first().map_or(Ok(10), |word| word.parse())?;
    let folder = tempfile::tempdir()?;
    let s3 = EmbeddedS3::start(folder.path()).await?;
    s3.client().create_bucket().bucket("pictures").send().await?;
    let photo = photo_jpeg(4032, 3024, 1);
    let keys: Vec<String> = (0..count).map(|number| format!("images/{number}.jpg")).collect();
    for key in &keys {
        let body = ByteStream::from(photo.clone());
        s3.client().put_object().bucket("pictures").key(key).body(body).send().await?;
    }
    // The first batch opens connections.
    batch(&s3, &keys).await?;
    let (work, requests) = median(&s3, &keys).await?;
    println!("{count} photographs of 12 megapixels: {work:.1?} of work, {requests} requests each");
    println!("{:>10}{:>10}{:>10}{:>8}{:>8}", "S3 answers", "waits", "batch", "/larger", "/both");
    let mut figures = Vec::new();
    for milliseconds in LATENCIES {
        let latency = Duration::from_millis(milliseconds);
        s3.faults().clear();
        s3.faults().inject(Matching::under("pictures", ""), Fault::Delay(latency), Times::Always);
        let (wall, _) = median(&s3, &keys).await?;
        let waits = latency * IN_A_ROW;
        let over = |least: Duration| wall.as_secs_f64() / least.as_secs_f64();
        let (larger, both) = (over(waits.max(work)), over(waits + work));
        println!(
            "{:>10}{:>10}{:>10}{larger:>8.2}{both:>8.2}",
            format!("{latency:.0?}"),
            format!("{waits:.0?}"),
            format!("{wall:.0?}")
        );
        figures.push(json!({"latency_ms": milliseconds, "waits_ms": waits.as_secs_f64() * 1000.0,
            "work_ms": work.as_secs_f64() * 1000.0, "wall_ms": wall.as_secs_f64() * 1000.0}));
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&target)?;
    fs::write(target.join("batch.json"), serde_json::to_string_pretty(&figures)?)?;
    Ok(())
}

/// The median of several batches, and requests for each key.
async fn median(s3: &EmbeddedS3, keys: &[String]) -> Result<(Duration, usize), Box<dyn Error>> {
    let mut walls = Vec::new();
    let mut requests = 0;
    for _ in 0..TIMES {
        let (wall, made) = batch(s3, keys).await?;
        walls.push(wall);
        requests = made / keys.len();
    }
    walls.sort();
    Ok((walls.get(TIMES / 2).copied().unwrap_or_default(), requests))
}

/// Makes the thumbnails of all keys; none exist yet.
async fn batch(s3: &EmbeddedS3, keys: &[String]) -> Result<(Duration, usize), Box<dyn Error>> {
    for key in keys {
        let key = key.replace("images/", "thumbnails/");
        s3.client().delete_object().bucket("pictures").key(key).send().await?;
    }
    let config = Config::from_lookup(|_| None)?;
    let concurrency = config.concurrency.get();
    let reconciler = Reconciler::new(S3Store::new(s3.client()), config.engine(), config.policy);
    let service = Service::new(reconciler, NoQueue, Deaf, concurrency);
    let before = s3.faults().seen().len();
    let messages: Vec<Message> = keys.iter().map(|key| message(key)).collect();
    let started = Instant::now();
    let verdicts = service.process(&messages, None).await;
    let wall = started.elapsed();
    if verdicts.iter().any(|verdict| *verdict != Verdict::Done) {
        return Err("a message failed".into());
    }
    Ok((wall, s3.faults().seen().len() - before))
}

fn message(key: &str) -> Message {
    let record = json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "pictures"}, "object": {"key": key}}});
    Message {
        id: key.to_owned(),
        body: json!({"Records": [record]}).to_string(),
        receipt_handle: String::new(),
        receive_count: 1,
        group: None,
        trace_header: None,
    }
}
