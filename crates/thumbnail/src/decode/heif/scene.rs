//! A picture of a HEIF file, with its alpha plane, which may be another item; both may be in tiles.
//! The container declares sizes, and so does each item's own header. Both are checked, and must
//! agree, before anything is decoded.

use std::borrow::Cow;

use image::{DynamicImage, ImageBuffer};

use super::cicp::Cicp;
use super::codec::{Codec, Form};
use super::container::{CONTAINER_BYTES, Container, LONGEST_JOINED, MAX_PARTS};
use super::grid::Grid;
use super::items::Item;
use super::pixels::{Matrix, Pixels, Sample};
use super::properties::{Properties, Window};
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::decode::cost::DecodeCost;
use crate::decode::decoder::{Decode, Opened};
use crate::decode::file::File;
use crate::decode::picture::Picture;
use crate::error::ThumbnailError;

/// The shortest side of a tile, in pixels (ISO/IEC 23000-22, 7.3.11.4.2).
const SHORTEST_TILE: u32 = 64;

/// The most bytes of data for each pixel that tiles may take which are shown more than once: more
/// than samples take that are not compressed.
const TILE_PIXEL_BYTES: u64 = 8;

/// A picture whose headers were read and agree.
struct Heif<'a, C: Codec> {
    file: File<'a>,
    scene: Scene<'a, C>,
    cost: DecodeCost,
}

/// Reads the container, and the headers of the coded pictures.
pub(crate) fn open<'a, C: Codec + 'a>(file: File<'a>) -> Opened<'a> {
    let scene = Scene::<C>::of(&file)?;
    let cost = scene.cost();
    Ok(Box::new(Heif { file, scene, cost }))
}

impl<C: Codec> Decode for Heif<'_, C> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { ref file, scene, .. } = *self;
        let profile = scene.profile();
        let orientation = scene.properties.orientation;
        let Window { width, height, .. } = scene.properties.window;
        let (channels, is_deep) = (scene.channels(), scene.color.form().depth > 8);
        let pixels = match (channels, is_deep) {
            (1, false) => {
                from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLuma8)
            }
            (2, false) => {
                from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLumaA8)
            }
            (3, false) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgb8),
            (_, false) => {
                from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgba8)
            }
            (1, true) => {
                from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLuma16)
            }
            (2, true) => {
                from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLumaA16)
            }
            (3, true) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgb16),
            (_, true) => {
                from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgba16)
            }
        };
        let pixels =
            pixels.ok_or_else(|| file.corrupt("its pixels are not as many as it tells"))?;
        Ok(Picture { profile, orientation, ..Picture::of(pixels) })
    }
}

/// Makes an image from pixels of the expected type.
fn from_raw<P: image::Pixel>(
    width: u32,
    height: u32,
    samples: Vec<P::Subpixel>,
) -> Option<ImageBuffer<P, Vec<P::Subpixel>>> {
    ImageBuffer::from_raw(width, height, samples)
}

/// A picture and its alpha plane, before they are decoded.
struct Scene<'a, C: Codec> {
    properties: Properties<'a>,
    color: Layer<'a, C>,
    matrix: Matrix,
    alpha: Option<Layer<'a, C>>,
    is_premultiplied: bool,
}

impl<'a, C: Codec> Scene<'a, C> {
    fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let container = Container::of(file)?;
        let item = container.primary(file)?;
        let properties = Properties::of(file, &container, item, None)?;
        let color = Layer::of(file, &container, item, &properties)?;
        let (alpha, is_premultiplied) = Self::alpha(file, &container, item, &color)?.unzip();
        if alpha.as_ref().is_some_and(|alpha: &Layer<'_, C>| alpha.size != color.size) {
            return Err(file.unsupported("its opaqueness is not of its size"));
        }
        let is_premultiplied = is_premultiplied.unwrap_or(false);
        let is_grey = color.form().is_grey;
        let number = color.cicp.matrix;
        let matrix = if is_grey { Some(Matrix::Identity) } else { Matrix::of(color.cicp) };
        let matrix = matrix
            .ok_or_else(|| file.unsupported(format!("colours by matrix coefficients {number}")))?;
        if matrix == Matrix::Identity && !is_grey && color.form().is_halved != (false, false) {
            return Err(file.corrupt("red and blue are stored at a lower resolution than green"));
        }
        Ok(Self { properties, color, matrix, alpha, is_premultiplied })
    }

    /// The alpha plane of a picture, and whether its colours are premultiplied: in an item, or if
    /// the picture is a grid, in an item for each of its tiles.
    fn alpha(
        file: &File<'a>,
        container: &Container<'a>,
        item: &Item<'a>,
        color: &Layer<'a, C>,
    ) -> Result<Option<(Layer<'a, C>, bool)>, ThumbnailError> {
        if let Some(alpha) = container.alpha_of(item) {
            let properties = Properties::of(file, container, alpha, Some(color.size))?;
            let layer = Layer::of(file, container, alpha, &properties)?;
            return Ok(Some((layer, container.is_premultiplied(item, alpha))));
        }
        let Some(grid) = &color.grid else { return Ok(None) };
        let tiles = container.referred_by(item, *b"dimg").map(|id| container.item(id));
        let alphas = tiles.map(|tile| Some((tile?, container.alpha_of(tile?)?)));
        let Some(pairs) = alphas.collect::<Option<Vec<_>>>() else { return Ok(None) };
        let is_premultiplied =
            pairs.iter().any(|(tile, alpha)| container.is_premultiplied(tile, alpha));
        let ids = pairs.iter().map(|(_, alpha)| alpha.id);
        let size = Some(color.form.size);
        Ok(Some((Layer::of_tiles(file, container, *grid, ids, size)?, is_premultiplied)))
    }

    /// Samples of a pixel.
    fn channels(&self) -> usize {
        let colors = if self.color.form().is_grey { 1 } else { 3 };
        colors + usize::from(self.alpha.is_some())
    }

    fn cost(&self) -> DecodeCost {
        let Window { width, height, .. } = self.properties.window;
        let bytes_per_sample = if self.color.form().depth > 8 { 2 } else { 1 };
        let bytes_per_pixel = self.channels() as u64 * bytes_per_sample;
        let layers = || [Some(&self.color), self.alpha.as_ref()].into_iter().flatten();
        let working = layers().map(Layer::working_bytes).max().unwrap_or(0);
        let held: u64 = layers().map(Layer::held_bytes).sum();
        let working_bytes = working + held + CONTAINER_BYTES;
        let size = (width, height);
        DecodeCost {
            kept_bytes: self.color.profile.map_or(0, <[u8]>::len) as u64 * 8,
            ..DecodeCost::new(size, bytes_per_pixel, self.alpha.is_some(), working_bytes)
        }
    }

    /// The colour profile: an ICC profile takes precedence over code points.
    fn profile(&self) -> Option<Profile> {
        let kind = if self.color.form().is_grey { Kind::Grey } else { Kind::Rgb };
        let Cicp { primaries, transfer, .. } = self.color.cicp;
        let profile = self.color.profile.and_then(|icc| Profile::parse_for(icc, kind));
        profile.or_else(|| Profile::by_numbers(primaries, transfer, kind))
    }

    /// Decodes the visible part.
    fn render<T: Sample>(self, file: &File<'_>) -> Result<Vec<T>, ThumbnailError> {
        let mut pixels = Pixels::new(self.properties.window, self.channels());
        let (matrix, is_full_range) = (self.matrix, self.color.cicp.is_full_range);
        self.color.decode(file, |place, frame, form| {
            pixels.paint(place, frame, form, matrix, is_full_range);
        })?;
        if let Some(alpha) = self.alpha {
            let is_full_range = alpha.cicp.is_full_range;
            alpha.decode(file, |place, frame, form| {
                pixels.veil(place, frame, form, is_full_range, self.is_premultiplied);
            })?;
        }
        Ok(pixels.samples)
    }
}

/// A picture in one piece or in tiles.
struct Layer<'a, C: Codec> {
    size: (u32, u32),
    /// How it is cut into tiles, if it is.
    grid: Option<Grid>,
    /// Row by row, all of the same form.
    tiles: Vec<Tile<'a, C>>,
    form: Form,
    cicp: Cicp,
    /// An ICC profile.
    profile: Option<&'a [u8]>,
}

/// The data of an item that is coded as one picture.
struct Tile<'a, C: Codec> {
    data: Cow<'a, [u8]>,
    header: C::Header<'a>,
}

impl<'a, C: Codec> Layer<'a, C> {
    fn of(
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
    fn of_tiles(
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

    fn form(&self) -> &Form {
        &self.form
    }

    /// Bytes that decoding a tile takes.
    fn working_bytes(&self) -> u64 {
        let tiles = self.tiles.iter();
        tiles
            .map(|tile| C::working_bytes(&self.form, &tile.header, tile.data.len() as u64))
            .max()
            .unwrap_or(0)
    }

    /// Bytes that the list of tiles takes.
    fn held_bytes(&self) -> u64 {
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
    fn decode(
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
