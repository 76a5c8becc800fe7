//! The outcomes of keys that did not fail, and what was made of their pictures. These are types
//! only; [`super`] decides which outcome applies.

use crate::causes::causes;
use crate::object::{Exclusion, ObjectRef};
use thumbnail::{EncodedFormat, SourceFormat, ThumbnailError};

use super::error::ReconcileError;
use super::measured::Measured;

/// The outcome of a key that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its thumbnails were written.
    Made(Made),
    /// Its thumbnails were up to date: made from these bytes by this recipe.
    UpToDate,
    /// The source is gone, and so are its thumbnails. This call removed `removed` of them.
    Removed {
        /// How many thumbnails this call removed.
        removed: usize,
    },
    /// Nothing was done, on purpose.
    Skipped(Skip),
}

impl Outcome {
    /// The same, when all looks of the call together removed `removed` thumbnails.
    pub(super) fn removing(self, removed: usize) -> Self {
        match self {
            Self::Removed { .. } => Self::Removed { removed },
            other => other,
        }
    }
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skip {
    /// The key gets no thumbnails.
    Excluded(Exclusion),
    /// The object is not a picture, and does not claim to be one.
    NotAPicture,
    /// The object has no bytes, or none yet.
    Empty,
    /// The source is gone, and thumbnails are configured to be kept.
    SourceGoneThumbnailsKept,
}

impl Skip {
    /// A stable name for logs, metrics and reports.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Excluded(Exclusion::OwnOutput) => "own_output",
            Self::Excluded(Exclusion::OutsideSourcePrefix) => "outside_source_prefix",
            Self::Excluded(Exclusion::FolderMarker) => "folder_marker",
            Self::Excluded(Exclusion::NoRule) => "no_rule",
            Self::NotAPicture => "not_a_picture",
            Self::Empty => "empty",
            Self::SourceGoneThumbnailsKept => "source_gone_thumbnails_kept",
        }
    }
}

/// A picture and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The ETag of the bytes that the thumbnails were made from.
    pub etag: String,
    /// Bytes of the source.
    pub source_bytes: u64,
    /// The source's format.
    pub source_format: SourceFormat,
    /// The source's width as stored, in pixels.
    pub source_width: u32,
    /// The source's height as stored, in pixels.
    pub source_height: u32,
    /// What is wrong with the source, if parts of it are missing from the thumbnails.
    pub damage: Option<Damage>,
    /// The thumbnails, in the order of the outputs.
    pub thumbnails: Vec<Written>,
    /// The manifest's content, whether or not there is an object of it.
    pub manifest: String,
}

/// What is wrong with a damaged picture that is shown nevertheless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The reason that it would have been rejected for: a stable name.
    pub reason: &'static str,
    /// The same in words, down to the first cause.
    pub causes: String,
}

impl Damage {
    pub(super) fn of(error: &ThumbnailError) -> Self {
        Self { reason: error.reason(), causes: causes(error) }
    }
}

/// One thumbnail that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub object: ObjectRef,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Its length in bytes.
    pub bytes: usize,
    /// What it is encoded as.
    pub format: EncodedFormat,
}

/// How the work on a key ended, and what the key held.
#[derive(Debug)]
pub struct Reconciled {
    /// The ETag of the bytes that were seen last; `None` when there were none, or nothing was seen.
    pub etag: Option<String>,
    /// What was measured during the work.
    pub measured: Measured,
    /// How it ended.
    pub result: Result<Outcome, ReconcileError>,
}

impl Reconciled {
    /// A key that failed before it was looked at.
    #[must_use]
    pub fn failed(error: ReconcileError) -> Self {
        Self { etag: None, measured: Measured::default(), result: Err(error) }
    }
}
