//! Whether a file is an SVG: the first element must say so, after whatever may come before one in XML.

/// Whether a file is an SVG, by its first bytes. One that says more before its first element than those
/// hold is not recognised.
pub(super) fn is_svg(bytes: &[u8]) -> bool {
    let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    loop {
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            // An internal subset has declarations of its own in it.
            [b'<', b'!', b'D', b'O', b'C', b'T', b'Y', b'P', b'E', after @ ..]
                if after.iter().take_while(|byte| **byte != b'>').any(|byte| *byte == b'[') =>
            {
                b"]>"
            }
            [b'<', b'!', b'D', b'O', b'C', b'T', b'Y', b'P', b'E', ..] => b">",
            [b'<', b's', b'v', b'g', after, ..] => {
                return after.is_ascii_whitespace() || matches!(after, b'>' | b'/' | b':');
            }
            _ => return false,
        };
        let Some(at) = memchr::memmem::find(rest, end) else { return false };
        rest = rest.get(at + end.len()..).unwrap_or_default().trim_ascii_start();
    }
}
