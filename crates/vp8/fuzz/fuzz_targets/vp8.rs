//! The VP8 decoder at both scales: whatever the bytes are, it gives as many pixels as it said or
//! refuses them, and refuses at one scale what it refuses at the other.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scaled_vp8::{Decoder, Error, Scale};

/// The largest picture that is tried.
const MAX_PIXELS: u32 = 1 << 18;

fuzz_target!(|source: &[u8]| {
    // Half of the files are taken as damaged.
    let open = if source.len() % 2 == 0 { Decoder::new } else { Decoder::of_damaged };
    let Ok(decoder) = open(source) else { return };
    let (width, height) = (decoder.width(), decoder.height());
    if width * height > MAX_PIXELS {
        return;
    }
    let outcomes = [Scale::Full, Scale::Half].map(|scale| {
        let length = scale.side(width) as usize * 3;
        let mut rows = 0;
        let outcome = decoder.decode(scale, |row| {
            assert_eq!(row.len(), length);
            rows += 1;
        });
        match outcome {
            Ok(()) => assert_eq!(rows, scale.side(height)),
            Err(Error::Unsupported(what)) => panic!("found too late: {what}"),
            Err(_) => assert!(rows < scale.side(height)),
        }
        outcome
    });
    assert_eq!(outcomes[0], outcomes[1]);
    let mut samples = [0; 3];
    let outcome = decoder.decode_planes(|component, row| samples[component] += row.len());
    assert_eq!(outcome, outcomes[0]);
    if outcome.is_ok() {
        let all = Scale::Half.side(width) as usize * Scale::Half.side(height) as usize;
        assert_eq!(samples, [all; 3]);
    }
});
