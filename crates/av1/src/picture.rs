//! A coded picture, with what its headers tell of it.

/// A coded picture.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Open bitstream units, with a sequence header.
    pub data: &'a [u8],
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bits of a sample: 8, 10 or 12.
    pub depth: u8,
    /// Which planes there are.
    pub layout: Layout,
    /// Width and height of the largest frame that the data may hold, in pixels: larger than the picture
    /// if that is a lower layer.
    pub largest: (u32, u32),
    /// How many frames the data holds: more than one if the picture has layers.
    pub frames: u32,
    /// The operating point to decode: which of its layers.
    pub operating_point: u8,
    /// Whether the last frame is the picture, whichever layer that is. Otherwise it is the first that
    /// the decoder gives, which is of the highest layer of the operating point.
    pub shows_last: bool,
    /// The most memory that decoding takes, in bytes. A process is held to that, and to some more.
    pub memory: u64,
}

/// Which planes a picture has, and their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Luma alone.
    Grey,
    /// 4:2:0: chroma has half of the columns and half of the rows.
    HalfBoth,
    /// 4:2:2: chroma has half of the columns.
    HalfColumns,
    /// 4:4:4: chroma is as large as luma.
    Full,
}

impl Layout {
    const ALL: [Self; 4] = [Self::Grey, Self::HalfBoth, Self::HalfColumns, Self::Full];

    /// Its number on the wire.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Grey => 0,
            Self::HalfBoth => 1,
            Self::HalfColumns => 2,
            Self::Full => 3,
        }
    }

    pub(crate) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Columns and rows of both chroma planes, if there are any.
    fn chroma(self, width: u32, height: u32) -> Option<(u32, u32)> {
        match self {
            Self::Grey => None,
            Self::HalfBoth => Some((width.div_ceil(2), height.div_ceil(2))),
            Self::HalfColumns => Some((width.div_ceil(2), height)),
            Self::Full => Some((width, height)),
        }
    }
}

impl Picture<'_> {
    /// Bytes of a sample: two, in this machine's order, if it has more than eight bits.
    pub(crate) fn sample_bytes(&self) -> usize {
        if self.depth > 8 { 2 } else { 1 }
    }

    /// Bytes of a row and number of rows of each plane: luma, and then chroma.
    pub(crate) fn planes(&self) -> impl Iterator<Item = (usize, usize)> {
        let chroma = self.layout.chroma(self.width, self.height);
        let sizes = [Some((self.width, self.height)), chroma, chroma];
        let sample = self.sample_bytes();
        sizes
            .into_iter()
            .flatten()
            .map(move |(columns, rows)| ((columns as usize).saturating_mul(sample), rows as usize))
    }
}
