//! Huffman codes (ITU-T T.81, annex C and F.2.2). The code lengths in a file become tables that
//! decode many bits at a time.
//!
//! A code stands for a byte. For an AC coefficient, the upper half of the byte is the *run*: the
//! number of zero coefficients before it. The lower half is the *size*: the number of magnitude
//! bits after the code. For a DC coefficient, the whole byte is the size. Code and magnitude
//! together have up to 31 bits, but mostly 4 to 8. So one look-up of the next few bits can decode
//! both, and often several coefficients.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]
#![expect(clippy::cast_possible_truncation, reason = "entries of tables, made to fit")]

use super::bits::Bits;
use super::error::Error;

/// A code table as its segment contains it (B.2.4.2): how many codes of each length there are, and
/// the bytes that they stand for, shortest code first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lengths {
    counts: [u8; 16],
    values: Vec<u8>,
}

/// The code tables: four for DC and four for AC.
pub(super) type Slots = [[Option<Lengths>; 4]; 2];

/// Reads a segment of code tables into their places.
pub(super) fn read_tables(mut segment: &[u8], slots: &mut Slots) -> Result<(), Error> {
    const SHORT: Error = Error::Corrupt("a code table is too short");
    while let Some((&head, rest)) = segment.split_first() {
        let slot = slots
            .get_mut(usize::from(head >> 4))
            .and_then(|of_kind| of_kind.get_mut(usize::from(head & 15)))
            .ok_or(Error::Corrupt(
                "a code table is neither for DC nor for AC, or its number is above 3",
            ))?;
        let (&counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
        let total = counts.iter().copied().map(usize::from).sum();
        let (values, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
        *slot = Some(Lengths { counts, values: values.to_vec() });
        segment = rest;
    }
    Ok(())
}

/// A code and the byte that it stands for.
struct Code {
    /// The code, with its first bit as the highest of the 16.
    bits: u16,
    /// The length of the code in bits, 1 to 16.
    length: u32,
    value: u8,
}

impl Lengths {
    /// The table for DC coefficients, whose codes stand only for sizes.
    pub(super) fn dc_table(&self) -> Result<Table, Error> {
        if self.values.iter().any(|&value| value > 15) {
            return Err(Error::Corrupt("a code table for DC coefficients has a size above 15"));
        }
        Table::new(self)
    }

    /// The codes (C.2). Each is the code before it plus one, with zeros appended if it is longer.
    fn codes(&self) -> Result<Vec<Code>, Error> {
        let mut codes = Vec::with_capacity(self.values.len());
        let mut values = self.values.iter();
        let mut next = 0_u32;
        for (length, &count) in (1..=16_u32).zip(&self.counts) {
            for &value in values.by_ref().take(usize::from(count)) {
                let bits = u16::try_from(next).map_err(|_| {
                    Error::Corrupt("a code table has more codes than fit into their lengths")
                })?;
                codes.push(Code { bits, length, value });
                next += 1 << (16 - length);
            }
        }
        Ok(codes)
    }
}

/// How many bits index a table of single codes. The table takes 2 KB, and few codes are longer.
const SHORT: u32 = 10;

/// A table that decodes one code at a time.
///
/// An entry is `run << 9 | size << 5 | bits`, where `bits` counts the code and its magnitude. Every
/// code has bits, so an entry of 0 means that the code is longer than the index, or does not exist.
#[derive(Debug)]
pub(super) struct Table {
    short: Box<[u16; 1 << SHORT]>,
    /// The longer codes in order: the code padded with zeros to 16 bits, how many values of 16 bits
    /// start with the code, and its entry.
    long: Vec<(u16, u16, u16)>,
}

/// One code, and the magnitude bits after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbol(u16);

impl Symbol {
    /// How many zero coefficients come first. If the size is 0, this says what the code means.
    pub(super) fn run(self) -> usize {
        usize::from(self.0 >> 9)
    }

    /// The number of magnitude bits, 0 to 15.
    pub(super) fn size(self) -> u32 {
        u32::from(self.0 >> 5 & 15)
    }

    /// The number of bits of the code and the magnitude together.
    pub(super) fn bits(self) -> u32 {
        u32::from(self.0 & 31)
    }
}

impl Table {
    pub(super) fn new(lengths: &Lengths) -> Result<Self, Error> {
        let mut short = Box::new([0; 1 << SHORT]);
        let mut long = Vec::new();
        for Code { bits: code, length, value } in lengths.codes()? {
            let (run, size) = (u16::from(value >> 4), u16::from(value & 15));
            // At most 16 and 15, which just fit; no sound table has so many.
            let bits = length as u16 + size;
            let entry = run << 9 | size << 5 | bits;
            if length <= SHORT {
                let start = usize::from(code >> (16 - SHORT));
                let same = 1 << (SHORT - length);
                if let Some(entries) = short.get_mut(start..start + same) {
                    entries.fill(entry);
                }
            } else {
                long.push((code, (1_u32 << (16 - length)) as u16, entry));
            }
        }
        Ok(Self { short, long })
    }

    /// The next code. Its bits, 31 at most, must have been refilled; they are not consumed.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "as long as the index can be")]
    pub(super) fn symbol(&self, bits: &Bits<'_>) -> Result<Symbol, Error> {
        let entry = self.short[bits.peek::<SHORT>()];
        if entry == 0 { self.long_symbol(bits) } else { Ok(Symbol(entry)) }
    }

    // Inlined, it would take registers from the loops that call it.
    #[cold]
    #[inline(never)]
    fn long_symbol(&self, bits: &Bits<'_>) -> Result<Symbol, Error> {
        let next = bits.peek::<16>() as u16;
        let index = self.long.partition_point(|&(code, _, _)| code <= next);
        let known = index.checked_sub(1).and_then(|index| self.long.get(index));
        known
            .filter(|&&(code, same, _)| next - code < same)
            .map(|&(_, _, entry)| Symbol(entry))
            .ok_or(Error::Corrupt("the coded data contain a code that is not in its table"))
    }
}

/// The magnitude of `symbol`, which must be the next code, as a signed number (F.2.2.1). Its first
/// bit says whether it is positive.
#[inline(always)]
#[expect(clippy::cast_possible_wrap, reason = "15 bits at most")]
pub(super) fn magnitude(symbol: Symbol, bits: &Bits<'_>) -> i32 {
    let size = symbol.size();
    let word = bits.word << (symbol.bits() - size);
    let value = (word >> 1 >> (63 - size)) as i32;
    let is_negative = !((word as i64) >> 63) as i32;
    value + (is_negative & (1 - (1 << size)))
}

/// How many bits index the table of many codes.
const MANY: u32 = 13;

/// The place of the last coefficient in a block.
pub(super) const LAST: usize = 63;

/// A table for passing over coefficients: what all codes within the next 13 bits do together.
///
/// An entry is `advance << 5 | bits`. The magnitude bits count too, even those beyond the index. An
/// end-of-block code is the last in its entry, and adds [`END_OF_BLOCK`] to the advance. If not
/// even one code fits, the entry is [`NONE`].
#[derive(Debug)]
pub(super) struct SkipTable {
    many: Box<[u16; 1 << MANY]>,
}

/// What an end-of-block code adds to the advance; no other entry advances so far.
const END_OF_BLOCK: usize = 128;

/// The entry without a code: its advance leads out of any block.
const NONE: u16 = 64 << 5;

impl SkipTable {
    pub(super) fn new(single: &Table) -> Self {
        let mut many = Box::new([NONE; 1 << MANY]);
        for (index, entry) in (0_u64..).zip(many.iter_mut()) {
            let (mut used, mut advance) = (0, 0);
            while used < MANY {
                let ahead =
                    Bits { bytes: &[], at: 0, word: index << (64 - MANY) << used, count: 64 };
                // Bits after the index are not known, so a code that needs them is left out.
                let Ok(symbol) = single.symbol(&ahead) else { break };
                if used + symbol.bits() - symbol.size() > MANY {
                    break;
                }
                let further = match (symbol.run(), symbol.size()) {
                    (15, 0) => 16,
                    (_, 0) => END_OF_BLOCK,
                    (run, _) => run + 1,
                };
                if advance + further > LAST && further != END_OF_BLOCK {
                    break;
                }
                used += symbol.bits();
                advance += further;
                if further == END_OF_BLOCK {
                    break;
                }
            }
            if used > 0 {
                *entry = (advance << 5) as u16 | used as u16;
            }
        }
        Self { many }
    }
}

/// Passes over the rest of a block whose coefficients have been read up to `place`.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "as long as the index can be")]
pub(super) fn skip_block(
    bits: &mut Bits<'_>,
    single: &Table,
    table: &SkipTable,
    mut place: usize,
) -> Result<(), Error> {
    loop {
        // Two entries take at most 28 bits each.
        bits.refill();
        for _ in 0..2 {
            let entry = table.many[bits.peek::<MANY>()];
            let next = place + usize::from(entry >> 5);
            if next < LAST {
                bits.consume(u32::from(entry & 31));
                place = next;
                continue;
            }
            let is_whole = next == LAST;
            let has_ended = (END_OF_BLOCK..END_OF_BLOCK + LAST).contains(&next);
            if is_whole || has_ended {
                bits.consume(u32::from(entry & 31));
                return Ok(());
            }
            // The entry contains codes of the next block too, or no code.
            bits.refill();
            let symbol = single.symbol(bits)?;
            bits.consume(symbol.bits());
            place += match (symbol.run(), symbol.size()) {
                (15, 0) => 16,
                (_, 0) => return Ok(()),
                (run, _) => run + 1,
            };
            if place >= LAST {
                return Ok(());
            }
            break;
        }
    }
}
