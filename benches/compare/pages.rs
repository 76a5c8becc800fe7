//! What `docs/performance.md` and the README say of the suite, all of it made of a report: tables
//! as Markdown, and charts. A page has marks around what is replaced.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::chart::{self, Bar};
use super::measure::Side;
use super::report::{self, Report, Row};
use super::suite::Group;

const BEGIN: &str = "<!-- `make bench WRITE=1` writes from here -->\n";
const END: &str = "<!-- to here -->\n";

/// The names of all opponents' columns; oximg has one for each of its modes.
pub(crate) fn opponents<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let columns = |name: &str| match name {
        "oximg" => vec![name.to_owned(), format!("{name}, gamma")],
        _ => vec![name.to_owned()],
    };
    names.flat_map(columns).collect()
}

/// The columns that the report has figures for.
fn columns(report: &Report) -> Vec<String> {
    let known = opponents(["sharp", "Pillow", "oximg", "djxl"].into_iter());
    let named = |name: &String| {
        report.cases.iter().any(|row| {
            row.figures.side(name).is_some()
                || row.figures.cannot.iter().any(|(who, _)| who == name)
        })
    };
    known.into_iter().filter(named).collect()
}

/// Keeps everything in a folder.
pub(crate) fn keep(report: &Report, folder: &Path) -> Result<(), Box<dyn Error>> {
    for (file, chart) in charts(report) {
        fs::write(folder.join(file.file_name().ok_or("a chart without a name")?), chart)?;
    }
    fs::write(folder.join("performance.md"), page(report)?)?;
    println!("The charts are beside it, and so are the tables, in performance.md.");
    Ok(())
}

/// Writes everything to where it belongs in the project.
pub(crate) fn write(report: &Report) -> Result<(), Box<dyn Error>> {
    if Group::ALL.iter().any(|group| report.group(*group).next().is_none()) {
        return Err("the last run was not of the whole suite".into());
    }
    for (file, chart) in charts(report) {
        fs::write(super::project("").join(file), chart)?;
    }
    replace(&super::project("docs/performance.md"), &page(report)?)?;
    replace(&super::project("README.md"), &front(report)?)?;
    println!("Written: docs/performance.md, README.md and their charts.");
    Ok(())
}

fn replace(file: &Path, content: &str) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let marks = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = marks.ok_or_else(|| format!("{} lacks the marks", file.display()))?;
    Ok(fs::write(file, format!("{before}{BEGIN}\n{content}\n{END}{after}"))?)
}

fn charts(report: &Report) -> Vec<(PathBuf, String)> {
    let versions: Vec<&str> =
        report.versions.iter().filter_map(|version| version.split(" (").next()).collect();
    let note = format!(
        "{}, {}. {}. One thread each; shorter is better.",
        report.machine,
        report.date,
        versions.join(", ")
    );
    let mut charts = vec![(
        PathBuf::from("benches/compare/chart.svg"),
        chart::draw(
            &format!(
                "Time per picture, as a share of the fastest other's (geometric mean: {:.2})",
                report.geometric_mean
            ),
            "of each format's variants, the geometric mean",
            &format_bars(report),
            &note,
        ),
    )];
    for group in Group::ALL {
        let bar = |row: &Row| {
            let (ratio, name) = row.ratio.clone()?;
            let other = row.figures.side(&name)?.ms;
            let figures = format!("{:.1} / {other:.1} ({name})", row.figures.ours_ms);
            Some(Bar { label: row.figures.name.clone(), ratio, figures })
        };
        let mean = report::geometric_mean(report.group(group));
        let title = format!(
            "{}: time as a share of the fastest other's (geometric mean: {mean:.2})",
            group.title()
        );
        let bars: Vec<Bar> = report.group(group).filter_map(bar).collect();
        let heading = "milliseconds: ours / the fastest other's";
        charts.push((
            Path::new("docs").join(group.file()),
            chart::draw(&title, heading, &bars, &note),
        ));
    }
    charts
}

fn format_bars(report: &Report) -> Vec<Bar> {
    let mut formats: Vec<&str> = Vec::new();
    for row in report.group(Group::Sources) {
        if !formats.contains(&row.format.as_str()) {
            formats.push(&row.format);
        }
    }
    let bar = |format: &str| {
        let rows = || report.group(Group::Sources).filter(|row| row.format == format);
        let ratio = report::geometric_mean(rows());
        let count = rows().count();
        let cases = if count == 1 { "case" } else { "cases" };
        let figures = format!("{ratio:.2} ({count} {cases})");
        ratio.is_finite().then(|| Bar { label: format.to_owned(), ratio, figures })
    };
    formats.into_iter().filter_map(bar).collect()
}

/// The part of `docs/performance.md`.
fn page(report: &Report) -> Result<String, Box<dyn Error>> {
    let counts = || report.cases.iter().map(|row| row.figures.repetitions);
    let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    let mut page =
        format!("Measured on one processor ({}) on {}, against:\n\n", report.machine, report.date);
    for version in &report.versions {
        writeln!(page, "- {version}")?;
    }
    write!(
        page,
        "\nTimes are medians of {least} to {most} repetitions, in milliseconds. The ratio is that \
         of our time to the\nfastest other's. Who cannot read or write a format has `cannot` in its place.\n"
    )?;
    let names = columns(report);
    for group in Group::ALL {
        write!(
            page,
            "\n### {}\n\n![A bar for each case: our time as a share of the fastest other's]({})\n\n",
            group.title(),
            group.file()
        )?;
        times(&mut page, report, group, &names)?;
    }
    quality(&mut page, report, &names)?;
    Ok(page)
}

/// A table of times and memory.
fn times(
    page: &mut String,
    report: &Report,
    group: Group,
    names: &[String],
) -> Result<(), Box<dyn Error>> {
    let in_memory: Vec<&String> =
        names.iter().filter(|name| *name != "djxl" && *name != "oximg, gamma").collect();
    write!(page, "| | ours, ms |")?;
    for name in names {
        write!(page, " {name} |")?;
    }
    write!(page, " ratio | peak memory, MiB: ours")?;
    for name in &in_memory {
        write!(page, " / {name}")?;
    }
    writeln!(page, " |\n|---|---|{}---|---|", "---|".repeat(names.len()))?;
    for Row { figures, ratio, .. } in report.group(group) {
        write!(page, "| {} | {:.1} |", figures.name, figures.ours_ms)?;
        for name in names {
            write!(page, " {} |", report::time(figures, name))?;
        }
        let ratio = report::place(ratio.as_ref().map(|(ratio, _)| *ratio), 2);
        let mib = |name: &str| report::place(figures.side(name).and_then(|side| side.peak_mib), 0);
        write!(page, " {ratio} | {}", mib("ours"))?;
        for name in &in_memory {
            write!(page, " / {}", mib(name))?;
        }
        writeln!(page, " |")?;
    }
    let mean = report::geometric_mean(report.group(group));
    writeln!(page, "| geometric mean | |{} **{mean:.2}** | |", " |".repeat(names.len()))?;
    Ok(())
}

/// A table of bytes and scores.
fn quality(page: &mut String, report: &Report, names: &[String]) -> Result<(), Box<dyn Error>> {
    page.push_str(
        "\n### Bytes and quality\n\n\
         Each cell has the bytes of the thumbnails, then their SSIMULACRA2 scores against two full\n\
         decodes: one resized as stored, and one resized in linear light, both by Lanczos in floating\n\
         point.\n\n| | ours |",
    );
    let names: Vec<&String> = names.iter().filter(|name| *name != "djxl").collect();
    for name in &names {
        write!(page, " {name} |")?;
    }
    writeln!(page, "\n|---|---|{}", "---|".repeat(names.len()))?;
    for Row { figures, .. } in &report.cases {
        write!(page, "| {} | {} |", figures.name, looks(figures.side("ours")))?;
        for name in &names {
            write!(page, " {} |", looks(figures.side(name)))?;
        }
        page.push('\n');
    }
    Ok(())
}

fn looks(side: Option<&Side>) -> String {
    side.map_or_else(
        || "-".to_owned(),
        |side| {
            let bytes = side.bytes.map_or_else(|| "-".to_owned(), thousands);
            let [stored, linear] =
                [side.score, side.linear_score].map(|score| report::place(score, 1));
            format!("{bytes}: {stored} / {linear}")
        },
    )
}

/// A number with a comma after each three digits.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The README's part.
fn front(report: &Report) -> Result<String, Box<dyn Error>> {
    let row = report.cases.iter().find(|row| row.figures.name == "photo-12mp.jpg to 256");
    let figures = &row.ok_or("no photo-12mp.jpg to 256")?.figures;
    let said =
        |side: &Side| format!("{:.1} ms and {} MiB", side.ms, report::place(side.peak_mib, 0));
    let ours = figures.side("ours").map(said).unwrap_or_default();
    let others: Vec<String> = ["sharp", "Pillow", "oximg"]
        .into_iter()
        .filter_map(|name| Some(format!("{name}: {}", said(figures.side(name)?))))
        .collect();
    Ok(format!(
        "![A bar for each format: our time as a share of the fastest other's](benches/compare/chart.svg)\n\n\
         - A JPEG of 12 megapixels takes {ours} of memory\n  ({}).\n",
        others.join("; ")
    ))
}
