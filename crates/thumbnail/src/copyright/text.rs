//! Texts of metadata: how they are found, and what is kept of them.

use memchr::memmem;

/// The longest text, in bytes; longer ones are cut.
const MAX_BYTES: usize = 1000;

/// Joins texts by commas, without control characters; `None` if nothing is left.
pub(super) fn join(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts
        .map(|part| part.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    let mut joined = parts.join(", ");
    joined.truncate(joined.floor_char_boundary(MAX_BYTES));
    (!joined.is_empty()).then_some(joined)
}

/// The first position of `needle`.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memmem::find(haystack, needle)
}
