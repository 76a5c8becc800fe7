//! What all scans have in common: the tables set before them, and reading in rows and restart
//! intervals.

use super::arithmetic::conditioning::Conditioning;
use super::bits::Bits;
use super::block::{Codes, Wanted};
use super::entropy::CodedData;
use super::error::Error;
use super::file::{File, Part};
use super::header::{Quantization, Scan, read_quantization};
use super::huffman::{Lengths, SkipTable, Slots, Table, read_tables};
use super::layout::{Layout, Plane};
use super::pairs::PairTable;

/// The tables and the restart interval that segments have set so far.
#[derive(Default)]
pub(super) struct Tables {
    quantization: [Option<Quantization>; 4],
    codes: Slots,
    pub(super) conditioning: Conditioning,
    pub(super) restart_interval: usize,
}

impl Tables {
    /// Sets what a segment contains.
    pub(super) fn set(&mut self, part: &Part<'_>) -> Result<(), Error> {
        match *part {
            Part::Codes(segment) => read_tables(segment, &mut self.codes)?,
            Part::Conditioning(segment) => self.conditioning.set(segment)?,
            Part::Quantization(segment) => read_quantization(segment, &mut self.quantization)?,
            Part::RestartInterval(interval) => self.restart_interval = usize::from(interval),
            Part::Scan(..) => {}
        }
        Ok(())
    }

    /// Code table `number` for DC coefficients.
    pub(super) fn dc(&self, number: u8) -> Result<Table, Error> {
        self.lengths(0, number)?.dc_table()
    }

    /// Code table `number` for AC coefficients.
    pub(super) fn ac(&self, number: u8) -> Result<Table, Error> {
        Table::new(self.lengths(1, number)?)
    }

    /// All code tables of a component in a sequential scan. `wanted` is what is needed of its
    /// blocks.
    pub(super) fn codes(&self, dc: u8, ac: u8, wanted: &Wanted) -> Result<Codes, Error> {
        let ac = self.ac(ac)?;
        // If DC coefficients are enough, no others are read.
        let pairs = if wanted.coefficients > 1 { PairTable::new(&ac) } else { PairTable::empty() };
        Ok(Codes { dc: self.dc(dc)?, pairs, skip: SkipTable::new(&ac), ac })
    }

    fn lengths(&self, kind: usize, number: u8) -> Result<&Lengths, Error> {
        let slot = self.codes.get(kind).and_then(|slots| slots.get(usize::from(number)));
        slot.and_then(Option::as_ref)
            .ok_or(Error::Corrupt("a scan uses a code table that is not defined"))
    }

    /// What is needed of the blocks of a component.
    pub(super) fn wanted(
        &self,
        file: &File<'_>,
        component: usize,
        plane: &Plane,
    ) -> Result<Wanted, Error> {
        let component = file.frame.components.get(component);
        let number = component.map_or(0, |component| usize::from(component.quantization));
        let table = self.quantization.get(number).and_then(Option::as_ref);
        let table = table
            .ok_or(Error::Corrupt("a component uses a quantization table that is not defined"))?;
        Ok(Wanted::new(plane.block, table, file.frame.dropped))
    }
}

/// `things` has one item for each component. Returns those of the scan's components, in the order
/// of the scan.
pub(super) fn of_scan<'t, T>(
    scan: &Scan,
    things: impl IntoIterator<Item = &'t mut T>,
) -> Vec<&'t mut T> {
    let mut things: Vec<Option<&mut T>> = things.into_iter().map(Some).collect();
    let parts = scan.parts.iter();
    parts.filter_map(|part| things.get_mut(part.component)?.take()).collect()
}

/// The shape of a scan (A.2): how many MCUs it has across and down, and how many blocks of each
/// component are in an MCU. A single component is coded block by block, without blocks outside the
/// picture.
pub(super) struct Shape {
    pub(super) mcus: (usize, usize),
    /// Blocks in an MCU, across and down, for each component of the scan.
    pub(super) blocks: Vec<(usize, usize)>,
}

impl Shape {
    pub(super) fn of(scan: &Scan, layout: &Layout) -> Self {
        let planes = scan.parts.iter().filter_map(|part| layout.planes.get(part.component));
        let planes: Vec<&Plane> = planes.collect();
        match planes.as_slice() {
            [plane] => Self { mcus: plane.blocks, blocks: vec![(1, 1)] },
            planes => {
                let blocks = planes.iter().map(|plane| plane.mcu).collect();
                Self { mcus: layout.mcus, blocks }
            }
        }
    }
}

/// A scan's coded data, read in rows of MCUs.
pub(super) struct McuRows<'a> {
    data: CodedData<'a>,
    /// MCUs in a row.
    across: usize,
    /// Blocks in an MCU.
    blocks: usize,
    /// The restart interval in MCUs; 0 if there are no restart markers.
    interval: usize,
    /// MCUs left until the next restart.
    left: usize,
    /// What becomes of damaged data.
    damage: Damage,
}

/// What is known of damage in a scan.
#[derive(Default)]
struct Damage {
    /// Whether reading goes on after it.
    is_tolerated: bool,
    /// Whether any was found.
    is_found: bool,
    /// Whether the rest of this restart interval is missing.
    is_missing: bool,
    /// How many intervals are missing before the next data.
    missing: usize,
    /// How many rows are whole.
    whole_rows: usize,
}

impl Damage {
    /// Gives up the rest of the interval.
    #[cold]
    fn note(&mut self, error: Error) -> Result<(), Error> {
        if !self.is_tolerated {
            return Err(error);
        }
        (self.is_found, self.is_missing) = (true, true);
        Ok(())
    }
}

impl<'a> McuRows<'a> {
    pub(super) fn new(file: &File<'a>, start: usize, shape: &Shape, tables: &Tables) -> Self {
        Self {
            data: CodedData::new(file.source, start),
            across: shape.mcus.0,
            blocks: shape.blocks.iter().map(|(across, down)| across * down).sum(),
            interval: tables.restart_interval,
            left: tables.restart_interval,
            damage: Damage { is_tolerated: file.is_damaged, ..Damage::default() },
        }
    }

    /// Reads the next row of MCUs. `read` gets the bits, a limit and a range of MCUs. It stops
    /// before an MCU that would start beyond the limit, and returns the MCU before which it
    /// stopped. `state` is what it carries from one MCU to the next; `restart` resets it.
    ///
    /// In a damaged file, it may get no range that contains an MCU, or fail in one.
    pub(super) fn read<S: ?Sized>(
        &mut self,
        state: &mut S,
        restart: impl Fn(&mut S),
        mut read: impl FnMut(&mut S, &mut Bits<'_>, usize, (usize, usize)) -> Result<usize, Error>,
    ) -> Result<(), Error> {
        let mut mcu = 0;
        let mut is_whole = true;
        while mcu < self.across {
            let mut until = self.across;
            if self.interval > 0 {
                if self.left == 0 {
                    self.restart()?;
                    self.left = self.interval;
                    restart(state);
                }
                until = until.min(mcu + self.left);
            }
            let mut reached = until;
            if !self.damage.is_missing {
                let range = (mcu, until);
                match self.data.read(self.blocks, |bits, limit| read(state, bits, limit, range)) {
                    Ok(mcu) => reached = mcu,
                    Err(error) => self.damage.note(error)?,
                }
            }
            is_whole &= !self.damage.is_missing;
            self.left = self.left.saturating_sub(reached - mcu);
            mcu = reached;
        }
        self.damage.whole_rows += usize::from(is_whole);
        Ok(())
    }

    /// Moves to the next restart interval.
    fn restart(&mut self) -> Result<(), Error> {
        let Self { data, damage, .. } = self;
        if !damage.is_tolerated {
            return data.restart();
        }
        damage.missing = match damage.missing {
            0 => data.resynchronize().unwrap_or(usize::MAX),
            missing => missing - 1,
        };
        damage.is_missing = damage.missing > 0;
        damage.is_found |= damage.is_missing;
        Ok(())
    }

    /// MCUs in a row.
    pub(super) fn across(&self) -> usize {
        self.across
    }

    /// Whether damage is tolerated.
    pub(super) fn is_tolerant(&self) -> bool {
        self.damage.is_tolerated
    }

    /// Whether any MCU is missing.
    pub(super) fn is_damaged(&self) -> bool {
        self.damage.is_found
    }

    /// Whether any row is whole.
    pub(super) fn has_row(&self) -> bool {
        self.damage.whole_rows > 0
    }

    /// Refuses data that are not there: see [`CodedData::check_end`].
    pub(super) fn check_end(&self) -> Result<(), Error> {
        self.data.check_end()
    }

    /// Where the file continues: see [`CodedData::end`].
    pub(super) fn end(&self) -> usize {
        self.data.end()
    }
}
