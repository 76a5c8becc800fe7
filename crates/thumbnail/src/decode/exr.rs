//! OpenEXR, through the `exr` crate, block by block: the first part that has colours or greys. Only
//! what lies inside both the data window and the display window is kept, and nothing else is
//! inflated. Samples are amounts of light, as floats.

mod canvas;

use exr::block::UncompressedBlock;
use exr::block::chunk::CompressedBlock;
use exr::block::reader::{ChunksReader as _, Reader};
use exr::math::Vec2;
use exr::meta::header::Header;

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::Picture;
use super::watched::{Reader as Watched, Watch};
use crate::error::ThumbnailError;
use canvas::{Canvas, Roles};

/// The most header bytes that are read. Short attempts come first: most headers are below 1 KB, and
/// small attributes take many times their size in memory.
const HEADER_BYTES: [usize; 3] = [1 << 14, 1 << 17, 1 << 20];

/// Bytes that the decoder keeps for each byte of a header.
const KEPT_HEADER_BYTES: u64 = 24;

/// The most bytes of a block: 256 rows of 16,384 pixels with four floats each.
const MAX_BLOCK_BYTES: u64 = 1 << 26;

/// How many pixels the data window may have beyond the display window.
const OVERSCAN_PIXELS: u64 = 1 << 21;

/// How many times the size of a block is held at once: as stored, inflated and reordered.
const BLOCK_COPIES: u64 = 5;

/// A file whose headers were read and checked.
struct Exr<'a> {
    file: File<'a>,
    reader: Reader<Watched<'a>>,
    watch: Watch,
    part: usize,
    roles: Roles,
    cost: DecodeCost,
}

/// Reads the headers.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let header_bytes = header_bytes(&file)?;
    let (watched, watch) = Watched::new(file.source);
    let reader = exr::block::read(watched, false).map_err(|error| refuse(&file, error, &watch))?;
    let (part, roles, header) = reader
        .headers()
        .iter()
        .enumerate()
        .find_map(|(part, header)| Some((part, Roles::of(header)?, header)))
        .ok_or_else(|| file.unsupported("it has no channels of red, green and blue or of grey"))?;
    let [width, height] = side_lengths(header.shared_attributes.display_window.size);
    file.check_pixels(width, height)?;
    // Every block has an offset of 8 bytes in the header.
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
    let size = (width, height);
    let working_bytes = most * BLOCK_COPIES + header_bytes * KEPT_HEADER_BYTES;
    let cost = DecodeCost::new(size, roles.samples() as u64 * 4, roles.has_alpha(), working_bytes);
    Ok(Box::new(Exr { file, reader, watch, part, roles, cost }))
}

/// The length of the headers at most, in bytes. Refuses headers that do not end.
fn header_bytes(file: &File<'_>) -> Result<u64, ThumbnailError> {
    for longest in HEADER_BYTES {
        let start = file.source.get(..longest).unwrap_or(file.source);
        let (watched, watch) = Watched::new(start);
        match exr::block::read(watched, false) {
            Ok(_) => return Ok(start.len() as u64),
            Err(_) if watch.has_ended() && start.len() < file.source.len() => {}
            Err(error) => return Err(refuse(file, error, &watch)),
        }
    }
    let [.., longest] = HEADER_BYTES;
    Err(file.corrupt(format!("its header is longer than {longest} bytes")))
}

/// Bytes of the largest block of a part.
fn block_bytes(header: &Header) -> u64 {
    let [width, height] = side_lengths(header.max_block_pixel_size());
    let pixels = u64::from(width) * u64::from(height);
    pixels.saturating_mul(header.channels.bytes_per_pixel as u64)
}

fn side_lengths(Vec2(width, height): Vec2<usize>) -> [u32; 2] {
    [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX))
}

impl Decode for Exr<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, reader, watch, part, roles, cost } = *self;
        let failed = |error| refuse(&file, error, &watch);
        let header = reader.headers().get(part).cloned().ok_or_else(|| file.truncated(None))?;
        let mut canvas = Canvas::new((cost.width, cost.height), roles);
        let mut chunks = reader.all_chunks(false).map_err(failed)?;
        // Without this count, a block that is repeated again and again would take time without end.
        let mut missing = header.layer_size.area();
        while missing > 0 {
            let chunk = chunks.next().ok_or_else(|| file.truncated(None))?.map_err(failed)?;
            // Mipmap levels other than the first hold smaller versions of the picture.
            let is_small = matches!(&chunk.compressed_block,
            CompressedBlock::Tile(tile) if tile.coordinates.level_index != Vec2(0, 0));
            if chunk.layer_index != part || is_small {
                continue;
            }
            let place = header.get_block_data_indices(&chunk.compressed_block).map_err(failed)?;
            let bounds = header.get_block_data_window_pixel_coordinates(place).map_err(failed)?;
            missing = missing
                .checked_sub(bounds.size.area())
                .ok_or_else(|| file.corrupt("its blocks overlap"))?;
            if canvas::meet(bounds, header.shared_attributes.display_window) {
                let block = UncompressedBlock::decompress_chunk(chunk, chunks.meta_data(), false);
                canvas.draw(&block.map_err(failed)?, &header);
            }
        }
        let pixels = canvas.finish(&header).ok_or_else(|| file.truncated(None))?;
        Ok(Picture { is_scene_light: true, ..Picture::of(pixels) })
    }
}

/// Converts the decoder's error to one that says who is at fault.
fn refuse(file: &File<'_>, error: exr::error::Error, watch: &Watch) -> ThumbnailError {
    let error = match error {
        exr::error::Error::NotSupported(_) => file.unsupported(error),
        _ => file.corrupt(error),
    };
    file.truncated_if(watch.has_ended(), error)
}
