//! Bits of coded data, from the highest of each byte to the lowest (ITU-T T.81, F.2.2.5).

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]

/// Zeros that stand behind coded data, so that whole words can be loaded up to the last byte.
pub(super) const PADDING: usize = 8;

/// Reads bits from bytes that are no longer stuffed.
///
/// The next bits are the highest of a 64-bit word. [`Bits::refill`] tops it up to at least 56 without
/// a branch: it always loads eight bytes, of which it counts as read what fits. What is loaded
/// beyond is the same again next time, so that setting it twice does no harm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits<'a> {
    pub(super) bytes: &'a [u8],
    /// The next byte to load.
    pub(super) at: usize,
    /// The next bits; those below the highest `count` are not to be relied on.
    pub(super) word: u64,
    /// How many bits of the word are loaded.
    pub(super) count: u32,
}

/// The bits that are certain to be there after a refill.
pub(super) const REFILLED: u32 = 56;

impl Bits<'_> {
    /// Makes sure of [`REFILLED`] bits. Behind the end come zeros; that they were used shows in how far
    /// `at` got.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let next = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>());
        let next = next.map_or(0, |bytes| u64::from_be_bytes(*bytes));
        self.word |= next >> self.count;
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= REFILLED;
    }

    /// The next `COUNT` bits, as an index.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "an index of a table")]
    pub(super) fn peek<const COUNT: u32>(&self) -> usize {
        (self.word >> (64 - COUNT)) as usize
    }

    /// Passes over bits that were peeked at.
    #[inline(always)]
    pub(super) fn consume(&mut self, count: u32) {
        self.word <<= count & 63;
        self.count = self.count.wrapping_sub(count);
    }

    /// The next `count` bits as a number; 0 to 16 of them, which must have been refilled.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits at most")]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = (self.word >> 1 >> (63 - count)) as u32;
        self.consume(count);
        value
    }
}
