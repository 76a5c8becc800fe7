//! Fields that the headers of all frames have in common (ISO/IEC 18181-1, annex F).

use super::bits::Bits;

/// Splines are drawn over the frame.
pub(super) const SPLINES: u64 = 0x10;

/// The frame refines an LF frame.
pub(super) const USES_LF_FRAME: u64 = 0x20;

/// Reads the passes of a frame, and returns whether there is more than one.
pub(super) fn has_passes(bits: &mut Bits<'_>) -> Option<bool> {
    let passes = match bits.number(2)? {
        3 => 4 + bits.number(3)?,
        few => 1 + few,
    };
    if passes == 1 {
        return Some(false);
    }
    let smaller = match bits.number(2)? {
        3 => 3 + bits.number(1)?,
        few => few,
    };
    for _ in 1..passes + smaller {
        bits.number(2)?; // Shifts, then downsampling factors.
    }
    for _ in 0..smaller {
        if bits.number(2)? == 3 {
            bits.number(3)?;
        }
    }
    Some(true)
}
