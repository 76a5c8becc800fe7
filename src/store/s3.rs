//! S3, or a server that speaks like it, through the AWS SDK. Only this file of the library names
//! that SDK. It translates calls and errors. The SDK retries within a call; [`crate::reconcile`]
//! decides what to do about a failure.

#![expect(clippy::disallowed_types, reason = "the AWS client stays in here")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ObjectCannedAcl, ServerSideEncryption, StorageClass};
use bytes::Bytes;
use md5::{Digest as _, Md5};
use tracing::warn;

pub mod listing;

use super::{
    Announced, Body, Head, ObjectSettings, Opened, Operation, Seen, Store, StoreError,
    StoreErrorKind, Upload,
};
use crate::aws;
use crate::object::ObjectRef;

mod announced;
mod error;
mod unanswered;

use error::{absent_or_failed, failed, is_checksum_mismatch, knows_no_conditions, status};
use unanswered::Unanswered;

/// How long an answer may take to begin, before the attempt is given up.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// S3 through the AWS SDK. Cheap to clone; built once and used for every event.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
    /// Whether the server has refused a write for its condition. Not every server knows them.
    unconditional: Arc<AtomicBool>,
    settings: Arc<ObjectSettings>,
}

impl S3Store {
    /// A store that uses `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, settings: Arc::default(), unconditional: Arc::default() }
    }

    /// The same store, which writes objects with `settings`.
    #[must_use]
    pub fn with_settings(self, settings: ObjectSettings) -> Self {
        Self { settings: Arc::new(settings), ..self }
    }

    /// A store with the settings that AWS SDKs share (region, credentials, profile, endpoint). Reads
    /// nothing from S3. `path_style` puts the bucket in the path rather than in the host name, as
    /// most servers that are not AWS need.
    pub async fn connect(path_style: bool) -> Self {
        let timeouts = aws::timeouts().read_timeout(READ_TIMEOUT).build();
        let shared = aws::settings().timeout_config(timeouts).load().await;
        let mut config = aws_sdk_s3::config::Builder::from(&shared);
        config.set_force_path_style(path_style.then_some(true));
        Self::new(Client::from_conf(config.build()))
    }
}

impl Store for S3Store {
    type Body = S3Body;

    async fn get(&self, object: &ObjectRef) -> Result<Option<Opened<S3Body>>, StoreError> {
        let request = self.client.get_object().bucket(&object.bucket).key(&object.key);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return absent_or_failed(Operation::Get, object, error),
        };
        let plain =
            matches!(answer.server_side_encryption, None | Some(ServerSideEncryption::Aes256));
        // The SDK checks these itself, if they are of the whole object.
        let checked = answer.checksum_crc32.is_some()
            || answer.checksum_crc32_c.is_some()
            || answer.checksum_crc64_nvme.is_some()
            || answer.checksum_sha1.is_some()
            || answer.checksum_sha256.is_some();
        let head = Head {
            etag: etag(Operation::Get, object, answer.e_tag)?,
            version: answer.version_id,
            content_length: length(answer.content_length),
            content_type: answer.content_type,
            metadata: answer.metadata.unwrap_or_default(),
        };
        let expected = (plain && !checked).then(|| md5_in(&head.etag)).flatten();
        let body = S3Body {
            stream: answer.body,
            object: object.clone(),
            md5: expected.map(|expected| (Md5::new(), expected)),
        };
        Ok(Some(Opened { head, body }))
    }

    async fn head(&self, object: &ObjectRef) -> Result<Option<Head>, StoreError> {
        let request = self.client.head_object().bucket(&object.bucket).key(&object.key);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return absent_or_failed(Operation::Head, object, error),
        };
        Ok(Some(Head {
            etag: etag(Operation::Head, object, answer.e_tag)?,
            version: answer.version_id,
            content_length: length(answer.content_length),
            content_type: answer.content_type,
            metadata: answer.metadata.unwrap_or_default(),
        }))
    }

    async fn first_bytes(
        &self,
        object: &ObjectRef,
        etag: &str,
        count: usize,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let request = self.client.get_object().bucket(&object.bucket).key(&object.key);
        let request = request.range(format!("bytes=0-{}", count.saturating_sub(1)));
        let mut answer = match request.if_match(quoted(etag)).send().await {
            Ok(answer) => answer,
            Err(error) if status(&error) == Some(412) => return Ok(None),
            Err(error) => return absent_or_failed(Operation::Get, object, error),
        };
        let mut bytes = Vec::new();
        // A server that knows no ranges sends everything.
        while bytes.len() < count
            && let Some(chunk) =
                answer.body.try_next().await.map_err(|error| broken(object, error.into()))?
        {
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(count);
        Ok(Some(bytes))
    }

    async fn put(
        &self,
        object: &ObjectRef,
        upload: Upload,
        seen: Seen<'_>,
    ) -> Result<(), StoreError> {
        let (bytes, unanswered) = (Bytes::from(upload.bytes), Unanswered::default());
        let ObjectSettings { encryption, kms_key, storage_class, tags, acl } = &*self.settings;
        let call = |conditional: bool| {
            let request = self
                .client
                .put_object()
                .bucket(&object.bucket)
                .key(&object.key)
                .content_type(upload.content_type)
                .cache_control(&upload.cache_control)
                .set_metadata(Some(upload.metadata.clone()))
                .set_server_side_encryption(encryption.map(ServerSideEncryption::from))
                .set_ssekms_key_id(kms_key.clone())
                .set_storage_class(storage_class.map(StorageClass::from))
                .set_tagging(tags.clone())
                .set_acl(acl.map(ObjectCannedAcl::from))
                .body(ByteStream::from(bytes.clone()));
            let request = match seen {
                _ if !conditional => request,
                Seen::Nothing => request.if_none_match("*"),
                Seen::ETag(etag) => request.if_match(quoted(etag)),
            };
            request.customize().interceptor(unanswered.clone()).send()
        };
        let result = self
            .conditionally(call)
            .await
            .map(|_| ())
            .map_err(|error| failed(Operation::Put, object, error));
        unanswered.settle(Operation::Put, object, result)
    }

    async fn delete(&self, object: &ObjectRef, etag: &str) -> Result<(), StoreError> {
        let unanswered = Unanswered::default();
        let call = |conditional: bool| {
            let request = self.client.delete_object().bucket(&object.bucket).key(&object.key);
            let request = request.set_if_match(conditional.then(|| quoted(etag)));
            request.customize().interceptor(unanswered.clone()).send()
        };
        let result = match self.conditionally(call).await {
            Ok(_) => Ok(()),
            Err(error) => {
                absent_or_failed(Operation::Delete, object, error).map(|_: Option<()>| ())
            }
        };
        unanswered.settle(Operation::Delete, object, result)
    }

    async fn announced(&self, bucket: &str, queue_url: Option<&str>) -> Announced {
        announced::announced(&self.client, bucket, queue_url).await
    }
}

impl S3Store {
    /// Makes a call with its condition, and without it if the server turns out to know none.
    async fn conditionally<T, E, F>(&self, call: impl Fn(bool) -> F) -> Result<T, SdkError<E>>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let conditional = !self.unconditional.load(Ordering::Relaxed);
        let answer = call(conditional).await;
        if !conditional || !answer.as_ref().is_err_and(knows_no_conditions) {
            return answer;
        }
        if !self.unconditional.swap(true, Ordering::Relaxed) {
            warn!("the server knows no conditional writes; thumbnails are written without");
        }
        call(false).await
    }
}

/// An ETag as HTTP writes it.
fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// A body on its way from S3.
#[derive(Debug)]
pub struct S3Body {
    stream: ByteStream,
    object: ObjectRef,
    /// The digest so far and the expected one; only for a body without a better checksum.
    md5: Option<(Md5, [u8; 16])>,
}

impl Body for S3Body {
    async fn next_chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + Send>, StoreError> {
        let chunk = self.stream.try_next().await;
        let chunk = chunk.map_err(|error| broken(&self.object, error.into()))?;
        if let Some(chunk) = &chunk {
            if let Some((digest, _)) = &mut self.md5 {
                digest.update(chunk);
            }
        } else if let Some((digest, expected)) = self.md5.take()
            && digest.finalize()[..] != expected[..]
        {
            return Err(StoreError {
                kind: StoreErrorKind::ChecksumMismatch,
                ..broken(&self.object, "the body is not the one that the ETag names".into())
            });
        }
        Ok(chunk)
    }
}

/// A body that did not arrive as it was stored.
fn broken(object: &ObjectRef, source: Box<dyn Error + Send + Sync>) -> StoreError {
    let mismatch = is_checksum_mismatch(source.as_ref());
    StoreError {
        operation: Operation::Get,
        object: object.clone(),
        kind: if mismatch { StoreErrorKind::ChecksumMismatch } else { StoreErrorKind::Connection },
        source: Some(source),
    }
}

/// The MD5 digest in an ETag. It is one if the object was uploaded in one piece, and is stored as
/// it was sent or under S3's own keys (Amazon S3 API Reference, "Object").
fn md5_in(etag: &str) -> Option<[u8; 16]> {
    if etag.len() != 32 {
        return None;
    }
    let mut digest = [0; 16];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(etag.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(digest)
}

fn length(content_length: Option<i64>) -> u64 {
    content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or(0)
}

fn etag(
    operation: Operation,
    object: &ObjectRef,
    etag: Option<String>,
) -> Result<String, StoreError> {
    etag.map(|etag| etag.trim_matches('"').to_owned()).ok_or_else(|| StoreError {
        operation,
        object: object.clone(),
        kind: StoreErrorKind::Unexpected,
        source: Some("the answer carries no ETag".into()),
    })
}
