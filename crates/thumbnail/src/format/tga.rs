//! Recognises TGA, which has no signature: all fields of its header must make sense together
//! (Truevision TGA, version 2.0). In case of doubt, a file is not a TGA.

/// Whether a file is a TGA, by its first bytes.
pub(super) fn is_tga(bytes: &[u8]) -> bool {
    let Some(&header) = bytes.first_chunk::<18>() else {
        return false;
    };
    let [
        _,
        map_type,
        kind,
        m0,
        m1,
        n0,
        n1,
        entry_bits,
        x0,
        x1,
        y0,
        y1,
        w0,
        w1,
        h0,
        h1,
        depth,
        flags,
    ] = header;
    let map_start = u32::from(u16::from_le_bytes([m0, m1]));
    let map_length = u32::from(u16::from_le_bytes([n0, n1]));
    let (x, y) = (u16::from_le_bytes([x0, x1]), u16::from_le_bytes([y0, y1]));
    let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
    let alpha_bits = flags & 0x0F;

    let has_map = map_type == 1
        && matches!(entry_bits, 15 | 16 | 24 | 32)
        && map_length > 0
        && map_start + map_length <= 1 << depth.min(16);
    let has_no_map = map_type == 0 && map_start == 0 && map_length == 0 && entry_bits == 0;
    let has_pixels = match kind {
        1 | 9 => has_map && matches!((depth, alpha_bits), (8 | 16, 0 | 1 | 8)),
        2 | 10 => {
            has_no_map && matches!((depth, alpha_bits), (15 | 16 | 24 | 32, 0) | (16, 1) | (32, 8))
        }
        3 | 11 => has_no_map && matches!((depth, alpha_bits), (8, 0 | 8) | (16, 8)),
        _ => false,
    };
    // The picture's origin on the screen is the corner, or its height if it is upside down.
    has_pixels && width > 0 && height > 0 && x <= width && y <= height && flags & 0xC0 == 0
}
