//! Announces the uploads to the function's own batch handler, as SQS and Lambda would: in events of
//! ten messages, two of them under way at once. It notes what the handler says became of each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lambda_events::event::sqs::SqsEvent;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::ProgressBar;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::queue::NoQueue;
use s3_thumbnailer::service::{KeyReport, Observer, Service};
use s3_thumbnailer::store::s3::S3Store;
use support::events;

use crate::report::{Outcome, Upload};
use crate::uploads::Announced;
use crate::{BUCKET, Failure, text};

/// How many batches are under way at once, as with a mapping of `MaximumConcurrency` 2.
const BATCHES: usize = 2;

/// Feeds every upload to the handler and says what became of each, in their order.
pub(crate) async fn feed(
    config: Config,
    client: aws_sdk_s3::Client,
    uploads: Vec<Announced>,
) -> Result<Vec<Upload>, Failure> {
    let notes =
        Notes { bar: text::progress("Making thumbnails", uploads.len()), ended: Arc::default() };
    let service = Service::new(config, S3Store::new(client), NoQueue, notes.clone());
    let keys: Vec<&str> = uploads.iter().map(|upload| upload.key.as_str()).collect();
    stream::iter(events::batches(BUCKET, &keys))
        .map(|event| async {
            let event: SqsEvent = serde_json::from_value(event)?;
            service.handle(event, None).await?;
            Ok::<(), Failure>(())
        })
        .buffer_unordered(BATCHES)
        .try_collect::<()>()
        .await?;
    notes.bar.finish_and_clear();
    let mut ended = notes.ended.lock().unwrap_or_else(PoisonError::into_inner);
    let reported = uploads.into_iter().map(|upload| {
        let unheard = "the function never said what became of it";
        let report = ended.remove(&upload.key);
        let report =
            report.unwrap_or_else(|| Upload::not_made(upload.key, Outcome::Failed, unheard));
        Upload { bytes: upload.bytes, ..report }
    });
    Ok(reported.collect())
}

/// What the handler said, by key. Clones share it.
#[derive(Clone)]
struct Notes {
    bar: ProgressBar,
    ended: Arc<Mutex<HashMap<String, Upload>>>,
}

impl Observer for Notes {
    fn key_finished(&self, report: &KeyReport<'_>) {
        let upload = Upload::ended(report);
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.insert(upload.key.clone(), upload);
        self.bar.inc(1);
    }
}
