//! Our side: the picture core as the function calls it, on the thread that asks.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use thumbnail::{Limits, render};

use super::case::Case;
use super::opponent::mib;

const LIMITS: Limits = Limits { max_pixels: 1 << 30 };

/// Does a case once, and says how many milliseconds it took.
pub(crate) fn time(case: &Case, source: &[u8]) -> Result<f64, Box<dyn Error>> {
    let recipe = case.recipe();
    let started = Instant::now();
    let rendering = render(source, &recipe, &LIMITS)?;
    let took = started.elapsed();
    drop(rendering);
    Ok(took.as_secs_f64() * 1000.0)
}

/// Does a case once, and hands out its thumbnails.
pub(crate) fn thumbnails(case: &Case, source: &[u8]) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let rendering = render(source, &case.recipe(), &LIMITS)?;
    Ok(rendering.thumbnails.into_iter().map(|thumbnail| thumbnail.bytes).collect())
}

/// The peak memory, in MiB, of a process that starts, does a case once, and ends.
pub(crate) fn peak_mib(case: &Case, cases: &Path) -> Result<Option<f64>, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.arg(super::ONCE).arg(cases).arg(&case.name).output()?;
    let said = String::from_utf8(output.stdout)?;
    Ok(said.trim().parse().ok().map(mib))
}

/// That process: prints the KiB it took, or `unknown` where the system does not tell.
pub(crate) fn once(cases: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let cases: Vec<Case> = serde_json::from_slice(&fs::read(cases)?)?;
    let case = cases.iter().find(|case| case.name == name).ok_or("no such case")?;
    render(&fs::read(&case.source)?, &case.recipe(), &LIMITS)?;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.and_then(|peak| peak.split_whitespace().next()).unwrap_or("unknown"));
    Ok(())
}
