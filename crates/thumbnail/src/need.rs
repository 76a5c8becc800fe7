//! How large a picture must be decoded for what is made of it: some formats can be decoded to fewer
//! pixels in a fraction of the time. Arithmetic only; which reductions there are, decoders know.

use image::metadata::Orientation;

use super::encode;
use super::format::SourceFormat;
use super::geometry::{self, Area, Size};
use super::shape;
use super::spec::{Chroma, Fit, FormatChoice, Output, Quality, Recipe};

/// How many times larger than the largest thumbnail, each way, a reduced picture must be at least.
///
/// What is reduced while it is decoded is not filtered as well as by Lanczos. From here on, thumbnails
/// of JPEG at quality 80 score within 2 points of SSIMULACRA2 of those made of twice the size, which
/// takes up to twice as long; from three eighths on, within 0.5.
const MARGIN: f64 = 1.17;

/// What is made of a picture.
pub(super) struct Need<'a> {
    outputs: &'a [Output],
    preview: Option<Output>,
    is_everything: bool,
    is_animated: bool,
}

impl<'a> Need<'a> {
    /// What a recipe needs.
    pub(super) fn of(recipe: &'a Recipe) -> Self {
        let preview = shape::wants_preview(recipe).then(shape::preview_output);
        Self {
            outputs: &recipe.outputs,
            preview,
            // Light must be averaged as light, which no decoder does.
            is_everything: recipe.outputs.iter().any(|output| output.linear_light),
            is_animated: recipe.outputs.iter().any(|output| output.animated),
        }
    }

    /// Every pixel.
    pub(super) fn everything() -> Self {
        Self { outputs: &[], preview: None, is_everything: true, is_animated: false }
    }

    /// What the sides of a picture of the `stored` size must at least be multiplied by when its
    /// decoder reduces it: 1 where all of its pixels are needed.
    pub(super) fn scale(&self, stored: Size, orientation: Orientation) -> f64 {
        (self.magnification(stored, orientation) * MARGIN).min(1.0)
    }

    /// Pixels of the largest thumbnail for each pixel of what it shows, along the side where that is
    /// more; 1 at most.
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

    /// Whether something moves, so that frames are wanted as they are.
    pub(super) fn is_animated(&self) -> bool {
        self.is_animated
    }

    /// The pixels in the largest thumbnail's columns as stored, where all thumbnails can be made of
    /// columns of that many: each shows the whole picture, and none is nearly as large.
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
        let is_step = |height: u32| height == tallest || height <= tallest / shape::LEAST_STEP;
        plans
            .iter()
            .all(|plan| plan.kept == Area::whole(stored) && is_step(plan.size.1))
            .then_some(tallest)
    }

    /// Whether all that is made of a picture is JPEG with colour at half the resolution
    /// of light, of which nothing must be known but luma and chroma.
    pub(super) fn is_planar(&self, source: SourceFormat) -> bool {
        let is_jpeg = |output: &Output| {
            encode::is_jpeg(output.format, source)
                && output.chroma == Chroma::Half
                && matches!(output.quality.jpeg, Quality::Set(_))
                && output.max_bytes.is_none()
                && output.fit != Fit::Contain
                && output.sharpen == 0
        };
        let is_plain = !self.is_everything && !self.is_animated && self.preview.is_none();
        is_plain && self.outputs.iter().all(is_jpeg)
    }

    /// Whether colour is stored at half the resolution of light in all that is made of a JPEG.
    pub(super) fn is_coarse_in_colour(&self) -> bool {
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
