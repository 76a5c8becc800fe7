//! The pictures of one rule. If each has one thumbnail and no placeholders, they are a sheet of
//! equal frames. Otherwise each picture is a row: the placeholders, then the thumbnails, narrowest
//! first.

use std::collections::HashMap;
use std::fmt::Write as _;

use support::html::{address, escaped};

use super::names::{named, parts};
use crate::placeholders::{Metadata, Placeholders};
use crate::text;
use crate::upload::{Thumbnail, Upload};

/// The list of `made`.
pub(super) fn list(made: &[&Upload], metadata: &HashMap<String, Metadata>) -> String {
    let mut html = String::new();
    let is_plain = |upload: &&Upload| {
        let [thumbnail] = upload.thumbnails.as_slice() else { return false };
        metadata.get(&thumbnail.key).is_none_or(|carried| !carried.contains_key("thumbhash"))
    };
    if made.iter().all(is_plain) {
        html.push_str("<ul class=\"sheet\">\n");
        for upload in made {
            html.extend(upload.thumbnails.first().map(|thumbnail| frame(upload, thumbnail)));
        }
    } else {
        html.push_str("<ul class=\"rows\">\n");
        for upload in made {
            html.push_str(&row(upload, metadata));
        }
    }
    html.push_str("</ul>\n");
    html
}

/// One thumbnail in a sheet.
fn frame(upload: &Upload, thumbnail: &Thumbnail) -> String {
    let format = text::format_name(thumbnail.content_type);
    let source = upload.source.as_ref().map(|source| text::format_name(source.format));
    let change = match source {
        Some(source) if source != format => format!("{source} to {format}"),
        _ => format,
    };
    let facts = [
        size(thumbnail.width, thumbnail.height),
        text::bytes(thumbnail.bytes as u64),
        change,
        text::milliseconds(upload.milliseconds),
    ];
    format!(
        "<li><figure>{image}\n<figcaption>{name}{facts}</figcaption></figure></li>\n",
        image = image(upload, thumbnail, false),
        name = named(&upload.key),
        facts = spans(&facts),
    )
}

/// All thumbnails of one picture.
fn row(upload: &Upload, metadata: &HashMap<String, Metadata>) -> String {
    let mut thumbnails: Vec<&Thumbnail> = upload.thumbnails.iter().collect();
    thumbnails.sort_by_key(|thumbnail| thumbnail.width);
    let placeholders = thumbnails.iter().find_map(|thumbnail| {
        Placeholders::read(metadata.get(&thumbnail.key)?, (thumbnail.width, thumbnail.height))
    });
    let mut facts = Vec::new();
    if let Some(source) = &upload.source {
        facts.push(text::format_name(source.format));
        facts.push(size(source.width, source.height));
    }
    facts.extend([text::bytes(upload.bytes), text::milliseconds(upload.milliseconds)]);
    if let Some(manifest) = &upload.manifest {
        facts.push(format!("<a href=\"{}\">manifest</a>", address(manifest)));
    }
    let widths: u32 = thumbnails.iter().map(|thumbnail| thumbnail.width).sum();
    let mut style = format!("--wide:{widths}");
    let mut swatches = String::new();
    if let (Some(shown), Some(first)) = (&placeholders, thumbnails.first()) {
        let _ = write!(
            style,
            ";--thumb:url({});--blur:url({});--dominant:{};--shape:{}/{}",
            shown.thumb_hash, shown.blur_hash, shown.dominant, first.width, first.height
        );
        let labels = [("thumb", "ThumbHash"), ("blur", "BlurHash"), ("dominant", &shown.dominant)];
        let swatch = |(class, label)| format!("<li><span class=\"{class}\"></span>{label}</li>");
        let all: String = labels.into_iter().map(swatch).collect();
        swatches = format!("<ul class=\"swatches\" aria-label=\"Placeholders\">{all}</ul>\n");
    }
    let waits = placeholders.is_some_and(|placeholders| placeholders.is_opaque);
    let figures: String = thumbnails.iter().map(|made| figure(upload, made, waits)).collect();
    format!(
        "<li style=\"{style}\"><p class=\"picture\">{name}{facts}</p>\n\
         <div class=\"row\">{swatches}{figures}</div></li>\n",
        name = named(&upload.key),
        facts = spans(&facts),
    )
}

/// One thumbnail in a row.
fn figure(upload: &Upload, thumbnail: &Thumbnail, waits: bool) -> String {
    let Thumbnail { name, width, height, bytes, content_type, .. } = thumbnail;
    let facts =
        [size(*width, *height), text::bytes(*bytes as u64), text::format_name(content_type)];
    format!(
        "<figure style=\"--width:{width}\">{image}\n<figcaption><span class=\"name\">{name}</span>\
         {facts}</figcaption></figure>\n",
        image = image(upload, thumbnail, waits),
        name = escaped(name),
        facts = spans(&facts),
    )
}

/// The thumbnail itself. If it `waits`, the placeholder is shown until it has loaded.
fn image(upload: &Upload, thumbnail: &Thumbnail, waits: bool) -> String {
    let address = address(&thumbnail.key);
    // JPEG has no transparency to show a checkerboard through.
    let class = match (waits, thumbnail.content_type) {
        (true, _) => " class=\"waits\"",
        (false, "image/jpeg") => "",
        (false, _) => " class=\"clear\"",
    };
    let (_, name) = parts(&upload.key);
    let alt = if thumbnail.name.is_empty() {
        escaped(name)
    } else {
        format!("{}, {}", escaped(name), escaped(&thumbnail.name))
    };
    format!(
        "<a href=\"{address}\"><img{class} src=\"{address}\" width=\"{}\" height=\"{}\" \
         loading=\"lazy\" decoding=\"async\" alt=\"{alt}\"></a>",
        thumbnail.width, thumbnail.height
    )
}

fn size(width: u32, height: u32) -> String {
    format!("{width} × {height}")
}

fn spans(facts: &[String]) -> String {
    let spans: Vec<_> = facts.iter().map(|fact| format!("<span>{fact}</span>")).collect();
    format!("<span class=\"facts\">{}</span>", spans.join(" "))
}
