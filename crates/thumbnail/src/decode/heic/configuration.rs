//! The HEVC configuration record in a container (ISO/IEC 14496-15, 8.3.2.1): how data is divided
//! into NAL units, and the units with parameter sets.

/// The types of parameter sets (ITU-T H.265, 7.4.2.2): for a video, a sequence and a picture.
const PARAMETERS: std::ops::RangeInclusive<u8> = 32..=34;

/// Types below this are slices of pictures.
const FIRST_NO_SLICE: u8 = 32;

/// The type of video parameter sets, which tell of layers.
#[cfg(feature = "heic-all")]
pub(super) const VIDEO: u8 = 32;

/// The type of sequence parameter sets, which hold sizes and depths.
pub(super) const SEQUENCE: u8 = 33;

/// The type of picture parameter sets, which tell how a picture is coded.
#[cfg(feature = "heic-all")]
pub(super) const PICTURE: u8 = 34;

/// A configuration record.
pub(super) struct Configuration<'a> {
    /// Parameter sets for videos, sequences and pictures.
    pub(super) parameters: Vec<&'a [u8]>,
    /// How many bytes the length before each unit has.
    length_bytes: usize,
}

impl<'a> Configuration<'a> {
    /// Reads a record; `None` if it ends too early.
    pub(super) fn of(record: &'a [u8]) -> Option<Self> {
        let (header, mut rest) = record.split_at_checked(22)?;
        let length_bytes = usize::from(header.last()? & 3) + 1;
        let mut parameters = Vec::new();
        for _ in 0..number(&mut rest, 1)? {
            let kind = number(&mut rest, 1)? & 0x3F;
            for _ in 0..number(&mut rest, 2)? {
                let length = number(&mut rest, 2)?;
                let (unit, after) = rest.split_at_checked(length)?;
                rest = after;
                // The unit's header must tell the same type.
                let is_so = Some(kind) == unit.first().map(|first| usize::from(first >> 1 & 0x3F));
                if is_so && PARAMETERS.contains(&self::kind(unit)) && is_of_base(unit) {
                    parameters.push(unit);
                }
            }
        }
        parameters.sort_by_key(|unit| self::kind(unit));
        Some(Self { parameters, length_bytes })
    }

    /// The slices in `data`, without messages and units of other layers. `None` if a unit is longer
    /// than the data.
    pub(super) fn units<'b>(&self, mut data: &'b [u8]) -> Option<Vec<&'b [u8]>> {
        let mut units = Vec::new();
        while !data.is_empty() {
            let length = number(&mut data, self.length_bytes)?;
            let (unit, after) = data.split_at_checked(length)?;
            data = after;
            if kind(unit) < FIRST_NO_SLICE && is_of_base(unit) {
                units.push(unit);
            }
        }
        Some(units)
    }
}

/// The type in a unit's header (ITU-T H.265, 7.3.1.2).
pub(super) fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(u8::MAX, |first| first >> 1 & 0x3F)
}

/// Whether a unit belongs to the base layer, which every decoder shows.
fn is_of_base(unit: &[u8]) -> bool {
    matches!(unit, [first, second, ..] if first & 1 == 0 && second & 0xF8 == 0)
}

fn number(bytes: &mut &[u8], width: usize) -> Option<usize> {
    let (number, rest) = bytes.split_at_checked(width)?;
    *bytes = rest;
    Some(number.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}
