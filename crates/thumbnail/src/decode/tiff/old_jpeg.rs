//! JPEG in its old form (TIFF 6.0, section 22): the picture is one JPEG, whose headers are in
//! entries of the directory, in a stream of their own or before the first strip, and whose coded
//! data is in the strips. Puts them together to a file. Nothing is decoded here.

use super::directory::{Directory, ambiguous};
use super::entries::Entry;
use super::pieces::{Coded, Pieces, coded};
use super::values::Photometric;
use crate::decode::file::File;
use crate::error::ThumbnailError;

const START_OF_IMAGE: [u8; 2] = [0xFF, 0xD8];
const END_OF_IMAGE: [u8; 2] = [0xFF, 0xD9];
const RESTART: u8 = 0xD0;
const BASELINE: u8 = 0xC0;
const EXTENDED: u8 = 0xC1;
const CODES: u8 = 0xC4;
const START_OF_SCAN: u8 = 0xDA;
const QUANTIZATION: u8 = 0xDB;
const RESTART_INTERVAL: u8 = 0xDD;

/// The most bytes of tables: no sound file has more than four of each kind.
const MAX_TABLE_BYTES: usize = 1 << 14;

/// A picture in the old form.
pub(super) struct OldJpeg {
    /// From the start of the image to the header of the scan.
    pub(super) header: Vec<u8>,
    /// Where the coded data begins.
    start: usize,
    /// How many restart intervals each strip has.
    intervals: usize,
}

/// Whether each strip or tile is a JPEG file, which some writers declare in the old way.
pub(super) fn is_in_files(
    file: &File<'_>,
    directory: &Directory<'_>,
    pieces: &Pieces,
) -> Result<bool, ThumbnailError> {
    let mut first = coded(file, directory, pieces)?.take(2);
    Ok(pieces.count > 1
        && first.all(|coded| coded.is_some_and(|coded| coded.bytes.starts_with(&START_OF_IMAGE))))
}

impl OldJpeg {
    /// Reads the headers.
    pub(super) fn of<'a>(
        file: &File<'a>,
        directory: &Directory<'a>,
        pieces: &Pieces,
    ) -> Result<Self, ThumbnailError> {
        let entries = &directory.old_jpeg;
        if !matches!(entries.process, None | Some(1)) {
            return Err(file.unsupported("a JPEG in the old form that is not baseline"));
        }
        let is_in_tiles = pieces.count > 1 && pieces.width != directory.size.0;
        if directory.is_planar || directory.bits != 8 || is_in_tiles {
            return Err(file.unsupported("a JPEG in the old form in planes or tiles"));
        }
        let strip = coded(file, directory, pieces)?.next().flatten();
        let Coded { bytes: strip, start: strip_start, .. } =
            strip.ok_or_else(|| file.truncated(None))?;
        let strip_end = strip_start + strip.len();
        let mut headers = Headers::default();
        let stream = entries.stream.and_then(|start| usize::try_from(start).ok());
        let stream = stream.and_then(|start| Some((start, file.source.get(start..)?)));
        let mut scan = stream.and_then(|(start, stream)| {
            let length = entries.stream_length.and_then(|length| usize::try_from(length).ok());
            let stream = stream.get(..length.unwrap_or(stream.len())).unwrap_or(stream);
            Some(start + headers.read(stream)?)
        });
        if scan.is_none() {
            scan = headers.read(strip).map(|length| strip_start + length);
        }
        // The stream of headers may be a whole file, with the strip somewhere inside it.
        let start = scan.filter(|scan| (strip_start..strip_end).contains(scan));
        let (header, intervals) = headers.join(file, directory, pieces)?;
        Ok(Self { header, start: start.unwrap_or(strip_start), intervals })
    }

    /// Puts header and strips together.
    pub(super) fn join<'a>(
        &self,
        file: &File<'a>,
        directory: &Directory<'a>,
        pieces: &Pieces,
    ) -> Result<Vec<u8>, ThumbnailError> {
        let mut jpeg = self.header.clone();
        for (number, strip) in coded(file, directory, pieces)?.enumerate() {
            let strip = match strip {
                Some(strip) if file.is_damaged || !strip.is_cut => strip,
                _ if file.is_damaged => break,
                _ => return Err(file.truncated(None)),
            };
            let skipped = if number == 0 { self.start.saturating_sub(strip.start) } else { 0 };
            let data = strip.bytes.get(skipped..).unwrap_or_default();
            let data = data.strip_suffix(&END_OF_IMAGE).unwrap_or(data);
            // Each strip begins afresh. Not all writers store the marker for that.
            let has_marker = matches!(jpeg.last_chunk(), Some([0xFF, RESTART..=0xD7]));
            if number > 0 && !has_marker {
                let marker = (number * self.intervals).wrapping_sub(1) % 8;
                jpeg.extend([0xFF, RESTART + u8::try_from(marker).unwrap_or(0)]);
            }
            jpeg.extend_from_slice(data);
        }
        jpeg.extend(END_OF_IMAGE);
        Ok(jpeg)
    }
}

/// The segments before the coded data, each with its marker.
#[derive(Default)]
struct Headers<'a> {
    tables: Vec<&'a [u8]>,
    frame: Option<&'a [u8]>,
    scan: Option<&'a [u8]>,
    interval: u64,
}

impl<'a> Headers<'a> {
    /// Reads segments up to the header of a scan. Returns where that ends, if there is one.
    fn read(&mut self, stream: &'a [u8]) -> Option<usize> {
        let mut at = if stream.starts_with(&START_OF_IMAGE) { 2 } else { 0 };
        loop {
            let &[0xFF, marker, high, low] = stream.get(at..)?.first_chunk()? else { return None };
            let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
            let segment = stream.get(at..end)?;
            match marker {
                CODES | QUANTIZATION => self.tables.push(segment),
                BASELINE | EXTENDED => self.frame = Some(segment),
                RESTART_INTERVAL => {
                    self.interval = segment.get(4..)?.iter().fold(0, |n, &b| n << 8 | u64::from(b));
                }
                START_OF_SCAN => {
                    self.scan = Some(segment);
                    return Some(end);
                }
                _ => {}
            }
            at = end;
        }
    }

    /// A file up to its coded data, and how many restart intervals each strip has. What the stream
    /// lacks is made from the directory.
    fn join(
        &self,
        file: &File<'_>,
        directory: &Directory<'_>,
        pieces: &Pieces,
    ) -> Result<(Vec<u8>, usize), ThumbnailError> {
        let made = Made::of(directory, pieces);
        let frame = self.frame.map_or(made.frame, <[u8]>::to_vec);
        let interval = directory.old_jpeg.restart_interval.filter(|&interval| interval > 0);
        let interval = interval.unwrap_or(self.interval);
        let (interval, intervals) = if pieces.count > 1 {
            let units = units(&frame, pieces).ok_or_else(|| ambiguous(file))?;
            let interval = if interval == 0 { units } else { interval };
            if !units.is_multiple_of(interval) {
                return Err(file.unsupported("restart intervals that do not end with strips"));
            }
            (interval, units / interval)
        } else {
            (interval, 1)
        };
        let interval = u16::try_from(interval).map_err(|_| ambiguous(file))?;
        let has_tables = |marker| self.tables.iter().any(|table| table.get(1) == Some(&marker));
        if self.tables.iter().map(|table| table.len()).sum::<usize>() > MAX_TABLE_BYTES {
            return Err(ambiguous(file));
        }
        let mut header = START_OF_IMAGE.to_vec();
        header.extend(self.tables.iter().copied().flatten());
        if !has_tables(QUANTIZATION) {
            header.extend(made.quantization);
        }
        if !has_tables(CODES) {
            header.extend(made.codes);
        }
        if interval > 0 {
            header.extend([0xFF, RESTART_INTERVAL, 0, 4]);
            header.extend(interval.to_be_bytes());
        }
        header.extend(frame);
        header.extend(self.scan.map_or(made.scan, <[u8]>::to_vec));
        Ok((header, usize::try_from(intervals).unwrap_or(usize::MAX)))
    }
}

/// The coded units (MCUs) of a strip. `None` if a strip does not end with one.
fn units(frame: &[u8], pieces: &Pieces) -> Option<u64> {
    let components = frame.get(10..)?.as_chunks::<3>().0;
    let most = |factor: fn(u8) -> u8| {
        let factors = components.iter().map(|&[_, factors, _]| factor(factors));
        factors.max().filter(|&most| most > 0).map(u64::from)
    };
    let (across, down) = (most(|factors| factors >> 4)? * 8, most(|factors| factors & 15)? * 8);
    let height = u64::from(pieces.height);
    let is_whole = height.is_multiple_of(down);
    is_whole.then(|| u64::from(pieces.width).div_ceil(across) * (height / down))
}

/// Segments made from the entries of the directory.
struct Made {
    quantization: Vec<u8>,
    codes: Vec<u8>,
    frame: Vec<u8>,
    scan: Vec<u8>,
}

impl Made {
    fn of(directory: &Directory<'_>, pieces: &Pieces) -> Self {
        let [steps, dc, ac] = directory.old_jpeg.tables.map(offsets);
        let count = u8::try_from(directory.samples.min(4)).unwrap_or(4);
        let mut made = Self {
            quantization: Vec::new(),
            codes: Vec::new(),
            frame: Vec::new(),
            scan: vec![count],
        };
        let mut frame = vec![8];
        // A single tile may be larger than the picture.
        let height = if pieces.count > 1 { directory.size.1 } else { pieces.height };
        for side in [height, pieces.width] {
            frame.extend(u16::try_from(side).unwrap_or(0).to_be_bytes());
        }
        frame.push(count);
        for component in 0..count {
            let is_luma = component == 0 && directory.photometric == Photometric::YCbCr;
            let factors = if is_luma { directory.chroma } else { [1, 1] };
            let factors = factors.map(|factor| u8::try_from(factor.min(4)).unwrap_or(4));
            let [across, down] = factors;
            let [steps, dc, ac] = [&steps, &dc, &ac].map(|offsets| table(offsets, component));
            frame.extend([component + 1, across << 4 | down, steps]);
            made.scan.extend([component + 1, dc << 4 | ac]);
        }
        made.frame = segment(BASELINE, &frame);
        made.scan.extend([0, 63, 0]);
        made.scan = segment(START_OF_SCAN, &made.scan);
        let source = |offset: &usize| directory.old_jpeg.source.get(*offset..);
        for (number, offset) in (0..4).zip(&steps) {
            if let Some(steps) = source(offset).and_then(|table| table.get(..64)) {
                made.quantization.extend(segment(QUANTIZATION, &[&[number][..], steps].concat()));
            }
        }
        for (kind, offsets) in [(0, dc), (0x10, ac)] {
            for (number, offset) in (0..4).zip(&offsets) {
                let Some(table) = source(offset) else { continue };
                let lengths = table.iter().take(16);
                let codes: usize = lengths.map(|&codes| usize::from(codes)).sum();
                if let Some(codes) = table.get(..16 + codes) {
                    made.codes.extend(segment(CODES, &[&[kind | number][..], codes].concat()));
                }
            }
        }
        made
    }
}

/// Where the tables of components are in the file.
fn offsets(entry: Option<Entry<'_>>) -> Vec<usize> {
    let values = entry.and_then(|entry| entry.values()).into_iter().flatten().take(4);
    values.filter_map(|offset| usize::try_from(offset).ok()).collect()
}

/// The number of a component's table: components may share one.
fn table(offsets: &[usize], component: u8) -> u8 {
    let own = offsets.get(usize::from(component)).or(offsets.last());
    let first = offsets.iter().position(|offset| Some(offset) == own).unwrap_or(0);
    u8::try_from(first).unwrap_or(0)
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    [&[0xFF, marker][..], &length, content].concat()
}
