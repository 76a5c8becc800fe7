//! JPEG, through the `jpeg-encoder` crate.

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, SamplingFactor};

use super::Notes;
use crate::thumbnail::error::Cause;
use crate::thumbnail::raster::{Channels, Srgb};
use crate::thumbnail::spec::{Chroma, Output};

/// Scans of each component: its coarse picture, then all the rest. With more, this encoder's files
/// grow: of a photograph of 256 x 192 pixels by 3 % with each.
const SCANS: u8 = 2;

/// Writes a picture without alpha.
///
/// Huffman tables are made for the picture only where it is progressive: of a baseline picture,
/// this encoder would then write one scan a component, a kind so rare that some decoders garble it.
pub(super) fn encode(
    picture: &Srgb,
    quality: u8,
    output: &Output,
    notes: &Notes,
) -> Result<Vec<u8>, Cause> {
    let color_type =
        if picture.channels == Channels::Grey { ColorType::Luma } else { ColorType::Rgb };
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_sampling_factor(match output.chroma {
        Chroma::Half => SamplingFactor::R_4_2_0,
        Chroma::Full => SamplingFactor::R_4_4_4,
    });
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    if output.progressive {
        encoder.set_progressive_scans(SCANS);
    }
    encoder.set_optimized_huffman_tables(output.progressive);
    if let Some(exif) = &notes.exif {
        encoder.add_exif_metadata(exif)?;
    }
    if let Some(profile) = &notes.profile {
        encoder.add_icc_profile(profile)?;
    }
    encoder.encode(
        &picture.samples,
        u16::try_from(picture.width)?,
        u16::try_from(picture.height)?,
        color_type,
    )?;
    Ok(bytes)
}
