//! GIF, through the `image` crate's decoder: the first frame, on its canvas.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;

/// Reads the blocks before the first frame.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let outline = Outline::of(file.source).ok_or_else(|| file.truncated(None))?;
    let [width, height] = outline.canvas.map(u32::from);
    let [frame_width, frame_height] = outline.frame.map(u32::from);
    file.check_pixels(width, height)?;
    // A frame can be larger than its canvas.
    file.check_pixels(frame_width, frame_height)?;
    let frame_pixels = u64::from(frame_width) * u64::from(frame_height);
    // The frame as indices, and in colours if it does not fill the canvas.
    let working_bytes = frame_pixels * 5 + outline.extension_bytes * 2;
    let cost = DecodeCost {
        kept_bytes: outline.extension_bytes * 8,
        ..DecodeCost::new((width, height), 4, true, working_bytes)
    };
    Ok(Box::new(Through::new(file, cost, move || GifDecoder::new(Cursor::new(file.source)))))
}

/// The result of a walk over a file's blocks, up to the first frame (GIF89a, appendix B).
struct Outline {
    /// Width and height in pixels.
    canvas: [u16; 2],
    /// Width and height in pixels.
    frame: [u16; 2],
    /// Bytes in extension blocks, which can hold profiles.
    extension_bytes: u64,
}

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2C;

impl Outline {
    /// `None` if the file ends before its first frame begins.
    fn of(source: &[u8]) -> Option<Self> {
        let (&[width_0, width_1, height_0, height_1, flags, _, _], mut rest) =
            source.get(6..)?.split_first_chunk::<7>()?;
        let canvas =
            [u16::from_le_bytes([width_0, width_1]), u16::from_le_bytes([height_0, height_1])];
        if flags & 0x80 != 0 {
            rest = rest.get(3 << ((flags & 7) + 1)..)?;
        }
        let mut extension_bytes = 0;
        loop {
            let (&block, after) = rest.split_first()?;
            match block {
                EXTENSION => {
                    let before = rest.len();
                    rest = after.get(1..)?;
                    while let Some((&length @ 1.., after)) = rest.split_first() {
                        rest = after.get(usize::from(length)..)?;
                    }
                    rest = rest.get(1..)?;
                    extension_bytes += (before - rest.len()) as u64;
                }
                FRAME => {
                    let &[_, _, _, _, width_0, width_1, height_0, height_1] =
                        after.first_chunk::<8>()?;
                    let frame = [
                        u16::from_le_bytes([width_0, width_1]),
                        u16::from_le_bytes([height_0, height_1]),
                    ];
                    return Some(Self { canvas, frame, extension_bytes });
                }
                // The decoder reports the error: no frame, or an unknown block.
                _ => return Some(Self { canvas, frame: [0, 0], extension_bytes }),
            }
        }
    }
}
