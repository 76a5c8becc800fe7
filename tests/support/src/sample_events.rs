//! The expected result of each file in `events/`: which of its messages fail, and which thumbnails
//! the bucket holds afterwards. The tests and `make invoke` share this table; the events are files.

use std::sync::LazyLock;

use aws_sdk_s3::primitives::ByteStream;
use serde_json::Value;

use crate::s3::{EmbeddedS3, Fault, Matching, Times};
use pictures::{Sample, corrupt_tiff, sample};

/// The bucket that every sample event names.
pub const BUCKET: &str = "pictures";

/// A file in `events/` and its expected result.
#[derive(Debug, Clone, Copy)]
pub struct SampleEvent {
    /// The file's name without `.json`.
    pub name: &'static str,
    /// Which of its messages fail, by position.
    pub fails: &'static [usize],
    /// The keys under `thumbnails/` afterwards, sorted, including those that [`furnish`] left.
    pub thumbnails: &'static [&'static str],
}

/// The thumbnail of a picture that is gone, as left by [`furnish`]; a deletion's event removes it.
const ORPHAN: &str = "deleted.jpg";

/// Every file in `events/`.
pub const EVENTS: &[SampleEvent] = &[
    event("corrupt", &[0], &[ORPHAN]),
    event("eventbridge-created", &[], &[ORPHAN, "été & plus+(1).jpg"]),
    event("eventbridge-deleted", &[], &[]),
    event("folder-marker", &[], &[ORPHAN]),
    event("mixed-batch", &[1, 3, 4, 5, 8], &[ORPHAN, "logo.png", "photo.jpg", "scan.tiff"]),
    event("not-a-picture", &[], &[ORPHAN]),
    event("not-json", &[0], &[ORPHAN]),
    event("restore-completed", &[], &[ORPHAN, "photo.jpg"]),
    event("s3-delete", &[], &[]),
    event("s3-lifecycle-expiration", &[], &[]),
    event("s3-put", &[], &[ORPHAN, "photo.jpg"]),
    event("s3-put-special-characters", &[], &[ORPHAN, "été & plus+(1).jpg"]),
    event("s3-test-event", &[], &[ORPHAN]),
    event("several-records", &[], &[ORPHAN, "logo.png", "photo.jpg", "rotated.jpg"]),
    event("sns-raw-s3-put", &[], &[ORPHAN, "photo.jpg"]),
    event("sns-s3-put", &[], &[ORPHAN, "été & plus+(1).jpg"]),
];

const fn event(
    name: &'static str,
    fails: &'static [usize],
    thumbnails: &'static [&'static str],
) -> SampleEvent {
    SampleEvent { name, fails, thumbnails }
}

/// The sample pictures that the events name, drawn once.
static PICTURES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    const NAMED: [&str; 7] = [
        "photo.jpg",
        "été & plus+(1).jpg",
        "rotated.jpg",
        "logo.png",
        "scan.tiff",
        "corrupt.jpg",
        "notes.txt",
    ];
    NAMED.into_iter().filter_map(sample).collect()
});

/// Creates the bucket as the events expect it: the sample pictures under `images/`, one that is
/// corrupt, one that may not be read, one that is throttled, and the thumbnail of one that is gone.
pub async fn furnish(s3: &EmbeddedS3) -> Result<(), aws_sdk_s3::Error> {
    let client = s3.client();
    client.create_bucket().bucket(BUCKET).send().await?;
    let mut uploads: Vec<(String, Vec<u8>, &str)> = PICTURES
        .iter()
        .cloned()
        .map(|Sample { path, bytes, content_type }| (format!("images/{path}"), bytes, content_type))
        .collect();
    let photo = uploads.first().map(|(_, bytes, _)| bytes.clone()).unwrap_or_default();
    uploads.push(("images/corrupt.tiff".to_owned(), corrupt_tiff(), "image/tiff"));
    uploads.push(("images/denied.jpg".to_owned(), photo.clone(), "image/jpeg"));
    uploads.push(("images/throttled.jpg".to_owned(), photo, "image/jpeg"));
    for (key, bytes, content_type) in uploads {
        let request = client.put_object().bucket(BUCKET).key(key).content_type(content_type);
        request.body(ByteStream::from(bytes)).send().await?;
    }
    let faults = s3.faults();
    faults.inject(Matching::key(BUCKET, "images/denied.jpg"), Fault::Deny, Times::Always);
    faults.inject(Matching::key(BUCKET, "images/throttled.jpg"), Fault::Throttle, Times::Always);
    reset(s3).await
}

/// Restores the thumbnails that [`furnish`] leaves: only that of a picture that is gone.
pub async fn reset(s3: &EmbeddedS3) -> Result<(), aws_sdk_s3::Error> {
    let client = s3.client();
    for name in thumbnails(s3).await? {
        client.delete_object().bucket(BUCKET).key(format!("thumbnails/{name}")).send().await?;
    }
    let request = client.put_object().bucket(BUCKET).key(format!("thumbnails/{ORPHAN}"));
    request.body(ByteStream::from_static(b"of a picture that is gone")).send().await?;
    Ok(())
}

/// Compares the answer to `request`, which is the file's content, and the bucket with the table.
/// The error lists the differences.
pub async fn judge(
    event: &SampleEvent,
    request: &Value,
    response: &Value,
    s3: &EmbeddedS3,
) -> Result<(), String> {
    let id = |index: &usize| request.pointer(&format!("/Records/{index}/messageId")).cloned();
    let expected: Vec<Value> = event.fails.iter().filter_map(id).collect();
    let failures = response["batchItemFailures"].as_array();
    let failed: Option<Vec<Value>> =
        failures.map(|all| all.iter().map(|one| one["itemIdentifier"].clone()).collect());
    if failed.as_ref() != Some(&expected) {
        return Err(format!("expected {expected:?} to fail, but was answered {response}"));
    }
    let there = thumbnails(s3).await.map_err(|error| error.to_string())?;
    if there != event.thumbnails {
        return Err(format!("expected the thumbnails {:?}, but found {there:?}", event.thumbnails));
    }
    Ok(())
}

/// The keys under `thumbnails/`, without this prefix, sorted.
pub async fn thumbnails(s3: &EmbeddedS3) -> Result<Vec<String>, aws_sdk_s3::Error> {
    let listing = s3.client().list_objects_v2().bucket(BUCKET).prefix("thumbnails/").send().await?;
    let keys = listing.contents().iter().filter_map(|object| object.key());
    let mut names: Vec<String> =
        keys.map(|key| key.trim_start_matches("thumbnails/").to_owned()).collect();
    names.sort();
    Ok(names)
}
