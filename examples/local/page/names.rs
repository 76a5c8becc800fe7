//! Keys as the page shows them. `support::html` does the escaping.

use std::fmt::Write as _;

use support::html::escaped;

use crate::SOURCE_PREFIX;

/// A key's folder and file name, without the prefix that all pictures share.
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

/// Text of several lines, escaped to stand between tags.
pub(super) fn escaped_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}
