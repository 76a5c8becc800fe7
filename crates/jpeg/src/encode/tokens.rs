//! From coefficients to tokens (ITU-T T.81, F.1.2 and G.1.2). A token is a byte that gets a Huffman
//! code, and bits that follow the code unchanged. Once all tokens are known, codes can be made for
//! them. A block is dropped as soon as it has become tokens.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "magnitudes of coefficients, which have at most 15 bits"
)]

use super::transform::Quantizer;
use crate::planes::Plane;

/// A byte to be coded, the number of the table with its code, and up to 15 bits after it.
///
/// Its bits are, from the lowest: 16 of the value, 8 of the byte, 4 of the value's length, and 2 of
/// the table's number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token(u32);

impl Token {
    fn new(table: usize, symbol: u32, length: u32, value: u32) -> Self {
        Self((table as u32) << 28 | length << 24 | symbol << 16 | value)
    }

    /// The number of the table: 0 and 1 for DC coefficients of luma and chroma, 2 and 3 for AC.
    pub(super) fn table(self) -> usize {
        (self.0 >> 28) as usize
    }

    pub(super) fn symbol(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// The bits that follow the code, and their number.
    pub(super) fn value(self) -> (u32, u32) {
        (self.0 & 0xFFFF, self.0 >> 24 & 15)
    }
}

/// A scan: its components, its coefficients and their tokens.
#[derive(Debug)]
pub(super) struct Scan {
    /// The numbers of the components.
    pub(super) components: std::ops::Range<usize>,
    /// The first and the last coefficient, in zigzag order.
    pub(super) band: (u8, u8),
    pub(super) tokens: Vec<Token>,
    /// The length of the EOB run: blocks in a row without further coefficients (G.1.2.2).
    ended: u32,
}

/// The longest EOB run, in blocks.
const MOST_ENDED: u32 = 0x7FFF;

/// A token of a coefficient has room for fewer zeros than this before it. A token without a
/// coefficient stands for this many zeros.
const ZEROS: u32 = 16;

impl Scan {
    fn new(components: std::ops::Range<usize>, band: (u8, u8)) -> Self {
        Self { components, band, tokens: Vec::new(), ended: 0 }
    }

    fn push(&mut self, table: usize, run: u32, value: i32) {
        let size = u32::BITS - value.unsigned_abs().leading_zeros();
        // The bits of negative values count up from zero (F.1.2.1).
        let bits = (value + (value >> 31)) as u32 & ((1 << size) - 1);
        self.tokens.push(Token::new(table, run << 4 | size, size, bits));
    }

    /// Adds a DC coefficient, as the difference from the one before.
    fn push_mean(&mut self, kind: usize, before: &mut i32, block: &[i16; 64]) {
        let mean = block.first().copied().map_or(0, i32::from);
        self.push(kind, 0, mean - *before);
        *before = mean;
    }

    /// Adds the AC coefficients up to the last that is not zero. Returns the place of that one.
    fn push_rest(&mut self, table: usize, block: &[i16; 64]) -> u32 {
        let mut last = 0;
        let mut places = nonzero(block) & !1;
        if places != 0 {
            self.end_blocks(table);
        }
        while places != 0 {
            let place = places.trailing_zeros();
            let mut run = place - last - 1;
            while run >= ZEROS {
                self.tokens.push(Token::new(table, (ZEROS - 1) << 4, 0, 0));
                run -= ZEROS;
            }
            let value = block.get(place as usize).copied().map_or(0, i32::from);
            self.push(table, run, value);
            last = place;
            places &= places - 1;
        }
        last
    }

    /// Adds all AC coefficients of a block, in a scan of one component.
    fn push_band(&mut self, table: usize, block: &[i16; 64]) {
        if self.push_rest(table, block) < 63 {
            self.ended += 1;
            if self.ended == MOST_ENDED {
                self.end_blocks(table);
            }
        }
    }

    /// Adds a token for the EOB run, if there is one.
    fn end_blocks(&mut self, table: usize) {
        if self.ended > 0 {
            let length = self.ended.ilog2();
            let token = Token::new(table, length << 4, length, self.ended - (1 << length));
            self.tokens.push(token);
            self.ended = 0;
        }
    }

    /// Adds all AC coefficients of a block, in a baseline scan.
    fn push_whole(&mut self, table: usize, block: &[i16; 64]) {
        if self.push_rest(table, block) < 63 {
            self.tokens.push(Token::new(table, 0, 0, 0));
        }
    }
}

/// One bit for each coefficient: whether it is not zero.
fn nonzero(block: &[i16; 64]) -> u64 {
    let mut places = 0;
    for (at, eight) in block.as_chunks::<8>().0.iter().enumerate() {
        if eight.iter().fold(0, |all, one| all | one) != 0 {
            let bits = eight.iter().rev().fold(0, |bits, &one| bits << 1 | u64::from(one != 0));
            places |= bits << (at * 8);
        }
    }
    places
}

/// A plane that is turned into tokens.
pub(super) struct Component<'a> {
    plane: &'a Plane,
    /// Blocks in an MCU, both across and down.
    pub(super) sampling: usize,
    /// 0 for luma, 1 for chroma.
    pub(super) kind: usize,
    /// The blocks of a row of MCUs, row by row.
    blocks: Vec<[i16; 64]>,
    /// Eight rows of samples, up to the end of the last MCU.
    band: Vec<u8>,
}

impl<'a> Component<'a> {
    pub(super) fn new(plane: &'a Plane, sampling: usize, kind: usize) -> Self {
        Self { plane, sampling, kind, blocks: Vec::new(), band: Vec::new() }
    }

    /// The width and height in MCUs.
    fn mcus(&self) -> (usize, usize) {
        let mcu = 8 * self.sampling;
        (self.plane.width.div_ceil(mcu), self.plane.height.div_ceil(mcu))
    }

    /// Makes the blocks of a row of MCUs. Outside the picture, its last samples are repeated.
    fn transform(&mut self, mcu_row: usize, mcus: usize, quantizer: &Quantizer) {
        let across = mcus * self.sampling;
        self.blocks.resize(across * self.sampling, [0; 64]);
        let rows = self.blocks.chunks_exact_mut(across.max(1));
        for (row, blocks) in (mcu_row * self.sampling..).zip(rows) {
            self.band.clear();
            for y in row * 8..row * 8 + 8 {
                let start = y.min(self.plane.height.saturating_sub(1)) * self.plane.width;
                let samples = self.plane.samples.get(start..start + self.plane.width);
                let samples = samples.unwrap_or_default();
                self.band.extend_from_slice(samples);
                let last = samples.last().copied().unwrap_or_default();
                self.band.resize((y - row * 8 + 1) * across * 8, last);
            }
            let (eights, _) = self.band.as_chunks::<8>();
            let mut lines = eights.chunks_exact(across.max(1));
            let lines: [&[[u8; 8]]; 8] = std::array::from_fn(|_| lines.next().unwrap_or_default());
            for (at, block) in blocks.iter_mut().enumerate() {
                let rows = lines.map(|line| line.get(at).copied().unwrap_or_default());
                quantizer.transform(rows, block);
            }
        }
    }

    /// The blocks of a row of MCUs that contain any part of the picture.
    fn own_blocks(&self, mcu_row: usize, mcus: usize) -> impl Iterator<Item = &[i16; 64]> {
        let rows = self.plane.height.div_ceil(8).saturating_sub(mcu_row * self.sampling);
        let columns = self.plane.width.div_ceil(8);
        let rows = self.blocks.chunks_exact((mcus * self.sampling).max(1)).take(rows);
        rows.flat_map(move |row| row.iter().take(columns))
    }

    /// The blocks of an MCU, row by row.
    fn mcu(&self, mcu: usize, mcus: usize) -> impl Iterator<Item = &[i16; 64]> {
        let rows = self.blocks.chunks_exact((mcus * self.sampling).max(1));
        rows.flat_map(move |row| row.iter().skip(mcu * self.sampling).take(self.sampling))
    }
}

/// All scans of a picture. A baseline picture has one scan. A progressive picture has one scan of
/// the DC coefficients of all components, then one of the AC coefficients of each component.
pub(super) fn scans(
    components: &mut [Component<'_>],
    quantizers: &[Quantizer; 2],
    is_progressive: bool,
) -> Vec<Scan> {
    let all = 0..components.len();
    let mut first = Scan::new(all.clone(), (0, if is_progressive { 0 } else { 63 }));
    let mut others: Vec<Scan> = if is_progressive {
        all.map(|component| Scan::new(component..component + 1, (1, 63))).collect()
    } else {
        Vec::new()
    };
    let (across, down) = components.first().map_or((0, 0), Component::mcus);
    let [of_luma, of_chroma] = quantizers;
    let mut means = vec![0; components.len()];
    for mcu_row in 0..down {
        for component in components.iter_mut() {
            let quantizer = if component.kind == 0 { of_luma } else { of_chroma };
            component.transform(mcu_row, across, quantizer);
        }
        for mcu in 0..across {
            for (component, before) in components.iter().zip(&mut means) {
                for block in component.mcu(mcu, across) {
                    first.push_mean(component.kind, before, block);
                    if !is_progressive {
                        first.push_whole(component.kind + 2, block);
                    }
                }
            }
        }
        for (scan, component) in others.iter_mut().zip(components.iter()) {
            let table = component.kind + 2;
            component.own_blocks(mcu_row, across).for_each(|block| scan.push_band(table, block));
        }
    }
    for (scan, component) in others.iter_mut().zip(components.iter()) {
        scan.end_blocks(component.kind + 2);
    }
    std::iter::once(first).chain(others).collect()
}
