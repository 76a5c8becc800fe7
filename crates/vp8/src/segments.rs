//! Segments: up to four kinds of macroblocks, which differ in quantizer and loop filter (RFC 6386,
//! sections 9.3 and 10).

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "of as many bits as were read"
)]

use super::bool_decoder::BoolDecoder;

/// The most segments a frame can have.
pub(super) const SEGMENTS: usize = 4;

/// The segment header (9.3).
#[derive(Default)]
pub(super) struct Segments {
    is_enabled: bool,
    /// Whether the values replace the frame's values. Otherwise they are added to them.
    are_absolute: bool,
    quantizers: [i32; SEGMENTS],
    filter_levels: [i32; SEGMENTS],
    pub(super) probabilities: Option<[u8; SEGMENTS - 1]>,
}

impl Segments {
    pub(super) fn read(decoder: &mut BoolDecoder<'_>) -> Self {
        let mut segments = Self { is_enabled: decoder.read_flag(), ..Self::default() };
        if !segments.is_enabled {
            return segments;
        }
        let has_map = decoder.read_flag();
        if decoder.read_flag() {
            segments.are_absolute = decoder.read_flag();
            segments.quantizers = [(); SEGMENTS].map(|()| decoder.read_optional(7).unwrap_or(0));
            segments.filter_levels = [(); SEGMENTS].map(|()| decoder.read_optional(6).unwrap_or(0));
        }
        segments.probabilities = has_map.then(|| {
            [(); SEGMENTS - 1]
                .map(|()| if decoder.read_flag() { decoder.read_literal(8) as u8 } else { u8::MAX })
        });
        segments
    }

    pub(super) fn indices(&self, base: i32) -> [i32; SEGMENTS] {
        self.apply(base, self.quantizers)
    }

    pub(super) fn levels(&self, base: i32) -> [i32; SEGMENTS] {
        self.apply(base, self.filter_levels)
    }

    fn apply(&self, base: i32, values: [i32; SEGMENTS]) -> [i32; SEGMENTS] {
        values.map(|value| {
            let base = if self.is_enabled && self.are_absolute { 0 } else { base };
            base + value
        })
    }
}
