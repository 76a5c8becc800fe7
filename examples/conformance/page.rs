//! `index.html`: every picture beside its reference and their difference, the worst first. It opens
//! without a server; the pictures are files beside it.

use std::fmt::Write as _;

use support::html::{address, escaped};

use crate::report::{Counts, Picture, Report};

const STYLE: &str = concat!(include_str!("../local/page.css"), include_str!("page.css"));

/// The page, whole.
pub(crate) fn of(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Conformance</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>Conformance</h1>\n{table}</header>\n<main>\n<ul class=\"rows\">\n",
        table = table(report),
    );
    for picture in &report.pictures {
        page.push_str(&row(picture));
    }
    page.push_str("</ul>\n</main>\n</body>\n</html>\n");
    page
}

fn table(report: &Report) -> String {
    let mut table = String::from(
        "<table>\n<thead><tr><th scope=\"col\">Format<th scope=\"col\">Right\
         <th scope=\"col\">Refused<th scope=\"col\">Excepted<th scope=\"col\">Wrong\
         <th scope=\"col\">Crashed<th scope=\"col\">Largest difference</thead>\n<tbody>\n",
    );
    let mut line = |name: &str, counts: Counts| {
        let Counts { right, refused, excepted, wrong, crashed, largest } = counts;
        let _ = writeln!(
            table,
            "<tr><th scope=\"row\">{}<td>{right}<td>{refused}<td>{excepted}<td>{wrong}\
             <td>{crashed}<td>{largest:.2}",
            escaped(name)
        );
    };
    for (format, counts) in &report.formats {
        line(format, *counts);
    }
    line("All", report.total());
    table.push_str("</tbody>\n</table>\n");
    table
}

/// The row of one picture: its facts, and our thumbnail beside the reference and the difference.
fn row(picture: &Picture) -> String {
    let kinds: &[&str] = match picture {
        Picture { difference: Some(_), .. } => &["ours", "reference", "difference"],
        Picture { size: Some(_), .. } => &["ours"],
        _ => &[],
    };
    let outcome = picture.outcome.name();
    let mut row = format!(
        "<li><p><span class=\"outcome {outcome}\">{outcome}</span> \
         <span class=\"name\"><bdi>{}</bdi></span> <span class=\"facts\"><span>{}</span>",
        escaped(&picture.file),
        escaped(&picture.format),
    );
    if let Some((width, height)) = picture.size {
        let _ = write!(row, " <span>{width} × {height}</span>");
    }
    if let Some((difference, allowed)) = picture.difference.zip(picture.allowed) {
        let _ = write!(row, " <span>differs by {difference:.2} of {allowed} allowed</span>");
    }
    row.push_str("</span></p>\n");
    if let Some(reason) = &picture.reason {
        let _ = writeln!(row, "<p>{}</p>", escaped(reason));
    }
    if !kinds.is_empty() {
        row.push_str("<div class=\"side-by-side\">\n");
        for kind in kinds {
            let address = address(&format!("{kind}/{}.png", picture.file));
            let class = if *kind == "difference" { "" } else { " class=\"clear\"" };
            let _ = writeln!(
                row,
                "<figure><a href=\"{address}\"><img{class} src=\"{address}\" loading=\"lazy\" \
                 decoding=\"async\" alt=\"\"></a><figcaption>{kind}</figcaption></figure>"
            );
        }
        row.push_str("</div>\n");
    }
    row.push_str("</li>\n");
    row
}
