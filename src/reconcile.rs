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

use std::sync::Arc;

use futures_util::future::join_all;

use crate::engine::Renderer;
use crate::manifest;
use crate::memory_budget::{MemoryBudget, Reservation};
use crate::object::{Layout, MAX_KEY_BYTES, ObjectRef, Role};
use crate::provenance::{self, RecipeId, Standing};
use crate::store::{Body, Head, Opened, Store, StoreError, Upload};
use thumbnail::format::claims_to_be_a_picture;
use thumbnail::{Recipe, SourceFormat, ThumbnailError};

mod error;
mod former;
mod measured;
mod outcome;

pub use error::{Disposition, ReconcileError};
pub use measured::{Measured, Stage, Stages, Timed};
pub use outcome::{Made, Outcome, Reconciled, Skip, Written};

/// How often one call looks at a source that keeps changing, before it leaves it to the queue.
pub const MAX_LOOKS: u32 = 4;

/// Which thumbnails are kept up to date, and within which limits.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Which keys are sources, and where their thumbnails go.
    pub layout: Layout,
    /// The only bucket that sources may lie in; `None` allows any.
    pub source_bucket: Option<String>,
    /// What is made of pictures by each rule, in the order of the layout's rules.
    pub rules: Vec<Rule>,
    /// The `Cache-Control` that thumbnails are served with.
    pub cache_control: String,
    /// The largest source that is read, in bytes.
    pub max_source_bytes: u64,
    /// The memory budget for the bytes of sources, all keys together.
    pub source_memory: MemoryBudget,
    /// Whether thumbnails are deleted with their source.
    pub on_source_deleted: OnSourceDeleted,
}

/// What is made of the pictures of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The thumbnails.
    pub recipe: Arc<Recipe>,
    /// The recipe's name.
    pub id: RecipeId,
    /// The outputs' names, in order; empty for an output without a name.
    pub names: Vec<String>,
}

/// What happens to thumbnails when their source is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSourceDeleted {
    /// They are deleted too.
    Delete,
    /// They stay.
    Keep,
}

/// Reconciles keys, one per call. Calls may run at the same time, also for the same key, in this
/// process or in others.
#[derive(Debug)]
pub struct Reconciler<S, R> {
    store: S,
    renderer: R,
    policy: Policy,
}

/// Where the thumbnails of one source belong, and the rule that they are made by.
struct Places<'a> {
    rule: &'a Rule,
    /// The thumbnails, in the order of the outputs, and the manifest, if there is one.
    all: &'a [ObjectRef],
    has_manifest: bool,
}

impl<'a> Places<'a> {
    fn thumbnails(&self) -> &'a [ObjectRef] {
        match self.all.split_last() {
            Some((_, thumbnails)) if self.has_manifest => thumbnails,
            _ => self.all,
        }
    }

    fn manifest(&self) -> Option<&'a ObjectRef> {
        self.all.last().filter(|_| self.has_manifest)
    }
}

/// One look at a source and its thumbnails.
struct Look<B> {
    source: Option<Opened<B>>,
    thumbnails: Vec<Found>,
}

/// A thumbnail's place and what was found there.
struct Found {
    object: ObjectRef,
    standing: Option<Standing>,
}

impl<S: Store, R: Renderer> Reconciler<S, R> {
    /// A reconciler that applies `policy` to `store`.
    #[must_use]
    pub fn new(store: S, renderer: R, policy: Policy) -> Self {
        Self { store, renderer, policy }
    }

    /// Makes the thumbnails of `source` agree with what its key holds now.
    pub async fn reconcile(&self, source: &ObjectRef) -> Reconciled {
        let (mut etag, mut measured) = (None, Measured::default());
        let verdict = self.mirror(source, &mut etag, &mut measured).await;
        let places = self.former_places(source);
        let result =
            former::remove(&self.store, &source.bucket, &places, verdict, &mut measured).await;
        Reconciled { etag, measured, result }
    }

    /// Where former rules put thumbnails of `source`; nowhere in a bucket that is not ours.
    fn former_places(&self, source: &ObjectRef) -> Vec<ObjectRef> {
        match &self.policy.source_bucket {
            Some(expected) if *expected != source.bucket => Vec::new(),
            _ => self.policy.layout.former_places(source),
        }
    }

    /// Sets `etag` to the ETag of the bytes that were seen last, even when it fails.
    async fn mirror(
        &self,
        source: &ObjectRef,
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
        self.check_places(source, &places)?;
        for _ in 0..MAX_LOOKS {
            let looking = Stage::Look.begin();
            let look = self.look(source, &places).await;
            measured.end(looking);
            let look = look?;
            etag.clone_from(&look.source.as_ref().map(|opened| opened.head.etag.clone()));
            let done = match look.source {
                None => self.source_gone(&look.thumbnails, measured).await?,
                Some(opened) => {
                    measured.source_bytes = Some(opened.head.content_length);
                    self.source_there(source, opened, &places, &look.thumbnails, measured).await?
                }
            };
            let holds = match done {
                Done::Untouched(_) => true,
                Done::Touched(_) => {
                    let looking = Stage::Look.begin();
                    let now = self.store.head(source).await;
                    measured.end(looking);
                    now?.map(|head| head.etag) == *etag
                }
            };
            if holds {
                let (Done::Untouched(verdict) | Done::Touched(verdict)) = done;
                return verdict;
            }
        }
        Err(ReconcileError::KeepsChanging { looks: MAX_LOOKS })
    }

    fn check_places(&self, source: &ObjectRef, places: &Places<'_>) -> Result<(), ReconcileError> {
        if let Some(expected) = &self.policy.source_bucket
            && *expected != source.bucket
        {
            let (bucket, expected) = (source.bucket.clone(), expected.clone());
            return Err(ReconcileError::ForeignBucket { bucket, expected });
        }
        let longest = places.all.iter().map(|place| place.key.len()).max().unwrap_or(0);
        if longest > MAX_KEY_BYTES {
            return Err(ReconcileError::KeyTooLong { bytes: longest, limit: MAX_KEY_BYTES });
        }
        Ok(())
    }

    /// Looks at the source and at all of its thumbnails at once, so as to wait for S3 only once.
    async fn look(
        &self,
        source: &ObjectRef,
        places: &Places<'_>,
    ) -> Result<Look<S::Body>, ReconcileError> {
        let heads = join_all(places.all.iter().map(|place| self.store.head(place)));
        let (opened, heads) = futures_util::future::join(self.store.get(source), heads).await;
        let opened = opened?;
        let etag = opened.as_ref().map(|opened| opened.head.etag.as_str());
        let mut thumbnails = Vec::with_capacity(places.all.len());
        for (place, head) in places.all.iter().zip(heads) {
            let standing =
                head?.map(|head| provenance::standing(&head, source, etag, &places.rule.id));
            thumbnails.push(Found { object: place.clone(), standing });
        }
        Ok(Look { source: opened, thumbnails })
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
        if found.iter().all(|found| found.standing == Some(Standing::UpToDate)) {
            return Ok(Done::Untouched(Ok(Outcome::UpToDate)));
        }
        if let Some(taken) = found.iter().find(|f| f.standing == Some(Standing::Foreign)) {
            return Err(ReconcileError::ThumbnailTaken { thumbnail: taken.object.clone() });
        }
        let head = opened.head.clone();
        let reading = Stage::Read.begin();
        let read = self.read(source, opened).await;
        measured.end(reading);
        let verdict = match read {
            // The memory of the source stays reserved until its thumbnails are made.
            Ok(Some((bytes, _held))) => self.make(source, &head, bytes, places, measured).await,
            Ok(None) => Ok(Outcome::Skipped(Skip::NotAPicture)),
            Err(error) => Err(error),
        };
        match verdict {
            Ok(made @ Outcome::Made(_)) => Ok(Done::Touched(Ok(made))),
            Err(error) if error.disposition() == Disposition::Retry => Err(error),
            // These bytes get no thumbnails, and the thumbnails of the bytes before them are stale.
            without => {
                let removed = self.remove_stale(found, measured).await?;
                Ok(Done::after_removing(removed, without))
            }
        }
    }

    /// The whole body, or `None` for an object that is not a picture and does not claim to be one.
    /// The first bytes decide that, before the size is checked: a large video is not an error.
    async fn read(
        &self,
        source: &ObjectRef,
        Opened { head, mut body }: Opened<S::Body>,
    ) -> Result<Option<(Vec<u8>, Reservation)>, ReconcileError> {
        let limit = self.policy.max_source_bytes;
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
            if held.is_none() && (ended || bytes.len() >= SourceFormat::SIGNATURE_BYTES) {
                if SourceFormat::from_first_bytes(&bytes).is_none() {
                    // Only the end of the body tells whether it was damaged on the way.
                    let left = limit.saturating_sub(bytes.len() as u64);
                    skip_to_end(&mut body, left).await?;
                    let claims = claims_to_be_a_picture(&source.key, head.content_type.as_deref());
                    return if claims { Err(ThumbnailError::NotAPicture.into()) } else { Ok(None) };
                }
                if head.content_length > limit {
                    return Err(ReconcileError::TooManyBytes { bytes: head.content_length, limit });
                }
                held = Some(self.policy.source_memory.reserve(head.content_length).await?);
                let missing = usize::try_from(head.content_length).unwrap_or(0);
                bytes.reserve_exact(missing.saturating_sub(bytes.len()));
            }
            let length = bytes.len() as u64;
            if length > limit {
                return Err(ReconcileError::TooManyBytes { bytes: length, limit });
            }
            if ended {
                return Ok(held.map(|held| (bytes, held)));
            }
        }
    }

    async fn make(
        &self,
        source: &ObjectRef,
        head: &Head,
        bytes: Vec<u8>,
        places: &Places<'_>,
        measured: &mut Measured,
    ) -> Result<Outcome, ReconcileError> {
        let source_bytes = bytes.len() as u64;
        measured.source_format = SourceFormat::from_first_bytes(&bytes);
        let rendering = Stage::Render.begin();
        let rendered = self.renderer.render(bytes, &places.rule.recipe).await;
        measured.end(rendering);
        let rendering = rendered?;
        let mut metadata = provenance::metadata(source, head, &places.rule.id);
        if let Some(placeholders) = &rendering.placeholders {
            let texts = manifest::texts(placeholders).into_iter();
            metadata.extend(texts.map(|(name, text)| (name.to_owned(), text)));
        }
        let manifest = places.manifest().map(|place| {
            let names = places.rule.names.iter().map(String::as_str);
            let outputs = names.zip(places.thumbnails());
            (place, manifest::write(source, head, &rendering, outputs))
        });
        let upload = |bytes, content_type| Upload {
            bytes,
            content_type,
            cache_control: self.policy.cache_control.clone(),
            metadata: metadata.clone(),
        };
        let uploads =
            places.thumbnails().iter().zip(rendering.thumbnails).map(|(place, thumbnail)| {
                let written = Written {
                    object: place.clone(),
                    width: thumbnail.width,
                    height: thumbnail.height,
                    bytes: thumbnail.bytes.len(),
                    format: thumbnail.format,
                };
                let upload = upload(thumbnail.bytes, thumbnail.format.content_type());
                async move { self.store.put(place, upload).await.map(|()| written) }
            });
        let writing = Stage::Write.begin();
        // Waits for every write, even after one failed: none may take effect after this returns.
        let mut written = all_landed(join_all(uploads).await);
        // Written last, so that its own event means that all thumbnails are there.
        if let (Ok(_), Some((place, list))) = (&written, manifest)
            && let Err(error) = self.store.put(place, upload(list, manifest::CONTENT_TYPE)).await
        {
            written = Err(error);
        }
        measured.end(writing);
        let thumbnails = written?;
        Ok(Outcome::Made(Made {
            etag: head.etag.clone(),
            source_bytes,
            source_format: rendering.source_format,
            source_width: rendering.source_width,
            source_height: rendering.source_height,
            thumbnails,
        }))
    }

    /// Removes the thumbnails that were made from bytes the key no longer holds, and says how many.
    async fn remove_stale(
        &self,
        found: &[Found],
        measured: &mut Measured,
    ) -> Result<usize, ReconcileError> {
        let stale = found.iter().filter(|found| found.standing == Some(Standing::Stale));
        let writing = Stage::Write.begin();
        let removals = join_all(stale.map(|found| self.store.delete(&found.object))).await;
        if !removals.is_empty() {
            measured.end(writing);
        }
        let removed = removals.len();
        all_landed(removals)?;
        Ok(removed)
    }
}

/// The results of all writes of one kind as one result. Of several errors, it is one whose write
/// may still land, if there is one.
fn all_landed<T>(results: Vec<Result<T, StoreError>>) -> Result<Vec<T>, StoreError> {
    let (mut landed, mut failed) = (Vec::with_capacity(results.len()), None::<StoreError>);
    for result in results {
        match result {
            Ok(done) => landed.push(done),
            Err(error) if failed.is_none() || error.may_still_land() => failed = Some(error),
            Err(_) => {}
        }
    }
    failed.map_or(Ok(landed), Err)
}

/// Reads to the end of `body`, or up to `limit` more bytes if it is longer.
async fn skip_to_end(body: &mut impl Body, limit: u64) -> Result<(), StoreError> {
    let mut left = limit;
    while let Some(chunk) = body.next_chunk().await? {
        let length = chunk.as_ref().len() as u64;
        if length > left {
            break;
        }
        left -= length;
    }
    Ok(())
}

/// How one look ended, and whether anything was written or removed meanwhile.
enum Done {
    Untouched(Result<Outcome, ReconcileError>),
    Touched(Result<Outcome, ReconcileError>),
}

impl Done {
    fn after_removing(removed: usize, verdict: Result<Outcome, ReconcileError>) -> Self {
        if removed == 0 { Self::Untouched(verdict) } else { Self::Touched(verdict) }
    }
}
