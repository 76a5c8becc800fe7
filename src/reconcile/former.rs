//! Removes what former rules made of a picture, once its present thumbnails are looked after. What
//! the source holds does not matter: by the present rules, nobody's thumbnail belongs there.

use futures_util::future::join_all;

use super::error::{Disposition, ReconcileError};
use super::measured::{Measured, Stage};
use super::outcome::{Outcome, Skip};
use crate::object::ObjectRef;
use crate::provenance;
use crate::store::Store;

/// Removes from `places` what says that it was made of a picture in `source_bucket`, and gives the
/// verdict on the key, with what was removed. Nothing is removed where the key is to be looked at
/// again, or where the thumbnails of a deleted source are kept.
pub(super) async fn remove(
    store: &impl Store,
    source_bucket: &str,
    places: &[ObjectRef],
    verdict: Result<Outcome, ReconcileError>,
    measured: &mut Measured,
) -> Result<Outcome, ReconcileError> {
    let keeps = match &verdict {
        Ok(outcome) => *outcome == Outcome::Skipped(Skip::SourceGoneThumbnailsKept),
        Err(error) => error.disposition() == Disposition::Retry,
    };
    if keeps || places.is_empty() {
        return verdict;
    }
    let looking = Stage::Look.begin();
    let heads = join_all(places.iter().map(|place| store.head(place))).await;
    measured.end(looking);
    let mut found = Vec::new();
    for (place, head) in places.iter().zip(heads) {
        if let Some(head) = head?.filter(|head| provenance::is_ours(head, source_bucket)) {
            found.push((place, head.etag));
        }
    }
    if found.is_empty() {
        return verdict;
    }
    let writing = Stage::Write.begin();
    // One by one, so that after a failure no other removal is under way.
    for (place, etag) in &found {
        store.delete(place, etag).await?;
    }
    measured.end(writing);
    verdict.map(|outcome| match outcome {
        Outcome::Removed { removed } => Outcome::Removed { removed: removed + found.len() },
        other => other,
    })
}
