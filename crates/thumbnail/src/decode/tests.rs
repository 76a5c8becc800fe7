//! What decoders hand on, which thumbnails do not show.

use image::{Rgb, RgbImage};
use pictures::Coding;

use super::file::File;
use super::{Opened, avif, heic};
use crate::{Limits, SourceFormat, ThumbnailError};

type Open = fn(File<'_>) -> Opened<'_>;

#[test]
fn deep_pictures_are_decoded_to_deep_pixels() {
    let picture = RgbImage::from_fn(64, 64, |x, y| {
        Rgb([x, y, 63 - x].map(|at| u8::try_from(30 + at * 2).unwrap()))
    });
    let limits = Limits { max_pixels: 1 << 24 };
    let mut cases = 0;
    for (depth, bits) in [(8, 8), (10, 16), (12, 16)] {
        let coding = Coding { depth, ..Coding::PHOTO };
        for (format, file, open) in [
            (SourceFormat::Avif, pictures::avif(&picture, coding), avif::open as Open),
            (SourceFormat::Heic, pictures::heic(&picture, coding), heic::open as Open),
        ] {
            let file = File { source: &file, format, limits, is_damaged: false };
            let picture = open(file).unwrap().decode().unwrap();
            let found = picture.pixels.color().bits_per_pixel();
            assert_eq!(found, 3 * bits, "{format:?} of {depth} bits");
            cases += 1;
        }
    }
    assert_eq!(cases, 6);
}

#[test]
fn a_decoder_that_panics_fails_on_its_file_alone() {
    let limits = Limits { max_pixels: 1 };
    let file = File { source: &[], format: SourceFormat::Png, limits, is_damaged: false };
    let refused = |decoder: fn() -> Result<(), ThumbnailError>| match file.contain(decoder) {
        Err(ThumbnailError::DecoderFailed { source, .. }) => source.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(|| panic!("a defect")), "it panicked: a defect");
    assert_eq!(refused(|| panic!("number {}", 7)), "it panicked: number 7");
    assert!(file.contain(|| Ok(())).is_ok());
}
