//! How long a cold start takes: from the start of a process to its first poll of Lambda's Runtime API,
//! and to its answer to a first event, one small photograph in an S3 on this machine. The function's
//! binary and the same in Node, in turn.
//!
//! `SHARP` names the `node_modules` folder of sharp and the S3 client. Writes `target/bench/start.json`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads and starts things"
)]
#![allow(clippy::print_stdout, reason = "a command prints")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use pictures::photo_jpeg;
use serde_json::json;
use support::lambda::RuntimeApi;
use support::s3::EmbeddedS3;
use tokio::process::Command;

/// How often each is started.
const STARTS: usize = 21;

/// The longest that a start may take.
const TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let s3 = EmbeddedS3::start(folder.path()).await?;
    s3.client().create_bucket().bucket("pictures").send().await?;
    let modules = std::env::var_os("SHARP").ok_or("SHARP names no folder; see `make bench`")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/start/function.mjs");
    let ours = (PathBuf::from(env!("CARGO_BIN_EXE_s3-thumbnailer")), Vec::new());
    let node =
        (PathBuf::from("node"), vec!["--no-warnings".into(), script.into_os_string(), modules]);
    let mut times = [Vec::new(), Vec::new()];
    for start in 0..STARTS {
        for ((program, arguments), times) in [&ours, &node].into_iter().zip(&mut times) {
            // A picture that was not seen before: nobody may find its thumbnail already there.
            let key = format!("images/{start}-{}.jpg", times.len());
            let body = ByteStream::from(photo_jpeg(640, 480, start as u64));
            s3.client().put_object().bucket("pictures").key(&key).body(body).send().await?;
            let mut command = Command::new(program);
            command.args(arguments);
            times.push(time(command, &s3, &key).await?);
        }
    }
    let [ours, node] = times.map(|times| {
        let polled = median(times.iter().map(|(polled, _)| *polled));
        (polled, median(times.iter().map(|(_, answered)| *answered)))
    });
    println!("Median of {STARTS} starts, milliseconds{:>14}{:>8}", "first poll", "answer");
    for (name, (polled, answered)) in [("ours", ours), ("Node with sharp", node)] {
        println!("{name:<38}{polled:>14.1}{answered:>8.1}");
    }
    let report = json!({
        "ours_poll_ms": ours.0, "ours_answer_ms": ours.1,
        "node_poll_ms": node.0, "node_answer_ms": node.1,
    });
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&target)?;
    std::fs::write(target.join("start.json"), format!("{report:#}\n"))?;
    Ok(())
}

/// Milliseconds from the start of a process to its first poll, and to its first answer.
async fn time(
    mut command: Command,
    s3: &EmbeddedS3,
    key: &str,
) -> Result<(f64, f64), Box<dyn Error>> {
    let lambda = RuntimeApi::start().await?;
    let body = json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "pictures"}, "object": {"key": key}}}]});
    let event = json!({"Records": [{"messageId": "1", "body": body.to_string()}]}).to_string();
    command
        .envs(s3.environment())
        .envs(lambda.environment("s3-thumbnailer", 2048))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let started = Instant::now();
    let process = command.spawn()?;
    let polled = tokio::time::timeout(TIMEOUT, lambda.polled()).await??;
    let answer = tokio::time::timeout(TIMEOUT, lambda.invoke(event, TIMEOUT)).await??;
    let answered = started.elapsed();
    drop(process);
    match answer {
        Some(support::lambda::Answer::Response(answer))
            if answer.as_ref() == br#"{"batchItemFailures":[]}"# => {}
        other => return Err(format!("{other:?}").into()),
    }
    Ok(((polled - started).as_secs_f64() * 1000.0, answered.as_secs_f64() * 1000.0))
}

/// The middle of some figures.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
