//! AVIF: a HEIF container around pictures in AV1, of which one may hold another's opaqueness, and many
//! may be tiles of one. Sizes are told by the container and again by each picture's own header; both
//! are checked, and must agree, before anything is decoded.

mod decoder;
mod pixels;
mod sequence;

use std::borrow::Cow;

use image::{DynamicImage, ImageBuffer};

use super::heif::{self, Cicp, Container, Grid, Item, Look, Window};
use super::{Demand, File, Picture, is_transparent};
use crate::thumbnail::color::{Kind, Profile};
use crate::thumbnail::error::ThumbnailError;
use pixels::{Matrix, Pixels, Sample};
use sequence::Sequence;

/// The most frames that one picture is made of: as many as it can have layers.
const MAX_FRAMES: u64 = 4;

/// The shortest side of a tile, in pixels (ISO/IEC 23000-22, 7.3.11.4.2).
const SHORTEST_TILE: u32 = 64;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    Scene::of(file).map(|scene| scene.demand())
}

/// Decodes an AVIF file; of an animated one, its still picture.
pub(super) fn decode(file: &File<'_>) -> Result<Picture, ThumbnailError> {
    let scene = Scene::of(file)?;
    let profile = scene.profile();
    let orientation = scene.look.orientation;
    let Window { width, height, .. } = scene.look.window;
    let (channels, is_deep) = (scene.channels(), scene.color.sequence.depth > 8);
    let pixels = match (channels, is_deep) {
        (1, false) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLuma8),
        (2, false) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLumaA8),
        (3, false) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgb8),
        (_, false) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgba8),
        (1, true) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLuma16),
        (2, true) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageLumaA16),
        (3, true) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgb16),
        (_, true) => from_raw(width, height, scene.render(file)?).map(DynamicImage::ImageRgba16),
    };
    let pixels = pixels.ok_or_else(|| file.corrupt("its pixels are not as many as it tells"))?;
    let is_transparent = is_transparent(&pixels);
    Ok(Picture { pixels, reduced: None, inks: None, is_transparent, profile, is_scene_light: false, orientation })
}

/// Pixels of the type that is expected.
fn from_raw<P: image::Pixel>(
    width: u32,
    height: u32,
    samples: Vec<P::Subpixel>,
) -> Option<ImageBuffer<P, Vec<P::Subpixel>>> {
    ImageBuffer::from_raw(width, height, samples)
}

/// A picture and its opaqueness, before they are decoded.
struct Scene<'a> {
    look: Look<'a>,
    color: Layer<'a>,
    matrix: Matrix,
    alpha: Option<Layer<'a>>,
    is_premultiplied: bool,
}

impl<'a> Scene<'a> {
    fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let container = Container::of(file)?;
        let item = container.primary(file)?;
        let look = Look::of(file, &container, item)?;
        let color = Layer::of(file, &container, item, &look)?;
        let alpha = container.alpha_of(item).map(|alpha| {
            let look = Look::of(file, &container, alpha)?;
            Layer::of(file, &container, alpha, &look).map(|layer| (alpha, layer))
        });
        let alpha = alpha.transpose()?;
        if alpha.as_ref().is_some_and(|(_, alpha)| alpha.size != color.size) {
            return Err(file.unsupported("its opaqueness is not of its size"));
        }
        let is_premultiplied =
            alpha.as_ref().is_some_and(|(alpha, _)| container.refers(item, *b"prem", alpha));
        let is_grey = color.sequence.is_grey;
        let number = color.cicp.matrix;
        let matrix = if is_grey { Some(Matrix::Identity) } else { Matrix::of(number) };
        let matrix = matrix
            .ok_or_else(|| file.unsupported(format!("colours by matrix coefficients {number}")))?;
        if matrix == Matrix::Identity && !is_grey && color.sequence.is_halved != (false, false) {
            return Err(file.corrupt("red and blue are stored at a lower resolution than green"));
        }
        let alpha = alpha.map(|(_, alpha)| alpha);
        Ok(Self { look, color, matrix, alpha, is_premultiplied })
    }

    /// Samples of a pixel.
    fn channels(&self) -> usize {
        let colors = if self.color.sequence.is_grey { 1 } else { 3 };
        colors + usize::from(self.alpha.is_some())
    }

    fn demand(&self) -> Demand {
        let Window { width, height, .. } = self.look.window;
        let bytes_per_sample = if self.color.sequence.depth > 8 { 2 } else { 1 };
        let layers = [Some(&self.color), self.alpha.as_ref()];
        let working = layers.into_iter().flatten().map(Layer::working_bytes).max();
        Demand {
            width,
            height,
            reduced: None,
            bytes_per_pixel: self.channels() as u64 * bytes_per_sample,
            has_alpha: self.alpha.is_some(),
            working_bytes: working.unwrap_or(0) + heif::CONTAINER_BYTES,
            kept_bytes: self.color.profile.map_or(0, <[u8]>::len) as u64 * 8,
        }
    }

    /// What its colours mean: an ICC profile counts for more than numbers.
    fn profile(&self) -> Option<Profile> {
        let kind = if self.color.sequence.is_grey { Kind::Grey } else { Kind::Rgb };
        let Cicp { primaries, transfer, .. } = self.color.cicp;
        let profile = self.color.profile.and_then(|icc| Profile::parse_for(icc, kind));
        profile.or_else(|| Profile::by_numbers(primaries, transfer, kind))
    }

    /// Decodes what is shown.
    fn render<T: Sample>(self, file: &File<'_>) -> Result<Vec<T>, ThumbnailError> {
        let mut pixels = Pixels::new(self.look.window, self.channels());
        let (matrix, is_full_range) = (self.matrix, self.color.cicp.is_full_range);
        self.color.decode(file, |place, frame, sequence| {
            pixels.paint(place, frame, sequence, matrix, is_full_range);
        })?;
        if let Some(alpha) = self.alpha {
            let is_full_range = alpha.cicp.is_full_range;
            alpha.decode(file, |place, frame, sequence| {
                pixels.veil(place, frame, sequence, is_full_range, self.is_premultiplied);
            })?;
        }
        Ok(pixels.samples)
    }
}

/// A picture in one piece or in tiles.
struct Layer<'a> {
    size: (u32, u32),
    columns: u32,
    /// Row by row.
    tiles: Vec<Cow<'a, [u8]>>,
    /// What is told of each of them.
    sequence: Sequence,
    operating_point: u8,
    cicp: Cicp,
    /// An ICC profile.
    profile: Option<&'a [u8]>,
}

impl<'a> Layer<'a> {
    fn of(
        file: &File<'a>,
        container: &Container<'a>,
        item: &Item<'a>,
        look: &Look<'a>,
    ) -> Result<Self, ThumbnailError> {
        file.check_pixels(look.size.0, look.size.1)?;
        match &item.kind {
            b"av01" => {
                let data = container.data(file, item)?;
                let sequence = sequence(file, &data, look)?;
                Ok(Self {
                    size: look.size,
                    columns: 1,
                    tiles: vec![data],
                    sequence,
                    operating_point: look.operating_point,
                    cicp: look.cicp.unwrap_or(sequence.cicp),
                    profile: look.profile,
                })
            }
            b"grid" => Self::of_grid(file, container, item, look),
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
        look: &Look<'a>,
    ) -> Result<Self, ThumbnailError> {
        let broken = |what: &str| file.corrupt(format!("its grid of tiles {what}"));
        let grid = Grid::of(&container.data(file, item)?).ok_or_else(|| broken("has no end"))?;
        if grid.size != look.size {
            return Err(broken("is not of its size"));
        }
        let count = grid.rows as usize * grid.columns as usize;
        let mut first: Option<(Look<'a>, Sequence)> = None;
        let (mut tiles, mut bytes) = (Vec::new(), 0);
        for id in container.referred_by(item, *b"dimg").take(count + 1) {
            let tile = container.item(id).filter(|tile| &tile.kind == b"av01");
            let tile = tile.ok_or_else(|| broken("is made of what is no picture in AV1"))?;
            let Cow::Borrowed(data) = container.data(file, tile)? else {
                return Err(file.unsupported("a tile of it is in pieces"));
            };
            bytes += data.len();
            if bytes > file.source.len() {
                return Err(broken("shows tiles more than once"));
            }
            let look = Look::of(file, container, tile)?;
            let sequence = sequence(file, data, &look)?;
            match &first {
                None => {
                    check_grid(file, &grid, look.size)?;
                    first = Some((look, sequence));
                }
                Some((_, first)) if first.is_like(&sequence) => {}
                Some(_) => return Err(broken("is made of tiles of different kinds")),
            }
            tiles.push(Cow::Borrowed(data));
        }
        let Some((tile, sequence)) = first.filter(|_| tiles.len() == count) else {
            return Err(broken("lacks tiles, or has too many"));
        };
        Ok(Self {
            size: grid.size,
            columns: grid.columns,
            tiles,
            sequence,
            operating_point: tile.operating_point,
            cicp: look.cicp.or(tile.cicp).unwrap_or(sequence.cicp),
            profile: look.profile.or(tile.profile),
        })
    }

    /// What decoding takes beside the pixels, in bytes.
    fn working_bytes(&self) -> u64 {
        let lengths = self.tiles.iter().map(|tile| tile.len() as u64);
        let joined = match self.tiles.first() {
            Some(Cow::Owned(data)) => data.capacity() as u64 * 2,
            _ => 0,
        };
        let data = lengths.max().unwrap_or(0) + joined + self.tiles.len() as u64 * 64;
        decoder::working_bytes(&self.sequence, data)
    }

    /// Decodes tile after tile, and calls `paint` with the place and the pixels of each.
    fn decode(
        self,
        file: &File<'_>,
        mut paint: impl FnMut((u32, u32), &decoder::Frame, &Sequence),
    ) -> Result<(), ThumbnailError> {
        let (width, height) = self.sequence.size;
        for (place, data) in (0..).zip(self.tiles) {
            let (row, column) = (place / self.columns, place % self.columns);
            let frame = decoder::decode(file, &data, &self.sequence, self.operating_point)?;
            paint((column * width, row * height), &frame, &self.sequence);
        }
        Ok(())
    }
}

/// What an item's data tells of itself, which must be what the container tells.
fn sequence(file: &File<'_>, data: &[u8], look: &Look<'_>) -> Result<Sequence, ThumbnailError> {
    let sequence = Sequence::of(data)
        .ok_or_else(|| file.corrupt("the header of its AV1 data makes no sense"))?;
    let ((width, height), (told_width, told_height)) = (sequence.size, look.size);
    file.check_pixels(width, height)?;
    file.check_pixels(told_width, told_height)?;
    if sequence.size != look.size {
        return Err(file.corrupt(format!(
            "what is to be {told_width} x {told_height} pixels is {width} x {height}"
        )));
    }
    file.check_parts("frames in a picture", sequence.frames, MAX_FRAMES)?;
    Ok(sequence)
}

/// Refuses tiles that do not fill a grid, or that stick out by more than a tile.
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
