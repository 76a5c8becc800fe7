//! Announces the uploads to the function's own batch handler, as SQS and Lambda would: in events of
//! ten messages, two events at a time. It records what the handler reports for each upload.

use aws_lambda_events::event::sqs::SqsEvent;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indicatif::ProgressBar;
use s3_thumbnailer::batch;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::queue::NoQueue;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service};
use s3_thumbnailer::store::s3::S3Store;
use support::events;

use crate::ledger::Ledger;
use crate::upload::Upload;
use crate::uploads::Announced;
use crate::{BUCKET, Failure, text};

/// How many batches are under way at once, as with a mapping of `MaximumConcurrency` 2.
const BATCHES: usize = 2;

/// Feeds every upload to the handler, and returns what became of each, in order.
pub(crate) async fn feed(
    config: Config,
    client: aws_sdk_s3::Client,
    uploads: Vec<Announced>,
) -> Result<Vec<Upload>, Failure> {
    let bar = text::progress("Making thumbnails", uploads.len());
    let heard = Heard { ledger: Ledger::default(), bar };
    let concurrency = config.concurrency.get();
    let reconciler = Reconciler::new(S3Store::new(client), config.engine(), config.policy);
    let service = Service::new(reconciler, NoQueue, heard.clone(), concurrency);
    let keys: Vec<&str> = uploads.iter().map(|upload| upload.key.as_str()).collect();
    stream::iter(events::batches(BUCKET, &keys))
        .map(|event| async {
            let event: SqsEvent = serde_json::from_value(event)?;
            batch::handle(&service, event, None).await?;
            Ok::<(), Failure>(())
        })
        .buffer_unordered(BATCHES)
        .try_collect::<()>()
        .await?;
    heard.bar.finish_and_clear();
    let reported = uploads.into_iter().map(|upload| heard.ledger.take(upload.key, upload.bytes));
    Ok(reported.collect())
}

/// Records what the handler reports, and shows its progress. Clones share it.
#[derive(Clone)]
struct Heard {
    ledger: Ledger,
    bar: ProgressBar,
}

impl Observer for Heard {
    fn key_finished(&self, report: &KeyReport<'_>) {
        self.ledger.key_finished(report);
        self.bar.inc(1);
    }
}
