//! Uploads the pictures, several at a time, as any client of S3 would. `feed` announces them later.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::{StreamExt as _, stream};

use crate::folder::{Picture, Source};
use crate::upload::{Outcome, Upload};
use crate::{BUCKET, text};

/// How many uploads are under way at once.
const AT_ONCE: usize = 8;

/// What became of the uploads.
pub(crate) struct Uploaded {
    /// What is in the bucket now.
    pub(crate) done: Vec<Announced>,
    /// What is not, and why.
    pub(crate) failed: Vec<Upload>,
}

/// A picture in the bucket.
pub(crate) struct Announced {
    pub(crate) key: String,
    pub(crate) bytes: u64,
}

pub(crate) async fn upload(client: &Client, pictures: Vec<Picture>) -> Uploaded {
    let bar = text::progress("Uploading", pictures.len());
    let uploads = pictures.into_iter().map(|picture| async {
        let key = picture.key.clone();
        let put = put(client, picture).await;
        bar.inc(1);
        (key, put)
    });
    // In order, so that the events are the same each time.
    let ended: Vec<_> = stream::iter(uploads).buffered(AT_ONCE).collect().await;
    bar.finish_and_clear();
    let mut uploaded = Uploaded { done: Vec::new(), failed: Vec::new() };
    for (key, put) in ended {
        match put {
            Ok(bytes) => uploaded.done.push(Announced { key, bytes }),
            Err(reason) => {
                uploaded.failed.push(Upload::not_made(key, Outcome::Failed, &reason));
            }
        }
    }
    uploaded
}

/// Uploads a picture. Returns how many bytes it has, or why it failed.
async fn put(client: &Client, picture: Picture) -> Result<u64, String> {
    let (bytes, body) = match picture.source {
        Source::Drawn(bytes) => (bytes.len() as u64, ByteStream::from(bytes)),
        Source::File(path) => {
            let unreadable = |error: &dyn std::fmt::Display| format!("cannot be read: {error}");
            let about = tokio::fs::metadata(&path).await.map_err(|error| unreadable(&error))?;
            let body = ByteStream::from_path(&path).await.map_err(|error| unreadable(&error))?;
            (about.len(), body)
        }
    };
    let put = client
        .put_object()
        .bucket(BUCKET)
        .key(picture.key)
        .content_type(picture.content_type)
        .body(body);
    let sent = put.send().await;
    sent.map_err(|error| format!("cannot be uploaded: {}", DisplayErrorContext(error)))?;
    Ok(bytes)
}
