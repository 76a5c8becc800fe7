//! Reads the bits of coded data's headers, for AV1 and HEVC alike.

/// Reads bits in order, the highest of each byte first.
pub(crate) struct Bits<'a> {
    pub(crate) bytes: &'a [u8],
    /// The position of the next bit.
    pub(crate) at: usize,
}

impl Bits<'_> {
    pub(crate) fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// A number of `width` bits, at most 32.
    pub(crate) fn number(&mut self, width: u32) -> Option<u32> {
        (0..width).try_fold(0_u32, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }
}
