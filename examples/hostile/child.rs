//! The child processes that render: how they are started and watched, and what they do. A child
//! writes its report on its last line; one that crashes does not.

use std::error::Error;
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use pictures::hostile::{mutations, seeds};
use s3_thumbnailer::engine::{Engine, RenderError, Renderer};
use s3_thumbnailer::memory_budget::MemoryBudget;
use thumbnail::{Limits, Recipe, ThumbnailError, memory_to_render};

use super::RENDER_TIMEOUT;
use super::asked::{self, Asked};
use super::tally::Report;

/// Tells a child to render one file as one of [`asked::of_files`].
pub(crate) const FILE: &str = "--child-file";

/// Tells a child to render mutations of a small picture.
pub(crate) const MUTATIONS: &str = "--child-mutations";

/// The memory budget of a function of 512 MB, in bytes.
const BUDGET: u64 = 336_000_000;

/// How long after the engine's render timeout the watcher gives up.
const GRACE: Duration = Duration::from_secs(5);

/// Renders one file as one of [`asked::of_files`], by its place, in a process of its own.
pub(crate) fn watch_file(path: &Path, asked: usize) -> Result<Report, Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?);
    child.arg(FILE).arg(path).arg(asked.to_string()).stdout(Stdio::piped());
    let started = Instant::now();
    watch(child.spawn()?, move || (0, started))
}

/// Renders mutations of a small picture in a process of their own.
pub(crate) fn watch_mutations(
    seed: u64,
    picture: usize,
    count: u64,
    progress: &Path,
) -> Result<Report, Box<dyn Error>> {
    fs::write(progress, "0")?;
    let mut child = Command::new(std::env::current_exe()?);
    child.arg(MUTATIONS).args([seed.to_string(), picture.to_string(), count.to_string()]);
    let child = child.arg(progress).stdout(Stdio::piped()).spawn()?;
    let mut last = (0, Instant::now());
    watch(child, || {
        let text = fs::read_to_string(progress).unwrap_or_default();
        let at = text.trim().parse().unwrap_or(last.0);
        if at != last.0 {
            last = (at, Instant::now());
        }
        last
    })
}

/// Waits until a child ends, or has spent too long on one picture.
fn watch(
    mut child: Child,
    mut at: impl FnMut() -> (u64, Instant),
) -> Result<Report, Box<dyn Error>> {
    while child.try_wait()?.is_none() {
        let (number, since) = at();
        if since.elapsed() > RENDER_TIMEOUT + GRACE {
            child.kill()?;
            child.wait()?;
            let hang = Some(format!("hangs, at picture {number}"));
            return Ok(Report { cases: number + 1, hang, ..Report::default() });
        }
        sleep(Duration::from_millis(2));
    }
    let (number, _) = at();
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let report = said.lines().last().and_then(parse);
    Ok(report.filter(|_| output.status.success()).unwrap_or_else(|| Report {
        cases: number + 1,
        crash: Some(format!("ended with {}, at picture {number}", output.status)),
        ..Report::default()
    }))
}

/// Reads what [`say`] writes.
fn parse(line: &str) -> Option<Report> {
    let mut words = line.splitn(9, '\t');
    let mut number = || words.next()?.parse::<u64>().ok();
    let (cases, rendered, panics, slow) = (number()?, number()?, number()?, number()?);
    let (slowest, peak, held, foretold) = (number()?, number()?, number()?, number()?);
    Some(Report {
        cases,
        rendered,
        panics,
        panic: words.next()?.to_owned(),
        crash: None,
        hang: (slow > 0).then(|| format!("took longer than {RENDER_TIMEOUT:?}")),
        slowest: Duration::from_micros(slowest),
        peak,
        beyond_estimate: (held > foretold).then_some((held, foretold)),
    })
}

fn say(report: &Report, (held, foretold): (u64, u64)) {
    println!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{held}\t{foretold}\t{}",
        report.cases,
        report.rendered,
        report.panics,
        u8::from(report.hang.is_some()),
        report.slowest.as_micros(),
        report.peak,
        report.panic.replace(['\n', '\t'], " "),
    );
}

/// The default limit.
const LIMITS: Limits = Limits { max_pixels: 100_000_000 };

/// The child's part of [`watch_file`].
pub(crate) fn run_file(path: &Path, asked: &str) -> Result<(), Box<dyn Error>> {
    let source = fs::read(path)?;
    let Asked { recipe, .. } =
        asked::of_files().into_iter().nth(asked.parse()?).ok_or("no such recipe")?;
    let recipe = Arc::new(recipe);
    let before = peak_memory()?;
    let foretold = memory_to_render(&source, &recipe, &LIMITS);
    let mut report = Report::default();
    render(source, &recipe, &mut report)?;
    let held = report.peak.saturating_sub(before);
    // A refusal takes next to no memory, and has no prediction.
    let foretold = foretold.unwrap_or(held);
    say(&report, (if report.panics > 0 { 0 } else { held }, foretold));
    Ok(())
}

/// The child's part of [`watch_mutations`].
pub(crate) fn run_mutations(
    seed: &str,
    picture: &str,
    count: &str,
    progress: &Path,
) -> Result<(), Box<dyn Error>> {
    let (_, picture) = seeds().into_iter().nth(picture.parse()?).ok_or("no such picture")?;
    let mut progress = File::create(progress)?;
    let recipe = Arc::new(asked::of_mutations());
    let mut report = Report::default();
    for (number, mutation) in mutations(seed.parse()?, &picture, count.parse()?).enumerate() {
        progress.seek(SeekFrom::Start(0))?;
        writeln!(progress, "{number}")?;
        render(mutation, &recipe, &mut report)?;
    }
    say(&report, (0, 0));
    Ok(())
}

/// Renders `source` as the function would, and adds the result to `report`.
fn render(
    source: Vec<u8>,
    recipe: &Arc<Recipe>,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    // Panics are in the report.
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let engine = Engine::new(LIMITS, 1, MemoryBudget::new(BUDGET), RENDER_TIMEOUT);
    let started = Instant::now();
    let rendered = runtime.block_on(engine.render(source, recipe));
    let took = started.elapsed();
    // Work that goes on after the timeout ends with the process.
    runtime.shutdown_background();
    report.cases += 1;
    report.slowest = report.slowest.max(took);
    report.peak = peak_memory()?;
    match rendered {
        Ok(_) => report.rendered += 1,
        Err(RenderError::Panicked(message)) => {
            report.panics += 1;
            report.panic = message;
        }
        Err(RenderError::Picture(ThumbnailError::DecoderFailed { source, .. })) => {
            report.panics += 1;
            report.panic = source.to_string();
        }
        Err(RenderError::TooSlow { .. }) => report.hang = Some(String::new()),
        Err(RenderError::Picture(
            error @ (ThumbnailError::Resizing { .. } | ThumbnailError::Encoding { .. }),
        )) => return Err(error.into()),
        Err(_) => {}
    }
    Ok(())
}

/// The most memory that this process has held so far, in bytes.
fn peak_memory() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("the system does not tell the peak memory")?.parse::<u64>()? * 1024)
}
