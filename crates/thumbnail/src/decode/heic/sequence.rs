//! Reads the form of an HEVC picture from its sequence parameter set, up to the colours (ITU-T
//! H.265, 7.3.2.2 and E.2.1).

use super::configuration::{Configuration, SEQUENCE, kind};
use crate::decode::heif::bits::Bits;
use crate::decode::heif::cicp::Cicp;
use crate::decode::heif::codec::Form;

/// The deepest samples that are converted, in bits.
const MAX_DEPTH: u32 = 12;

/// The form of the pictures, and their coded size. `None` if several parameter sets disagree, if
/// they make no sense, or if the form cannot be shown.
pub(super) fn form(configuration: &Configuration<'_>) -> Option<(Form, (u32, u32))> {
    let sequences = configuration.parameters.iter().filter(|unit| kind(unit) == SEQUENCE);
    let mut forms = sequences.map(|unit| read(unit));
    let first = forms.next()??;
    forms.all(|other| other == Some(first)).then_some(first)
}

fn read(unit: &[u8]) -> Option<(Form, (u32, u32))> {
    let bytes = unescaped(unit.get(2..)?);
    let mut bits = Bits { bytes: &bytes, at: 0 };
    bits.number(4)?; // ID of the video parameter set.
    let sub_layers = bits.number(3)?;
    bits.number(1)?;
    skip_profile(&mut bits, sub_layers)?;
    bits.exp_golomb()?;
    let chroma = bits.exp_golomb()?;
    let is_in_three = chroma == 3 && bits.flag()?;
    let is_halved = match chroma {
        0 | 1 => (true, true),
        2 => (true, false),
        3 if !is_in_three => (false, false),
        _ => return None,
    };
    let coded = (bits.exp_golomb()?, bits.exp_golomb()?);
    let mut size = coded;
    if bits.flag()? {
        let unit = |is_halved| if is_halved && chroma != 0 { 2 } else { 1 };
        let mut cut = |side: u32, unit: u32| {
            let both = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?;
            side.checked_sub(both.checked_mul(unit)?)
        };
        size = (cut(coded.0, unit(is_halved.0))?, cut(coded.1, unit(is_halved.1))?);
    }
    let (depth, chroma_depth) = (bits.exp_golomb()?, bits.exp_golomb()?);
    if depth > MAX_DEPTH - 8 || chroma != 0 && depth != chroma_depth {
        return None;
    }
    let depth = u8::try_from(depth + 8).ok()?;
    let unknown = u16::from(Cicp::UNSPECIFIED);
    let unknown =
        Cicp { primaries: unknown, transfer: unknown, matrix: unknown, is_full_range: false };
    let cicp = colors(&mut bits, sub_layers).unwrap_or(unknown);
    Some((Form { size, depth, is_grey: chroma == 0, is_halved, cicp }, coded))
}

/// Reads up to the colours. `None` if there are none, or they cannot be reached.
fn colors(bits: &mut Bits<'_>, sub_layers: u32) -> Option<Cicp> {
    let count_bits = bits.exp_golomb()?.checked_add(4).filter(|&count| count <= 16)?;
    let layers = if bits.flag()? { sub_layers + 1 } else { 1 };
    for _ in 0..layers * 3 + 6 {
        bits.exp_golomb()?; // Picture buffering, and sizes of blocks.
    }
    if bits.flag()? && bits.flag()? {
        skip_scaling(bits)?;
    }
    bits.number(2)?; // Two tools.
    if bits.flag()? {
        bits.number(8)?; // PCM samples.
        bits.exp_golomb()?;
        bits.exp_golomb()?;
        bits.flag()?;
    }
    skip_references(bits)?;
    if bits.flag()? {
        for _ in 0..bits.exp_golomb()? {
            bits.number(count_bits + 1)?;
        }
    }
    bits.number(2)?; // Two tools.
    let has_usability = bits.flag()?;
    if !has_usability {
        return None;
    }
    if bits.flag()? && bits.number(8)? == 255 {
        bits.number(32)?; // Sample aspect ratio.
    }
    if bits.flag()? {
        bits.flag()?;
    }
    let has_signal = bits.flag()?;
    if !has_signal {
        return None;
    }
    bits.number(3)?; // Video format.
    let is_full_range = bits.flag()?;
    let has_numbers = bits.flag()?;
    let mut next = || {
        let number = if has_numbers { bits.number(8)? } else { Cicp::UNSPECIFIED.into() };
        u16::try_from(number).ok()
    };
    Some(Cicp { primaries: next()?, transfer: next()?, matrix: next()?, is_full_range })
}

/// Skips the profile, tier and level (7.3.3).
fn skip_profile(bits: &mut Bits<'_>, sub_layers: u32) -> Option<()> {
    bits.skip(88 + 8)?;
    let flags: Vec<_> = (0..sub_layers).map(|_| Some((bits.flag()?, bits.flag()?))).collect();
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers as usize))?;
    }
    for flags in flags {
        let (has_profile, has_level) = flags?;
        bits.skip(if has_profile { 88 } else { 0 } + if has_level { 8 } else { 0 })?;
    }
    Some(())
}

/// Skips a short-term reference picture set (7.3.7).
fn skip_references(bits: &mut Bits<'_>) -> Option<()> {
    let mut before = 0;
    for set in 0..bits.exp_golomb()? {
        if set > 0 && bits.flag()? {
            bits.flag()?;
            bits.exp_golomb()?;
            let mut kept = 0;
            for _ in 0..=before {
                let is_kept = bits.flag()? || bits.flag()?;
                kept += u32::from(is_kept);
            }
            before = kept;
        } else {
            before = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?;
            for _ in 0..before {
                bits.exp_golomb()?;
                bits.flag()?;
            }
        }
    }
    Some(())
}

/// Skips the scaling lists (7.3.4).
fn skip_scaling(bits: &mut Bits<'_>) -> Option<()> {
    for size in 0..4 {
        for _ in 0..if size == 3 { 2 } else { 6 } {
            let is_told = bits.flag()?;
            let count = match size {
                _ if !is_told => 1,
                0 => 16,
                1 => 64,
                // One more, for the DC coefficient.
                _ => 65,
            };
            for _ in 0..count {
                bits.exp_golomb()?;
            }
        }
    }
    Some(())
}

/// A unit's bytes without emulation prevention bytes (7.3.1.1).
fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut zeros = 0;
    let mut bytes = Vec::with_capacity(unit.len());
    for &byte in unit {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        bytes.push(byte);
    }
    bytes
}

impl Bits<'_> {
    fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    /// An Exp-Golomb number (9.2) of at most 31 digits.
    fn exp_golomb(&mut self) -> Option<u32> {
        let mut digits = 0;
        while !self.flag()? {
            digits += 1;
        }
        (digits < 32).then_some(())?;
        Some((1 << digits) - 1 + self.number(digits)?)
    }
}
