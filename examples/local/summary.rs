//! The summary in the terminal: how many, how fast, what was refused and why, where the results
//! are.

use std::fmt::Write as _;
use std::path::Path;

use crate::SOURCE_PREFIX;
use crate::report::Report;
use crate::text;
use crate::upload::Outcome;

/// How many files of one outcome are named; the report has all of them.
const NAMED: usize = 12;
/// The largest width of the column of names, in characters.
const WIDEST: usize = 44;

/// The summary, ready to print.
pub(crate) fn of(report: &Report, rules: Option<&str>, out: &Path) -> String {
    let figures = &report.summary;
    let mut lines = String::from("\n");
    let _ = writeln!(
        lines,
        "  {} of {} in {}: {} pictures/s, {:.1} MB/s",
        text::counted(figures.uploads, "upload"),
        text::bytes(figures.source_bytes),
        text::milliseconds(figures.seconds * 1000.0),
        figures.pictures_per_second,
        figures.megabytes_per_second,
    );
    lines.push('\n');
    let _ = writeln!(
        lines,
        "  {:>6}  became {} of {} in all",
        text::grouped(figures.thumbnail),
        text::counted(figures.thumbnails, "thumbnail"),
        text::bytes(figures.thumbnail_bytes),
    );
    let others = [
        (Outcome::Skipped, figures.skipped, "skipped: empty, or not claimed to be pictures"),
        (Outcome::Rejected, figures.rejected, "rejected: no thumbnail can be made of them"),
        (Outcome::Failed, figures.failed, "failed: not the picture's fault, to be tried again"),
    ];
    for (outcome, count, meaning) in others {
        if count > 0 {
            let _ = writeln!(lines, "  {:>6}  {meaning}", text::grouped(count));
            name_each(&mut lines, report, outcome);
        }
    }
    let out = out.display();
    let _ = write!(lines, "\n  Look at   {out}/index.html\n");
    if let Some(rules) = rules {
        let _ = writeln!(lines, "  Rules     {rules}");
    }
    let _ = write!(lines, "  Files     {out}/thumbnails/\n  Figures   {out}/report.json\n\n");
    lines
}

fn name_each(lines: &mut String, report: &Report, outcome: Outcome) {
    let named = || report.uploads.iter().filter(|upload| upload.outcome == outcome);
    let name = |key: &str| text::printable(key.strip_prefix(SOURCE_PREFIX).unwrap_or(key));
    let width = |name: &str| name.chars().count();
    let column = named().take(NAMED).map(|upload| width(&name(&upload.key))).max();
    let column = column.unwrap_or_default().min(WIDEST);
    for upload in named().take(NAMED) {
        let name = name(&upload.key);
        let gap = column.saturating_sub(width(&name));
        let reason = text::printable(upload.reason.as_deref().unwrap_or_default());
        let _ = writeln!(lines, "          {name}{:gap$}  {reason}", "");
    }
    let rest = named().count().saturating_sub(NAMED);
    if rest > 0 {
        let _ = writeln!(lines, "          and {} more", text::grouped(rest));
    }
}
