//! What outputs that left the rules have left behind: thumbnails whose metadata is ours, where no
//! present rule puts any. The function does not find them, because no picture leads to them.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::provenance::is_ours;
use s3_thumbnailer::store::{Head, Store, StoreError, StoreErrorKind};

use crate::audit::print_some;
use crate::counted;

/// How many objects are asked about, or removed, at once.
const AT_ONCE: usize = 16;

/// What lies where no present rule puts a thumbnail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Former {
    /// Thumbnails of former rules, and what is known of each.
    pub(crate) outputs: Vec<(ObjectRef, Head)>,
    /// What does not say that it was made of a picture in our bucket, or may not be asked.
    pub(crate) others: Vec<ObjectRef>,
}

/// Asks the store about each object.
pub(crate) async fn tell_apart(
    store: &impl Store,
    source_bucket: &str,
    objects: Vec<ObjectRef>,
) -> Result<Former, StoreError> {
    let mut former = Former::default();
    let asked = objects.into_iter().map(|object| async move {
        let head = store.head(&object).await;
        (object, head)
    });
    let mut heads = stream::iter(asked).buffered(AT_ONCE);
    while let Some((object, head)) = heads.next().await {
        match head {
            Ok(Some(head)) if is_ours(&head, source_bucket) => {
                former.outputs.push((object, head));
            }
            // One object under a key or a policy of somebody else must not end the audit.
            Ok(Some(_))
            | Err(StoreError {
                kind:
                    StoreErrorKind::Denied | StoreErrorKind::Forbidden | StoreErrorKind::Unexpected,
                ..
            }) => former.others.push(object),
            // It went since it was listed.
            Ok(None) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(former)
}

pub(crate) fn print(former: &Former) {
    let bytes: u64 = former.outputs.iter().map(|(_, head)| head.content_length).sum();
    let outputs = counted(former.outputs.len(), "thumbnail");
    println!("{outputs} of former outputs, {bytes} bytes, where no rule puts any now");
    print_some(former.outputs.iter().map(|(object, _)| object));
    println!("{} of somebody else", counted(former.others.len(), "object"));
    print_some(former.others.iter());
}

/// Removes the thumbnails of former outputs, and tells how many.
pub(crate) async fn remove(store: &impl Store, former: &Former) -> Result<usize, StoreError> {
    let removals = former.outputs.iter().map(|(object, head)| store.delete(object, &head.etag));
    stream::iter(removals)
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await
        .map(|all| all.len())
}
