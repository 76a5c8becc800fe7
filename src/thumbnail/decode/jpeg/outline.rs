//! What a walk over a JPEG file's markers tells, without decoding anything (ITU-T T.81, annex B).
//! It judges nothing: which outlines are refused is for the decoder beside it to say.

/// The markers of a file, summed up.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each tells of its own marker")]
pub(in crate::thumbnail::decode) struct Outline {
    /// The end-of-image marker comes, after at least one scan. Without it the file was cut off:
    /// the decoder would make up the rest. What follows it (a second picture, a video) is ignored.
    pub(in crate::thumbnail::decode) has_end: bool,
    /// There is an Adobe segment, whose writers store CMYK inverted.
    pub(in crate::thumbnail::decode) has_adobe_marker: bool,
    /// The picture is not progressive, yet its first scan lacks some of its components.
    pub(in crate::thumbnail::decode) is_split_baseline: bool,
    /// How many scans there are.
    pub(in crate::thumbnail::decode) scans: u64,
    /// How many segments there are.
    pub(in crate::thumbnail::decode) segments: u64,
    /// Bytes in application segments, where profiles and EXIF are.
    pub(in crate::thumbnail::decode) metadata_bytes: u64,
    /// The headers hold bytes that decoders read in different ways, so that this one's may differ.
    pub(in crate::thumbnail::decode) is_ambiguous: bool,
    /// The picture's frame header, if it comes.
    pub(in crate::thumbnail::decode) frame: Option<Frame>,
}

/// A frame header (T.81, B.2.2).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::thumbnail::decode) struct Frame {
    pub(in crate::thumbnail::decode) is_progressive: bool,
    /// In pixels.
    pub(in crate::thumbnail::decode) width: u16,
    /// In pixels.
    pub(in crate::thumbnail::decode) height: u16,
    /// Horizontal and vertical sampling factor of each component.
    pub(in crate::thumbnail::decode) sampling: Vec<(u8, u8)>,
}

impl Outline {
    pub(in crate::thumbnail::decode) fn of(source: &[u8]) -> Self {
        let mut outline = Self::default();
        // Past the start-of-image marker.
        let mut rest = source.get(2..).unwrap_or_default();
        while let Some((marker, after)) = next_marker(rest) {
            let is_junk =
                matches!(marker, STUFFED | TEMPORARY | STANDALONE_FIRST..=STANDALONE_LAST);
            outline.is_ambiguous |= is_junk && outline.scans == 0;
            rest = after;
            match marker {
                END_OF_IMAGE => {
                    outline.has_end = outline.scans > 0;
                    return outline;
                }
                _ if is_junk => {}
                _ => {
                    let Some((segment, after)) = segment(rest) else {
                        return outline;
                    };
                    outline.note(marker, segment);
                    rest = after;
                }
            }
        }
        outline
    }

    fn note(&mut self, marker: u8, segment: &[u8]) {
        self.segments += 1;
        match marker {
            BASELINE | EXTENDED | PROGRESSIVE => {
                self.is_ambiguous |= self.frame.is_some();
                self.frame = Frame::parse(marker == PROGRESSIVE, segment);
            }
            START_OF_SCAN => {
                let scanned = segment.first().copied().unwrap_or(0);
                if let (0, Some(frame)) = (self.scans, &self.frame) {
                    self.is_split_baseline =
                        !frame.is_progressive && usize::from(scanned) < frame.sampling.len();
                }
                self.scans += 1;
            }
            APP0..=APP15 => {
                self.has_adobe_marker |= marker == APP14 && segment.starts_with(b"Adobe");
                self.metadata_bytes += segment.len() as u64;
            }
            _ => {}
        }
    }
}

impl Frame {
    fn parse(is_progressive: bool, segment: &[u8]) -> Option<Self> {
        let (&[_, height_1, height_0, width_1, width_0, _], components) =
            segment.split_first_chunk::<6>()?;
        let sampling = components
            .as_chunks::<3>()
            .0
            .iter()
            .map(|&[_, factors, _]| (factors >> 4, factors & 15));
        Some(Self {
            is_progressive,
            width: u16::from_be_bytes([width_1, width_0]),
            height: u16::from_be_bytes([height_1, height_0]),
            sampling: sampling.collect(),
        })
    }

    /// The frame of a size that takes the most to decode.
    pub(in crate::thumbnail::decode) fn costliest(
        (width, height): (u16, u16),
        components: u8,
    ) -> Self {
        Self {
            is_progressive: true,
            width,
            height,
            sampling: vec![(4, 4); usize::from(components)],
        }
    }

    /// Samples that blocks of 8 x 8 hold, those beyond the picture's edges included.
    pub(in crate::thumbnail::decode) fn samples(&self) -> u64 {
        let (across, down) = self.units();
        let of_a_unit = |&(h, v): &(u8, u8)| u64::from(h) * u64::from(v) * 64;
        across * down * self.sampling.iter().map(of_a_unit).sum::<u64>()
    }

    /// Width in pixels, up to the end of the last coded unit.
    pub(in crate::thumbnail::decode) fn padded_width(&self) -> u64 {
        self.units().0 * 8 * self.most(|(h, _)| h)
    }

    /// Height of a coded unit in pixels.
    pub(in crate::thumbnail::decode) fn unit_height(&self) -> u64 {
        8 * self.most(|(_, v)| v)
    }

    /// Coded units across and down: each holds one block of the coarsest component.
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
const EXTENDED: u8 = 0xC1;
const PROGRESSIVE: u8 = 0xC2;
const STANDALONE_FIRST: u8 = 0xD0;
const STANDALONE_LAST: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP14: u8 = 0xEE;
const APP15: u8 = 0xEF;

/// The next marker and what follows it, a 0xFF of coded data, which is followed by 0x00, included.
/// Fill bytes and junk are passed over.
fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let start = rest.iter().position(|&byte| byte == 0xFF)?;
        rest = rest.get(start + 1..)?;
        match rest.split_first()? {
            (0xFF, _) => {}
            (&marker, after) => return Some((marker, after)),
        }
    }
}

/// The payload of the segment that starts at `rest`, and what follows it. Its length counts its own
/// two bytes.
fn segment(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    after.split_at_checked(usize::from(u16::from_be_bytes(*length)).checked_sub(2)?)
}
