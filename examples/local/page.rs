//! `index.html`: every rule with the thumbnails that it made, and what was refused. The page opens
//! without a server, and is one file, except for the thumbnails beside it.

mod names;
mod picture;

use std::collections::HashMap;
use std::fmt::Write as _;

use support::html::escaped;

use crate::placeholders::Metadata;
use crate::report::Report;
use crate::rules::{Rules, Written};
use crate::text;
use crate::upload::{Outcome, Upload};
use names::named;

const STYLE: &str = concat!(include_str!("look.css"), include_str!("page.css"));

/// The whole page. `metadata` is that of each thumbnail, by its key.
pub(crate) fn of(report: &Report, rules: &Rules, metadata: &HashMap<String, Metadata>) -> String {
    let refused: Vec<_> =
        report.uploads.iter().filter(|upload| upload.outcome != Outcome::Thumbnail).collect();
    let figures = &report.summary;
    let skip_link = if refused.is_empty() {
        ""
    } else {
        "<a class=\"skip\" href=\"#refused\">Skip to what was refused</a>"
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · contact sheet</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         {skip_link}\n<header>\n<h1>Contact sheet</h1>\n<p>{summary}</p>\n{contents}</header>\n<main>\n",
        title = text::counted(figures.thumbnails, "thumbnail"),
        summary = summary(report),
        contents = contents(&rules.written),
    );
    let made = |rule| {
        let made = report.uploads.iter().filter(move |upload| !upload.thumbnails.is_empty());
        made.filter(move |upload| upload.rule == Some(rule)).collect::<Vec<_>>()
    };
    if rules.written.is_empty() && figures.thumbnails > 0 {
        let list = picture::list(&made(0), metadata);
        let _ = write!(page, "<section aria-label=\"Thumbnails\">\n{list}</section>\n");
    }
    for (number, rule) in rules.written.iter().enumerate() {
        page.push_str(&section(number, rule, &made(number), metadata));
    }
    if !refused.is_empty() {
        page.push_str(
            "<section id=\"refused\">\n<h2>Without a thumbnail</h2>\n<ul class=\"refused\">\n",
        );
        for upload in refused {
            page.push_str(&refusal(upload));
        }
        page.push_str("</ul>\n</section>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn summary(report: &Report) -> String {
    let figures = &report.summary;
    let mut parts = vec![format!("<b>{}</b>", text::counted(figures.thumbnails, "thumbnail"))];
    let others =
        [(figures.skipped, "skipped"), (figures.rejected, "rejected"), (figures.failed, "failed")];
    for (count, ended) in others {
        if count > 0 {
            parts.push(format!("<a href=\"#refused\">{} {ended}</a>", text::grouped(count)));
        }
    }
    parts.push(format!(
        "{} to {}",
        text::bytes(figures.source_bytes),
        text::bytes(figures.thumbnail_bytes)
    ));
    parts.push(format!(
        "{}, {} pictures a second",
        text::milliseconds(figures.seconds * 1000.0),
        figures.pictures_per_second
    ));
    let parts: Vec<_> = parts.iter().map(|part| format!("<span>{part}</span>")).collect();
    parts.join(" ")
}

/// Links to the rules.
fn contents(rules: &[Written]) -> String {
    if rules.len() < 2 {
        return String::new();
    }
    let link = |(number, rule): (usize, &Written)| {
        format!("<a href=\"#rule-{number}\"><bdi>{}</bdi></a>", escaped(&rule.title))
    };
    let links: Vec<_> = rules.iter().enumerate().map(link).collect();
    format!("<nav aria-label=\"Rules\">{}</nav>\n", links.join(" "))
}

/// A rule as it was written, beside what it made.
fn section(
    number: usize,
    rule: &Written,
    made: &[&Upload],
    metadata: &HashMap<String, Metadata>,
) -> String {
    let thumbnails = made.iter().map(|upload| upload.thumbnails.len()).sum();
    format!(
        "<section class=\"rule\" id=\"rule-{number}\" aria-labelledby=\"title-{number}\">\n\
         <div class=\"about\">\n<h2 id=\"title-{number}\"><bdi>{title}</bdi></h2>\n\
         <p>{pictures}, {thumbnails}</p>\n<pre tabindex=\"0\" aria-label=\"The rule\">{text}</pre>\n\
         </div>\n{list}</section>\n",
        title = escaped(&rule.title),
        pictures = text::counted(made.len(), "picture"),
        thumbnails = text::counted(thumbnails, "thumbnail"),
        text = names::escaped_lines(&rule.text),
        list = picture::list(made, metadata),
    )
}

fn refusal(upload: &Upload) -> String {
    format!(
        "<li><span class=\"outcome {outcome}\">{outcome}</span><div>{name}\
         <p>{reason}</p></div><span class=\"facts\"><span>{bytes}</span> <span>{time}</span></span></li>\n",
        outcome = name(upload.outcome),
        name = named(&upload.key),
        reason = escaped(upload.reason.as_deref().unwrap_or_default()),
        bytes = text::bytes(upload.bytes),
        time = text::milliseconds(upload.milliseconds),
    )
}

fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Thumbnail => "thumbnail",
        Outcome::Skipped => "skipped",
        Outcome::Rejected => "rejected",
        Outcome::Failed => "failed",
    }
}

#[cfg(test)]
mod tests;
