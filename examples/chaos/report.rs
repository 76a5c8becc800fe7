//! What is printed and written to `report.json` at the end. It decides nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::Failure;
use crate::args::Args;
use crate::counts::Table;
use crate::verdict::{Finding, Findings, What};

/// How many findings are printed; the file has all of them.
const SHOWN: usize = 12;

/// The whole run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    uploads: usize,
    seed: u64,
    functions: usize,
    workers: usize,
    fault_rate: f64,
    seconds: f64,
    counts: Table,
    verdict: BTreeMap<String, usize>,
    findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(args: &Args, time: Duration, counts: Table, findings: Findings) -> Self {
        let count = |what| findings.all.iter().filter(|finding| finding.what == what).count();
        let present = |binary: &Option<_>, count| if binary.is_some() { count } else { 0 };
        Self {
            uploads: args.uploads,
            seed: args.seed,
            functions: present(&args.lambda_binary, args.functions),
            workers: present(&args.worker_binary, args.workers),
            fault_rate: args.fault_rate,
            seconds: (time.as_secs_f64() * 10.0).round() / 10.0,
            counts,
            verdict: What::ALL.map(|what| (what.to_string(), count(what))).into(),
            findings: findings.all,
        }
    }

    /// Whether nothing was found.
    pub(crate) fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(crate) fn write(&self, directory: &Path) -> Result<(), Failure> {
        std::fs::write(directory.join("report.json"), serde_json::to_string_pretty(self)?)?;
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (group, counts) in &self.counts {
            writeln!(formatter, "{group}")?;
            for (name, count) in counts {
                writeln!(formatter, "  {name:<46} {count:>8}")?;
            }
        }
        writeln!(formatter, "verdict")?;
        for what in What::ALL {
            let count = self.verdict.get(&what.to_string()).unwrap_or(&0);
            writeln!(formatter, "  {:<46} {count:>8}", what.to_string())?;
        }
        for finding in self.findings.iter().take(SHOWN) {
            let Finding { what, which, expected, found } = finding;
            writeln!(formatter, "{what}: {which}\n  expected {expected}\n  found    {found}")?;
        }
        if let Some(more) = self.findings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            writeln!(formatter, "and {more} more, in report.json")?;
        }
        let (seed, uploads, seconds) = (self.seed, self.uploads, self.seconds);
        let end = if self.is_clean() { "passed" } else { "FAILED" };
        writeln!(formatter, "chaos {end}: {uploads} uploads, seed {seed}, {seconds} s")
    }
}
