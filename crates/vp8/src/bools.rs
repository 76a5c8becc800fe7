//! The boolean entropy decoder (RFC 6386, section 7): answers to questions of which each side knows how
//! likely "no" is. What is asked, other modules know.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]

use std::hint::cold_path;

/// How many zeros past the end are read without complaint: some decoders always read ahead by one
/// byte, so that there are writers who leave it out.
const SPARE_BITS: usize = 8;

/// The bits that one question takes.
pub(super) const QUESTION_BITS: u32 = 8;

/// Reads answers.
///
/// All that was coded is one number between 0 and 1, written in binary. Each question splits the
/// `range` of what it may still be in two, in proportion to the probabilities of "no" and "yes"; the
/// answer is the part that the number lies in. Then both are scaled up until the range is at least half
/// of what fits. Only the highest 8 bits of the number decide, so that 64 bits last for many questions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bools<'a> {
    bytes: &'a [u8],
    /// The next byte to load; further than the end where zeros were.
    at: usize,
    /// The number's next bits, less where the range begins.
    word: u64,
    /// How many bits of the word, from the highest, are loaded.
    count: u32,
    /// How long the range is: 128 to 255.
    range: u32,
}

impl<'a> Bools<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, word: 0, count: 0, range: 255 }
    }

    /// Whether more was asked than the bytes have answers to.
    pub(super) fn are_exhausted(&self) -> bool {
        self.at * 8 >= self.bytes.len() * 8 + SPARE_BITS + self.count as usize
    }

    /// Asks a question whose answer is "no" with the probability of so many 256ths (7.3).
    #[inline(always)]
    pub(super) fn ask(&mut self, probability: u8) -> bool {
        self.load(QUESTION_BITS);
        self.ask_loaded(probability)
    }

    /// The same, where enough was loaded: [`QUESTION_BITS`], and for each question since, 7 more.
    #[inline(always)]
    pub(super) fn ask_loaded(&mut self, probability: u8) -> bool {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        let threshold = u64::from(split) << 56;
        // The answer is branched on anyway. Without this hint the compiler would compute both outcomes
        // first, and every question would wait for the one before.
        if self.word >= threshold {
            cold_path();
            self.range -= split;
            self.word -= threshold;
            self.scale_up();
            true
        } else {
            self.range = split;
            self.scale_up();
            false
        }
    }

    /// A number, or the same below zero, as one question of even odds says: without a branch, since
    /// nobody can foretell it.
    #[inline(always)]
    pub(super) fn signed(&mut self, number: i32) -> i32 {
        self.load(QUESTION_BITS);
        let split = self.range.div_ceil(2);
        let threshold = u64::from(split) << 56;
        let is_negative = self.word >= threshold;
        self.range = if is_negative { self.range - split } else { split };
        self.word -= if is_negative { threshold } else { 0 };
        self.scale_up();
        if is_negative { -number } else { number }
    }

    /// Asks a question of even odds.
    pub(super) fn flag(&mut self) -> bool {
        self.ask(128)
    }

    /// A number of so many bits, the highest first (section 8).
    pub(super) fn number(&mut self, bits: u32) -> i32 {
        (0..bits).fold(0, |number, _| number << 1 | i32::from(self.flag()))
    }

    /// A number that is there only where a flag says so, and has a sign behind it.
    pub(super) fn optional(&mut self, bits: u32) -> Option<i32> {
        self.flag().then(|| {
            let number = self.number(bits);
            self.signed(number)
        })
    }

    #[inline(always)]
    fn scale_up(&mut self) {
        let places = self.range.leading_zeros() ^ 0b1_1000;
        self.range <<= places;
        self.word <<= places;
        self.count -= places;
    }

    /// Makes sure of so many bits, 56 at most. What is loaded beyond those that count is the same again
    /// next time, so that setting it twice does no harm.
    #[inline(always)]
    pub(super) fn load(&mut self, bits: u32) {
        if self.count >= bits {
            return;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let next = match rest.first_chunk::<8>() {
            Some(bytes) => u64::from_be_bytes(*bytes),
            None => last_bytes(rest),
        };
        self.word |= next >> self.count;
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= 0b11_1000;
    }
}

/// The last bytes, and zeros behind them.
#[cold]
#[inline(never)]
fn last_bytes(rest: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(bytes)
}
