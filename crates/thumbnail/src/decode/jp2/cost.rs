//! The memory that decoding a JPEG 2000 codestream takes. The figures are those of `hayro_jpeg2000`
//! 0.5, with buffers that grow to twice what they hold.

use super::header::{Coding, Header};
use crate::geometry::Size;

/// Bytes of a decoded sample: a float.
const SAMPLE_BYTES: u64 = 4;

/// Floats for each sample of a tile's component: coefficients, and the steps of the wavelet transform.
const TILE_FLOATS: u64 = 4;

/// Bytes for each block of coefficients, with a precinct of its own: the lists of them, and the nodes
/// of their tag trees.
const BLOCK_BYTES: u64 = 700;

/// Bytes for each layer of a block, and for each part that is stored by itself.
const LAYER_BYTES: u64 = 50;
const PASS_BYTES: u64 = 64;

/// The most parts of a block that are stored by themselves.
const MAX_PASSES: u64 = 164;

/// Bytes for each component of a tile, and for each part of one.
const TILE_COMPONENT_BYTES: u64 = 2000;
const PART_BYTES: u64 = 400;

/// Bytes that are held for any picture.
const FIXED_BYTES: u64 = 1 << 20;

/// The most bytes that decoding takes beside the pixels: `reduced` is the size that is decoded to, and
/// a tile of it has at most `tile` pixels.
pub(super) fn working_bytes(header: &Header, reduced: Size, length: usize) -> u64 {
    let components = header.depths.len() as u64;
    let pixels = area(reduced);
    // Channels are copied when they are put in order, and when a palette makes others of them.
    let copies = if header.mapped > 0 { header.mapped.max(components) * 2 } else { 0 };
    let (width, height) = header.grid();
    let tile = (header.tile.0.min(width), header.tile.1.min(height));
    [
        pixels.saturating_mul(SAMPLE_BYTES * (components + copies)),
        area(tile).min(pixels.saturating_mul(2)).saturating_mul(SAMPLE_BYTES * TILE_FLOATS),
        blocks(&header.coding, tile)
            .saturating_mul(components)
            .saturating_mul(block_bytes(&header.coding)),
        header.tiles().saturating_mul(components * TILE_COMPONENT_BYTES),
        header.parts * PART_BYTES,
        length as u64 * 2,
        FIXED_BYTES,
    ]
    .into_iter()
    .fold(0, u64::saturating_add)
}

fn block_bytes(coding: &Coding) -> u64 {
    let passes = if coding.is_in_passes { MAX_PASSES.max(coding.layers) } else { coding.layers };
    BLOCK_BYTES + coding.layers * LAYER_BYTES + passes * PASS_BYTES
}

/// The most blocks of one component of a tile. The levels are all listed, even those that are not
/// decoded.
fn blocks(coding: &Coding, (width, height): Size) -> u64 {
    let count = |level: u32, (across, down): (u32, u32)| {
        let side = |side: u32, block: u32| (u64::from(side).unbounded_shr(level) >> block) + 2;
        side(width, across) * side(height, down)
    };
    // Three bands of half the sides on each level, and one on the lowest.
    let of_level = |(level, &block): (u32, &(u32, u32))| {
        if level < coding.levels { count(level + 1, block) * 3 } else { count(level, block) }
    };
    let levels = (0..=coding.levels).zip(&coding.blocks);
    levels.map(of_level).fold(0, u64::saturating_add)
}

fn area((width, height): Size) -> u64 {
    u64::from(width) * u64::from(height)
}
