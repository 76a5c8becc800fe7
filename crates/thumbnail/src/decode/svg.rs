//! SVG, through `resvg`: drawn once at its own size, and then treated like any other picture.
//! Files, the network and fonts are never accessed, so text does not show. The elements that
//! references multiply, and the layers, are counted before they are made.

mod layers;
mod weight;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use image::{DynamicImage, RgbaImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::{Document, ParsingOptions};
use resvg::usvg::{ImageHrefResolver, ImageKind, Options, Tree};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::Picture;
use super::{gif, jpeg, png, webp};
use crate::error::{Cause, ThumbnailError};
use crate::format::SourceFormat;
use crate::spec::Limits;
use crate::target::Target;

/// The longest side that is drawn, in pixels. Larger drawings are scaled down: thumbnails are
/// smaller anyway.
const MAX_SIDE: f32 = 2048.0;

/// The most elements in a file, before references multiply them.
const MAX_NODES: u32 = 200_000;

/// The most bytes that elements may take, each counted as often as it is drawn.
const MAX_ELEMENT_BYTES: u64 = 1 << 28;

/// The most bytes that nested layers may take together.
const MAX_LAYER_BYTES: u64 = 1 << 30;

/// The most pixels of all embedded pictures together.
const MAX_INNER_PIXELS: u64 = 1 << 24;

/// A file that is ready to be drawn.
struct Drawing<'a> {
    file: File<'a>,
    tree: Tree,
    scale: f32,
    cost: DecodeCost,
}

/// Reads the elements, and counts what drawing them costs.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let refuse = |source: Cause| file.corrupt(source);
    let text = std::str::from_utf8(file.source).map_err(|error| refuse(error.into()))?;
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..Default::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| refuse(error.into()))?;
    let element_bytes = weight::of(&document)
        .ok_or_else(|| file.unsupported("its elements are nested too deeply"))?;
    file.check_parts("bytes of elements", element_bytes, MAX_ELEMENT_BYTES)?;

    let inner_pixels = AtomicU64::new(0);
    let tree = {
        let resolve_data =
            |_: &str, data: Arc<Vec<u8>>, _: &Options<'_>| inner(data, &inner_pixels);
        let image_href_resolver = ImageHrefResolver {
            resolve_data: Box::new(resolve_data),
            resolve_string: Box::new(|_, _| None),
        };
        let options = Options { image_href_resolver, ..Options::default() };
        Tree::from_xmltree(&document, &options).map_err(|error| refuse(error.into()))?
    };
    drop(document);
    let inner_pixels = inner_pixels.into_inner();
    file.check_parts("pixels in pictures inside", inner_pixels, MAX_INNER_PIXELS)?;

    let size = tree.size();
    let scale = (MAX_SIDE / size.width().max(size.height())).min(1.0);
    let drawn = size.scale_by(scale).ok_or_else(|| file.unsupported("its size is out of range"))?;
    let drawn = drawn.to_int_size();
    let (width, height) = (drawn.width(), drawn.height());
    file.check_pixels(width, height)?;
    let pixels = u64::from(width) * u64::from(height);
    let layer_bytes = layers::of(&tree, scale, pixels);
    file.check_parts("bytes of layers", layer_bytes, MAX_LAYER_BYTES)?;
    // An embedded picture is decoded, and converted to samples of four bytes.
    let working_bytes =
        element_bytes + layer_bytes + inner_pixels * 8 + (file.source.len() as u64) * 2;
    let cost = DecodeCost::new((width, height), 4, true, working_bytes);
    Ok(Box::new(Drawing { file, tree, scale, cost }))
}

/// Wraps a picture's bytes with their format.
type Wrap = fn(Arc<Vec<u8>>) -> ImageKind;

/// An embedded picture, unless it and those before it have too many pixels.
fn inner(data: Arc<Vec<u8>>, inner_pixels: &AtomicU64) -> Option<ImageKind> {
    let format = SourceFormat::from_first_bytes(&data)?;
    let limits = Limits { max_pixels: MAX_INNER_PIXELS };
    let file = File { source: &data, format, limits, is_damaged: false };
    let target = Target::everything();
    let (kind, opened): (Wrap, _) = match format {
        SourceFormat::Jpeg => (ImageKind::JPEG, jpeg::open(file, &target)),
        SourceFormat::Png => (ImageKind::PNG, png::open(file, &target)),
        SourceFormat::Gif => (ImageKind::GIF, gif::open(file)),
        SourceFormat::WebP => (ImageKind::WEBP, webp::open(file, &target)),
        _ => return None,
    };
    let cost = *opened.ok()?.cost();
    let pixels = u64::from(cost.width) * u64::from(cost.height);
    let sum = inner_pixels.fetch_add(pixels, Ordering::Relaxed).saturating_add(pixels);
    (sum <= MAX_INNER_PIXELS).then(|| kind(data))
}

impl Decode for Drawing<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, tree, scale, cost } = *self;
        let mut canvas = Pixmap::new(cost.width, cost.height)
            .ok_or_else(|| file.unsupported("its size is out of range"))?;
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut canvas.as_mut());
        let pixels = RgbaImage::from_raw(cost.width, cost.height, canvas.take_demultiplied())
            .map(DynamicImage::from)
            .ok_or_else(|| file.truncated(None))?;
        Ok(Picture::of(pixels))
    }
}
