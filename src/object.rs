//! Where pictures lie and where their thumbnails go: buckets, keys, and the check that keeps the
//! service from making thumbnails of thumbnails. This module computes names; it does not access S3.

use std::fmt;

mod layout;
pub mod pattern;

pub use layout::{Layout, LayoutError, Placement};

/// The longest key S3 takes, in bytes of UTF-8 (Amazon S3 User Guide, "Naming Amazon S3 objects").
pub const MAX_KEY_BYTES: usize = 1024;

/// An object's address: a bucket and a key. The key is not encoded in any way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

impl ObjectRef {
    /// The object `key` of `bucket`.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }
}

impl fmt::Display for ObjectRef {
    /// `s3://bucket/key`, with control characters escaped: an uploader chooses the key, and it must
    /// not be able to begin a new line in a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/", self.bucket)?;
        self.key.chars().try_for_each(|character| {
            if character.is_control() {
                write!(formatter, "{}", character.escape_default())
            } else {
                write!(formatter, "{character}")
            }
        })
    }
}

/// What a key is to this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A source: its thumbnails are kept up to date.
    Source {
        /// The index of the rule that it falls under.
        rule: usize,
        /// Where its thumbnails belong, in the order of the rule's outputs.
        thumbnails: Vec<ObjectRef>,
        /// Where its manifest belongs, if it has one.
        manifest: Option<ObjectRef>,
    },
    /// A key that gets no thumbnails, and why.
    Excluded(Exclusion),
}

/// Why a key gets no thumbnails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// The key lies under an output prefix: it is one of our own thumbnails.
    OwnOutput,
    /// The key does not lie under the source prefix.
    OutsideSourcePrefix,
    /// The key ends in `/`: a folder marker, as the S3 console creates it, and not a picture.
    FolderMarker,
    /// No rule includes the key, or the first rule that includes it also excludes it.
    NoRule,
}
