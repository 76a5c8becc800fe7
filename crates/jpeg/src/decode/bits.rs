//! Reads the bits of coded data, each byte from its highest bit to its lowest (ITU-T T.81,
//! F.2.2.5).

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]

/// The number of zero bytes after coded data: they allow whole words to be loaded up to the last
/// byte.
pub(super) const PADDING: usize = 8;

/// Reads bits from unstuffed bytes.
///
/// The next bits are the highest bits of a 64-bit word. [`Bits::refill`] fills it up to at least 56
/// bits without a branch: it always loads eight bytes, but counts only those that fit as read. The
/// others are loaded again next time; their bits are the same, so setting them twice does no harm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits<'a> {
    pub(super) bytes: &'a [u8],
    /// The next byte to load.
    pub(super) at: usize,
    /// The next bits; only the highest `count` bits are valid.
    pub(super) word: u64,
    /// How many bits of the word are loaded.
    pub(super) count: u32,
}

/// The number of bits that are always loaded after a refill.
pub(super) const REFILLED: u32 = 56;

impl Bits<'_> {
    /// Loads bits until there are [`REFILLED`] or more. After the end of the bytes, it loads zeros;
    /// `at` then shows how many were used.
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

    /// Takes the next `count` bits, 0 to 16, as a number. They must have been refilled.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits at most")]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = (self.word >> 1 >> (63 - count)) as u32;
        self.consume(count);
        value
    }
}
