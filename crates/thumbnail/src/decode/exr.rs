//! OpenEXR, through the `exr` crate, block by block: the first part that has colours or greys. Of the
//! data window, only what lies inside the display window is kept, and nothing else is inflated.
//! Samples are amounts of light, each a float.

mod canvas;

use std::cell::Cell;

use exr::block::UncompressedBlock;
use exr::block::chunk::CompressedBlock;
use exr::block::reader::{ChunksReader as _, Reader};
use exr::math::Vec2;
use exr::meta::header::Header;

use super::ending::Reader as Watched;
use super::{Demand, File, Picture};
use crate::error::ThumbnailError;
use canvas::{Canvas, Roles};

/// The longest headers that are read, in bytes: a short try first, as most are below 1 KB, and what is
/// kept of small attributes is many times as large.
const HEADER_BYTES: [usize; 3] = [1 << 14, 1 << 17, 1 << 20];

/// What the decoder keeps of a header, in bytes by the byte.
const KEPT_HEADER_BYTES: u64 = 24;

/// The most that one block may hold, in bytes: 256 rows of 16,384 pixels in four floats.
const MAX_BLOCK_BYTES: u64 = 1 << 26;

/// What a data window may add to the display window, in pixels.
const OVERSCAN_PIXELS: u64 = 1 << 21;

/// What is taken of a block at once, as stored, inflated and put in order: times its size.
const BLOCK_COPIES: u64 = 5;

/// A file whose headers were read and checked.
struct Opened<'a> {
    reader: Reader<Watched<'a>>,
    part: usize,
    roles: Roles,
    demand: Demand,
}

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    open(file, &Cell::new(false)).map(|opened| opened.demand)
}

fn open<'a>(file: &'a File<'_>, has_ended: &'a Cell<bool>) -> Result<Opened<'a>, ThumbnailError> {
    let header_bytes = header_bytes(file)?;
    let reader = exr::block::read(Watched::new(file.source, has_ended), false)
        .map_err(|error| refuse(file, error, has_ended))?;
    let (part, roles, header) = reader
        .headers()
        .iter()
        .enumerate()
        .find_map(|(part, header)| Some((part, Roles::of(header)?, header)))
        .ok_or_else(|| file.unsupported("it has no channels of red, green and blue or of grey"))?;
    let [width, height] = side_lengths(header.shared_attributes.display_window.size);
    file.check_pixels(width, height)?;
    // Every block is announced in 8 bytes of an offset.
    let blocks = reader
        .headers()
        .iter()
        .fold(0_u64, |blocks, header| blocks.saturating_add(header.chunk_count as u64));
    if blocks > file.source.len() as u64 / 8 {
        return Err(file.truncated(None));
    }
    let [data_width, data_height] = side_lengths(header.layer_size);
    let limit = file.limits.max_pixels.saturating_mul(2).saturating_add(OVERSCAN_PIXELS);
    let data_pixels = u64::from(data_width) * u64::from(data_height);
    file.check_parts("pixels in its data window", data_pixels, limit)?;
    let most = reader.headers().iter().map(block_bytes).max().unwrap_or(0);
    file.check_parts("bytes in a block", most, MAX_BLOCK_BYTES)?;
    let demand = Demand {
        width,
        height,
        reduced: None,
        bytes_per_pixel: roles.samples() as u64 * 4,
        has_alpha: roles.has_alpha(),
        working_bytes: most * BLOCK_COPIES + header_bytes * KEPT_HEADER_BYTES,
        kept_bytes: 0,
    };
    Ok(Opened { reader, part, roles, demand })
}

/// How much of the file its headers are at most, in bytes; refuses headers that do not end.
fn header_bytes(file: &File<'_>) -> Result<u64, ThumbnailError> {
    for longest in HEADER_BYTES {
        let start = file.source.get(..longest).unwrap_or(file.source);
        let has_ended = Cell::new(false);
        match exr::block::read(Watched::new(start, &has_ended), false) {
            Ok(_) => return Ok(start.len() as u64),
            Err(_) if has_ended.get() && start.len() < file.source.len() => {}
            Err(error) => return Err(refuse(file, error, &has_ended)),
        }
    }
    let [.., longest] = HEADER_BYTES;
    let source = format!("its header is longer than {longest} bytes").into();
    Err(ThumbnailError::Undecodable { format: file.format, source })
}

/// What the largest block of a part holds, in bytes.
fn block_bytes(header: &Header) -> u64 {
    let [width, height] = side_lengths(header.max_block_pixel_size());
    let pixels = u64::from(width) * u64::from(height);
    pixels.saturating_mul(header.channels.bytes_per_pixel as u64)
}

fn side_lengths(Vec2(width, height): Vec2<usize>) -> [u32; 2] {
    [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX))
}

/// Decodes an OpenEXR file.
pub(super) fn decode(file: &File<'_>) -> Result<Picture, ThumbnailError> {
    let has_ended = Cell::new(false);
    let Opened { reader, part, roles, demand } = open(file, &has_ended)?;
    let failed = |error| refuse(file, error, &has_ended);
    let header = reader.headers().get(part).cloned().ok_or_else(|| file.truncated(None))?;
    let mut canvas = Canvas::new((demand.width, demand.height), roles);
    let mut chunks = reader.all_chunks(false).map_err(failed)?;
    // The same block again and again would take time without end.
    let mut missing = header.layer_size.area();
    while missing > 0 {
        let chunk = chunks.next().ok_or_else(|| file.truncated(None))?.map_err(failed)?;
        // Smaller versions of the picture are stored as levels beside the first.
        let is_small = matches!(&chunk.compressed_block,
            CompressedBlock::Tile(tile) if tile.coordinates.level_index != Vec2(0, 0));
        if chunk.layer_index != part || is_small {
            continue;
        }
        let place = header.get_block_data_indices(&chunk.compressed_block).map_err(failed)?;
        let bounds = header.get_block_data_window_pixel_coordinates(place).map_err(failed)?;
        missing = missing.checked_sub(bounds.size.area()).ok_or_else(|| {
            let source = "its blocks overlap".into();
            ThumbnailError::Undecodable { format: file.format, source }
        })?;
        if canvas::meet(bounds, header.shared_attributes.display_window) {
            let block = UncompressedBlock::decompress_chunk(chunk, chunks.meta_data(), false);
            canvas.draw(&block.map_err(failed)?, &header);
        }
    }
    let pixels = canvas.finish(&header).ok_or_else(|| file.truncated(None))?;
    Ok(Picture { is_scene_light: true, ..Picture::of(pixels) })
}

/// Says whose fault an error of the decoder is.
fn refuse(file: &File<'_>, error: exr::error::Error, has_ended: &Cell<bool>) -> ThumbnailError {
    let format = file.format;
    let error = match error {
        exr::error::Error::NotSupported(_) => {
            ThumbnailError::Unsupported { format, source: error.into() }
        }
        _ => ThumbnailError::Undecodable { format, source: error.into() },
    };
    file.truncated_if(has_ended.get(), error)
}
