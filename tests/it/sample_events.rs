//! Every file of `events/`, through the whole service against the embedded S3: what is answered, and
//! what lies in the bucket afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use futures_util::future::join_all;
use s3_thumbnailer::batch;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::queue::NoQueue;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::{KeyReport, Observer, Service};
use s3_thumbnailer::store::s3::S3Store;
use serde_json::Value;
use support::s3::EmbeddedS3;
use support::sample_events::{EVENTS, furnish, judge};

struct Silent;

impl Observer for Silent {
    fn key_finished(&self, _: &KeyReport<'_>) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_event_is_answered_as_its_table_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let there: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> =
        EVENTS.iter().map(|sample| format!("{}.json", sample.name)).collect();
    assert_eq!(there, listed, "support::sample_events lists the files of events/");

    // At once, since some wait for S3 to be tried again.
    let judged = EVENTS.iter().map(async |sample| {
        let data = tempfile::tempdir().unwrap();
        let s3 = EmbeddedS3::start(data.path()).await.unwrap();
        furnish(&s3).await.unwrap();
        let config = Config::from_lookup(|_| None).unwrap();
        let concurrency = config.concurrency.get();
        let reconciler = Reconciler::new(S3Store::new(s3.client()), config.engine(), config.policy);
        let service = Service::new(reconciler, NoQueue, Silent, concurrency);
        let text = fs::read_to_string(folder.join(format!("{}.json", sample.name))).unwrap();
        let request: Value = serde_json::from_str(&text).unwrap();
        let event = serde_json::from_value(request.clone()).unwrap();
        let response = batch::handle(&service, event, None).await.unwrap();
        let response = serde_json::to_value(response).unwrap();
        let judged = judge(sample, &request, &response, &s3).await;
        assert_eq!(judged, Ok(()), "{}", sample.name);
    });
    join_all(judged).await;
}
