//! Sequential pictures, such as baseline ones (ITU-T T.81, annex F). Each scan codes its components
//! completely.

use super::block::{Part, read_mcus};
use super::error::Error;
use super::file::{self, File};
use super::header::Scan;
use super::layout::{Layout, MID_GREY};
use super::marker::{EOI, Walk};
use super::rows::Rows;
use super::scan::{McuRows, Shape, Tables, of_scan};
use super::transform::Batch;

/// Decodes a picture whose components all come in one scan. Each row of MCUs becomes pixels as soon
/// as it is read, so memory does not grow with height.
pub(super) fn decode_at_once(
    file: &File<'_>,
    layout: &Layout,
    rows: &mut Rows,
    sink: &mut dyn FnMut(usize, &[u8]),
) -> Result<(), Error> {
    let mut tables = Tables::default();
    file.parts.iter().try_for_each(|part| tables.set(part))?;
    let Some(file::Part::Scan(scan, start)) = file.parts.last() else {
        return Err(Error::Truncated);
    };
    let shape = Shape::of(scan, layout);
    let mut parts = parts(file, layout, scan, &shape, &tables)?;
    let mut mcus = McuRows::new(file, *start, &shape, &tables);
    for row in 0..layout.mcus.1 {
        let mut samples: Vec<&mut [u8]> = rows.samples().collect();
        let mut samples: Vec<&mut [u8]> =
            of_scan(scan, &mut samples).into_iter().map(|samples| &mut **samples).collect();
        read_row(&mut mcus, &mut parts, &mut samples)?;
        rows.finish(row, layout.mcus.1, sink);
    }
    if file.is_damaged {
        return if mcus.has_row() { Ok(()) } else { Err(Error::Truncated) };
    }
    // Nothing after the scan matters, except that the data of the scan must be complete.
    let mut walk = Walk { source: file.source, at: mcus.end() };
    let has_more = walk.skip_coded_data().is_some();
    while has_more && let Some((marker, _)) = walk.next() {
        if marker == EOI {
            return Ok(());
        }
    }
    mcus.check_end()
}

/// Decodes a picture whose components come in several scans. Samples are held until all scans have
/// been read.
pub(super) fn decode_in_parts(
    file: &File<'_>,
    layout: &Layout,
    rows: &mut Rows,
    sink: &mut dyn FnMut(usize, &[u8]),
) -> Result<(), Error> {
    let mut tables = Tables::default();
    let missing = if file.is_damaged { MID_GREY } else { 0 };
    let mut planes: Vec<Vec<u8>> = layout
        .planes
        .iter()
        .map(|plane| vec![missing; plane.stride * plane.rows(layout)])
        .collect();
    let mut has_row = false;
    for part in &file.parts {
        let read = tables.set(part).and_then(|()| {
            let file::Part::Scan(scan, start) = part else { return Ok(()) };
            let mcus = read_scan(file, layout, (scan, *start), &tables, &mut planes)?;
            has_row |= mcus.has_row() && scan.shows();
            if file.has_end || file.is_damaged { Ok(()) } else { mcus.check_end() }
        });
        match read {
            Err(_) if file.is_damaged && has_row => break,
            read => read?,
        }
    }
    if !file.is_damaged {
        file.check_completeness()?;
    } else if !has_row {
        return Err(Error::Truncated);
    }
    for row in 0..layout.mcus.1 {
        for (samples, plane) in rows.samples().zip(&planes) {
            if let Some(from) = plane.chunks(samples.len()).nth(row) {
                samples.copy_from_slice(from);
            }
        }
        rows.finish(row, layout.mcus.1, sink);
    }
    Ok(())
}

/// Reads a scan into the planes of its components.
fn read_scan<'a>(
    file: &File<'a>,
    layout: &Layout,
    (scan, start): (&Scan, usize),
    tables: &Tables,
    planes: &mut [Vec<u8>],
) -> Result<McuRows<'a>, Error> {
    let shape = Shape::of(scan, layout);
    let mut parts = parts(file, layout, scan, &shape, tables)?;
    let mut mcus = McuRows::new(file, start, &shape, tables);
    let mut planes = of_scan(scan, planes);
    for row in 0..shape.mcus.1 {
        let mut samples: Vec<&mut [u8]> = planes
            .iter_mut()
            .zip(&parts)
            .map(|(plane, part)| {
                let start = row * part.mcu.1 * part.wanted.size.height * part.stride;
                plane.get_mut(start..).unwrap_or_default()
            })
            .collect();
        read_row(&mut mcus, &mut parts, &mut samples)?;
    }
    Ok(mcus)
}

/// The components of a scan.
fn parts(
    file: &File<'_>,
    layout: &Layout,
    scan: &Scan,
    shape: &Shape,
    tables: &Tables,
) -> Result<Vec<Part>, Error> {
    let parts = scan
        .parts
        .iter()
        .zip(&shape.blocks)
        .filter_map(|(part, &mcu)| Some((part, mcu, layout.planes.get(part.component)?)));
    parts
        .map(|(part, mcu, plane)| {
            let wanted = tables.wanted(file, part.component, plane)?;
            Ok(Part {
                codes: tables.codes(part.dc, part.ac, &wanted)?,
                batches: (0..mcu.1).map(|_| Batch::new(plane.block, wanted.dropped)).collect(),
                wanted,
                mcu,
                stride: plane.stride,
                prediction: 0,
            })
        })
        .collect()
}

fn read_row(
    mcus: &mut McuRows<'_>,
    parts: &mut [Part],
    samples: &mut [&mut [u8]],
) -> Result<(), Error> {
    let is_tolerant = mcus.is_tolerant();
    let skip_to = |parts: &mut [Part], samples: &mut [&mut [u8]], mcu| {
        if is_tolerant {
            parts.iter_mut().zip(samples).for_each(|(part, samples)| part.skip_to(mcu, samples));
        }
    };
    if is_tolerant {
        for (part, samples) in parts.iter().zip(samples.iter_mut()) {
            let row = part.mcu.1 * part.wanted.size.height * part.stride;
            samples.get_mut(..row).unwrap_or_default().fill(MID_GREY);
        }
    }
    mcus.read(
        parts,
        |parts| parts.iter_mut().for_each(|part| part.prediction = 0),
        |parts, bits, limit, range| {
            skip_to(parts, samples, range.0);
            read_mcus(parts, samples, bits, limit, range)
        },
    )?;
    skip_to(parts, samples, mcus.across());
    parts.iter_mut().zip(samples).for_each(|(part, samples)| part.end_row(samples));
    Ok(())
}
