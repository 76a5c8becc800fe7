//! The canvas of an animation, on which its frames are laid one after another.

use image::{GenericImage as _, Rgba, RgbaImage};

use crate::decode::layers::{Disposal, Layer};
use crate::geometry::Size;

/// What is shown, and what becomes of it.
pub(super) struct Canvas {
    image: RgbaImage,
    background: Rgba<u8>,
    /// The part that must be disposed of before the next frame: left, top, width and height, and
    /// what it becomes, if not the background.
    over: Option<([u32; 4], Option<RgbaImage>)>,
}

impl Canvas {
    /// A canvas that is transparent, or else black.
    pub(super) fn new((width, height): Size, is_transparent: bool) -> Self {
        let background = Rgba([0, 0, 0, if is_transparent { 0 } else { u8::MAX }]);
        Self { image: RgbaImage::from_pixel(width, height, background), background, over: None }
    }

    /// Lays the next frame on it, and returns what is shown.
    pub(super) fn show(&mut self, layer: &Layer) -> &RgbaImage {
        self.dispose();
        let ((left, top), (width, height)) = (layer.place, layer.pixels.dimensions());
        let is_inside =
            |at: u32, side: u32, of: u32| at.checked_add(side).is_some_and(|end| end <= of);
        let area = [left, top, width, height];
        if width == 0
            || height == 0
            || !is_inside(left, width, self.image.width())
            || !is_inside(top, height, self.image.height())
        {
            return &self.image;
        }
        self.over = match layer.disposal {
            Disposal::Keep => None,
            Disposal::Clear => Some((area, None)),
            Disposal::Restore => {
                let before = image::imageops::crop_imm(&self.image, left, top, width, height);
                Some((area, Some(before.to_image())))
            }
        };
        for (x, y, pixel) in layer.pixels.enumerate_pixels() {
            if let Some(under) = self.image.get_pixel_mut_checked(left + x, top + y) {
                *under = if layer.is_blended { blended(*pixel, *under) } else { *pixel };
            }
        }
        &self.image
    }

    /// Removes the last frame, if it does not stay.
    fn dispose(&mut self) {
        let Some(([left, top, width, height], before)) = self.over.take() else { return };
        match before {
            // The area was checked when the frame was shown.
            Some(before) => _ = self.image.copy_from(&before, left, top),
            None => {
                for y in top..top + height {
                    for x in left..left + width {
                        if let Some(pixel) = self.image.get_pixel_mut_checked(x, y) {
                            *pixel = self.background;
                        }
                    }
                }
            }
        }
    }
}

/// A pixel over another one. Colours are not premultiplied.
fn blended(over: Rgba<u8>, under: Rgba<u8>) -> Rgba<u8> {
    match (over.0, under.0) {
        ([_, _, _, u8::MAX], _) | (_, [_, _, _, 0]) => over,
        ([_, _, _, 0], _) => under,
        ([red, green, blue, alpha], [under_red, under_green, under_blue, under_alpha]) => {
            // Parts of 255 times 255.
            let (own, rest) =
                (u32::from(alpha) * 255, u32::from(under_alpha) * (255 - u32::from(alpha)));
            let whole = own + rest;
            let mix = |over: u8, under: u8| {
                let sum = u32::from(over) * own + u32::from(under) * rest;
                u8::try_from((sum + whole / 2) / whole).unwrap_or(u8::MAX)
            };
            let alpha = u8::try_from((whole + 127) / 255).unwrap_or(u8::MAX);
            Rgba([mix(red, under_red), mix(green, under_green), mix(blue, under_blue), alpha])
        }
    }
}
