//! The quality of a thumbnail: its SSIMULACRA2 scores against two references that take none of the
//! contestants' short cuts. A reference is every pixel of the picture, weighted by Lanczos3 in
//! floats: once in sRGB as stored, as most contestants resize, and once in linear light, as optics
//! would.
//!
//! The `image` crate decodes what it can; our engine decodes the rest, at full size: formats that
//! `image` does not read, and colours that a profile describes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::io::Cursor;
use std::rc::Rc;

use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Reference};
use image::{DynamicImage, ImageDecoder as _, ImageReader, Rgb, RgbImage, Rgba32FImage, imageops};
use thumbnail::{FormatChoice, Limits, Output, Recipe};

/// What lies behind transparent parts while they are compared: mid grey hides neither dark nor
/// light.
const BEHIND: f32 = 0.5;

/// The scores of a thumbnail: 100 is the same, 90 cannot be told apart, 70 is high quality.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scores {
    /// Against what was resized in sRGB as stored.
    pub(crate) gamma: f64,
    /// Against what was resized in linear light.
    pub(crate) linear: f64,
}

/// The references by their size.
type Ideals = HashMap<(u32, u32), Rc<[RgbImage; 2]>>;

/// A picture that thumbnails are compared with.
pub(crate) struct Original {
    /// Colours weighted by alpha, as stored and as light.
    spaces: [Rgba32FImage; 2],
    /// Those that were asked for so far.
    ideals: RefCell<Ideals>,
}

impl Original {
    pub(crate) fn of(source: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut stored = decode(source)?.into_rgba32f();
        let mut light = stored.clone();
        for pixel in light.pixels_mut() {
            let [colours @ .., _] = &mut pixel.0;
            *colours = colours.map(to_light);
        }
        for pixel in stored.pixels_mut().chain(light.pixels_mut()) {
            let [colours @ .., alpha] = &mut pixel.0;
            *colours = colours.map(|colour| colour * *alpha);
        }
        Ok(Self { spaces: [stored, light], ideals: RefCell::default() })
    }

    /// The scores of a thumbnail; `None` where the metric does not go so small.
    pub(crate) fn score(&self, thumbnail: &[u8]) -> Result<Option<Scores>, Box<dyn Error>> {
        let made = decode(thumbnail)?.into_rgba32f();
        let (width, height) = made.dimensions();
        if width.min(height) < 8 {
            return Ok(None);
        }
        let made = laid(&made, |colour, alpha| colour * alpha);
        let [gamma, linear] = &*self.ideals(width, height);
        Ok(Some(Scores { gamma: ssimulacra2(gamma, &made)?, linear: ssimulacra2(linear, &made)? }))
    }

    fn ideals(&self, width: u32, height: u32) -> Rc<[RgbImage; 2]> {
        let mut ideals = self.ideals.borrow_mut();
        let ideals = ideals.entry((width, height)).or_insert_with(|| {
            let [stored, light] = self.spaces.each_ref().map(|pixels| {
                imageops::resize(pixels, width, height, imageops::FilterType::Lanczos3)
            });
            let store = |light: f32, alpha: f32| match alpha {
                0.0 => 0.0,
                _ => to_stored(light / alpha) * alpha,
            };
            Rc::new([laid(&stored, |colour, _| colour), laid(&light, store)])
        });
        Rc::clone(ideals)
    }
}

fn ssimulacra2(ideal: &RgbImage, made: &RgbImage) -> Result<f64, Box<dyn Error>> {
    Ok(Ssimulacra2Reference::new(&slice(ideal)?)?.compare(&slice(made)?)?)
}

fn slice(picture: &RgbImage) -> Result<PixelSlice<'_>, Box<dyn Error>> {
    let (width, height) = picture.dimensions();
    let row = width as usize * 3;
    Ok(PixelSlice::new(picture.as_raw(), width, height, row, PixelDescriptor::RGB8_SRGB)?)
}

fn decode(file: &[u8]) -> Result<DynamicImage, Box<dyn Error>> {
    match plainly(file) {
        Ok(Some(picture)) => Ok(picture),
        _ => by_engine(file),
    }
}

/// With the `image` crate; `None` for what it does not convert to sRGB.
fn plainly(file: &[u8]) -> Result<Option<DynamicImage>, Box<dyn Error>> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    reader.no_limits();
    let mut decoder = reader.into_decoder()?;
    if decoder.icc_profile()?.is_some() {
        return Ok(None);
    }
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(Some(picture))
}

/// With our engine, at full size.
fn by_engine(file: &[u8]) -> Result<DynamicImage, Box<dyn Error>> {
    let whole = Output::inside(Output::MAX_SIDE, Output::MAX_SIDE);
    let recipe = Recipe::of(vec![Output { format: FormatChoice::Png, ..whole }]);
    let rendering = thumbnail::render(file, &recipe, &Limits { max_pixels: 1 << 30 })?;
    let made = rendering.thumbnails.first().ok_or("no picture")?;
    Ok(image::load_from_memory(&made.bytes)?)
}

/// A picture on its background; `weight` makes colours those that are stored and weighted by alpha.
fn laid(picture: &Rgba32FImage, weight: impl Fn(f32, f32) -> f32) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let &[red, green, blue, alpha] = &picture.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|colour| {
            let on_top = weight(colour, alpha) + BEHIND * (1.0 - alpha);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let sample = (on_top.clamp(0.0, 1.0) * 255.0).round() as u8;
            sample
        }))
    })
}

/// sRGB's curve (IEC 61966-2-1).
fn to_light(stored: f32) -> f32 {
    if stored <= 0.04045 { stored / 12.92 } else { ((stored + 0.055) / 1.055).powf(2.4) }
}

fn to_stored(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}
