//! The entries of a TIFF directory: where the values of each are, and how numbers are read (TIFF
//! 6.0, section 2; or BigTIFF). What the entries mean is decided in [`super::directory`].

use crate::decode::file::File;
use crate::error::ThumbnailError;

/// How the numbers of a file are stored.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub(super) is_big_endian: bool,
    is_big_tiff: bool,
}

/// Where an entry's values are.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    source: &'a [u8],
    order: Order,
    bytes_per_value: usize,
    count: usize,
    start: usize,
}

/// The entries of the first directory, each with its tag, in the order of the file. Entries whose
/// values are neither integers nor fractions are left out. Further directories are not read.
pub(super) fn of_first_directory<'a>(
    file: &File<'a>,
) -> Result<(Order, impl Iterator<Item = (u64, Entry<'a>)>), ThumbnailError> {
    let source = file.source;
    let order = Order {
        is_big_endian: source.starts_with(b"MM"),
        is_big_tiff: source.get(2..4).is_some_and(|version| version.contains(&43)),
    };
    let (pointer, pointer_bytes, count_bytes, entry_bytes) =
        if order.is_big_tiff { (8, 8, 8, 20) } else { (4, 4, 2, 12) };
    let directory = source
        .get(pointer..pointer + pointer_bytes)
        .and_then(|pointer| usize::try_from(order.number(pointer)).ok())
        .and_then(|start| source.get(start..).map(|directory| (start, directory)))
        .and_then(|(start, directory)| Some((start, directory.split_at_checked(count_bytes)?)));
    let (start, (count, entries)) = directory.ok_or_else(|| file.truncated(None))?;
    let count = usize::try_from(order.number(count)).unwrap_or(usize::MAX);
    let entries = count.checked_mul(entry_bytes).and_then(|length| entries.get(..length));
    let entries = entries.ok_or_else(|| file.truncated(None))?;
    let entries = entries.chunks_exact(entry_bytes).enumerate();
    let entries = entries.filter_map(move |(number, raw)| {
        let at = start + count_bytes + number * entry_bytes;
        Some((order.number(raw.get(..2)?), Entry::of(source, order, raw, at)?))
    });
    Ok((order, entries))
}

impl<'a> Entry<'a> {
    /// `None` if the values are neither integers nor fractions, which are two numbers each.
    fn of(source: &'a [u8], order: Order, raw: &[u8], at: usize) -> Option<Self> {
        let (bytes_per_value, numbers) = match order.number(raw.get(2..4)?) {
            1 | 2 | 6 | 7 => (1, 1),
            3 | 8 => (2, 1),
            4 | 9 | 13 => (4, 1),
            // Fractions.
            5 => (4, 2),
            16..=18 => (8, 1),
            _ => return None,
        };
        let (count, value) = raw.get(4..)?.split_at_checked(raw.len().checked_sub(4)? / 2)?;
        let count = usize::try_from(order.number(count)).ok()?.checked_mul(numbers)?;
        let is_inline = count.checked_mul(bytes_per_value)? <= value.len();
        let start = if is_inline {
            at + raw.len() - value.len()
        } else {
            usize::try_from(order.number(value)).ok()?
        };
        Some(Self { source, order, bytes_per_value, count, start })
    }

    /// How many values there are, if the file holds all of them.
    pub(super) fn count(&self) -> u64 {
        self.count as u64
    }

    /// The bytes of all values. `None` if the file ends before them.
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        let length = self.count.checked_mul(self.bytes_per_value)?;
        self.source.get(self.start..)?.get(..length)
    }

    /// All values. `None` if the file ends before them.
    pub(super) fn values(&self) -> Option<impl Iterator<Item = u64> + use<'a>> {
        let order = self.order;
        let values = self.bytes()?.chunks_exact(self.bytes_per_value);
        Some(values.map(move |value| order.number(value)))
    }

    /// All values, as fractions. `None` if the file ends before them.
    pub(super) fn fractions(&self) -> Option<Vec<f32>> {
        // No entry that is read has more.
        let numbers: Vec<u64> = self.values()?.take(12).collect();
        #[expect(clippy::cast_precision_loss, reason = "fractions of small numbers")]
        let fraction = |&[over, under]: &[u64; 2]| over as f32 / under as f32;
        Some(numbers.as_chunks().0.iter().map(fraction).collect())
    }

    /// The first value. `None` if there is none, or the file ends before the last.
    pub(super) fn first(&self) -> Option<u64> {
        self.values()?.next()
    }
}

impl Order {
    /// The number that these bytes stand for.
    pub(super) fn number(self, bytes: &[u8]) -> u64 {
        let join = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        if self.is_big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        }
    }
    /// The number that a sample of `BYTES` bytes stands for.
    pub(super) fn read<const BYTES: usize>(self, bytes: [u8; BYTES]) -> u64 {
        self.number(&bytes)
    }

    /// The bytes that a sample is stored as.
    pub(super) fn write<const BYTES: usize>(self, number: u64) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes.iter_mut().zip(number.to_le_bytes()).for_each(|(byte, stored)| *byte = stored);
        if self.is_big_endian {
            bytes.reverse();
        }
        bytes
    }
}
