//! The display window of an OpenEXR file, on which its blocks are drawn: which channels hold which
//! colours, where their samples lie, and how they are converted.

use exr::block::UncompressedBlock;
use exr::meta::attribute::{IntegerBounds, SampleType};
use exr::meta::header::Header;
use exr::prelude::f16;
use image::{DynamicImage, Rgb32FImage, Rgba32FImage};

use crate::color::tone;
use crate::decode::samples::bounded;

/// A pixel with less alpha than this shows as nothing, and its colours cannot be divided by alpha.
const LEAST_ALPHA: f32 = 1.0 / 510.0;

/// The channels that are drawn, by their index in the file.
pub(super) struct Roles {
    /// Red, green and blue, or the same grey three times.
    colors: [usize; 3],
    alpha: Option<usize>,
}

impl Roles {
    /// Finds red, green and blue, or else grey, and alpha (OpenEXR, "Technical Introduction",
    /// predefined channel names). The channels of the picture itself take precedence over those of
    /// layers.
    pub(super) fn of(header: &Header) -> Option<Self> {
        let names: Vec<String> =
            header.channels.list.iter().map(|channel| channel.name.to_string()).collect();
        let find = |layer: &str, name: &str| {
            names.iter().position(|known| known.strip_prefix(layer) == Some(name))
        };
        let layers = names.iter().filter_map(|name| Some(&name[..=name.rfind('.')?]));
        std::iter::once("").chain(layers).find_map(|layer| {
            let grey = || {
                // If there is chroma, luminance alone is not the picture.
                let has_chroma = find(layer, "RY").is_some() || find(layer, "BY").is_some();
                find(layer, "Y").filter(|_| !has_chroma).map(|grey| [grey; 3])
            };
            let of = |name| find(layer, name);
            let colors = of("R").zip(of("G")).zip(of("B")).map(|((r, g), b)| [r, g, b]);
            Some(Self { colors: colors.or_else(grey)?, alpha: of("A") })
        })
    }

    pub(super) fn has_alpha(&self) -> bool {
        self.alpha.is_some()
    }

    /// The number of samples of a drawn pixel.
    pub(super) fn samples(&self) -> usize {
        3 + usize::from(self.has_alpha())
    }
}

/// The picture while it is drawn. It starts black, or fully transparent if there is alpha.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    roles: Roles,
    samples: Vec<f32>,
}

impl Canvas {
    pub(super) fn new((width, height): (u32, u32), roles: Roles) -> Self {
        let samples = vec![0.0; width as usize * height as usize * roles.samples()];
        Self { width, height, roles, samples }
    }

    /// Draws the part of a block that lies inside the display window.
    pub(super) fn draw(&mut self, block: &UncompressedBlock, header: &Header) {
        let window = header.shared_attributes.display_window.position;
        let data = header.own_attributes.layer_position;
        let offset = |data: i32, window: i32| i64::from(data) - i64::from(window);
        let (left, top) = (offset(data.x(), window.x()), offset(data.y(), window.y()));
        let per_pixel = self.roles.samples();
        let row_samples = self.width as usize * per_pixel;
        let slots: Vec<usize> = self.roles.colors.into_iter().chain(self.roles.alpha).collect();
        for line in block.lines(&header.channels) {
            let at = line.location;
            let Ok(row) = usize::try_from(signed(at.position.y()) + top) else { continue };
            let Some(row) = self.samples.chunks_exact_mut(row_samples).nth(row) else { continue };
            let Some(channel) = header.channels.list.get(at.channel) else { continue };
            // If a line starts to the left of the window, its first samples are skipped; if it
            // starts inside, the first pixels of the row are.
            let start = signed(at.position.x()) + left;
            let skipped = usize::try_from(-start).unwrap_or(0);
            let pixels = row.chunks_exact_mut(per_pixel).skip(usize::try_from(start).unwrap_or(0));
            let places: Vec<usize> =
                (0..slots.len()).filter(|&slot| slots.get(slot) == Some(&at.channel)).collect();
            let lit = light(line.value, channel.sample_type).skip(skipped);
            for (pixel, light) in pixels.zip(lit) {
                for &place in &places {
                    if let Some(sample) = pixel.get_mut(place) {
                        *sample = light;
                    }
                }
            }
        }
    }

    /// Divides premultiplied colours by alpha, and converts them to sRGB's primaries.
    pub(super) fn finish(mut self, header: &Header) -> Option<DynamicImage> {
        let chromaticities = header.shared_attributes.chromaticities;
        let matrix = chromaticities.and_then(|from| {
            let xy = |point: exr::math::Vec2<f32>| [point.x(), point.y()];
            tone::to_srgb_primaries([xy(from.red), xy(from.green), xy(from.blue)], xy(from.white))
        });
        for pixel in self.samples.chunks_exact_mut(self.roles.samples()) {
            if let [red, green, blue, rest @ ..] = pixel {
                let alpha = rest.first_mut().map_or(1.0, |alpha| {
                    *alpha = if *alpha >= LEAST_ALPHA { alpha.min(1.0) } else { 0.0 };
                    *alpha
                });
                let mut colors = [*red, *green, *blue];
                if let Some(matrix) = &matrix {
                    colors = matrix.map(|row| row.iter().zip(colors).map(|(f, c)| f * c).sum());
                }
                let scale = if alpha > 0.0 { 1.0 / alpha } else { 0.0 };
                [*red, *green, *blue] = colors.map(|amount| bounded(amount * scale));
            }
        }
        let Self { width, height, samples, .. } = self;
        if self.roles.has_alpha() {
            Rgba32FImage::from_raw(width, height, samples).map(DynamicImage::from)
        } else {
            Rgb32FImage::from_raw(width, height, samples).map(DynamicImage::from)
        }
    }
}

/// Whether two windows have pixels in common.
pub(super) fn meet(one: IntegerBounds, other: IntegerBounds) -> bool {
    let overlap = |start: i32, length: usize, other_start: i32, other_length: usize| {
        let (start, other_start) = (i64::from(start), i64::from(other_start));
        start < other_start.saturating_add_unsigned(other_length as u64)
            && other_start < start.saturating_add_unsigned(length as u64)
    };
    overlap(one.position.x(), one.size.x(), other.position.x(), other.size.x())
        && overlap(one.position.y(), one.size.y(), other.position.y(), other.size.y())
}

/// The samples of a line as amounts of light.
fn light(line: &[u8], sample_type: SampleType) -> impl Iterator<Item = f32> + '_ {
    line.chunks_exact(sample_type.bytes_per_sample()).map(move |bytes| match *bytes {
        [b0, b1] => f16::from_ne_bytes([b0, b1]).to_f32(),
        [b0, b1, b2, b3] if sample_type == SampleType::F32 => f32::from_ne_bytes([b0, b1, b2, b3]),
        #[expect(clippy::cast_precision_loss, reason = "whole numbers this large are no light")]
        [b0, b1, b2, b3] => u32::from_ne_bytes([b0, b1, b2, b3]) as f32,
        _ => 0.0,
    })
}

/// A position in a line, which the format counts in 32 bits.
fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}
