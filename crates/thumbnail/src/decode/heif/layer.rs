//! A layer of a picture in a HEIF file: its colours, or its alpha plane, in one piece or in tiles. The
//! container declares sizes, and so does each item's own header. Both are checked, and must agree,
//! before anything is decoded.

use std::borrow::Cow;

use super::cicp::Cicp;
use super::codec::{Codec, Form};
use super::container::{Container, LONGEST_JOINED, MAX_PARTS};
use super::grid::Grid;
use super::items::Item;
use super::properties::Properties;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// The shortest side of a tile, in pixels (ISO/IEC 23000-22, 7.3.11.4.2).
const SHORTEST_TILE: u32 = 64;

/// The most bytes of data for each pixel that tiles may take which are shown more than once: more
/// than samples take that are not compressed.
const TILE_PIXEL_BYTES: u64 = 8;

/// A picture in one piece or in tiles.
pub(super) struct Layer<'a, C: Codec> {
    pub(super) size: (u32, u32),
    /// How it is cut into tiles, if it is.
    pub(super) grid: Option<Grid>,
    /// Row by row, all of the same form.
    tiles: Vec<Tile<'a, C>>,
    pub(super) form: Form,
    pub(super) cicp: Cicp,
    /// An ICC profile.
    pub(super) profile: Option<&'a [u8]>,
}

/// The data of an item that is coded as one picture.
struct Tile<'a, C: Codec> {
    data: Cow<'a, [u8]>,
    header: C::Header<'a>,
}

impl<'a, C: Codec> Layer<'a, C> {
    pub(super) fn of(
        file: &File<'a>,
        container: &Container<'a>,
        item: &Item<'a>,
        properties: &Properties<'a>,
    ) -> Result<Self, ThumbnailError> {
        file.check_pixels(properties.size.0, properties.size.1)?;
        match &item.kind {
            b"grid" => Self::of_grid(file, container, item, properties),
            kind if kind == &C::KIND => {
                let data = container.data(file, item)?;
                let (form, header) = header::<C>(file, properties, &data)?;
                Ok(Self {
                    size: properties.size,
                    grid: None,
                    tiles: vec![Tile { data, header }],
                    form,
                    cicp: properties.cicp.unwrap_or(form.cicp),
                    profile: properties.profile,
                })
            }
            kind => {
                let kind = String::from_utf8_lossy(kind).into_owned();
                Err(file.unsupported(format!("its picture is of the kind {kind:?}")))
            }
        }
    }

    fn of_grid(
        file: &File<'a>,
        container: &Container<'a>,
        item: &Item<'a>,
        properties: &Properties<'a>,
    ) -> Result<Self, ThumbnailError> {
        let broken = |what: &str| file.corrupt(format!("its grid of tiles {what}"));
        let grid = Grid::of(&container.data(file, item)?).ok_or_else(|| broken("has no end"))?;
        if grid.size != properties.size {
            return Err(broken("is not of its size"));
        }
        let ids = container.referred_by(item, *b"dimg");
        let layer = Self::of_tiles(file, container, grid, ids, None)?;
        Ok(Self {
            cicp: properties.cicp.unwrap_or(layer.cicp),
            profile: properties.profile.or(layer.profile),
            ..layer
        })
    }

    /// A picture that is cut into the tiles with the given IDs, which have the size `size` unless
    /// they tell another.
    pub(super) fn of_tiles(
        file: &File<'a>,
        container: &Container<'a>,
        grid: Grid,
        ids: impl Iterator<Item = u32>,
        size: Option<(u32, u32)>,
    ) -> Result<Self, ThumbnailError> {
        let broken = |what: &str| file.corrupt(format!("its grid of tiles {what}"));
        let count = grid.rows as usize * grid.columns as usize;
        file.check_parts("tiles", count as u64, MAX_PARTS)?;
        let limit = (file.source.len() as u64).max(grid.pixels().saturating_mul(TILE_PIXEL_BYTES));
        let mut first: Option<(Properties<'a>, Form)> = None;
        let (mut tiles, mut bytes, mut joined) = (Vec::new(), 0, 0);
        for id in ids.take(count + 1) {
            let tile = container.item(id).filter(|tile| tile.kind == C::KIND);
            let tile = tile.ok_or_else(|| broken("is made of other things than pictures"))?;
            let data = container.data(file, tile)?;
            joined += if let Cow::Owned(data) = &data { data.len() } else { 0 };
            if joined > LONGEST_JOINED {
                return Err(file.unsupported("long tiles of it are in pieces"));
            }
            // A tile may be shown more than once, and each time takes time.
            bytes += data.len() as u64;
            file.check_parts("bytes in its tiles", bytes, limit)?;
            let properties = Properties::of(file, container, tile, size)?;
            let (form, header) = header::<C>(file, &properties, &data)?;
            match &first {
                None => {
                    check_grid(file, &grid, properties.size)?;
                    first = Some((properties, form));
                }
                Some((_, first)) if first.is_like(&form) => {}
                Some(_) => return Err(broken("is made of tiles of different kinds")),
            }
            tiles.push(Tile { data, header });
        }
        let Some((tile, form)) = first.filter(|_| tiles.len() == count) else {
            return Err(broken("lacks tiles, or has too many"));
        };
        Ok(Self {
            size: grid.size,
            grid: Some(grid),
            tiles,
            form,
            cicp: tile.cicp.unwrap_or(form.cicp),
            profile: tile.profile,
        })
    }

    /// Bytes that decoding a tile takes.
    pub(super) fn working_bytes(&self) -> u64 {
        let tiles = self.tiles.iter();
        tiles
            .map(|tile| C::working_bytes(&self.form, &tile.header, tile.data.len() as u64))
            .max()
            .unwrap_or(0)
    }

    /// Bytes that the list of tiles takes.
    pub(super) fn held_bytes(&self) -> u64 {
        let joined = self.tiles.iter().map(|tile| match &tile.data {
            Cow::Owned(data) => data.capacity() as u64,
            Cow::Borrowed(_) => 0,
        });
        // The last one may still have been growing.
        let joined = joined.clone().sum::<u64>() + joined.max().unwrap_or(0);
        let of_tile = size_of::<Tile<'_, C>>() as u64 * 2 + C::HEADER_BYTES;
        joined + self.tiles.len() as u64 * of_tile
    }

    /// Decodes the tiles in order, and calls `paint` with the position and the pixels of each.
    pub(super) fn decode(
        self,
        file: &File<'_>,
        mut paint: impl FnMut((u32, u32), &C::Frame, &Form),
    ) -> Result<(), ThumbnailError> {
        let (width, height) = self.form.size;
        let columns = self.grid.map_or(1, |grid| grid.columns);
        for (place, tile) in (0..).zip(self.tiles) {
            let (row, column) = (place / columns, place % columns);
            let frame = C::decode(file, &tile.data, &self.form, &tile.header)?;
            paint((column * width, row * height), &frame, &self.form);
        }
        Ok(())
    }
}

/// Reads the header in an item's data, which must agree with the container.
fn header<'a, C: Codec>(
    file: &File<'_>,
    properties: &Properties<'a>,
    data: &[u8],
) -> Result<(Form, C::Header<'a>), ThumbnailError> {
    let (form, header) = C::header(file, properties, data)?;
    let ((width, height), (told_width, told_height)) = (form.size, properties.size);
    file.check_pixels(width, height)?;
    file.check_pixels(told_width, told_height)?;
    if form.size != properties.size {
        return Err(file.corrupt(format!(
            "what is to be {told_width} x {told_height} pixels is {width} x {height}"
        )));
    }
    Ok((form, header))
}

/// Refuses tiles that do not fill a grid, or that extend beyond it by more than a tile.
fn check_grid(file: &File<'_>, grid: &Grid, tile: (u32, u32)) -> Result<(), ThumbnailError> {
    let fits = |of: u32, count: u32, side: u32| {
        let (of, count, side) = (u64::from(of), u64::from(count), u64::from(side));
        (count - 1) * side < of && of <= count * side
    };
    let is_alone = (grid.rows, grid.columns) == (1, 1);
    let fills = fits(grid.size.0, grid.columns, tile.0) && fits(grid.size.1, grid.rows, tile.1);
    if fills && (is_alone || tile.0.min(tile.1) >= SHORTEST_TILE) {
        return Ok(());
    }
    let ((width, height), (columns, rows)) = (tile, (grid.columns, grid.rows));
    Err(file.corrupt(format!(
        "its {columns} x {rows} tiles of {width} x {height} pixels do not fill it"
    )))
}
