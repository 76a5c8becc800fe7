//! Uncompressed pixels of thumbnail size, between the resizer and the encoder. Full-size pictures
//! are never stored like this.

use super::geometry::{Canvas, Turn};

/// What a pixel's samples mean, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Amounts of ink: 0 is none.
    Cmyk,
}

impl Channels {
    pub(super) fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    pub(super) fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }
}

/// Samples at the depth they were decoded to. Integers use the whole range of their type, floats go
/// from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
}

/// A small picture at the depth and in the colours of its source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: Channels,
    pub(super) samples: Samples,
}

/// A small picture of 8 bits a sample, as encoders take it: in sRGB or grey, or in Display P3 where
/// that was asked for. Never CMYK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Srgb {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: Channels,
    pub(super) samples: Vec<u8>,
}

/// Turns and mirrors pixels of `bytes` bytes each; `None` if they stay as they are.
pub(crate) fn turned(
    samples: &[u8],
    (width, height): (usize, usize),
    bytes: usize,
    turn: Turn,
) -> Option<Vec<u8>> {
    let Turn { swaps, flips_x, flips_y } = turn;
    if !(swaps || flips_x || flips_y) {
        return None;
    }
    let (columns, rows) = if swaps { (height, width) } else { (width, height) };
    let (last_x, last_y) = (width.saturating_sub(1), height.saturating_sub(1));
    let mut turned = Vec::with_capacity(samples.len());
    // Each new pixel (x, y) is read from an old one.
    for y in 0..rows {
        for x in 0..columns {
            let (from_x, from_y) = if swaps { (y, x) } else { (x, y) };
            let from_x = if flips_x { last_x.saturating_sub(from_x) } else { from_x };
            let from_y = if flips_y { last_y.saturating_sub(from_y) } else { from_y };
            let start = (from_y * width + from_x) * bytes;
            turned.extend_from_slice(samples.get(start..start + bytes).unwrap_or_default());
        }
    }
    Some(turned)
}

impl Srgb {
    /// Turns and mirrors the picture so that it is upright without its orientation tag.
    pub(super) fn upright(self, turn: Turn) -> Self {
        let size = (self.width as usize, self.height as usize);
        let Some(samples) = turned(&self.samples, size, self.channels.count(), turn) else {
            return self;
        };
        let (width, height) = turn.size((self.width, self.height));
        Self { width, height, samples, ..self }
    }

    /// Drops an alpha channel that is opaque everywhere.
    pub(super) fn without_idle_alpha(self) -> Self {
        let channels = match self.channels {
            Channels::GreyAlpha => Channels::Grey,
            Channels::Rgba => Channels::Rgb,
            _ => return self,
        };
        let count = self.channels.count();
        if self.samples.chunks_exact(count).any(|pixel| pixel.last() != Some(&u8::MAX)) {
            return self;
        }
        let samples = self
            .samples
            .chunks_exact(count)
            .flat_map(|pixel| pixel.iter().take(count - 1).copied())
            .collect();
        Self { channels, samples, ..self }
    }

    /// Lays the picture on an opaque colour, and drops its alpha channel. A grey picture stays grey
    /// on a grey background.
    pub(super) fn flattened(self, background: [u8; 3]) -> Self {
        if !self.channels.has_alpha() {
            return self;
        }
        let picture = if is_grey(background) { self } else { self.with_color() };
        let channels = match picture.channels {
            Channels::GreyAlpha => Channels::Grey,
            _ => Channels::Rgb,
        };
        let samples = picture
            .samples
            .chunks_exact(picture.channels.count())
            .flat_map(|pixel| {
                let (&alpha, colors) = pixel.split_last().unwrap_or((&u8::MAX, &[]));
                colors
                    .iter()
                    .zip(background)
                    .map(move |(&color, behind)| over(color, behind, alpha))
            })
            .collect();
        Self { channels, samples, ..picture }
    }

    /// Puts the picture on a canvas of one colour; `alpha` is the canvas's opacity. The canvas does
    /// not show through the transparent parts of the picture.
    pub(super) fn on_canvas(self, canvas: Canvas, background: [u8; 3], alpha: u8) -> Self {
        let picture = if is_grey(background) { self } else { self.with_color() };
        let picture = if alpha < u8::MAX { picture.with_alpha() } else { picture };
        let [red, green, blue] = background;
        let blank: &[u8] = match picture.channels {
            Channels::Grey => &[red],
            Channels::GreyAlpha => &[red, alpha],
            Channels::Rgb => &[red, green, blue],
            Channels::Rgba | Channels::Cmyk => &[red, green, blue, alpha],
        };
        let (width, height) = canvas.size;
        let mut samples = blank.repeat(width as usize * height as usize);
        let bytes = blank.len();
        let rows = samples.chunks_exact_mut(width as usize * bytes).skip(canvas.y as usize);
        let start = canvas.x as usize * bytes;
        let length = picture.width as usize * bytes;
        for (row, from) in rows.zip(picture.samples.chunks_exact(length.max(1))) {
            if let Some(row) = row.get_mut(start..start + length) {
                row.copy_from_slice(from);
            }
        }
        Self { width, height, samples, ..picture }
    }

    /// Makes fully transparent pixels black. Their hidden colours may be hidden on purpose, and
    /// compress badly.
    pub(super) fn cleared(mut self) -> Self {
        match self.channels {
            Channels::GreyAlpha => {
                for pixel in self.samples.as_chunks_mut().0 {
                    let &mut [grey, alpha] = pixel;
                    *pixel = [if alpha == 0 { 0 } else { grey }, alpha];
                }
            }
            Channels::Rgba => {
                for pixel in self.samples.as_chunks_mut::<4>().0 {
                    *pixel = if pixel[3] == 0 { [0; 4] } else { *pixel };
                }
            }
            Channels::Grey | Channels::Rgb | Channels::Cmyk => {}
        }
        self
    }

    /// The same picture as grey, if it has colour channels but all its pixels are grey.
    pub(super) fn without_idle_color(&self) -> Option<Self> {
        let channels = match self.channels {
            Channels::Rgb => Channels::Grey,
            Channels::Rgba => Channels::GreyAlpha,
            _ => return None,
        };
        let is_idle = self.rgba().all(|[red, green, blue, _]| is_grey([red, green, blue]));
        let samples = || {
            let pixels = self.samples.chunks_exact(self.channels.count());
            pixels.flat_map(|pixel| pixel.iter().skip(2).copied()).collect()
        };
        is_idle.then(|| Self { channels, samples: samples(), ..*self })
    }

    /// Every pixel as red, green, blue and alpha.
    pub(super) fn rgba(&self) -> impl Iterator<Item = [u8; 4]> + '_ {
        self.samples.chunks_exact(self.channels.count()).map(|pixel| match *pixel {
            [grey] => [grey, grey, grey, u8::MAX],
            [grey, alpha] => [grey, grey, grey, alpha],
            [red, green, blue] => [red, green, blue, u8::MAX],
            [red, green, blue, alpha, ..] => [red, green, blue, alpha],
            [] => [0; 4],
        })
    }

    /// Turns grey into three equal samples.
    pub(super) fn with_color(self) -> Self {
        let channels = match self.channels {
            Channels::Grey => Channels::Rgb,
            Channels::GreyAlpha => Channels::Rgba,
            _ => return self,
        };
        let samples = self
            .samples
            .chunks_exact(self.channels.count())
            .flat_map(|pixel| {
                let grey = pixel.first().copied();
                grey.into_iter().chain(grey).chain(pixel.iter().copied())
            })
            .collect();
        Self { channels, samples, ..self }
    }

    /// Adds an opaque alpha channel if there is none.
    pub(super) fn with_alpha(self) -> Self {
        let channels = match self.channels {
            Channels::Grey => Channels::GreyAlpha,
            Channels::Rgb => Channels::Rgba,
            _ => return self,
        };
        let samples = self
            .samples
            .chunks_exact(self.channels.count())
            .flat_map(|pixel| pixel.iter().copied().chain([u8::MAX]))
            .collect();
        Self { channels, samples, ..self }
    }
}

/// Whether a colour is a grey.
fn is_grey([red, green, blue]: [u8; 3]) -> bool {
    red == green && green == blue
}

fn over(color: u8, behind: u8, alpha: u8) -> u8 {
    let mixed =
        u16::from(color) * u16::from(alpha) + u16::from(behind) * u16::from(u8::MAX - alpha);
    u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
}
