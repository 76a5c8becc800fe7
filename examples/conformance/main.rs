//! Runs a corpus of pictures through the engine with the function's default limits, and compares
//! the results with what the corpus expects: sizes, refusals, and the pixels of references that
//! another engine made. [`manifest`] describes a corpus.
//!
//! A lossless thumbnail is compared, so that encoding does not count. Every other format is made as
//! well, and must be a readable file of the same size.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod compare;
mod judge;
mod manifest;
mod page;
mod report;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use lexopt::prelude::*;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::engine::Engine;
use s3_thumbnailer::memory_budget::MemoryBudget;

use judge::Folders;
use manifest::Exception;
use report::Report;

/// What `--help` prints.
const HELP: &str = "\
Compare the thumbnails of a corpus of pictures with its references.

Usage: conformance CORPUS [--exceptions FILE] [--out DIR]

  CORPUS             a folder with manifest.tsv, images/ and reference/
  --exceptions FILE  a table of pictures that may differ from the manifest, and why
  --out DIR          where index.html and report.json go [default: target/conformance]

Exit status: 0 when every picture is as it must be, 1 otherwise, 2 when nothing was tried.
";

/// An error to print to the user.
type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Args {
    folders: Folders,
    exceptions: HashMap<String, Exception>,
}

fn main() -> ExitCode {
    match parse().and_then(|args| args.map_or(Ok(true), |args| run(&args))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The command line; `None` if it only asks for help.
fn parse() -> Result<Option<Args>, Failure> {
    let (mut corpus, mut out) = (None, PathBuf::from("target/conformance"));
    let mut exceptions = HashMap::new();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("exceptions") => {
                exceptions = manifest::exceptions(parser.value()?.as_ref())?;
            }
            Long("out") => out = parser.value()?.into(),
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(None);
            }
            Value(value) if corpus.is_none() => corpus = Some(PathBuf::from(value)),
            _ => return Err(format!("{}; see --help", argument.unexpected()).into()),
        }
    }
    let corpus = corpus.ok_or("CORPUS is missing; see --help")?;
    Ok(Some(Args { folders: Folders { corpus, out }, exceptions }))
}

/// Judges every picture, writes and prints the results, and returns whether all are good.
#[tokio::main]
async fn run(Args { folders, exceptions }: &Args) -> Result<bool, Failure> {
    // Panics are in the report.
    std::panic::set_hook(Box::new(|panic| {
        if std::thread::current().name() == Some("main") {
            eprintln!("{panic}");
        }
    }));
    let config = Config::from_lookup(|name| std::env::var(name).ok())?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = MemoryBudget::new(config.memory.for_pictures());
    let engine = Engine::new(config.limits, threads, memory, config.render_timeout);
    let recipe = Arc::new(judge::recipe());

    let expected = manifest::read(&folders.corpus)?;
    let judged = stream::iter(&expected).map(|expected| {
        let exception = exceptions.get(&expected.file);
        judge::judge(expected, exception, folders, &engine, &recipe)
    });
    let pictures = judged.buffer_unordered(threads).try_collect().await?;
    let report = Report::new(folders.corpus.display().to_string(), pictures);

    let out = &folders.out;
    fs::create_dir_all(out)?;
    fs::write(out.join("report.json"), serde_json::to_vec_pretty(&report)?)?;
    fs::write(out.join("index.html"), page::of(&report))?;
    println!("{}\n  Look at   {out}/index.html", report.text(), out = out.display());
    println!("  Figures   {}/report.json\n", out.display());
    Ok(report.is_good())
}
