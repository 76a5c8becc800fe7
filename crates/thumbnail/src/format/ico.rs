//! Recognises ICO and CUR. Their first four bytes are too common, so the first entry of the
//! directory must make sense as well.

/// Whether a file is an ICO or CUR, by its first bytes.
pub(super) fn is_ico(bytes: &[u8]) -> bool {
    let Some(&[0, 0, kind @ (1 | 2), 0, c0, c1, entry @ ..]) = bytes.first_chunk::<22>() else {
        return false;
    };
    let [_, _, _, reserved, p0, p1, d0, d1, l0, l1, l2, l3, o0, o1, o2, o3] = entry;
    let count = u32::from(u16::from_le_bytes([c0, c1]));
    let (planes, depth) = (u16::from_le_bytes([p0, p1]), u16::from_le_bytes([d0, d1]));
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let offset = u32::from_le_bytes([o0, o1, o2, o3]);
    // A cursor has its hot spot in place of planes and depth.
    let is_drawn = if kind == 1 {
        planes <= 1 && matches!(depth, 0 | 1 | 2 | 4 | 8 | 16 | 24 | 32)
    } else {
        planes <= 256 && depth <= 256
    };
    // .NET writes 255 instead of zero.
    count > 0 && is_drawn && matches!(reserved, 0 | 255) && length >= 12 && offset >= 6 + 16 * count
}
