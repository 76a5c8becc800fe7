//! Progressive pictures (ITU-T T.81, annex G). Each scan codes a band of coefficients of every
//! block, or one more bit of them. Coefficients are held until all scans have been read. So are
//! those of all pictures with arithmetic coding.
//!
//! Only the coefficients that the scale needs are held, and a scan without any of them is skipped.
//! A refinement scan, however, can be read only if it is known which of its coefficients are not
//! zero. So unless only DC coefficients are read, one bit is held for each of the 64 coefficients
//! of a block: whether it is not zero.
//!
//! If the end of the image is missing, all scans are read, because only reading the last one tells
//! whether it is whole.

use super::arithmetic::read_scan;
use super::block::Wanted;
use super::coefficients::{AcScan, Coefficients, DcPart, read_dc};
use super::error::Error;
use super::file::{self, File};
use super::header::Scan;
use super::layout::{Layout, MID_GREY};
use super::rows::Rows;
use super::scan::{McuRows, Shape, Tables, of_scan};
use super::transform::{self, Batch};

/// Decodes a picture whose coefficients are held.
pub(super) fn decode(
    file: &File<'_>,
    layout: &Layout,
    rows: &mut Rows,
    sink: &mut dyn FnMut(usize, &[u8]),
) -> Result<(), Error> {
    let mut progress = Progress::new(file, layout);
    for part in &file.parts {
        match progress.read(part) {
            Err(_) if file.is_damaged && progress.has_row => break,
            read => read?,
        }
    }
    if !file.is_damaged {
        file.check_completeness()?;
    } else if !progress.has_row {
        return Err(Error::Truncated);
    }
    let Progress { wanted, held, .. } = progress;
    let batch = |wanted: &Wanted| Batch::new(wanted.size, wanted.dropped);
    let wanted = wanted.into_iter();
    let mut wanted: Vec<_> =
        wanted.map(|wanted| wanted.map(|wanted| (batch(&wanted), wanted))).collect();
    for row in 0..layout.mcus.1 {
        let planes = layout.planes.iter().zip(&held).zip(&mut wanted);
        for (samples, ((plane, held), wanted)) in rows.samples().zip(planes) {
            let Some((batch, wanted)) = wanted else {
                samples.fill(MID_GREY);
                continue;
            };
            let line = plane.block.height * plane.stride;
            for (y, samples) in samples.chunks_mut(line).enumerate() {
                let blocks = held.row(row * plane.mcu.1 + y);
                transform_row(wanted, blocks, batch, samples, plane.stride);
            }
        }
        rows.finish(row, layout.mcus.1, sink);
    }
    Ok(())
}

/// What was read so far.
struct Progress<'f, 'a> {
    file: &'f File<'a>,
    layout: &'f Layout,
    tables: Tables,
    /// What is needed of each component; `None` before its first scan.
    wanted: Vec<Option<Wanted>>,
    coefficients_to_read: Vec<usize>,
    /// The coefficients of each component.
    held: Vec<Coefficients>,
    /// For each component, a bit for each coefficient: whether it is missing in any block.
    missing: Vec<u64>,
    /// Whether any row of blocks shows.
    has_row: bool,
}

impl<'f, 'a> Progress<'f, 'a> {
    fn new(file: &'f File<'a>, layout: &'f Layout) -> Self {
        let coefficients_to_read = coefficients_to_read(file, layout);
        let planes = layout.planes.iter().zip(&coefficients_to_read);
        Self {
            file,
            layout,
            tables: Tables::default(),
            wanted: vec![None; layout.planes.len()],
            held: planes
                .map(|(plane, &to_read)| Coefficients::new(plane, layout, to_read > 1))
                .collect(),
            coefficients_to_read,
            missing: vec![0; layout.planes.len()],
            has_row: false,
        }
    }

    /// Reads a scan, or sets tables.
    fn read(&mut self, part: &file::Part<'_>) -> Result<(), Error> {
        let Self { file, layout, tables, .. } = self;
        tables.set(part)?;
        let file::Part::Scan(scan, start) = part else { return Ok(()) };
        for part in &scan.parts {
            if let (Some(wanted @ None), Some(plane)) =
                (self.wanted.get_mut(part.component), layout.planes.get(part.component))
            {
                *wanted = Some(tables.wanted(file, part.component, plane)?);
            }
        }
        // Refinement cannot be read without what it refines.
        if scan.high > 0 && self.missing_of(scan).any(|missing| *missing & scan.band() != 0) {
            self.missing_of(scan).for_each(|missing| *missing |= scan.band());
            return Ok(());
        }
        let Self { file, layout, tables, .. } = self;
        let is_needed = scan.parts.iter().any(|part| {
            let to_read = self.coefficients_to_read.get(part.component);
            to_read.is_some_and(|&to_read| usize::from(scan.first) < to_read)
        });
        if !is_needed {
            return Ok(());
        }
        let mut held = of_scan(scan, &mut self.held);
        let shape = Shape::of(scan, layout);
        if file.frame.is_arithmetic {
            let Tables { conditioning, restart_interval, .. } = &*tables;
            let data = (file.source, *start);
            read_scan(data, scan, &shape, conditioning, *restart_interval, &mut held)?;
            self.has_row |= scan.shows();
            return Ok(());
        }
        let mcus = if scan.first == 0 {
            let mut mcus = McuRows::new(file, *start, &shape, tables);
            read_dc_scan(scan, held, &shape, &mut mcus, tables)?;
            mcus
        } else if let ([part], [held]) = (scan.parts.as_slice(), held.as_mut_slice()) {
            let mut mcus = McuRows::new(file, *start, &shape, tables);
            let mut ac = AcScan::new(tables.ac(part.ac)?, held, scan);
            read_ac_scan(scan, &mut ac, &shape, &mut mcus)?;
            mcus
        } else {
            return Ok(());
        };
        if mcus.is_damaged() {
            self.missing_of(scan).for_each(|missing| *missing |= scan.band());
        }
        self.has_row |= scan.shows() && mcus.has_row();
        if self.file.has_end || self.file.is_damaged { Ok(()) } else { mcus.check_end() }
    }

    /// What is missing of each component of a scan.
    fn missing_of(&mut self, scan: &Scan) -> impl Iterator<Item = &mut u64> {
        of_scan(scan, &mut self.missing).into_iter()
    }
}

/// How many coefficients of each component, in zigzag order, must be read so that the held ones are
/// right.
pub(super) fn coefficients_to_read(file: &File<'_>, layout: &Layout) -> Vec<usize> {
    let to_read = |(component, held): (usize, usize)| {
        let refines = |scan: &&Scan| {
            scan.high > 0 && scan.first > 0 && scan.parts.iter().any(|p| p.component == component)
        };
        let mut to_read = held;
        loop {
            let refining = file.scans().filter(refines);
            let touching = refining.filter(|scan| usize::from(scan.first) < to_read);
            let further = touching.map(|scan| usize::from(scan.last) + 1).max().unwrap_or(0);
            if further <= to_read {
                return to_read;
            }
            to_read = further;
        }
    };
    let held = layout.planes.iter().map(|plane| plane.block.coefficients());
    let held = held.map(|held| if file.has_end { held } else { 64 });
    held.enumerate().map(to_read).collect()
}

fn read_dc_scan(
    scan: &Scan,
    held: Vec<&mut Coefficients>,
    shape: &Shape,
    mcus: &mut McuRows<'_>,
    tables: &Tables,
) -> Result<(), Error> {
    let parts = scan.parts.iter().zip(held).zip(&shape.blocks);
    let mut parts = parts
        .map(|((part, coefficients), &mcu)| {
            // A refinement scan has one bit for each coefficient, and no codes.
            let codes = (scan.high == 0).then(|| tables.dc(part.dc)).transpose()?;
            Ok(DcPart { codes, coefficients, mcu, prediction: 0 })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    for row in 0..shape.mcus.1 {
        mcus.read(
            parts.as_mut_slice(),
            |parts| parts.iter_mut().for_each(|part| part.prediction = 0),
            |parts, bits, limit, range| read_dc(parts, scan.low, bits, limit, row, range),
        )?;
    }
    Ok(())
}

fn read_ac_scan(
    scan: &Scan,
    ac: &mut AcScan<'_>,
    shape: &Shape,
    mcus: &mut McuRows<'_>,
) -> Result<(), Error> {
    for row in 0..shape.mcus.1 {
        mcus.read(
            ac,
            |ac| ac.ended = 0,
            |ac, bits, limit, range| {
                if scan.high == 0 {
                    ac.read(bits, limit, row, range)
                } else {
                    ac.refine(bits, limit, row, range)
                }
            },
        )?;
    }
    Ok(())
}

/// Transforms a row of blocks into samples.
fn transform_row<'v>(
    wanted: &Wanted,
    blocks: impl Iterator<Item = &'v [i16]>,
    batch: &mut Batch,
    samples: &mut [u8],
    stride: usize,
) {
    for (x, values) in blocks.enumerate() {
        if let (&[mean], Some(sample)) = (values, samples.get_mut(x)) {
            *sample = transform::flat(wanted.mean(i32::from(mean)), wanted.dropped);
            continue;
        }
        for (at, &value) in values.iter().enumerate() {
            wanted.put(batch, at, i32::from(value));
        }
        batch.end_block(samples, stride);
    }
    batch.end_row(samples, stride);
}
