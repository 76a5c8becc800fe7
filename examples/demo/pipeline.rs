//! Takes one picture through the service: uploads it to the S3 in this process, hands its event to
//! the function's own batch handler, and returns what became of it. Knows nothing of HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lambda_events::event::sqs::SqsEvent;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use hyper::body::Bytes;
use s3_thumbnailer::batch;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::engine::Engine;
use s3_thumbnailer::queue::NoQueue;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::Service;
use s3_thumbnailer::store::s3::S3Store;
use serde::Serialize;
use support::events;
use support::s3::EmbeddedS3;
use tempfile::TempDir;

use crate::ledger::Ledger;
use crate::placeholders::Placeholders;
use crate::upload::{Outcome, Upload};
use crate::{BUCKET, Failure, SOURCE_PREFIX, THUMBNAIL_PREFIX, words};

/// The longest extension of a name that is kept.
const LONGEST_EXTENSION: usize = 8;

/// What the page is told of an upload.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    upload: Upload,
    /// The reason in plainer words, if there are any.
    plain: Option<&'static str>,
    /// What to show while the thumbnail loads, if its metadata has that.
    placeholders: Option<Placeholders>,
}

/// A thumbnail as it lies in the bucket.
pub(crate) struct Thumbnail {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: String,
}

/// The S3 and the function. When this is dropped, both end and the bucket's contents are deleted.
pub(crate) struct Pipeline {
    client: Client,
    service: Service<S3Store, Engine, NoQueue, Ledger>,
    ledger: Ledger,
    uploads: AtomicU64,
    _s3: EmbeddedS3,
    _directory: TempDir,
}

impl Pipeline {
    pub(crate) async fn start(config: Config) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let s3 = EmbeddedS3::start(directory.path()).await?;
        let client = s3.client();
        client.create_bucket().bucket(BUCKET).send().await?;
        let ledger = Ledger::default();
        let concurrency = config.concurrency.get();
        let reconciler =
            Reconciler::new(S3Store::new(client.clone()), config.engine(), config.policy);
        let service = Service::new(reconciler, NoQueue, ledger.clone(), concurrency);
        let uploads = AtomicU64::new(0);
        Ok(Self { client, service, ledger, uploads, _s3: s3, _directory: directory })
    }

    /// Processes a picture. Only the extension of its name goes into its key.
    pub(crate) async fn take(
        &self,
        name: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<Answer, Failure> {
        let number = self.uploads.fetch_add(1, Ordering::Relaxed) + 1;
        let key = format!("{SOURCE_PREFIX}{number}{}", extension(name));
        let length = bytes.len() as u64;
        let put = self.client.put_object().bucket(BUCKET).key(&key).content_type(content_type);
        if let Err(error) = put.body(ByteStream::from(bytes)).send().await {
            let reason = format!("cannot be uploaded: {}", DisplayErrorContext(error));
            let upload = Upload::not_made(key, Outcome::Failed, &reason);
            return Ok(Answer { upload, plain: None, placeholders: None });
        }
        for event in events::batches(BUCKET, &[&key]) {
            let event: SqsEvent = serde_json::from_value(event)?;
            batch::handle(&self.service, event, None).await?;
        }
        let upload = self.ledger.take(key, length);
        let plain = words::plain(upload.outcome, upload.code);
        let placeholders = self.placeholders(&upload).await?;
        Ok(Answer { upload, plain, placeholders })
    }

    /// The placeholders in the first thumbnail's metadata.
    async fn placeholders(&self, upload: &Upload) -> Result<Option<Placeholders>, Failure> {
        let Some(thumbnail) = upload.thumbnails.first() else { return Ok(None) };
        let head = self.client.head_object().bucket(BUCKET).key(&thumbnail.key).send().await?;
        let size = (thumbnail.width, thumbnail.height);
        Ok(head.metadata.and_then(|metadata| Placeholders::read(&metadata, size)))
    }

    /// The thumbnail at `key`; `None` when there is none.
    pub(crate) async fn thumbnail(&self, key: &str) -> Result<Option<Thumbnail>, Failure> {
        if !key.starts_with(THUMBNAIL_PREFIX) {
            return Ok(None);
        }
        match self.client.get_object().bucket(BUCKET).key(key).send().await {
            Ok(found) => Ok(Some(Thumbnail {
                content_type: found.content_type.unwrap_or_default(),
                bytes: found.body.collect().await?.to_vec(),
            })),
            Err(error) => match error.into_service_error() {
                error if error.is_no_such_key() => Ok(None),
                error => Err(error.into()),
            },
        }
    }
}

/// The extension of `name` with its dot; empty if it has none, or one that is not plain.
fn extension(name: &str) -> String {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (1..=LONGEST_EXTENSION).contains(&extension.len());
    if is_plain { format!(".{extension}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_extension_is_kept_of_a_name() {
        let cases = [("a.jpg", ".jpg"), ("a.b.TIFF", ".TIFF"), ("a", ""), ("a.", "")];
        let hostile =
            [("../../etc/x./y", ""), ("a.j<pg", ""), ("a.jpg\0", ""), ("a.ninechars", "")];
        for (name, kept) in cases.into_iter().chain(hostile) {
            assert_eq!(extension(name), kept, "{name}");
        }
    }
}
