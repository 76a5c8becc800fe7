//! Decodes rows of macroblocks: predicts each macroblock and adds its residue (RFC 6386, sections 2
//! and 14.5). The loop filter comes later, in `filter.rs`.

use super::bool_decoder::BoolDecoder;
use super::error::Error;
use super::filter_strengths::Filtering;
use super::header::Frame;
use super::modes::{LumaMode, Macroblock, Modes};
use super::predict::Square;
use super::rows::Rows;
use super::tokens::{Coefficients, Edge, Probabilities, Residue};
use super::transform::{Strip, inverse_cosine};

/// Decodes rows of macroblocks.
pub(super) struct Macroblocks<'f, 'a> {
    frame: &'f Frame<'a>,
    modes: Modes<'a>,
    partitions: Vec<BoolDecoder<'a>>,
    probabilities: Probabilities,
    residue: Residue,
    luma: Square<16>,
    chroma: [Square<8>; 2],
    /// What the row above left for this row, by column.
    columns: Vec<Column>,
}

/// What a macroblock leaves for the one below it.
#[derive(Clone, Default)]
struct Column {
    edge: Edge,
    /// Its bottom row of pixels, before the loop filter.
    luma: [u8; 16],
    chroma: [[u8; 8]; 2],
}

impl<'f, 'a> Macroblocks<'f, 'a> {
    pub(super) fn new(frame: &'f Frame<'a>) -> Self {
        Self {
            frame,
            modes: Modes::new(frame),
            partitions: frame.partitions.clone(),
            probabilities: Probabilities::new(&frame.tokens),
            residue: Residue::default(),
            luma: Square::new(),
            chroma: [Square::new(), Square::new()],
            columns: vec![Column::default(); frame.macroblocks.0],
        }
    }

    /// The memory for each column of macroblocks, in bytes.
    pub(super) const COLUMN_BYTES: usize = size_of::<Column>() + 4;

    /// Decodes the next row, and stores its pixels in `rows` and each macroblock's filter
    /// parameters in `filterings`.
    pub(super) fn read_row(
        &mut self,
        row: usize,
        rows: &mut Rows,
        filterings: &mut [Filtering],
    ) -> Result<(), Error> {
        let Self { frame, modes, partitions, probabilities, residue, columns, .. } = self;
        let is_first = row == 0;
        self.luma.begin_row(is_first);
        self.chroma.iter_mut().for_each(|square| square.begin_row(is_first));
        modes.begin_row();
        let count = partitions.len();
        let decoder = partitions.get_mut(row % count).ok_or(Error::Truncated)?;
        let mut left = Edge::default();
        for (number, filtering) in filterings.iter_mut().enumerate() {
            let macroblock = modes.read(number);
            let (now, next) = columns.split_at_mut_checked(number + 1).unwrap_or_default();
            let Some(column) = now.last_mut() else { break };
            let has_y2 = matches!(macroblock.luma, LumaMode::Whole(_));
            let has_residue = if macroblock.is_skipped {
                left.clear(has_y2);
                column.edge.clear(has_y2);
                false
            } else {
                let steps = frame.steps.get(macroblock.segment).ok_or(Error::Truncated)?;
                let edges = (&mut column.edge, &mut left);
                residue.read(decoder, probabilities, steps, has_y2, edges)
            };
            *filtering = frame.strengths.of(macroblock.segment, !has_y2, has_residue);

            self.luma.set_above(&column.luma);
            // The last macroblock of a row has no neighbour above and to the right, so the last
            // pixel above is repeated.
            let [.., last] = column.luma;
            let above_right = next.first().and_then(|next| next.luma.first_chunk().copied());
            self.luma.set_above_right(above_right.unwrap_or([last; 4]));
            for (square, above) in self.chroma.iter_mut().zip(&column.chroma) {
                square.set_above(above);
            }
            let residue = has_residue.then_some(&*residue);
            make_luma(&mut self.luma, &macroblock, residue);
            make_chroma(&mut self.chroma, &macroblock, residue);
            rows.put(number, &self.luma, &self.chroma);

            let [.., bottom] = &self.luma.rows;
            column.luma = *Square::<16>::pixels(bottom);
            self.luma.advance();
            for (square, above) in self.chroma.iter_mut().zip(&mut column.chroma) {
                let [.., bottom] = &square.rows;
                *above = *Square::<8>::pixels(bottom);
                square.advance();
            }
        }
        modes.check()?;
        if decoder.is_exhausted() { Err(Error::Truncated) } else { Ok(()) }
    }
}

fn make_luma(square: &mut Square<16>, macroblock: &Macroblock, residue: Option<&Residue>) {
    let differences = |y: usize| differences(residue?.luma.get(y)?);
    match macroblock.luma {
        LumaMode::Whole(mode) => {
            square.predict(mode);
            for y in 0..4 {
                if let Some(strip) = differences(y) {
                    square.add(y, &strip, 0);
                }
            }
        }
        LumaMode::Subblocks(modes) => {
            for (y, modes) in modes.into_iter().enumerate() {
                let strip = differences(y);
                for (x, mode) in modes.into_iter().enumerate() {
                    square.predict_subblock((x, y), mode);
                    if let Some(strip) = &strip {
                        square.add_subblock((x, y), strip);
                    }
                }
            }
        }
    }
}

fn make_chroma(squares: &mut [Square<8>; 2], macroblock: &Macroblock, residue: Option<&Residue>) {
    for square in squares.iter_mut() {
        square.predict(macroblock.chroma);
    }
    for y in 0..2 {
        if let Some(strip) = residue.and_then(|residue| differences(residue.chroma.get(y)?)) {
            let [blue, red] = squares;
            blue.add(y, &strip, 0);
            red.add(y, &strip, 8);
        }
    }
}

/// The residue of four blocks, if any of their coefficients is not zero.
fn differences(coefficients: &Coefficients) -> Option<Strip> {
    coefficients.is_any.then(|| inverse_cosine(&coefficients.strip))
}
