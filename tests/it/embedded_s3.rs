//! The S3 store against an S3 in this process, through the real SDK over HTTP: that calls arrive as
//! meant, and that every way to fail is told apart.

use std::collections::HashMap;

use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::future::join_all;
use hyper::Method;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::reconcile::{Disposition, Policy, Reconciler};
use s3_thumbnailer::store::s3::S3Store;
use s3_thumbnailer::store::s3::listing::{ListingError, list};
use s3_thumbnailer::store::{
    Body as _, ObjectSettings, Operation, Seen, Store as _, StoreError, StoreErrorKind, Upload,
};
use support::s3::{EmbeddedS3, Fault, Matching, Times};

use crate::memory::{Copier, picture, policy};

/// An S3 with the bucket `pictures`, and the folder that holds it.
pub(crate) async fn s3_with_bucket() -> (EmbeddedS3, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let s3 = EmbeddedS3::start(folder.path()).await.unwrap();
    s3.client().create_bucket().bucket("pictures").send().await.unwrap();
    (s3, folder)
}

pub(crate) async fn put(s3: &EmbeddedS3, key: &str, bytes: Vec<u8>) {
    let request = s3.client().put_object().bucket("pictures").key(key);
    request.body(ByteStream::from(bytes)).send().await.unwrap();
}

fn object() -> ObjectRef {
    ObjectRef::new("pictures", "images/été & plus+(1) 100%25.jpg")
}

async fn read(store: &S3Store, object: &ObjectRef) -> Result<Vec<u8>, StoreError> {
    let mut opened = store.get(object).await?.expect("the object is there");
    let mut bytes = Vec::new();
    while let Some(chunk) = opened.body.next_chunk().await? {
        bytes.extend_from_slice(chunk.as_ref());
    }
    assert_eq!(bytes.len() as u64, opened.head.content_length);
    Ok(bytes)
}

#[tokio::test]
async fn an_object_is_served_as_it_was_put_until_it_is_deleted() {
    let (s3, _folder) = s3_with_bucket().await;
    let store = S3Store::new(s3.client());
    let object = object();
    assert!(store.get(&object).await.unwrap().is_none());
    assert!(store.head(&object).await.unwrap().is_none());

    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let metadata = HashMap::from([("source-etag".to_owned(), "abc".to_owned())]);
    let upload = Upload {
        bytes: bytes.clone(),
        content_type: "image/webp",
        cache_control: "public, max-age=60".to_owned(),
        metadata: metadata.clone(),
    };
    store.put(&object, upload, Seen::Nothing).await.unwrap();

    let head = store.head(&object).await.unwrap().unwrap();
    assert_eq!(head.content_length, 300_000);
    assert_eq!(head.content_type.as_deref(), Some("image/webp"));
    assert_eq!(head.metadata, metadata);
    assert!(!head.etag.is_empty() && !head.etag.contains('"'), "{:?}", head.etag);
    assert_eq!(store.get(&object).await.unwrap().unwrap().head.etag, head.etag);
    assert_eq!(read(&store, &object).await.unwrap(), bytes);
    let served = s3.client().head_object().bucket(&object.bucket).key(&object.key).send().await;
    assert_eq!(served.unwrap().cache_control(), Some("public, max-age=60"));

    store.delete(&object, &head.etag).await.unwrap();
    assert!(store.head(&object).await.unwrap().is_none());
    store.delete(&object, &head.etag).await.unwrap();
}

#[tokio::test]
async fn an_object_is_written_with_the_settings_that_its_buckets_owner_asks_for() {
    let (s3, _folder) = s3_with_bucket().await;
    let object = object();
    let headers = async |store: S3Store| {
        let there = store.head(&object).await.unwrap().map(|head| head.etag);
        let seen = there.as_deref().map_or(Seen::Nothing, Seen::ETag);
        store.put(&object, upload(&[1]), seen).await.unwrap();
        let request = s3.faults().seen().pop().unwrap();
        let header = |name: &str| {
            let value = request.headers.get(format!("x-amz-{name}"))?;
            Some(value.to_str().unwrap().to_owned())
        };
        [
            "server-side-encryption",
            "server-side-encryption-aws-kms-key-id",
            "storage-class",
            "tagging",
            "acl",
        ]
        .map(header)
    };
    let store = S3Store::new(s3.client());
    assert_eq!(headers(store.clone()).await, [const { None }; 5], "the bucket's defaults hold");

    let settings = ObjectSettings {
        encryption: Some("aws:kms"),
        kms_key: Some("1f2e".to_owned()),
        storage_class: Some("REDUCED_REDUNDANCY"),
        tags: Some("scan=clean&made%20by=us".to_owned()),
        acl: Some("bucket-owner-full-control"),
    };
    let expected = [
        "aws:kms",
        "1f2e",
        "REDUCED_REDUNDANCY",
        "scan=clean&made%20by=us",
        "bucket-owner-full-control",
    ];
    let sent = headers(store.with_settings(settings)).await;
    assert_eq!(sent, expected.map(|value| Some(value.to_owned())));
}

#[tokio::test]
async fn every_way_to_fail_is_told_apart() {
    let (s3, _folder) = s3_with_bucket().await;
    let store = S3Store::new(s3.client());
    let cases = [
        (Fault::Deny, StoreErrorKind::Denied),
        (Fault::Throttle, StoreErrorKind::Throttled),
        (Fault::InternalError, StoreErrorKind::Unavailable),
        (Fault::Reset, StoreErrorKind::Connection),
    ];
    // At once, since each call waits between its attempts, and each fault on an object of its own.
    let checks = cases.map(async |(fault, kind)| {
        let object = ObjectRef::new("pictures", format!("images/{kind:?}.jpg"));
        put(&s3, &object.key, vec![7; 200_000]).await;
        s3.faults().inject(Matching::key("pictures", &object.key), fault.clone(), Times::Always);
        let etag = "an ETag";
        let (get, head, put, delete) = tokio::join!(
            store.get(&object),
            store.head(&object),
            store.put(&object, upload(&[1]), Seen::ETag(etag)),
            store.delete(&object, etag),
        );
        let errors = [
            (Operation::Get, get.err()),
            (Operation::Head, head.err()),
            (Operation::Put, put.err()),
            (Operation::Delete, delete.err()),
        ];
        for (operation, error) in errors {
            let error = error.unwrap_or_else(|| panic!("{operation} did not fail by {fault:?}"));
            assert_eq!((error.operation, error.kind), (operation, kind), "{error:?}");
        }
        object
    });
    let objects = join_all(checks).await;
    s3.faults().clear();
    for object in objects {
        assert!(store.head(&object).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn every_key_is_listed_as_it_is_even_where_xml_cannot_hold_it() {
    let (s3, _folder) = s3_with_bucket().await;
    let keys = ["images/a\u{7}.jpg", "images/b\u{fffe}.jpg", "images/c+d e%.jpg"];
    for key in keys {
        put(&s3, key, vec![7]).await;
    }
    put(&s3, "other/d.jpg", vec![7]).await;
    let listed = list(&s3.client(), "pictures", "images/").await.unwrap();
    assert_eq!(listed, keys.map(|key| ObjectRef::new("pictures", key)));
    let under = list(&s3.client(), "pictures", "images/a\u{7}").await.unwrap();
    assert_eq!(under.len(), 1, "a prefix may be as odd");

    let failed = list(&s3.client(), "elsewhere", "images/").await.unwrap_err();
    assert!(matches!(failed, ListingError::Call { .. }), "{failed}");
    assert!(failed.to_string().contains("s3://elsewhere/images/"), "{failed}");
}

#[tokio::test]
async fn a_hiccup_is_tried_again_within_the_call() {
    let (s3, _folder) = s3_with_bucket().await;
    let object = object();
    put(&s3, &object.key, vec![7; 10]).await;
    let matching = Matching::key("pictures", &object.key);
    s3.faults().inject(matching, Fault::Throttle, Times::First(1));
    assert!(S3Store::new(s3.client()).head(&object).await.unwrap().is_some());
}

fn upload(bytes: &[u8]) -> Upload {
    Upload {
        bytes: bytes.to_vec(),
        content_type: "image/png",
        cache_control: String::new(),
        metadata: HashMap::new(),
    }
}

async fn etag_of(store: &S3Store, object: &ObjectRef) -> String {
    store.head(object).await.unwrap().expect("the object is there").etag
}

#[tokio::test]
async fn an_unreadable_object_says_why() {
    let (s3, _folder) = s3_with_bucket().await;
    let object = object();
    put(&s3, &object.key, vec![7; 10]).await;
    let store = S3Store::new(s3.client());
    let sealed = "The object was stored using a form of Server Side Encryption. The correct \
                  parameters must be provided to retrieve the object.";
    let no_key = "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: kms:Decrypt \
                  on the resource associated with this ciphertext";
    let by_policy = "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: \
                     s3:GetObject on resource: \"a\" with an explicit deny in a resource-based policy";
    let cases = [
        (400, "InvalidRequest", sealed, StoreErrorKind::CustomerKey),
        (403, "InvalidObjectState", "", StoreErrorKind::Archived),
        (403, "AccessDenied", no_key, StoreErrorKind::KeyDenied),
        (400, "KMS.DisabledException", "", StoreErrorKind::KeyDenied),
        (403, "AccessDenied", by_policy, StoreErrorKind::Forbidden),
        (403, "AccessDenied", "Access Denied", StoreErrorKind::Denied),
        (301, "PermanentRedirect", "", StoreErrorKind::OtherRegion),
    ];
    for (status, code, message, kind) in cases {
        let matching = Matching::key("pictures", &object.key);
        s3.faults().inject(matching, Fault::Error { status, code, message }, Times::Always);
        let error = store.get(&object).await.expect_err("it cannot be read");
        assert_eq!(error.kind, kind, "{code}: {message}");
        s3.faults().clear();
    }
}

#[tokio::test]
async fn a_write_overwrites_and_removes_only_what_was_seen() {
    let (s3, _folder) = s3_with_bucket().await;
    let (store, object) = (S3Store::new(s3.client()), object());
    let kind = |result: Result<(), StoreError>| result.err().map(|error| error.kind);
    let changed = Some(StoreErrorKind::Changed);
    store.put(&object, upload(b"one"), Seen::Nothing).await.unwrap();
    let one = etag_of(&store, &object).await;
    assert_eq!(kind(store.put(&object, upload(b"two"), Seen::Nothing).await), changed);
    store.put(&object, upload(b"two"), Seen::ETag(&one)).await.unwrap();
    assert_eq!(kind(store.put(&object, upload(b"three"), Seen::ETag(&one)).await), changed);
    assert_eq!(kind(store.delete(&object, &one).await), changed);
    assert_eq!(read(&store, &object).await.unwrap(), b"two");
    store.delete(&object, &etag_of(&store, &object).await).await.unwrap();
    assert_eq!(kind(store.put(&object, upload(b"four"), Seen::ETag(&one)).await), changed);
}

#[tokio::test]
async fn a_server_that_knows_no_conditions_is_served_without() {
    let (s3, _folder) = s3_with_bucket().await;
    let (store, object) = (S3Store::new(s3.client()), object());
    let matching = || Matching::key("pictures", &object.key);
    let unknown = Fault::Error { status: 501, code: "NotImplemented", message: "" };
    s3.faults().inject(matching(), unknown, Times::First(1));
    store.put(&object, upload(b"one"), Seen::Nothing).await.unwrap();
    // From then on no condition is sent: this one does not hold.
    store.put(&object, upload(b"two"), Seen::Nothing).await.unwrap();
    store.delete(&object, "another").await.unwrap();
    assert!(store.head(&object).await.unwrap().is_none());
}

#[tokio::test]
async fn the_first_bytes_are_those_of_the_object_that_was_opened() {
    let (s3, _folder) = s3_with_bucket().await;
    let (store, object) = (S3Store::new(s3.client()), object());
    put(&s3, &object.key, (0..=255).cycle().take(5000).collect()).await;
    let etag = etag_of(&store, &object).await;
    let first = store.first_bytes(&object, &etag, 300).await.unwrap().unwrap();
    assert_eq!(first, (0..=255).cycle().take(300).collect::<Vec<u8>>());
    assert_eq!(store.first_bytes(&object, "another", 300).await.unwrap(), None);
    put(&s3, &object.key, vec![1, 2, 3]).await;
    let etag = etag_of(&store, &object).await;
    assert_eq!(store.first_bytes(&object, &etag, 300).await.unwrap(), Some(vec![1, 2, 3]));
}

#[tokio::test]
async fn a_write_with_an_attempt_that_went_unanswered_is_not_yet_settled() {
    let (s3, _folder) = s3_with_bucket().await;
    let store = S3Store::new(s3.client());
    let gateway = |status| Fault::Error { status, code: "", message: "" };
    let cases = [
        (Fault::Throttle, true),
        (Fault::Reset, false),
        (Fault::InternalError, false),
        (gateway(504), false),
        (gateway(503), false),
    ];
    // At once, since each waits between its attempts, and each on an object of its own.
    let cases = cases.into_iter().enumerate().map(async |(number, (fault, settled))| {
        let object = ObjectRef::new("pictures", format!("images/{number}.jpg"));
        for operation in [Operation::Put, Operation::Delete] {
            let there = store.head(&object).await.unwrap().map(|head| head.etag);
            let matching = Matching::key("pictures", &object.key);
            s3.faults().inject(matching, fault.clone(), Times::First(1));
            let result = match &there {
                None => store.put(&object, upload(&[1]), Seen::Nothing).await,
                Some(etag) => store.delete(&object, etag).await,
            };
            let kind = result.err().map(|error| (error.kind, error.may_still_land()));
            let expected = (!settled).then_some((StoreErrorKind::Unsettled, true));
            assert_eq!(kind, expected, "{operation} after {fault:?}");
            let there = store.head(&object).await.unwrap().is_some();
            assert_eq!(there, operation == Operation::Put, "the last attempt was carried out");
        }
    });
    join_all(cases).await;
}

#[tokio::test]
async fn a_body_that_breaks_off_or_is_damaged_is_an_error_and_not_a_shorter_body() {
    let (s3, _folder) = s3_with_bucket().await;
    let object = object();
    put(&s3, &object.key, vec![7; 200_000]).await;
    let store = S3Store::new(s3.client());
    for fault in [Fault::ResetMidBody(100_000), Fault::Truncate(100_000)] {
        s3.faults().inject(Matching::key("pictures", &object.key), fault.clone(), Times::Always);
        let error = read(&store, &object).await.expect_err("the body is incomplete");
        let kind = match fault {
            Fault::Truncate(_) => StoreErrorKind::ChecksumMismatch,
            _ => StoreErrorKind::Connection,
        };
        assert_eq!((error.operation, error.kind), (Operation::Get, kind));
        s3.faults().clear();
    }
}

#[tokio::test]
async fn a_damaged_body_is_noticed_by_its_etag_where_no_checksum_was_stored() {
    let (s3, _folder) = s3_with_bucket().await;
    let object = object();
    let client = s3.client();
    let config = client
        .config()
        .to_builder()
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .build();
    let request = aws_sdk_s3::Client::from_conf(config).put_object().bucket("pictures");
    let body = ByteStream::from(vec![7; 200_000]);
    request.key(&object.key).body(body).send().await.unwrap();
    let store = S3Store::new(s3.client());
    assert_eq!(read(&store, &object).await.unwrap().len(), 200_000);

    let matching = Matching::key("pictures", &object.key);
    s3.faults().inject(matching, Fault::Truncate(100_000), Times::Always);
    let error = read(&store, &object).await.expect_err("the body is cut");
    assert_eq!((error.operation, error.kind), (Operation::Get, StoreErrorKind::ChecksumMismatch));
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("ETag"), "{error:?}");
}

#[tokio::test]
async fn a_missing_bucket_is_not_a_missing_object() {
    let (s3, _folder) = s3_with_bucket().await;
    let store = S3Store::new(s3.client());
    let object = ObjectRef::new("no-such-bucket", "images/a.jpg");
    let error = store.get(&object).await.expect_err("there is no such bucket");
    assert_eq!(error.kind, StoreErrorKind::BucketMissing);
    assert!(error.to_string().contains("GetObject s3://no-such-bucket/images/a.jpg"), "{error}");
}

/// Its message may have come back often enough, for other reasons, to be rejected for this one.
#[tokio::test]
async fn a_picture_damaged_in_transit_is_read_again_at_once() {
    let (s3, _folder) = s3_with_bucket().await;
    put(&s3, "images/a.jpg", [picture(""), vec![7; 200_000]].concat()).await;
    let policy = Policy { max_source_bytes: 1_000_000, ..policy() };
    let reconciler = Reconciler::new(S3Store::new(s3.client()), Copier, policy);
    for (damaged, reason) in [(3, None), (4, Some("checksum_mismatch"))] {
        let matching = Matching::key("pictures", "images/a.jpg").method(Method::GET);
        s3.faults().inject(matching, Fault::Truncate(100_000), Times::First(damaged));
        let ended = reconciler.reconcile(&ObjectRef::new("pictures", "images/a.jpg")).await;
        assert_eq!(ended.result.err().map(|error| error.reason()), reason, "{damaged} bodies");
        s3.faults().clear();
        s3.client()
            .delete_object()
            .bucket("pictures")
            .key("thumbnails/a.jpg")
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_picture_damaged_in_transit_is_not_rejected() {
    let (s3, _folder) = s3_with_bucket().await;
    // As damaged bytes look: not those of a picture, and not those that were stored.
    put(&s3, "images/a.jpg", vec![7; 200_000]).await;
    let matching = Matching::key("pictures", "images/a.jpg");
    s3.faults().inject(matching, Fault::Truncate(100_000), Times::Always);
    let reconciler = Reconciler::new(
        S3Store::new(s3.client()),
        Copier,
        Policy { max_source_bytes: 1_000_000, ..policy() },
    );
    let source = ObjectRef::new("pictures", "images/a.jpg");
    let error = reconciler.reconcile(&source).await.result.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("checksum_mismatch", Disposition::Retry));
    s3.faults().clear();
    let error = reconciler.reconcile(&source).await.result.unwrap_err();
    assert_eq!((error.reason(), error.disposition()), ("not_a_picture", Disposition::Reject));
}
