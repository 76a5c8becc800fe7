//! What a key is to this service.

use super::reference::ObjectRef;

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
