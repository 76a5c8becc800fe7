//! S3, or a server that speaks like it, through the AWS SDK. Only this file of the library names
//! that SDK. It translates calls and errors. The SDK retries within a call; [`crate::reconcile`]
//! decides what to do about a failure.

#![expect(clippy::disallowed_types, reason = "the AWS client stays in here")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use md5::{Digest as _, Md5};

pub mod listing;

use super::{Body, Head, Opened, Operation, Store, StoreError, StoreErrorKind, Upload};
use crate::object::ObjectRef;

/// How long to wait for a connection before trying another.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an answer may take to begin, before the attempt is given up.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Attempts of one call, the first included; after them, the message comes back through the queue.
const MAX_ATTEMPTS: u32 = 3;

/// S3 through the AWS SDK. Cheap to clone; built once and used for every event.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
}

impl S3Store {
    /// A store that uses `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// A store with the settings that AWS SDKs share (region, credentials, profile, endpoint). Reads
    /// nothing from S3. `path_style` puts the bucket in the path rather than in the host name, as
    /// most servers that are not AWS need.
    pub async fn connect(path_style: bool) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build();
        let shared = aws_config::from_env()
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(timeouts)
            .load()
            .await;
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

    async fn put(&self, object: &ObjectRef, upload: Upload) -> Result<(), StoreError> {
        let request = self
            .client
            .put_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .content_type(upload.content_type)
            .cache_control(upload.cache_control)
            .set_metadata(Some(upload.metadata))
            .body(ByteStream::from(upload.bytes));
        let unanswered = Unanswered::default();
        let sent = request.customize().interceptor(unanswered.clone()).send().await;
        let result = sent.map(|_| ()).map_err(|error| failed(Operation::Put, object, error));
        unanswered.settle(Operation::Put, object, result)
    }

    async fn delete(&self, object: &ObjectRef) -> Result<(), StoreError> {
        let request = self.client.delete_object().bucket(&object.bucket).key(&object.key);
        let unanswered = Unanswered::default();
        let result = match request.customize().interceptor(unanswered.clone()).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                absent_or_failed(Operation::Delete, object, error).map(|_: Option<()>| ())
            }
        };
        unanswered.settle(Operation::Delete, object, result)
    }
}

/// Whether any of the SDK's attempts at one call went without an answer.
#[derive(Debug, Clone, Default)]
struct Unanswered(Arc<AtomicBool>);

impl Unanswered {
    /// The result of a write, with its earlier attempts taken into account.
    fn settle(
        &self,
        operation: Operation,
        object: &ObjectRef,
        result: Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let source = match result {
            Err(error) if error.may_still_land() => return Err(error),
            result if !self.0.load(Ordering::Relaxed) => return result,
            result => result.err().map(Into::into),
        };
        Err(StoreError {
            operation,
            object: object.clone(),
            kind: StoreErrorKind::Unsettled,
            source,
        })
    }
}

impl Intercept for Unanswered {
    fn name(&self) -> &'static str {
        "Unanswered"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_none() {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
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
        let chunk = self.stream.try_next().await.map_err(|error| self.broken(error.into()))?;
        if let Some(chunk) = &chunk {
            if let Some((digest, _)) = &mut self.md5 {
                digest.update(chunk);
            }
        } else if let Some((digest, expected)) = self.md5.take()
            && digest.finalize()[..] != expected[..]
        {
            return Err(self.broken("the body is not the one that the ETag names".into()));
        }
        Ok(chunk)
    }
}

impl S3Body {
    fn broken(&self, source: Box<dyn Error + Send + Sync>) -> StoreError {
        StoreError {
            operation: Operation::Get,
            object: self.object.clone(),
            kind: StoreErrorKind::Connection,
            source: Some(source),
        }
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

/// An error that says "no such object" is an answer; any other is a failure. A missing *bucket* is
/// also a 404, but only its code tells, and a `HEAD` answer has no body for a code. That is safe:
/// `GET` decides removals, and a write to a missing bucket fails by itself.
fn absent_or_failed<T, E>(
    operation: Operation,
    object: &ObjectRef,
    error: SdkError<E>,
) -> Result<Option<T>, StoreError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match (status, error.code()) {
        (Some(404), Some("NoSuchBucket")) => Err(failed(operation, object, error)),
        (Some(404), _) => Ok(None),
        _ => Err(failed(operation, object, error)),
    }
}

fn failed<E>(operation: Operation, object: &ObjectRef, error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    StoreError {
        operation,
        object: object.clone(),
        kind: classify(&error, status),
        source: Some(Box::new(error)),
    }
}

/// Codes and statuses as the Amazon S3 API Reference lists them under "Error responses".
fn classify<E: ProvideErrorMetadata>(error: &SdkError<E>, status: Option<u16>) -> StoreErrorKind {
    match error {
        SdkError::TimeoutError(_) => return StoreErrorKind::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            return StoreErrorKind::TimedOut;
        }
        // A connection that closed early is transient. One that could not even be asked for, for
        // example without credentials, is something else.
        SdkError::DispatchFailure(failure) if failure.is_io() || failure.as_other().is_some() => {
            return StoreErrorKind::Connection;
        }
        _ => {}
    }
    match (error.code(), status) {
        (Some("NoSuchBucket"), _) => StoreErrorKind::BucketMissing,
        (Some("InvalidObjectState"), _) => StoreErrorKind::Archived,
        (Some("SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded"), _)
        | (_, Some(429 | 503)) => StoreErrorKind::Throttled,
        (Some("RequestTimeout"), _) => StoreErrorKind::TimedOut,
        (_, Some(401 | 403)) => StoreErrorKind::Denied,
        (_, Some(500..=599)) => StoreErrorKind::Unavailable,
        (_, Some(_) | None) => StoreErrorKind::Unexpected,
    }
}
