//! The figures: measured case by case, printed as a table and kept as JSON.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Serialize;

use super::case::Case;
use super::looks::Original;
use super::opponent::{Hello, Opponents};
use super::ours;
use super::pairs::{self, PAIRS};

/// Everything that was measured.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) machine: String,
    pub(crate) date: String,
    /// What was compared with: the libraries and their versions.
    pub(crate) versions: Vec<String>,
    /// How often each was timed.
    pairs: usize,
    /// Of the ratios of all cases.
    pub(crate) geometric_mean: f64,
    pub(crate) cases: Vec<Figures>,
}

/// What was measured of one case. Times are medians; the ratio is the median of those of all pairs.
#[derive(Serialize)]
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) ours_ms: f64,
    pub(crate) sharp_ms: f64,
    pub(crate) ratio: f64,
    pub(crate) ours_bytes: usize,
    pub(crate) sharp_bytes: usize,
    /// Of several thumbnails, of the one that compares worst.
    pub(crate) ours_score: Option<f64>,
    pub(crate) sharp_score: Option<f64>,
    pub(crate) ours_peak_mib: Option<f64>,
    pub(crate) sharp_peak_mib: Option<f64>,
    /// Which of its ways sharp was fastest by.
    sharp_way: String,
    pillow_ms: Option<f64>,
    pillow_bytes: Option<usize>,
    pillow_score: Option<f64>,
    pillow_peak_mib: Option<f64>,
}

impl Report {
    pub(crate) fn new(opponents: Vec<Hello>) -> Self {
        Self {
            machine: machine(),
            date: opponents.first().map(|one| one.date.clone()).unwrap_or_default(),
            versions: opponents.into_iter().map(|one| one.version).collect(),
            pairs: PAIRS,
            geometric_mean: f64::NAN,
            cases: Vec::new(),
        }
    }

    /// Works out what all cases say together.
    pub(crate) fn finish(&mut self) {
        let sum: f64 = self.cases.iter().map(|case| case.ratio.ln()).sum();
        #[expect(clippy::cast_precision_loss, reason = "a few cases")]
        let count = self.cases.len() as f64;
        self.geometric_mean = (sum / count).exp();
    }
}

/// The processor that all of this ran on.
fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    name.unwrap_or(std::env::consts::ARCH).to_owned()
}

/// Measures one case.
pub(crate) fn measure(
    case: &Case,
    pictures: &Path,
    folder: &Path,
    Opponents { sharp, pillow }: &mut Opponents,
) -> Result<Figures, Box<dyn Error>> {
    let source = fs::read(&case.source)?;
    let (ours_times, sharp_times, pillow_times) = {
        let ways = sharp.ways(case);
        let sharp = std::cell::RefCell::new(&mut *sharp);
        let mut ours = || ours::time(case, &source);
        let mut sharps: Vec<_> =
            ways.iter().map(|way| || sharp.borrow_mut().time(case, way)).collect();
        let mut pillows: Vec<_> =
            pillow.iter_mut().map(|pillow| || pillow.time(case, "thumbnail")).collect();
        let mut contestants: Vec<pairs::Contestant<'_>> = vec![&mut ours];
        contestants.extend(sharps.iter_mut().map(|one| one as pairs::Contestant<'_>));
        contestants.extend(pillows.iter_mut().map(|one| one as pairs::Contestant<'_>));
        let mut times = pairs::times(&mut contestants)?.into_iter();
        let ours = times.next().unwrap_or_default();
        let sharp: Vec<_> = times.by_ref().take(ways.len()).collect();
        (ours, sharp.into_iter().zip(ways).collect::<Vec<_>>(), times.next())
    };
    let middle = |times: &[f64]| pairs::median(times.iter().copied());
    let (sharp_times, sharp_way) = sharp_times
        .into_iter()
        .min_by(|(one, _), (other, _)| middle(one).total_cmp(&middle(other)))
        .ok_or("sharp knows no way")?;

    let original = Original::of(&source)?;
    let ours = ours::thumbnails(case, &source)?;
    let sharps = sharp.thumbnails(case, &sharp_way, folder)?;
    let (ours_score, sharp_score) = worst(&original, &ours, &sharps)?;
    let (mut pillow_bytes, mut pillow_score, mut pillow_peak_mib) = (None, None, None);
    if let Some(pillow) = pillow {
        let made = pillow.thumbnails(case, "thumbnail", folder)?;
        pillow_bytes = Some(bytes(&made));
        pillow_score = worst(&original, &made, &sharps)?.0;
        pillow_peak_mib = pillow.peak_mib(case, "thumbnail")?;
    }
    Ok(Figures {
        name: case.name.clone(),
        ours_ms: middle(&ours_times),
        sharp_ms: middle(&sharp_times),
        ratio: pairs::ratio(&ours_times, &sharp_times),
        ours_bytes: bytes(&ours),
        sharp_bytes: bytes(&sharps),
        ours_score,
        sharp_score,
        ours_peak_mib: ours::peak_mib(case, pictures)?,
        sharp_peak_mib: sharp.peak_mib(case, &sharp_way)?,
        sharp_way,
        pillow_ms: pillow_times.as_deref().map(middle),
        pillow_bytes,
        pillow_score,
        pillow_peak_mib,
    })
}

fn bytes(files: &[Vec<u8>]) -> usize {
    files.iter().map(Vec::len).sum()
}

/// The scores of the thumbnail that does worst compared with the other's.
fn worst(
    original: &Original,
    ones: &[Vec<u8>],
    others: &[Vec<u8>],
) -> Result<(Option<f64>, Option<f64>), Box<dyn Error>> {
    let mut worst = (None, None);
    for (one, other) in ones.iter().zip(others) {
        let scores = (original.score(one)?, original.score(other)?);
        let lead = |scores: (Option<f64>, Option<f64>)| Some(scores.0? - scores.1?);
        if lead(worst).is_none_or(|least| lead(scores).is_some_and(|lead| lead < least)) {
            worst = scores;
        }
    }
    Ok(worst)
}

pub(crate) fn print_head(report: &Report) {
    println!("{}, {}; {}", report.machine, report.date, report.versions.join("; "));
    println!("Median of {PAIRS} pairs, one thread each; SSIMULACRA2; a process's peak memory\n");
    println!(
        "{:<36} {:>25} {:>6} {:>15} {:>17} {:>17}",
        "", "milliseconds", "ratio", "bytes", "score", "MiB"
    );
    println!(
        "{:<36} {:>8} {:>8} {:>7} {:>6} {:>7} {:>7} {:>5} {:>5} {:>5} {:>5} {:>5} {:>5}",
        "",
        "ours",
        "sharp",
        "Pillow",
        "",
        "ours",
        "sharp",
        "ours",
        "sharp",
        "Pill.",
        "ours",
        "sharp",
        "Pill."
    );
}

pub(crate) fn print_row(figures: &Figures) {
    let place = |figure: Option<f64>, digits: usize| {
        figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
    };
    println!(
        "{:<36} {:>8.2} {:>8.2} {:>7} {:>6.2} {:>7} {:>7} {:>5} {:>5} {:>5} {:>5} {:>5} {:>5}",
        figures.name,
        figures.ours_ms,
        figures.sharp_ms,
        place(figures.pillow_ms, 1),
        figures.ratio,
        figures.ours_bytes,
        figures.sharp_bytes,
        place(figures.ours_score, 1),
        place(figures.sharp_score, 1),
        place(figures.pillow_score, 1),
        place(figures.ours_peak_mib, 0),
        place(figures.sharp_peak_mib, 0),
        place(figures.pillow_peak_mib, 0),
    );
}

pub(crate) fn print_foot(report: &Report) {
    println!("{:<36} {:>32.2}", "geometric mean", report.geometric_mean);
}
