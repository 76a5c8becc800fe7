//! The function's binary as a process: how it starts, and how it fails to start.

use std::process::Stdio;
use std::time::Duration;

use support::s3::EmbeddedS3;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

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
