//! A decoded frame, whichever library decoded it: planes of 16-bit samples.

use crate::decode::heif::codec;

/// A decoded frame.
pub(super) struct Frame {
    pub(super) luma: Channel,
    /// Both chroma planes, unless the picture is grey.
    pub(super) chroma: Option<[Channel; 2]>,
}

/// One channel of a frame.
pub(super) struct Channel {
    /// The samples, row by row.
    pub(super) samples: Vec<u16>,
    /// Samples in a row.
    pub(super) stride: usize,
    /// Column and row of the first visible sample.
    pub(super) first: (usize, usize),
}

impl codec::Frame for Frame {
    type Plane<'a> = &'a Channel;

    fn luma(&self) -> &Channel {
        &self.luma
    }

    fn chroma(&self) -> Option<[&Channel; 2]> {
        self.chroma.as_ref().map(<[Channel; 2]>::each_ref)
    }
}

impl codec::Plane for &Channel {
    fn read(&self, x: usize, y: usize, to: &mut [f32]) {
        let (left, top) = self.first;
        let start = (top + y).saturating_mul(self.stride);
        let row = self.samples.get(start..).unwrap_or_default();
        for (to, &sample) in to.iter_mut().zip(row.iter().take(self.stride).skip(left + x)) {
            *to = sample.into();
        }
    }
}
