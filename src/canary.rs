//! The canary: a tiny picture that is uploaded only to see whether its thumbnails appear.
//!
//! Everything else here watches what arrives. When nothing arrives any more (somebody overwrote the
//! bucket's notifications, switched EventBridge off or changed the queue's policy), nothing fails,
//! and no picture gets a thumbnail. The canary takes the whole way that a picture takes, and an
//! alarm goes off when it does not come back.

use std::collections::HashMap;
use std::iter::repeat_with;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::engine::Renderer;
use crate::object::ObjectRef;
use crate::reconcile::{ReconcileError, Reconciler};
use crate::store::{Announced, Head, Seen, Store, StoreError, Upload};

/// How long the thumbnails of the canary are waited for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(40);
/// How long to wait before looking for them again.
const PAUSE: Duration = Duration::from_millis(500);
/// What is left of the time to delete the canary and to say why it is lost.
const END_MARGIN: Duration = Duration::from_secs(8);
/// Width and height of the canary, in pixels.
const SIDE: usize = 8;
/// User metadata by which a canary is known: no other object is overwritten or deleted.
const MARK: (&str, &str) = ("s3-thumbnailer", "canary");

/// Why the canary did not come back.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// Operator: no thumbnails are made of this key.
    #[error("no thumbnails are made of {0}: it must lie under SOURCE_PREFIX, and a rule match it")]
    NoThumbnails(ObjectRef),
    /// Operator: another object has the canary's key.
    #[error("{0} is not a canary, and is left as it is; give the canary another key")]
    Taken(ObjectRef),
    /// Operator or environment: it was uploaded, and its thumbnails did not appear in time.
    #[error("its thumbnails were not there {:.1} seconds after its upload; {announced}", .waited.as_secs_f64())]
    Late {
        /// How long they were waited for.
        waited: Duration,
        /// Who the bucket tells of uploads.
        announced: Announced,
    },
    /// Operator or environment: it could not be uploaded, seen or deleted.
    #[error("a call about it failed")]
    Store(#[from] StoreError),
    /// Operator or environment: its thumbnails could not be looked at.
    #[error("its thumbnails could not be looked at")]
    Look(#[from] ReconcileError),
}

/// Uploads a picture as `canary`, waits until its thumbnails are there, and deletes it. An object of
/// that key that is no canary is left as it is. Returns the time from before the upload until the
/// thumbnails were seen. Waits for [`LONGEST_WAIT`] at most, and less if `deadline` comes first.
///
/// `queue_url` is that of the queue that uploads should be announced on, if it is known.
pub async fn probe<S: Store, R: Renderer>(
    reconciler: &Reconciler<S, R>,
    canary: &ObjectRef,
    queue_url: Option<&str>,
    deadline: Option<Instant>,
) -> Result<Duration, CanaryError> {
    let store = reconciler.store();
    if reconciler.is_up_to_date(canary).await?.is_none() {
        return Err(CanaryError::NoThumbnails(canary.clone()));
    }
    let before = store.head(canary).await?;
    let seen = match &before {
        None => Seen::Nothing,
        Some(head) if is_canary(head) => Seen::ETag(&head.etag),
        Some(_) => return Err(CanaryError::Taken(canary.clone())),
    };
    let began = Instant::now();
    store.put(canary, picture(), seen).await?;
    let last = deadline.and_then(|deadline| deadline.checked_sub(END_MARGIN));
    let last = last.map_or(began + LONGEST_WAIT, |last| last.min(began + LONGEST_WAIT));
    let appeared = appeared(reconciler, canary, last).await;
    let waited = began.elapsed();
    // Whether they appeared or not, no picture is left.
    if let Some(head) = store.head(canary).await?.filter(is_canary) {
        store.delete(canary, &head.etag).await?;
    }
    if appeared? {
        return Ok(waited);
    }
    let announced = store.announced(&canary.bucket, queue_url).await;
    Err(CanaryError::Late { waited, announced })
}

/// Whether the thumbnails of `canary` appear until `last`.
async fn appeared<S: Store, R: Renderer>(
    reconciler: &Reconciler<S, R>,
    canary: &ObjectRef,
    last: Instant,
) -> Result<bool, ReconcileError> {
    while reconciler.is_up_to_date(canary).await? != Some(true) {
        if Instant::now() + PAUSE > last {
            return Ok(false);
        }
        sleep(PAUSE).await;
    }
    Ok(true)
}

/// Whether an object is a canary: one may be left of a process that was killed.
fn is_canary(head: &Head) -> bool {
    let (name, value) = MARK;
    head.metadata.get(name).is_some_and(|found| found == value)
}

/// A picture like no other before: thumbnails that an earlier canary left are not its own.
fn picture() -> Upload {
    let (name, value) = MARK;
    let mut bytes = format!("P6 {SIDE} {SIDE} 255\n").into_bytes();
    bytes.extend(repeat_with(|| fastrand::u8(..)).take(SIDE * SIDE * 3));
    Upload {
        bytes,
        content_type: "image/x-portable-pixmap",
        cache_control: "no-store".to_owned(),
        metadata: HashMap::from([(name.to_owned(), value.to_owned())]),
    }
}
