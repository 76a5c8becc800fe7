//! Limits on what a picture may cost. Each is tested from both sides.

use pictures::{Exr, Psd};

use crate::{gradient, ico, in_every_format, is_drawn, recipe};
use thumbnail::{FormatChoice, Limits, SourceFormat, ThumbnailError, render};

#[test]
fn a_picture_of_exactly_the_limit_passes_and_one_pixel_more_fails() {
    let recipe = recipe(10, 10, FormatChoice::Source);
    let mut cases = 0;
    for (format, file) in in_every_format(&gradient(32, 18)) {
        render(&file, &recipe, &Limits { max_pixels: 32 * 18 }).expect("exactly enough");
        match render(&file, &recipe, &Limits { max_pixels: 32 * 18 - 1 }) {
            Err(ThumbnailError::TooManyPixels { width, height, frames, pixels, limit }) => {
                assert_eq!((width, height, frames), (32, 18, 1), "{format:?}");
                assert_eq!((pixels, limit), (32 * 18, 32 * 18 - 1), "{format:?}");
            }
            other => panic!("{format:?}: {other:?}"),
        }
        cases += 1;
    }
    assert_eq!(cases, 20);
}

/// The smallest file whose header declares `side` x `side` pixels, with nothing behind it.
#[expect(clippy::too_many_lines, reason = "a file for each format, and nothing else")]
fn bare_header(format: SourceFormat, side: u32) -> Vec<u8> {
    let low = u16::try_from(side.min(65_535)).unwrap();
    match format {
        SourceFormat::Jpeg => {
            let mut file = b"\xFF\xD8\xFF\xC0\0\x0B\x08".to_vec();
            file.extend(low.to_be_bytes());
            file.extend(low.to_be_bytes());
            file.extend(b"\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\x3F\0\0\0\xFF\xD9");
            file
        }
        SourceFormat::Png => {
            let mut header = b"IHDR".to_vec();
            header.extend(side.to_be_bytes());
            header.extend(side.to_be_bytes());
            header.extend(b"\x10\x06\0\0\0");
            let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0D".to_vec();
            file.extend(&header);
            file.extend(crc(&header).to_be_bytes());
            file.extend(b"\0\0\0\0IDAT\x35\xAF\x06\x1E");
            file
        }
        SourceFormat::Gif => {
            let mut file = b"GIF89a".to_vec();
            file.extend(low.to_le_bytes());
            file.extend(low.to_le_bytes());
            file.extend(b"\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0");
            file.extend(low.to_le_bytes());
            file.extend(low.to_le_bytes());
            file.extend(b"\0\x02\x02D\x01\0;");
            file
        }
        SourceFormat::WebP => {
            // A canvas, and a picture inside that is as large.
            let canvas = side.min(1 << 24) - 1;
            let inner = (side.min(1 << 14) - 1) * 0x4001;
            let mut file = b"RIFF\x28\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0".to_vec();
            file.extend(&canvas.to_le_bytes()[..3]);
            file.extend(&canvas.to_le_bytes()[..3]);
            file.extend(b"VP8L\x0A\0\0\0\x2F");
            file.extend(inner.to_le_bytes());
            file.extend([0; 5]);
            file
        }
        SourceFormat::Tiff => {
            let entries: [(u16, u32); 9] = [
                (256, side),
                (257, side),
                (258, 8),
                (259, 1),
                (262, 1),
                (273, 8),
                (277, 1),
                (278, side),
                (279, u32::MAX),
            ];
            let mut file = b"II*\0\x08\0\0\0".to_vec();
            file.extend(9_u16.to_le_bytes());
            for (tag, value) in entries {
                file.extend(tag.to_le_bytes());
                file.extend(4_u16.to_le_bytes());
                file.extend(1_u32.to_le_bytes());
                file.extend(value.to_le_bytes());
            }
            file.extend([0; 4]);
            file
        }
        SourceFormat::Bmp => {
            let mut file = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
            file.extend(side.to_le_bytes());
            file.extend(side.to_le_bytes());
            file.extend(b"\x01\0\x18\0");
            file.extend([0; 24]);
            file
        }
        SourceFormat::Qoi => {
            let mut file = b"qoif".to_vec();
            file.extend(side.to_be_bytes());
            file.extend(side.to_be_bytes());
            file.extend(b"\x04\0");
            file
        }
        SourceFormat::Pnm => format!("P6\n# huge\n{side} {side}\n65535\n").into_bytes(),
        SourceFormat::Hdr => format!("#?RADIANCE\n\n-Y {side} +X {side}\n").into_bytes(),
        // No side can be longer than 2^30.
        SourceFormat::Jxl => pictures::jxl_header((side.min(1 << 30), side.min(1 << 30))),
        SourceFormat::Exr => {
            let side = i32::try_from(side).unwrap();
            Exr::new(&["B", "G", "R"], side, side).header()
        }
        #[cfg(feature = "svg")]
        SourceFormat::Svg => Vec::new(),
        #[cfg(feature = "pdf")]
        SourceFormat::Pdf => Vec::new(),
        SourceFormat::Psd => {
            Psd { is_big: true, ..Psd::new(3, 16, 3, (side, side)) }.file(&[], false)
        }
        SourceFormat::Jp2 => {
            let mut file = pictures::jpeg2000(&image::GrayImage::new(8, 8).into(), 0);
            for at in [8, 12] {
                file[at..at + 4].copy_from_slice(&side.to_be_bytes());
            }
            file
        }
        SourceFormat::Raw => pictures::raw::raf(&bare_header(SourceFormat::Jpeg, side)),
        SourceFormat::Ico => ico(&[(0, 0, bare_header(SourceFormat::Png, side))]),
        SourceFormat::Tga => {
            let mut file = b"\0\0\x0A\0\0\0\0\0\0\0\0\0".to_vec();
            file.extend(low.to_le_bytes());
            file.extend(low.to_le_bytes());
            file.extend(b"\x20\x08");
            file
        }
        SourceFormat::Avif => {
            let properties = vec![pictures::heif::size(side, side)];
            let data = b"\x0A\x04\x18\0\0\0".to_vec();
            let references = Vec::new();
            let item = pictures::heif::Item { kind: *b"av01", data, properties, references };
            pictures::heif::file(*b"avif", &[item])
        }
        SourceFormat::Heic => {
            let properties = vec![pictures::heif::size(side, side)];
            let (kind, data, references) = (*b"hvc1", Vec::new(), Vec::new());
            let item = pictures::heif::Item { kind, data, properties, references };
            pictures::heif::file(*b"heic", &[item])
        }
        SourceFormat::Unread(_) => panic!("no decoder reads {format:?}"),
    }
}

/// PNG's CRC-32.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

#[test]
fn huge_declared_sizes_are_refused_in_every_format() {
    let recipe = recipe(10, 10, FormatChoice::Source);
    let limits = Limits { max_pixels: 100_000_000 };
    let mut cases = 0;
    for format in SourceFormat::ALL.into_iter().filter(|format| !is_drawn(*format)) {
        for side in [16_000, 65_535, 0x7FFF_FFFF] {
            let started = std::time::Instant::now();
            let refusal = render(&bare_header(format, side), &recipe, &limits).unwrap_err();
            assert!(started.elapsed().as_millis() < 500, "{format:?} {side}: {refusal}");
            match refusal {
                ThumbnailError::TooManyPixels { pixels, limit, .. } => {
                    assert!(pixels > limit, "{format:?} {side}");
                }
                // Some decoders refuse sides of this length by themselves.
                ThumbnailError::Undecodable { .. }
                | ThumbnailError::Unsupported { .. }
                | ThumbnailError::TooMuchMemory { .. }
                    if side > 65_535 => {}
                other => panic!("{format:?} {side}: {other:?}"),
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 54);
}

#[test]
fn a_small_webp_canvas_around_a_huge_picture_is_refused() {
    let mut file = bare_header(SourceFormat::WebP, 1 << 14);
    file[24..30].copy_from_slice(&[0; 6]); // a canvas of 1 x 1
    let refusal =
        render(&file, &recipe(10, 10, FormatChoice::Source), &Limits { max_pixels: 100_000_000 });
    assert!(
        matches!(refusal, Err(ThumbnailError::TooManyPixels { width: 16_384, .. })),
        "{refusal:?}"
    );
}

#[test]
fn a_png_profile_that_inflates_without_end_does_not_get_the_memory() {
    use image::ImageEncoder;
    let mut file = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
    encoder.set_icc_profile(vec![0; 80 << 20]).unwrap();
    encoder.write_image(&[1, 2, 3], 1, 1, image::ExtendedColorType::Rgb8).unwrap();
    assert!(file.len() < 1 << 20);
    let outcome =
        render(&file, &recipe(10, 10, FormatChoice::Source), &Limits { max_pixels: 100_000_000 });
    assert!(matches!(outcome, Ok(_) | Err(ThumbnailError::TooMuchMemory { .. })), "{outcome:?}");
}

#[test]
fn what_would_take_much_for_few_bytes_is_refused_for_what_it_is() {
    let reasons = [
        ("avif that declares 65535 x 65535", "too_many_pixels"),
        ("avif that declares 0 x 5", "undecodable"),
        ("avif of 64 x 64 that is 9999 x 9999", "undecodable"),
        ("avif of 64 x 64 that is 65536 x 65536", "too_many_pixels"),
        ("avif of 65536 x 65536 twice over", "too_many_pixels"),
        ("avif with 1 bytes from 4294967295", "truncated"),
        ("avif of 65025 times one tile of 64 for 255 x 255", "too_many_pixels"),
        ("avif of 10000 times one tile of 64 for 100 x 100", "too_many_parts"),
        ("avif of 4 times one tile of 64 for 2 x 2", "undecodable"),
        ("avif of a grid of itself", "undecodable"),
        ("avif of a grid of a grid of the first", "undecodable"),
        ("avif of 60000 items", "too_many_parts"),
        ("avif of 1000 frames", "too_many_parts"),
        ("avif with 9000 profiles", "too_many_parts"),
        ("avif of two headers that differ", "undecodable"),
        ("jpeg of 99 scans of 10000 x 10000", "too_many_scans"),
        ("jpeg of 5000 scans of 64 x 64", "too_many_scans"),
        ("png bomb of 1 x 99999999", "too_many_parts"),
        ("png that declares 65535 x 65535", "too_many_pixels"),
        ("gif with a frame larger than its canvas", "too_many_pixels"),
        ("gif that declares 0 x 0", "undecodable"),
        ("webp that declares 16384 x 16384", "too_many_pixels"),
        ("tiff of a tile of 16000000 x 64 for 8 x 64, deflated", "too_many_parts"),
        ("tiff of tiles of (2147483648, 2147483648)", "too_many_parts"),
        ("tiff of 64 x 64 with a JPEG of 9000 x 9000 inside", "undecodable"),
        ("tiff with 2^32 values of tag 273", "truncated"),
        ("tiff of LZMA with a dictionary of 4 GB", "too_many_parts"),
        ("tiff of Zstandard with content of 100 TB", "undecodable"),
        ("jxl of 20000 layers of 256 x 256", "too_many_parts"),
    ];
    let recipe = recipe(10, 10, FormatChoice::Source);
    let limits = Limits { max_pixels: 100_000_000 };
    let files = pictures::hostile::hostile_set();
    for (name, reason) in reasons {
        let file = files.iter().find(|file| file.name == name);
        let file = file.unwrap_or_else(|| panic!("no hostile file is called {name}"));
        let refusal = render(&file.bytes, &recipe, &limits).unwrap_err();
        assert_eq!(refusal.reason(), reason, "{name}: {refusal}");
    }
}
