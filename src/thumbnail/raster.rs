//! Uncompressed pixels of thumbnail size, between the resizer and the encoder. Full-size pictures
//! never take this form.

use image::metadata::Orientation;

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

/// Samples at the depth they were decoded in; whole range of the type, floats from 0 to 1.
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

/// A small picture in sRGB or its greys, 8 bits a sample: what encoders take. Never CMYK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Srgb {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: Channels,
    pub(super) samples: Vec<u8>,
}

impl Srgb {
    /// Turns and mirrors the picture so that it shows upright without its orientation tag.
    pub(super) fn upright(self, orientation: Orientation) -> Self {
        // Each new pixel (x, y) is read from an old one: from column x or the last minus x, from
        // row y or the last minus y, after x and y changed places where the tag turns the picture.
        let (swap, flip_x, flip_y) = match orientation {
            Orientation::NoTransforms => return self,
            Orientation::FlipHorizontal => (false, true, false),
            Orientation::Rotate180 => (false, true, true),
            Orientation::FlipVertical => (false, false, true),
            Orientation::Rotate90FlipH => (true, false, false),
            Orientation::Rotate90 => (true, false, true),
            Orientation::Rotate270FlipH => (true, true, true),
            Orientation::Rotate270 => (true, true, false),
        };
        let (width, height) =
            if swap { (self.height, self.width) } else { (self.width, self.height) };
        let bytes = self.channels.count();
        let row = self.width as usize * bytes;
        let (last_x, last_y) = (self.width.saturating_sub(1), self.height.saturating_sub(1));
        let mut samples = Vec::with_capacity(self.samples.len());
        for y in 0..height {
            for x in 0..width {
                let (from_x, from_y) = if swap { (y, x) } else { (x, y) };
                let from_x = if flip_x { last_x.saturating_sub(from_x) } else { from_x };
                let from_y = if flip_y { last_y.saturating_sub(from_y) } else { from_y };
                let start = from_y as usize * row + from_x as usize * bytes;
                samples
                    .extend_from_slice(self.samples.get(start..start + bytes).unwrap_or_default());
            }
        }
        Self { width, height, channels: self.channels, samples }
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

    /// Lays the picture on white, which leaves no alpha channel.
    pub(super) fn on_white(self) -> Self {
        let channels = match self.channels {
            Channels::GreyAlpha => Channels::Grey,
            Channels::Rgba => Channels::Rgb,
            _ => return self,
        };
        let samples = self
            .samples
            .chunks_exact(self.channels.count())
            .flat_map(|pixel| {
                let (&alpha, colours) = pixel.split_last().unwrap_or((&u8::MAX, &[]));
                colours.iter().map(move |&colour| over_white(colour, alpha))
            })
            .collect();
        Self { channels, samples, ..self }
    }
}

fn over_white(colour: u8, alpha: u8) -> u8 {
    let mixed =
        u16::from(colour) * u16::from(alpha) + u16::from(u8::MAX) * u16::from(u8::MAX - alpha);
    u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
}
