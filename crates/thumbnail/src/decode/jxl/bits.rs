//! Reads the numbers of JPEG XL's headers (ISO/IEC 18181-1, annex B).

/// Reads bits, the lowest of each byte first.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The bytes after the one that was read last.
    pub(super) fn rest(&self) -> Option<&'a [u8]> {
        self.bytes.get(self.at.div_ceil(8)..)
    }

    /// Goes on to the start of a byte.
    pub(super) fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    pub(super) fn number(&mut self, count: u32) -> Option<u64> {
        (0..count).try_fold(0, |number, bit| Some(number | u64::from(self.flag()?) << bit))
    }

    /// A number of variable length, U64 (annex B.2.4).
    pub(super) fn long(&mut self) -> Option<u64> {
        Some(match self.number(2)? {
            0 => 0,
            1 => 1 + self.number(4)?,
            2 => 17 + self.number(8)?,
            _ => {
                let mut number = self.number(12)?;
                let mut shift = 12;
                while shift <= 60 && self.flag()? {
                    number |= self.number(if shift == 60 { 4 } else { 8 })? << shift;
                    shift += 8;
                }
                number
            }
        })
    }

    /// A number of variable length, U32 (annex B.2.2): which of the offsets, and which number of
    /// bits is added to it, is told first.
    pub(super) fn short(&mut self, choices: [(u64, u32); 4]) -> Option<u64> {
        let choice = usize::try_from(self.number(2)?).ok()?;
        let &(offset, count) = choices.get(choice)?;
        Some(offset + self.number(count)?)
    }
}
