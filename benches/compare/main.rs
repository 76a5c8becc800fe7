//! `make bench`: our thumbnails against those of sharp and Pillow, picture by picture.
//!
//! All run in turn on one thread each, in processes that are already up, from a file's bytes in memory
//! to those of its thumbnails; every repetition times all of them once, so that whatever else the
//! machine does falls on all alike. Nothing here judges the figures.
//!
//! `compare [PICTURES]`; the environment names the tools: `SHARP` a `node_modules` folder, `PILLOW` a
//! folder with `python3`. Writes `target/bench/report.json` and `target/bench/chart.svg`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads and starts things"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod case;
mod chart;
mod drawn;
mod looks;
mod opponent;
mod ours;
mod pairs;
mod report;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use opponent::Opponents;
use report::Report;

/// Tells a process of its own to make one case's thumbnails, and how much memory that took.
const ONCE: &str = "--once";

/// Where everything is written, below the project.
const FOLDER: &str = "target/bench";

fn main() -> ExitCode {
    // `cargo bench` adds a flag of its own.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [ONCE, pictures, name] => ours::once(Path::new(pictures), name),
        [] => compare(None),
        [pictures] => compare(Some(Path::new(pictures))),
        _ => Err("more than one folder of pictures".into()),
    };
    if let Err(error) = done {
        eprintln!("compare: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn compare(pictures: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let pictures: PathBuf = match pictures {
        Some(pictures) => pictures.to_owned(),
        None => drawn::pictures(&folder.join("pictures"))?,
    };
    let cases = case::of_folder(&pictures)?;
    let mut opponents = Opponents::start(&folder, &cases)?;
    let mut report = Report::new(opponents.versions());
    report::print_head(&report);
    for case in &cases {
        let figures = report::measure(case, &pictures, &folder, &mut opponents)?;
        report::print_row(&figures);
        report.cases.push(figures);
    }
    report.finish();
    report::print_foot(&report);
    fs::write(folder.join("report.json"), serde_json::to_string_pretty(&report)?)?;
    fs::write(folder.join("chart.svg"), chart::draw(&report))?;
    println!("\n{FOLDER}/report.json and {FOLDER}/chart.svg hold the same.");
    Ok(())
}
