//! Why a key failed, and what that means for its message: whether another try can help, who is at
//! fault, and when all writes have landed. Nothing is done about it here.

use std::time::Duration;

use crate::bus::BusError;
use crate::engine::RenderError;
use crate::memory_budget::BudgetError;
use crate::object::ObjectRef;
use crate::store::{StoreError, StoreErrorKind};
use thumbnail::ThumbnailError;

/// How long a write that went unanswered may still be carried out. Its message stays away for as
/// long, so that the last look at a key comes after the last write to it.
const SETTLING: Duration = Duration::from_mins(1);

/// Why a key failed.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A call to the store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Upload: the source is there, but this key alone cannot be read.
    #[error("the source cannot be read")]
    Unreadable(#[source] StoreError),
    /// Upload: the picture was refused.
    #[error(transparent)]
    Picture(#[from] ThumbnailError),
    /// Upload: the source is larger than the limit.
    #[error("the source has {bytes} bytes or more, over the limit of {limit}")]
    TooManyBytes {
        /// The least size that the source is known to have, in bytes.
        bytes: u64,
        /// The largest source that is read.
        limit: u64,
    },
    /// Upload: reading or decoding the picture exceeds the memory budget.
    #[error("the picture does not fit into memory")]
    TooMuchMemory(#[source] BudgetError),
    /// Upload: rendering did not end within the render timeout.
    #[error("rendering took longer than the limit of {limit:?}")]
    TooSlow {
        /// The render timeout.
        limit: Duration,
    },
    /// Upload: the thumbnail's key would be longer than S3 allows.
    #[error("the thumbnail's key would have {bytes} bytes, over S3's limit of {limit}")]
    KeyTooLong {
        /// Bytes of the thumbnail's key.
        bytes: usize,
        /// The longest key that S3 allows.
        limit: usize,
    },
    /// Message: it names a bucket other than the configured one.
    #[error("the message names bucket {bucket:?}, but sources are read only from {expected:?}")]
    ForeignBucket {
        /// The bucket that the message names.
        bucket: String,
        /// The configured bucket.
        expected: String,
    },
    /// Us: the layout has more rules than there are recipes.
    #[error("there is no recipe for rule {rule}")]
    NoRecipe {
        /// The rule's index.
        rule: usize,
    },
    /// Message: another bucket's picture of the same path already has this thumbnail.
    #[error("{thumbnail} is the thumbnail of another bucket's picture; give each its own prefix")]
    ThumbnailTaken {
        /// Where both thumbnails would lie.
        thumbnail: ObjectRef,
    },
    /// Environment: the source changed each time it was looked at.
    #[error("the source was read {looks} times, and changed each time meanwhile")]
    KeepsChanging {
        /// How often it was looked at.
        looks: u32,
    },
    /// Us: not begun, since the work would not have ended before the invocation.
    #[error("not begun: it would not have ended before the invocation's deadline")]
    OutOfTime,
    /// Us: the work was given up shortly before the invocation ends.
    #[error("given up shortly before the invocation's deadline")]
    CutShort,
    /// Upload: the picture made a decoder panic.
    #[error("a panic: {message}")]
    RenderPanicked {
        /// The panic's message.
        message: String,
    },
    /// Us: a panic in our own code.
    #[error("a panic: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// Environment: everything is done, but the event bus was not told.
    #[error("the event bus was not told")]
    NotAnnounced(#[source] BusError),
    /// Environment: the process is shutting down.
    #[error("the process is shutting down")]
    ShuttingDown,
}

/// What to do with a message whose work failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// Every further try would fail in the same way: the message goes to the dead-letter queue.
    Reject,
    /// Another try may succeed: let it become visible again.
    Retry,
}

impl ReconcileError {
    /// What to do with the message. Only this function decides that.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Store(_)
            | Self::KeepsChanging { .. }
            | Self::NoRecipe { .. }
            // The next process may start, here or elsewhere.
            | Self::Picture(ThumbnailError::NoDecoder { .. })
            | Self::OutOfTime
            | Self::CutShort
            | Self::NotAnnounced(_)
            | Self::ShuttingDown => Disposition::Retry,
            Self::Picture(_)
            | Self::TooManyBytes { .. }
            | Self::TooMuchMemory(_)
            | Self::TooSlow { .. }
            | Self::KeyTooLong { .. }
            | Self::ForeignBucket { .. }
            | Self::ThumbnailTaken { .. }
            | Self::RenderPanicked { .. }
            | Self::Panicked { .. } => Disposition::Reject,
            Self::Unreadable(StoreError { kind, .. }) => match kind {
                // Restored, it is announced again; the others stay as they are.
                StoreErrorKind::Archived
                | StoreErrorKind::CustomerKey
                | StoreErrorKind::KeyDenied => Disposition::Reject,
                _ => Disposition::Retry,
            },
        }
    }

    /// What to do with the message at this delivery, counted from 1. What only seems to pass is given
    /// up after a while, so that the dead letter has a reason: a queue's own limit leaves none.
    #[must_use]
    pub fn disposition_at(&self, delivery: u32) -> Disposition {
        let last = match self {
            // Half an hour after the first.
            Self::Unreadable(_) => 12,
            // What is damaged on the way is soon read again.
            Self::Store(StoreError { kind: StoreErrorKind::Damaged, .. }) => 6,
            _ => return self.disposition(),
        };
        if delivery < last { self.disposition() } else { Disposition::Reject }
    }

    /// Whether a person must act: the fault lies in this program or its setup, not in an upload or
    /// a message, and does not pass by itself.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        match self {
            Self::Store(StoreError { kind, .. }) => match kind {
                StoreErrorKind::Denied
                | StoreErrorKind::Forbidden
                | StoreErrorKind::KeyDenied
                | StoreErrorKind::BucketMissing
                | StoreErrorKind::OtherRegion
                | StoreErrorKind::Unexpected => true,
                StoreErrorKind::Archived
                | StoreErrorKind::CustomerKey
                | StoreErrorKind::Changed
                | StoreErrorKind::Throttled
                | StoreErrorKind::Unavailable
                | StoreErrorKind::TimedOut
                | StoreErrorKind::Connection
                | StoreErrorKind::Damaged
                | StoreErrorKind::Unsettled => false,
            },
            Self::NotAnnounced(error) => error.is_fault,
            Self::Panicked { .. }
            | Self::NoRecipe { .. }
            | Self::Picture(ThumbnailError::NoDecoder { .. }) => true,
            Self::Unreadable(_)
            | Self::ThumbnailTaken { .. }
            | Self::RenderPanicked { .. }
            | Self::Picture(_)
            | Self::TooManyBytes { .. }
            | Self::TooMuchMemory(_)
            | Self::TooSlow { .. }
            | Self::KeyTooLong { .. }
            | Self::ForeignBucket { .. }
            | Self::KeepsChanging { .. }
            | Self::OutOfTime
            | Self::CutShort
            | Self::ShuttingDown => false,
        }
    }

    /// Whether the next try depends on the upload, so that whoever uploads could bring this about
    /// again and again: nobody is to be woken for it. Only of use for what is tried again.
    #[must_use]
    pub fn waits_for_upload(&self) -> bool {
        match self {
            Self::Unreadable(_) | Self::KeepsChanging { .. } => true,
            Self::Store(error) => {
                matches!(error.kind, StoreErrorKind::Damaged | StoreErrorKind::Changed)
            }
            _ => false,
        }
    }

    /// The shortest wait before another try, so that it sees everything that this one wrote.
    #[must_use]
    pub fn settles_within(&self) -> Duration {
        match self {
            Self::Store(error) if error.may_still_land() => SETTLING,
            Self::CutShort => SETTLING,
            _ => Duration::ZERO,
        }
    }

    /// A stable name for logs, metrics and reports.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Picture(error) => error.reason(),
            Self::Unreadable(StoreError {
                kind: StoreErrorKind::Denied | StoreErrorKind::Forbidden,
                ..
            }) => "source_denied",
            Self::Store(StoreError { kind, .. }) | Self::Unreadable(StoreError { kind, .. }) => {
                match kind {
                    StoreErrorKind::Denied | StoreErrorKind::Forbidden => "access_denied",
                    StoreErrorKind::BucketMissing => "bucket_missing",
                    StoreErrorKind::OtherRegion => "other_region",
                    StoreErrorKind::Archived => "archived",
                    StoreErrorKind::CustomerKey => "customer_key",
                    StoreErrorKind::KeyDenied => "key_denied",
                    StoreErrorKind::Changed => "keeps_changing",
                    StoreErrorKind::Damaged => "damaged",
                    StoreErrorKind::Throttled => "throttled",
                    StoreErrorKind::Unavailable => "store_unavailable",
                    StoreErrorKind::TimedOut => "store_timed_out",
                    StoreErrorKind::Connection => "connection_failed",
                    StoreErrorKind::Unsettled => "write_unsettled",
                    StoreErrorKind::Unexpected => "store_unexpected",
                }
            }
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::TooMuchMemory(_) => "too_much_memory",
            Self::TooSlow { .. } => "too_slow",
            Self::KeyTooLong { .. } => "key_too_long",
            Self::ForeignBucket { .. } => "foreign_bucket",
            Self::ThumbnailTaken { .. } => "thumbnail_taken",
            Self::KeepsChanging { .. } => "keeps_changing",
            Self::NoRecipe { .. } => "no_recipe",
            Self::OutOfTime | Self::CutShort => "out_of_time",
            Self::RenderPanicked { .. } | Self::Panicked { .. } => "panicked",
            Self::NotAnnounced(_) => "not_announced",
            Self::ShuttingDown => "shutting_down",
        }
    }
}

impl From<RenderError> for ReconcileError {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Picture(error) => Self::Picture(error),
            RenderError::Panicked(message) => Self::RenderPanicked { message },
            RenderError::TooSlow { limit } => Self::TooSlow { limit },
            RenderError::Memory(error) => error.into(),
            RenderError::ShuttingDown => Self::ShuttingDown,
        }
    }
}

impl From<BudgetError> for ReconcileError {
    fn from(error: BudgetError) -> Self {
        match error {
            BudgetError::TooMuch { .. } => Self::TooMuchMemory(error),
            BudgetError::ShuttingDown => Self::ShuttingDown,
        }
    }
}
