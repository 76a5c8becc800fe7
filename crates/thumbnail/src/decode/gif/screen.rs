//! The screen of a GIF, on which frames lie.

use super::blocks::{Frame, Screen};

/// The size of the canvas, and the first frame on it. As in browsers, a screen that is smaller than
/// the first frame, or has no size, takes that frame's size.
pub(super) fn canvas<'a>(screen: Screen<'_>, first: Frame<'a>) -> ((u32, u32), Frame<'a>) {
    if first.width <= screen.width && first.height <= screen.height {
        return ((screen.width.into(), screen.height.into()), first);
    }
    ((first.width.into(), first.height.into()), Frame { place: (0, 0), ..first })
}
