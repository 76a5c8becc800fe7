//! The quality of a thumbnail: its SSIMULACRA2 score against a reference that takes none of the
//! contestants' short cuts. The reference is every pixel of the picture, decoded by the `image`
//! crate and weighted by Lanczos3 in floats; in sRGB as stored, since that is how all of them
//! resize. Profiles and orientation do not count.

use std::error::Error;

use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Reference};
use image::{DynamicImage, ImageReader, Rgb, Rgb32FImage, RgbImage, Rgba32FImage, imageops};

/// What lies behind transparent parts while they are compared: mid grey hides neither dark nor
/// light.
const BEHIND: f32 = 0.5;

/// A picture that thumbnails are compared with.
pub(crate) struct Original {
    /// Colours weighted by alpha.
    pixels: Rgba32FImage,
}

impl Original {
    pub(crate) fn of(source: &[u8]) -> Result<Self, Box<dyn Error>> {
        let mut pixels = decode(source)?.into_rgba32f();
        for pixel in pixels.pixels_mut() {
            let [colours @ .., alpha] = &mut pixel.0;
            for colour in colours {
                *colour *= *alpha;
            }
        }
        Ok(Self { pixels })
    }

    /// The score of a thumbnail: 100 is the same, 90 cannot be told apart, 70 is high quality.
    /// `None` where the metric does not go so small.
    pub(crate) fn score(&self, thumbnail: &[u8]) -> Result<Option<f64>, Box<dyn Error>> {
        let made = decode(thumbnail)?.into_rgba32f();
        let (width, height) = made.dimensions();
        if width.min(height) < 8 {
            return Ok(None);
        }
        let ideal = imageops::resize(&self.pixels, width, height, imageops::FilterType::Lanczos3);
        let ideal = eight_bits(&laid(&ideal, |colour, _| colour));
        let made = eight_bits(&laid(&made, |colour, alpha| colour * alpha));
        let slice = |picture| {
            let row = width as usize * 3;
            PixelSlice::new(picture, width, height, row, PixelDescriptor::RGB8_SRGB)
        };
        let reference = Ssimulacra2Reference::new(&slice(ideal.as_raw())?)?;
        Ok(Some(reference.compare(&slice(made.as_raw())?)?))
    }
}

fn decode(file: &[u8]) -> Result<DynamicImage, Box<dyn Error>> {
    let mut reader = ImageReader::new(std::io::Cursor::new(file)).with_guessed_format()?;
    reader.no_limits();
    Ok(reader.decode()?)
}

/// A picture on its background; `weight` makes colours those that are weighted by alpha.
fn laid(picture: &Rgba32FImage, weight: impl Fn(f32, f32) -> f32) -> Rgb32FImage {
    Rgb32FImage::from_fn(picture.width(), picture.height(), |x, y| {
        let &[red, green, blue, alpha] = &picture.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|colour| weight(colour, alpha) + BEHIND * (1.0 - alpha)))
    })
}

fn eight_bits(picture: &Rgb32FImage) -> RgbImage {
    DynamicImage::from(picture.clone()).into_rgb8()
}
