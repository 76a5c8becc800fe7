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
pub(crate) const HEADER: usize = 8 + 4 + 4 + 4 + 3;

/// The header of a request.
pub(crate) fn header(picture: &Picture<'_>) -> [u8; HEADER] {
    let Picture { data, width, height, frames, depth, operating_point, layout, .. } = picture;
    let fields = (data.len() as u64)
        .to_le_bytes()
        .into_iter()
        .chain([width, height, frames].into_iter().flat_map(|number| number.to_le_bytes()))
        .chain([*depth, *operating_point, layout.number()]);
    let mut header = [0; HEADER];
    for (to, from) in header.iter_mut().zip(fields) {
        *to = from;
    }
    header
}

/// A picture without its data, and the length of that. `None` if the header makes no sense.
pub(crate) fn parse(header: [u8; HEADER]) -> Option<(Picture<'static>, usize)> {
    let (length, rest) = header.split_first_chunk()?;
    let (width, rest) = rest.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let (frames, rest) = rest.split_first_chunk()?;
    let &[depth, operating_point, layout] = rest else { return None };
    let picture = Picture {
        data: &[],
        width: u32::from_le_bytes(*width),
        height: u32::from_le_bytes(*height),
        frames: u32::from_le_bytes(*frames),
        depth,
        operating_point,
        layout: Layout::of_number(layout)?,
        memory: 0,
    };
    Some((picture, usize::try_from(u64::from_le_bytes(*length)).ok()?))
}
