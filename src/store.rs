//! What we need of S3, as a trait, and how it can fail. [`s3`] implements it, and is the only file
//! of the library that names its SDK; tests use stores of their own.

pub mod s3;

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;

use crate::object::ObjectRef;

/// An object store with S3's strong consistency: a read that begins after a write ended sees it.
pub trait Store: Send + Sync + 'static {
    /// A body that arrives piece by piece.
    type Body: Body;

    /// Begins to read an object; `None` if there is none. Its body is read only when asked for, and
    /// need not be read.
    fn get(
        &self,
        object: &ObjectRef,
    ) -> impl Future<Output = Result<Option<Opened<Self::Body>>, StoreError>> + Send;

    /// What is known of an object without its body; `None` when there is none.
    fn head(
        &self,
        object: &ObjectRef,
    ) -> impl Future<Output = Result<Option<Head>, StoreError>> + Send;

    /// The first `count` bytes of the object's body, read by themselves, or fewer where it has no
    /// more; `None` if the object does not have this ETag any more.
    fn first_bytes(
        &self,
        object: &ObjectRef,
        etag: &str,
        count: usize,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Writes an object over what the caller has `seen` under its key; if something else is there
    /// by now, this fails with [`StoreErrorKind::Changed`]. After `Ok`, no attempt at it is carried
    /// out any more; after an error that [may still land](StoreError::may_still_land), one may be.
    fn put(
        &self,
        object: &ObjectRef,
        upload: Upload,
        seen: Seen<'_>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes an object that has this ETag; if something else is there by now, this fails with
    /// [`StoreErrorKind::Changed`]. It is no error if the object does not exist.
    fn delete(
        &self,
        object: &ObjectRef,
        etag: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Who the bucket tells of its uploads. `queue_url` is the URL of our queue, if it is known.
    fn announced(
        &self,
        bucket: &str,
        queue_url: Option<&str>,
    ) -> impl Future<Output = Announced> + Send;
}

/// Who a bucket tells of its uploads, as far as its own settings say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Announced {
    /// Our queue.
    #[error("the bucket's notifications name the queue")]
    ToQueue,
    /// EventBridge, whose rules may tell our queue.
    #[error("the bucket tells EventBridge; does a rule that is enabled send it to the queue?")]
    ToEventBridge,
    /// Neither.
    #[error("the bucket's notifications do not name the queue, and EventBridge is off")]
    ToNobody,
    /// It cannot be asked, for this cause.
    #[error("the bucket's notifications cannot be read: {0}")]
    Unknown(String),
}

/// What was seen under a key before it is written to. A store that knows no conditions may ignore
/// it (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen<'a> {
    /// No object.
    Nothing,
    /// An object with this ETag.
    ETag(&'a str),
}

/// A body that arrives piece by piece.
pub trait Body: Send {
    /// The next piece, or `None` when the body is complete. A body that breaks off is an error.
    fn next_chunk(
        &mut self,
    ) -> impl Future<Output = Result<Option<impl AsRef<[u8]> + Send>, StoreError>> + Send;
}

/// An object whose body can now be read.
#[derive(Debug)]
pub struct Opened<B> {
    /// What is known of it.
    pub head: Head,
    /// Its body.
    pub body: B,
}

/// What is known of an object without its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The ETag, without the quotes of HTTP. Other bytes under the same key have another.
    pub etag: String,
    /// The version's id, in a bucket with versioning.
    pub version: Option<String>,
    /// Length of the body, in bytes.
    pub content_length: u64,
    /// The media type that the uploader claimed.
    pub content_type: Option<String>,
    /// User metadata: the `x-amz-meta-` headers, without that prefix.
    pub metadata: HashMap<String, String>,
}

/// An object to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The body.
    pub bytes: Vec<u8>,
    /// The `Content-Type` to serve it with.
    pub content_type: &'static str,
    /// The `Cache-Control` to serve it with.
    pub cache_control: String,
    /// User metadata, ASCII.
    pub metadata: HashMap<String, String>,
}

/// How objects are written, whatever they hold: what the owner of their bucket asks for. None of it
/// makes a thumbnail that is there another one. The texts are those of S3's headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectSettings {
    /// The server-side encryption; `None` is the bucket's default.
    pub encryption: Option<&'static str>,
    /// The KMS key that it uses; `None` is AWS's.
    pub kms_key: Option<String>,
    /// The storage class; `None` is `STANDARD`.
    pub storage_class: Option<&'static str>,
    /// Tags, as a query string.
    pub tags: Option<String>,
    /// The canned ACL.
    pub acl: Option<&'static str>,
}

/// One call to the store that failed.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {object}: {kind}")]
pub struct StoreError {
    /// The S3 action, as IAM policies and CloudTrail name it.
    pub operation: Operation,
    /// The object that the call was about.
    pub object: ObjectRef,
    /// What happened, and so who is at fault.
    pub kind: StoreErrorKind,
    /// The underlying error, if there is one.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// Whether the write may still take effect later, and overwrite what others write meanwhile. A
    /// server error does not say that nothing was carried out: a gateway also answers with one when
    /// it lost the server behind it.
    #[must_use]
    pub fn may_still_land(&self) -> bool {
        matches!(self.operation, Operation::Put | Operation::Delete)
            && matches!(
                self.kind,
                StoreErrorKind::TimedOut
                    | StoreErrorKind::Connection
                    | StoreErrorKind::Unavailable
                    | StoreErrorKind::Unsettled
            )
    }
}

/// The calls we make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GetObject`, its body included.
    Get,
    /// `HeadObject`.
    Head,
    /// `PutObject`.
    Put,
    /// `DeleteObject`.
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Get => "GetObject",
            Self::Head => "HeadObject",
            Self::Put => "PutObject",
            Self::Delete => "DeleteObject",
        })
    }
}

/// What happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum StoreErrorKind {
    /// Operator: the role may not do this.
    #[error("access denied; does the function's role allow this action on this key?")]
    Denied,
    /// Operator or upload: a policy denies this explicitly. It may name single keys or tags, such
    /// as those of a malware scanner.
    #[error("access explicitly denied by a policy")]
    Forbidden,
    /// Operator: there is no such bucket.
    #[error("the bucket does not exist")]
    BucketMissing,
    /// Operator: the bucket lies in another region than requests go to.
    #[error("the bucket lies in another region")]
    OtherRegion,
    /// Upload: the object lies in an archive storage class and must be restored first.
    #[error("the object is archived and must be restored before it can be read")]
    Archived,
    /// Upload: the object is encrypted with a key that its uploader kept (SSE-C).
    #[error("the object is encrypted with a key that only its uploader has (SSE-C)")]
    CustomerKey,
    /// Upload, or operator for a write: the KMS key is disabled, or the role may not use it.
    #[error("the KMS key cannot be used; is it enabled, and does the function's role allow it?")]
    KeyDenied,
    /// Others: the key does not hold what was seen there before the write.
    #[error("the object changed after it was looked at")]
    Changed,
    /// Environment: too many requests.
    #[error("throttled")]
    Throttled,
    /// Environment: the service answered with an error of its own.
    #[error("the service failed")]
    Unavailable,
    /// Environment: no answer in time.
    #[error("timed out")]
    TimedOut,
    /// Environment: the connection broke, or the body arrived incomplete.
    #[error("the connection failed")]
    Connection,
    /// Environment, or upload: the body is not the one that its checksum or ETag stands for.
    #[error("the body does not match its checksum")]
    ChecksumMismatch,
    /// Environment: the write's outcome is known, but an earlier attempt went unanswered.
    #[error("an earlier attempt was not answered and may still take effect")]
    Unsettled,
    /// Unknown: an answer that is none of the above.
    #[error("an unexpected answer")]
    Unexpected,
}
