//! Estimates the peak memory of rendering from the picture's header: what decoding, resizing or
//! encoding takes, whichever is the most. Arithmetic only; the figures for encoders were measured
//! on whole processes.

use super::animation;
use super::decode::cost::DecodeCost;
use super::format::SourceFormat;
use super::geometry;
use super::spec::{Chroma, Fit, FormatChoice, Output, Quality, Recipe};

/// Bytes that any picture takes: code that runs for the first time, tables of decoders and
/// encoders, and what the allocator wastes.
const FIXED_BYTES: u64 = 10 << 20;

/// Bytes that a pixel of a thumbnail takes in the encoder and in the steps before it.
const ENCODED_PIXEL_BYTES: u64 = 9;

/// The same for a pixel with alpha. Lossy WebP takes the most for it.
const ENCODED_ALPHA_PIXEL_BYTES: u64 = 22;

/// Additional bytes for a pixel in lossy WebP with sharp edges of colour.
const SHARP_COLOR_PIXEL_BYTES: u64 = 12;

/// Bytes that a pixel takes in lossless WebP.
const LOSSLESS_PIXEL_BYTES: u64 = 34;

/// Bytes that a pixel takes in AVIF.
const AVIF_PIXEL_BYTES: u64 = 60;

/// Additional bytes that lossless WebP and AVIF take for small thumbnails: for each pixel, and at
/// most.
const SMALL_PIXEL_BYTES: (u64, u64) = (320, 14 << 20);

/// Bytes that a pixel of the canvas takes while the picture is laid on it.
const CANVAS_PIXEL_BYTES: u64 = 12;

/// Bytes that a pixel takes while the quality of an encoded thumbnail is measured.
const MEASURED_PIXEL_BYTES: u64 = 145;

/// Bytes that a frame of an animation takes in its file and in the writer's lists, however small it
/// is.
const FRAME_BYTES: u64 = 128;

/// Bytes of the tables that turn a decoded picture into amounts of light.
const LIGHT_TABLE_BYTES: u64 = 1 << 20;

/// Bytes that the resizer's weights take for each row and column of the picture.
const WEIGHT_BYTES: u64 = 64;

/// Bytes that rendering takes at its peak.
pub(super) fn peak(
    cost: &DecodeCost,
    recipe: &Recipe,
    source: &[u8],
    source_format: SourceFormat,
) -> u64 {
    let decoding = cost.pixel_bytes().saturating_add(cost.working_bytes);
    let moves = recipe.outputs.iter().any(|output| output.animated);
    let frames = if moves { u64::from(animation::frames(source, source_format)) } else { 0 };
    let preview = recipe.preview();
    let making = recipe
        .outputs
        .iter()
        .chain(&preview)
        .map(|output| making(cost, output, source, frames))
        .max()
        .unwrap_or(0);
    let finished = finished(cost, recipe, frames);
    let rendering = [cost.pixel_bytes(), cost.kept_bytes, making, finished]
        .into_iter()
        .fold(0, u64::saturating_add);
    decoding.max(rendering).saturating_add(FIXED_BYTES)
}

/// Bytes of the finished thumbnails, which are kept until the last one is made, and of the
/// thumbnail that others are made from.
fn finished(cost: &DecodeCost, recipe: &Recipe, frames: u64) -> u64 {
    let bytes = recipe.outputs.iter().map(|output| {
        let (width, height) = canvas(cost, output);
        let moving = if output.animated { written(frames, width * height) } else { 0 };
        (width * height * 4, moving)
    });
    let largest = bytes.clone().map(|(still, _)| still).max().unwrap_or(0);
    let step = if recipe.outputs.len() > 1 { largest } else { 0 };
    bytes.map(|(still, moving)| still.max(moving)).fold(step, u64::saturating_add) - largest
}

/// The most bytes that the file of an animation takes; none for a still.
fn written(frames: u64, pixels: u64) -> u64 {
    if frames < 2 { 0 } else { frames.saturating_mul(pixels * 4 + FRAME_BYTES) }
}

/// Bytes that making one thumbnail takes beside the decoded picture.
fn making(cost: &DecodeCost, output: &Output, source: &[u8], frames: u64) -> u64 {
    let (width, height) = size(cost, output);
    let (canvas_width, canvas_height) = canvas(cost, output);
    let pixels = canvas_width * canvas_height;
    let encoding = width * height * cost.bytes_per_pixel * 2
        + pixels * encoded_pixel_bytes(cost, output)
        + encoder_bytes(output, pixels)
        // If the picture is not resized, its file may be copied.
        + if width == u64::from(cost.width) { source.len() as u64 * 2 } else { 0 };
    let resizing = resizing(cost, output, (width, height));
    let moving = if output.animated { moving(cost, frames, pixels) } else { 0 };
    encoding.max(resizing) + moving
}

/// Bytes that a pixel takes in the encoder and in the steps before it.
fn encoded_pixel_bytes(cost: &DecodeCost, output: &Output) -> u64 {
    // The space around the picture may add alpha or colour to a picture without.
    let is_laid = output.fit == Fit::Contain;
    let is_transparent = cost.has_alpha || is_laid;
    let bytes = if is_transparent { ENCODED_ALPHA_PIXEL_BYTES } else { ENCODED_PIXEL_BYTES };
    let laid = if is_laid { CANVAS_PIXEL_BYTES } else { 0 };
    bytes + laid + if output.chroma == Chroma::Full { SHARP_COLOR_PIXEL_BYTES } else { 0 }
}

/// Bytes that costlier encoders and the search for a quality take.
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
    // The previous file is kept while the next one is made.
    let kept = if is_measured || output.max_bytes.is_some() { pixels * 4 } else { 0 };
    encoder + measuring + kept
}

/// Bytes that resizing takes.
fn resizing(cost: &DecodeCost, output: &Output, (width, height): (u64, u64)) -> u64 {
    if (width, height) == (u64::from(cost.width), u64::from(cost.height)) {
        return 0;
    }
    let (light, wider) =
        if output.linear_light { (cost.pixel_bytes() * 2 + LIGHT_TABLE_BYTES, 2) } else { (0, 1) };
    let bytes_per_pixel = cost.bytes_per_pixel * wider;
    let (from_width, from_height) = cost.decoded();
    // The rows are shrunk first, then the columns. The colours of a transparent picture are
    // premultiplied in a copy, unless the decoder premultiplied them.
    let shrunk_rows = width * from_height * bytes_per_pixel;
    let is_weighted_again = cost.has_alpha && cost.reduced.is_none();
    let weighted = if is_weighted_again { cost.pixel_bytes() * wider } else { 0 };
    let weights = (from_width + from_height + width + height) * WEIGHT_BYTES;
    light + shrunk_rows + weighted + width * height * bytes_per_pixel * 2 + weights
}

/// Bytes that an animation takes beside one frame: the frames that the decoder composes, and the
/// file written so far.
fn moving(cost: &DecodeCost, frames: u64, pixels: u64) -> u64 {
    if frames < 2 {
        return 0;
    }
    let composed = u64::from(cost.width) * u64::from(cost.height) * 4 * 4;
    let weighted = u64::from(cost.width) * u64::from(cost.height) * 4;
    let (by_pixel, at_most) = SMALL_PIXEL_BYTES;
    let encoding = pixels * (LOSSLESS_PIXEL_BYTES + 12) + (pixels * by_pixel).min(at_most);
    [composed, weighted, encoding, cost.working_bytes, written(frames, pixels).saturating_mul(2)]
        .into_iter()
        .fold(0, u64::saturating_add)
}

/// The picture's size in the thumbnail, for the orientation that makes it larger.
fn size(cost: &DecodeCost, output: &Output) -> (u64, u64) {
    let sizes = [(cost.width, cost.height), (cost.height, cost.width)]
        .map(|upright| geometry::upright_size(upright, output))
        .map(|(width, height)| (u64::from(width), u64::from(height)));
    let [upright, on_side] = sizes;
    if on_side.0 * on_side.1 > upright.0 * upright.1 { on_side } else { upright }
}

/// The size of the thumbnail, with the space around the picture.
fn canvas(cost: &DecodeCost, output: &Output) -> (u64, u64) {
    match output.fit {
        Fit::Contain => (u64::from(output.width), u64::from(output.height)),
        _ => size(cost, output),
    }
}
