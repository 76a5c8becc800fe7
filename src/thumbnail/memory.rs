//! How much memory a picture takes at its peak, told by its header: decoding, then resizing, then
//! encoding, of which the costliest counts. Arithmetic only.

use super::decode::Demand;
use super::geometry;
use super::spec::{Output, Recipe};

/// What is taken whatever the picture, in bytes: code that is used for the first time, tables of
/// decoders and encoders, and what the allocator loses.
const FIXED_BYTES: u64 = 6 << 20;

/// What a pixel of a thumbnail takes in the encoder and on the way there, in bytes.
const ENCODED_PIXEL_BYTES: u64 = 9;

/// The same for one with alpha, of which lossy WebP makes the most.
const ENCODED_ALPHA_PIXEL_BYTES: u64 = 22;

/// What the resizer's weights take for each row and column of the picture, in bytes.
const WEIGHT_BYTES: u64 = 64;

/// What rendering takes at its peak, in bytes.
pub(super) fn peak(demand: &Demand, recipe: &Recipe) -> u64 {
    let decoding = demand.pixel_bytes().saturating_add(demand.working_bytes);
    let making = recipe.outputs.iter().map(|output| making(demand, output)).max().unwrap_or(0);
    let rendering = [demand.pixel_bytes(), demand.kept_bytes, making, finished(demand, recipe)]
        .into_iter()
        .fold(0, u64::saturating_add);
    decoding.max(rendering).saturating_add(FIXED_BYTES)
}

/// What finished thumbnails take while they wait for the last one, in bytes.
fn finished(demand: &Demand, recipe: &Recipe) -> u64 {
    let pixels = recipe.outputs.iter().map(|output| {
        let (width, height) = size(demand, output);
        width * height
    });
    let largest = pixels.clone().max().unwrap_or(0);
    (pixels.sum::<u64>() - largest) * 4
}

/// What making one thumbnail takes beside the decoded picture, in bytes.
fn making(demand: &Demand, output: &Output) -> u64 {
    let (width, height) = size(demand, output);
    let sample_bytes = width * height * demand.bytes_per_pixel;
    let encoded_pixel_bytes =
        if demand.has_alpha { ENCODED_ALPHA_PIXEL_BYTES } else { ENCODED_PIXEL_BYTES };
    let encoding = sample_bytes * 2 + width * height * encoded_pixel_bytes;
    if (width, height) == (u64::from(demand.width), u64::from(demand.height)) {
        return encoding;
    }
    // Rows are shrunk first, all of them, then columns. Transparent colours are weighted in a copy.
    let shrunk_rows = width * u64::from(demand.height) * demand.bytes_per_pixel;
    let weighted = if demand.has_alpha { demand.pixel_bytes() } else { 0 };
    let weights = (u64::from(demand.width) + u64::from(demand.height)) * WEIGHT_BYTES;
    encoding.max(shrunk_rows + weighted + sample_bytes + weights)
}

/// The larger of the sizes that the thumbnail has upright and on its side.
fn size(demand: &Demand, output: &Output) -> (u64, u64) {
    let sizes = [(demand.width, demand.height), (demand.height, demand.width)]
        .map(|upright| geometry::upright_size(upright, output))
        .map(|(width, height)| (u64::from(width), u64::from(height)));
    let [upright, on_side] = sizes;
    if on_side.0 * on_side.1 > upright.0 * upright.1 { on_side } else { upright }
}
