//! GIF: sizes, frames beyond their canvas, and codes that stand for thousands of pixels.

use crate::bits::Bits;

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("gif {name}"), bytes));
    for (width, height) in [(65_535, 65_535), (1, 65_535), (65_535, 1), (0, 0)] {
        let frame = frame((0, 0), (width, height), &codes(4));
        add(&format!("that declares {width} x {height}"), file((width, height), &frame));
    }
    add(
        "with a frame larger than its canvas",
        file((1, 1), &frame((0, 0), (65_535, 65_535), &codes(9))),
    );
    add(
        "with a frame far outside",
        file((10, 10), &frame((65_535, 65_535), (10, 10), &codes(100))),
    );
    add(
        "with a frame of 9000 x 9000 on 10 x 10",
        file((10, 10), &frame((1, 1), (9000, 9000), &codes(81_000_000))),
    );
    add("with a frame of no size", file((100, 100), &frame((0, 0), (0, 0), &codes(100))));
    add(
        "of 10000 x 10000 in few codes",
        file((10_000, 10_000), &frame((0, 0), (10_000, 10_000), &codes(100_000_000))),
    );
    add(
        "of 1 x 1 with pixels for 10000 x 10000",
        file((1, 1), &frame((0, 0), (1, 1), &codes(100_000_000))),
    );
    add("of 20000 frames", file((1, 1), &frame((0, 0), (1, 1), &codes(1)).repeat(20_000)));
    add(
        "with 100000 comments",
        file(
            (1, 1),
            &[b"\x21\xFE\x01x\0".repeat(100_000), frame((0, 0), (1, 1), &codes(1))].concat(),
        ),
    );
    add("with a comment of 4 MB", {
        let block = [&b"\xFF"[..], &[b'x'; 255]].concat().repeat(16_000);
        file((1, 1), &[&b"\x21\xFE"[..], &block, b"\0", &frame((0, 0), (1, 1), &codes(1))].concat())
    });
    add("with a profile of 4 MB", {
        let block = [&b"\xFF"[..], &[0; 255]].concat().repeat(16_000);
        file(
            (1, 1),
            &[&b"\x21\xFF\x0BICCRGBG1012"[..], &block, b"\0", &frame((0, 0), (1, 1), &codes(1))]
                .concat(),
        )
    });
    add("of clear codes alone", {
        let mut bits = Bits::default();
        (0..2_000_000).for_each(|_| bits.push(4, 3));
        file((5000, 5000), &frame((0, 0), (5000, 5000), &bits.into_bytes()))
    });
    add(
        "of a code that is not known yet",
        file((100, 100), &frame((0, 0), (100, 100), &[0xFF; 100])),
    );
    add(
        "with empty blocks alone",
        file((100, 100), &[&b"\x21\xFE\0"[..]; 1].concat().repeat(300_000)),
    );
    add("without any frame", file((5000, 5000), b""));
    files
}

fn file(canvas: (u16, u16), blocks: &[u8]) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(canvas.0.to_le_bytes());
    file.extend(canvas.1.to_le_bytes());
    file.extend(b"\x80\0\0\0\0\0\xFF\xFF\xFF");
    file.extend(blocks);
    file.push(b';');
    file
}

/// A frame with the given LZW codes, of 2 bits and more.
fn frame(at: (u16, u16), size: (u16, u16), codes: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x2C];
    for number in [at.0, at.1, size.0, size.1] {
        frame.extend(number.to_le_bytes());
    }
    frame.extend([0, 2]);
    for block in codes.chunks(255) {
        frame.push(u8::try_from(block.len()).unwrap_or(0));
        frame.extend(block);
    }
    frame.push(0);
    frame
}

/// LZW codes for at least `pixels` pixels of one colour, in the fewest bytes: each code stands for
/// one pixel more than the one before.
fn codes(pixels: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    let mut written = 0;
    while written < pixels {
        bits.push(4, 3); // Begin afresh,
        bits.push(0, 3); // one pixel,
        written += 1;
        let (mut next, mut width, mut run) = (6_u32, 3, 1);
        while next < 4096 && written < pixels {
            run += 1;
            bits.push(next, width); // and the code that this one defines.
            written += run;
            next += 1;
            if next == 1 << width && width < 12 {
                width += 1;
            }
        }
    }
    bits.push(5, 12);
    bits.into_bytes()
}
