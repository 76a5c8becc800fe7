//! CR3 of Canon: a file of boxes (ISO/IEC 14496-12). Its tracks hold the sensor's samples, and a JPEG
//! of the picture's size; boxes of its own hold smaller ones, and the metadata.

use super::preview::{Found, Preview};
use crate::decode::heif::boxes::{find_box, split_box};
use crate::decode::heif::tracks::tracks;
use crate::exif;

/// The types of Canon's own boxes: for metadata, and for a preview.
const METADATA: [u8; 16] = [
    0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48,
];
const PREVIEW: [u8; 16] = [
    0xEA, 0xF4, 0x2B, 0x5E, 0x1C, 0x98, 0x4B, 0x88, 0xB9, 0xFB, 0xB7, 0xDC, 0x40, 0x6E, 0x4D, 0x16,
];

/// The most bytes before the JPEG in a box.
const MAX_HEADER: usize = 32;

/// The most tracks that are looked at: such files have four.
const MAX_TRACKS: usize = 16;

/// Looks for previews in all places.
pub(super) fn find(source: &[u8]) -> Found<'_> {
    let mut found = Found::default();
    let mut rest = source;
    while let Some((kind, payload, after)) = split_box(rest) {
        match &kind {
            b"moov" => movie(source, payload, &mut found),
            b"uuid" => {
                // A version and a number of boxes come first.
                let boxes = payload.strip_prefix(&PREVIEW).and_then(|rest| rest.get(8..));
                let preview = boxes.and_then(|boxes| find_box(boxes, *b"PRVW"));
                found.previews.extend(preview.and_then(jpeg_in));
            }
            _ => {}
        }
        rest = after;
    }
    found.is_cut = !rest.is_empty();
    found
}

fn movie<'a>(source: &'a [u8], moov: &'a [u8], found: &mut Found<'a>) {
    let samples = tracks(moov).take(MAX_TRACKS).flatten().filter_map(|track| {
        let (start, length) = track.first_sample()?;
        source.get(usize::try_from(start).ok()?..)?.get(..usize::try_from(length).ok()?)
    });
    found.previews.extend(samples.filter_map(Preview::of));
    let mut rest = moov;
    while let Some((kind, payload, after)) = split_box(rest) {
        if let (b"uuid", Some(boxes)) = (&kind, payload.strip_prefix(&METADATA)) {
            found.previews.extend(find_box(boxes, *b"THMB").and_then(jpeg_in));
            let orientation = find_box(boxes, *b"CMT1").map(|block| exif::orientation(Some(block)));
            found.orientation = found.orientation.or(orientation);
        }
        rest = after;
    }
}

/// The JPEG in a box, after its size and other numbers.
fn jpeg_in(payload: &[u8]) -> Option<Preview<'_>> {
    let header = payload.get(..MAX_HEADER)?;
    let start = header.windows(3).position(|at| at == [0xFF, 0xD8, 0xFF])?;
    Preview::of(payload.get(start..)?)
}
