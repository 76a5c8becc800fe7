//! JPEG (ITU-T T.81): baseline, or progressive in two scans of each component, with codes made for
//! the picture. An encoder of our own, since it takes planes as the decoder gives them: a photograph
//! that becomes a smaller one never leaves luma and chroma. Planes and colours are in here; what
//! becomes of planes, below.

mod codes;
mod file;
mod planes;
#[cfg(test)]
mod tests;
mod tokens;
mod transform;

use super::Notes;
use crate::thumbnail::error::Cause;
use crate::thumbnail::raster::{Planes, Srgb};
use crate::thumbnail::spec::Output;

use file::Writer;
use tokens::Component;
use transform::Quantiser;

/// Writes a picture without alpha.
pub(super) fn encode(
    picture: &Srgb,
    quality: u8,
    output: &Output,
    notes: &Notes,
) -> Result<Vec<u8>, Cause> {
    encode_planes(&Planes::of(picture, output.chroma), quality, output.progressive, notes)
}

/// Writes planes of luma and chroma at a quality from 1 to 100.
pub(in crate::thumbnail) fn encode_planes(
    planes: &Planes,
    quality: u8,
    is_progressive: bool,
    notes: &Notes,
) -> Result<Vec<u8>, Cause> {
    let quantisers = [Quantiser::of_luma(quality), Quantiser::of_chroma(quality)];
    let mut components: Vec<Component<'_>> = planes
        .all()
        .zip([0, 1, 1])
        .map(|(plane, kind)| Component::new(plane, planes.sampling(plane), kind))
        .collect();
    let mut writer =
        Writer::new(u16::try_from(planes.luma.width)?, u16::try_from(planes.luma.height)?);
    writer.notes(notes)?;
    writer.frame(&components, &quantisers, is_progressive);
    let scans = tokens::scans(&mut components, &quantisers, is_progressive);
    for scan in &scans {
        writer.scan(scan)?;
    }
    Ok(writer.finish())
}
