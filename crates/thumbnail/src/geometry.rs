//! Sizes and places: which part of a picture is kept, how large it becomes, and where it lies on its
//! canvas. Arithmetic only; no pixels here.
//!
//! Everything is decided for the upright picture, as people see it, and then converted to the
//! picture as stored. So only the part that is kept is resized, and only the small result is
//! turned.

use image::metadata::Orientation;

use super::spec::{Fit, Gravity, Output};

/// A size in pixels: width, then height.
pub(super) type Size = (u32, u32);

/// Part of a picture, in pixels; its edges may lie inside pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    /// All of a picture.
    pub(super) fn whole((width, height): Size) -> Self {
        Self { x: 0.0, y: 0.0, width: f64::from(width), height: f64::from(height) }
    }
}

/// A canvas, upright and larger than the picture on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Canvas {
    /// Size of the canvas.
    pub(super) size: Size,
    /// The picture's left edge on it, in pixels.
    pub(super) x: u32,
    /// The picture's upper edge on it, in pixels.
    pub(super) y: u32,
}

/// How a picture becomes a thumbnail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    /// The part that is kept, in the picture as stored.
    pub(super) kept: Area,
    /// The size that this part is resized to, before it is turned upright.
    pub(super) size: Size,
    /// The canvas around the upright result, if the thumbnail is larger than it.
    pub(super) canvas: Option<Canvas>,
}

/// Plans a thumbnail of a picture of the `stored` size. For [`Gravity::Smart`], `focus` decides
/// where to cut: it gets the size of the upright picture and that of the part to keep, and returns
/// the upper left corner of the part.
pub(super) fn plan(
    stored: Size,
    orientation: Orientation,
    output: &Output,
    focus: impl FnOnce(Size, (f64, f64)) -> (f64, f64),
) -> Plan {
    let turn = Turn::of(orientation);
    let upright = turn.size(stored);
    let (kept, size) = shape(upright, output, focus);
    let canvas = (output.fit == Fit::Contain && size != (output.width, output.height)).then(|| {
        let (right, down) = share(output.gravity);
        let place = |share: u32, room: u32| room.saturating_mul(share) / 2;
        Canvas {
            size: (output.width, output.height),
            x: place(right, output.width.saturating_sub(size.0)),
            y: place(down, output.height.saturating_sub(size.1)),
        }
    });
    Plan { kept: turn.stored_area(kept, stored), size: turn.size(size), canvas }
}

/// The upright size of the picture itself, without the canvas. It does not depend on where the
/// picture is cut.
pub(super) fn upright_size(upright: Size, output: &Output) -> Size {
    shape(upright, output, |_, _| (0.0, 0.0)).1
}

/// How many times smaller a thumbnail must be, across and down, to be made from another thumbnail.
/// From this factor on, resizing twice does not show.
const LEAST_STEP: u32 = 2;

/// Whether a thumbnail of `size` may be made from a thumbnail of the `larger` size.
pub(super) fn is_step(larger: Size, size: Size) -> bool {
    size == larger || (is_short_step(larger.0, size.0) && is_short_step(larger.1, size.1))
}

/// Whether a `side` is short enough for its thumbnail to be made from one whose side is `longer`.
pub(super) fn is_short_step(longer: u32, side: u32) -> bool {
    side <= longer / LEAST_STEP
}

/// The thumbnail's size relative to the part that it shows, along the side where that is more.
pub(super) fn magnification(stored: Size, orientation: Orientation, output: &Output) -> f64 {
    let (kept, size) = shape(Turn::of(orientation).size(stored), output, |_, _| (0.0, 0.0));
    (f64::from(size.0) / kept.width).max(f64::from(size.1) / kept.height)
}

/// The part that is kept, and the size that it is resized to.
fn shape(
    upright: Size,
    output: &Output,
    focus: impl FnOnce(Size, (f64, f64)) -> (f64, f64),
) -> (Area, Size) {
    let (width, height) = upright;
    let frame = (output.width.max(1), output.height.max(1));
    let whole = Area::whole(upright);
    match output.fit {
        Fit::Inside | Fit::Contain => {
            let fits = width <= frame.0 && height <= frame.1;
            let size = if fits && !output.enlarge { upright } else { touch(upright, frame, false) };
            (whole, size)
        }
        Fit::Outside => {
            let covers = width >= frame.0 && height >= frame.1;
            let size = if covers || output.enlarge { touch(upright, frame, true) } else { upright };
            let is_storable = size.0 <= Output::MAX_SIDE && size.1 <= Output::MAX_SIDE;
            let most = (Output::MAX_SIDE, Output::MAX_SIDE);
            (whole, if is_storable { size } else { touch(upright, most, false) })
        }
        Fit::Fill => (whole, frame),
        Fit::Cover => {
            // The largest part with the shape of the box.
            let (kept_width, kept_height) = if is_wider(upright, frame) {
                (f64::from(height) * f64::from(frame.0) / f64::from(frame.1), f64::from(height))
            } else {
                (f64::from(width), f64::from(width) * f64::from(frame.1) / f64::from(frame.0))
            };
            let is_small = kept_width < f64::from(frame.0) || kept_height < f64::from(frame.1);
            let (kept, size) = if is_small && !output.enlarge {
                // The part keeps its size, so it has whole pixels.
                let size = touch(frame, upright, false);
                ((f64::from(size.0), f64::from(size.1)), size)
            } else {
                ((kept_width, kept_height), frame)
            };
            (place(upright, kept, size, output.gravity, focus), size)
        }
    }
}

/// Places the part to keep by `gravity`. A part that is not resized lies on whole pixels.
fn place(
    upright: Size,
    (width, height): (f64, f64),
    size: Size,
    gravity: Gravity,
    focus: impl FnOnce(Size, (f64, f64)) -> (f64, f64),
) -> Area {
    let room = ((f64::from(upright.0) - width).max(0.0), (f64::from(upright.1) - height).max(0.0));
    let (x, y) = if gravity == Gravity::Smart {
        focus(upright, (width, height))
    } else {
        let (right, down) = share(gravity);
        (room.0 * f64::from(right) / 2.0, room.1 * f64::from(down) / 2.0)
    };
    let is_copied =
        (f64::from(size.0) - width).abs() < 1e-9 && (f64::from(size.1) - height).abs() < 1e-9;
    let settle = |at: f64, room: f64| {
        let at = if is_copied { at.floor() } else { at };
        at.clamp(0.0, room)
    };
    Area { x: settle(x, room.0), y: settle(y, room.1), width, height }
}

/// How many halves of the free space lie to the left of the picture, and how many above it.
fn share(gravity: Gravity) -> (u32, u32) {
    let right = match gravity {
        Gravity::NorthWest | Gravity::West | Gravity::SouthWest => 0,
        Gravity::North | Gravity::Center | Gravity::South | Gravity::Smart => 1,
        Gravity::NorthEast | Gravity::East | Gravity::SouthEast => 2,
    };
    let down = match gravity {
        Gravity::NorthWest | Gravity::North | Gravity::NorthEast => 0,
        Gravity::West | Gravity::Center | Gravity::East | Gravity::Smart => 1,
        Gravity::SouthWest | Gravity::South | Gravity::SouthEast => 2,
    };
    (right, down)
}

/// The largest size with the picture's shape that fits into a box, or the smallest that covers it.
/// Each side is rounded to the nearest pixel, and is at least 1.
fn touch(picture: Size, frame: Size, from_outside: bool) -> Size {
    if is_wider(picture, frame) == from_outside {
        (scale(picture.0, frame.1, picture.1), frame.1.max(1))
    } else {
        (frame.0.max(1), scale(picture.1, frame.0, picture.0))
    }
}

/// Whether a picture is at least as wide, for its height, as a box.
fn is_wider((width, height): Size, (box_width, box_height): Size) -> bool {
    u64::from(width) * u64::from(box_height) >= u64::from(height) * u64::from(box_width)
}

/// `side * numerator / denominator`, rounded to nearest, at least 1.
fn scale(side: u32, numerator: u32, denominator: u32) -> u32 {
    let denominator = u64::from(denominator).max(1);
    let scaled = (u64::from(side) * u64::from(numerator) + denominator / 2) / denominator;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

/// How a stored picture is turned upright: rows and columns are swapped first, then rows and
/// columns are read backwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// Rows become columns.
    pub(super) swaps: bool,
    /// Stored rows are read backwards.
    pub(super) flips_x: bool,
    /// Stored columns are read backwards.
    pub(super) flips_y: bool,
}

impl Turn {
    /// What an orientation tag asks for (EXIF 3.0, 4.6.5).
    pub(super) fn of(orientation: Orientation) -> Self {
        let (swaps, flips_x, flips_y) = match orientation {
            Orientation::NoTransforms => (false, false, false),
            Orientation::FlipHorizontal => (false, true, false),
            Orientation::Rotate180 => (false, true, true),
            Orientation::FlipVertical => (false, false, true),
            Orientation::Rotate90FlipH => (true, false, false),
            Orientation::Rotate90 => (true, false, true),
            Orientation::Rotate270FlipH => (true, true, true),
            Orientation::Rotate270 => (true, true, false),
        };
        Self { swaps, flips_x, flips_y }
    }

    /// Turns a size, from stored to upright or back.
    pub(super) fn size(self, (width, height): Size) -> Size {
        if self.swaps { (height, width) } else { (width, height) }
    }

    /// The area of the stored picture for an area of the upright one.
    fn stored_area(self, area: Area, stored: Size) -> Area {
        let Area { mut x, mut y, mut width, mut height } = area;
        if self.swaps {
            (x, y, width, height) = (y, x, height, width);
        }
        if self.flips_x {
            x = (f64::from(stored.0) - x - width).max(0.0);
        }
        if self.flips_y {
            y = (f64::from(stored.1) - y - height).max(0.0);
        }
        Area { x, y, width, height }
    }
}

#[cfg(test)]
mod tests;
