//! Reads a source: as a whole if it is a picture, and hardly at all if it is not.

use super::error::ReconcileError;
use crate::memory_budget::{MemoryBudget, Reservation};
use crate::object::ObjectRef;
use crate::store::{Body, Head, Opened, Operation, Store, StoreError, StoreErrorKind};
use thumbnail::format::claims_to_be_a_picture;
use thumbnail::{SourceFormat, ThumbnailError};

/// An object that is no picture is read to its end up to this size, in bytes: a checksum then tells
/// whether its first bytes arrived as they were stored. Of a larger one, they are read again.
const READ_TO_ITS_END: u64 = 1024 * 1024;

/// What a source holds.
pub(super) enum Content {
    /// A picture, and the memory that its bytes take.
    Picture(Vec<u8>, Reservation),
    /// Something else that does not claim to be a picture.
    Other,
    /// Nothing yet: mounted buckets create a file first and write it afterwards.
    Empty,
}

/// Reads sources.
pub(super) struct Reader<'a, S> {
    pub(super) store: &'a S,
    /// The largest source that is read, in bytes.
    pub(super) limit: u64,
    /// The memory budget for the bytes of sources.
    pub(super) memory: &'a MemoryBudget,
}

impl<S: Store> Reader<'_, S> {
    /// The first bytes decide whether the rest is read, before the size is checked: a large video
    /// is not an error.
    pub(super) async fn read(
        &self,
        source: &ObjectRef,
        Opened { head, mut body }: Opened<S::Body>,
    ) -> Result<Content, ReconcileError> {
        let limit = self.limit;
        let mut bytes = Vec::new();
        let mut held = None;
        loop {
            let ended = {
                let chunk = body.next_chunk().await?;
                if let Some(chunk) = &chunk {
                    bytes.extend_from_slice(chunk.as_ref());
                }
                chunk.is_none()
            };
            if ended && bytes.is_empty() {
                return Ok(Content::Empty);
            }
            if held.is_none() && (ended || bytes.len() >= SourceFormat::SIGNATURE_BYTES) {
                if SourceFormat::from_first_bytes(&bytes).is_none() {
                    let is_small = head.content_length <= READ_TO_ITS_END;
                    if !(is_small && ends_within(READ_TO_ITS_END, &mut body).await?) {
                        drop(body);
                        self.confirm(source, &head, &bytes).await?;
                    }
                    let claims = claims_to_be_a_picture(&source.key, head.content_type.as_deref());
                    let refused = ThumbnailError::NotAPicture;
                    return if claims { Err(refused.into()) } else { Ok(Content::Other) };
                }
                if head.content_length > limit {
                    return Err(ReconcileError::TooManyBytes { bytes: head.content_length, limit });
                }
                held = Some(self.memory.reserve(head.content_length).await?);
                let missing = usize::try_from(head.content_length).unwrap_or(0);
                bytes.reserve_exact(missing.saturating_sub(bytes.len()));
            }
            let length = bytes.len() as u64;
            if length > limit {
                return Err(ReconcileError::TooManyBytes { bytes: length, limit });
            }
            if ended && let Some(held) = held {
                return Ok(Content::Picture(bytes, held));
            }
        }
    }

    /// Reads the first bytes once more and compares them with those that arrived.
    async fn confirm(
        &self,
        source: &ObjectRef,
        head: &Head,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let count = SourceFormat::SIGNATURE_BYTES;
        let kind = match self.store.first_bytes(source, &head.etag, count).await? {
            Some(again) if bytes.get(..count) == Some(again.as_slice()) => return Ok(()),
            Some(_) => StoreErrorKind::ChecksumMismatch,
            None => StoreErrorKind::Changed,
        };
        Err(StoreError { operation: Operation::Get, object: source.clone(), kind, source: None })
    }
}

/// Reads to the end of `body`, unless that takes more than `limit` bytes.
async fn ends_within(limit: u64, body: &mut impl Body) -> Result<bool, StoreError> {
    let mut left = limit;
    while let Some(chunk) = body.next_chunk().await? {
        let length = chunk.as_ref().len() as u64;
        if length > left {
            return Ok(false);
        }
        left -= length;
    }
    Ok(true)
}
