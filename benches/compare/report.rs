//! The figures of all cases, kept as JSON and printed as a table.

use std::fs;

use serde::{Deserialize, Serialize};

use super::measure::{Figures, Side};
use super::opponent::Opponent;
use super::pairs;
use super::suite::Group;

/// Everything that was measured.
#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) machine: String,
    pub(crate) date: String,
    /// What was compared with: the libraries and their versions.
    pub(crate) versions: Vec<String>,
    /// Of the ratios of all cases that are source formats.
    pub(crate) geometric_mean: f64,
    pub(crate) cases: Vec<Row>,
}

/// A case's figures, and where they belong.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    #[serde(flatten)]
    pub(crate) figures: Figures,
    /// `None` of a folder's pictures.
    pub(crate) group: Option<Group>,
    /// The format of the source.
    pub(crate) format: String,
    /// Our time as a share of another's, and whose: the fastest's, or sharp's for a folder's
    /// pictures. `None` if nobody else can do the case.
    pub(crate) ratio: Option<(f64, String)>,
}

impl Report {
    pub(crate) fn new(opponents: &[Opponent]) -> Self {
        Self {
            machine: machine(),
            date: super::today(),
            versions: opponents.iter().map(|one| one.hello.version.clone()).collect(),
            geometric_mean: f64::NAN,
            cases: Vec::new(),
        }
    }

    /// Works out what all cases say together.
    pub(crate) fn finish(&mut self) {
        self.geometric_mean = geometric_mean(
            self.cases.iter().filter(|row| matches!(row.group, None | Some(Group::Sources))),
        );
    }

    /// The cases of a group.
    pub(crate) fn group(&self, group: Group) -> impl Iterator<Item = &Row> {
        self.cases.iter().filter(move |row| row.group == Some(group))
    }
}

/// The geometric mean of the ratios of some cases.
pub(crate) fn geometric_mean<'a>(rows: impl Iterator<Item = &'a Row>) -> f64 {
    pairs::geometric_mean(rows.filter_map(|row| Some(row.ratio.as_ref()?.0)))
}

/// The processor that all of this ran on.
fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    name.unwrap_or(std::env::consts::ARCH).to_owned()
}

/// A figure, or a dash.
pub(crate) fn place(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}

/// What a table says of one contestant's time: `cannot` if it cannot do the case.
pub(crate) fn time(figures: &Figures, name: &str) -> String {
    match figures.side(name) {
        Some(side) => format!("{:.1}", side.ms),
        None if figures.cannot.iter().any(|(who, _)| who == name) => "cannot".to_owned(),
        None => "-".to_owned(),
    }
}

/// For a folder's pictures: sharp and Pillow.
pub(crate) fn print_head(report: &Report, repetitions: usize) {
    println!("{}, {}; {}", report.machine, report.date, report.versions.join("; "));
    println!(
        "Median of {repetitions} pairs, one thread each; SSIMULACRA2; a process's peak memory\n"
    );
    println!(
        "{:<36} {:>25} {:>6} {:>15} {:>17} {:>17}",
        "", "milliseconds", "ratio", "bytes", "score", "MiB"
    );
    let [ours, sharp, pillow, pill] = ["ours", "sharp", "Pillow", "Pill."];
    println!(
        "{:<36} {ours:>8} {sharp:>8} {pillow:>7} {:>6} {ours:>7} {sharp:>7} {ours:>5} {sharp:>5} \
         {pill:>5} {ours:>5} {sharp:>5} {pill:>5}",
        "", ""
    );
}

pub(crate) fn print_row(Row { figures, ratio, .. }: &Row) {
    let sides = ["ours", "sharp", "Pillow"].map(|name| figures.side(name));
    let [score, mib] = [|side: &Side| side.score, |side: &Side| side.peak_mib]
        .map(|of| sides.map(|side| side.and_then(of)));
    let [ours, sharp, _] = sides.map(|side| {
        side.and_then(|side| side.bytes).map_or_else(|| "-".to_owned(), |bytes| bytes.to_string())
    });
    let exact = |name: &str| match figures.side(name) {
        Some(side) => format!("{:.2}", side.ms),
        None => time(figures, name),
    };
    let [[ours_score, sharp_score, pillow_score], [ours_mib, sharp_mib, pillow_mib]] =
        [score.map(|score| place(score, 1)), mib.map(|mib| place(mib, 0))];
    println!(
        "{:<36} {:>8.2} {:>8} {:>7} {:>6} {ours:>7} {sharp:>7} {ours_score:>5} {sharp_score:>5} \
         {pillow_score:>5} {ours_mib:>5} {sharp_mib:>5} {pillow_mib:>5}",
        figures.name,
        figures.ours_ms,
        exact("sharp"),
        time(figures, "Pillow"),
        place(ratio.as_ref().map(|(ratio, _)| *ratio), 2),
    );
}

pub(crate) fn print_foot(report: &Report) {
    println!("{:<36} {:>32.2}", "geometric mean", report.geometric_mean);
}

/// For the suite: every opponent's time. Its other figures are in the pages and in the JSON.
pub(crate) fn print_suite_head(report: &Report, opponents: &[String]) {
    println!("{}, {}; {}", report.machine, report.date, report.versions.join("; "));
    println!("Medians in milliseconds, one thread each; the ratio is to the fastest opponent;");
    println!("SSIMULACRA2 of ours and of that one, resized as stored and in linear light\n");
    print!("{:<38} {:>8}", "", "ours");
    for name in opponents {
        print!(" {name:>12}");
    }
    println!(" {:>6} {:>11} {:>11} {:>7}", "ratio", "ours", "fastest's", "MiB");
}

pub(crate) fn print_suite_row(Row { figures, ratio, .. }: &Row, opponents: &[String]) {
    print!("{:<38} {:>8.2}", figures.name, figures.ours_ms);
    for name in opponents {
        print!(" {:>12}", time(figures, name));
    }
    let scores = |side: Option<&Side>| {
        let of = |score: fn(&Side) -> Option<f64>| place(side.and_then(score), 1);
        format!("{}/{}", of(|side| side.score), of(|side| side.linear_score))
    };
    println!(
        " {:>6} {:>11} {:>11} {:>7}",
        place(ratio.as_ref().map(|(ratio, _)| *ratio), 2),
        scores(figures.side("ours")),
        scores(figures.fastest()),
        place(figures.side("ours").and_then(|side| side.peak_mib), 0),
    );
}
