//! Coded data of a scan. They are unstuffed one window at a time, and divided at restart markers
//! (ITU-T T.81, B.1.1.5 and E.2.4).
//!
//! In coded data, a byte of 0xFF is followed by a zero byte, which distinguishes it from a marker.
//! These zeros are removed before bits are read: a search for 0xFF is fast, and bits can then be
//! loaded a whole word at a time.

use memchr::memchr;

use super::bits::{Bits, PADDING};
use super::error::Error;
use super::marker::{RST0, RST7, SOF0, Walk};

/// How many unstuffed bytes are held; they fit into a processor's nearest caches.
const WINDOW: usize = 1 << 15;

/// The most bytes that a block takes: 64 codes of 16 bits, each with 15 magnitude bits.
const BLOCK_BYTES: usize = 64 * 31 / 8;

/// The coded data of one scan, and how far they have been read.
pub(super) struct CodedData<'a> {
    source: &'a [u8],
    /// The next byte of the source to unstuff. If the interval has ended, the first byte of the
    /// marker after it.
    next: usize,
    window: Vec<u8>,
    /// How many bytes of the window are coded data; zeros follow.
    filled: usize,
    /// Whether the window contains the end of the interval.
    has_end: bool,
    /// The next byte of the window to load.
    at: usize,
    /// See [`Bits`].
    word: u64,
    /// See [`Bits`].
    count: u32,
    /// The number that the next restart marker should have.
    expected: u8,
}

impl<'a> CodedData<'a> {
    /// The data of a scan that start at `start`.
    pub(super) fn new(source: &'a [u8], start: usize) -> Self {
        let window = vec![0; WINDOW + PADDING];
        let mut data = Self {
            source,
            next: start,
            window,
            filled: 0,
            has_end: false,
            at: 0,
            word: 0,
            count: 0,
            expected: 0,
        };
        data.fill();
        data
    }

    /// Lets `read` read from the window, and then refills the window if necessary. `read` gets a
    /// limit, and must stop before an MCU if [`Bits::at`] is above it; the limit leaves room for an
    /// MCU of `blocks` blocks. Reading beyond the end of the data is an error.
    #[inline]
    pub(super) fn read<T>(
        &mut self,
        blocks: usize,
        read: impl FnOnce(&mut Bits<'_>, usize) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let limit = if self.has_end {
            // Only bits after the end are loaded from here.
            self.filled + PADDING
        } else {
            self.filled.saturating_sub(blocks * BLOCK_BYTES + PADDING)
        };
        let bytes = self.window.get(..self.filled + PADDING).unwrap_or_default();
        let mut bits = Bits { bytes, at: self.at, word: self.word, count: self.count };
        let outcome = read(&mut bits, limit);
        (self.at, self.word, self.count) = (bits.at, bits.word, bits.count);
        // An error near the end may come from the zeros after it; then the end is reported instead.
        // A code and its magnitude have at most 31 bits.
        let looked_at = self.position() + if outcome.is_err() { 32 } else { 0 };
        if self.has_end && looked_at > self.filled * 8 {
            return Err(self.ended());
        }
        if !self.has_end && self.at > limit {
            self.fill();
        }
        outcome
    }

    /// Moves to the next restart interval, which starts at a whole byte after a marker (E.2.4).
    ///
    /// A marker may have a wrong number, which does not matter, or be missing: then the next
    /// interval follows at once. If bytes are left before the next marker, its number says what
    /// they are: useless if it is the expected number, otherwise the next interval.
    pub(super) fn restart(&mut self) -> Result<(), Error> {
        let start = self.position().div_ceil(8);
        let has_more = !self.has_end || start < self.filled;
        let marker = self.marker();
        let expected = RST0 + self.expected;
        self.expected = (self.expected + 1) % 8;
        (self.word, self.count) = (0, 0);
        match marker {
            Some((marker, behind))
                if (RST0..=RST7).contains(&marker) && (!has_more || marker == expected) =>
            {
                (self.next, self.at, self.filled, self.has_end) = (behind, 0, 0, false);
                self.fill();
            }
            _ if has_more => self.at = start,
            _ => return Err(self.ended()),
        }
        Ok(())
    }

    /// Moves to the next restart interval of data that are damaged, and returns how many intervals are
    /// missing before it: `None` if no restart marker follows. As in libjpeg, a marker that is one or two
    /// numbers late is passed over, and one that is early by as much tells what is missing.
    pub(super) fn resynchronize(&mut self) -> Option<usize> {
        let missing = loop {
            let (marker, behind) = self.marker()?;
            match marker {
                RST0..=RST7 => {
                    self.next = behind;
                    match (marker - RST0).wrapping_sub(self.expected) % 8 {
                        6 | 7 => {}
                        missing @ 1..=2 => break missing,
                        _ => break 0,
                    }
                }
                // It has no meaning, so it is none.
                ..SOF0 => self.next = behind,
                _ => return None,
            }
        };
        self.expected = (self.expected + 1 + missing) % 8;
        (self.word, self.count) = (0, 0);
        (self.at, self.filled, self.has_end) = (0, 0, false);
        self.fill();
        Some(usize::from(missing))
    }

    /// Refuses data that reach into the zeros at the end of a file: if the rest of a file got lost,
    /// its end marker too, zeros may stand in its place. The codes of a plain picture may be zeros,
    /// but then the file ends with them.
    pub(super) fn check_end(&self) -> Result<(), Error> {
        // The last bytes of the data may be zero: one that is stuffed, and one without padding.
        const OWN: usize = 2;
        let zeros = self.source.iter().rev().take_while(|&&byte| byte == 0).count();
        let in_window = self.filled.saturating_sub(self.position().div_ceil(8));
        let unread = in_window + self.source.len().saturating_sub(self.next);
        if unread == 0 || zeros <= unread + OWN { Ok(()) } else { Err(Error::Truncated) }
    }

    /// Where the file continues after the unstuffed data: at a marker, or in coded data that are
    /// not needed.
    pub(super) fn end(&self) -> usize {
        self.next
    }

    /// How many bits of the window were read.
    fn position(&self) -> usize {
        self.at * 8 - self.count as usize
    }

    /// The marker that ends the interval, and the position after it.
    fn marker(&self) -> Option<(u8, usize)> {
        Walk { source: self.source, at: self.next }.end_of_interval()
    }

    #[cold]
    fn ended(&self) -> Error {
        if self.marker().is_none() {
            Error::Truncated
        } else {
            Error::Corrupt("the coded data end before the picture does")
        }
    }

    /// Moves unread bytes to the start of the window, and unstuffs as many as fit after them.
    fn fill(&mut self) {
        // The bytes that are in the word are kept too: the position is calculated from them.
        let loaded = self.count.div_ceil(8) as usize;
        let unread = self.at.saturating_sub(loaded).min(self.filled)..self.filled;
        self.at -= unread.start;
        self.filled = unread.len();
        self.window.copy_within(unread, 0);
        while self.filled < WINDOW && !self.has_end {
            let rest = self.source.get(self.next..).unwrap_or_default();
            let room = self.window.get_mut(self.filled..WINDOW).unwrap_or_default();
            let chunk = rest.get(..room.len()).unwrap_or(rest);
            let plain = chunk.get(..memchr(0xFF, chunk).unwrap_or(chunk.len())).unwrap_or(chunk);
            let (to, room) = room.split_at_mut(plain.len());
            to.copy_from_slice(plain);
            self.filled += plain.len();
            self.next += plain.len();
            if plain.len() == chunk.len() {
                self.has_end = chunk.len() == rest.len();
                continue;
            }
            // Fill bytes may come before a marker and, in rare files, before a stuffed zero.
            let behind = rest.get(plain.len()..).unwrap_or_default();
            let ones = behind.iter().take_while(|&&byte| byte == 0xFF).count();
            match (behind.get(ones), room.first_mut()) {
                (Some(0), Some(to)) => {
                    *to = 0xFF;
                    self.filled += 1;
                    self.next += ones + 1;
                }
                _ => self.has_end = true,
            }
        }
        if let Some(padding) = self.window.get_mut(self.filled..self.filled + PADDING) {
            padding.fill(0);
        }
    }
}
