//! Reconciles one key: makes its thumbnails agree with what the key holds *now*.
//!
//! An event never says "make a thumbnail of these bytes", only "look at this key again": S3, SQS
//! and Lambda all deliver more than once and in any order. So everything is derived from the store,
//! and after every write and every removal the source is read once more. The last writer of a
//! thumbnail always checks the source after its write, and writes again if the source has changed.
//! So, when the queue is quiet, the thumbnails mirror the sources, whatever was repeated, reordered
//! or killed on the way. There is no lock, no table and no comparison of event times.
//!
//! This file decides only; [`Store`] talks to S3, and [`Renderer`] makes the thumbnails.

use futures_util::future::join_all;

use crate::engine::Renderer;
use crate::object::{MAX_KEY_BYTES, ObjectRef, Role};
use crate::provenance::Standing;
use crate::store::{Opened, Store, StoreErrorKind};

mod error;
mod former;
mod look;
mod make;
mod measured;
mod outcome;
mod policy;
mod read;

pub use error::{Disposition, ReconcileError};
pub use measured::{Measured, Stage, Stages, Timed};
pub use outcome::{Damage, Made, Outcome, Reconciled, Skip, Written};
pub use policy::{OnSourceDeleted, Policy, Rule};

use look::{Found, LastRead, Look, Source, Viewer};
use make::{Maker, Places, all_landed};
use read::{Content, Reader};

/// How often one call looks at a source that keeps changing, before it leaves it to the queue.
pub const MAX_LOOKS: u32 = 4;

/// When thumbnails that are up to date are made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// Never.
    Never,
    /// Once the same call has written or removed something, or tried to. If a look then finds them up
    /// to date, it cannot tell who wrote them: somebody else, or this call, and the answer was lost.
    AfterATry,
    /// Always.
    Always,
}

/// Reconciles keys, one per call. Calls may run at the same time, also for the same key, in this
/// process or in others.
#[derive(Debug)]
pub struct Reconciler<S, R> {
    store: S,
    renderer: R,
    policy: Policy,
    last_read: LastRead,
}

impl<S: Store, R: Renderer> Reconciler<S, R> {
    /// A reconciler that applies `policy` to `store`.
    #[must_use]
    pub fn new(store: S, renderer: R, policy: Policy) -> Self {
        Self { store, renderer, policy, last_read: LastRead::default() }
    }

    /// The store that it reads and writes.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Whether all thumbnails of `source` agree with what its key holds now; `None` if none are made
    /// of this key.
    pub async fn is_up_to_date(&self, source: &ObjectRef) -> Result<Option<bool>, ReconcileError> {
        let Role::Source { rule, thumbnails, manifest } = self.policy.layout.role(source) else {
            return Ok(None);
        };
        self.check_bucket(source)?;
        let rule = self.policy.rules.get(rule).ok_or(ReconcileError::NoRecipe { rule })?;
        let places: Vec<ObjectRef> = thumbnails.into_iter().chain(manifest).collect();
        let look = self.viewer().look(source, &places, &rule.id).await?;
        Ok(Some(look.source.etag().is_some() && look.is_up_to_date()))
    }

    /// Makes the thumbnails of `source` agree with what its key holds now.
    pub async fn reconcile(&self, source: &ObjectRef) -> Reconciled {
        self.reconcile_anew(source, Anew::Never).await
    }

    /// The same, for who must hear in full of what is written: as `anew` says, thumbnails that are
    /// up to date are made again.
    pub async fn reconcile_anew(&self, source: &ObjectRef, anew: Anew) -> Reconciled {
        let (mut etag, mut measured) = (None, Measured::default());
        let verdict = self.mirror(source, anew, &mut etag, &mut measured).await;
        let places = self.former_places(source);
        let result =
            former::remove(&self.store, &source.bucket, &places, verdict, &mut measured).await;
        Reconciled { etag, measured, result }
    }

    /// Where former rules put thumbnails of `source`; nowhere in a bucket that is not ours.
    fn former_places(&self, source: &ObjectRef) -> Vec<ObjectRef> {
        match self.check_bucket(source) {
            Ok(()) => self.policy.layout.former_places(source),
            Err(_) => Vec::new(),
        }
    }

    /// Sets `etag` to the ETag of the bytes that were seen last, even when it fails.
    async fn mirror(
        &self,
        source: &ObjectRef,
        anew: Anew,
        etag: &mut Option<String>,
        measured: &mut Measured,
    ) -> Result<Outcome, ReconcileError> {
        let (rule, thumbnails, manifest) = match self.policy.layout.role(source) {
            Role::Excluded(exclusion) => return Ok(Outcome::Skipped(Skip::Excluded(exclusion))),
            Role::Source { rule, thumbnails, manifest } => (rule, thumbnails, manifest),
        };
        let rule = self.policy.rules.get(rule).ok_or(ReconcileError::NoRecipe { rule })?;
        let has_manifest = manifest.is_some();
        let places: Vec<ObjectRef> = thumbnails.into_iter().chain(manifest).collect();
        let places = Places { rule, all: &places, has_manifest };
        self.check_bucket(source)?;
        if let Some(outcome) = self.check_keys(source, &places).await? {
            return Ok(outcome);
        }
        let mut unsettled = ReconcileError::KeepsChanging { looks: MAX_LOOKS };
        let (mut makes_again, mut removed) = (anew == Anew::Always, 0);
        for _ in 0..MAX_LOOKS {
            let looking = Stage::Look.begin();
            let look = self.viewer().look(source, places.all, &rule.id).await;
            measured.end(looking);
            let look = look?;
            *etag = look.source.etag().map(str::to_owned);
            let verdict = match self.act(source, makes_again, look, &places, measured).await {
                Ok(Done::Untouched(verdict)) => {
                    return verdict.map(|outcome| outcome.removing(removed));
                }
                Ok(Done::Touched { removed: now, verdict }) => {
                    removed += now;
                    Some(verdict.map(|outcome| outcome.removing(removed)))
                }
                // Somebody else wrote first, or this write had landed and its answer was lost. What
                // is there now is looked at.
                Err(ReconcileError::Store(error)) if error.kind == StoreErrorKind::Changed => None,
                // Most likely damaged on the way, so it is read again.
                Err(ReconcileError::Store(error))
                    if error.kind == StoreErrorKind::ChecksumMismatch =>
                {
                    unsettled = error.into();
                    continue;
                }
                Err(error) => return Err(error),
            };
            makes_again |= anew == Anew::AfterATry;
            let Some(verdict) = verdict else { continue };
            let looking = Stage::Look.begin();
            let now = self.store.head(source).await;
            measured.end(looking);
            match now {
                Ok(now) if now.as_ref().map(|head| &head.etag) == etag.as_ref() => return verdict,
                Ok(_) => {}
                // The answer to a HEAD has no body that says more. The next look asks by GET.
                Err(error) if error.kind == StoreErrorKind::Unexpected => unsettled = error.into(),
                Err(error) => return Err(self.viewer().explain(source, error).await),
            }
        }
        Err(unsettled)
    }

    fn viewer(&self) -> Viewer<'_, S> {
        Viewer {
            store: &self.store,
            last_read: &self.last_read,
            source_prefix: self.policy.layout.source_prefix(),
            any_bucket: self.policy.source_bucket.is_none(),
        }
    }

    fn maker(&self) -> Maker<'_, S, R> {
        let Self { store, renderer, policy, .. } = self;
        Maker { store, renderer, cache_control: &policy.cache_control }
    }

    fn reader(&self) -> Reader<'_, S> {
        let Policy { max_source_bytes: limit, source_memory: memory, .. } = &self.policy;
        Reader { store: &self.store, limit: *limit, memory }
    }

    fn check_bucket(&self, source: &ObjectRef) -> Result<(), ReconcileError> {
        match &self.policy.source_bucket {
            Some(expected) if *expected != source.bucket => {
                let (bucket, expected) = (source.bucket.clone(), expected.clone());
                Err(ReconcileError::ForeignBucket { bucket, expected })
            }
            _ => Ok(()),
        }
    }

    /// A thumbnail whose key would be too long cannot exist: nothing is left of a deleted source.
    async fn check_keys(
        &self,
        source: &ObjectRef,
        places: &Places<'_>,
    ) -> Result<Option<Outcome>, ReconcileError> {
        let longest = places.all.iter().map(|place| place.key.len()).max().unwrap_or(0);
        if longest <= MAX_KEY_BYTES {
            return Ok(None);
        }
        match self.store.head(source).await {
            Ok(None) => Ok(Some(Outcome::Removed { removed: 0 })),
            Ok(Some(_)) => Err(ReconcileError::KeyTooLong { bytes: longest, limit: MAX_KEY_BYTES }),
            Err(error) => Err(self.viewer().explain(source, error).await),
        }
    }

    /// Does what one look calls for.
    async fn act(
        &self,
        source: &ObjectRef,
        makes_again: bool,
        look: Look<S::Body>,
        places: &Places<'_>,
        measured: &mut Measured,
    ) -> Result<Done, ReconcileError> {
        let is_up_to_date = look.is_up_to_date();
        let Look { source: seen, thumbnails: found } = look;
        match seen {
            Source::Gone => self.source_gone(&found, measured).await,
            Source::Unreadable { .. } if is_up_to_date => {
                Ok(Done::Untouched(Ok(Outcome::UpToDate)))
            }
            Source::Readable(_) if is_up_to_date && !makes_again => {
                Ok(Done::Untouched(Ok(Outcome::UpToDate)))
            }
            Source::Unreadable { error, .. } => {
                self.no_thumbnails(&found, Err(error), measured).await
            }
            Source::Readable(opened) => {
                measured.source_bytes = Some(opened.head.content_length);
                self.source_there(source, opened, places, &found, measured).await
            }
        }
    }

    async fn source_gone(
        &self,
        found: &[Found],
        measured: &mut Measured,
    ) -> Result<Done, ReconcileError> {
        match self.policy.on_source_deleted {
            OnSourceDeleted::Keep => {
                Ok(Done::Untouched(Ok(Outcome::Skipped(Skip::SourceGoneThumbnailsKept))))
            }
            OnSourceDeleted::Delete => {
                let removed = self.remove_stale(found, measured).await?;
                Ok(Done::after_removing(removed, Ok(Outcome::Removed { removed })))
            }
        }
    }

    async fn source_there(
        &self,
        source: &ObjectRef,
        opened: Opened<S::Body>,
        places: &Places<'_>,
        found: &[Found],
        measured: &mut Measured,
    ) -> Result<Done, ReconcileError> {
        if let Some(taken) = found.iter().find(|f| f.standing() == Some(Standing::Foreign)) {
            return Err(ReconcileError::ThumbnailTaken { thumbnail: taken.object.clone() });
        }
        let head = opened.head.clone();
        let reading = Stage::Read.begin();
        let read = self.reader().read(source, opened).await;
        measured.end(reading);
        let verdict = match read {
            // The memory of the source stays reserved until its thumbnails are made.
            Ok(Content::Picture(bytes, _held)) => {
                self.maker().make(source, &head, bytes, places, found, measured).await
            }
            Ok(Content::Empty) => Ok(Outcome::Skipped(Skip::Empty)),
            Ok(Content::Other) => Ok(Outcome::Skipped(Skip::NotAPicture)),
            Err(error) => Err(error),
        };
        match verdict {
            Ok(made @ Outcome::Made(_)) => Ok(Done::Touched { removed: 0, verdict: Ok(made) }),
            without => self.no_thumbnails(found, without, measured).await,
        }
    }

    /// The present bytes get no thumbnails, and the thumbnails of the bytes before them are stale;
    /// unless another try may succeed.
    async fn no_thumbnails(
        &self,
        found: &[Found],
        verdict: Result<Outcome, ReconcileError>,
        measured: &mut Measured,
    ) -> Result<Done, ReconcileError> {
        match verdict {
            Err(error) if error.disposition() == Disposition::Retry => Err(error),
            verdict => {
                let removed = self.remove_stale(found, measured).await?;
                Ok(Done::after_removing(removed, verdict))
            }
        }
    }

    /// Removes the thumbnails that were made from bytes the key no longer holds, and says how many.
    async fn remove_stale(
        &self,
        found: &[Found],
        measured: &mut Measured,
    ) -> Result<usize, ReconcileError> {
        let stale = found.iter().filter_map(Found::stale);
        let writing = Stage::Write.begin();
        let removals = join_all(stale.map(|(place, etag)| self.store.delete(place, etag))).await;
        if !removals.is_empty() {
            measured.end(writing);
        }
        let removed = removals.len();
        all_landed(removals)?;
        Ok(removed)
    }
}

/// How one look ended, and whether anything was written or removed meanwhile.
enum Done {
    Untouched(Result<Outcome, ReconcileError>),
    Touched { removed: usize, verdict: Result<Outcome, ReconcileError> },
}

impl Done {
    fn after_removing(removed: usize, verdict: Result<Outcome, ReconcileError>) -> Self {
        if removed == 0 { Self::Untouched(verdict) } else { Self::Touched { removed, verdict } }
    }
}
