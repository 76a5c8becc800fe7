//! Sizes: how a picture is divided into MCUs and blocks (ITU-T T.81, A.1 and A.2), and how large
//! these are at a scale.

use super::header::{Component, Frame};
use super::transform::BlockSize;

/// The size at which a picture is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scale {
    /// One pixel for 8 x 8.
    Eighth,
    /// One pixel for 4 x 4.
    Quarter,
    /// Three pixels for eight in each direction.
    ThreeEighths,
    /// One pixel for 2 x 2.
    Half,
    /// Five pixels for eight in each direction.
    FiveEighths,
    /// Three pixels for four in each direction.
    ThreeQuarters,
    /// Every pixel.
    Full,
}

impl Scale {
    /// Every scale, the smallest first.
    pub const ALL: [Self; 7] = [
        Self::Eighth,
        Self::Quarter,
        Self::ThreeEighths,
        Self::Half,
        Self::FiveEighths,
        Self::ThreeQuarters,
        Self::Full,
    ];

    /// How many pixels a block of 8 x 8 becomes in each direction.
    #[must_use]
    pub fn eighths(self) -> u32 {
        match self {
            Self::Eighth => 1,
            Self::Quarter => 2,
            Self::ThreeEighths => 3,
            Self::Half => 4,
            Self::FiveEighths => 5,
            Self::ThreeQuarters => 6,
            Self::Full => 8,
        }
    }

    /// The length of a side of the decoded picture, rounded up.
    #[must_use]
    pub fn side(self, pixels: u32) -> u32 {
        (pixels * self.eighths()).div_ceil(8)
    }
}

/// The resolution at which chroma is decoded if the file stores it at a lower one than luma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// As high as the scale allows.
    Full,
    /// Reduced as much as luma: enough if chroma is stored at a lower resolution again.
    Coarse,
}

/// The sample in the middle, which stands for what is missing.
pub(super) const MID_GREY: u8 = 128;

/// How a component is laid out at a scale: a plane of samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    /// Blocks in an MCU, across and down.
    pub(super) mcu: (usize, usize),
    /// The size that blocks are transformed to.
    pub(super) block: BlockSize,
    /// Blocks that contain any part of the picture, across and down. A scan of this component alone
    /// codes only these (A.2.2).
    pub(super) blocks: (usize, usize),
    /// Samples in a row, up to the end of the last MCU.
    pub(super) stride: usize,
    /// Samples that contain any part of the picture, across and down.
    pub(super) size: (usize, usize),
}

impl Plane {
    /// The exact width and height of a picture of `pixels`, in samples of this plane.
    #[expect(clippy::cast_precision_loss, reason = "blocks of an MCU, and samples of a block")]
    pub(super) fn extent(&self, layout: &Layout, pixels: (f64, f64)) -> (f64, f64) {
        let most = |side: fn(&Self) -> usize| layout.planes.iter().map(side).max().unwrap_or(1);
        let (across, down) = (most(|plane| plane.mcu.0), most(|plane| plane.mcu.1));
        let share =
            |mcu: usize, most: usize, block: usize| (mcu * block) as f64 / (8 * most) as f64;
        (
            pixels.0 * share(self.mcu.0, across, self.block.width),
            pixels.1 * share(self.mcu.1, down, self.block.height),
        )
    }

    /// Rows of samples in a row of MCUs.
    pub(super) fn mcu_rows(&self) -> usize {
        self.mcu.1 * self.block.height
    }

    /// Rows of samples, up to the end of the last MCU.
    pub(super) fn rows(&self, layout: &Layout) -> usize {
        self.mcu_rows() * layout.mcus.1
    }

    /// Blocks in a row, up to the end of the last MCU.
    pub(super) fn blocks_across(&self) -> usize {
        self.stride / self.block.width
    }
}

/// How a picture is laid out at a scale.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// MCUs across and down, in a scan of all components.
    pub(super) mcus: (usize, usize),
    /// One for each component.
    pub(super) planes: Vec<Plane>,
    /// The size of the reduced picture, in pixels.
    pub(super) size: (usize, usize),
}

impl Layout {
    pub(super) fn new(frame: &Frame, scale: Scale, detail: Detail) -> Self {
        let most = |factor: fn(&Component) -> u8| {
            usize::from(frame.components.iter().map(factor).max().unwrap_or(1))
        };
        // A single component is coded block by block, whatever its sampling factors are (A.2.2).
        let is_alone = frame.components.len() == 1;
        let (most_h, most_v) = (most(|c| c.h), most(|c| c.v));
        let (width, height) = (usize::from(frame.width), usize::from(frame.height));
        let eighths = scale.eighths() as usize;
        let factor = |factor: u8| usize::from(factor);
        let mcus = if is_alone {
            (width.div_ceil(8), height.div_ceil(8))
        } else {
            (width.div_ceil(8 * most_h), height.div_ceil(8 * most_v))
        };
        let planes = frame.components.iter().map(|component| {
            let (h, v) = (factor(component.h), factor(component.v));
            let mcu = if is_alone { (1, 1) } else { (h, v) };
            let block = match detail {
                Detail::Full => BlockSize {
                    width: block_side(eighths, h, most_h),
                    height: block_side(eighths, v, most_v),
                },
                Detail::Coarse => BlockSize { width: eighths, height: eighths },
            };
            Plane {
                mcu,
                block,
                blocks: ((width * h).div_ceil(8 * most_h), (height * v).div_ceil(8 * most_v)),
                stride: mcus.0 * mcu.0 * block.width,
                size: (
                    (width * h * block.width).div_ceil(8 * most_h),
                    (height * v * block.height).div_ceil(8 * most_v),
                ),
            }
        });
        let size = ((width * eighths).div_ceil(8), (height * eighths).div_ceil(8));
        Self { mcus, planes: planes.collect(), size }
    }
}

/// The number of samples that blocks of a component are transformed to in one direction, 8 at most.
/// A component of lower resolution gets more samples, so that it need not be upsampled.
fn block_side(eighths: usize, factor: usize, most: usize) -> usize {
    let mut side = eighths;
    while side * 2 <= 8 && (most * eighths).is_multiple_of(factor * side * 2) {
        side *= 2;
    }
    side
}
