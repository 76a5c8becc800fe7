//! AVIF, through `ravif` and `rav1e`, on the calling thread only.
//!
//! Colour is always stored at full resolution, which is cheap in AV1 and the only way this encoder
//! has. It is always in sRGB, since the encoder writes no profile.

use ravif::{BitDepth, Encoder, Img, RGBA8};

use super::notes::Notes;
use crate::error::Cause;
use crate::raster::{Channels, Srgb};

/// From 1, slow, to 10. For a photograph of 256 x 193 pixels, 9 takes half the time of 6 to 8, for
/// a file that is 4 % larger; 10 saves another sixth of the time, for 10 % more bytes.
const SPEED: u8 = 9;

/// Writes a picture.
pub(super) fn encode(picture: &Srgb, quality: u8, notes: &Notes) -> Result<Vec<u8>, Cause> {
    let quality = f32::from(quality.clamp(1, 100));
    let mut encoder = Encoder::new()
        .with_quality(quality)
        .with_alpha_quality(quality)
        .with_speed(SPEED)
        .with_bit_depth(BitDepth::Ten)
        .with_num_threads(Some(1));
    if let Some(exif) = &notes.exif {
        encoder = encoder.with_exif(exif.clone());
    }
    let (width, height) = (picture.width as usize, picture.height as usize);
    let opaque = |r: u8, g: u8, b: u8| RGBA8 { r, g, b, a: u8::MAX };
    let samples = &picture.samples;
    let pixels: Vec<RGBA8> = match picture.channels {
        Channels::Grey => samples.iter().map(|&grey| opaque(grey, grey, grey)).collect(),
        Channels::GreyAlpha => {
            let (pixels, _) = samples.as_chunks();
            pixels.iter().map(|&[grey, a]| RGBA8 { a, ..opaque(grey, grey, grey) }).collect()
        }
        Channels::Rgb => samples.as_chunks().0.iter().map(|&[r, g, b]| opaque(r, g, b)).collect(),
        Channels::Rgba | Channels::Cmyk => {
            samples.as_chunks().0.iter().map(|&[r, g, b, a]| RGBA8 { r, g, b, a }).collect()
        }
    };
    // An opaque picture is written without alpha. `encode_rgb` writes the same bytes, but it is
    // inlined, and this crate would then compile the whole AV1 encoder a second time.
    let file = encoder.encode_rgba(Img::new(&pixels, width, height));
    Ok(file?.avif_file)
}
