//! Recognises a JPEG with stray bytes between its start and its first segment.

/// Whether the start of an image is followed by a segment that may come first: tables, a frame, an
/// application's data or a comment (ITU-T T.81, table B.1).
pub(super) fn has_segment(bytes: &[u8], most: usize) -> bool {
    let bytes = bytes.get(..most).unwrap_or(bytes);
    bytes
        .windows(2)
        .skip(2)
        .any(|pair| matches!(pair, [0xFF, 0xC0..=0xC2 | 0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE]))
}
