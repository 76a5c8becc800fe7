//! What stands beside HEVC data in a container (ISO/IEC 14496-15, 8.3.2.1): how it is cut into units, and
//! those that say how the others are coded.

/// The kinds of units that say how pictures are coded (ITU-T H.265, 7.4.2.2): for a video, for a
/// sequence, for a picture.
const PARAMETERS: std::ops::RangeInclusive<u8> = 32..=34;

/// Kinds below are slices of pictures.
const FIRST_NO_SLICE: u8 = 32;

/// The kind of those for a sequence, with sizes and depths.
pub(super) const SEQUENCE: u8 = 33;

/// A configuration record.
pub(super) struct Configuration<'a> {
    /// Units that say how pictures are coded: for a video, for sequences, for pictures.
    pub(super) parameters: Vec<&'a [u8]>,
    /// Bytes in the length before each unit of an item.
    length_bytes: usize,
}

impl<'a> Configuration<'a> {
    /// Reads a record; `None` where it ends too early.
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
                // The first byte says the same.
                let is_so = Some(kind) == unit.first().map(|first| usize::from(first >> 1 & 0x3F));
                if is_so && PARAMETERS.contains(&self::kind(unit)) && is_of_base(unit) {
                    parameters.push(unit);
                }
            }
        }
        parameters.sort_by_key(|unit| self::kind(unit));
        Some(Self { parameters, length_bytes })
    }

    /// The slices that `data` consists of, beside messages and what belongs to other views. `None` where
    /// one does not fit into it.
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

/// A unit's kind, by its header (ITU-T H.265, 7.3.1.2).
pub(super) fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(u8::MAX, |first| first >> 1 & 0x3F)
}

/// Whether a unit belongs to the picture that every decoder shows, and not to another layer.
fn is_of_base(unit: &[u8]) -> bool {
    matches!(unit, [first, second, ..] if first & 1 == 0 && second & 0xF8 == 0)
}

fn number(bytes: &mut &[u8], width: usize) -> Option<usize> {
    let (number, rest) = bytes.split_at_checked(width)?;
    *bytes = rest;
    Some(number.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}
