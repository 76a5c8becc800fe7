//! What a pixel's samples are and mean, as the numbers in a directory say.

/// What a pixel's samples mean (TIFF 6.0, section 8, and the supplements).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
    /// With signed a* and b*.
    CieLab,
    /// With a* and b* from zero up.
    IccLab,
    Other(u64),
}

/// The numbers that samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    Unsigned,
    Signed,
    Float,
    /// Complex numbers, or not the same for all samples.
    Other,
}

/// The meaning of the first sample after the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// Not alpha, or no such sample.
    None,
    /// Premultiplied (associated) alpha.
    Premultiplied,
    /// Straight (unassociated) alpha.
    Straight,
}

impl Photometric {
    pub(super) fn of(number: u64) -> Self {
        match number {
            0 => Self::WhiteIsZero,
            1 => Self::BlackIsZero,
            2 => Self::Rgb,
            3 => Self::Palette,
            5 => Self::Cmyk,
            6 => Self::YCbCr,
            8 => Self::CieLab,
            9 => Self::IccLab,
            other => Self::Other(other),
        }
    }

    /// The number of samples that a colour takes.
    pub(super) fn samples(self) -> u64 {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette | Self::Other(_) => 1,
            Self::Rgb | Self::YCbCr | Self::CieLab | Self::IccLab => 3,
            Self::Cmyk => 4,
        }
    }
}

impl Numbers {
    pub(super) fn of(formats: Option<impl Iterator<Item = u64>>, photometric: Photometric) -> Self {
        let Some(mut formats) = formats else { return Self::Unsigned };
        let first = match formats.next() {
            Some(2) => Self::Signed,
            Some(3) => Self::Float,
            // 4 is undefined, which nobody means.
            Some(1 | 4) | None => Self::Unsigned,
            Some(_) => Self::Other,
        };
        let number = match first {
            Self::Signed => 2,
            Self::Float => 3,
            _ => 1,
        };
        let are_same = formats.all(|format| format == number || number == 1 && format == 4);
        // L* is unsigned where a* and b* are not.
        let is_lab = photometric == Photometric::CieLab && first != Self::Float;
        if are_same || is_lab { first } else { Self::Other }
    }
}

impl Extra {
    pub(super) fn of(number: Option<u64>) -> Self {
        match number {
            Some(1) => Self::Premultiplied,
            Some(2) => Self::Straight,
            _ => Self::None,
        }
    }
}
