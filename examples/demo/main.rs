//! What `make demo` starts: a page on 127.0.0.1 that uploads pictures to an S3 in this process. An
//! SQS event announces each, the function's own batch handler answers, and the page shows the
//! result. It is for one visitor, and keeps nothing after it ends.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program: the address goes to standard output, errors do not"
)]

mod guard;
#[path = "../local/ledger.rs"]
mod ledger;
mod pipeline;
#[path = "../local/placeholders.rs"]
mod placeholders;
mod server;
#[path = "../local/settings.rs"]
mod settings;
#[path = "../local/upload.rs"]
mod upload;
mod words;

use std::net::Ipv4Addr;
use std::process::ExitCode;

use lexopt::prelude::*;
use s3_thumbnailer::config::Config;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use pipeline::Pipeline;

/// The bucket that everything happens in.
const BUCKET: &str = "pictures";
/// Where the pictures go: the function's default.
const SOURCE_PREFIX: &str = "images/";
/// Where the thumbnails come out: the function's default.
const THUMBNAIL_PREFIX: &str = "thumbnails/";
/// `THUMBNAIL_RULES`, if the environment does not say which thumbnails to make.
const RULES: &str = include_str!("rules.json");

const HELP: &str = "\
Make thumbnails in a browser, the way the function makes them in AWS.

Usage: demo [--port PORT]

  --port PORT   the port on 127.0.0.1; 0 for any free one [default: 8321]

The function's settings work here too, for instance THUMBNAIL_SIZES=320x320. Ctrl-C ends it.
";

/// An error to print to the user.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let port = match port() {
        Ok(Some(port)) => port,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return refuse(&error),
    };
    match run(port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &Failure) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}

/// The port asked for; `None` when help was.
fn port() -> Result<Option<u16>, Failure> {
    let mut port = 8321;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => port = parser.value()?.parse()?,
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(format!("{}; see --help", argument.unexpected()).into()),
        }
    }
    Ok(Some(port))
}

/// The function's settings, with [`RULES`] if the environment does not say which thumbnails to
/// make.
fn config() -> Result<Config, Failure> {
    let rules = (!settings::name_thumbnails()).then_some(RULES);
    Ok(Config::from_lookup(|name| settings::setting(name, rules))?)
}

async fn run(port: u16) -> Result<(), Failure> {
    let pipeline = Pipeline::start(config()?).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        format!("127.0.0.1:{port}: {error}; another PORT= may be free, PORT=0 takes any")
    })?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (url, serving) = server::serve(listener, pipeline)?;
    println!("\n  Drop pictures on  {url}\n  Ctrl-C ends it\n");
    tokio::select! {
        () = serving => {}
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
