//! Each setting has its effect: measured from outside, on the processes of the function and of the
//! worker where a picture tells, and on what the settings put together where only time does.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use futures_util::future::join_all;
use pictures::photo_jpeg;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::engine::{RenderError, Renderer as _};
use serde_json::Value;
use support::events;
use support::lambda::{Answer, RuntimeApi};
use support::s3::{EmbeddedS3, Fault, Matching, Times};
use support::sqs::{EmbeddedSqs, QueueSettings, State};
use thumbnail::{Output, Recipe};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const QUEUE: &str = "images";
const DEAD: &str = "images-dead";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long something is given to happen that must not happen.
const GRACE: Duration = Duration::from_millis(300);

/// What the processes talk to: the buckets `pictures`, `thumbs` and `others`, and both queues.
struct Servers {
    s3: EmbeddedS3,
    sqs: EmbeddedSqs,
    _folder: tempfile::TempDir,
}

impl Servers {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let s3 = EmbeddedS3::start(folder.path()).await.unwrap();
        for bucket in ["pictures", "thumbs", "others"] {
            s3.client().create_bucket().bucket(bucket).send().await.unwrap();
        }
        let sqs = EmbeddedSqs::start().await.unwrap();
        for queue in [QUEUE, DEAD] {
            let _ = sqs.create_queue(queue, QueueSettings::default());
        }
        Self { s3, sqs, _folder: folder }
    }

    async fn put(&self, bucket: &str, key: &str, bytes: Vec<u8>) {
        let request = self.s3.client().put_object().bucket(bucket).key(key);
        request.body(ByteStream::from(bytes)).send().await.unwrap();
    }

    /// A process that reaches S3 by a name, not by an address: only then can a bucket stand in front
    /// of the host.
    fn command(&self, program: &str, set: &[(&str, &str)]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs(self.sqs.environment()).envs(self.s3.environment());
        command.env("AWS_ENDPOINT_URL_S3", self.s3.endpoint().replace("127.0.0.1", "localhost"));
        command.envs([("QUEUE_URL", self.sqs.url(QUEUE))]);
        command.envs([("DEAD_LETTER_QUEUE_URL", self.sqs.url(DEAD))]);
        command.envs(set.iter().copied()).kill_on_drop(true).stdout(Stdio::piped());
        command
    }

    /// Why messages were rejected.
    fn reasons(&self) -> Vec<String> {
        let dead = self.sqs.messages(DEAD);
        dead.iter().map(|message| message.attributes["reason"].clone()).collect()
    }

    /// Everything in a bucket, by key.
    async fn keys(&self, bucket: &str) -> Vec<String> {
        let listed = self.s3.client().list_objects_v2().bucket(bucket).send().await.unwrap();
        listed.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
    }

    /// Pictures of which something was read.
    fn looked_at(&self) -> BTreeSet<String> {
        let seen = self.s3.faults().seen().into_iter();
        seen.filter(|seen| seen.method == "GET" && seen.key.contains(".jpg"))
            .map(|seen| seen.key)
            .collect()
    }
}

async fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let look = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// The function's process.
struct Function {
    api: RuntimeApi,
    _process: Child,
}

impl Function {
    async fn start(servers: &Servers, megabytes: u32, set: &[(&str, &str)]) -> Self {
        let api = RuntimeApi::start().await.unwrap();
        let mut command = servers.command(env!("CARGO_BIN_EXE_s3-thumbnailer"), set);
        let process = command.envs(api.environment("thumbs", megabytes)).spawn().unwrap();
        Self { api, _process: process }
    }

    async fn invoke(&self, bodies: impl IntoIterator<Item = Value>) {
        let event = events::sqs_event(bodies).to_string();
        let answer = tokio::time::timeout(PATIENCE, self.api.invoke(event, PATIENCE)).await;
        let Ok(Ok(Some(Answer::Response(answer)))) = answer else { panic!("{answer:?}") };
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["batchItemFailures"], Value::Array(Vec::new()), "nothing comes back");
    }
}

/// A QOI file's header: what is declared, and nothing of it. It is found cut off once it is decoded.
fn declared(width: u32, height: u32) -> Vec<u8> {
    [b"qoif", &width.to_be_bytes()[..], &height.to_be_bytes(), &[3, 0]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_limit_on_a_picture_is_the_one_that_was_set() {
    let picture = photo_jpeg(64, 48, 1);
    let (all, fewer) = (picture.len().to_string(), (picture.len() - 1).to_string());
    // At 512 MB, decoded pictures may take 336 MB; this is 3 bytes a pixel.
    let (fits, too_large) = (declared(10_000, 10_000), declared(11_000, 11_000));
    let any_number = ("MAX_PIXELS", "4294967296");
    let cases: [(&[(&str, &str)], Vec<u8>, Option<&str>); 6] = [
        (&[("MAX_SOURCE_BYTES", &all)], picture.clone(), None),
        (&[("MAX_SOURCE_BYTES", &fewer)], picture.clone(), Some("too_many_bytes")),
        (&[("MAX_PIXELS", "3072")], picture.clone(), None),
        (&[("MAX_PIXELS", "3071")], picture.clone(), Some("too_many_pixels")),
        (&[any_number], fits, Some("truncated")),
        (&[any_number], too_large, Some("too_much_memory")),
    ];
    let checks = cases.map(async |(set, bytes, expected)| {
        let servers = Servers::start().await;
        servers.put("pictures", "images/a.jpg", bytes).await;
        let function = Function::start(&servers, 512, set).await;
        function.invoke([events::s3_put("pictures", "images/a.jpg")]).await;
        assert_eq!(servers.reasons(), Vec::from_iter(expected), "{set:?}");
        let made = servers.keys("pictures").await.contains(&"thumbnails/a.jpg".to_owned());
        assert_eq!(made, expected.is_none(), "{set:?}");
    });
    join_all(checks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_picture_is_rejected_or_shown_as_the_settings_say() {
    let whole = photo_jpeg(640, 480, 1);
    let half = whole[..whole.len() / 2].to_vec();
    let show = r#"[{"outputs": {"a": {}}, "key": "small/{path}", "manifest": "lists/{path}.{ext}",
                    "on_damaged": "show"}]"#;
    let reject = r#"[{"outputs": {"a": {}}, "on_damaged": "reject"}]"#;
    let by_rule = |rule: &'static str| ("THUMBNAIL_RULES", rule);
    let (shown, rejected) = (Some("truncated"), None);
    let cases: [(&[(&str, &str)], Option<&str>); 5] = [
        (&[], rejected),
        (&[("ON_DAMAGED", "reject")], rejected),
        (&[("ON_DAMAGED", "show")], shown),
        (&[("ON_DAMAGED", "show"), by_rule(reject)], rejected),
        (&[by_rule(show)], shown),
    ];
    let checks = cases.map(async |(set, damaged)| {
        let servers = Servers::start().await;
        servers.put("pictures", "images/half.jpg", half.clone()).await;
        servers.put("pictures", "images/whole.jpg", whole.clone()).await;
        let function = Function::start(&servers, 512, set).await;
        let keys = ["images/half.jpg", "images/whole.jpg"];
        function.invoke(keys.map(|key| events::s3_put("pictures", key))).await;
        let reasons = Vec::from_iter(damaged.is_none().then_some("truncated"));
        assert_eq!(servers.reasons(), reasons, "{set:?}");
        let folder = if set.contains(&by_rule(show)) { "small/" } else { "" };
        let says = async |name: &str| {
            let key = format!("thumbnails/{folder}{name}.jpg");
            let request = servers.s3.client().head_object().bucket("pictures").key(key);
            let head = request.send().await.ok()?;
            Some(head.metadata().unwrap().get("damaged").cloned())
        };
        assert_eq!(says("half").await.flatten().as_deref(), damaged, "{set:?}");
        assert_eq!(says("whole").await, Some(None), "{set:?}");
        if !folder.is_empty() {
            let key = "thumbnails/lists/half.jpg.json";
            let request = servers.s3.client().get_object().bucket("pictures").key(key);
            let list = request.send().await.unwrap().body.collect().await.unwrap();
            let list: Value = serde_json::from_slice(&list.into_bytes()).unwrap();
            assert_eq!(list["source"]["damaged"], "truncated");
        }
    });
    join_all(checks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_thumbnails_are_where_the_settings_say_and_stored_as_they_say() {
    let servers = Servers::start().await;
    for bucket in ["pictures", "others"] {
        servers.put(bucket, "deep/down/a.jpg", photo_jpeg(64, 48, 1)).await;
    }
    let set = [
        ("SOURCE_BUCKET", "pictures"),
        ("SOURCE_PREFIX", "/"),
        ("THUMBNAIL_BUCKET", "thumbs"),
        ("THUMBNAIL_PREFIX", "/"),
        ("CACHE_CONTROL", "max-age=7"),
        ("THUMBNAIL_TAGS", "made=here"),
        ("ON_SOURCE_DELETED", "keep"),
    ];
    let function = Function::start(&servers, 512, &set).await;
    let created =
        ["pictures", "others", "thumbs"].map(|bucket| events::s3_put(bucket, "deep/down/a.jpg"));
    let [here, foreign, own] = created;
    function.invoke([here, foreign]).await;
    assert_eq!(servers.reasons(), ["foreign_bucket"]);
    assert_eq!(servers.keys("thumbs").await, ["deep/down/a.jpg"]);
    let put = servers.s3.faults().seen().into_iter().rfind(|seen| seen.method == "PUT").unwrap();
    assert_eq!(put.bucket, "thumbs");
    assert_eq!(put.headers["cache-control"], "max-age=7");
    assert_eq!(put.headers["x-amz-tagging"], "made=here");

    // Its own thumbnail, announced by mistake, is not a picture.
    function.invoke([own]).await;
    assert_eq!(servers.keys("thumbs").await, ["deep/down/a.jpg"]);

    let request = servers.s3.client().delete_object().bucket("pictures").key("deep/down/a.jpg");
    request.send().await.unwrap();
    function.invoke([events::s3_delete("pictures", "deep/down/a.jpg")]).await;
    assert_eq!(servers.keys("thumbs").await, ["deep/down/a.jpg"], "it is kept");
    assert_eq!(servers.reasons().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_an_endpoint_of_ones_own_the_bucket_stands_in_the_path() {
    let servers = Servers::start().await;
    servers.put("pictures", "images/a.jpg", photo_jpeg(64, 48, 1)).await;
    let before = servers.s3.faults().seen().len();
    let function = Function::start(&servers, 512, &[]).await;
    function.invoke([events::s3_put("pictures", "images/a.jpg")]).await;
    for seen in &servers.s3.faults().seen()[before..] {
        assert_eq!(seen.bucket, "pictures", "{seen:?}");
        assert!(seen.headers["host"].to_str().unwrap().starts_with("localhost:"), "{seen:?}");
    }
    assert_eq!(servers.keys("pictures").await, ["images/a.jpg", "thumbnails/a.jpg"]);
}

/// Six pictures, each of which S3 takes too long to give.
async fn stuck_pictures(servers: &Servers) -> Vec<Value> {
    let keys: Vec<String> = (0..6).map(|n| format!("images/{n}.jpg")).collect();
    for key in &keys {
        servers.put("pictures", key, photo_jpeg(64, 48, 1)).await;
        let stuck = Matching::key("pictures", key);
        servers.s3.faults().inject(stuck, Fault::Delay(PATIENCE), Times::Always);
    }
    keys.iter().map(|key| events::s3_put("pictures", key)).collect()
}

async fn works_on(servers: &Servers, pictures: usize) {
    wait_until("enough pictures are read", || servers.looked_at().len() >= pictures).await;
    tokio::time::sleep(GRACE).await;
    assert_eq!(servers.looked_at().len(), pictures);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_works_on_as_many_pictures_at_once_as_it_is_told_to() {
    let servers = Servers::start().await;
    let bodies = stuck_pictures(&servers).await;
    let function = Function::start(&servers, 512, &[("CONCURRENCY", "3")]).await;
    tokio::select! {
        () = function.invoke(bodies) => panic!("the pictures are stuck"),
        () = works_on(&servers, 3) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_works_on_as_many_pictures_at_once_as_it_is_told_to() {
    let servers = Servers::start().await;
    for body in stuck_pictures(&servers).await {
        servers.sqs.send(QUEUE, &body.to_string(), None);
    }
    let set = [("CONCURRENCY", "3"), ("SOURCE_BUCKET", "pictures")];
    let _worker = servers.command(env!("CARGO_BIN_EXE_worker"), &set).spawn().unwrap();
    works_on(&servers, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_takes_the_memory_that_it_is_told_of_and_says_so() {
    for (bytes, reason) in [("134217728", "too_much_memory"), ("1073741824", "truncated")] {
        let servers = Servers::start().await;
        // It decodes to 75 MB; of 128 MiB, decoded pictures may take 53 MB.
        servers.put("pictures", "a.qoi", declared(5000, 5000)).await;
        servers.sqs.send(QUEUE, &events::s3_put("pictures", "a.qoi").to_string(), None);
        let set = [
            ("MEMORY_BYTES", bytes),
            ("SOURCE_BUCKET", "pictures"),
            ("SOURCE_PREFIX", "/"),
            ("THUMBNAIL_BUCKET", "thumbs"),
            ("THUMBNAIL_PREFIX", "/"),
        ];
        let mut worker = servers.command(env!("CARGO_BIN_EXE_worker"), &set).spawn().unwrap();
        let started = first_line(&mut worker).await;
        assert_eq!(started["memoryBytes"].to_string(), bytes);
        assert_eq!(started["memoryFrom"], "MEMORY_BYTES");
        let is_done = || servers.sqs.messages(QUEUE).iter().all(|m| m.state == State::Deleted);
        wait_until("the message is done", is_done).await;
        assert_eq!(servers.reasons(), [reason], "{bytes}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_worker_finds_out_its_memory_by_itself() {
    let servers = Servers::start().await;
    let mut worker = servers.command(env!("CARGO_BIN_EXE_worker"), &[]).spawn().unwrap();
    let started = first_line(&mut worker).await;
    let from = started["memoryFrom"].as_str().unwrap_or_default();
    assert!(["the cgroup's limit", "the machine's memory"].contains(&from), "{started}");
}

async fn first_line(process: &mut Child) -> Value {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it says something");
    // What comes after it is read as well, so that the process is not held up.
    let line = line.unwrap().unwrap();
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    serde_json::from_str(&line).unwrap()
}

static BEGAN: AtomicBool = AtomicBool::new(false);
static MAY_END: AtomicBool = AtomicBool::new(false);

/// Lets rendering end however the test does: a thread that is stuck would keep it from ending.
struct Release;

impl Drop for Release {
    fn drop(&mut self) {
        MAY_END.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn rendering_is_given_up_after_the_seconds_that_were_set_and_not_before() {
    let set = |name: &str| (name == "MAX_RENDER_SECONDS").then(|| "7".to_owned());
    let engine = Config::from_lookup(set).unwrap().engine().with_core(|picture| {
        BEGAN.store(true, Ordering::SeqCst);
        while !MAY_END.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        picture.render()
    });
    let recipe = Arc::new(Recipe::of(vec![Output::default()]));
    let _release = Release;
    let mut rendering = pin!(engine.render(photo_jpeg(64, 48, 1), &recipe));
    let mut ended = async || poll_fn(|context| Poll::Ready(rendering.as_mut().poll(context))).await;
    // The clock of this test moves only when it is told to.
    while !BEGAN.load(Ordering::SeqCst) {
        assert!(ended().await.is_pending());
        tokio::task::yield_now().await;
    }
    tokio::time::advance(Duration::from_millis(6999)).await;
    assert!(ended().await.is_pending());
    tokio::time::advance(Duration::from_millis(2)).await;
    let Poll::Ready(Err(RenderError::TooSlow { limit })) = ended().await else {
        panic!("it still renders");
    };
    assert_eq!(limit, Duration::from_secs(7));
}
