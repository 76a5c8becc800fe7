//! One look at a source and at all of its thumbnails, before anything is decided.

use std::sync::{Mutex, PoisonError};

use futures_util::future::{join, join_all};

use super::error::ReconcileError;
use crate::object::ObjectRef;
use crate::provenance::{self, RecipeId, Standing};
use crate::store::{Opened, Seen, Store, StoreError, StoreErrorKind};

/// The name of an object that does not exist, below the prefix of sources. Who may read there is
/// told that there is no such object.
const ABSENT: &str = ".s3-thumbnailer/no-such-object";

/// What one look saw.
pub(super) struct Look<B> {
    pub(super) source: Source<B>,
    /// The thumbnails and the manifest, in the order of their places.
    pub(super) thumbnails: Vec<Found>,
}

impl<B> Look<B> {
    /// Whether every thumbnail is there and agrees with what the source's key holds.
    pub(super) fn is_up_to_date(&self) -> bool {
        self.thumbnails.iter().all(|found| found.standing() == Some(Standing::UpToDate))
    }
}

/// What the source's key holds.
pub(super) enum Source<B> {
    /// Nothing.
    Gone,
    /// An object whose body can be read.
    Readable(Opened<B>),
    /// An object whose body cannot be read; its ETag, if that is known, and why.
    Unreadable { etag: Option<String>, error: ReconcileError },
}

impl<B> Source<B> {
    pub(super) fn etag(&self) -> Option<&str> {
        match self {
            Self::Gone => None,
            Self::Readable(opened) => Some(&opened.head.etag),
            Self::Unreadable { etag, .. } => etag.as_deref(),
        }
    }
}

/// A thumbnail's place and what was found there.
pub(super) struct Found {
    pub(super) object: ObjectRef,
    /// The thumbnail's own ETag, and how it compares with its source.
    thumbnail: Option<(String, Standing)>,
}

impl Found {
    pub(super) fn standing(&self) -> Option<Standing> {
        self.thumbnail.as_ref().map(|(_, standing)| *standing)
    }

    /// What a write to this place must still find there.
    pub(super) fn seen(&self) -> Seen<'_> {
        self.thumbnail.as_ref().map_or(Seen::Nothing, |(etag, _)| Seen::ETag(etag))
    }

    /// The place and the ETag of a stale thumbnail.
    pub(super) fn stale(&self) -> Option<(&ObjectRef, &str)> {
        match &self.thumbnail {
            Some((etag, Standing::Stale)) => Some((&self.object, etag)),
            _ => None,
        }
    }
}

/// The source that was read last, by which a denial of one key is told from a denial of all.
#[derive(Debug, Default)]
pub(super) struct LastRead(Mutex<Option<ObjectRef>>);

impl LastRead {
    fn set(&self, source: &ObjectRef) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(source.clone());
    }

    /// It, unless it lies in another bucket than `source` or is `source`.
    fn beside(&self, source: &ObjectRef) -> Option<ObjectRef> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone().filter(|last| last.bucket == source.bucket && last != source)
    }
}

/// Looks at sources and thumbnails, and changes nothing.
pub(super) struct Viewer<'a, S> {
    pub(super) store: &'a S,
    pub(super) last_read: &'a LastRead,
    /// What the keys of all sources begin with.
    pub(super) source_prefix: &'a str,
    /// Whether sources may lie in any bucket.
    pub(super) any_bucket: bool,
}

impl<S: Store> Viewer<'_, S> {
    /// Looks at the source and at all `places` of its thumbnails at once, so as to wait for S3 only
    /// once.
    pub(super) async fn look(
        &self,
        source: &ObjectRef,
        places: &[ObjectRef],
        recipe: &RecipeId,
    ) -> Result<Look<S::Body>, ReconcileError> {
        let heads = join_all(places.iter().map(|place| self.store.head(place)));
        let (opened, heads) = join(self.store.get(source), heads).await;
        let seen = match opened {
            Ok(Some(opened)) => {
                self.last_read.set(source);
                Source::Readable(opened)
            }
            Ok(None) => Source::Gone,
            Err(error) => self.unreadable(source, error).await?,
        };
        let mut thumbnails = Vec::with_capacity(places.len());
        for (place, head) in places.iter().zip(heads) {
            // Then other buckets' pictures can have their thumbnails there as well.
            let is_shared = self.any_bucket && place.bucket != source.bucket;
            let thumbnail = head?.map(|head| {
                let standing = provenance::standing(&head, source, seen.etag(), recipe, is_shared);
                (head.etag, standing)
            });
            thumbnails.push(Found { object: place.clone(), thumbnail });
        }
        Ok(Look { source: seen, thumbnails })
    }

    /// A source that cannot be read. `HEAD` needs less than `GET` does: it works for archived
    /// objects, and shows whether their thumbnails are up to date.
    async fn unreadable(
        &self,
        source: &ObjectRef,
        error: StoreError,
    ) -> Result<Source<S::Body>, ReconcileError> {
        match self.explain(source, error).await {
            error @ ReconcileError::Unreadable(_) => {
                let head = self.store.head(source).await.ok().flatten();
                Ok(Source::Unreadable { etag: head.map(|head| head.etag), error })
            }
            error => Err(error),
        }
    }

    /// Whether a failed call about a source is due to this key alone: to how it is stored, or to
    /// who may read it. An uploader can bring that about.
    pub(super) async fn explain(&self, source: &ObjectRef, error: StoreError) -> ReconcileError {
        match error.kind {
            StoreErrorKind::Archived | StoreErrorKind::CustomerKey | StoreErrorKind::KeyDenied => {
                ReconcileError::Unreadable(error)
            }
            StoreErrorKind::Denied | StoreErrorKind::Forbidden => {
                if self.is_denied_everywhere(source, error.kind).await {
                    error.into()
                } else {
                    ReconcileError::Unreadable(error)
                }
            }
            _ => error.into(),
        }
    }

    /// Whether other sources are denied as well. The source that was read last tells it best.
    /// Without one, an object that does not exist has to do; but a policy that denies by tags also
    /// denies what has none, and then nothing is known of others.
    async fn is_denied_everywhere(&self, source: &ObjectRef, kind: StoreErrorKind) -> bool {
        let other = match self.last_read.beside(source) {
            Some(last) => last,
            None if kind == StoreErrorKind::Forbidden => return false,
            None => ObjectRef::new(&source.bucket, format!("{}{ABSENT}", self.source_prefix)),
        };
        let denied = [StoreErrorKind::Denied, StoreErrorKind::Forbidden];
        self.store.head(&other).await.is_err_and(|error| denied.contains(&error.kind))
    }
}
