//! The time and memory that the largest pictures take: baseline JPEGs of 100 and 200 megapixels to
//! 256 pixels, each in its own process. Memory must not grow with the height, and time must grow
//! only with the file.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads and starts things"
)]
#![allow(clippy::print_stdout, reason = "a command prints")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use pictures::tiled_jpeg;
use serde_json::json;
use thumbnail::{Limits, Output, Recipe, render};

/// Width and height in pixels.
const SIZES: [(u16, u16); 2] = [(20_000, 5_000), (20_000, 10_000)];

/// Makes the thumbnail of a file in this process, or of none, and says what that took.
const ONCE: &str = "--once";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [once, file @ ..] = words.as_slice()
        && once == ONCE
    {
        return make(file.first().map(Path::new));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&folder)?;
    let idle = measure(None)?.1;
    let mut figures = Vec::new();
    println!(
        "Baseline JPEG to 256 pixels, in a process of its own; idle, that holds {idle:.1} MiB"
    );
    println!(
        "{:>14}{:>12}{:>8}{:>12}{:>22}",
        "pixels", "file, MiB", "ms", "ms per MiB", "MiB more than idle"
    );
    for (width, height) in SIZES {
        let file = drawn(&folder, width, height)?;
        let mib = f64::from(u32::try_from(fs::metadata(&file)?.len())?) / f64::from(1 << 20);
        let (ms, peak) = measure(Some(&file))?;
        let more = peak - idle;
        let size = format!("{width} x {height}");
        println!("{size:>14}{mib:>12.1}{ms:>8.0}{:>12.1}{more:>22.1}", ms / mib);
        figures.push(json!({"width": width, "height": height, "file_mib": mib, "ms": ms,
            "peak_mib_over_idle": more}));
    }
    fs::write(folder.join("giant.json"), serde_json::to_string_pretty(&figures)?)?;
    Ok(())
}

/// Draws a picture, unless it is there.
fn drawn(folder: &Path, width: u16, height: u16) -> Result<PathBuf, Box<dyn Error>> {
    let file = folder.join(format!("giant-{width}x{height}.jpg"));
    if !file.exists() {
        let unfinished = folder.join("unfinished");
        fs::write(&unfinished, tiled_jpeg(width, height, 1))?;
        fs::rename(unfinished, &file)?;
    }
    Ok(file)
}

/// Milliseconds and MiB that a process says of itself.
fn measure(file: Option<&Path>) -> Result<(f64, f64), Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).arg(ONCE).args(file).output()?;
    let said = String::from_utf8(output.stdout)?;
    let (ms, kib) = said.trim().split_once(' ').ok_or("it said nothing")?;
    Ok((ms.parse()?, kib.parse::<f64>()? / 1024.0))
}

fn make(file: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    if let Some(file) = file {
        let recipe = Recipe::of(vec![Output::inside(256, 256)]);
        render(&fs::read(file)?, &recipe, &Limits { max_pixels: 1 << 30 })?;
    }
    let ms = started.elapsed().as_secs_f64() * 1000.0;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{ms} {}", peak.and_then(|peak| peak.split_whitespace().next()).ok_or("unknown")?);
    Ok(())
}
