//! JPEG, through our own encoder.

use super::notes::Notes;
use crate::error::Cause;
use crate::raster::{Channels, Srgb};
use crate::spec::{Chroma, Output};
use scaled_jpeg::{Encoder, Planes};

/// Writes a picture without alpha.
pub(super) fn encode(
    picture: &Srgb,
    quality: u8,
    output: &Output,
    notes: &Notes,
) -> Result<Vec<u8>, Cause> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let chroma = match output.chroma {
        Chroma::Half => scaled_jpeg::Chroma::Half,
        Chroma::Full => scaled_jpeg::Chroma::Full,
    };
    let planes = match picture.channels {
        Channels::Grey => Planes::of_grey(width, height, picture.samples.clone()),
        _ => Planes::of_rgb(width, height, &picture.samples, chroma),
    };
    encode_planes(&planes, quality, output.progressive, notes)
}

/// Writes planes of luma and chroma at a quality from 1 to 100.
pub(crate) fn encode_planes(
    planes: &Planes,
    quality: u8,
    is_progressive: bool,
    notes: &Notes,
) -> Result<Vec<u8>, Cause> {
    let (exif, profile) = (notes.exif.as_deref(), notes.profile.as_deref());
    Ok(Encoder { quality, is_progressive, exif, profile }.encode(planes)?)
}
