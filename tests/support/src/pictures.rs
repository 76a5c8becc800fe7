//! Pictures drawn by code, as the bytes of files: what the tests upload and what `make run` shows
//! when it is given no folder. The same arguments always give the same bytes. Not a collection of
//! hostile files: the two broken ones here are broken the way an interrupted upload is.

mod graphics;
mod samples;
mod scene;

use std::io::Cursor;

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{
    Delay, DynamicImage, Frame, GrayImage, ImageBuffer, ImageFormat, Rgb, RgbImage, imageops,
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

pub use graphics::{ball, chart, logo, page, stickers};
pub use samples::{Sample, sample_set};
pub use scene::landscape;

/// The quality that the photographs here are saved with, as most cameras and telephones do.
const QUALITY: u8 = 82;

/// A photograph as a baseline JPEG, 4:2:0: about 2 MB for 12 megapixels.
#[must_use]
pub fn photo_jpeg(width: u32, height: u32, seed: u64) -> Vec<u8> {
    jpeg(&landscape(width, height, seed), |_| {})
}

/// A photograph as a progressive JPEG.
#[must_use]
pub fn progressive_jpeg(width: u32, height: u32, seed: u64) -> Vec<u8> {
    jpeg(&landscape(width, height, seed), |encoder| {
        encoder.set_progressive(true);
    })
}

/// A photograph as a baseline JPEG with colour at full resolution (4:4:4), as cameras with large
/// sensors write it.
#[must_use]
pub fn full_colour_jpeg(width: u32, height: u32, seed: u64) -> Vec<u8> {
    jpeg(&landscape(width, height, seed), |encoder| {
        encoder.set_sampling_factor(SamplingFactor::F_1_1);
    })
}

/// A photograph as a baseline JPEG with a scan for each channel, one after the other, as few
/// encoders write them and some decoders get wrong.
#[must_use]
pub fn separate_scans_jpeg(width: u32, height: u32, seed: u64) -> Vec<u8> {
    // The encoder writes such scans whenever it chooses its own Huffman tables.
    jpeg(&landscape(width, height, seed), |encoder| {
        encoder.set_optimized_huffman_tables(true);
    })
}

/// A photograph as a JPEG of one channel.
#[must_use]
pub fn grey_jpeg(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let grey = imageops::grayscale(&landscape(width, height, seed));
    encode_jpeg(grey.as_raw(), width, height, ColorType::Luma, |_| {})
}

/// A photograph that is upright, `width` by `height`, only once its EXIF orientation (1 to 8) is
/// applied. Shown so, it is the picture that [`landscape`] draws for the same arguments.
#[must_use]
pub fn rotated_jpeg(width: u32, height: u32, seed: u64, orientation: u8) -> Vec<u8> {
    let upright = landscape(width, height, seed);
    // What undoes each orientation; EXIF 2.32, table 6, says what each one does.
    let stored = match orientation {
        2 => imageops::flip_horizontal(&upright),
        3 => imageops::rotate180(&upright),
        4 => imageops::flip_vertical(&upright),
        5 => imageops::rotate90(&imageops::flip_vertical(&upright)),
        6 => imageops::rotate270(&upright),
        7 => imageops::rotate90(&imageops::flip_horizontal(&upright)),
        8 => imageops::rotate90(&upright),
        _ => upright,
    };
    // `add_app_segment` refuses only segments beyond 64 KiB.
    jpeg(&stored, |encoder| {
        drop(encoder.add_app_segment(1, exif(orientation)));
    })
}

/// The smallest EXIF there is: a big-endian TIFF header and a directory of one entry.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01".to_vec();
    exif.extend_from_slice(b"\x01\x12\0\x03\0\0\0\x01\0"); // Orientation, one SHORT.
    exif.extend_from_slice(&[orientation, 0, 0]);
    exif.extend_from_slice(&[0; 4]); // No further directory.
    exif
}

/// [`logo`] as a PNG with alpha.
#[must_use]
pub fn logo_png(side: u32) -> Vec<u8> {
    encode(logo(side), ImageFormat::Png)
}

/// [`stickers`] as a PNG with alpha whose rows are not filtered, as drawing programs write it.
#[must_use]
pub fn stickers_png(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::NoFilter);
    let written = stickers(width, height, seed).write_with_encoder(encoder);
    written.map(|()| bytes).unwrap_or_default()
}

/// A photograph as a PNG of 16 bits in each channel.
#[must_use]
pub fn deep_png(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let shallow = landscape(width, height, seed);
    let deep: ImageBuffer<Rgb<u16>, Vec<u16>> = ImageBuffer::from_fn(width, height, |x, y| {
        // Times 257 spreads 0 to 255 over 0 to 65,535; the rest makes the lower byte its own.
        let Rgb(channels) = *shallow.get_pixel(x, y);
        Rgb(channels.map(|channel| (u16::from(channel) * 257) ^ 0x2a))
    });
    encode(deep, ImageFormat::Png)
}

/// An endless animation of `frames` frames.
#[must_use]
pub fn animated_gif(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 20);
    let drawn = (0..frames).map(|number| {
        let delay = Delay::from_numer_denom_ms(60, 1);
        Frame::from_parts(ball(width, height, number, frames), 0, 0, delay)
    });
    let written = encoder.set_repeat(Repeat::Infinite).and_then(|()| encoder.encode_frames(drawn));
    drop(encoder);
    written.map(|()| bytes).unwrap_or_default()
}

/// A photograph as a lossy WebP.
#[must_use]
pub fn photo_webp(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let pixels = landscape(width, height, seed);
    webp::Encoder::from_rgb(pixels.as_raw(), width, height).encode(80.0).to_vec()
}

/// [`page`] as an uncompressed grey TIFF.
#[must_use]
pub fn scan_tiff(width: u32, height: u32, seed: u64) -> Vec<u8> {
    encode::<GrayImage>(page(width, height, seed), ImageFormat::Tiff)
}

/// [`chart`] as a BMP.
#[must_use]
pub fn chart_bmp(width: u32, height: u32) -> Vec<u8> {
    encode(chart(width, height), ImageFormat::Bmp)
}

/// A JPEG whose upload broke off: a sound start, then nothing.
#[must_use]
pub fn truncated_jpeg() -> Vec<u8> {
    let mut bytes = photo_jpeg(640, 480, 3);
    bytes.truncate(bytes.len() / 3);
    bytes
}

/// A JPEG with sound markers and an unsound size of its picture: the first bytes claim a JPEG, and
/// no decoder can make one of it.
#[must_use]
pub fn corrupt_jpeg() -> Vec<u8> {
    let mut bytes = photo_jpeg(640, 480, 4);
    // From within the quantisation tables on, every byte is garbage.
    let mut garbage = scene::Random(4);
    for byte in bytes.iter_mut().skip(24) {
        *byte = garbage.next().to_le_bytes()[0];
    }
    bytes
}

/// A picture on which its decoder panics, so that a test can show that its neighbours do not suffer:
/// a TIFF of one pixel in planes, whose tiles are larger than itself (the `tiff` crate, 0.11).
#[must_use]
pub fn picture_that_panics() -> Vec<u8> {
    let entries: [(u16, &[u16]); 11] = [
        (256, &[1]),       // width
        (257, &[1]),       // height
        (258, &[8]),       // bits a sample
        (259, &[1]),       // not compressed
        (262, &[2]),       // RGB
        (277, &[3]),       // samples a pixel
        (284, &[2]),       // one plane a sample
        (322, &[2]),       // tile width
        (323, &[2]),       // tile height
        (324, &[8, 8, 8]), // where the tiles are
        (325, &[8, 8, 8]), // how long they are
    ];
    let mut file = b"II*\0\x08\0\0\0\x0B\0".to_vec();
    let mut tail = Vec::new();
    for (tag, values) in entries {
        file.extend([tag.to_le_bytes(), [3, 0]].concat());
        file.extend(u32::try_from(values.len()).unwrap_or(0).to_le_bytes());
        let mut value: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        if value.len() > 4 {
            let at = u32::try_from(8 + 2 + 11 * 12 + 4 + tail.len()).unwrap_or(0);
            tail.append(&mut value);
            value.extend(at.to_le_bytes());
        }
        value.resize(4, 0);
        file.extend(value);
    }
    file.extend([0; 4]);
    file.extend(tail);
    file
}

/// Words, not a picture.
#[must_use]
pub fn text() -> Vec<u8> {
    b"Milk, bread, film for the camera.\nRing the photographer about Tuesday.\n".to_vec()
}

fn jpeg(pixels: &RgbImage, set: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    encode_jpeg(pixels.as_raw(), pixels.width(), pixels.height(), ColorType::Rgb, set)
}

/// Draws up an empty file for a size no JPEG can have: 0, or more than 65,535 pixels on a side.
fn encode_jpeg(
    samples: &[u8],
    width: u32,
    height: u32,
    colour: ColorType,
    set: impl FnOnce(&mut Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    set(&mut encoder);
    let (width, height) = (u16::try_from(width), u16::try_from(height));
    let written = match (width, height) {
        (Ok(width), Ok(height)) => encoder.encode(samples, width, height, colour).is_ok(),
        _ => false,
    };
    if written { bytes } else { Vec::new() }
}

/// Writing to memory fails only for pixels that the format does not have, and none here are such.
fn encode<P>(pixels: P, format: ImageFormat) -> Vec<u8>
where
    DynamicImage: From<P>,
{
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::from(pixels).write_to(&mut bytes, format);
    written.map(|()| bytes.into_inner()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
