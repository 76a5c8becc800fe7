//! How long a whole batch takes, against what it must take at least: its work over the processors, or
//! one key's longest chain of waits for S3, whichever is more. The S3 is on this machine, and answers
//! every request after a set time.
//!
//! `batch [MILLISECONDS [PICTURES]]`: S3's latency, 30 by default, and how many pictures, 10 by default.
#![allow(clippy::print_stdout, reason = "a command prints")]

use std::error::Error;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::queue::{Message, NoQueue};
use s3_thumbnailer::service::{KeyReport, Observer, Service, Verdict};
use s3_thumbnailer::store::s3::S3Store;
use s3_thumbnailer::thumbnail::{Limits, Output, Recipe, render};
use serde_json::json;
use support::pictures::photo_jpeg;
use support::s3::{EmbeddedS3, Fault, Matching, Times};

/// Hears nothing.
struct Deaf;

impl Observer for Deaf {
    fn key_finished(&self, _: &KeyReport<'_>) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |place: usize, default: u64| match words.get(place) {
        Some(word) => word.parse(),
        None => Ok(default),
    };
    let (latency, count) = (Duration::from_millis(number(0, 30)?), number(1, 10)?);
    let folder = tempfile::tempdir()?;
    let s3 = EmbeddedS3::start(folder.path()).await?;
    s3.client().create_bucket().bucket("pictures").send().await?;
    let photo = photo_jpeg(4032, 3024, 1);
    let keys: Vec<String> = (0..count).map(|number| format!("images/{number}.jpg")).collect();
    for key in &keys {
        let body = ByteStream::from(photo.clone());
        s3.client().put_object().bucket("pictures").key(key).body(body).send().await?;
    }

    let recipe = Recipe { outputs: vec![Output::inside(256, 256)], placeholders: false };
    let limits = Limits { max_pixels: 1 << 30 };
    let started = Instant::now();
    for _ in &keys {
        render(&photo, &recipe, &limits)?;
    }
    let work = started.elapsed();

    s3.faults().inject(Matching::under("pictures", ""), Fault::Delay(latency), Times::Always);
    let config = Config::from_lookup(|_| None)?;
    let service = Service::new(config, S3Store::new(s3.client()), NoQueue, Deaf);
    let before = s3.faults().seen().len();
    let messages: Vec<Message> = keys.iter().map(|key| message(key)).collect();
    let started = Instant::now();
    let verdicts = service.process(&messages, None).await;
    let wall = started.elapsed();
    if verdicts.iter().any(|verdict| *verdict != Verdict::Done) {
        return Err("a message failed".into());
    }
    let requests = s3.faults().seen().len() - before;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = work / u32::try_from(threads)?;
    let waits = latency * u32::try_from(requests / keys.len())?;
    let least = work.max(waits);
    println!("{count} photographs of 12 megapixels, S3 answering after {latency:?}:");
    println!("  work over {threads} processors  {work:>10.1?}");
    println!("  waits for S3 in a row   {waits:>10.1?}  ({} requests)", requests / keys.len());
    let over = (wall.as_secs_f64() / least.as_secs_f64() - 1.0) * 100.0;
    println!(
        "  the batch               {wall:>10.1?}  ({over:.0} % more than the larger of these)"
    );
    Ok(())
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
    }
}
