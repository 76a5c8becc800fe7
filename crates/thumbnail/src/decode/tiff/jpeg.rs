//! Estimates the cost of decoding a JPEG in a TIFF by walking over its markers (ITU-T T.81, annex
//! B). Nothing is decoded or judged.

/// Summary of a file's markers.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// How many scans there are.
    pub(super) scans: u64,
    /// The frame header, if there is one.
    pub(super) frame: Option<Frame>,
}

/// A frame header (T.81, B.2.2).
#[derive(Debug)]
pub(super) struct Frame {
    is_progressive: bool,
    width: u16,
    height: u16,
    /// Horizontal and vertical sampling factor of each component.
    sampling: Vec<(u8, u8)>,
}

impl Outline {
    pub(super) fn of(source: &[u8]) -> Self {
        let mut outline = Self::default();
        // After the start-of-image marker.
        let mut rest = source.get(2..).unwrap_or_default();
        while let Some((marker, after)) = next_marker(rest) {
            rest = after;
            match marker {
                STUFFED | TEMPORARY | STANDALONE_FIRST..=STANDALONE_LAST => {}
                END_OF_IMAGE => return outline,
                _ => {
                    let Some((segment, after)) = segment(rest) else { return outline };
                    match marker {
                        BASELINE..=PROGRESSIVE => {
                            outline.frame = Frame::parse(marker == PROGRESSIVE, segment);
                        }
                        START_OF_SCAN => outline.scans += 1,
                        _ => {}
                    }
                    rest = after;
                }
            }
        }
        outline
    }
}

impl Frame {
    fn parse(is_progressive: bool, segment: &[u8]) -> Option<Self> {
        let (&[_, height_1, height_0, width_1, width_0, _], components) =
            segment.split_first_chunk::<6>()?;
        let components = components.as_chunks::<3>().0.iter();
        Some(Self {
            is_progressive,
            width: u16::from_be_bytes([width_1, width_0]),
            height: u16::from_be_bytes([height_1, height_0]),
            sampling: components.map(|&[_, factors, _]| (factors >> 4, factors & 15)).collect(),
        })
    }

    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Blocks of 8 x 8 samples, including those beyond the picture's edges.
    pub(super) fn blocks(&self) -> u64 {
        let (across, down) = self.units();
        let of_a_unit = |&(h, v): &(u8, u8)| u64::from(h) * u64::from(v);
        across * down * self.sampling.iter().map(of_a_unit).sum::<u64>()
    }

    /// Bytes of the decoded picture, and of what the decoder holds beside it: the rows of blocks
    /// that are converted to rows of pixels, and for a progressive picture all coefficients, two
    /// bytes each.
    pub(super) fn decoding_bytes(&self) -> u64 {
        let components = self.sampling.len() as u64;
        let coefficients = if self.is_progressive { self.blocks() * 128 } else { 0 };
        let padded_width = self.units().0 * 8 * self.most(|(h, _)| h);
        let of_a_column = 16 + components * 8 * self.most(|(_, v)| v) * 7;
        self.pixels() * components + coefficients + padded_width * of_a_column
    }

    /// Coded units (MCUs) across and down: each has one block of the component with the fewest
    /// samples.
    fn units(&self) -> (u64, u64) {
        let across = u64::from(self.width).div_ceil(8 * self.most(|(h, _)| h));
        let down = u64::from(self.height).div_ceil(8 * self.most(|(_, v)| v));
        (across, down)
    }

    fn most(&self, factor: impl Fn((u8, u8)) -> u8) -> u64 {
        u64::from(self.sampling.iter().map(|&factors| factor(factors)).max().unwrap_or(1).max(1))
    }
}

const STUFFED: u8 = 0x00;
const TEMPORARY: u8 = 0x01;
const BASELINE: u8 = 0xC0;
const PROGRESSIVE: u8 = 0xC2;
const STANDALONE_FIRST: u8 = 0xD0;
const STANDALONE_LAST: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// The next marker and what follows it. Fill bytes and junk are skipped. A 0xFF in coded data,
/// which 0x00 follows, counts as a marker.
fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let start = memchr::memchr(0xFF, rest)?;
        rest = rest.get(start + 1..)?;
        match rest.split_first()? {
            (0xFF, _) => {}
            (&marker, after) => return Some((marker, after)),
        }
    }
}

/// The payload of the segment at `rest`, and what follows it. The segment's length includes its own
/// two bytes.
fn segment(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    after.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
}
