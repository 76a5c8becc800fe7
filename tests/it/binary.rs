//! The function's binary as a process: how it starts, and how it fails to start.

use std::process::Stdio;
use std::time::Duration;

use support::events::{s3_put, sqs_event};
use support::lambda::{Answer, RuntimeApi};
use support::s3::{EmbeddedS3, Fault, Matching, Times};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

use crate::embedded_s3::{put, s3_with_bucket};

fn function() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_s3-thumbnailer"));
    command
        .env_clear()
        .env("AWS_LAMBDA_FUNCTION_NAME", "s3-thumbnailer")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[tokio::test]
async fn wrong_settings_stop_the_process_at_its_start_and_are_all_named() {
    let ended = function()
        .env("JPEG_QUALITY", "800")
        .env("THUMBNAIL_PREFIX", "images/small/")
        .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
        .output()
        .await
        .unwrap();
    assert!(!ended.status.success());
    let line: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(line["level"], "ERROR");
    let problems = line["problems"].as_str().unwrap();
    for named in ["JPEG_QUALITY=\"800\"", "THUMBNAIL_PREFIX=\"images/small/\""] {
        assert!(problems.contains(named), "{problems}");
    }
}

#[tokio::test]
async fn nothing_is_read_from_s3_before_the_first_event() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = EmbeddedS3::start(folder.path()).await.unwrap();
    let lambda = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let _function = function()
        .envs(s3.environment())
        .env("AWS_LAMBDA_RUNTIME_API", lambda.local_addr().unwrap().to_string())
        .spawn()
        .unwrap();
    let asked = async {
        let (mut connection, _) = lambda.accept().await.unwrap();
        let mut request = vec![0; 1000];
        let length = connection.read(&mut request).await.unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    };
    let asked = timeout(Duration::from_secs(30), asked).await.expect("it asks for its first event");
    assert!(asked.starts_with("GET /2018-06-01/runtime/invocation/next"), "{asked}");
    assert_eq!(s3.faults().seen(), []);
}

/// The answer to an upload of `keys`, with this much time for it.
async fn answer(
    s3: &EmbeddedS3,
    set: &[(&str, &str)],
    keys: &[&str],
    time: Duration,
) -> serde_json::Value {
    let lambda = RuntimeApi::start().await.unwrap();
    let _function = function()
        .envs(s3.environment())
        .envs(lambda.environment("thumbs", 512))
        .env("OTEL_SDK_DISABLED", "true")
        .envs(set.iter().copied())
        .spawn()
        .unwrap();
    let event = sqs_event(keys.iter().map(|key| s3_put("pictures", key))).to_string();
    let answer =
        timeout(time, lambda.invoke(event, time)).await.expect("an answer in time").unwrap();
    let Some(Answer::Response(answer)) = answer else { panic!("{answer:?}") };
    serde_json::from_slice(&answer).unwrap()
}

#[tokio::test]
async fn no_more_pictures_are_worked_on_at_once_than_the_setting_allows() {
    let (s3, _folder) = s3_with_bucket().await;
    let keys = ["images/a.jpg", "images/b.jpg", "images/c.jpg"];
    for key in keys {
        put(&s3, key, pictures::photo_jpeg(40, 30, 1)).await;
    }
    let before = s3.faults().seen().len();
    let slow = Fault::Delay(Duration::from_millis(200));
    s3.faults().inject(Matching::under("pictures", ""), slow, Times::Always);
    let set = [("CONCURRENCY", "1")];
    let answer = answer(&s3, &set, &keys, Duration::from_mins(1)).await;
    assert_eq!(answer["batchItemFailures"], serde_json::json!([]));
    // Each picture is read at first and looked at again in the end.
    let seen = s3.faults().seen().split_off(before);
    let mut order: Vec<String> = seen.into_iter().map(|seen| seen.key).collect();
    order.retain(|key| keys.contains(&key.as_str()));
    assert_eq!(order.len(), 2 * keys.len(), "{order:?}");
    order.dedup();
    assert_eq!(order.len(), keys.len(), "one picture after another: {order:?}");
}

#[tokio::test]
async fn an_invocation_is_answered_before_its_deadline_whatever_s3_does() {
    let (s3, _folder) = s3_with_bucket().await;
    let stuck = Fault::Delay(Duration::from_mins(1));
    s3.faults().inject(Matching::key("pictures", "images/stuck.jpg"), stuck, Times::Always);
    let keys = ["images/notes.txt", "images/stuck.jpg"];
    put(&s3, "images/notes.txt", b"text".to_vec()).await;
    let answer = answer(&s3, &[], &keys, Duration::from_secs(5)).await;
    assert_eq!(answer["batchItemFailures"].as_array().map(Vec::len), Some(1), "{answer}");
}
