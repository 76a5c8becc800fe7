//! The bouncing ball in each format that has animations. All of them play for ever.

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame};
use webp::{AnimEncoder, AnimFrame, WebPConfig};

use super::graphics::ball;

/// How long each frame is shown, in milliseconds.
const SHOWN: u16 = 60;

/// An endless animation of `frames` frames.
#[must_use]
pub fn animated_gif(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 20);
    let drawn = (0..frames).map(|number| {
        let delay = Delay::from_numer_denom_ms(SHOWN.into(), 1);
        Frame::from_parts(ball(width, height, number, frames), 0, 0, delay)
    });
    let written = encoder.set_repeat(Repeat::Infinite).and_then(|()| encoder.encode_frames(drawn));
    drop(encoder);
    written.map(|()| bytes).unwrap_or_default()
}

/// The same as an APNG.
#[must_use]
pub fn animated_png(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    // Fails only without frames.
    let written = encoder.set_animated(frames, 0).and_then(|()| {
        let mut writer = encoder.write_header()?;
        for number in 0..frames {
            writer.set_frame_delay(SHOWN, 1000)?;
            writer.write_image_data(&ball(width, height, number, frames))?;
        }
        writer.finish()
    });
    written.map(|()| bytes).unwrap_or_default()
}

/// The same as a lossy WebP.
#[must_use]
pub fn animated_webp(width: u32, height: u32, frames: u32) -> Vec<u8> {
    let Ok(config) = WebPConfig::new() else { return Vec::new() };
    let drawn: Vec<_> = (0..frames).map(|number| ball(width, height, number, frames)).collect();
    let mut encoder = AnimEncoder::new(width, height, &config);
    for (frame, start) in drawn.iter().zip((0..).step_by(SHOWN.into())) {
        encoder.add_frame(AnimFrame::from_rgba(frame, width, height, start));
    }
    encoder.try_encode().map(|file| file.to_vec()).unwrap_or_default()
}
