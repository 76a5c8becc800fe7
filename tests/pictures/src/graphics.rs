//! Flat pictures, unlike photographs: a logo with transparent parts, a scanned page, a bar chart, a
//! bouncing ball. Their hard edges and large even areas show a careless resize.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "drawing: places and colours are floats that end as pixels"
)]

use image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use super::scene::{Random, landscape};

/// A ring around two peaks, on nothing. Transparent pixels are black: a resize that does not
/// premultiply leaves a dark seam.
#[must_use]
pub fn logo(side: u32) -> RgbaImage {
    let unit = 1.0 / side as f32;
    // How much of a pixel a shape covers, if the pixel's centre is `outside` of the shape's edge.
    let cover = |outside: f32| (0.5 - outside / unit).clamp(0.0, 1.0);
    RgbaImage::from_fn(side, side, |x, y| {
        let (u, v) = ((x as f32 + 0.5) * unit - 0.5, (y as f32 + 0.5) * unit - 0.5);
        let peak = |at: f32, top: f32| (((u - at).abs() * 1.3 + top - v) * 0.6).max(v - 0.19);
        let shapes = [
            (cover(peak(-0.08, -0.22)), [24, 96, 120]),
            (cover(peak(0.13, -0.1)), [98, 168, 178]),
            (cover((u.hypot(v) - 0.42).abs() - 0.04), [228, 112, 66]),
        ];
        let front = shapes.into_iter().find(|(covered, _)| *covered > 0.0);
        let (covered, [red, green, blue]) = front.unwrap_or_default();
        Rgba([red, green, blue, (covered * 255.0) as u8])
    })
}

/// Round pieces of a photograph with soft edges, scattered on nothing: mostly empty, with every
/// degree of transparency.
#[must_use]
pub fn stickers(width: u32, height: u32, seed: u64) -> RgbaImage {
    let mut random = Random(seed);
    let pieces: [_; 12] = std::array::from_fn(|_| {
        let (x, y) = (random.unit() * width as f32, random.unit() * height as f32);
        (x, y, (0.03 + 0.06 * random.unit()) * height as f32)
    });
    let photograph = landscape(width, height, seed);
    RgbaImage::from_fn(width, height, |x, y| {
        let covered = pieces.iter().map(|(left, top, radius)| {
            let from_centre = (x as f32 - left).hypot(y as f32 - top);
            ((radius - from_centre) / (radius * 0.4)).clamp(0.0, 1.0)
        });
        let alpha = (covered.fold(0.0, f32::max) * 255.0) as u8;
        let Rgb([red, green, blue]) = *photograph.get_pixel(x, y);
        if alpha == 0 { Rgba([0; 4]) } else { Rgba([red, green, blue, alpha]) }
    })
}

/// A scanned page of text: warm grey paper, and lines of words that cannot be read.
#[must_use]
pub fn page(width: u32, height: u32, seed: u64) -> GrayImage {
    let mut random = Random(seed);
    let mut page =
        GrayImage::from_fn(width, height, |_, _| Luma([232 + (random.next() % 12) as u8]));
    let (margin, line) = (width / 9, height / 48);
    let mut top = height / 10;
    let mut lines_left = 5;
    while line > 0 && top + line < height - height / 10 {
        let end = if lines_left == 0 { width / 2 } else { width - margin };
        let mut left = margin;
        while left < end {
            let letters = 1 + (random.next() % 9) as u32;
            for _ in 0..letters {
                letter(&mut page, left, top, line, random.next());
                left += line * 2 / 5;
            }
            left += line / 2;
        }
        // A paragraph ends with a short line and a gap.
        top += if lines_left == 0 { line * 2 } else { line * 5 / 4 };
        lines_left = if lines_left == 0 { 3 + random.next() % 5 } else { lines_left - 1 };
    }
    page
}

/// Two or three strokes that pass for a letter.
fn letter(page: &mut GrayImage, left: u32, top: u32, line: u32, shape: u64) {
    let (wide, tall, stroke) = (line / 3, line * 5 / 8, (line / 14).max(1));
    let ascender = if shape.is_multiple_of(4) { line / 5 } else { 0 };
    let strokes = [
        (0, 0, stroke, tall + ascender),
        (wide - stroke.min(wide), 0, stroke, tall),
        (0, 0, wide, stroke),
        (0, tall / 2, wide, stroke),
    ];
    for (number, (across, up, wide, tall)) in strokes.into_iter().enumerate() {
        if number > 0 && (shape >> (number + 2)) & 1 == 0 {
            continue;
        }
        for y in 0..tall {
            for x in 0..wide {
                let (x, y) = (left + across + x, (top + line).saturating_sub(up + y));
                if let Some(pixel) = page.get_pixel_mut_checked(x, y) {
                    *pixel = Luma([52]);
                }
            }
        }
    }
}

/// Bars on white, each in a colour of its own.
#[must_use]
pub fn chart(width: u32, height: u32) -> RgbImage {
    const BARS: [(u32, [u8; 3]); 6] = [
        (38, [38, 84, 124]),
        (62, [239, 71, 111]),
        (51, [255, 209, 102]),
        (83, [6, 166, 128]),
        (70, [120, 90, 170]),
        (94, [240, 128, 60]),
    ];
    RgbImage::from_fn(width, height, |x, y| {
        let slot = BARS.get((x * BARS.len() as u32 / width) as usize);
        let within = (x * BARS.len() as u32 * 100 / width) % 100;
        // From 100 at the top to a little less at the foot of the bars.
        let level = 100_u32.saturating_sub(y * 100 / height.max(1));
        match slot {
            Some((tall, colour)) if (18..82).contains(&within) && level <= *tall => Rgb(*colour),
            _ if level.is_multiple_of(20) => Rgb([224, 226, 230]),
            _ => Rgb([255, 255, 255]),
        }
    })
}

/// One frame of a ball that bounces once in `frames`.
#[must_use]
pub fn ball(width: u32, height: u32, frame: u32, frames: u32) -> RgbaImage {
    let time = frame as f32 / frames.max(1) as f32;
    let radius = height as f32 * 0.14;
    let fall = (2.0 * time - 1.0).powi(2);
    let (at, floor) = (width as f32 * (0.15 + 0.7 * time), height as f32 * 0.86);
    let middle = floor - radius - (1.0 - fall) * height as f32 * 0.5;
    RgbaImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let shade = (1.3 - ((x - at + radius * 0.4).hypot(y - middle + radius * 0.4)) / radius)
            .clamp(0.35, 1.1);
        let shadow = ((x - at) / radius).hypot((y - floor) * 5.0 / radius) < 1.0;
        let [red, green, blue] = if (x - at).hypot(y - middle) < radius {
            [226.0, 88.0, 62.0].map(|channel| (channel * shade).min(255.0) as u8)
        } else if y > floor || shadow {
            if shadow { [150, 160, 164] } else { [190, 200, 204] }
        } else {
            [240, 242, 238]
        };
        Rgba([red, green, blue, 255])
    })
}
