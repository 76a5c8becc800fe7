//! What both processes send each other. A request is a header and the coded data; an answer is a
//! status, and then planes or a sentence. Numbers are little-endian; samples are as this machine
//! stores them, since both processes run on it.

use crate::picture::{Layout, Picture};

/// The first byte of an answer.
pub(crate) const DECODED: u8 = 0;
pub(crate) const CORRUPT: u8 = 1;
pub(crate) const UNSUPPORTED: u8 = 2;
pub(crate) const NO_MEMORY: u8 = 3;

/// What a process says first, before a byte with its protection.
pub(crate) const GREETING: [u8; 3] = *b"AV1";

/// The longest sentence of an answer, in bytes; its length comes before it, in two bytes.
pub(crate) const SENTENCE: usize = 512;

/// Bytes of a request's header.
pub(crate) const HEADER: usize = 8 + 5 * 4 + 4;

/// The header of a request.
pub(crate) fn header(picture: &Picture<'_>) -> [u8; HEADER] {
    let Picture { data, width, height, largest, frames, depth, operating_point, layout, .. } =
        picture;
    let numbers = [width, height, &largest.0, &largest.1, frames];
    let fields = (data.len() as u64)
        .to_le_bytes()
        .into_iter()
        .chain(numbers.into_iter().flat_map(|number| number.to_le_bytes()))
        .chain([*depth, *operating_point, layout.number(), u8::from(picture.shows_last)]);
    let mut header = [0; HEADER];
    for (to, from) in header.iter_mut().zip(fields) {
        *to = from;
    }
    header
}

/// A picture without its data, and the length of that. `None` if the header makes no sense.
pub(crate) fn parse(header: [u8; HEADER]) -> Option<(Picture<'static>, usize)> {
    let (length, rest) = header.split_first_chunk()?;
    let (numbers, &[depth, operating_point, layout, shows_last]) = rest.split_last_chunk()?;
    let (numbers, _) = numbers.as_chunks();
    let &[width, height, columns, rows, frames] = numbers else { return None };
    let [width, height, columns, rows, frames] =
        [width, height, columns, rows, frames].map(u32::from_le_bytes);
    let picture = Picture {
        data: &[],
        width,
        height,
        largest: (columns, rows),
        frames,
        shows_last: shows_last != 0,
        depth,
        operating_point,
        layout: Layout::of_number(layout)?,
        memory: 0,
    };
    Some((picture, usize::try_from(u64::from_le_bytes(*length)).ok()?))
}
