//! Sequential pictures, such as baseline ones (ITU-T T.81, annex F). Each scan codes its components
//! completely.

use super::block::{Part, read_mcus};
use super::error::Error;
use super::file::{self, File};
use super::header::Scan;
use super::layout::Layout;
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
    let mut mcus = McuRows::new(file.source, *start, &shape, &tables);
    for row in 0..layout.mcus.1 {
        let mut samples: Vec<&mut [u8]> = rows.samples().collect();
        let mut samples: Vec<&mut [u8]> =
            of_scan(scan, &mut samples).into_iter().map(|samples| &mut **samples).collect();
        read_row(&mut mcus, &mut parts, &mut samples)?;
        rows.finish(row, layout.mcus.1, sink);
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
    let mut planes: Vec<Vec<u8>> =
        layout.planes.iter().map(|plane| vec![0; plane.stride * plane.rows(layout)]).collect();
    for part in &file.parts {
        tables.set(part)?;
        let file::Part::Scan(scan, start) = part else { continue };
        let shape = Shape::of(scan, layout);
        let mut parts = parts(file, layout, scan, &shape, &tables)?;
        let mut mcus = McuRows::new(file.source, *start, &shape, &tables);
        let mut planes = of_scan(scan, &mut planes);
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
        if !file.has_end {
            mcus.check_end()?;
        }
    }
    file.check_completeness()?;
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
    mcus.read(
        parts,
        |parts| parts.iter_mut().for_each(|part| part.prediction = 0),
        |parts, bits, limit, range| read_mcus(parts, samples, bits, limit, range),
    )?;
    parts.iter_mut().zip(samples).for_each(|(part, samples)| part.end_row(samples));
    Ok(())
}
