//! How much memory a picture takes at its peak, told by its header: decoding, then resizing, then
//! encoding, of which the costliest counts. Arithmetic only; the figures for what encoders hold were
//! measured on whole processes.

use super::animation;
use super::decode::Demand;
use super::format::SourceFormat;
use super::geometry;
use super::spec::{Chroma, Fit, FormatChoice, Output, Quality, Recipe};

/// What is taken whatever the picture, in bytes: code that is used for the first time, tables of
/// decoders and encoders, and what the allocator loses.
const FIXED_BYTES: u64 = 10 << 20;

/// What a pixel of a thumbnail takes in the encoder and on the way there, in bytes.
const ENCODED_PIXEL_BYTES: u64 = 9;

/// The same for one with alpha, of which lossy WebP makes the most.
const ENCODED_ALPHA_PIXEL_BYTES: u64 = 22;

/// What lossy WebP takes more where colour is to keep its edges, in bytes by the pixel.
const SHARP_COLOUR_PIXEL_BYTES: u64 = 12;

/// What lossless WebP takes, in bytes by the pixel.
const LOSSLESS_PIXEL_BYTES: u64 = 34;

/// What AVIF takes, in bytes by the pixel.
const AVIF_PIXEL_BYTES: u64 = 60;

/// What both of these take beside, up to some size, in bytes: by the pixel, and at most.
const SMALL_PIXEL_BYTES: (u64, u64) = (320, 14 << 20);

/// What laying the picture on a canvas takes, in bytes by the pixel of the canvas.
const CANVAS_PIXEL_BYTES: u64 = 12;

/// What measuring how well a thumbnail was encoded takes, in bytes by the pixel.
const MEASURED_PIXEL_BYTES: u64 = 145;

/// What each frame of an animation takes in its file and beside it, however small it is, in bytes.
const FRAME_BYTES: u64 = 128;

/// What a copy of the decoded picture takes as amounts of light, beside its pixels: tables, in bytes.
const LIGHT_TABLE_BYTES: u64 = 1 << 20;

/// What the resizer's weights take for each row and column of the picture, in bytes.
const WEIGHT_BYTES: u64 = 64;

/// What rendering takes at its peak, in bytes.
pub(super) fn peak(
    demand: &Demand,
    recipe: &Recipe,
    source: &[u8],
    source_format: SourceFormat,
) -> u64 {
    let decoding = demand.pixel_bytes().saturating_add(demand.working_bytes);
    let moves = recipe.outputs.iter().any(|output| output.animated);
    let frames = if moves { u64::from(animation::frames(source, source_format)) } else { 0 };
    let preview = recipe.preview();
    let making = recipe
        .outputs
        .iter()
        .chain(&preview)
        .map(|output| making(demand, output, source, frames))
        .max()
        .unwrap_or(0);
    let finished = finished(demand, recipe, frames);
    let rendering = [demand.pixel_bytes(), demand.kept_bytes, making, finished]
        .into_iter()
        .fold(0, u64::saturating_add);
    decoding.max(rendering).saturating_add(FIXED_BYTES)
}

/// What finished thumbnails take while they wait for the last one, and the one that others are made
/// of, in bytes.
fn finished(demand: &Demand, recipe: &Recipe, frames: u64) -> u64 {
    let bytes = recipe.outputs.iter().map(|output| {
        let (width, height) = canvas(demand, output);
        let moving = if output.animated { written(frames, width * height) } else { 0 };
        (width * height * 4, moving)
    });
    let largest = bytes.clone().map(|(still, _)| still).max().unwrap_or(0);
    let step = if recipe.outputs.len() > 1 { largest } else { 0 };
    bytes.map(|(still, moving)| still.max(moving)).fold(step, u64::saturating_add) - largest
}

/// What the file of an animation takes at most, in bytes; nothing of what does not move.
fn written(frames: u64, pixels: u64) -> u64 {
    if frames < 2 { 0 } else { frames.saturating_mul(pixels * 4 + FRAME_BYTES) }
}

/// What making one thumbnail takes beside the decoded picture, in bytes.
fn making(demand: &Demand, output: &Output, source: &[u8], frames: u64) -> u64 {
    let (width, height) = size(demand, output);
    let (canvas_width, canvas_height) = canvas(demand, output);
    let pixels = canvas_width * canvas_height;
    let encoding = width * height * demand.bytes_per_pixel * 2
        + pixels * encoded_pixel_bytes(demand, output)
        + encoder_bytes(output, pixels)
        // What is not resized may be copied.
        + if width == u64::from(demand.width) { source.len() as u64 * 2 } else { 0 };
    let resizing = resizing(demand, output, (width, height));
    let moving = if output.animated { moving(demand, frames, pixels) } else { 0 };
    encoding.max(resizing) + moving
}

/// What a pixel takes in the encoder and on the way there, in bytes.
fn encoded_pixel_bytes(demand: &Demand, output: &Output) -> u64 {
    // Space around the picture can be the first to have alpha, or colour.
    let is_laid = output.fit == Fit::Contain;
    let is_transparent = demand.has_alpha || is_laid;
    let bytes = if is_transparent { ENCODED_ALPHA_PIXEL_BYTES } else { ENCODED_PIXEL_BYTES };
    let laid = if is_laid { CANVAS_PIXEL_BYTES } else { 0 };
    bytes + laid + if output.chroma == Chroma::Full { SHARP_COLOUR_PIXEL_BYTES } else { 0 }
}

/// What costlier encoders and the search for a quality take, in bytes.
fn encoder_bytes(output: &Output, pixels: u64) -> u64 {
    let (by_pixel, at_most) = SMALL_PIXEL_BYTES;
    let small = (pixels * by_pixel).min(at_most);
    let encoder = match output.format {
        FormatChoice::Avif => pixels * AVIF_PIXEL_BYTES + small,
        FormatChoice::WebPLossless | FormatChoice::Auto => pixels * LOSSLESS_PIXEL_BYTES + small,
        _ => 0,
    };
    let quality = output.quality;
    let is_measured = [quality.jpeg, quality.webp, quality.avif].contains(&Quality::Auto);
    let measuring = if is_measured { pixels * MEASURED_PIXEL_BYTES } else { 0 };
    // The file before the last one is kept while the next is made.
    let kept = if is_measured || output.max_bytes.is_some() { pixels * 4 } else { 0 };
    encoder + measuring + kept
}

/// What resizing takes, in bytes.
fn resizing(demand: &Demand, output: &Output, (width, height): (u64, u64)) -> u64 {
    if (width, height) == (u64::from(demand.width), u64::from(demand.height)) {
        return 0;
    }
    let (light, wider) = if output.linear_light {
        (demand.pixel_bytes() * 2 + LIGHT_TABLE_BYTES, 2)
    } else {
        (0, 1)
    };
    let bytes_per_pixel = demand.bytes_per_pixel * wider;
    let (from_width, from_height) = demand.decoded();
    // Rows are shrunk first, all of them, then columns. Transparent colours are weighted in a copy,
    // unless they came weighted.
    let shrunk_rows = width * from_height * bytes_per_pixel;
    let is_weighted_again = demand.has_alpha && demand.reduced.is_none();
    let weighted = if is_weighted_again { demand.pixel_bytes() * wider } else { 0 };
    let weights = (from_width + from_height + width + height) * WEIGHT_BYTES;
    light + shrunk_rows + weighted + width * height * bytes_per_pixel * 2 + weights
}

/// What an animation takes beside one frame: those that the decoder composes, and what was written.
fn moving(demand: &Demand, frames: u64, pixels: u64) -> u64 {
    if frames < 2 {
        return 0;
    }
    let composed = u64::from(demand.width) * u64::from(demand.height) * 4 * 4;
    let weighted = u64::from(demand.width) * u64::from(demand.height) * 4;
    let (by_pixel, at_most) = SMALL_PIXEL_BYTES;
    let encoding = pixels * (LOSSLESS_PIXEL_BYTES + 12) + (pixels * by_pixel).min(at_most);
    [composed, weighted, encoding, demand.working_bytes, written(frames, pixels).saturating_mul(2)]
        .into_iter()
        .fold(0, u64::saturating_add)
}

/// The larger of the sizes that the picture has in the thumbnail, upright and on its side.
fn size(demand: &Demand, output: &Output) -> (u64, u64) {
    let sizes = [(demand.width, demand.height), (demand.height, demand.width)]
        .map(|upright| geometry::upright_size(upright, output))
        .map(|(width, height)| (u64::from(width), u64::from(height)));
    let [upright, on_side] = sizes;
    if on_side.0 * on_side.1 > upright.0 * upright.1 { on_side } else { upright }
}

/// The size that the thumbnail has, with the space around the picture.
fn canvas(demand: &Demand, output: &Output) -> (u64, u64) {
    match output.fit {
        Fit::Contain => (u64::from(output.width), u64::from(output.height)),
        _ => size(demand, output),
    }
}
