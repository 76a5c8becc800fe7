//! What most uploads are and become: a JPEG of a camera, and smaller JPEGs of it. Light and colour stay
//! apart all the way, as both files store them, and colour stays as coarse as it will be. Everything
//! that needs colours as such is done elsewhere.

use std::cmp::Reverse;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::decode::Planar;
use super::encode::{self, Notes};
use super::error::{Cause, ThumbnailError};
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
            Some((size, larger)) => shrunk(larger, *size, Area::whole(*size), plan.size)?,
            None => shrunk(planes, stored, plan.kept, plan.size)?,
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
        source_format: SourceFormat::Jpeg,
        source_width: stored.0,
        source_height: stored.1,
        thumbnails: thumbnails.into_iter().flatten().collect(),
        placeholders: None,
    })
}

/// Resizes a part of planes that hold a picture of `from` pixels; colour to half of `size`.
fn shrunk(planes: &Planes, from: Size, kept: Area, size: Size) -> Result<Planes, ThumbnailError> {
    let (to_width, to_height) = size;
    let half = (to_width.div_ceil(2), to_height.div_ceil(2));
    let resized = || -> Result<Planes, Cause> {
        let mut resizer = Resizer::new();
        let luma = resize(&mut resizer, &planes.luma, from, kept, size)?;
        let chroma = match &planes.chroma {
            Some([blue, red]) => Some([
                resize(&mut resizer, blue, from, kept, half)?,
                resize(&mut resizer, red, from, kept, half)?,
            ]),
            None => None,
        };
        Ok(Planes { luma, chroma })
    };
    resized().map_err(|source| ThumbnailError::Resizing {
        from_width: from.0,
        from_height: from.1,
        to_width,
        to_height,
        source,
    })
}

/// Resizes a part of one plane by Lanczos3.
fn resize(
    resizer: &mut Resizer,
    plane: &Plane,
    from: Size,
    kept: Area,
    (width, height): Size,
) -> Result<Plane, Cause> {
    let (plane_width, plane_height) = (u32::try_from(plane.width)?, u32::try_from(plane.height)?);
    let across = plane.reach.0 / f64::from(from.0);
    let down = plane.reach.1 / f64::from(from.1);
    let (x, y) = (kept.x * across, kept.y * down);
    let options =
        ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).crop(
            x,
            y,
            (kept.width * across).min(f64::from(plane_width) - x),
            (kept.height * down).min(f64::from(plane_height) - y),
        );
    let full = ImageRef::new(plane_width, plane_height, &plane.samples, PixelType::U8)?;
    let mut small = Image::new(width, height, PixelType::U8);
    resizer.resize(&full, &mut small, &options)?;
    Ok(Plane::whole(width as usize, height as usize, small.into_vec()))
}
