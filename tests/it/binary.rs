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

/// The processes that `parent` started, with their arguments.
#[cfg(all(target_os = "linux", feature = "avif"))]
fn children(parent: u32) -> Vec<(u32, String)> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Ok(process) = name.parse::<u32>() else { continue };
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // Its parent is the second field behind the name, which is in parentheses.
        let of = stat.rsplit_once(')').and_then(|(_, fields)| fields.split(' ').nth(2));
        if of.is_some_and(|of| of == parent.to_string()) {
            let arguments = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap();
            children.push((process, arguments));
        }
    }
    children
}

#[cfg(all(target_os = "linux", feature = "avif"))]
#[tokio::test]
async fn avif_is_decoded_in_a_process_that_has_nothing_and_whose_end_costs_nothing() {
    let (s3, _folder) = s3_with_bucket().await;
    let lambda = RuntimeApi::start().await.unwrap();
    let function = function()
        .envs(s3.environment())
        .envs(lambda.environment("thumbs", 512))
        .env("OTEL_SDK_DISABLED", "true")
        .spawn()
        .unwrap();
    let time = Duration::from_mins(1);
    let mut decoders = Vec::new();
    for (number, key) in ["images/a.avif", "images/b.avif", "images/c.avif"].iter().enumerate() {
        let seed = u64::try_from(number).unwrap();
        put(&s3, key, pictures::photo_avif(64, 48, seed)).await;
        let event = sqs_event([s3_put("pictures", key)]).to_string();
        let Some(Answer::Response(answer)) = lambda.invoke(event, time).await.unwrap() else {
            panic!("no answer");
        };
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["batchItemFailures"], serde_json::json!([]));
        let thumbnail = key.replace("images/", "thumbnails/");
        let head = s3.client().head_object().bucket("pictures").key(&thumbnail).send().await;
        assert!(head.is_ok(), "{thumbnail}: {head:?}");

        let running = children(function.id().unwrap());
        let [(decoder, arguments)] = running.as_slice() else { panic!("{running:?}") };
        assert!(arguments.contains("--decode-av1"), "{arguments}");
        let of = |what: &str| format!("/proc/{decoder}/{what}");
        assert_eq!(std::fs::read(of("environ")).unwrap(), b"");
        assert_eq!(std::fs::read_dir(of("fd")).unwrap().count(), 3, "two pipes, and /dev/null");
        decoders.push(*decoder);
        if number == 1 {
            let id = decoder.to_string();
            Command::new("kill").args(["-KILL", &id]).status().await.unwrap();
        }
    }
    assert_eq!(decoders[0], decoders[1], "it is kept while it behaves");
    assert_ne!(decoders[1], decoders[2]);
}
