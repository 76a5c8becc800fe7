//! LF frames: an eighth of a picture's sides or less, decoded before the frame that refines it
//! (ISO/IEC 18181-1, annex F). Finds the end of one, where the next frame's header begins.

use jxl::api::JxlBasicInfo;

use super::bits::Bits;
use super::fields::{SPLINES, USES_LF_FRAME, has_passes};

/// The type of LF frames.
const LF_FRAME: u64 = 1;

/// The sides of a block, in pixels.
const BLOCK: u64 = 8;

/// The level of the LF frame that `frame` begins with, from 1 to 4, and what follows it: on each level,
/// sides are an eighth of those on the next lower one. `None` if it begins with another frame, or
/// with one that is stored in an unusual way.
pub(super) fn skip<'a>(frame: &'a [u8], info: &JxlBasicInfo) -> Option<(u64, &'a [u8])> {
    let mut bits = Bits::new(frame);
    let is_default = bits.flag()?;
    if is_default || bits.number(2)? != LF_FRAME {
        return None;
    }
    let is_cosine = !bits.flag()?;
    let is_xyb = !info.uses_original_profile;
    let flags = bits.long()?;
    if !is_xyb && bits.flag()? || flags & SPLINES != 0 {
        return None;
    }
    if flags & USES_LF_FRAME == 0 {
        for _ in 0..=info.extra_channels.len() {
            if bits.number(2)? != 0 {
                return None; // It is upsampled.
            }
        }
    }
    let group = match (is_cosine, is_xyb) {
        (false, _) => 128 << bits.number(2)?,
        (true, true) => {
            bits.number(6)?; // Quantizer scales of X and B.
            256
        }
        (true, false) => 256,
    };
    if has_passes(&mut bits)? {
        return None;
    }
    let level = bits.number(2)? + 1;
    let name = bits.short([(0, 0), (0, 4), (16, 5), (48, 10)])?;
    for _ in 0..name {
        bits.number(8)?;
    }
    skip_filters(&mut bits, is_cosine)?;
    no_extensions(&mut bits)?;
    let side =
        |side: usize| Some((side as u64).div_ceil(BLOCK.checked_pow(u32::try_from(level).ok()?)?));
    let (width, height) = (side(info.size.0)?, side(info.size.1)?);
    let groups = |group: u64| width.div_ceil(group) * height.div_ceil(group);
    let sections = match groups(group) {
        1 => 1,
        groups_of_all => 2 + groups(group * BLOCK) + groups_of_all,
    };
    let length = length(&mut bits, sections)?;
    Some((level, bits.rest()?.get(usize::try_from(length).ok()?..)?))
}

/// Reads the table of contents, and returns the length of all sections in bytes (annex F.3).
fn length(bits: &mut Bits<'_>, sections: u64) -> Option<u64> {
    let is_permuted = bits.flag()?;
    if is_permuted {
        return None;
    }
    bits.align();
    let mut length = 0_u64;
    for _ in 0..sections {
        let of_section = bits.short([(0, 10), (1024, 14), (17_408, 22), (4_211_712, 30)])?;
        length = length.checked_add(of_section)?;
    }
    Some(length)
}

/// Skips the restoration filters (annex J.1).
fn skip_filters(bits: &mut Bits<'_>, is_cosine: bool) -> Option<()> {
    let floats =
        |bits: &mut Bits<'_>, count: u32| (0..count).try_for_each(|_| bits.number(16).map(|_| ()));
    let is_default = bits.flag()?;
    if is_default {
        return Some(());
    }
    let has_gaborish = bits.flag()?;
    if has_gaborish && bits.flag()? {
        floats(bits, 6)?;
    }
    let has_edges = bits.number(2)? > 0;
    if has_edges {
        if is_cosine && bits.flag()? {
            floats(bits, 8)?;
        }
        if bits.flag()? {
            floats(bits, 3 + 2)?;
        }
        if bits.flag()? {
            floats(bits, if is_cosine { 4 } else { 3 })?;
        }
        if !is_cosine {
            floats(bits, 1)?;
        }
    }
    no_extensions(bits)
}

/// Refuses extensions: none are defined.
fn no_extensions(bits: &mut Bits<'_>) -> Option<()> {
    (bits.long()? == 0).then_some(())
}
