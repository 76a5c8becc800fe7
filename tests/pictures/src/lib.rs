//! Pictures drawn by code, as the bytes of files: the tests upload them, and `make run` shows them
//! if it is given no folder. The same arguments always give the same bytes. Hostile files are
//! elsewhere: the two broken ones here are broken as by an interrupted upload.

mod animations;

#[cfg(feature = "av1")]
mod av1;
mod bits;
mod exif;
mod exr;
mod graphics;
pub mod heif;
mod hevc;
#[cfg(feature = "av1")]
pub mod hostile;
mod jpeg2000;
mod jxl;
mod people;
mod planes;
mod psd;
pub mod raw;
mod samples;
mod scene;
mod tiff;

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{
    DynamicImage, GrayImage, ImageBuffer, ImageFormat, Rgb, Rgb32FImage, RgbImage, Rgba, imageops,
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use ravif::{Img, RGBA8};

pub use animations::{animated_gif, animated_png, animated_webp};
#[cfg(feature = "av1")]
pub use av1::{av1, avif, item, layered_av1, transparent_avif};
pub use exif::{exif_block, with_exif};
pub use exr::Exr;
pub use graphics::{ball, chart, logo, page, stickers};
pub use hevc::{heic, hevc_item, screen_hevc_item, tiled_heic, transparent_heic};
pub use jpeg2000::{jp2, jpeg2000};
pub use jxl::{
    animated_jxl, boxed_jxl, inks_jxl, jxl_header, layered_jxl, lossless_jxl, refined_jxl,
    turned_jxl,
};
pub use people::portrait;
pub use planes::{Coding, Sampling};
pub use psd::Psd;
pub use samples::{Sample, sample, sample_set};
pub use scene::landscape;
pub use tiff::{Order, tiff};

/// The quality of the photographs, as in most cameras and telephones.
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

/// A photograph as a baseline JPEG that says its colours are those of an ICC profile.
#[must_use]
pub fn profiled_jpeg(width: u32, height: u32, seed: u64, profile: &[u8]) -> Vec<u8> {
    jpeg(&landscape(width, height, seed), |encoder| {
        // Only a profile of over 16 MB does not fit.
        drop(encoder.add_icc_profile(profile));
    })
}

/// A baseline JPEG that repeats one photograph, for pictures that would take too long to draw.
#[must_use]
pub fn tiled_jpeg(width: u16, height: u16, seed: u64) -> Vec<u8> {
    let (tile_width, tile_height) = (2000, 1000);
    let tile = landscape(tile_width, tile_height, seed);
    let row_bytes = usize::from(width) * 3;
    let rows: Vec<u8> = tile
        .chunks_exact(tile_width as usize * 3)
        .cycle()
        .take(usize::from(height))
        .flat_map(|row| row.iter().copied().cycle().take(row_bytes))
        .collect();
    encode_jpeg(&rows, width.into(), height.into(), ColorType::Rgb, |_| {})
}

/// A photograph as a baseline JPEG with a separate scan for each channel. Few encoders write these,
/// and some decoders get them wrong.
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

/// A photograph that is upright, `width` by `height`, once its EXIF orientation (1 to 8) is
/// applied. Then it is the picture that [`landscape`] draws for the same arguments.
#[must_use]
pub fn rotated_jpeg(width: u32, height: u32, seed: u64, orientation: u8) -> Vec<u8> {
    let upright = landscape(width, height, seed);
    // The inverse of each orientation; EXIF 2.32, table 6, defines them.
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
    with_exif(&jpeg(&stored, |_| {}), &exif_block(orientation, &[]))
}

/// [`logo`] as a PNG with alpha.
#[must_use]
pub fn logo_png(side: u32) -> Vec<u8> {
    encode(logo(side), ImageFormat::Png)
}

/// [`stickers`] as a PNG with alpha and unfiltered rows, as drawing programs write it.
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
        // Times 257 spreads 0 to 255 over 0 to 65,535; the XOR makes the lower byte differ.
        let Rgb(channels) = *shallow.get_pixel(x, y);
        Rgb(channels.map(|channel| (u16::from(channel) * 257) ^ 0x2a))
    });
    encode(deep, ImageFormat::Png)
}

/// A photograph as a lossy WebP.
#[must_use]
pub fn photo_webp(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let pixels = landscape(width, height, seed);
    webp::Encoder::from_rgb(pixels.as_raw(), width, height).encode(80.0).to_vec()
}

/// [`portrait`] as a baseline JPEG.
#[must_use]
pub fn portrait_jpeg(width: u32, height: u32, seed: u64, at: f32) -> Vec<u8> {
    jpeg(&portrait(width, height, seed, at), |_| {})
}

/// A photograph in a format that needs only its pixels: PNG, QOI, PNM, TGA.
#[must_use]
pub fn photo_as(format: ImageFormat, width: u32, height: u32, seed: u64) -> Vec<u8> {
    encode(landscape(width, height, seed), format)
}

/// A photograph cut out in a circle, as a PNG with alpha.
#[must_use]
pub fn cut_out_png(side: u32, seed: u64) -> Vec<u8> {
    let mut picture = DynamicImage::from(landscape(side, side, seed)).to_rgba8();
    let radius = f64::from(side) / 2.0;
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let middle = |at: u32| f64::from(at) + 0.5 - radius;
        let inside = (radius - middle(x).hypot(middle(y))).clamp(0.0, 1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        let alpha = (inside * 255.0).round() as u8;
        pixel.0[3] = alpha;
    }
    encode(picture, ImageFormat::Png)
}

/// A photograph as Radiance HDR.
#[must_use]
pub fn photo_hdr(width: u32, height: u32, seed: u64) -> Vec<u8> {
    encode(light(width, height, seed), ImageFormat::Hdr)
}

/// A photograph as OpenEXR.
#[must_use]
pub fn photo_exr(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let light = light(width, height, seed);
    let [wide, high] = [width, height].map(|side| i32::try_from(side).unwrap_or(0));
    Exr::new(&["B", "G", "R"], wide, high).file(|channel, x, y| {
        let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        let [red, green, blue] = place
            .and_then(|(x, y)| light.get_pixel_checked(x, y))
            .map_or([0.0; 3], |pixel| pixel.0);
        match channel {
            "R" => red,
            "G" => green,
            _ => blue,
        }
    })
}

/// A photograph as scene light: its white is ten times as bright as white paper.
fn light(width: u32, height: u32, seed: u64) -> Rgb32FImage {
    let mut light = DynamicImage::from(landscape(width, height, seed)).to_rgb32f();
    for sample in light.iter_mut() {
        *sample = sample.powf(2.2) + 10.0 * sample.powi(24);
    }
    light
}

/// A photograph as PSD without layers.
#[must_use]
pub fn photo_psd(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let picture = landscape(width, height, seed);
    let plane = |channel: usize| {
        picture
            .rows()
            .map(move |row| row.filter_map(|pixel| pixel.0.get(channel).copied()).collect())
    };
    let rows: Vec<Vec<u8>> = (0..3).flat_map(plane).collect();
    Psd::new(3, 8, 3, (width, height)).file(&rows, true)
}

/// A photograph as a camera's raw file (DNG), with a preview of its size and a small one.
#[must_use]
pub fn photo_dng(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let previews = [photo_jpeg(width / 8, height / 8, seed), photo_jpeg(width, height, seed)];
    raw::dng(&previews, 1, false)
}

/// A photograph as HEIC of 8 bits, 4:2:0.
#[must_use]
pub fn photo_heic(width: u32, height: u32, seed: u64) -> Vec<u8> {
    heic(&landscape(width, height, seed), Coding::PHOTO)
}

/// A photograph as JPEG 2000, soft, because only every second pixel of a row or column is stored.
#[must_use]
pub fn photo_jp2(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let small = landscape(width / 2, height / 2, seed).into();
    jp2(&jpeg2000(&small, 1), b"\x01\0\0\0\0\0\x10", &[])
}

/// A photograph as lossless JPEG XL.
#[must_use]
pub fn photo_jxl(width: u32, height: u32, seed: u64) -> Vec<u8> {
    lossless_jxl(&landscape(width, height, seed).into())
}

/// [`logo`] as an ICO.
#[must_use]
pub fn logo_ico(side: u32) -> Vec<u8> {
    encode(logo(side), ImageFormat::Ico)
}

/// A photograph as an AVIF of 8 bits, 4:4:4.
#[must_use]
pub fn photo_avif(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let photo = DynamicImage::from(landscape(width, height, seed)).into_rgba8();
    let pixels: Vec<RGBA8> =
        photo.pixels().map(|&Rgba([r, g, b, a])| RGBA8 { r, g, b, a }).collect();
    let encoder = ravif::Encoder::new().with_speed(10).with_bit_depth(ravif::BitDepth::Eight);
    let encoder = encoder.with_num_threads(Some(1)).with_quality(90.0);
    let file = encoder.encode_rgba(Img::new(&pixels, width as usize, height as usize));
    file.map(|file| file.avif_file).unwrap_or_default()
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

/// A JPEG whose upload was interrupted: a sound start, then nothing.
#[must_use]
pub fn truncated_jpeg() -> Vec<u8> {
    let mut bytes = photo_jpeg(640, 480, 3);
    bytes.truncate(bytes.len() / 3);
    bytes
}

/// A JPEG with valid markers and an invalid frame header: it starts like a JPEG, but cannot be
/// decoded.
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

/// A file that starts like a TIFF, but whose directory lies beyond its end.
#[must_use]
pub fn corrupt_tiff() -> Vec<u8> {
    b"II*\0\xFF\xFF\xFF\x7F, and nothing there".to_vec()
}

/// A planar TIFF of one pixel with tiles that are larger than the picture: version 0.11 of the
/// `tiff` crate panics when it reads the picture as a whole.
#[must_use]
pub fn wide_tiles_tiff() -> Vec<u8> {
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

/// The file is empty for a size that JPEG cannot have: 0, or more than 65,535 pixels on a side.
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

/// Writing to memory fails only for pixels that the format does not support, and there are none
/// here.
fn encode<P>(pixels: P, format: ImageFormat) -> Vec<u8>
where
    DynamicImage: From<P>,
{
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::from(pixels).write_to(&mut bytes, format);
    written.map(|()| bytes.into_inner()).unwrap_or_default()
}

/// Splits a picture into its colours, and its alpha channel as grey.
fn split(picture: &image::RgbaImage) -> (RgbImage, RgbImage) {
    let (width, height) = picture.dimensions();
    let part = |of: fn([u8; 4]) -> [u8; 3]| {
        RgbImage::from_fn(width, height, |x, y| Rgb(of(picture.get_pixel(x, y).0)))
    };
    (part(|[red, green, blue, _]| [red, green, blue]), part(|[.., alpha]| [alpha; 3]))
}
