//! A JPEG in a raw file. Only as much is read of it as tells whether it is a picture to be shown, and
//! how large: raw files hold sensors' samples as lossless JPEG, too (ITU-T T.81, annex B).

use image::metadata::Orientation;

/// The most segments before a frame header that are looked at: cameras write about ten.
const MAX_SEGMENTS: usize = 200;

/// Frame headers of what is shown: baseline, extended and progressive.
const SHOWN: std::ops::RangeInclusive<u8> = 0xC0..=0xC2;

/// What is found in a raw file.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) previews: Vec<Preview<'a>>,
    /// How the picture is turned upright; otherwise, as the preview itself says.
    pub(super) orientation: Option<Orientation>,
    /// Whether the file tells of something beyond its end.
    pub(super) is_cut: bool,
    /// Whether the file can be shown as the TIFF file that it is, too.
    pub(super) is_tiff: bool,
}

/// A JPEG, and its pixels.
pub(super) struct Preview<'a> {
    jpeg: &'a [u8],
    pixels: u64,
}

impl<'a> Preview<'a> {
    /// `None` if it is no JPEG of 8 bits and one or three components.
    pub(super) fn of(jpeg: &'a [u8]) -> Option<Self> {
        let mut rest = jpeg.strip_prefix(&[0xFF, 0xD8])?;
        for _ in 0..MAX_SEGMENTS {
            let (&[0xFF, marker], after) = rest.split_first_chunk()? else { return None };
            if marker == 0xFF {
                rest = rest.get(1..)?; // A fill byte.
                continue;
            }
            let (&length, _) = after.split_first_chunk()?;
            let (segment, after) = after.split_at_checked(u16::from_be_bytes(length).into())?;
            if SHOWN.contains(&marker) {
                let &[_, _, 8, height_1, height_0, width_1, width_0, 1 | 3, ..] = segment else {
                    return None;
                };
                let side = |bytes| u64::from(u16::from_be_bytes(bytes));
                let pixels = side([width_1, width_0]) * side([height_1, height_0]);
                return (pixels > 0).then_some(Self { jpeg, pixels });
            }
            // Other frame headers, and the data itself.
            if matches!(marker, 0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xDA) {
                return None;
            }
            rest = after;
        }
        None
    }

    pub(super) fn jpeg(&self) -> &'a [u8] {
        self.jpeg
    }

    pub(super) fn pixels(&self) -> u64 {
        self.pixels
    }
}
