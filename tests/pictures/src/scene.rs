//! A landscape that code draws: sky, sun, ridges, a lake, and the grain of a sensor. What matters
//! is that it behaves like a photograph, not that it looks like one: smooth where a photo is
//! smooth, busy where a photo is busy, as many bytes to a pixel once it is a JPEG. The same size
//! and seed always give the same pixels.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "drawing: places and colours are floats that end as pixels"
)]

use image::{Rgb, RgbImage};

/// A colour, or a difference of colours: 0 to 255 in each channel, and beyond in between.
type Colour = [f32; 3];

/// Upper sky, sky at the horizon, sun, and the nearest land.
const PALETTES: [[Colour; 4]; 6] = [
    // Noon, dawn, dusk, fog, autumn, dark.
    [[64.0, 122.0, 186.0], [196.0, 220.0, 232.0], [255.0, 252.0, 236.0], [44.0, 72.0, 38.0]],
    [[92.0, 108.0, 158.0], [250.0, 204.0, 172.0], [255.0, 238.0, 206.0], [46.0, 48.0, 62.0]],
    [[48.0, 44.0, 92.0], [238.0, 128.0, 84.0], [255.0, 214.0, 148.0], [30.0, 24.0, 42.0]],
    [[150.0, 168.0, 174.0], [226.0, 228.0, 222.0], [250.0, 248.0, 240.0], [58.0, 76.0, 74.0]],
    [[108.0, 152.0, 190.0], [238.0, 226.0, 196.0], [255.0, 246.0, 220.0], [116.0, 58.0, 26.0]],
    [[14.0, 26.0, 58.0], [72.0, 104.0, 142.0], [236.0, 240.0, 248.0], [12.0, 20.0, 34.0]],
];

/// Ridges, far to near.
const RIDGES: usize = 4;

/// The lake's upper edge, from the top, in heights of the picture.
const SHORE: f32 = 0.74;

/// Draws the landscape for `seed`.
#[must_use]
pub fn landscape(width: u32, height: u32, seed: u64) -> RgbImage {
    let scene = Scene::new(width, height, seed);
    let ridges: Vec<[f32; RIDGES]> = (0..width).map(|x| scene.ridges_at(x)).collect();
    let mut picture = RgbImage::new(width, height);
    for (y, row) in picture.rows_mut().enumerate() {
        let v = (y as f32 + 0.5) / height as f32;
        let mut grain = Random(Random(seed ^ ((y as u64) << 32)).next());
        for ((x, pixel), ridges) in row.enumerate().zip(&ridges) {
            let u = (x as f32 + 0.5) / width as f32;
            *pixel = scene.pixel(u, v, ridges, grain.next());
        }
    }
    picture
}

struct Scene {
    palette: [Colour; 4],
    seed: u64,
    /// Width over height: shapes keep their proportions in any picture.
    aspect: f32,
    width: f32,
    sun: (f32, f32),
    /// Three waves for each ridge: height, length, start.
    waves: [[(f32, f32, f32); 3]; RIDGES],
}

impl Scene {
    fn new(width: u32, height: u32, seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let palettes = PALETTES.len() as u64;
        let palette = PALETTES.get((seed % palettes) as usize).copied();
        let mut wave = |scale: f32| {
            let (high, long, begin) = (random.unit(), random.unit(), random.unit());
            (scale * (0.5 + 0.5 * high), (1.5 + 2.5 * long) / scale * 0.06, begin * 6.3)
        };
        let waves = std::array::from_fn(|_| [wave(0.06), wave(0.025), wave(0.006)]);
        Self {
            palette: palette.unwrap_or_default(),
            seed,
            aspect: width as f32 / height as f32,
            width: width as f32,
            sun: (0.2 + 0.6 * random.unit(), 0.14 + 0.2 * random.unit()),
            waves,
        }
    }

    /// The upper edge of each ridge in this column; trees stand on the nearest.
    fn ridges_at(&self, x: u32) -> [f32; RIDGES] {
        let across = (x as f32 + 0.5) / self.width * self.aspect;
        let mut depth = 0.0;
        self.waves.map(|waves| {
            let swell: f32 =
                waves.iter().map(|(high, long, begin)| high * (across * long + begin).sin()).sum();
            let ridge = 0.48 + 0.075 * depth + swell * (1.0 - 0.18 * depth);
            depth += 1.0;
            if depth < RIDGES as f32 { ridge } else { ridge - self.trees(across) }
        })
    }

    /// A row of firs, as the height of their outline.
    fn trees(&self, across: f32) -> f32 {
        let mut tallest: f32 = 0.0;
        for row in [37.0, 53.0] {
            let place = (across * row).floor();
            let random = lattice(self.seed ^ 0x4d, place as i64, row as i64);
            let from_trunk = (across * row - place - 0.5).abs() * 2.0;
            tallest = tallest.max(0.075 * random * (1.0 - from_trunk));
        }
        tallest
    }

    fn pixel(&self, u: f32, v: f32, ridges: &[f32; RIDGES], grain: u64) -> Rgb<u8> {
        let mut colour = if v < SHORE {
            self.dry(u, v, ridges)
        } else {
            // The lake mirrors what is above it, with ripples that widen towards the eye.
            let near = (v - SHORE) / (1.0 - SHORE);
            let ripple =
                texture(self.seed ^ 0x05, u * self.aspect * 26.0, v * 240.0 / (0.6 + near));
            let mirrored = SHORE - (v - SHORE) * 1.7 - (ripple - 0.5) * (0.02 + 0.09 * near);
            let [deep, horizon, ..] = self.palette;
            let seen = self.dry(u, mirrored.clamp(0.0, SHORE - 0.001), ridges);
            let water = mix(deep, horizon, 0.25 + 0.3 * ripple);
            mix(mix(seen, water, 0.25 + 0.25 * near), [0.0; 3], 0.12)
        };
        // Four bytes make a bell curve of brightness noise, two more a little colour noise.
        let [bell @ .., red, blue, _, _] = grain.to_le_bytes().map(f32::from);
        let noise = (bell.iter().sum::<f32>() - 510.0) * GRAIN;
        let tint = [(red - 127.5) * GRAIN, 0.0, (blue - 127.5) * GRAIN];
        for (channel, tint) in colour.iter_mut().zip(tint) {
            *channel += noise + tint;
        }
        Rgb(colour.map(|channel| channel.clamp(0.0, 255.0) as u8))
    }

    /// Everything above the shore.
    fn dry(&self, u: f32, v: f32, ridges: &[f32; RIDGES]) -> Colour {
        let [top, horizon, sun, land] = self.palette;
        let across = u * self.aspect;
        for (depth, ridge) in ridges.iter().enumerate().rev() {
            if v > *ridge {
                let near = (depth as f32 + 1.0) / RIDGES as f32;
                let rough = texture(self.seed ^ depth as u64, across * 150.0, v * 170.0)
                    + texture(self.seed ^ 0x1f, across * 420.0, v * 460.0);
                let lit = mix(horizon, land, near.powf(0.8));
                let shade = 1.0 + (rough - 1.0) * 0.9 * near - (v - ridge) * 0.8;
                return lit.map(|channel| channel * shade);
            }
        }
        let sky = mix(top, horizon, (v / 0.62).min(1.0).powf(1.2));
        let from_sun = ((u - self.sun.0) * self.aspect).hypot(v - self.sun.1);
        let glow = (-from_sun * 5.0).exp() * 0.75;
        let disc = ((0.043 - from_sun) * 400.0).clamp(0.0, 1.0);
        let cloud = texture(self.seed ^ 0x09, across * 3.0, v * 14.0)
            * texture(self.seed ^ 0x0b, across * 9.0, v * 30.0);
        mix(mix(sky, sun, (cloud * 0.5).min(1.0)), sun, glow.max(disc))
    }
}

/// The strength of the grain. With it, a 12 megapixel JPEG of quality 82 takes 2 MB, like one from
/// a telephone.
const GRAIN: f32 = 0.038;

fn mix(from: Colour, to: Colour, share: f32) -> Colour {
    let mut mixed = from;
    for (channel, to) in mixed.iter_mut().zip(to) {
        *channel += (to - *channel) * share;
    }
    mixed
}

/// Smooth noise, 0 to 1, that changes about once in every unit of `x` and `y`.
fn texture(seed: u64, x: f32, y: f32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
    let (right, down) = (smooth(x - column), smooth(y - row));
    let (column, row) = (column as i64, row as i64);
    let between = |row| {
        let left = lattice(seed, column, row);
        left + (lattice(seed, column + 1, row) - left) * right
    };
    let upper = between(row);
    upper + (between(row + 1) - upper) * down
}

/// A random number, 0 to 1, for each point.
fn lattice(seed: u64, x: i64, y: i64) -> f32 {
    let place = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ x.cast_unsigned().wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        ^ y.cast_unsigned().wrapping_mul(0x1656_67B1_9E37_79F9);
    let mixed = (place ^ (place >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed >> 40) as f32) / 16_777_216.0
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): small, fast, and the same everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        ((self.next() >> 40) as f32) / 16_777_216.0
    }
}
