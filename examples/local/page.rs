//! `index.html`: every thumbnail on one page that opens without a server, and what was refused.
//! Everything on it is in the file but the thumbnails themselves, which it shows from beside it.

use std::fmt::Write as _;

use support::html::{address, escaped};

use crate::SOURCE_PREFIX;
use crate::report::{Outcome, Report, Thumbnail, Upload};
use crate::text;

const STYLE: &str = include_str!("page.css");

/// The page, whole.
pub(crate) fn of(report: &Report) -> String {
    let made = report.uploads.iter().filter(|upload| !upload.thumbnails.is_empty());
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
         {skip_link}\n<header>\n<h1>Contact sheet</h1>\n<p>{summary}</p>\n</header>\n<main>\n",
        title = text::counted(figures.thumbnails, "thumbnail"),
        summary = summary(report),
    );
    if figures.thumbnails > 0 {
        page.push_str("<section aria-label=\"Thumbnails\">\n<ul class=\"sheet\">\n");
        for upload in made {
            for thumbnail in &upload.thumbnails {
                page.push_str(&frame(upload, thumbnail));
            }
        }
        page.push_str("</ul>\n</section>\n");
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

/// One thumbnail and its caption.
fn frame(upload: &Upload, thumbnail: &Thumbnail) -> String {
    let Thumbnail { key, width, height, bytes, content_type } = thumbnail;
    let address = address(key);
    let format = text::format_name(content_type);
    // JPEG has no transparency to show a checkerboard through.
    let class = if *content_type == "image/jpeg" { "" } else { " class=\"clear\"" };
    let (_, name) = parts(&upload.key);
    format!(
        "<li><figure><a href=\"{address}\"><img{class} src=\"{address}\" width=\"{width}\" \
         height=\"{height}\" loading=\"lazy\" decoding=\"async\" alt=\"{alt}\"></a>\n\
         <figcaption>{name}<span class=\"facts\"><span>{width} × {height}</span> \
         <span>{bytes}</span> <span>{format}</span> <span>{time}</span></span>\
         </figcaption></figure></li>\n",
        alt = escaped(name),
        name = named(&upload.key),
        bytes = text::bytes(*bytes as u64),
        time = text::milliseconds(upload.milliseconds),
    )
}

fn refusal(upload: &Upload) -> String {
    format!(
        "<li><span class=\"outcome {outcome}\">{outcome}</span><div>{name}\
         <p>{reason}</p></div><span class=\"facts\"><span>{bytes}</span> <span>{time}</span></span></li>\n",
        outcome = upload.outcome.name(),
        name = named(&upload.key),
        reason = escaped(upload.reason.as_deref().unwrap_or_default()),
        bytes = text::bytes(upload.bytes),
        time = text::milliseconds(upload.milliseconds),
    )
}

/// The folder and the file's name of a key, without the prefix that all pictures share.
fn parts(key: &str) -> (&str, &str) {
    let path = key.strip_prefix(SOURCE_PREFIX).unwrap_or(key);
    path.rsplit_once('/').unwrap_or(("", path))
}

fn named(key: &str) -> String {
    let (folder, name) = parts(key);
    let mut html = String::new();
    let _ = write!(html, "<span class=\"name\"><bdi>{}</bdi></span>", escaped(name));
    if !folder.is_empty() {
        let _ = write!(html, "<span class=\"folder\"><bdi>{}</bdi></span>", escaped(folder));
    }
    html
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn page_of(key: &str) -> String {
        let thumbnail = Thumbnail {
            key: key.replace("images/", "thumbnails/"),
            width: 3,
            height: 2,
            bytes: 100,
            content_type: "image/png",
        };
        let mut upload = Upload::not_made(key.to_owned(), Outcome::Thumbnail, "none");
        upload.thumbnails.push(thumbnail);
        of(&Report::new(vec![upload], Duration::from_millis(10)))
    }

    #[test]
    fn a_name_cannot_become_markup_or_another_address() {
        let page = page_of("images/<b>\"'&/100% sure? #1 é.png");
        assert!(
            page.contains(
                "src=\"thumbnails/%3Cb%3E%22%27%26/100%25%20sure%3F%20%231%20%C3%A9.png\""
            )
        );
        assert!(page.contains("<bdi>&lt;b&gt;&quot;&#39;&amp;</bdi>"));
        assert!(page.contains("<bdi>100% sure? #1 é.png</bdi>"));
    }

    #[test]
    fn a_page_without_refusals_has_no_section_for_them() {
        assert!(!page_of("images/a.png").contains("id=\"refused\""));
    }
}
