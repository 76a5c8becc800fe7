//! The picture of a file: its scans decoded, and rows of pixels made of them.

use super::bits::Bits;
use super::entropy::CodedData;
use super::error::Error;
use super::file::{File, Part};
use super::header::{Quantisation, Scan, read_quantisation};
use super::huffman::{self, SkipTable, Slots, Table, read_tables};
use super::layout::Layout;
use super::marker::{EOI, Walk};
use super::progressive::{self, AcScan, Coefficients, DcPart};
use super::rows::Rows;
use super::sequential::{self, Codes, Wanted};
use super::transform;

/// What segments between scans set.
#[derive(Default)]
struct State {
    quantisation: [Option<Quantisation>; 4],
    slots: Slots,
    restart_interval: usize,
}

impl State {
    fn apply(&mut self, part: &Part<'_>) -> Result<(), Error> {
        match *part {
            Part::Codes(segment) => read_tables(segment, &mut self.slots),
            Part::Quantisation(segment) => read_quantisation(segment, &mut self.quantisation),
            Part::RestartInterval(interval) => {
                self.restart_interval = usize::from(interval);
                Ok(())
            }
            Part::Scan(..) => Ok(()),
        }
    }

    fn dc(&self, number: u8) -> Result<Table, Error> {
        self.lengths(0, number)?.dc_table()
    }

    fn ac(&self, number: u8) -> Result<Table, Error> {
        Table::new(self.lengths(1, number)?)
    }

    fn lengths(&self, kind: usize, number: u8) -> Result<&huffman::Lengths, Error> {
        let slot = self.slots.get(kind).and_then(|slots| slots.get(usize::from(number)));
        slot.and_then(Option::as_ref)
            .ok_or(Error::Unsupported("a scan whose code tables never came"))
    }

    /// What is wanted of the blocks of a component that uses a quantisation table.
    fn wanted(&self, number: u8, plane: &super::layout::Plane) -> Result<Wanted, Error> {
        let table = self.quantisation.get(usize::from(number)).and_then(Option::as_ref);
        let table = table.ok_or(Error::Corrupt("a quantisation table never came"))?;
        Ok(Wanted::new(plane.block, table))
    }
}

/// Where a scan stands among its restart intervals.
struct Progress<'d, 'a> {
    data: &'d mut CodedData<'a>,
    /// Coded units between restarts; 0 where there are none.
    interval: usize,
    /// Coded units left until the next.
    left: usize,
    /// The most blocks that a coded unit has.
    blocks: usize,
}

impl Progress<'_, '_> {
    /// Reads a row of `units` coded units. `read` is told whether an interval begins, up to where it
    /// may begin units, and which; it answers up to which it came.
    fn row(
        &mut self,
        units: usize,
        mut read: impl FnMut(bool, &mut Bits<'_>, usize, (usize, usize)) -> Result<usize, Error>,
    ) -> Result<(), Error> {
        let mut unit = 0;
        while unit < units {
            let mut is_new = false;
            if self.interval > 0 && self.left == 0 {
                self.data.restart()?;
                self.left = self.interval;
                is_new = true;
            }
            let until = if self.interval > 0 { units.min(unit + self.left) } else { units };
            let reached = self.data.read(self.blocks, |bits, limit| {
                read(is_new, bits, limit, (unit, until))
            })?;
            self.left = self.left.saturating_sub(reached - unit);
            unit = reached;
        }
        Ok(())
    }
}

/// Decodes the picture and gives its rows of pixels, from the top down.
pub(super) fn decode(
    file: &File<'_>,
    layout: &Layout,
    mut rows: Rows,
    sink: &mut impl FnMut(&[u8]),
) -> Result<(), Error> {
    if file.is_one_scan {
        decode_streaming(file, layout, &mut rows, sink)
    } else if file.frame.is_progressive {
        decode_progressive(file, layout, &mut rows, sink)
    } else {
        decode_split(file, layout, &mut rows, sink)
    }
}

/// A sequential scan's tables.
struct Tables {
    dc: Table,
    ac: Table,
    skip: SkipTable,
}

impl Tables {
    fn of(scan: &Scan, state: &State) -> Result<Vec<Self>, Error> {
        scan.parts
            .iter()
            .map(|part| {
                let ac = state.ac(part.ac)?;
                Ok(Self { dc: state.dc(part.dc)?, skip: SkipTable::new(&ac), ac })
            })
            .collect()
    }

    fn codes(&self) -> Codes<'_> {
        Codes { dc: &self.dc, ac: &self.ac, skip: &self.skip }
    }
}

/// A picture whose components all come in one scan: each row of coded units becomes pixels as soon as
/// it is read.
fn decode_streaming(
    file: &File<'_>,
    layout: &Layout,
    rows: &mut Rows,
    sink: &mut impl FnMut(&[u8]),
) -> Result<(), Error> {
    let mut state = State::default();
    file.parts.iter().try_for_each(|part| state.apply(part))?;
    let Some(Part::Scan(scan, start)) = file.parts.last() else { return Err(Error::Truncated) };
    let tables = Tables::of(scan, &state)?;
    let wanted = scan
        .parts
        .iter()
        .map(|part| {
            let of = part.component;
            state.wanted(file.frame.components[of].quantisation, &layout.planes[of])
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut data = CodedData::new(file.source, *start);
    let blocks = layout.planes.iter().map(|plane| plane.unit.0 * plane.unit.1).sum();
    let interval = state.restart_interval;
    let mut progress = Progress { data: &mut data, interval, left: interval, blocks };
    let mut predictions = vec![0; scan.parts.len()];
    for row in 0..layout.units.1 {
        let mut samples: Vec<&mut [u8]> = rows.samples().collect();
        let mut parts: Vec<sequential::Part<'_>> = Vec::with_capacity(4);
        for ((part, tables), (wanted, &prediction)) in
            scan.parts.iter().zip(&tables).zip(wanted.iter().zip(&predictions))
        {
            let plane = &layout.planes[part.component];
            parts.push(sequential::Part {
                codes: tables.codes(),
                wanted,
                unit: plane.unit,
                prediction,
                samples: std::mem::take(&mut samples[part.component]),
                stride: plane.stride,
            });
        }
        progress.row(layout.units.0, |is_new, bits, limit, range| {
            if is_new {
                parts.iter_mut().for_each(|part| part.prediction = 0);
            }
            sequential::read_units(&mut parts, bits, limit, range.0, range.1)
        })?;
        for (prediction, part) in predictions.iter_mut().zip(&parts) {
            *prediction = part.prediction;
        }
        drop(parts);
        rows.finish(row, layout.units.1, sink);
    }
    // Nothing behind the scan matters, but that the file is whole.
    let mut walk = Walk { source: file.source, at: data.end() };
    walk.skip_coded_data().ok_or(Error::Truncated)?;
    loop {
        if walk.next().ok_or(Error::Truncated)?.0 == EOI {
            return Ok(());
        }
    }
}

/// A sequential picture whose components come in several scans: their samples are held until all
/// have come.
fn decode_split(
    file: &File<'_>,
    layout: &Layout,
    rows: &mut Rows,
    sink: &mut impl FnMut(&[u8]),
) -> Result<(), Error> {
    let mut state = State::default();
    let mut planes: Vec<Option<Vec<u8>>> = vec![None; layout.planes.len()];
    for part in &file.parts {
        state.apply(part)?;
        let Part::Scan(scan, start) = part else { continue };
        let tables = Tables::of(scan, &state)?;
        let is_alone = scan.parts.len() == 1;
        let mut data = CodedData::new(file.source, *start);
        let mut blocks = 0;
        let mut scanned = Vec::with_capacity(4);
        for part in &scan.parts {
            let plane = &layout.planes[part.component];
            let wanted = state.wanted(file.frame.components[part.component].quantisation, plane)?;
            let samples = planes[part.component].take().unwrap_or_else(|| {
                vec![0; plane.stride * plane.unit_rows() * layout.units.1]
            });
            let unit = if is_alone { (1, 1) } else { plane.unit };
            blocks += unit.0 * unit.1;
            scanned.push((plane, wanted, samples, unit, 0));
        }
        let (units, unit_rows) = match (&*scan.parts, is_alone) {
            ([part], true) => layout.planes[part.component].blocks,
            _ => layout.units,
        };
        let interval = state.restart_interval;
        let mut progress = Progress { data: &mut data, interval, left: interval, blocks };
        for row in 0..unit_rows {
            let mut parts: Vec<sequential::Part<'_>> = Vec::with_capacity(4);
            for ((plane, wanted, samples, unit, prediction), tables) in
                scanned.iter_mut().zip(&tables)
            {
                let start = row * unit.1 * plane.block.height * plane.stride;
                parts.push(sequential::Part {
                    codes: tables.codes(),
                    wanted,
                    unit: *unit,
                    prediction: *prediction,
                    samples: samples.get_mut(start..).unwrap_or_default(),
                    stride: plane.stride,
                });
            }
            progress.row(units, |is_new, bits, limit, range| {
                if is_new {
                    parts.iter_mut().for_each(|part| part.prediction = 0);
                }
                sequential::read_units(&mut parts, bits, limit, range.0, range.1)
            })?;
            let predictions: Vec<i32> = parts.iter().map(|part| part.prediction).collect();
            for ((.., prediction), now) in scanned.iter_mut().zip(predictions) {
                *prediction = now;
            }
        }
        for (part, (_, _, samples, ..)) in scan.parts.iter().zip(scanned) {
            planes[part.component] = Some(samples);
        }
    }
    let planes = planes
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .ok_or(Error::Corrupt("a component is in no scan"))?;
    for row in 0..layout.units.1 {
        for ((to, from), plane) in rows.samples().zip(&planes).zip(&layout.planes) {
            let length = plane.unit_rows() * plane.stride;
            to.copy_from_slice(&from[row * length..][..length]);
        }
        rows.finish(row, layout.units.1, sink);
    }
    Ok(())
}

/// A progressive picture: coefficients are held until all have come.
fn decode_progressive(
    file: &File<'_>,
    layout: &Layout,
    rows: &mut Rows,
    sink: &mut impl FnMut(&[u8]),
) -> Result<(), Error> {
    let mut state = State::default();
    let mut wanted: Vec<Option<Wanted>> = vec![None; layout.planes.len()];
    let mut reaches = Vec::new();
    let mut held: Vec<Coefficients> = Vec::new();
    for (of, plane) in layout.planes.iter().enumerate() {
        let keep = plane.block.coefficients();
        let scans = file.scans().filter(move |scan| scan.parts.iter().any(|part| part.component == of));
        let reach = progressive::reach(keep, scans);
        let across = plane.blocks_across();
        let blocks = across * plane.unit.1 * layout.units.1;
        held.push(Coefficients {
            values: vec![0; blocks * keep],
            held: keep,
            nonzero: if reach > 1 { vec![0; blocks] } else { Vec::new() },
            across,
        });
        reaches.push(reach);
    }
    for part in &file.parts {
        state.apply(part)?;
        let Part::Scan(scan, start) = part else { continue };
        for part in &scan.parts {
            let of = part.component;
            if wanted[of].is_none() {
                wanted[of] = Some(
                    state.wanted(file.frame.components[of].quantisation, &layout.planes[of])?,
                );
            }
        }
        let is_alone = scan.parts.len() == 1;
        let (units, unit_rows) = match &*scan.parts {
            [part] => layout.planes[part.component].blocks,
            _ => layout.units,
        };
        let interval = state.restart_interval;
        if scan.first > 0 {
            let [part] = &*scan.parts else { continue };
            if usize::from(scan.first) >= reaches[part.component] {
                continue;
            }
            let codes = state.ac(part.ac)?;
            let mut ac = AcScan {
                codes: &codes,
                coefficients: &mut held[part.component],
                first: usize::from(scan.first),
                last: usize::from(scan.last),
                low: scan.low,
                ended: 0,
            };
            let mut data = CodedData::new(file.source, *start);
            let mut progress = Progress { data: &mut data, interval, left: interval, blocks: 1 };
            for row in 0..unit_rows {
                progress.row(units, |is_new, bits, limit, range| {
                    if is_new {
                        ac.ended = 0;
                    }
                    if scan.high == 0 {
                        ac.read(bits, limit, row, range)
                    } else {
                        ac.refine(bits, limit, row, range)
                    }
                })?;
            }
            continue;
        }
        let tables = scan
            .parts
            .iter()
            .map(|part| (scan.high == 0).then(|| state.dc(part.dc)).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let mut parts: Vec<DcPart<'_>> = Vec::with_capacity(4);
        let mut blocks = 0;
        let mut rest: Vec<Option<&mut Coefficients>> = held.iter_mut().map(Some).collect();
        for (part, codes) in scan.parts.iter().zip(&tables) {
            let Some(coefficients) = rest[part.component].take() else { continue };
            let unit = if is_alone { (1, 1) } else { layout.planes[part.component].unit };
            blocks += unit.0 * unit.1;
            parts.push(DcPart { codes: codes.as_ref(), coefficients, unit, prediction: 0 });
        }
        let mut data = CodedData::new(file.source, *start);
        let mut progress = Progress { data: &mut data, interval, left: interval, blocks };
        for row in 0..unit_rows {
            progress.row(units, |is_new, bits, limit, range| {
                if is_new {
                    parts.iter_mut().for_each(|part| part.prediction = 0);
                }
                progressive::read_dc(&mut parts, scan.low, bits, limit, row, range)
            })?;
        }
    }
    let wanted = wanted
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .ok_or(Error::Corrupt("a component is in no scan"))?;
    for row in 0..layout.units.1 {
        for ((samples, held), (wanted, plane)) in
            rows.samples().zip(&held).zip(wanted.iter().zip(&layout.planes))
        {
            let line = plane.block.height * plane.stride;
            for (y, lines) in samples.chunks_mut(line).enumerate() {
                let first = (row * plane.unit.1 + y) * held.across * held.held;
                let blocks = held.values[first..].chunks(held.held).take(held.across);
                for (x, values) in blocks.enumerate() {
                    let samples = lines.get_mut(x * plane.block.width..).unwrap_or_default();
                    let mean = i32::from(values[0]).wrapping_mul(wanted.steps[0].1);
                    if values.len() == 1 {
                        samples[0] = transform::flat(mean);
                        continue;
                    }
                    let mut block = [0; 64];
                    for (at, &value) in values.iter().enumerate() {
                        wanted.put(&mut block, at, i32::from(value));
                    }
                    transform::inverse(plane.block, &block, samples, plane.stride);
                }
            }
        }
        rows.finish(row, layout.units.1, sink);
    }
    Ok(())
}
