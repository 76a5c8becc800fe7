//! Hands sample events to the release binary, and what `make invoke` starts: an S3 in this process
//! holds the pictures that the events name, cargo-lambda stands in for Lambda, and the answer and
//! the thumbnails are printed. Not a test: it shows what happens and judges nothing but that there
//! was an answer.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program: answers go to standard output, all else does not"
)]

mod emulator;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use emulator::Emulator;
use stage::Stage;

/// What is wrong, in words for whoever started this.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
Hand sample events to the function's release binary, under cargo-lambda's emulator.

Usage: invoke --event FILE|all --bootstrap BINARY [--events DIR] [--cargo-lambda BINARY]

  --event FILE           an SQS event as Lambda hands it over, or `all` those in DIR, in turn
  --events DIR           where `all` looks [default: events]
  --bootstrap BINARY     the function, as `cargo lambda build --release` leaves it
  --cargo-lambda BINARY  cargo-lambda 1.9 [default: cargo-lambda, on the PATH]
";

struct Args {
    events: Vec<PathBuf>,
    bootstrap: PathBuf,
    cargo_lambda: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match parse() {
        Ok(Some(args)) => Box::pin(until_interrupted(run(&args))).await,
        Ok(None) => {
            print!("{HELP}");
            Ok(())
        }
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Ends `work` when this process is asked to end, so that what it started ends with it.
async fn until_interrupted(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = work => ended,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    }
}

async fn run(args: &Args) -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let stage = Stage::set(directory.path()).await?;
    let environment = stage.environment();
    let emulator = Emulator::start(
        &args.cargo_lambda,
        &args.bootstrap,
        &environment,
        directory.path(),
    )
    .await?;
    for file in &args.events {
        let shown = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
        let event: Value =
            serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
        stage.reset(&emulator, &text).await?;
        let answer = emulator
            .invoke(&event)
            .await
            .map_err(|error| format!("{shown}: {error}"))?;
        println!("\n{shown}\n{}", serde_json::to_string_pretty(&answer)?);
        println!("\nunder thumbnails/ now:");
        let thumbnails = stage.thumbnails().await?;
        if thumbnails.is_empty() {
            println!("  nothing");
        }
        for (key, bytes) in thumbnails {
            println!("  {bytes:>8} bytes  {key}");
        }
    }
    Ok(())
}

/// `None` when help was asked for.
fn parse() -> Result<Option<Args>, Failure> {
    let (mut event, mut bootstrap) = (None, None);
    let mut folder = PathBuf::from("events");
    let mut cargo_lambda = PathBuf::from("cargo-lambda");
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("event") => event = Some(parser.value()?),
            Long("events") => folder = parser.value()?.into(),
            Long("bootstrap") => bootstrap = Some(PathBuf::from(parser.value()?)),
            Long("cargo-lambda") => cargo_lambda = parser.value()?.into(),
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(format!("{}; see --help", argument.unexpected()).into()),
        }
    }
    let event = event.ok_or("--event is missing; see --help")?;
    let bootstrap = bootstrap.ok_or("--bootstrap is missing; see --help")?;
    let mut events = vec![PathBuf::from(&event)];
    if event == "all" {
        let shown = folder.display();
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{shown}: {error}"))?;
        events = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        events.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        });
        events.sort();
        if events.is_empty() {
            return Err(format!("{shown} holds no events").into());
        }
    }
    Ok(Some(Args {
        events,
        bootstrap,
        cargo_lambda,
    }))
}
