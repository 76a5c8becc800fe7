//! What most uploads are and become: a JPEG or a lossy WebP, and smaller JPEGs of it. Light and colour stay
//! apart all the way, as both files store them, and colour stays as coarse as it will be. Everything
//! that needs colours as such is done elsewhere.

mod resample;

use std::cmp::Reverse;

use resample::resample;

use super::decode::Planar;
use super::encode::{self, Notes};
use super::error::ThumbnailError;
use super::format::EncodedFormat;
use super::geometry::{Area, Size, Turn};
use super::raster::Planes;
use super::shape;
use super::spec::{Output, Quality};
use super::{Rendering, SourceFormat, Thumbnail};
use crate::jpeg::Plane;

/// Makes every thumbnail, the largest first: others may be made of it.
pub(super) fn render(
    picture: &Planar,
    source_format: SourceFormat,
    outputs: &[Output],
    notes: impl Fn(&Output) -> Notes,
) -> Result<Rendering, ThumbnailError> {
    let Planar { stored, orientation, ref planes } = *picture;
    let plans = outputs.iter().map(|output| shape::plan_of(stored, orientation, output, None));
    let mut plans: Vec<_> = plans.zip(outputs).enumerate().collect();
    plans.sort_by_key(|(_, (plan, _))| Reverse(u64::from(plan.size.0) * u64::from(plan.size.1)));
    let mut largest: Option<(Size, Planes)> = None;
    let mut thumbnails: Vec<Option<Thumbnail>> = outputs.iter().map(|_| None).collect();
    for (index, (plan, output)) in plans {
        let Quality::Set(quality) = output.quality.jpeg else { continue };
        let is_whole = plan.kept == Area::whole(stored);
        let step =
            largest.as_ref().filter(|(size, _)| is_whole && shape::is_step(*size, plan.size));
        let small = match step {
            Some((size, larger)) => shrunk(larger, *size, Area::whole(*size), plan.size),
            None => shrunk(planes, stored, plan.kept, plan.size),
        };
        let turn = Turn::of(orientation);
        let upright = small.upright(turn);
        let format = EncodedFormat::Jpeg;
        let bytes = encode::encode_planes(&upright, quality, output.progressive, &notes(output))
            .map_err(|source| ThumbnailError::Encoding { format, source })?;
        let (width, height) = turn.size(plan.size);
        if let Some(place) = thumbnails.get_mut(index) {
            *place = Some(Thumbnail { width, height, format, bytes });
        }
        if is_whole && largest.is_none() {
            largest = Some((plan.size, small));
        }
    }
    Ok(Rendering {
        source_format,
        source_width: stored.0,
        source_height: stored.1,
        thumbnails: thumbnails.into_iter().flatten().collect(),
        placeholders: None,
    })
}

/// Resizes a part of planes that hold a picture of `from` pixels; colour to half of `size`.
fn shrunk(planes: &Planes, from: Size, kept: Area, (width, height): Size) -> Planes {
    let resized = |plane: &Plane, size| {
        let across = plane.reach.0 / f64::from(from.0);
        let down = plane.reach.1 / f64::from(from.1);
        let start = (kept.x * across, kept.y * down);
        resample(plane, start, (kept.width * across, kept.height * down), size)
    };
    let luma = (width as usize, height as usize);
    let half = (luma.0.div_ceil(2), luma.1.div_ceil(2));
    Planes {
        luma: resized(&planes.luma, luma),
        chroma: planes
            .chroma
            .as_ref()
            .map(|chroma| chroma.each_ref().map(|plane| resized(plane, half))),
    }
}
