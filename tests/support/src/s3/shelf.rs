//! Which object each key stands for now. `s3s-fs` keeps bytes, metadata and checksums, under names
//! chosen here, one for each upload; this keeps the keys. It does what `s3s-fs` alone does not:
//!
//! - An overwrite is atomic: a reader gets one upload's bytes with that upload's `ETag`, never a mix.
//! - Any key S3 allows: up to 1,024 bytes, `a` beside `a/b`, empty folder markers ending in `/`.
//! - A missing bucket is `NoSuchBucket`, and `If-Match` and `If-None-Match` are heeded.
//! - Lists encode keys on request. Without that, a key that cannot stand in XML spoils its page.
//!
//! Overwritten and deleted objects stay on disk until the directory goes.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use s3s::dto::{
    CreateBucketInput, CreateBucketOutput, DeleteObjectInput, DeleteObjectOutput,
    DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, ETagCondition, EncodingType,
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput,
    HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object, PutObjectInput,
    PutObjectOutput, Timestamp,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

/// What S3 lists of an object, and the name under which its upload is stored.
#[derive(Debug, Clone)]
struct Entry {
    file: String,
    size: i64,
    etag: ETag,
    last_modified: Timestamp,
}

type Bucket = BTreeMap<String, Entry>;

/// The buckets and their keys.
#[derive(Debug)]
pub(super) struct Shelf {
    directory: PathBuf,
    files: FileSystem,
    buckets: Mutex<BTreeMap<String, Bucket>>,
    uploads: AtomicU64,
}

impl Shelf {
    pub(super) fn new(directory: &Path) -> io::Result<Self> {
        let files = FileSystem::new(directory)
            .map_err(|error| io::Error::other(format!("{}: {error:?}", directory.display())))?;
        Ok(Self {
            directory: directory.to_owned(),
            files,
            buckets: Mutex::default(),
            uploads: AtomicU64::new(0),
        })
    }

    /// Runs `act` on a bucket while nothing else changes it.
    fn in_bucket<T>(
        &self,
        name: &str,
        act: impl FnOnce(&mut Bucket) -> S3Result<T>,
    ) -> S3Result<T> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        act(buckets.get_mut(name).ok_or_else(|| s3_error!(NoSuchBucket))?)
    }

    /// The object to read, if it exists and meets the conditions.
    fn find(
        &self,
        bucket: &str,
        key: &str,
        if_match: Option<&ETagCondition>,
        if_none_match: Option<&ETagCondition>,
    ) -> S3Result<Entry> {
        let entry = self.in_bucket(bucket, |objects| {
            let entry = objects.get(key).ok_or_else(|| s3_error!(NoSuchKey))?;
            Ok(entry.clone())
        })?;
        if if_match.is_some_and(|condition| !holds(condition, &entry.etag)) {
            return Err(s3_error!(PreconditionFailed));
        }
        if if_none_match.is_some_and(|condition| holds(condition, &entry.etag)) {
            return Err(s3_error!(NotModified));
        }
        Ok(entry)
    }
}

fn holds(condition: &ETagCondition, etag: &ETag) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => etag.weak_cmp(wanted),
    }
}

#[async_trait]
impl S3 for Shelf {
    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let name = request.input.bucket.clone();
        let response = self.files.create_bucket(request).await?;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.insert(name, Bucket::new());
        Ok(response)
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.in_bucket(&request.input.bucket, |_| Ok(()))?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn get_object(
        &self,
        mut request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &mut request.input;
        let entry = self.find(
            &input.bucket,
            &input.key,
            input.if_match.as_ref(),
            input.if_none_match.as_ref(),
        )?;
        input.key = entry.file;
        self.files.get_object(request).await
    }

    async fn head_object(
        &self,
        mut request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = &mut request.input;
        let entry = self.find(
            &input.bucket,
            &input.key,
            input.if_match.as_ref(),
            input.if_none_match.as_ref(),
        )?;
        input.key = entry.file;
        self.files.head_object(request).await
    }

    async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = &mut request.input;
        let bucket = input.bucket.clone();
        self.in_bucket(&bucket, |_| Ok(()))?;
        // Taken out, so that `s3s-fs` does not check them against the file name.
        let (if_match, if_none_match) = (input.if_match.take(), input.if_none_match.take());
        let file = self.uploads.fetch_add(1, Ordering::Relaxed).to_string();
        let key = std::mem::replace(&mut input.key, file.clone());
        let response = self.files.put_object(request).await?;

        let path = self.directory.join(&bucket).join(&file);
        let size = tokio::fs::metadata(path).await.map_err(S3Error::internal_error)?.len();
        let etag = response.output.e_tag.clone();
        let entry = Entry {
            file,
            size: i64::try_from(size).map_err(S3Error::internal_error)?,
            etag: etag.ok_or_else(|| s3_error!(InternalError))?,
            last_modified: SystemTime::now().into(),
        };
        self.in_bucket(&bucket, |objects| {
            let current = objects.get(&key).map(|current| &current.etag);
            let as_asked = if_match
                .is_none_or(|condition| current.is_some_and(|etag| holds(&condition, etag)))
                && if_none_match
                    .is_none_or(|condition| current.is_none_or(|etag| !holds(&condition, etag)));
            if !as_asked {
                return Err(s3_error!(PreconditionFailed));
            }
            objects.insert(key, entry);
            Ok(())
        })?;
        Ok(response)
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { bucket, key, if_match, .. } = &request.input;
        self.in_bucket(bucket, |objects| {
            let is_another = |condition: &ETagCondition| {
                objects.get(key).is_some_and(|entry| !holds(condition, &entry.etag))
            };
            if if_match.as_ref().is_some_and(is_another) {
                return Err(s3_error!(PreconditionFailed));
            }
            objects.remove(key);
            Ok(S3Response::new(DeleteObjectOutput::default()))
        })
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = request.input;
        let deleted = self.in_bucket(&input.bucket, |objects| {
            let remove = |wanted: s3s::dto::ObjectIdentifier| {
                objects.remove(&wanted.key);
                DeletedObject { key: Some(wanted.key), ..DeletedObject::default() }
            };
            Ok(input.delete.objects.into_iter().map(remove).collect())
        })?;
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted),
            ..DeleteObjectsOutput::default()
        }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        if input.delimiter.is_some() {
            return Err(s3_error!(NotImplemented, "no listing by delimiter here"));
        }
        let prefix = input.prefix.clone().unwrap_or_default();
        let page_token = input.continuation_token.as_deref().map(read_token).transpose()?;
        let after = page_token.or(input.start_after);
        let page = usize::try_from(input.max_keys.unwrap_or(1000).clamp(0, 1000)).unwrap_or(0);
        let mut contents = self.in_bucket(&input.bucket, |objects| {
            let from = match &after {
                Some(key) if *key >= prefix => Bound::Excluded(key.as_str()),
                _ => Bound::Included(prefix.as_str()),
            };
            Ok(objects
                .range::<str, _>((from, Bound::Unbounded))
                .take_while(|(key, _)| key.starts_with(&prefix))
                // One more than requested tells whether there is another page.
                .take(page + 1)
                .map(|(key, entry)| listed(key, entry))
                .collect::<Vec<_>>())
        })?;
        let is_truncated = contents.len() > page;
        contents.truncate(page);
        let last = contents.last().and_then(|object| object.key.as_deref()).map(token);
        let encodes = input.encoding_type.as_ref().is_some_and(|kind| kind.as_str() == "url");
        let shown = |text: String| if encodes { encoded(&text) } else { text };
        for object in &mut contents {
            object.key = object.key.take().map(shown);
        }
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: input.prefix.map(shown),
            encoding_type: encodes.then(|| EncodingType::from_static(EncodingType::URL)),
            max_keys: input.max_keys,
            key_count: i32::try_from(contents.len()).ok(),
            is_truncated: Some(is_truncated),
            continuation_token: input.continuation_token,
            next_continuation_token: last.filter(|_| is_truncated),
            contents: Some(contents),
            ..ListObjectsV2Output::default()
        }))
    }
}

/// What S3 leaves as it is in an encoded key.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// A key as a list shows it with `encoding-type=url`.
fn encoded(key: &str) -> String {
    utf8_percent_encode(key, PLAIN).to_string().replace("%20", "+")
}

/// The token of the page after `key`, which can stand in XML whatever the key.
fn token(key: &str) -> String {
    utf8_percent_encode(key, NON_ALPHANUMERIC).to_string()
}

fn read_token(token: &str) -> S3Result<String> {
    let key = percent_decode_str(token).decode_utf8();
    key.map(std::borrow::Cow::into_owned).map_err(|_| s3_error!(InvalidArgument))
}

fn listed(key: &str, entry: &Entry) -> Object {
    Object {
        key: Some(key.to_owned()),
        size: Some(entry.size),
        e_tag: Some(entry.etag.clone()),
        last_modified: Some(entry.last_modified.clone()),
        ..Object::default()
    }
}
