//! Predicts subblocks of 4 x 4 luma pixels from the pixels around them (RFC 6386, section 12.3).

use super::modes::SubblockMode;
use super::predict::{ABOVE_PICTURE, Row, START, Square, shifted};

impl Square<16> {
    /// Sets the four pixels above and to the right, unless this is the first row. The subblocks in
    /// lower rows would need pixels that are not decoded yet, so they use these four too.
    pub(super) fn set_above_right(&mut self, pixels: [u8; 4]) {
        let pixels = if self.has_above { pixels } else { [ABOVE_PICTURE; 4] };
        let rows = self.rows.iter_mut().skip(3).step_by(4).take(3);
        for row in rows.chain([&mut self.above]) {
            row.iter_mut().skip(START + 16).zip(pixels).for_each(|(to, from)| *to = from);
        }
    }

    /// Predicts subblock `(x, y)`.
    pub(super) fn predict_subblock(&mut self, (x, y): (usize, usize), mode: SubblockMode) {
        let (above, rows) = if y == 0 {
            (&self.above, self.rows.as_mut_slice())
        } else {
            let (above, rows) = self.rows.split_at_mut(y * 4);
            (above.last().unwrap_or(&self.above), rows)
        };
        let Some(rows) = rows.first_chunk_mut::<4>() else { return };
        let start = START + x * 4;
        let Some(&above) = above.get(start - 1..).and_then(|above| above.first_chunk::<9>()) else {
            return;
        };
        let left = rows.each_ref().map(|row: &Row| row.get(start - 1).copied().unwrap_or_default());
        let predicted = predicted(mode, above, left);
        for (row, predicted) in rows.iter_mut().zip(predicted) {
            let pixels = row.get_mut(start..).and_then(|row| row.first_chunk_mut());
            if let Some(pixels) = pixels {
                *pixels = predicted;
            }
        }
    }
}

/// Applies a mode to the neighbouring pixels: the one at the upper left corner and the eight to its
/// right, and the four to the left.
#[inline]
#[allow(clippy::many_single_char_names, reason = "each is a pixel that is used several times")]
fn predicted(
    mode: SubblockMode,
    [corner, a0, a1, a2, a3, a4, a5, a6, a7]: [u8; 9],
    [l0, l1, l2, l3]: [u8; 4],
) -> [[u8; 4]; 4] {
    match mode {
        SubblockMode::Mean => {
            let sum: u16 = [a0, a1, a2, a3, l0, l1, l2, l3].map(u16::from).iter().sum();
            [[u8::try_from((sum + 4) >> 3).unwrap_or(u8::MAX); 4]; 4]
        }
        SubblockMode::TrueMotion => {
            let corner = i16::from(corner);
            [l0, l1, l2, l3].map(|left| shifted([a0, a1, a2, a3], i16::from(left) - corner))
        }
        SubblockMode::Vertical => {
            let row =
                [mean3(corner, a0, a1), mean3(a0, a1, a2), mean3(a1, a2, a3), mean3(a2, a3, a4)];
            [row; 4]
        }
        SubblockMode::Horizontal => {
            let column =
                [mean3(corner, l0, l1), mean3(l0, l1, l2), mean3(l1, l2, l3), mean3(l2, l3, l3)];
            column.map(|pixel| [pixel; 4])
        }
        SubblockMode::LeftDown => {
            let [b, c, d, e, f, g, h] = [
                mean3(a0, a1, a2),
                mean3(a1, a2, a3),
                mean3(a2, a3, a4),
                mean3(a3, a4, a5),
                mean3(a4, a5, a6),
                mean3(a5, a6, a7),
                mean3(a6, a7, a7),
            ];
            [[b, c, d, e], [c, d, e, f], [d, e, f, g], [e, f, g, h]]
        }
        SubblockMode::VerticalLeft => {
            let (b, c, d, e) = (mean2(a0, a1), mean2(a1, a2), mean2(a2, a3), mean2(a3, a4));
            let (f, g, h, i) =
                (mean3(a0, a1, a2), mean3(a1, a2, a3), mean3(a2, a3, a4), mean3(a3, a4, a5));
            // The last column does not follow the pattern; the RFC defines it so.
            let (j, k) = (mean3(a4, a5, a6), mean3(a5, a6, a7));
            [[b, c, d, e], [f, g, h, i], [c, d, e, j], [g, h, i, k]]
        }
        SubblockMode::HorizontalUp => {
            let (b, d, f) = (mean2(l0, l1), mean2(l1, l2), mean2(l2, l3));
            let (c, e, g) = (mean3(l0, l1, l2), mean3(l1, l2, l3), mean3(l2, l3, l3));
            [[b, c, d, e], [d, e, f, g], [f, g, l3, l3], [l3; 4]]
        }
        SubblockMode::RightDown => {
            let [b, c, d, e, f, g, h] = [
                mean3(l3, l2, l1),
                mean3(l2, l1, l0),
                mean3(l1, l0, corner),
                mean3(l0, corner, a0),
                mean3(corner, a0, a1),
                mean3(a0, a1, a2),
                mean3(a1, a2, a3),
            ];
            [[e, f, g, h], [d, e, f, g], [c, d, e, f], [b, c, d, e]]
        }
        SubblockMode::VerticalRight => {
            let (b, c) = (mean3(l2, l1, l0), mean3(l1, l0, corner));
            let (d, e, f, g) = (
                mean3(l0, corner, a0),
                mean3(corner, a0, a1),
                mean3(a0, a1, a2),
                mean3(a1, a2, a3),
            );
            let (h, i, j, k) = (mean2(corner, a0), mean2(a0, a1), mean2(a1, a2), mean2(a2, a3));
            [[h, i, j, k], [d, e, f, g], [c, h, i, j], [b, d, e, f]]
        }
        SubblockMode::HorizontalDown => {
            let (b, d, f, h) = (mean2(l3, l2), mean2(l2, l1), mean2(l1, l0), mean2(l0, corner));
            let (c, e, g) = (mean3(l3, l2, l1), mean3(l2, l1, l0), mean3(l1, l0, corner));
            let (i, j, k) = (mean3(l0, corner, a0), mean3(corner, a0, a1), mean3(a0, a1, a2));
            [[h, i, j, k], [f, g, h, i], [d, e, f, g], [b, c, d, e]]
        }
    }
}

/// The rounded mean of two pixels.
#[inline]
fn mean2(one: u8, other: u8) -> u8 {
    u8::midpoint(one, other) + ((one ^ other) & 1)
}

/// The rounded mean of three pixels, where the middle one counts twice.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes")]
fn mean3(one: u8, middle: u8, other: u8) -> u8 {
    ((u16::from(one) + 2 * u16::from(middle) + u16::from(other) + 2) >> 2) as u8
}
