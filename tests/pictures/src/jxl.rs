//! Pictures as lossless JPEG XL. The encoder has no orientation, layers or animations, so the
//! headers for those are written here, around the frames that it makes.

mod inks;

pub use inks::inks_jxl;

use image::DynamicImage;
use zune_core::bit_depth::BitDepth;
use zune_core::colorspace::ColorSpace;
use zune_core::options::EncoderOptions;
use zune_jpegxl::JxlSimpleEncoder;

use crate::bits::Bits;

/// A picture as a bare codestream. The file is empty for a picture of a single row or column.
#[must_use]
pub fn lossless_jxl(picture: &DynamicImage) -> Vec<u8> {
    let (colour, depth) = match picture {
        DynamicImage::ImageLuma8(_) => (ColorSpace::Luma, BitDepth::Eight),
        DynamicImage::ImageLumaA8(_) => (ColorSpace::LumaA, BitDepth::Eight),
        DynamicImage::ImageRgba8(_) => (ColorSpace::RGBA, BitDepth::Eight),
        DynamicImage::ImageLuma16(_) => (ColorSpace::Luma, BitDepth::Sixteen),
        DynamicImage::ImageRgb16(_) => (ColorSpace::RGB, BitDepth::Sixteen),
        _ => (ColorSpace::RGB, BitDepth::Eight),
    };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width < 2 || height < 2 {
        return Vec::new();
    }
    let options = EncoderOptions::new(width, height, colour, depth);
    let mut file = Vec::new();
    let written = JxlSimpleEncoder::new(picture.as_bytes(), options).encode(&mut file);
    written.map(|_| file).unwrap_or_default()
}

/// An RGB picture with one of EXIF's orientations, from 1 to 8.
#[must_use]
pub fn turned_jxl(stored: &image::RgbImage, orientation: u8) -> Vec<u8> {
    let mut header = jxl_start(stored.dimensions());
    header.push(0, 1); // Not all default:
    header.push(1, 1); // extra fields,
    header.push(u32::from(orientation.saturating_sub(1)), 3);
    header.push(0, 3); // no other size, preview or animation.
    finish(&mut header);
    header.push(1, 1); // Tone mapping by default.
    header.push(0, 2);
    header.push(1, 1);
    [header.into_bytes(), jxl_frame(stored, Frame::Last)].concat()
}

/// RGB pictures of equal size as an animation, for a second each.
#[must_use]
pub fn animated_jxl(pictures: &[image::RgbImage]) -> Vec<u8> {
    let Some((last, others)) = pictures.split_last() else { return Vec::new() };
    let mut header = jxl_start(last.dimensions());
    header.push(0, 1);
    header.push(1, 1); // Extra fields:
    header.push(0, 5); // upright, no other size, no preview,
    header.push(1, 1); // an animation
    header.push(0, 2 + 2 + 2 + 1); // of 100 ticks a second, without end and time codes.
    finish(&mut header);
    header.push(1, 1);
    header.push(0, 2);
    header.push(1, 1);
    let mut file = header.into_bytes();
    for picture in others {
        file.extend(jxl_frame(picture, Frame::Shown));
    }
    file.extend(jxl_frame(last, Frame::LastShown));
    file
}

/// An RGB picture in layers, each of which replaces those below.
#[must_use]
pub fn layered_jxl(picture: &image::RgbImage, layers: usize) -> Vec<u8> {
    let mut file = jxl_header(picture.dimensions());
    file.extend(jxl_frame(picture, Frame::Layer).repeat(layers.saturating_sub(1)));
    file.extend(jxl_frame(picture, Frame::Last));
    file
}

/// The headers of a `VarDCT` picture with an LF frame of an eighth of its sides, as of a progressive
/// one. All of the picture's own data is missing.
#[must_use]
pub fn refined_jxl(size: (u32, u32)) -> Vec<u8> {
    let small = crate::landscape(size.0.div_ceil(8), size.1.div_ceil(8), 5);
    let mut header = Bits::default();
    header.push(0, 1 + 2 + 1); // Not all default, regular, VarDCT,
    header.push(2, 2);
    header.push(0x20 - 17, 8); // refines the LF frame,
    header.push(0, 1); // no YCbCr,
    header.push(0, 2 + 1 + 2); // one pass, not cropped, replaces what was there,
    header.push(1, 1); // the last.
    header.push(0, 2 + 1 + 1 + 2 + 2 + 2); // No name, no filters, no extensions.
    [jxl_header(size), jxl_frame(&small, Frame::Lf), header.into_bytes(), vec![0; 64]].concat()
}

/// A codestream in boxes, in two parts with another box between them.
#[must_use]
pub fn boxed_jxl(codestream: &[u8]) -> Vec<u8> {
    let (first, second) = codestream.split_at(codestream.len() / 2);
    let mut file = b"\0\0\0\x0CJXL \r\n\x87\n".to_vec();
    let mut add = |kind: &[u8; 4], parts: &[&[u8]]| {
        let length = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
        file.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        file.extend(kind);
        for part in parts {
            file.extend(*part);
        }
    };
    add(b"ftyp", &[b"jxl \0\0\0\0jxl "]);
    add(b"jxlp", &[&[0, 0, 0, 0], first]);
    // The EXIF orientation is ignored.
    add(b"Exif", &[b"\0\0\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"]);
    add(b"jxlp", &[&[0x80, 0, 0, 1], second]);
    file
}

/// The header of an RGB picture of 8 bits, as the encoder writes it.
#[must_use]
pub fn jxl_header(size: (u32, u32)) -> Vec<u8> {
    let mut header = jxl_start(size);
    header.push(0, 2); // Neither all default, nor with extra fields.
    finish(&mut header);
    header.push(0, 2);
    header.push(1, 1);
    header.into_bytes()
}

/// The signature and the size (ISO/IEC 18181-1, annex D).
fn jxl_start((width, height): (u32, u32)) -> Bits {
    let mut header = Bits::default();
    header.push(0x0AFF, 16);
    header.push(0, 1);
    let side = |header: &mut Bits, side: u32| match side.wrapping_sub(1) {
        less @ ..512 => {
            header.push(0, 2);
            header.push(less, 9);
        }
        less => {
            header.push(3, 2);
            header.push(less, 30);
        }
    };
    side(&mut header, height);
    header.push(0, 3); // No fixed ratio.
    side(&mut header, width);
    header
}

/// Samples of 8 bits, no extra channels, sRGB without XYB.
fn finish(header: &mut Bits) {
    header.push(0, 3);
    header.push(1, 1); // 16 bits are enough for what is computed.
    header.push(0, 2);
    header.push(0, 1);
    header.push(1, 1);
}

/// The role of a frame in the picture.
#[derive(Clone, Copy)]
enum Frame {
    Last,
    LastShown,
    Shown,
    Layer,
    /// An LF frame for one that is eight times as wide and high.
    Lf,
}

/// An RGB picture as a frame: a new header (annex F), and the rest from the encoder.
fn jxl_frame(picture: &image::RgbImage, frame: Frame) -> Vec<u8> {
    let file = lossless_jxl(&DynamicImage::from(picture.clone()));
    let mut header = Bits::default();
    let kind = u32::from(matches!(frame, Frame::Lf));
    header.push(0b1000 | kind << 1, 1 + 2 + 1); // Not all default, regular or LF, modular,
    header.push(0, 2 + 1 + 2); // no flags, no YCbCr, no upsampling,
    header.push(1, 2); // groups of 256 x 256,
    header.push(0, 2); // one pass,
    if !matches!(frame, Frame::Lf) {
        header.push(0, 1 + 2); // not cropped, replaces what was there,
    }
    match frame {
        Frame::Lf => header.push(0, 2), // an eighth of the sides,
        Frame::Last => header.push(1, 1),
        Frame::LastShown => {
            header.push(0b10, 2);
            header.push(100, 8);
            header.push(1, 1);
        }
        Frame::Shown => {
            header.push(0b10, 2); // for 100 ticks, not the last, not kept,
            header.push(100, 8);
            header.push(0, 1 + 2);
        }
        Frame::Layer => header.push(0, 1 + 2 + 1), // not the last, kept as the first, as it is seen,
    }
    header.push(0, 2); // no name,
    header.push(0, 1 + 1 + 2 + 2); // no filters,
    header.push(0, 2 + 1); // no extensions, sections in order.
    let made = file.strip_prefix(jxl_header(picture.dimensions()).as_slice());
    [header.into_bytes(), made.and_then(|made| made.get(4..)).unwrap_or_default().to_vec()].concat()
}
