//! Texts of metadata: where they are, and what is kept of them.

use memchr::memmem;

/// The longest that a text may be, in bytes; a longer one is cut.
const MAX_BYTES: usize = 1000;

/// Texts without what is no text, with commas between; `None` where nothing is left.
pub(super) fn join(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts
        .map(|part| part.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    let mut joined = parts.join(", ");
    joined.truncate(joined.floor_char_boundary(MAX_BYTES));
    (!joined.is_empty()).then_some(joined)
}

/// Where `needle` first is.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memmem::find(haystack, needle)
}
