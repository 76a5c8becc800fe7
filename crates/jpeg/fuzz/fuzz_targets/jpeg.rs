//! The JPEG decoder at every scale: whatever the bytes are, it gives as many pixels as it said or
//! refuses them, and what is sound at one scale is no smaller picture at another.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scaled_jpeg::{Decoder, Detail, Error, Scale};

/// The largest picture and the most memory that is tried.
const MAX_PIXELS: u32 = 1 << 20;
const MAX_MEMORY: usize = 1 << 26;

/// Blocks that all scans together may touch.
const MAX_BLOCKS: usize = 1 << 20;

fuzz_target!(|source: &[u8]| {
    // Half of the files are taken as damaged.
    let open = if source.len() % 2 == 0 { Decoder::new } else { Decoder::of_damaged };
    let Ok(decoder) = open(source) else { return };
    let (width, height) = (decoder.width(), decoder.height());
    if width * height > MAX_PIXELS || decoder.blocks() * decoder.scans() > MAX_BLOCKS {
        return;
    }
    for scale in Scale::ALL {
        for detail in [Detail::Full, Detail::Coarse] {
            if decoder.memory(scale, detail) > MAX_MEMORY {
                continue;
            }
            let length = scale.side(width) as usize * decoder.color().channels();
            let mut rows = 0;
            let outcome = decoder.decode(scale, detail, |row| {
                assert_eq!(row.len(), length);
                rows += 1;
            });
            match outcome {
                Ok(()) => assert_eq!(rows, scale.side(height)),
                Err(Error::Unsupported(what)) => panic!("found too late: {what}"),
                Err(_) => assert!(rows <= scale.side(height)),
            }
        }
        if decoder.memory(scale, Detail::Coarse) <= MAX_MEMORY
            && let Ok(planes) = decoder.decode_planes(scale)
        {
            for plane in planes {
                assert_eq!(plane.samples.len(), plane.width * plane.height);
            }
        }
    }
});
