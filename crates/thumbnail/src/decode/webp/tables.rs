//! Counts the memory that the code tables of a lossless WebP stream take in the decoder, since a
//! stream can define tens of thousands of them. The stream is read up to where its pixels begin,
//! and nothing of it is kept (RFC 9649, section 3).

/// Bytes that any table takes.
const TABLE_BYTES: u64 = 56;

/// The most bits that one table lookup decodes. Longer codes continue in a tree.
const LOOKUP_BITS: usize = 10;

const LONGEST_CODE: usize = 15;

/// The order in which the lengths of the code length code are stored.
const LENGTH_ORDER: [usize; 19] =
    [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Bytes that the code tables of a whole `VP8L` stream take; 0 if it breaks off.
pub(super) fn bytes(stream: &[u8]) -> u64 {
    let mut reader = Reader { stream, at: 0 };
    reader.size().and_then(|size| reader.tables_of(size)).unwrap_or(0)
}

/// The same for a stream without a header of its own, as in `ALPH`.
pub(super) fn bytes_headless(stream: &[u8], size: (u32, u32)) -> u64 {
    Reader { stream, at: 0 }.tables_of(size).unwrap_or(0)
}

struct Reader<'a> {
    stream: &'a [u8],
    /// How many bits have been read.
    at: usize,
}

/// A prefix code, in as much detail as reading it needs.
enum Code {
    One(u32),
    Two(u32, u32),
    Many { counts: [u32; LONGEST_CODE + 1], symbols: Vec<u32> },
}

impl Reader<'_> {
    fn bits(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |number, place| Some(number | self.bit()? << place))
    }

    fn bit(&mut self) -> Option<u32> {
        let bit = u32::from(*self.stream.get(self.at / 8)?) >> (self.at % 8) & 1;
        self.at += 1;
        Some(bit)
    }

    /// Reads the header of a whole picture's stream.
    fn size(&mut self) -> Option<(u32, u32)> {
        let is_lossless = self.bits(8)? == 0x2F;
        let size = (self.bits(14)? + 1, self.bits(14)? + 1);
        self.bits(4)?;
        is_lossless.then_some(size)
    }

    /// Reads up to where the pixels begin.
    fn tables_of(&mut self, (mut width, height): (u32, u32)) -> Option<u64> {
        let mut seen = [false; 4];
        while self.bit()? == 1 {
            let kind = self.bits(2)?;
            if std::mem::replace(seen.get_mut(kind as usize)?, true) {
                return None;
            }
            match kind {
                0 | 1 => {
                    let scale = self.bits(3)? + 2;
                    self.image((shrunk(width, scale), shrunk(height, scale)))?;
                }
                3 => {
                    let colors = self.bits(8)? + 1;
                    self.image((colors, 1))?;
                    let scale = match colors {
                        ..=2 => 3,
                        3..=4 => 2,
                        5..=16 => 1,
                        _ => 0,
                    };
                    width = shrunk(width, scale);
                }
                _ => {}
            }
        }
        let cached = self.cached_colors()?;
        let groups = if self.bit()? == 1 {
            let scale = self.bits(3)? + 2;
            self.image((shrunk(width, scale), shrunk(height, scale)))? + 1
        } else {
            1
        };
        let mut total = 0;
        for _ in 0..groups {
            // The decoder stops at a table that cannot be read, so counting stops as well.
            match self.group(cached) {
                Some((_, bytes)) => total += bytes,
                None => break,
            }
        }
        Some(total)
    }

    fn cached_colors(&mut self) -> Option<u32> {
        if self.bit()? == 0 {
            return Some(0);
        }
        let bits = self.bits(4)?;
        (1..=11).contains(&bits).then_some(1 << bits)
    }

    /// Reads a subresolution image, and returns the largest number that red and green form in it.
    /// In an entropy image, this is the last group. Copied pixels add no new numbers.
    fn image(&mut self, (width, height): (u32, u32)) -> Option<u32> {
        let cached = self.cached_colors()?;
        let ([green, red, blue, alpha, distance], _) = self.group(cached)?;
        let mut left = u64::from(width) * u64::from(height);
        if let (Code::One(low @ 0..256), Code::One(high), Code::One(_), Code::One(_)) =
            (&green, &red, &blue, &alpha)
        {
            return Some(high << 8 | low);
        }
        let mut largest = 0;
        while left > 0 {
            match self.symbol(&green)? {
                low @ 0..256 => {
                    largest = largest.max(self.symbol(&red)? << 8 | low);
                    self.symbol(&blue)?;
                    self.symbol(&alpha)?;
                    left -= 1;
                }
                length @ 256..280 => {
                    let length = self.length(length - 256)?;
                    let distance = self.symbol(&distance)?;
                    self.length(distance)?;
                    left = left.checked_sub(length)?;
                }
                _ => left -= 1,
            }
        }
        Some(largest)
    }

    /// A length or distance: a prefix and the bits after it.
    fn length(&mut self, prefix: u32) -> Option<u64> {
        if prefix < 4 {
            return Some(u64::from(prefix) + 1);
        }
        let extra = (prefix - 2) >> 1;
        let offset = u64::from(2 + (prefix & 1)) << extra;
        Some(offset + u64::from(self.bits(extra as usize)?) + 1)
    }

    /// The five codes of a prefix code group, and the bytes that they take in the decoder.
    fn group(&mut self, cached: u32) -> Option<([Code; 5], u64)> {
        let mut total = 0;
        let mut code = |symbols| {
            let (code, bytes) = self.code(symbols)?;
            total += bytes;
            Some(code)
        };
        let codes = [code(280 + cached)?, code(256)?, code(256)?, code(256)?, code(40)?];
        Some((codes, total))
    }

    fn code(&mut self, symbols: u32) -> Option<(Code, u64)> {
        if self.bit()? == 1 {
            let are_two = self.bit()? == 1;
            let width = if self.bit()? == 1 { 8 } else { 1 };
            let first = self.bits(width)?;
            let code = if are_two { Code::Two(first, self.bits(8)?) } else { Code::One(first) };
            return Some((code, TABLE_BYTES * 2));
        }
        let count = self.bits(4)? as usize + 4;
        let mut lengths = [0; LENGTH_ORDER.len()];
        for &place in LENGTH_ORDER.iter().take(count) {
            *lengths.get_mut(place)? = self.bits(3)?;
        }
        let (of_lengths, _) = Code::new(&lengths)?;
        let mut coded = symbols;
        if self.bit()? == 1 {
            let width = self.bits(3)? as usize * 2 + 2;
            coded = self.bits(width)? + 2;
        }
        let (mut lengths, mut previous) = (Vec::with_capacity(symbols as usize), 8);
        while lengths.len() < symbols as usize && coded > 0 {
            coded -= 1;
            let (length, times) = match self.symbol(&of_lengths)? {
                16 => (previous, self.bits(2)? + 3),
                17 => (0, self.bits(3)? + 3),
                18 => (0, self.bits(7)? + 11),
                length => (length, 1),
            };
            if length != 0 {
                previous = length;
            }
            lengths.extend(std::iter::repeat_n(length, times as usize));
        }
        (lengths.len() <= symbols as usize).then_some(())?;
        Code::new(&lengths)
    }

    fn symbol(&mut self, code: &Code) -> Option<u32> {
        match code {
            &Code::One(symbol) => Some(symbol),
            &Code::Two(zero, one) => Some(if self.bit()? == 0 { zero } else { one }),
            Code::Many { counts, symbols } => {
                // Canonical codes: those of each length continue the numbers of the length before.
                let (mut code, mut first, mut index) = (0, 0, 0);
                for &count in counts.iter().skip(1) {
                    code |= self.bit()?;
                    if code < first + count {
                        return symbols.get((index + code - first) as usize).copied();
                    }
                    index += count;
                    first = (first + count) << 1;
                    code <<= 1;
                }
                None
            }
        }
    }
}

impl Code {
    /// The code whose symbols have these lengths, and the bytes that it takes in the decoder.
    fn new(lengths: &[u32]) -> Option<(Self, u64)> {
        let mut counts = [0; LONGEST_CODE + 1];
        for &length in lengths.iter().filter(|&&length| length > 0) {
            *counts.get_mut(length as usize)? += 1;
        }
        let mut symbols: Vec<u32> = (0..).take(lengths.len()).collect();
        let length = |&symbol: &u32| lengths.get(symbol as usize).copied().unwrap_or(0);
        symbols.retain(|symbol| length(symbol) > 0);
        symbols.sort_by_key(length);
        if let &[symbol] = symbols.as_slice() {
            return Some((Self::One(symbol), TABLE_BYTES));
        }
        let longest = counts.iter().rposition(|&count| count > 0)?;
        let in_tree: u64 = counts.iter().skip(LOOKUP_BITS + 1).map(|&count| u64::from(count)).sum();
        let bytes = TABLE_BYTES + (4 << longest.min(LOOKUP_BITS)) + in_tree * 2 * 16;
        Some((Self::Many { counts, symbols }, bytes))
    }
}

/// A side divided by two to the power of `scale`, rounded up.
fn shrunk(side: u32, scale: u32) -> u32 {
    side.div_ceil(1 << scale)
}
