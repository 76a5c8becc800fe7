//! The manifest: an object beside a picture's thumbnails that lists them. It is written after all
//! of them, so its own S3 event means that every size is ready. This file only defines its form.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use crate::object::ObjectRef;
use crate::store::Head;
use thumbnail::{Placeholders, Rendering};

/// The media type of a manifest.
pub const CONTENT_TYPE: &str = "application/json";

#[derive(Debug, Serialize)]
struct Manifest<'a> {
    source: Source<'a>,
    thumbnails: Vec<Thumbnail<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholders: Option<BTreeMap<&'static str, String>>,
}

#[derive(Debug, Serialize)]
struct Source<'a> {
    bucket: &'a str,
    key: &'a str,
    etag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    bytes: u64,
    format: &'static str,
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
struct Thumbnail<'a> {
    name: &'a str,
    bucket: &'a str,
    key: &'a str,
    bytes: usize,
    #[serde(rename = "type")]
    content_type: &'static str,
    width: u32,
    height: u32,
}

/// Placeholders as text, by name: `ThumbHash` in Base64, `BlurHash`, dominant colour as `#rrggbb`.
#[must_use]
pub fn texts(placeholders: &Placeholders) -> [(&'static str, String); 3] {
    [
        ("thumbhash", BASE64_STANDARD.encode(&placeholders.thumb_hash)),
        ("blurhash", placeholders.blur_hash.clone()),
        ("dominant-color", placeholders.dominant.to_string()),
    ]
}

/// Writes the manifest of `source`, which `head` describes. `outputs` gives the name and the place
/// of each thumbnail, in the order of the rendering.
#[must_use]
pub fn write<'a>(
    source: &ObjectRef,
    head: &Head,
    rendering: &Rendering,
    outputs: impl Iterator<Item = (&'a str, &'a ObjectRef)>,
) -> String {
    let thumbnails = outputs.zip(&rendering.thumbnails).map(|((name, place), made)| Thumbnail {
        name,
        bucket: &place.bucket,
        key: &place.key,
        bytes: made.bytes.len(),
        content_type: made.format.content_type(),
        width: made.width,
        height: made.height,
    });
    let manifest = Manifest {
        source: Source {
            bucket: &source.bucket,
            key: &source.key,
            etag: &head.etag,
            version: head.version.as_deref(),
            bytes: head.content_length,
            format: rendering.source_format.name(),
            width: rendering.source_width,
            height: rendering.source_height,
        },
        thumbnails: thumbnails.collect(),
        placeholders: rendering.placeholders.as_ref().map(|shown| texts(shown).into()),
    };
    // Strings and numbers can always be written as JSON.
    serde_json::to_string(&manifest).unwrap_or_default()
}
