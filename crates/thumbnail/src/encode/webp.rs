//! WebP, lossy and lossless, through libwebp, which sees only our own pixels; and the container
//! around them (RFC 9649, section 2).

use std::borrow::Cow;

use ::webp::{PixelLayout, WebPConfig};

use super::notes::Notes;
use crate::error::Cause;
use crate::raster::{Channels, Srgb};
use crate::spec::Chroma;

/// Writes a lossy picture. The format always stores colour at half resolution; with
/// [`Chroma::Full`], luma compensates for the loss, which keeps edges sharp.
pub(super) fn lossy(
    picture: &Srgb,
    quality: u8,
    chroma: Chroma,
    notes: &Notes,
) -> Result<Vec<u8>, Cause> {
    let mut config = config()?;
    config.quality = f32::from(quality.clamp(1, 100));
    config.use_sharp_yuv = i32::from(chroma == Chroma::Full);
    write(picture, &config, notes)
}

/// Writes a lossless picture, except for the colours of fully transparent pixels.
pub(super) fn lossless(picture: &Srgb, notes: &Notes) -> Result<Vec<u8>, Cause> {
    let mut config = config()?;
    config.lossless = 1;
    // The effort.
    config.quality = 75.0;
    write(picture, &config, notes)
}

fn config() -> Result<WebPConfig, Cause> {
    WebPConfig::new().map_err(|()| "the encoder has no default settings".into())
}

fn write(picture: &Srgb, config: &WebPConfig, notes: &Notes) -> Result<Vec<u8>, Cause> {
    // The encoder does not support grey.
    let color = match picture.channels {
        Channels::Grey | Channels::GreyAlpha => Cow::Owned(picture.clone().with_color()),
        _ => Cow::Borrowed(picture),
    };
    let layout =
        if color.channels == Channels::Rgba { PixelLayout::Rgba } else { PixelLayout::Rgb };
    let bytes = ::webp::Encoder::new(&color.samples, layout, color.width, color.height)
        .encode_advanced(config)
        .map_err(|error| format!("{error:?}"))?;
    if *notes == Notes::default() {
        return Ok(bytes.to_vec());
    }
    let (alpha, pixels) = split(&bytes).ok_or("the encoder wrote no picture")?;
    let mut chunks = Vec::new();
    if let Some(profile) = &notes.profile {
        chunks.push((*b"ICCP", profile.as_slice()));
    }
    chunks.extend(alpha.map(|alpha| (*b"ALPH", alpha)));
    chunks.push(pixels);
    if let Some(exif) = &notes.exif {
        chunks.push((*b"EXIF", exif));
    }
    let has_alpha = color.channels.has_alpha();
    Ok(mux((picture.width, picture.height), has_alpha, &chunks))
}

/// A chunk's name and payload.
pub(crate) type Chunk<'a> = ([u8; 4], &'a [u8]);

/// The alpha and the pixels in a still picture's file.
pub(crate) fn split(file: &[u8]) -> Option<(Option<&[u8]>, Chunk<'_>)> {
    let (mut alpha, mut rest) = (None, file.get(12..)?);
    loop {
        let (&[a, b, c, d, l0, l1, l2, l3], after) = rest.split_first_chunk::<8>()?;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let payload = after.get(..length)?;
        let name = [a, b, c, d];
        match &name {
            b"VP8 " | b"VP8L" => return Some((alpha, (name, payload))),
            b"ALPH" => alpha = Some(payload),
            _ => {}
        }
        rest = after.get(length + length % 2..)?;
    }
}

/// A file of the extended kind, the only one that can hold alpha, metadata or frames beside the
/// pixels.
pub(crate) fn mux((width, height): (u32, u32), has_alpha: bool, chunks: &[Chunk<'_>]) -> Vec<u8> {
    let has = |name: &[u8; 4]| u8::from(chunks.iter().any(|chunk| chunk.0 == *name));
    let flags =
        has(b"ICCP") << 5 | u8::from(has_alpha) << 4 | has(b"EXIF") << 3 | has(b"ANIM") << 1;
    let mut header = vec![flags, 0, 0, 0];
    for side in [width, height] {
        header.extend(side.saturating_sub(1).to_le_bytes().iter().take(3));
    }
    let mut body = b"WEBP".to_vec();
    push_chunk(&mut body, (*b"VP8X", &header));
    for &chunk in chunks {
        push_chunk(&mut body, chunk);
    }
    let mut file = Vec::with_capacity(body.len() + 8);
    push_chunk(&mut file, (*b"RIFF", &body));
    file
}

/// Appends a chunk, padded to an even length.
pub(crate) fn push_chunk(file: &mut Vec<u8>, (name, payload): Chunk<'_>) {
    file.extend(name);
    file.extend(u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    file.extend(payload);
    file.extend([0].iter().take(payload.len() % 2));
}
