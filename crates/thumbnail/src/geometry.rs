//! Sizes and places: which part of a picture is kept, how large it becomes, and where it lies on its
//! canvas. Arithmetic only; no pixels here.
//!
//! Everything is decided upright, as people see the picture, and then laid back onto the picture as
//! it is stored, so that only what is kept is resized and only what is small is turned.

use image::metadata::Orientation;

use super::spec::{Fit, Gravity, Output};

/// A size in pixels: width, then height.
pub(super) type Size = (u32, u32);

/// Part of a picture, in pixels; edges may fall within pixels.
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

/// A canvas that is larger than the picture on it, upright.
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
    /// The part that is kept, as stored.
    pub(super) kept: Area,
    /// What that part is resized to, as stored.
    pub(super) size: Size,
    /// What it is laid on once it is upright, where space is left.
    pub(super) canvas: Option<Canvas>,
}

/// Plans a thumbnail of a picture of the `stored` size. `focus` is asked where to cut for
/// [`Gravity::Smart`], given the upright picture's size and that of the part to keep; it answers
/// with the part's left upper corner.
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

/// The upright size of the picture itself, without the canvas. It does not depend on where the picture is
/// cut.
pub(super) fn upright_size(upright: Size, output: &Output) -> Size {
    shape(upright, output, |_, _| (0.0, 0.0)).1
}

/// A thumbnail is made from a larger one only if it is at least this many times smaller, across and
/// down. Being resized twice does not show in it then.
const LEAST_STEP: u32 = 2;

/// Whether a thumbnail of `size` may be made from a thumbnail of the `larger` size.
pub(super) fn is_step(larger: Size, size: Size) -> bool {
    size == larger || (is_short_step(larger.0, size.0) && is_short_step(larger.1, size.1))
}

/// Whether a side is short enough for a thumbnail to be made from one with the `longer` side.
pub(super) fn is_short_step(longer: u32, side: u32) -> bool {
    side <= longer / LEAST_STEP
}

/// How much larger the thumbnail is than what it shows, in the direction where that is more.
pub(super) fn magnification(stored: Size, orientation: Orientation, output: &Output) -> f64 {
    let (kept, size) = shape(Turn::of(orientation).size(stored), output, |_, _| (0.0, 0.0));
    (f64::from(size.0) / kept.width).max(f64::from(size.1) / kept.height)
}

/// The part that is kept, and the size it gets.
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
            // The largest part of the box's shape.
            let (kept_width, kept_height) = if is_wider(upright, frame) {
                (f64::from(height) * f64::from(frame.0) / f64::from(frame.1), f64::from(height))
            } else {
                (f64::from(width), f64::from(width) * f64::from(frame.1) / f64::from(frame.0))
            };
            let is_small = kept_width < f64::from(frame.0) || kept_height < f64::from(frame.1);
            let (kept, size) = if is_small && !output.enlarge {
                // Kept at its own size, and so in whole pixels.
                let size = touch(frame, upright, false);
                ((f64::from(size.0), f64::from(size.1)), size)
            } else {
                ((kept_width, kept_height), frame)
            };
            (place(upright, kept, size, output.gravity, focus), size)
        }
    }
}

/// Puts the part that is kept where `gravity` draws it. One that is not resized lies on whole pixels.
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

/// Of the space that is left, how many halves lie to the left and above.
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

/// The size of a picture's shape that touches a box from the inside, or from the outside. The shape
/// is kept, each side rounded to the nearest pixel and never below 1.
fn touch(picture: Size, frame: Size, from_outside: bool) -> Size {
    if is_wider(picture, frame) == from_outside {
        (scale(picture.0, frame.1, picture.1), frame.1.max(1))
    } else {
        (frame.0.max(1), scale(picture.1, frame.0, picture.0))
    }
}

/// Whether a picture is at least as wide for its height as a box is.
fn is_wider((width, height): Size, (box_width, box_height): Size) -> bool {
    u64::from(width) * u64::from(box_height) >= u64::from(height) * u64::from(box_width)
}

/// `side * numerator / denominator`, rounded to nearest, at least 1.
fn scale(side: u32, numerator: u32, denominator: u32) -> u32 {
    let denominator = u64::from(denominator).max(1);
    let scaled = (u64::from(side) * u64::from(numerator) + denominator / 2) / denominator;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

/// What shows a stored picture upright: its sides change places, and then what is read from it is
/// read from its far ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// Rows become columns.
    pub(super) swaps: bool,
    /// Stored rows are read from their ends.
    pub(super) flips_x: bool,
    /// Stored columns are read from their ends.
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

    /// A size, turned: from stored to upright and back alike.
    pub(super) fn size(self, (width, height): Size) -> Size {
        if self.swaps { (height, width) } else { (width, height) }
    }

    /// Where an area of the upright picture is stored.
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
