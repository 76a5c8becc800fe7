//! One thumbnail's pixels: a decoded picture cut, resized, coloured, turned, sharpened and laid on
//! its canvas, in this order, so that what costs by the pixel comes once the picture is small.

use super::color;
use super::decode::Picture;
use super::error::ThumbnailError;
use super::format::SourceFormat;
use super::geometry::{self, Area, Plan, Turn};
use super::raster::Srgb;
use super::resize;
use super::saliency;
use super::sharpen;
use super::spec::{Fit, FormatChoice, Gamut, Gravity, Output, Recipe};

/// The longest side of a [`preview`] in pixels: the most that `ThumbHash` takes.
const PREVIEW_SIDE: u32 = 100;

/// How a [`preview`] is made.
pub(super) fn preview_output() -> Output {
    Output::inside(PREVIEW_SIDE, PREVIEW_SIDE)
}

/// A small copy of a picture in sRGB, upright: for what is decided by looks, not for showing.
pub(super) fn preview(picture: &Picture) -> Result<Srgb, ThumbnailError> {
    let output = preview_output();
    let stored = (picture.width(), picture.height());
    let plan = geometry::plan(stored, picture.orientation, &output, |_, _| (0.0, 0.0));
    shape(picture, &plan, &output, Gamut::Srgb)
}

/// Whether anything in `recipe` needs a [`preview`].
pub(super) fn wants_preview(recipe: &Recipe) -> bool {
    recipe.placeholders
        || recipe
            .outputs
            .iter()
            .any(|output| output.gravity == Gravity::Smart && output.fit == Fit::Cover)
}

/// Plans a thumbnail of `picture`.
pub(super) fn plan(picture: &Picture, output: &Output, preview: Option<&Srgb>) -> Plan {
    let stored = (picture.width(), picture.height());
    geometry::plan(stored, picture.orientation, output, |upright, part| {
        let middle = |side: u32, part: f64| (f64::from(side) - part) / 2.0;
        preview.map_or((middle(upright.0, part.0), middle(upright.1, part.1)), |preview| {
            saliency::focus(preview, upright, part)
        })
    })
}

/// The colours that a thumbnail is stored in: wide ones only where the picture has them and the
/// format can say so.
pub(super) fn gamut(picture: &Picture, output: &Output) -> Gamut {
    let is_wide = picture.profile.as_ref().is_some_and(color::Profile::is_wide);
    if is_wide && output.format != FormatChoice::Avif { output.gamut } else { Gamut::Srgb }
}

/// Makes the pixels that were planned.
pub(super) fn shape(
    picture: &Picture,
    plan: &Plan,
    output: &Output,
    gamut: Gamut,
) -> Result<Srgb, ThumbnailError> {
    // What a camera measured is light as it is.
    let linear_light = output.linear_light && !picture.is_scene_light;
    let small = resize::resize(picture, plan.kept, plan.size, linear_light)?;
    let small = if picture.is_scene_light {
        color::tone::to_srgb(small)
    } else {
        color::convert_to(gamut, small, picture.inks, picture.profile.as_ref())
    };
    let small = small.upright(Turn::of(picture.orientation)).cleared().without_idle_alpha();
    let small = sharpen::sharpen(small, output.sharpen);
    Ok(match plan.canvas {
        Some(canvas) => {
            let background = color::background(output.background, gamut);
            small.on_canvas(canvas, background, output.background.alpha).cleared()
        }
        None => small,
    })
}

/// Whether a thumbnail would be the very picture that is stored, pixel by pixel.
pub(super) fn is_untouched(
    picture: &Picture,
    plan: &Plan,
    output: &Output,
    source_format: SourceFormat,
) -> bool {
    let stored = (picture.width(), picture.height());
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
