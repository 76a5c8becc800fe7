//! Target resolution: how many of a picture's pixels the thumbnails need. Some formats can be
//! decoded to fewer pixels in a fraction of the time. Arithmetic only; the decoders know which
//! reductions they have.

use image::metadata::Orientation;

use super::format::SourceFormat;
use super::geometry::{self, Area, Size};
use super::spec::{Chroma, Fit, FormatChoice, Output, Quality, Recipe};

/// How many times larger than the largest thumbnail, across and down, a reduced picture must be.
///
/// A decoder that reduces a picture does not filter it as well as Lanczos does. With this margin,
/// thumbnails of JPEG at quality 80 score within 2 points of SSIMULACRA2 of those made from twice
/// the size, which take up to twice as long; with a scale of three eighths or more, within 0.5.
const MARGIN: f64 = 1.17;

/// The resolution that a picture must be decoded to, by the thumbnails that are made from it.
#[derive(Clone)]
pub(super) struct Target<'a> {
    outputs: &'a [Output],
    preview: Option<Output>,
    is_everything: bool,
    is_animated: bool,
}

impl<'a> Target<'a> {
    /// The target resolution for the thumbnails of a recipe.
    pub(super) fn of(recipe: &'a Recipe) -> Self {
        Self {
            outputs: &recipe.outputs,
            preview: recipe.preview(),
            // No decoder averages colours in linear light.
            is_everything: recipe.outputs.iter().any(|output| output.linear_light),
            is_animated: recipe.outputs.iter().any(|output| output.animated),
        }
    }

    /// Every pixel.
    pub(super) fn everything() -> Self {
        Self { outputs: &[], preview: None, is_everything: true, is_animated: false }
    }

    /// The smallest factor by which a decoder may scale a picture of the `stored` size: 1 if all of
    /// its pixels are needed.
    pub(super) fn scale(&self, stored: Size, orientation: Orientation) -> f64 {
        (self.magnification(stored, orientation) * MARGIN).min(1.0)
    }

    /// The largest thumbnail's size relative to the part that it shows, along the side where that
    /// is more; at most 1.
    pub(super) fn magnification(&self, stored: Size, orientation: Orientation) -> f64 {
        if self.is_everything {
            return 1.0;
        }
        self.outputs
            .iter()
            .chain(&self.preview)
            .map(|output| geometry::magnification(stored, orientation, output))
            .fold(0.0, f64::max)
            .min(1.0)
    }

    /// Whether a thumbnail is animated, which needs frames at full size.
    pub(super) fn is_animated(&self) -> bool {
        self.is_animated
    }

    /// The height as stored of the largest thumbnail, if all thumbnails can be made from a picture
    /// reduced to that height: each shows the whole picture, and none is nearly as large.
    pub(super) fn columns(&self, stored: Size, orientation: Orientation) -> Option<u32> {
        if self.is_everything {
            return None;
        }
        let plans = self
            .outputs
            .iter()
            .chain(&self.preview)
            .map(|output| geometry::plan(stored, orientation, output, |_, _| (0.0, 0.0)));
        let plans: Vec<_> = plans.collect();
        let tallest = plans.iter().map(|plan| plan.size.1).max()?;
        let is_step = |height| height == tallest || geometry::is_short_step(tallest, height);
        plans
            .iter()
            .all(|plan| plan.kept == Area::whole(stored) && is_step(plan.size.1))
            .then_some(tallest)
    }

    /// Whether planes of luma and chroma are enough: every thumbnail is a JPEG with colour at half the
    /// resolution of luma, and nothing asks for the colours of pixels.
    pub(super) fn is_planar(&self, source: SourceFormat) -> bool {
        let is_planar = |output: &Output| {
            output.format.is_jpeg(source)
                && output.chroma == Chroma::Half
                && matches!(output.quality.jpeg, Quality::Set(_))
                && output.max_bytes.is_none()
                && output.fit != Fit::Contain
                && output.sharpen == 0
        };
        let is_plain = !self.is_everything && !self.is_animated && self.preview.is_none();
        is_plain && self.outputs.iter().all(is_planar)
    }

    /// Whether every thumbnail of a JPEG stores colour at half the resolution of luma.
    pub(super) fn has_half_chroma(&self) -> bool {
        !self.is_everything
            && self.outputs.iter().all(|output| {
                let is_lossy = matches!(
                    output.format,
                    FormatChoice::Source | FormatChoice::Jpeg | FormatChoice::WebP
                );
                is_lossy && output.chroma == Chroma::Half
            })
    }
}
