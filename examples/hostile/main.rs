//! Renders hostile files with the engine of a 512 MB function, each in its own process, and
//! measures how each process ended, how long it took, and its peak memory. It judges no pixels.
//!
//! `hostile [PATH...]`: the hostile set, then `MUTATIONS` (10,000 by default) damaged copies of
//! each small picture, with the seed `SEED`, and all files at and below each PATH. Files that can
//! be rendered are rendered in every output format. Fails on a crash, a hang, too much memory, or
//! more memory than predicted from the header.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

mod asked;
mod child;
mod tally;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use pictures::hostile::{Hostile, hostile_set, seeds};
use tally::Tally;
use walkdir::WalkDir;

/// The longest that one picture may take.
const RENDER_TIMEOUT: Duration = Duration::from_secs(20);

/// The most memory that a process may hold, in bytes: all that the smallest sensible function has.
const MEMORY: u64 = 512_000_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [child::FILE, path, asked] => child::run_file(Path::new(path), asked).map(|()| true),
        [child::MUTATIONS, seed, picture, count, progress] => {
            child::run_mutations(seed, picture, count, Path::new(progress)).map(|()| true)
        }
        paths => run(paths),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("hostile: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything, prints the table, and says whether all is well.
fn run(paths: &[&str]) -> Result<bool, Box<dyn Error>> {
    let count = number("MUTATIONS", 10_000)?;
    let seed = number("SEED", 1)?;
    let folder = tempfile::tempdir()?;
    let mut tallies = Vec::new();

    let mut hostile = Tally::new("hostile files");
    for (place, Hostile { name, bytes }) in hostile_set().iter().enumerate() {
        let path = folder.path().join(place.to_string());
        fs::write(&path, bytes)?;
        add_file(&mut hostile, name, &path)?;
        fs::remove_file(&path)?;
    }
    tallies.push(hostile);

    for path in paths {
        let mut given = Tally::new(path);
        for file in files(Path::new(path))? {
            add_file(&mut given, &file.display().to_string(), &file)?;
        }
        tallies.push(given);
    }

    if count > 0 {
        let progress = folder.path().join("progress");
        for (place, (name, _)) in seeds().into_iter().enumerate() {
            let mut damaged = Tally::new(name);
            damaged.add(name, &child::watch_mutations(seed, place, count, &progress)?);
            tallies.push(damaged);
        }
    }
    println!("MUTATIONS={count} SEED={seed}");
    Ok(tally::print(&tallies))
}

/// A number from the environment.
fn number(name: &str, default: u64) -> Result<u64, Box<dyn Error>> {
    match std::env::var(name) {
        Ok(value) => {
            value.parse().map_err(|_| format!("{name} is {value}, not a whole number").into())
        }
        Err(_) => Ok(default),
    }
}

/// Renders a file by every recipe, or only by the first if that fails.
fn add_file(tally: &mut Tally, name: &str, path: &Path) -> Result<(), Box<dyn Error>> {
    for (place, asked) in asked::of_files().into_iter().enumerate() {
        let report = child::watch_file(path, place)?;
        tally.add(&format!("{name}, {}", asked.name), &report);
        if place == 0 && report.rendered == 0 {
            break;
        }
    }
    Ok(())
}

/// A file, or every file in a folder and below, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    if files.is_empty() {
        return Err(format!("{} holds no files", path.display()).into());
    }
    Ok(files)
}
