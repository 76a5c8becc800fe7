//! PDF, through `hayro`: the first page, drawn on white at twice its size in points. Nothing outside of
//! the file is looked at; the fourteen fonts that every reader has are built in. What pictures inside
//! take cannot be told beforehand, which is one reason why this is not built by default.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::{Demand, File, Picture};
use crate::error::ThumbnailError;

/// Pixels drawn for each point of a page, which is a 72nd of an inch.
const PIXELS_PER_POINT: f32 = 2.0;

/// The longest side that is drawn, in pixels. Larger pages are drawn smaller.
const MAX_SIDE: f32 = 4096.0;

/// What the page's content is taken to hold at most, in bytes, beside what the file does.
const CONTENT_BYTES: u64 = 1 << 28;

/// The first page, as large as it is drawn.
struct Opened {
    pdf: Pdf,
    scale: f32,
    demand: Demand,
}

/// Tells what decoding takes, as far as the page's size does.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    open(file).map(|opened| opened.demand)
}

fn open(file: &File<'_>) -> Result<Opened, ThumbnailError> {
    let pdf = Pdf::new(Arc::new(file.source.to_vec())).map_err(|error| {
        let source = format!("{error:?}").into();
        ThumbnailError::Undecodable { format: file.format, source }
    })?;
    let page = pdf.pages().first().ok_or_else(|| {
        let source = "it has no page".into();
        ThumbnailError::Undecodable { format: file.format, source }
    })?;
    let (width, height) = page.render_dimensions();
    let scale = PIXELS_PER_POINT.min(MAX_SIDE / width.max(height));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the longest side; what is no number becomes 0, which is refused"
    )]
    let [width, height] = [(width * scale) as u32, (height * scale) as u32];
    file.check_pixels(width, height)?;
    let demand = Demand {
        width,
        height,
        reduced: None,
        bytes_per_pixel: 3,
        has_alpha: false,
        // The canvas, twice, beside the picture made of it.
        working_bytes: u64::from(width) * u64::from(height) * 8
            + (file.source.len() as u64).saturating_mul(8)
            + CONTENT_BYTES,
        kept_bytes: 0,
    };
    Ok(Opened { pdf, scale, demand })
}

/// Draws the first page of a PDF file.
pub(super) fn decode(file: &File<'_>) -> Result<Picture, ThumbnailError> {
    let Opened { pdf, scale, demand } = open(file)?;
    let page = pdf.pages().first().ok_or_else(|| file.truncated(None))?;
    let canvas = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE },
    );
    let samples = canvas.data_as_u8_slice().as_chunks::<4>().0;
    let samples = samples.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect();
    let pixels = RgbImage::from_raw(demand.width, demand.height, samples)
        .map(DynamicImage::from)
        .ok_or_else(|| file.truncated(None))?;
    Ok(Picture {
        reduced: None,
        is_transparent: false,
        pixels,
        inks: None,
        profile: None,
        is_scene_light: false,
        orientation: Orientation::NoTransforms,
    })
}
