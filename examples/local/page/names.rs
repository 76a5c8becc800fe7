//! Names and other words that are not ours, as markup and as addresses: a file can be called anything.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::SOURCE_PREFIX;

/// What stands for itself in the path of an address (RFC 3986, 2.3), and what parts its segments.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where a thumbnail lies, from the page.
pub(super) fn address(key: &str) -> String {
    utf8_percent_encode(key, PATH).to_string()
}

/// The folder and the file's name of a key, without the prefix that all pictures share.
pub(super) fn parts(key: &str) -> (&str, &str) {
    let path = key.strip_prefix(SOURCE_PREFIX).unwrap_or(key);
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A key as the file's name and its folder.
pub(super) fn named(key: &str) -> String {
    let (folder, name) = parts(key);
    let mut html = String::new();
    let _ = write!(html, "<span class=\"name\"><bdi>{}</bdi></span>", escaped(name));
    if !folder.is_empty() {
        let _ = write!(html, "<span class=\"folder\"><bdi>{}</bdi></span>", escaped(folder));
    }
    html
}

/// Text that can stand between tags and in attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            control if control.is_control() => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// The same for text of several lines.
pub(super) fn escaped_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}
