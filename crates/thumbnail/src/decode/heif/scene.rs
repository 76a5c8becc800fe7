//! A picture of a HEIF file, with its alpha plane, which may be another item. Both are layers, which
//! are read before anything is decoded.

use image::{DynamicImage, ImageBuffer};

use super::cicp::Cicp;
use super::codec::Codec;
use super::container::{CONTAINER_BYTES, Container};
use super::items::Item;
use super::layer::Layer;
use super::pixels::{Matrix, Pixels, Sample};
use super::properties::{Properties, Window};
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::decode::cost::DecodeCost;
use crate::decode::decoder::{Decode, Opened};
use crate::decode::file::File;
use crate::decode::picture::Picture;
use crate::error::ThumbnailError;

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
        let (channels, is_deep) = (scene.channels(), scene.color.form.depth > 8);
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
        let is_grey = color.form.is_grey;
        let number = color.cicp.matrix;
        let matrix = if is_grey { Some(Matrix::Identity) } else { Matrix::of(color.cicp) };
        let matrix = matrix
            .ok_or_else(|| file.unsupported(format!("colours by matrix coefficients {number}")))?;
        if matrix == Matrix::Identity && !is_grey && color.form.is_halved != (false, false) {
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
        let colors = if self.color.form.is_grey { 1 } else { 3 };
        colors + usize::from(self.alpha.is_some())
    }

    fn cost(&self) -> DecodeCost {
        let Window { width, height, .. } = self.properties.window;
        let bytes_per_sample = if self.color.form.depth > 8 { 2 } else { 1 };
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
        let kind = if self.color.form.is_grey { Kind::Grey } else { Kind::Rgb };
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
