//! Reads from the header of the first frame how a picture is stored (ISO/IEC 18181-1, annex F). The
//! decoder tells this only after it has begun to decode.

use jxl::api::JxlBasicInfo;

use super::bits::Bits;
use super::fields::{SPLINES, USES_LF_FRAME, has_passes};
use super::lf_frame;

/// How a picture is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// In several frames that refer to each other, or in a way that is not examined here.
    Layers,
    /// In one frame, or in the first frame of an animation.
    Frame {
        /// Whether LF frames come before it, which it refines.
        has_lf_frames: bool,
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
    pub(super) fn of(mut frame: &[u8], info: &JxlBasicInfo) -> Option<Self> {
        if info.preview_size.is_some() {
            return Some(Self::Layers);
        }
        // LF frames come before the frame that refines them, the smallest first.
        let mut level = u64::MAX;
        while let Some((larger, after)) = lf_frame::skip(frame, info)
            && larger < level
        {
            (frame, level) = (after, larger);
        }
        let has_lf_frames = level < u64::MAX;
        let mut bits = Bits::new(frame);
        let is_default = bits.flag()?;
        let alone = |is_cosine, has_passes, has_splines, is_kept| {
            Some(Self::Frame { has_lf_frames, is_cosine, has_passes, has_splines, is_kept })
        };
        if is_default {
            return alone(true, false, false, false);
        }
        let kind = bits.number(2)?;
        let is_cosine = !bits.flag()?;
        let flags = bits.long()?;
        if kind != 0 {
            return Some(Self::Layers);
        }
        let is_xyb = !info.uses_original_profile;
        let is_fine = flags & USES_LF_FRAME == 0;
        if !is_xyb && bits.flag()? && is_fine {
            bits.number(6)?; // Chroma subsampling.
        }
        let extra = info.extra_channels.len();
        if is_fine {
            for _ in 0..=extra {
                bits.number(2)?; // Upsampling of each channel.
            }
        }
        match (is_cosine, is_xyb) {
            (false, _) => bits.number(2)?,   // Group size.
            (true, true) => bits.number(6)?, // Quantizer scales of X and B.
            (true, false) => 0,
        };
        let has_passes = has_passes(&mut bits)?;
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
