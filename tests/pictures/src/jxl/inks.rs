//! A picture of inks as JPEG XL: three channels of colours, and a fourth that is called black. That
//! the others are inks only their profile tells, which is coded as well (ISO/IEC 18181-1, annex E).

use image::{DynamicImage, RgbaImage};

use super::{Bits, jxl_start, lossless_jxl};

/// The length of a profile that has a header alone.
const PROFILE_BYTES: u8 = 128;

/// A picture whose pixels are cyan, magenta, yellow and black, with 255 for none.
#[must_use]
pub fn inks_jxl(inks: &RgbaImage, has_black: bool) -> Vec<u8> {
    let made = lossless_jxl(&DynamicImage::from(inks.clone()));
    let mut alpha = start(inks.dimensions());
    alpha.push(1, 1); // An extra channel as most are,
    alpha.push(0, 1);
    alpha.push(1, 1); // in sRGB.
    alpha.push(0, 2);
    alpha.push(1, 1);
    let frame = made.strip_prefix(alpha.into_bytes().as_slice()).unwrap_or_default();

    let mut header = start(inks.dimensions());
    header.push(0, 1); // An extra channel of another kind:
    if has_black {
        header.push(2, 2); // black,
        header.push(4 - 2, 4);
    } else {
        header.push(1, 2); // depth,
    }
    header.push(0, 1 + 2 + 2 + 2); // of 8 bits, not reduced, without a name.
    header.push(0, 1 + 1); // No XYB; of the colours,
    header.push(1, 1); // there is a profile:
    header.push(0, 2 + 2); // of three channels. No extensions.
    header.push(1, 1);
    profile(&mut header);
    [header.into_bytes(), frame.to_vec()].concat()
}

/// Up to the extra channel of a picture of 8 bits.
fn start(size: (u32, u32)) -> Bits {
    let mut header = jxl_start(size);
    header.push(0, 2 + 3);
    header.push(1, 1);
    header.push(1, 2);
    header
}

/// A profile that tells nothing but its kind: inks.
fn profile(bits: &mut Bits) {
    let mut data = vec![0x80 | PROFILE_BYTES & 0x7F, PROFILE_BYTES >> 7, 0];
    // Of each byte of the header, the difference from what is expected.
    let mut header = [0_u8; PROFILE_BYTES as usize];
    for ((to, is), expected) in header.iter_mut().skip(16).zip(*b"CMYK").zip(*b"RGB ") {
        *to = is.wrapping_sub(expected);
    }
    data.extend(header);
    bits.push(2, 2);
    bits.push(u32::try_from(data.len()).unwrap_or(17) - 17, 8);
    bits.push(0, 1); // No repetitions,
    bits.push(1, 1); // all alike,
    bits.push(0, 2);
    bits.push(1, 1); // by codes,
    bits.push(15, 4); // for 256 values:
    bits.push(1, 1);
    bits.push(7, 4);
    bits.push(127, 7);
    // Codes of 8 bits alone.
    bits.push(0, 2 + 10 * 2);
    bits.push(1, 2);
    bits.push(0, 7 * 2);
    for byte in data {
        bits.push(byte.reverse_bits().into(), 8);
    }
}
