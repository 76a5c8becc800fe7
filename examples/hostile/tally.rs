//! Sums up and prints the reports of many runs. Decides what is a fault; runs nothing.

use std::time::Duration;

use super::MEMORY;

/// How a process ended, and what it took.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Pictures it was given.
    pub(crate) cases: u64,
    /// Of those, the ones that became thumbnails.
    pub(crate) rendered: u64,
    /// Of those, the ones on which a decoder panicked.
    pub(crate) panics: u64,
    /// What the last panic said.
    pub(crate) panic: String,
    /// How the process died, if it did.
    pub(crate) crash: Option<String>,
    /// What took too long, if something did.
    pub(crate) hang: Option<String>,
    /// The longest that one picture took.
    pub(crate) slowest: Duration,
    /// The most memory that the process held, in bytes.
    pub(crate) peak: u64,
    /// The memory that rendering took and the memory predicted from the header, in bytes, if it
    /// took more.
    pub(crate) beyond_estimate: Option<(u64, u64)>,
}

/// The reports on one group of files.
pub(crate) struct Tally {
    name: String,
    total: Report,
    crashes: u64,
    hangs: u64,
    slowest: String,
    largest: String,
    faults: Vec<String>,
}

impl Tally {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            total: Report::default(),
            crashes: 0,
            hangs: 0,
            slowest: String::new(),
            largest: String::new(),
            faults: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: &str, report: &Report) {
        self.total.cases += report.cases;
        self.total.rendered += report.rendered;
        self.total.panics += report.panics;
        if let Some(crash) = &report.crash {
            self.crashes += 1;
            self.faults.push(format!("{name}: {crash}"));
        }
        if let Some(hang) = &report.hang {
            self.hangs += 1;
            self.faults.push(format!("{name}: {hang}"));
        }
        if report.peak > MEMORY {
            self.faults.push(format!("{name}: held {} MB", report.peak / 1_000_000));
        }
        if let Some((held, foretold)) = report.beyond_estimate {
            self.faults.push(format!("{name}: took {held} bytes; {foretold} were predicted"));
        }
        if report.panics > 0 {
            println!("{name}: a decoder panicked, and was caught: {}", report.panic);
        }
        if report.slowest >= self.total.slowest {
            self.total.slowest = report.slowest;
            name.clone_into(&mut self.slowest);
        }
        if report.peak >= self.total.peak {
            self.total.peak = report.peak;
            name.clone_into(&mut self.largest);
        }
    }
}

/// Prints a line for each group, and every fault. Returns whether there is none.
pub(crate) fn print(tallies: &[Tally]) -> bool {
    println!(
        "{:<28}{:>9}{:>10}{:>8}{:>9}{:>7}{:>11}{:>10}",
        "", "cases", "rendered", "panics", "crashes", "hangs", "worst, ms", "peak, MB"
    );
    for Tally { name, total, crashes, hangs, .. } in tallies {
        println!(
            "{name:<28}{:>9}{:>10}{:>8}{crashes:>9}{hangs:>7}{:>11}{:>10}",
            total.cases,
            total.rendered,
            total.panics,
            total.slowest.as_millis(),
            total.peak / 1_000_000,
        );
    }
    let cases: u64 = tallies.iter().map(|tally| tally.total.cases).sum();
    println!("{cases} cases");
    if let Some(tally) = tallies.iter().max_by_key(|tally| tally.total.slowest) {
        println!("slowest: {} ({} ms)", tally.slowest, tally.total.slowest.as_millis());
    }
    if let Some(tally) = tallies.iter().max_by_key(|tally| tally.total.peak) {
        println!("largest: {} ({} MB)", tally.largest, tally.total.peak / 1_000_000);
    }
    let faults: Vec<&String> = tallies.iter().flat_map(|tally| &tally.faults).collect();
    for fault in &faults {
        println!("FAULT {fault}");
    }
    faults.is_empty()
}
