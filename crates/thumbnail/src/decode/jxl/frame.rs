//! Reads from the header of the first frame how a picture is stored (ISO/IEC 18181-1, annex F). The
//! decoder tells this only after it has begun to decode.

use jxl::api::JxlBasicInfo;

/// Splines are drawn over the frame.
const SPLINES: u64 = 0x10;

/// The frame refines an earlier LF frame.
const USES_LF_FRAME: u64 = 0x20;

/// How a picture is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// In several frames that refer to each other, or in a way that is not examined here.
    Layers,
    /// In one frame, or in the first frame of an animation.
    Frame {
        /// Whether the colours are coded by DCT (`VarDCT`); extra channels never are.
        is_cosine: bool,
        /// Whether it is progressive, with several passes.
        has_passes: bool,
        /// Whether splines are drawn over it.
        has_splines: bool,
        /// Whether it is kept as a reference for later frames.
        is_kept: bool,
    },
}

impl Storage {
    /// `None` if the bytes end before the header does.
    pub(super) fn of(frame: &[u8], info: &JxlBasicInfo) -> Option<Self> {
        if info.preview_size.is_some() {
            return Some(Self::Layers);
        }
        let mut bits = Bits { bytes: frame, at: 0 };
        let is_default = bits.flag()?;
        let alone = |is_cosine, has_passes, has_splines, is_kept| {
            Some(Self::Frame { is_cosine, has_passes, has_splines, is_kept })
        };
        if is_default {
            return alone(true, false, false, false);
        }
        let kind = bits.number(2)?;
        let is_cosine = !bits.flag()?;
        let flags = bits.long()?;
        if kind != 0 || flags & USES_LF_FRAME != 0 {
            return Some(Self::Layers);
        }
        let is_xyb = !info.uses_original_profile;
        if !is_xyb && bits.flag()? {
            bits.number(6)?; // Chroma subsampling.
        }
        let extra = info.extra_channels.len();
        for _ in 0..=extra {
            bits.number(2)?; // Upsampling of each channel.
        }
        match (is_cosine, is_xyb) {
            (false, _) => bits.number(2)?,   // Group size.
            (true, true) => bits.number(6)?, // Quantizer scales of X and B.
            (true, false) => 0,
        };
        let has_passes = bits.has_passes()?;
        let is_cropped = bits.flag()?;
        if is_cropped {
            return Some(Self::Layers);
        }
        for _ in 0..=extra {
            let blends = bits.number(2)? != 0;
            if blends {
                return Some(Self::Layers);
            }
        }
        let mut duration = 0;
        if let Some(animation) = &info.animation {
            duration = match bits.number(2)? {
                2 => bits.number(8)?,
                3 => bits.number(32)?,
                few => few,
            };
            if animation.have_timecodes {
                bits.number(32)?;
            }
        }
        let is_last = bits.flag()?;
        if !is_last && duration == 0 {
            return Some(Self::Layers);
        }
        alone(is_cosine, has_passes, flags & SPLINES != 0, !is_last)
    }
}

/// Reads bits, the lowest of each byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    fn number(&mut self, count: u32) -> Option<u64> {
        (0..count).try_fold(0, |number, bit| Some(number | u64::from(self.flag()?) << bit))
    }

    /// A number of variable length, U64 (annex B.2.4).
    fn long(&mut self) -> Option<u64> {
        Some(match self.number(2)? {
            0 => 0,
            1 => 1 + self.number(4)?,
            2 => 17 + self.number(8)?,
            _ => {
                let mut number = self.number(12)?;
                let mut shift = 12;
                while shift <= 60 && self.flag()? {
                    number |= self.number(if shift == 60 { 4 } else { 8 })? << shift;
                    shift += 8;
                }
                number
            }
        })
    }

    /// Reads the passes of the frame, and returns whether there is more than one.
    fn has_passes(&mut self) -> Option<bool> {
        let passes = match self.number(2)? {
            3 => 4 + self.number(3)?,
            few => 1 + few,
        };
        if passes == 1 {
            return Some(false);
        }
        let smaller = match self.number(2)? {
            3 => 3 + self.number(1)?,
            few => few,
        };
        for _ in 1..passes + smaller {
            self.number(2)?; // Shifts, then downsampling factors.
        }
        for _ in 0..smaller {
            if self.number(2)? == 3 {
                self.number(3)?;
            }
        }
        Some(true)
    }
}
