//! Cyan, magenta, yellow and black: how files store them, and their colours without a profile.

/// How four channels of ink are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inks {
    /// The first three are luma and chroma instead of cyan, magenta and yellow.
    pub(crate) is_ycck: bool,
    /// 255 means no ink instead of full ink, as in every CMYK JPEG and PSD.
    pub(crate) is_inverted: bool,
}

impl Inks {
    /// Converts stored samples to amounts of cyan, magenta, yellow and black, with 0 for none.
    pub(super) fn amounts(self, mut samples: Vec<u8>) -> Vec<u8> {
        let (pixels, _) = samples.as_chunks_mut::<4>();
        for pixel in pixels {
            if self.is_ycck {
                let [luma, blue, red, black] = *pixel;
                let [cyan, magenta, yellow] = rgb(luma, blue, red).map(|light| u8::MAX - light);
                *pixel = [cyan, magenta, yellow, black];
            }
            if self.is_inverted {
                *pixel = pixel.map(|sample| u8::MAX - sample);
            }
        }
        samples
    }
}

/// Converts luma and chroma to RGB (JFIF 1.02, page 3).
pub(crate) fn rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let (luma, blue, red) = (f32::from(luma), f32::from(blue) - 128.0, f32::from(red) - 128.0);
    [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue]
        .map(to_byte)
}

/// How much red, green and blue light coated paper reflects under the four inks: a polynomial of
/// degree two of `c, m, y, k, cc, cm, cy, ck, mm, my, mk, yy, yk, kk`, from 0 to 1.
///
/// Fitted by least squares to the default of offset printing (SWOP). The textbook's ideal inks give
/// colours that no printed page has.
const REFLECTANCE: [[f32; 14]; 3] = [
    [-268.7, -7.3, 0.0, -189.1, -13.9, 65.7, 16.1, 199.5, 1.0, -0.8, -18.2, 1.7, -8.4, -20.6],
    [-85.5, -190.1, -26.9, -185.0, 11.3, 62.6, 11.1, 34.6, -17.3, 21.1, 127.2, 4.9, 11.1, -22.0],
    [-19.9, -114.5, -194.7, -177.2, 3.0, 11.4, 34.8, 3.7, 11.8, 67.0, 50.7, -1.1, 113.3, -23.8],
];

/// Converts amounts of ink, with 0 for none, to RGB.
pub(super) fn mix(samples: &[u8]) -> Vec<u8> {
    let (pixels, _) = samples.as_chunks::<4>();
    pixels
        .iter()
        .flat_map(|&pixel| {
            let [c, m, y, k] = pixel.map(|ink| f32::from(ink) / 255.0);
            let terms =
                [c, m, y, k, c * c, c * m, c * y, c * k, m * m, m * y, m * k, y * y, y * k, k * k];
            REFLECTANCE.map(|factors| {
                let absorbed: f32 =
                    factors.iter().zip(terms).map(|(factor, term)| factor * term).sum();
                // All inks together are the screen's black. Profiles call this black point
                // compensation; without it, print looks washed out.
                let darkest: f32 = factors.iter().sum();
                to_byte(255.0 * (1.0 - absorbed / darkest))
            })
        })
        .collect()
}

fn to_byte(value: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what fits"
    )]
    let byte = value.round().clamp(0.0, 255.0) as u8;
    byte
}
