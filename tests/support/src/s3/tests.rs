use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::EncodingType;
use hyper::Method;
use tempfile::TempDir;
use tokio::time::Instant;

use super::*;

struct Running {
    s3: EmbeddedS3,
    client: Client,
    _directory: TempDir,
}

async fn running() -> Running {
    let directory = TempDir::new().unwrap();
    let s3 = EmbeddedS3::start(directory.path()).await.unwrap();
    let retries_off = aws_sdk_s3::config::retry::RetryConfig::disabled();
    let config = s3.client().config().to_builder().retry_config(retries_off).build();
    let client = Client::from_conf(config);
    client.create_bucket().bucket("pictures").send().await.unwrap();
    Running { s3, client, _directory: directory }
}

impl Running {
    async fn put(&self, key: &str, bytes: Vec<u8>) {
        let put = self.client.put_object().bucket("pictures").key(key);
        put.body(ByteStream::from(bytes)).metadata("made-of", "x").send().await.unwrap();
    }

    /// The body, or the code of the error on the way to it.
    async fn get(&self, key: &str) -> Result<Vec<u8>, String> {
        let got = self.client.get_object().bucket("pictures").key(key).send().await;
        let got = got.map_err(|error| match error {
            SdkError::DispatchFailure(_) => "no answer".to_owned(),
            error => error.code().unwrap_or("no code").to_owned(),
        })?;
        let body = got.body.collect().await.map_err(|_| "broken body".to_owned())?;
        Ok(body.to_vec())
    }

    fn inject(&self, key: &str, fault: Fault, times: Times) {
        self.s3.faults().inject(Matching::key("pictures", key), fault, times);
    }
}

#[tokio::test]
async fn objects_come_back_as_they_went_in() {
    let here = running().await;
    let keys = [
        "images/photo.jpg".to_owned(),
        "images/été & plus+(1).jpg".to_owned(),
        "images/100%/a=b?c#d.jpg".to_owned(),
        "images/photo.jpg/and below.jpg".to_owned(),
        "images/folder/".to_owned(),
        format!("images/{}", "家".repeat(330)),
    ];
    for (number, key) in keys.iter().enumerate() {
        here.put(key, vec![7; 100 * number]).await;
    }
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(here.get(key).await.unwrap(), vec![7; 100 * number], "{key}");
        let head = here.client.head_object().bucket("pictures").key(key).send().await.unwrap();
        assert_eq!(head.metadata().unwrap()["made-of"], "x");
    }
    let listed = here.client.list_objects_v2().bucket("pictures").send().await.unwrap();
    assert_eq!(listed.contents().len(), keys.len());
}

#[tokio::test]
async fn a_listing_comes_in_pages() {
    let here = running().await;
    for number in 0..7 {
        here.put(&format!("images/{number}"), vec![0]).await;
    }
    here.put("thumbnails/0", vec![0]).await;
    let list = here.client.list_objects_v2().bucket("pictures").prefix("images/").max_keys(3);
    let mut pages = list.into_paginator().send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().contents().len());
    }
    assert_eq!(sizes, [3, 3, 1]);
}

#[tokio::test]
async fn a_key_that_xml_cannot_hold_is_listed_encoded_and_spoils_any_other_list() {
    let here = running().await;
    for key in ["a\u{7}.jpg", "b\u{fffe}.jpg", "c+d e%.jpg"] {
        here.put(key, vec![0]).await;
    }
    let list = || here.client.list_objects_v2().bucket("pictures");
    assert!(list().send().await.is_err());
    let mut pages = list().encoding_type(EncodingType::Url).max_keys(1).into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert_eq!(page.encoding_type(), Some(&EncodingType::Url));
        keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
    }
    assert_eq!(keys, ["a%07.jpg", "b%EF%BF%BE.jpg", "c%2Bd+e%25.jpg"]);
}

#[tokio::test]
async fn what_is_missing_is_said_to_be_missing() {
    let here = running().await;
    assert_eq!(here.get("images/none.jpg").await, Err("NoSuchKey".to_owned()));
    let elsewhere = here.client.get_object().bucket("elsewhere").key("x").send().await;
    assert_eq!(elsewhere.unwrap_err().code(), Some("NoSuchBucket"));
    let head = here.client.head_object().bucket("pictures").key("none").send().await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
    here.put("images/gone.jpg", vec![1]).await;
    let gone = here.client.delete_object().bucket("pictures").key("images/gone.jpg");
    gone.send().await.unwrap();
    assert_eq!(here.get("images/gone.jpg").await, Err("NoSuchKey".to_owned()));
}

#[tokio::test]
async fn conditions_are_heeded() {
    let here = running().await;
    here.put("a", vec![1]).await;
    let head = here.client.head_object().bucket("pictures").key("a").send().await.unwrap();
    let etag = head.e_tag().unwrap();
    let get = || here.client.get_object().bucket("pictures").key("a");
    assert!(get().if_match(etag).send().await.is_ok());
    let unchanged = get().if_none_match(etag).send().await.unwrap_err();
    assert_eq!(unchanged.raw_response().unwrap().status().as_u16(), 304);
    let put = || here.client.put_object().bucket("pictures").body(vec![2].into());
    let again = put().key("a").if_none_match("*").send().await.unwrap_err();
    assert_eq!(again.code(), Some("PreconditionFailed"));
    assert!(put().key("a").if_match(etag).send().await.is_ok());
    assert!(put().key("a").if_match(etag).send().await.is_err());
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let here = running().await;
    let wrong = Credentials::new(EmbeddedS3::ACCESS_KEY, "guess", None, None, "wrong");
    let config = here.client.config().to_builder().credentials_provider(wrong).build();
    let list = Client::from_conf(config).list_objects_v2().bucket("pictures").send().await;
    assert_eq!(list.unwrap_err().code(), Some("SignatureDoesNotMatch"));
}

#[tokio::test]
async fn each_fault_is_what_its_name_says() {
    let here = running().await;
    let cases = [
        (Fault::Deny, "AccessDenied"),
        (Fault::Throttle, "SlowDown"),
        (Fault::InternalError, "InternalError"),
        (Fault::Reset, "no answer"),
        (Fault::ResetMidBody(1000), "broken body"),
    ];
    let count = cases.len();
    for (fault, code) in cases {
        here.put("a", vec![1; 100_000]).await;
        here.inject("a", fault, Times::First(1));
        assert_eq!(here.get("a").await, Err(code.to_owned()));
        assert_eq!(here.get("a").await.unwrap().len(), 100_000);
    }
    assert_eq!(count, 5);
}

#[tokio::test]
async fn a_truncated_answer_is_caught_by_the_checksum() {
    let here = running().await;
    here.put("a", vec![1; 100_000]).await;
    here.inject("a", Fault::Truncate(5000), Times::First(1));
    assert_eq!(here.get("a").await, Err("broken body".to_owned()));
}

#[tokio::test]
async fn a_fault_may_last_and_be_of_one_method_only() {
    let here = running().await;
    here.put("images/a", vec![1]).await;
    let puts = Matching::under("pictures", "images/").method(Method::PUT);
    here.s3.faults().inject(puts, Fault::Throttle, Times::Always);
    for _ in 0..3 {
        let put = here.client.put_object().bucket("pictures").key("images/a");
        assert_eq!(put.send().await.unwrap_err().code(), Some("SlowDown"));
    }
    assert!(here.get("images/a").await.is_ok());
    here.s3.faults().clear();
    here.put("images/a", vec![1]).await;
    let asked = here.s3.faults().seen();
    let puts = asked.iter().filter(|seen| seen.method == Method::PUT && seen.key == "images/a");
    assert_eq!(puts.count(), 5);
}

#[tokio::test]
async fn head_errors_have_no_body_to_tell_them_by() {
    let here = running().await;
    here.inject("a", Fault::Deny, Times::Always);
    let head = here.client.head_object().bucket("pictures").key("a").send().await;
    let error = head.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 403);
    assert_eq!(error.code(), None);
}

#[tokio::test]
async fn a_delay_holds_the_answer_back() {
    let here = running().await;
    here.put("a", vec![1]).await;
    here.inject("a", Fault::Delay(Duration::from_millis(150)), Times::First(1));
    let start = Instant::now();
    assert!(here.get("a").await.is_ok());
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn readers_see_one_upload_or_the_other_while_a_key_is_overwritten() {
    let here = std::sync::Arc::new(running().await);
    here.put("a", vec![0; 20_000]).await;
    let writer = tokio::spawn({
        let here = here.clone();
        async move {
            for number in 1..60_u8 {
                here.put("a", vec![number; 20_000]).await;
            }
        }
    });
    let mut reads = 0;
    while !writer.is_finished() {
        let got = here.client.get_object().bucket("pictures").key("a").send().await.unwrap();
        let etag = got.e_tag().unwrap().trim_matches('"').to_owned();
        let bytes = got.body.collect().await.unwrap().to_vec();
        assert_eq!(md5(&bytes), etag);
        reads += 1;
    }
    writer.await.unwrap();
    assert!(reads > 10);
}

fn md5(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    use s3s::crypto::Checksum as _;
    let mut hex = String::new();
    for byte in s3s::crypto::Md5::checksum(bytes) {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

#[tokio::test]
async fn small_objects_come_hundreds_a_second() {
    let here = running().await;
    here.put("a", vec![1; 1000]).await;
    let start = Instant::now();
    for _ in 0..50 {
        here.get("a").await.unwrap();
    }
    // 1.5 s when an answer waits for a delayed acknowledgement; 0.1 s otherwise.
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let here = running().await;
    let Running { s3, client, .. } = here;
    drop(s3);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(client.head_bucket().bucket("pictures").send().await.is_err());
}
