//! What an uploader, or whoever administers the bucket, does to a key.

use std::time::Duration;

use crate::content::Content;

/// A change to one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Uploads to the key, which may hold something already.
    Upload { content: Content, stored: Stored },
    /// Deletes what the key holds.
    Delete,
    /// Restores what the key holds from the archive.
    Restore,
    /// Puts thumbnails in the places of the key's own that name the same picture in another bucket.
    CopyThumbnails(Content),
    /// Denies all access to the key, for a while or for ever.
    Deny(Option<Duration>),
}

/// How an upload is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// So that it can be read.
    Plainly,
    /// In a storage class from which it must be restored.
    Archived,
    /// Encrypted with a key that only its uploader has.
    UnderCustomerKey,
}
