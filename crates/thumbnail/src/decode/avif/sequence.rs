//! Reads what AV1 data tells of its pictures before they are decoded: walks over the open bitstream
//! units, and reads the whole sequence header (AV1 Bitstream & Decoding Process, 5.3 to 5.5).

use crate::decode::heif::bits::Bits;
use crate::decode::heif::cicp::Cicp;
use crate::decode::heif::codec::Form;

/// What the data tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sequence {
    /// The form of the largest frame.
    pub(super) form: Form,
    /// How many copies of a frame exist while it is decoded: more than one if it is upscaled, or
    /// film grain is added.
    pub(super) copies: u64,
    /// The number of frames.
    pub(super) frames: u64,
}

/// Types of open bitstream units (6.2.2).
const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const FRAME_HEADER: u8 = 3;
const TILE_GROUP: u8 = 4;
const FRAME: u8 = 6;

impl Sequence {
    /// Walks over the data of a picture. `None` if it ends within a unit, lacks a required unit, or
    /// contradicts itself.
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        let (mut header, mut frames) = (None, 0);
        for unit in units(data) {
            let unit = unit?;
            match unit.kind {
                SEQUENCE_HEADER if header.is_some_and(|header| header != unit.payload) => {
                    return None;
                }
                SEQUENCE_HEADER => header = Some(unit.payload),
                FRAME_HEADER | FRAME => frames += 1,
                _ => {}
            }
        }
        let mut sequence = Self::of_header(&mut Bits { bytes: header?, at: 0 })?;
        sequence.frames = frames;
        (frames > 0).then_some(sequence)
    }

    /// Reads a sequence header (5.5.1).
    fn of_header(bits: &mut Bits<'_>) -> Option<Self> {
        let profile = bits.number(3)?;
        bits.flag()?;
        let is_reduced = bits.flag()?;
        if is_reduced {
            bits.number(5)?;
        } else {
            skip_timing(bits)?;
        }
        let (width_bits, height_bits) = (bits.number(4)? + 1, bits.number(4)? + 1);
        let size = (bits.number(width_bits)? + 1, bits.number(height_bits)? + 1);
        if !is_reduced && bits.flag()? {
            bits.number(4 + 3)?;
        }
        // Superblock size, and two tools of intra prediction.
        bits.number(3)?;
        if !is_reduced {
            skip_tools(bits)?;
        }
        let has_super_resolution = bits.flag()?;
        // CDEF and loop restoration.
        bits.number(2)?;
        let mut sequence = Self::of_colors(bits, profile, size)?;
        let has_grain = bits.flag()?;
        sequence.copies = 1 + u64::from(has_super_resolution) + u64::from(has_grain);
        Some(sequence)
    }

    /// Reads the colour configuration (5.5.2).
    fn of_colors(bits: &mut Bits<'_>, profile: u32, size: (u32, u32)) -> Option<Self> {
        let is_deep = bits.flag()?;
        let depth = match (is_deep, profile) {
            (false, _) => 8,
            (true, 2) if bits.flag()? => 12,
            (true, _) => 10,
        };
        let is_grey = profile != 1 && bits.flag()?;
        let [primaries, transfer, matrix] = if bits.flag()? {
            [bits.number(8)?, bits.number(8)?, bits.number(8)?]
        } else {
            [Cicp::UNSPECIFIED.into(); 3]
        };
        let is_srgb = !is_grey && (primaries, transfer, matrix) == (1, 13, 0);
        let is_full_range = is_srgb || bits.flag()?;
        let is_halved = match profile {
            _ if is_grey => (true, true),
            _ if is_srgb => (false, false),
            0 => (true, true),
            1 => (false, false),
            _ if depth == 12 => {
                let columns = bits.flag()?;
                (columns, columns && bits.flag()?)
            }
            _ => (true, false),
        };
        if !is_grey {
            // The position of chroma samples, and whether the chroma planes have separate
            // quantizers.
            bits.number(if is_halved == (true, true) { 3 } else { 1 })?;
        }
        let [primaries, transfer, matrix] =
            [primaries, transfer, matrix].map(|number| u16::try_from(number).unwrap_or(0));
        let cicp = Cicp { primaries, transfer, matrix, is_full_range };
        let form = Form { size, depth, is_grey, is_halved, cicp };
        Some(Self { form, copies: 1, frames: 0 })
    }
}

/// Only the units that are needed for the pixels of a layer: decoders have stumbled over metadata
/// and padding.
pub(super) fn essence(data: &[u8], layer: Option<u16>) -> Vec<u8> {
    let mut essence = Vec::with_capacity(data.len());
    for unit in units(data).flatten() {
        let kinds = [SEQUENCE_HEADER, TEMPORAL_DELIMITER, FRAME_HEADER, TILE_GROUP, FRAME];
        if kinds.contains(&unit.kind) && layer.is_none_or(|layer| unit.layer <= layer) {
            essence.extend_from_slice(unit.whole);
        }
    }
    essence
}

/// An open bitstream unit.
struct Unit<'a> {
    kind: u8,
    /// The spatial layer that it belongs to.
    layer: u16,
    payload: &'a [u8],
    /// The unit with its header.
    whole: &'a [u8],
}

/// Splits data into units (5.3); the last one is `None` if the data ends within it.
fn units(mut data: &[u8]) -> impl Iterator<Item = Option<Unit<'_>>> {
    std::iter::from_fn(move || {
        let (&first, mut rest) = data.split_first()?;
        let mut unit = || {
            let mut layer = 0;
            if first & 4 != 0 {
                let (&extension, after) = rest.split_first()?;
                (layer, rest) = (u16::from(extension >> 3 & 3), after);
            }
            let length = if first & 2 != 0 { leb128(&mut rest)? } else { rest.len() };
            let (payload, after) = rest.split_at_checked(length)?;
            let whole = data.get(..data.len() - after.len())?;
            Some((Unit { kind: first >> 3 & 0xF, layer, payload, whole }, after))
        };
        let unit = unit();
        data = unit.as_ref().map_or(&[], |(_, after)| after);
        Some(unit.map(|(unit, _)| unit))
    })
}

/// Skips timing and decoder models (5.5.1, 5.5.3 to 5.5.5).
fn skip_timing(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.number(32)?;
        bits.number(32)?;
        if bits.flag()? {
            // A number after as many zeros as it has digits less 1.
            let mut digits = 0;
            while !bits.flag()? {
                digits += 1;
            }
            bits.number(if digits < 32 { digits } else { 0 })?;
        }
        if bits.flag()? {
            delay_bits = Some(bits.number(5)? + 1);
            bits.number(32)?;
            bits.number(5 + 5)?;
        }
    }
    let has_delays = bits.flag()?;
    for _ in 0..=bits.number(5)? {
        bits.number(12)?;
        if bits.number(5)? > 7 {
            bits.flag()?;
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.number(delay_bits)?;
            bits.number(delay_bits)?;
            bits.flag()?;
        }
        if has_delays && bits.flag()? {
            bits.number(4)?;
        }
    }
    Some(())
}

/// Skips the flags of inter prediction tools (5.5.1).
fn skip_tools(bits: &mut Bits<'_>) -> Option<()> {
    bits.number(4)?;
    let has_order = bits.flag()?;
    if has_order {
        bits.number(2)?;
    }
    let is_chosen_by_frame = bits.flag()?;
    let has_screen_content = is_chosen_by_frame || bits.flag()?;
    if has_screen_content && !bits.flag()? {
        bits.flag()?;
    }
    if has_order {
        bits.number(3)?;
    }
    Some(())
}

/// A LEB128 number: seven bits a byte, the lowest first (4.10.5).
fn leb128(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0_u64;
    for place in 0..8 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << (place * 7);
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}
