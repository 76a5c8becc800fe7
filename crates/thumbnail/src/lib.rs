//! The pure core's only door: bytes of a picture in, thumbnails out.
//!
//! Knows nothing of S3, async, clocks, the environment or logging: the same bytes, recipe and
//! limits always give the same result. A decoder may panic on hostile bytes; whoever calls
//! [`render`] catches that, one picture at a time.

// What only decoders use that were left out of a build.
#![cfg_attr(not(all(feature = "avif", feature = "heic")), allow(dead_code))]

mod animation;
mod color;
mod copyright;
mod decode;
mod encode;
pub mod error;
mod exif;
pub mod format;
mod geometry;
mod memory_estimate;
mod placeholder;
mod planar;
mod raster;
mod resize;
mod saliency;
mod shape;
mod sharpen;
mod shrink;
pub mod spec;
mod target;
mod verbatim;

pub use error::ThumbnailError;
pub use format::{EncodedFormat, SourceFormat};
pub use placeholder::Placeholders;
pub use spec::{
    Chroma, Color, Fit, FormatChoice, Gamut, Gravity, Limits, Output, Qualities, Quality, Recipe,
};

use animation::Animation;
use decode::Picture;
use encode::Notes;
use geometry::Plan;
use raster::Srgb;
use target::Target;

/// What came of one picture: what it was, and every thumbnail made of it.
#[derive(Debug, Clone)]
pub struct Rendering {
    /// The format that the source's first bytes announce.
    pub source_format: SourceFormat,
    /// Width of the source as stored, before its orientation is applied, in pixels.
    pub source_width: u32,
    /// Height of the source as stored, before its orientation is applied, in pixels.
    pub source_height: u32,
    /// One thumbnail for each of the recipe's outputs, in the recipe's order.
    pub thumbnails: Vec<Thumbnail>,
    /// What to show until one of them has loaded, where the recipe asks for it.
    pub placeholders: Option<Placeholders>,
}

/// One encoded thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width in pixels, after the source's orientation was applied.
    pub width: u32,
    /// Height in pixels, after the source's orientation was applied.
    pub height: u32,
    /// What the bytes are.
    pub format: EncodedFormat,
    /// The encoded file.
    pub bytes: Vec<u8>,
}

/// Makes every thumbnail that `recipe` asks for from one decode of `source`.
pub fn render(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
) -> Result<Rendering, ThumbnailError> {
    let source_format =
        SourceFormat::from_first_bytes(source).ok_or(ThumbnailError::NotAPicture)?;
    let target = Target::of(recipe);
    let wants_copyright = recipe.outputs.iter().any(|output| output.copyright);
    let exif = if wants_copyright { copyright::exif_of(source) } else { None };
    if let Some(picture) = decode::planes(source, source_format, *limits, &target)? {
        return planar::render(&picture, source_format, &recipe.outputs, |output| Notes {
            profile: None,
            exif: exif.clone().filter(|_| output.copyright),
        });
    }
    let mut picture = decode::decode(source, source_format, *limits, &target)?;
    let (source_width, source_height) = (picture.width(), picture.height());
    let preview = shape::preview(&picture, recipe)?;
    let source = Source { bytes: source, format: source_format, exif };
    // Frames take the picture's place, so that everything is decided before the first one moves.
    let motions = recipe
        .outputs
        .iter()
        .map(|output| motion(&picture, output, &source, preview.as_ref(), *limits))
        .collect::<Result<Vec<_>, _>>()?;
    let mut steps = shape::steps(&picture, recipe)?;
    // What nothing else is made of need not wait for the last thumbnail.
    if motions.iter().all(Option::is_none)
        && let Some(step) = steps.take_if(|step| shape::is_enough(step, recipe))
    {
        picture = step;
    }
    let mut thumbnails: Vec<Option<Thumbnail>> = motions.iter().map(|_| None).collect();
    let outputs = recipe.outputs.iter().zip(&motions);
    let stills = outputs.zip(&mut thumbnails).filter(|((_, motion), _)| motion.is_none());
    let mut stills: Vec<_> = stills.map(|((output, _), thumbnail)| (output, thumbnail)).collect();
    // The largest comes last, and may use up what the others were made of.
    stills.sort_by_key(|(output, _)| shape::pixels(&picture, output));
    let is_used_up = steps.is_none() && stills.len() == motions.len();
    let last = if is_used_up { stills.pop() } else { None };
    for (output, thumbnail) in stills {
        let picture = shape::step_for(steps.as_ref(), &picture, output);
        let small = shape::shape_for(picture, output, preview.as_ref())?;
        *thumbnail = Some(still(picture, small, output, &source)?);
    }
    if let Some((output, thumbnail)) = last {
        let small = shape::shape_last(&mut picture, output, preview.as_ref())?;
        *thumbnail = Some(still(&picture, small, output, &source)?);
    }
    for ((output, motion), thumbnail) in recipe.outputs.iter().zip(motions).zip(&mut thumbnails) {
        if let Some(Motion { animation, plan, kind, size: (width, height) }) = motion {
            let (format, bytes) = animation.write(&mut picture, &plan, output, kind)?;
            *thumbnail = Some(Thumbnail { width, height, format, bytes });
        }
    }
    let placeholders = if recipe.placeholders { preview.as_ref() } else { None };
    Ok(Rendering {
        source_format,
        source_width,
        source_height,
        thumbnails: thumbnails.into_iter().flatten().collect(),
        placeholders: placeholders.map(Placeholders::of),
    })
}

/// A file, and what was learnt of it once for all thumbnails.
struct Source<'a> {
    bytes: &'a [u8],
    format: SourceFormat,
    /// Who made it and whose it is, as EXIF.
    exif: Option<Vec<u8>>,
}

/// Makes one thumbnail that does not move, of its pixels.
fn still(
    picture: &Picture,
    (plan, small): (Plan, Srgb),
    output: &Output,
    source: &Source<'_>,
) -> Result<Thumbnail, ThumbnailError> {
    let gamut = shape::gamut(picture, output);
    let is_transparent = picture.is_transparent || small.channels.has_alpha();
    let encoding = encode::encoding_for(output.format, source.format, is_transparent, &small);
    let notes = Notes {
        profile: if gamut == Gamut::P3 { color::display_p3_profile() } else { None },
        exif: source.exif.clone().filter(|_| output.copyright),
    };
    let (width, height) = (small.width, small.height);
    let background = color::background(output.background, gamut);
    let (format, bytes) = encode::encode(small, encoding, output, background, &notes)?;
    // A picture that is only written anew should not grow by it.
    let is_untouched = shape::is_untouched(picture, &plan, output, source.format)
        && format.name() == source.format.name()
        && notes == Notes::default();
    let copied = if is_untouched && bytes.len() > source.bytes.len() {
        verbatim::copy(source.bytes, source.format, output)
    } else {
        None
    };
    Ok(Thumbnail { width, height, format, bytes: copied.unwrap_or(bytes) })
}

/// How one thumbnail moves.
struct Motion<'a> {
    animation: Animation<'a>,
    plan: Plan,
    kind: animation::Kind,
    size: geometry::Size,
}

/// Decides whether a thumbnail moves: where the source does, and `output` wants it.
fn motion<'a>(
    picture: &Picture,
    output: &Output,
    source: &Source<'a>,
    preview: Option<&Srgb>,
    limits: Limits,
) -> Result<Option<Motion<'a>>, ThumbnailError> {
    if !output.animated {
        return Ok(None);
    }
    let Some(animation) = Animation::find(source.bytes, source.format) else { return Ok(None) };
    let plan = shape::plan(picture, output, preview);
    let first = shape::shape(picture, &plan, output, Gamut::Srgb)?;
    let Some(kind) = animation.kind(output, &first) else { return Ok(None) };
    let size = (first.width, first.height);
    animation.check((picture.width().max(size.0), picture.height().max(size.1)), limits)?;
    Ok(Some(Motion { animation, plan, kind, size }))
}

/// What [`render`] allocates at most with the same arguments, in bytes, beside `source` itself: an
/// estimate from the header alone, never too low, and for photographs less than twice too high.
/// Refuses what `render` refuses by its header.
pub fn memory_to_render(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
) -> Result<u64, ThumbnailError> {
    let source_format =
        SourceFormat::from_first_bytes(source).ok_or(ThumbnailError::NotAPicture)?;
    let demand = decode::demand(source, source_format, *limits, &Target::of(recipe))?;
    Ok(memory_estimate::peak(&demand, recipe, source, source_format))
}
