//! A file's headers: everything that must be known before its picture is decoded.

use super::app_segments::AppSegments;
use super::error::Error;
use super::header::{Frame, Scan};
use super::marker::{
    DAC, DHT, DNL, DQT, DRI, EOI, SOF0, SOF1, SOF2, SOF9, SOF10, SOF15, SOS, Walk,
};
use super::standard;

/// A part of a file that decoding needs.
#[derive(Debug, Clone)]
pub(super) enum Part<'a> {
    /// A segment of code tables.
    Codes(&'a [u8]),
    /// A segment of conditioning of arithmetic coding.
    Conditioning(&'a [u8]),
    /// A segment of quantization tables.
    Quantization(&'a [u8]),
    /// The restart interval in MCUs; 0 if there are no restart markers (B.2.4.4).
    RestartInterval(u16),
    /// A scan, and where its coded data start.
    Scan(Scan, usize),
}

/// A file's headers.
#[derive(Debug, Clone)]
pub(super) struct File<'a> {
    pub(super) source: &'a [u8],
    pub(super) frame: Frame,
    pub(super) app_segments: AppSegments<'a>,
    pub(super) parts: Vec<Part<'a>>,
    /// Whether all components come in one scan. Then nothing after this scan has been read.
    pub(super) is_one_scan: bool,
    /// Whether several scans are followed by the end of the image. If they are not, their data must
    /// tell whether they are whole.
    pub(super) has_end: bool,
    /// Whether as much of the picture as there is is decoded, instead of nothing.
    pub(super) is_damaged: bool,
}

/// The most tables and scans that a file may have. Encoders write a few dozen.
const MAX_PARTS: usize = 10_000;

impl<'a> File<'a> {
    /// Reads up to the data of the first scan or, if there are several scans, to the end of the
    /// image. In a damaged file, they may end before a segment that makes no sense.
    pub(super) fn read(source: &'a [u8], is_damaged: bool) -> Result<Self, Error> {
        let mut walk =
            Walk::new(source).ok_or(Error::Corrupt("the start-of-image marker is missing"))?;
        let mut app_segments = AppSegments::default();
        // These hold until others are set.
        let mut parts = vec![Part::Codes(standard::CODES)];
        let mut frame = loop {
            let (marker, segment) = walk.next().ok_or(Error::Truncated)?;
            match marker {
                SOF0 | SOF1 | SOF2 | SOF9 | SOF10 => break Frame::parse(marker, segment)?,
                SOS => return Err(Error::Corrupt("a scan comes before the frame header")),
                EOI => return Err(Error::Truncated),
                _ => note(marker, segment, &mut parts, &mut app_segments)?,
            }
        };
        let mut has_scan = false;
        let has_end = loop {
            let Some((marker, segment)) = walk.next() else {
                if has_scan {
                    break false;
                }
                return Err(Error::Truncated);
            };
            let noted = match marker {
                SOF0 | SOF1 | SOF2 | SOF9 | SOF10 => {
                    Err(Error::Corrupt("there are two frame headers"))
                }
                EOI if has_scan => break true,
                EOI => return Err(Error::Truncated),
                SOS => Scan::parse(segment, &frame).map(Some),
                _ => note(marker, segment, &mut parts, &mut app_segments).map(|()| None),
            };
            let scan = match noted {
                Ok(Some(scan)) => scan,
                Ok(None) => continue,
                Err(_) if is_damaged && has_scan => break false,
                Err(error) => return Err(error),
            };
            let is_whole = scan.parts.len() == frame.components.len();
            parts.push(Part::Scan(scan, walk.at));
            if !has_scan && frame.height == 0 {
                frame.height = lines_behind(walk)?;
            }
            if !has_scan && is_whole && !frame.is_progressive {
                let (is_one_scan, has_end) = (true, false);
                return Ok(Self {
                    source,
                    frame,
                    app_segments,
                    parts,
                    is_one_scan,
                    has_end,
                    is_damaged,
                });
            }
            has_scan = true;
            if walk.skip_coded_data().is_none() {
                break false;
            }
        };
        Ok(Self { source, frame, app_segments, parts, is_one_scan: false, has_end, is_damaged })
    }

    /// Refuses a picture if one of its components is in no scan or, where the end of the image is
    /// missing, if one of its coefficients lacks a bit: more scans would have followed.
    pub(super) fn check_completeness(&self) -> Result<(), Error> {
        let components = 0..self.frame.components.len();
        let is_scanned = |component| self.scans_of(component).any(|scan| scan.first == 0);
        if !self.has_end {
            let is_fine = |component| !self.frame.is_progressive || self.is_fine(component);
            let is_whole = components.clone().all(|at| is_scanned(at) && is_fine(at));
            return if is_whole { Ok(()) } else { Err(Error::Truncated) };
        }
        if components.clone().all(is_scanned) {
            Ok(())
        } else {
            Err(Error::Corrupt("a component is in no scan"))
        }
    }

    /// Whether the scans of a progressive picture code all bits of a component's coefficients.
    fn is_fine(&self, component: usize) -> bool {
        let mut lowest = [u8::MAX; 64];
        for scan in self.scans_of(component) {
            let band = lowest.get_mut(usize::from(scan.first)..=usize::from(scan.last));
            band.unwrap_or_default().fill(scan.low);
        }
        lowest == [0; 64]
    }

    /// The scans of a component, in order.
    fn scans_of(&self, component: usize) -> impl Iterator<Item = &Scan> {
        self.scans().filter(move |scan| scan.parts.iter().any(|part| part.component == component))
    }

    /// The scans, in order.
    pub(super) fn scans(&self) -> impl Iterator<Item = &Scan> + Clone {
        self.parts.iter().filter_map(|part| match part {
            Part::Scan(scan, _) => Some(scan),
            _ => None,
        })
    }
}

/// Notes a segment that is neither a frame header nor a scan header.
fn note<'a>(
    marker: u8,
    segment: &'a [u8],
    parts: &mut Vec<Part<'a>>,
    app_segments: &mut AppSegments<'a>,
) -> Result<(), Error> {
    match marker {
        DHT => parts.push(Part::Codes(segment)),
        DAC => parts.push(Part::Conditioning(segment)),
        DQT => parts.push(Part::Quantization(segment)),
        DRI => {
            let interval = segment.first_chunk().map(|&bytes| u16::from_be_bytes(bytes));
            let interval = interval
                .ok_or(Error::Corrupt("the segment of the restart interval is too short"))?;
            parts.push(Part::RestartInterval(interval));
        }
        SOF0..=SOF15 => return Err(Error::Unsupported("lossless or hierarchical coding")),
        _ => app_segments.note(marker, segment),
    }
    if parts.len() > MAX_PARTS {
        return Err(Error::Corrupt("there are too many tables and scans"));
    }
    Ok(())
}

/// The number of lines of the picture, if only a segment after its first scan contains it (B.2.5).
fn lines_behind(mut walk: Walk<'_>) -> Result<u16, Error> {
    walk.skip_coded_data().ok_or(Error::Truncated)?;
    match walk.next() {
        Some((DNL, segment)) => {
            let lines = segment.first_chunk().map(|&bytes| u16::from_be_bytes(bytes));
            lines.ok_or(Error::Corrupt("the segment of the number of lines is too short"))
        }
        Some(_) => Ok(0),
        None => Err(Error::Truncated),
    }
}
