//! Code points for colours: primaries, transfer characteristics and matrix coefficients (ITU-T H.273).

use super::boxes::Fields;

/// The colours of a picture, as code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cicp {
    pub(crate) primaries: u16,
    pub(crate) transfer: u16,
    pub(crate) matrix: u16,
    pub(crate) is_full_range: bool,
}

impl Cicp {
    /// The code point for "unspecified".
    pub(crate) const UNSPECIFIED: u8 = 2;

    /// Reads the payload of a `colr` box of type `nclx`.
    pub(super) fn of(numbers: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(numbers);
        let mut next = || u16::try_from(fields.number(2)?).ok();
        let (primaries, transfer, matrix) = (next()?, next()?, next()?);
        let [flags] = fields.bytes()?;
        Some(Self { primaries, transfer, matrix, is_full_range: flags & 0x80 != 0 })
    }
}
