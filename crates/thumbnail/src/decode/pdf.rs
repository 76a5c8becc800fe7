//! PDF, through `hayro`: the first page, drawn on white at two pixels for each point. Nothing
//! outside of the file is accessed; the fourteen standard fonts are built in. The memory that
//! embedded pictures take cannot be known beforehand, which is one reason why PDF is not built by
//! default.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{DynamicImage, RgbImage};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::Picture;
use crate::error::ThumbnailError;

/// Pixels drawn for each point, 1/72 inch, of a page.
const PIXELS_PER_POINT: f32 = 2.0;

/// The longest side that is drawn, in pixels. Larger pages are drawn smaller.
const MAX_SIDE: f32 = 4096.0;

/// The bytes that a page's content is assumed to take at most, beside the file.
const CONTENT_BYTES: u64 = 1 << 28;

/// The first page, at the size that it is drawn.
struct Page<'a> {
    file: File<'a>,
    pdf: Pdf,
    scale: f32,
    cost: DecodeCost,
}

/// Reads the structure of the file, and the size of its first page.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let pdf = Pdf::new(Arc::new(file.source.to_vec()))
        .map_err(|error| file.corrupt(format!("{error:?}")))?;
    let page = pdf.pages().first().ok_or_else(|| file.corrupt("it has no page"))?;
    let (width, height) = page.render_dimensions();
    let scale = PIXELS_PER_POINT.min(MAX_SIDE / width.max(height));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the longest side; what is no number becomes 0, which is refused"
    )]
    let [width, height] = [(width * scale) as u32, (height * scale) as u32];
    file.check_pixels(width, height)?;
    // The canvas twice, in addition to the picture that is made of it.
    let working_bytes = u64::from(width) * u64::from(height) * 8
        + (file.source.len() as u64).saturating_mul(8)
        + CONTENT_BYTES;
    let cost = DecodeCost::new((width, height), 3, false, working_bytes);
    Ok(Box::new(Page { file, pdf, scale, cost }))
}

impl Decode for Page<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, pdf, scale, cost } = *self;
        let page = pdf.pages().first().ok_or_else(|| file.truncated(None))?;
        let canvas = hayro::render(
            page,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &RenderSettings::default(),
            &PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE },
        );
        let samples = canvas.data_as_u8_slice().as_chunks::<4>().0;
        let samples =
            samples.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect();
        let pixels = RgbImage::from_raw(cost.width, cost.height, samples)
            .map(DynamicImage::from)
            .ok_or_else(|| file.truncated(None))?;
        Ok(Picture::of(pixels))
    }
}
