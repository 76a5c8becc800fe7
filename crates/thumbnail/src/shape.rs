//! Makes one thumbnail's pixels: a decoded picture is cut, resized, converted, turned, sharpened
//! and laid on its canvas, in this order. Whatever costs time for each pixel comes after the
//! resizing.

use image::metadata::Orientation;

use super::color::convert::convert_to;
use super::color::profile::Profile;
use super::color::{gamut, tone};
use super::decode::picture::{Picture, Reduced, image_of};
use super::error::ThumbnailError;
use super::format::SourceFormat;
use super::geometry::{self, Area, Plan, Size, Turn};
use super::raster::{Raster, Samples, Srgb};
use super::resize;
use super::saliency;
use super::sharpen;
use super::spec::{FormatChoice, Gamut, Output, Recipe};

/// The preview that `recipe` needs, if it needs one: a small copy of the picture, upright and in sRGB.
pub(super) fn preview(
    picture: &mut Picture,
    recipe: &Recipe,
) -> Result<Option<Srgb>, ThumbnailError> {
    let Some(output) = recipe.preview() else { return Ok(None) };
    let stored = picture.stored();
    let plan = geometry::plan(stored, picture.orientation, &output, |_, _| (0.0, 0.0));
    shape(picture, &plan, &output, Gamut::Srgb).map(Some)
}

/// The step: the largest thumbnail that shows the whole picture, from which smaller ones are made.
/// `None` if that saves no work.
pub(super) fn steps(
    picture: &mut Picture,
    recipe: &Recipe,
) -> Result<Option<Picture>, ThumbnailError> {
    let stored = picture.stored();
    let sizes = recipe.outputs.iter().filter_map(|output| whole_size(picture, output));
    let Some(largest) = sizes.clone().max_by_key(|size| u64::from(size.0) * u64::from(size.1))
    else {
        return Ok(None);
    };
    // Deeper samples are rare, and may become 8 bits only after colour conversion.
    let is_shallow =
        picture.pixels.color().bytes_per_pixel() == picture.pixels.color().channel_count();
    if !is_shallow
        || largest == stored
        || sizes.filter(|&size| geometry::is_step(largest, size)).count() < 2
    {
        return Ok(None);
    }
    let raster = resize::resize(picture, Area::whole(stored), largest, false)?;
    let Samples::U8(samples) = raster.samples else { return Ok(None) };
    let across = f64::from(largest.0) / f64::from(stored.0);
    let down = f64::from(largest.1) / f64::from(stored.1);
    Ok(image_of(raster.channels.count(), largest, samples).map(|pixels| Picture {
        pixels,
        reduced: Some(Reduced { from: stored, scale: (across, down), is_weighted: false }),
        profile: picture.profile.clone(),
        ..*picture
    }))
}

/// The picture that a thumbnail is made from: the step, or the whole decoded picture.
pub(super) fn step_for<'a>(
    steps: Option<&'a mut Picture>,
    picture: &'a mut Picture,
    output: &Output,
) -> &'a mut Picture {
    let small = steps.filter(|steps| {
        let largest = (steps.pixels.width(), steps.pixels.height());
        whole_size(picture, output).is_some_and(|size| geometry::is_step(largest, size))
    });
    small.unwrap_or(picture)
}

/// Whether all thumbnails may be made from the step.
pub(super) fn is_enough(step: &Picture, recipe: &Recipe) -> bool {
    let largest = (step.pixels.width(), step.pixels.height());
    recipe
        .outputs
        .iter()
        .all(|output| whole_size(step, output).is_some_and(|size| geometry::is_step(largest, size)))
}

/// The size of a thumbnail, if it shows the whole picture and may be made from a larger one.
fn whole_size(picture: &Picture, output: &Output) -> Option<Size> {
    let stored = picture.stored();
    let plan = geometry::plan(stored, picture.orientation, output, |_, _| (0.0, 0.0));
    let may = !output.linear_light && !output.animated && plan.kept == Area::whole(stored);
    may.then_some(plan.size)
}

/// Plans a thumbnail of `picture`.
pub(super) fn plan(picture: &Picture, output: &Output, preview: Option<&Srgb>) -> Plan {
    plan_of(picture.stored(), picture.orientation, output, preview)
}

/// Plans a thumbnail of a picture of the `stored` size.
pub(super) fn plan_of(
    stored: Size,
    orientation: Orientation,
    output: &Output,
    preview: Option<&Srgb>,
) -> Plan {
    geometry::plan(stored, orientation, output, |upright, part| {
        let middle = |side: u32, part: f64| (f64::from(side) - part) / 2.0;
        preview.map_or((middle(upright.0, part.0), middle(upright.1, part.1)), |preview| {
            saliency::focus(preview, upright, part)
        })
    })
}

/// The gamut that a thumbnail is stored in. It is wide only if the picture's is and the format can
/// declare it.
pub(super) fn gamut(picture: &Picture, output: &Output) -> Gamut {
    let is_wide = picture.profile.as_ref().is_some_and(Profile::is_wide);
    if is_wide && output.format != FormatChoice::Avif { output.gamut } else { Gamut::Srgb }
}

/// How many pixels a thumbnail has, before it is laid on a canvas.
pub(super) fn pixels(picture: &Picture, output: &Output) -> u64 {
    let (width, height) = plan(picture, output, None).size;
    u64::from(width) * u64::from(height)
}

/// Plans a thumbnail, and makes its pixels.
pub(super) fn shape_for(
    picture: &mut Picture,
    output: &Output,
    preview: Option<&Srgb>,
) -> Result<(Plan, Srgb), ThumbnailError> {
    let plan = plan(picture, output, preview);
    let small = shape(picture, &plan, output, gamut(picture, output))?;
    Ok((plan, small))
}

/// Like [`shape_for`], for the last thumbnail of a picture: it may take over the picture's pixels.
pub(super) fn shape_last(
    picture: &mut Picture,
    output: &Output,
    preview: Option<&Srgb>,
) -> Result<(Plan, Srgb), ThumbnailError> {
    let plan = plan(picture, output, preview);
    let Some(small) = resize::take(picture, plan.kept, plan.size) else {
        return shape_for(picture, output, preview);
    };
    let small = finish(picture, small, &plan, output, gamut(picture, output));
    Ok((plan, small))
}

/// Makes the pixels that were planned.
pub(super) fn shape(
    picture: &mut Picture,
    plan: &Plan,
    output: &Output,
    gamut: Gamut,
) -> Result<Srgb, ThumbnailError> {
    // Samples of scene light are already linear.
    let linear_light = output.linear_light && !picture.is_scene_light;
    let small = resize::resize(picture, plan.kept, plan.size, linear_light)?;
    Ok(finish(picture, small, plan, output, gamut))
}

/// Turns resized pixels into those of the thumbnail.
fn finish(picture: &Picture, small: Raster, plan: &Plan, output: &Output, gamut: Gamut) -> Srgb {
    let small = if picture.is_scene_light {
        tone::to_srgb(small)
    } else {
        convert_to(gamut, small, picture.inks, picture.profile.as_ref())
    };
    let small = small.upright(Turn::of(picture.orientation)).cleared().without_idle_alpha();
    let small = sharpen::sharpen(small, output.sharpen);
    match plan.canvas {
        Some(canvas) => {
            let background = gamut::background(output.background, gamut);
            small.on_canvas(canvas, background, output.background.alpha).cleared()
        }
        None => small,
    }
}

/// Whether a thumbnail has the same pixels as the stored picture.
pub(super) fn is_untouched(
    picture: &Picture,
    plan: &Plan,
    output: &Output,
    source_format: SourceFormat,
) -> bool {
    let stored = picture.stored();
    plan.size == stored
        && plan.kept == Area::whole(stored)
        && plan.canvas.is_none()
        && Turn::of(picture.orientation) == Turn::default()
        && picture.inks.is_none()
        && picture.profile.is_none()
        && !picture.is_transparent
        && output.sharpen == 0
        && matches!(source_format, SourceFormat::Jpeg | SourceFormat::Png | SourceFormat::WebP)
}
