//! The function's release binary under cargo-lambda's Lambda emulator. Both are child processes,
//! and end when the [`Emulator`] is dropped, unless this program is killed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::Failure;

const FUNCTION: &str = "s3-thumbnailer";
/// How long cargo-lambda may take to listen.
const START: Duration = Duration::from_secs(20);
/// How long one event may take: the emulator would wait forever for a function that died.
const INVOCATION: Duration = Duration::from_mins(1);

pub(crate) struct Emulator {
    cargo_lambda: PathBuf,
    port: u16,
    event: PathBuf,
    // Held so that they are killed with this value; the function first.
    _function: Child,
    _lambda: Child,
}

impl Emulator {
    /// Starts both, the function with `environment` added to what this process has.
    pub(crate) async fn start(
        cargo_lambda: &Path,
        bootstrap: &Path,
        environment: &[(&'static str, String)],
        directory: &Path,
    ) -> Result<Self, Failure> {
        if !bootstrap.is_file() {
            return Err(format!("there is no binary at {}", bootstrap.display()).into());
        }
        // A port that was free a moment ago: cargo-lambda cannot take over a listening socket.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = directory.join("cargo-lambda.log");
        let mut emulator = Command::new(cargo_lambda)
            .args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"])
            .args(["--invoke-port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", cargo_lambda.display()))?;
        if !listens(&mut emulator, port).await {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            return Err(format!("cargo-lambda does not listen; it said:\n{said}").into());
        }
        let function = Command::new(bootstrap)
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{port}/.rt/{FUNCTION}"))
            .env("AWS_LAMBDA_FUNCTION_NAME", FUNCTION)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/s3-thumbnailer")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            // The function's log goes to standard error, apart from the answers.
            .stdout(std::io::stderr())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", bootstrap.display()))?;
        Ok(Self {
            cargo_lambda: cargo_lambda.to_owned(),
            port,
            event: directory.join("event.json"),
            _function: function,
            _lambda: emulator,
        })
    }

    /// Hands `event` to the function and waits for its answer.
    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, Failure> {
        std::fs::write(&self.event, serde_json::to_vec(event)?)?;
        let invocation = Command::new(&self.cargo_lambda)
            .args(["lambda", "invoke", FUNCTION, "--invoke-address", "127.0.0.1"])
            .args(["--invoke-port", &self.port.to_string()])
            .arg("--data-file")
            .arg(&self.event)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let ended = timeout(INVOCATION, invocation)
            .await
            .map_err(|_| format!("no answer within {} s", INVOCATION.as_secs()))??;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            return Err(format!("the invocation failed: {}", said.trim()).into());
        }
        let answer = String::from_utf8_lossy(&ended.stdout);
        serde_json::from_str(&answer)
            .map_err(|_| format!("the answer is no JSON: {}", answer.trim()).into())
    }
}

/// Whether something accepts connections at `port` before `emulator` ends or time runs out.
async fn listens(emulator: &mut Child, port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let attempts = async {
        while TcpStream::connect(address).await.is_err() {
            if !matches!(emulator.try_wait(), Ok(None)) {
                return false;
            }
            sleep(Duration::from_millis(50)).await;
        }
        true
    };
    timeout(START, attempts).await.unwrap_or(false)
}
