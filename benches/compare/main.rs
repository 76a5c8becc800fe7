//! `make bench`: our thumbnails against those of sharp, Pillow, oximg and djxl, picture by picture.
//!
//! All run in turn on one thread each, in processes that are already up, from a file's bytes in
//! memory to those of its thumbnails; every repetition times all of them once, so that whatever
//! else the machine does falls on all alike. Nothing here judges the figures.
//!
//! - `compare` measures the whole suite, which [`suite`] lists, on pictures that it draws;
//! - `compare FOLDER` measures a folder's pictures, against sharp and Pillow alone;
//! - `compare --write` writes the last suite's tables and charts into `docs/` and the README.
//!
//! The environment names the tools: `SHARP` a `node_modules` folder, `PILLOW` a folder with
//! `python3`, `OXIMG` the program of `benches/oximg`, `DJXL` that of libjxl. With `QUICK` set, the
//! suite is those of its cases that matter most. Writes `target/bench/report.json`.
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
mod measure;
mod opponent;
mod ours;
mod pages;
mod pairs;
mod report;
mod suite;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use isolated_av1::{Processes, Program};

use case::Case;
use looks::Original;
use measure::{Files, Source};
use opponent::Opponent;
use pairs::Repetitions;
use report::{Report, Row};

/// Tells a process of its own to make one case's thumbnails, and how much memory that took.
const ONCE: &str = "--once";

/// Where everything is written, below the project.
const FOLDER: &str = "target/bench";

/// How often a folder's pictures are timed.
const PAIRS: usize = 21;

/// How often the suite's are: what takes seconds is timed less often.
const SUITE: Repetitions = Repetitions::Within { ms: 12_000.0, least: 5, most: 21 };
const QUICK_SUITE: Repetitions = Repetitions::Within { ms: 3_000.0, least: 3, most: 9 };

/// Longer than any picture here takes.
const RENDER_TIMEOUT: Duration = Duration::from_mins(10);

fn main() -> ExitCode {
    // AV1 is decoded in a process of its own here, as it is where the function is deployed.
    if let Some(code) = isolated_av1::serve_if_asked() {
        return code;
    }
    // `cargo bench` adds a flag of its own.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        // Decodes AV1 where it is, so that the memory it takes counts.
        [ONCE, cases, name] => ours::once(Path::new(cases), name),
        ["--write"] => write_pages(),
        [] => compare_suite(),
        [pictures] => compare_folder(Path::new(pictures)),
        _ => Err("more than one folder of pictures".into()),
    };
    if let Err(error) = done {
        eprintln!("compare: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A file of the project.
fn project(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// A file of this folder.
fn here(file: &str) -> PathBuf {
    project("benches/compare").join(file)
}

/// As ISO 8601 has it; empty where there is no such command.
fn today() -> String {
    let output = Command::new("date").args(["-u", "+%F"]).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// Gets the opponents up, and tells them the cases.
fn start(cases: &[Case], all: bool) -> Result<(PathBuf, Vec<Opponent>), Box<dyn Error>> {
    isolated_av1::isolate(Processes::new(Program::this(), RENDER_TIMEOUT));
    let folder = project(FOLDER);
    fs::create_dir_all(&folder)?;
    let file = folder.join("cases.json");
    fs::write(&file, serde_json::to_string(cases)?)?;
    let opponents = opponent::start(&file, all)?;
    Ok((file, opponents))
}

fn keep(report: &Report) -> Result<(), Box<dyn Error>> {
    fs::write(project(FOLDER).join("report.json"), serde_json::to_string_pretty(report)?)?;
    println!("\n{FOLDER}/report.json holds all figures.");
    Ok(())
}

fn compare_folder(pictures: &Path) -> Result<(), Box<dyn Error>> {
    let cases = case::of_folder(pictures)?;
    let (file, mut opponents) = start(&cases, false)?;
    let files = Files { cases: &file, folder: &project(FOLDER) };
    let mut report = Report::new(&opponents);
    report::print_head(&report, PAIRS);
    for case in &cases {
        let bytes = fs::read(&case.source)?;
        let source = Source { original: Original::of(&bytes).ok(), bytes };
        let repetitions = Repetitions::Fixed(PAIRS);
        let measured = measure::measure(case, &source, &mut opponents, &files, repetitions);
        let figures = match measured {
            Ok(figures) => figures,
            Err(error) => {
                println!("{:<36} {error}", case.name);
                continue;
            }
        };
        let ratio = figures.side("sharp").map(|sharp| (sharp.ratio, sharp.name.clone()));
        let row = Row { figures, group: None, format: String::new(), ratio };
        report::print_row(&row);
        report.cases.push(row);
    }
    report.finish();
    report::print_foot(&report);
    keep(&report)
}

fn compare_suite() -> Result<(), Box<dyn Error>> {
    let quick = std::env::var_os("QUICK").is_some_and(|value| !value.is_empty());
    let folder = project(FOLDER);
    let pictures = folder.join("sources");
    drawn::pictures(&pictures, std::env::var_os("PILLOW"))?;
    let placed = suite::cases(&pictures, quick);
    let cases: Vec<Case> = placed.iter().map(|placed| placed.case.clone()).collect();
    let (file, mut opponents) = start(&cases, true)?;
    let files = Files { cases: &file, folder: &folder };
    let mut report = Report::new(&opponents);
    let names = pages::opponents(opponents.iter().map(|one| one.name));
    report::print_suite_head(&report, &names);
    let repetitions = if quick { QUICK_SUITE } else { SUITE };
    let mut source: Option<(PathBuf, Source)> = None;
    for placed in placed {
        let wanted = &placed.case.source;
        if source.as_ref().is_none_or(|(held, _)| held != wanted) {
            let bytes = fs::read(wanted)?;
            let original = placed.is_judged().then(|| Original::of(&bytes)).transpose()?;
            source = Some((wanted.clone(), Source { bytes, original }));
        }
        let (_, held) = source.as_ref().ok_or("no source")?;
        let figures = measure::measure(&placed.case, held, &mut opponents, &files, repetitions)?;
        let ratio = figures.fastest().map(|side| (side.ratio, side.name.clone()));
        let row = Row { figures, group: Some(placed.group), format: placed.format.into(), ratio };
        report::print_suite_row(&row, &names);
        report.cases.push(row);
    }
    report.finish();
    println!("{:<38} {:.2}", "geometric mean of the sources", report.geometric_mean);
    keep(&report)?;
    pages::keep(&report, &folder)
}

fn write_pages() -> Result<(), Box<dyn Error>> {
    let report: Report = serde_json::from_slice(&fs::read(project(FOLDER).join("report.json"))?)?;
    pages::write(&report)
}
