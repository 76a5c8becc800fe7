//! What `make invoke` starts: hands sample events to the release binary. An S3 in this process
//! holds the pictures that the events name, cargo-lambda emulates Lambda, and the answer and the
//! thumbnails are printed. The results of an event of `events/` are also checked.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program: answers go to standard output, all else does not"
)]

mod emulator;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use emulator::Emulator;
use support::s3::EmbeddedS3;
use support::sample_events::{EVENTS, furnish, judge, reset, thumbnails};

/// An error to print to the user.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
Hand sample events to the function's release binary, under cargo-lambda's emulator.

Usage: invoke --event FILE|all --bootstrap BINARY [--events DIR] [--cargo-lambda BINARY]

  --event FILE           an SQS event as Lambda hands it over; `all` for every one in DIR
  --events DIR           the folder for `all` [default: events]
  --bootstrap BINARY     the function's binary, from `cargo lambda build --release`
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
    let objects = directory.path().join("s3");
    std::fs::create_dir(&objects)?;
    let s3 = EmbeddedS3::start(&objects).await?;
    furnish(&s3).await?;
    let emulator =
        Emulator::start(&args.cargo_lambda, &args.bootstrap, &s3.environment(), directory.path())
            .await?;
    let mut wrong = 0;
    for file in &args.events {
        let shown = file.display();
        let event = read(file).map_err(|error| format!("{shown}: {error}"))?;
        reset(&s3).await?;
        let answer = emulator.invoke(&event).await.map_err(|error| format!("{shown}: {error}"))?;
        println!("\n{shown}\n{}", serde_json::to_string_pretty(&answer)?);
        println!("under thumbnails/ now: {}", thumbnails(&s3).await?.join(", "));
        let name = file.file_stem().and_then(|name| name.to_str());
        if let Some(sample) = EVENTS.iter().find(|sample| Some(sample.name) == name) {
            match judge(sample, &event, &answer, &s3).await {
                Ok(()) => println!("as it should be"),
                Err(difference) => {
                    wrong += 1;
                    println!("WRONG: {difference}");
                }
            }
        }
    }
    if wrong > 0 { Err(format!("{wrong} answers are wrong").into()) } else { Ok(()) }
}

fn read(file: &Path) -> Result<Value, Failure> {
    Ok(serde_json::from_str(&std::fs::read_to_string(file)?)?)
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
        events = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        events.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        events.sort();
        if events.is_empty() {
            return Err(format!("{shown} holds no events").into());
        }
    }
    Ok(Some(Args { events, bootstrap, cargo_lambda }))
}
