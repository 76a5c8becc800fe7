//! The PNG that Apple's tools put into apps: a chunk `CgBI` comes first, the deflated pixels have
//! no zlib header, blue comes before red, and colours are premultiplied by alpha.

use image::ColorType;

/// Converts pixels of 8 bits a sample to what a PNG has.
pub(super) fn to_rgb(samples: &mut [u8], color_type: ColorType) {
    match color_type {
        ColorType::Rgb8 => {
            samples.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| pixel.reverse());
        }
        ColorType::Rgba8 => {
            for pixel in samples.as_chunks_mut::<4>().0 {
                let [blue, green, red, alpha] = *pixel;
                let [red, green, blue] = [red, green, blue].map(|color| whole(color, alpha));
                *pixel = [red, green, blue, alpha];
            }
        }
        _ => {}
    }
}

/// A colour that was multiplied by `alpha`.
fn whole(color: u8, alpha: u8) -> u8 {
    let (color, alpha) = (u16::from(color), u16::from(alpha));
    let whole = (color * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
    u8::try_from(whole).unwrap_or(u8::MAX)
}
