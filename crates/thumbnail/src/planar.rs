//! The fast path for most uploads: from a JPEG or a lossy WebP to smaller JPEGs. Luma and chroma
//! stay in separate planes, as both files store them, and chroma stays at half resolution. Whatever
//! needs the colours of pixels is done in `pipeline`.

mod resample;

use std::cmp::Reverse;

use resample::resample;

use super::decode::picture::Planar;
use super::encode;
use super::error::ThumbnailError;
use super::format::EncodedFormat;
use super::geometry::{self, Area, Size, Turn};
use super::job::Job;
use super::raster::turned;
use super::rendering::{Rendering, Thumbnail};
use super::shape;
use super::spec::{Gamut, Quality};
use scaled_jpeg::{Plane, Planes};

/// Makes every thumbnail, the largest first: others may be made from it.
pub(super) fn render(picture: &Planar, job: &Job<'_>) -> Result<Rendering, ThumbnailError> {
    let outputs = &job.recipe.outputs;
    let Planar { stored, orientation, ref planes } = *picture;
    let plans = outputs.iter().map(|output| shape::plan_of(stored, orientation, output, None));
    let mut plans: Vec<_> = plans.zip(outputs).enumerate().collect();
    plans.sort_by_key(|(_, (plan, _))| Reverse(u64::from(plan.size.0) * u64::from(plan.size.1)));
    let turn = Turn::of(orientation);
    let mut largest: Option<(Size, Planes)> = None;
    let mut thumbnails: Vec<Option<Thumbnail>> = outputs.iter().map(|_| None).collect();
    for (index, (plan, output)) in plans {
        let Quality::Set(quality) = output.quality.jpeg else { continue };
        let is_whole = plan.kept == Area::whole(stored);
        let size = turn.size(plan.size);
        let step =
            largest.as_ref().filter(|(larger, _)| is_whole && geometry::is_step(*larger, size));
        let small = match step {
            Some((from, larger)) => {
                shrunk(larger, *from, Area::whole(*from), size, Turn::default())
            }
            None => shrunk(planes, stored, plan.kept, plan.size, turn),
        };
        let format = EncodedFormat::Jpeg;
        let bytes = encode::encode_planes(
            &small,
            quality,
            output.progressive,
            &job.notes(output, Gamut::Srgb),
        )
        .map_err(|source| ThumbnailError::Encoding { format, source })?;
        if let Some(place) = thumbnails.get_mut(index) {
            *place = Some(Thumbnail { width: size.0, height: size.1, format, bytes });
        }
        if is_whole && largest.is_none() {
            largest = Some((size, small));
        }
    }
    Ok(Rendering {
        source_format: job.file.format,
        source_width: stored.0,
        source_height: stored.1,
        thumbnails: thumbnails.into_iter().flatten().collect(),
        placeholders: None,
        damaged: None,
    })
}

/// Resizes a part of the planes of a picture of `from` pixels, and turns it upright. Chroma gets
/// half of `size`; if that is odd, the last samples reach half a sample beyond the upright picture.
fn shrunk(planes: &Planes, from: Size, kept: Area, size: Size, turn: Turn) -> Planes {
    let resized = |plane: &Plane, pixels: u32| {
        let along = |start: f64, length: f64, extent: f64, from: u32, to: u32, is_flipped: bool| {
            let scale = extent / f64::from(from);
            let count = to.div_ceil(pixels);
            let whole = length * scale;
            let covered = whole * f64::from(count * pixels) / f64::from(to);
            let before = if is_flipped { covered - whole } else { 0.0 };
            (start * scale - before, covered, count as usize)
        };
        let (x, wide, width) =
            along(kept.x, kept.width, plane.extent.0, from.0, size.0, turn.flips_x);
        let (y, high, height) =
            along(kept.y, kept.height, plane.extent.1, from.1, size.1, turn.flips_y);
        resample(plane, (x, y), (wide, high), (width, height))
    };
    let chroma = planes.chroma.as_ref();
    let mut upright = upright(
        &Planes {
            luma: resized(&planes.luma, 1),
            chroma: chroma.map(|chroma| chroma.each_ref().map(|plane| resized(plane, 2))),
        },
        turn,
    );
    let (width, height) = turn.size(size);
    for plane in upright.chroma.iter_mut().flatten() {
        plane.extent = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    }
    upright
}

/// Turns and mirrors a picture so that it is upright without its orientation tag.
fn upright(planes: &Planes, turn: Turn) -> Planes {
    let upright = |plane: &Plane| {
        let samples = turned(&plane.samples, (plane.width, plane.height), 1, turn);
        let (width, height) =
            if turn.swaps { (plane.height, plane.width) } else { (plane.width, plane.height) };
        Plane::whole(width, height, samples.unwrap_or_else(|| plane.samples.clone()))
    };
    let chroma = planes.chroma.as_ref().map(|chroma| chroma.each_ref().map(upright));
    Planes { luma: upright(&planes.luma), chroma }
}
