//! What an answer of S3, or of a server like it, means: that there is no such object, or why a call
//! failed. Nothing is called here.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::object::ObjectRef;
use crate::store::{Operation, StoreError, StoreErrorKind};

/// The header that names the region of a bucket that lies in another one (Amazon S3 API Reference,
/// "`HeadBucket`").
const BUCKET_REGION: &str = "x-amz-bucket-region";

/// The HTTP status of the answer, if there was one.
pub(super) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// An error that says "no such object" is an answer; any other is a failure. A missing *bucket* is
/// also a 404, but only its code tells, and a `HEAD` answer has no body for a code. That is safe:
/// `GET` decides removals, and a write to a missing bucket fails by itself.
pub(super) fn absent_or_failed<T, E>(
    operation: Operation,
    object: &ObjectRef,
    error: SdkError<E>,
) -> Result<Option<T>, StoreError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match (status(&error), error.code()) {
        (Some(404), Some("NoSuchBucket")) => Err(failed(operation, object, error)),
        (Some(404), _) => Ok(None),
        _ => Err(failed(operation, object, error)),
    }
}

pub(super) fn failed<E>(operation: Operation, object: &ObjectRef, error: SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let kind = classify(operation, &error);
    let region = error.raw_response().and_then(|answer| answer.headers().get(BUCKET_REGION));
    let source: Box<dyn Error + Send + Sync> = match (kind, region) {
        (StoreErrorKind::OtherRegion, Some(region)) => {
            format!("its region is {region}; set AWS_REGION to it").into()
        }
        _ => Box::new(error),
    };
    StoreError { operation, object: object.clone(), kind, source: Some(source) }
}

/// Whether a write was refused for its condition alone: the server implements none.
pub(super) fn knows_no_conditions<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    status(error) == Some(501) || error.code() == Some("NotImplemented")
}

/// Whether the SDK found another checksum than the one that was stored. Its error type belongs to a
/// crate that is not a dependency here, so its words have to tell.
pub(super) fn is_checksum_mismatch(error: &(dyn Error + 'static)) -> bool {
    let mut causes = Some(error);
    while let Some(error) = causes {
        if error.to_string().contains("checksum mismatch") {
            return true;
        }
        causes = error.source();
    }
    false
}

/// Whether an answer with this status leaves open if a write was carried out. A busy server says that
/// it was not, in an error with a code. A gateway sends none, and may have handed the write on.
pub(super) fn leaves_open(status: u16, code: Option<&str>) -> bool {
    match status {
        501 => false,
        503 => code.is_none(),
        status => status >= 500,
    }
}

/// Codes and statuses as the Amazon S3 API Reference lists them under "Error responses".
fn classify<E: ProvideErrorMetadata>(operation: Operation, error: &SdkError<E>) -> StoreErrorKind {
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
    let says = |words: &str| error.message().is_some_and(|message| message.contains(words));
    let writes = matches!(operation, Operation::Put | Operation::Delete);
    match (error.code(), status(error)) {
        (Some("NoSuchBucket"), _) => StoreErrorKind::BucketMissing,
        (Some("PermanentRedirect" | "IllegalLocationConstraintException"), _)
        | (_, Some(301 | 307)) => StoreErrorKind::OtherRegion,
        (Some("AuthorizationHeaderMalformed"), _) if says("region") => StoreErrorKind::OtherRegion,
        (Some("InvalidObjectState"), _) => StoreErrorKind::Archived,
        // The answer for an object that only a key of its uploader decrypts (Amazon S3 User Guide,
        // "Using server-side encryption with customer-provided keys (SSE-C)").
        (Some("InvalidRequest"), Some(400)) if operation == Operation::Get => {
            StoreErrorKind::CustomerKey
        }
        (Some(code), _) if code.starts_with("KMS.") => StoreErrorKind::KeyDenied,
        (_, Some(403)) if says("kms:") => StoreErrorKind::KeyDenied,
        (_, Some(403)) if says("explicit deny") => StoreErrorKind::Forbidden,
        (_, Some(412)) => StoreErrorKind::Changed,
        // What the condition names is gone, or another conditional write is under way.
        (_, Some(404 | 409)) if writes => StoreErrorKind::Changed,
        (Some("SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded"), _) => {
            StoreErrorKind::Throttled
        }
        (Some("RequestTimeout"), _) => StoreErrorKind::TimedOut,
        (code, Some(status)) if writes && leaves_open(status, code) => StoreErrorKind::Unavailable,
        (_, Some(429 | 503)) => StoreErrorKind::Throttled,
        (_, Some(401 | 403)) => StoreErrorKind::Denied,
        (_, Some(500..=599)) => StoreErrorKind::Unavailable,
        (_, Some(_) | None) => StoreErrorKind::Unexpected,
    }
}
