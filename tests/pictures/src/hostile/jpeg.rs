//! JPEG: sizes, scans over every block with hardly any data, and countless segments.

use super::profile;

/// Luma alone, or luma and two chroma components, at full resolution.
#[derive(Clone, Copy)]
struct Frame {
    marker: u8,
    width: u16,
    height: u16,
    components: u8,
    sampling: u8,
}

const PROGRESSIVE: u8 = 0xC2;
const BASELINE: u8 = 0xC0;

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("jpeg {name}"), bytes));
    for (width, height) in [(65_535, 65_535), (1, 65_535), (65_535, 1), (0, 0), (65_500, 1526)] {
        for marker in [BASELINE, PROGRESSIVE] {
            let frame = Frame { marker, width, height, components: 3, sampling: 0x11 };
            let name = format!("({marker:X}) that declares {width} x {height}");
            add(&name, file(&[], frame, &scan(frame, (0, 63, 0), &[0; 9])));
        }
    }
    let grey =
        |width, height| Frame { marker: PROGRESSIVE, width, height, components: 1, sampling: 0x11 };
    let colour = |width, height| Frame { components: 3, ..grey(width, height) };
    let first = |frame: Frame| scan(frame, (1, 63, 0), &ends_of_blocks(frame));
    let refine = |frame: Frame| scan(frame, (1, 63, 0x10), &ends_of_blocks(frame));
    for (name, frame) in [
        ("64 x 64", grey(64, 64)),
        ("10000 x 10000", grey(10_000, 10_000)),
        ("10000 x 10000 in colour", colour(10_000, 10_000)),
        ("3000 x 3000", grey(3000, 3000)),
    ] {
        for scans in [10, 60, 99, 5000] {
            let name = format!("of {scans} scans of {name}");
            add(&name, file(&[], frame, &[first(frame), refine(frame).repeat(scans - 1)].concat()));
        }
    }
    add("with a frame hidden from other readers", {
        let frame = Frame { marker: BASELINE, ..grey(9000, 9000) };
        let hidden = [b"\xFF\x00".to_vec(), header(grey(9000, 9000)).split_off(1)].concat();
        let decoy = [&b"\xFF\x01\0\x0D"[..], &header(frame)].concat();
        file(&[decoy, hidden].concat(), grey(9000, 9000), &first(frame))
    });
    add("with two frames", file(&header(grey(8, 8)), grey(9000, 9000), &first(grey(9000, 9000))));

    let small = Frame { marker: BASELINE, width: 8, height: 8, components: 1, sampling: 0x11 };
    let with = |segments: &[u8]| file(segments, small, &scan(small, (0, 63, 0), &[0b0011_1111]));
    // Parts of one extended XMP packet: its hash, its length, and the offset of the part.
    let part = |at: u32| {
        let mut body = b"http://ns.adobe.com/xmp/extension/\0".to_vec();
        body.extend([b'A'; 32]);
        body.extend(u32::MAX.to_be_bytes());
        body.extend(at.to_be_bytes());
        segment(0xE1, &body)
    };
    let parts: Vec<u8> = (0..7000).flat_map(part).collect();
    add("with 7000 parts of a text", with(&parts));
    add(
        "with 7000 parts of a text and 100000 comments",
        with(&[parts, segment(0xFE, b"").repeat(100_000)].concat()),
    );
    add("with 9000 comments", with(&segment(0xFE, b"").repeat(9000)));
    add("with 254 parts of a profile", {
        let part = |number: u8| {
            segment(0xE2, &[&b"ICC_PROFILE\0"[..], &[number, 254], &[0; 6000]].concat())
        };
        with(&(1..=254).flat_map(part).collect::<Vec<u8>>())
    });
    add("of 4 x 4 samples a unit, 65500 x 1500", {
        let frame = Frame {
            marker: PROGRESSIVE,
            width: 65_500,
            height: 1500,
            components: 4,
            sampling: 0x44,
        };
        file(&[], frame, &first(frame))
    });
    for (name, profile) in [
        ("of 255 points for each ink that it does not hold", profile::press(255, 1000)),
        ("of 33 points for each ink", profile::press(33, 33 * 33 * 33 * 33 * 3)),
        ("of 100000 tags", profile::crowded(100_000)),
        ("of one point for each ink", profile::press(1, 3)),
    ] {
        let seed = seeds().into_iter().find(|(name, _)| *name == "jpeg of four inks");
        let jpeg = seed.map(|(_, jpeg)| jpeg).unwrap_or_default();
        add(&format!("with a profile {name}"), with_profile(&jpeg, &profile));
    }
    add(
        "with EXIF that points at itself",
        with(&segment(
            0xE1,
            b"Exif\0\0MM\0*\0\0\0\x08\xFF\xFF\x01\x12\0\x03\xFF\xFF\xFF\xFF\0\0\0\x08",
        )),
    );
    add("of restart markers alone", {
        let markers: Vec<u8> =
            (0..200_000_u32).flat_map(|n| [0xFF, 0xD0 + (n % 8) as u8]).collect();
        file(
            &segment(0xDD, b"\0\x01"),
            Frame { width: 8000, height: 8000, ..small },
            &scan(small, (0, 63, 0), &markers),
        )
    });
    add("of fill bytes alone", [b"\xFF\xD8".to_vec(), vec![0xFF; 1 << 20]].concat());
    add(
        "with tables of every code",
        with(&segment(0xC4, &[&[0x10][..], &[255; 16], &[0; 4080]].concat())),
    );
    add("of 8000 x 8000 without data", {
        let frame = Frame { width: 8000, height: 8000, ..small };
        file(&[], frame, &scan(frame, (0, 63, 0), &[]))
    });
    files
}

/// Small pictures with profiles, which are stored uncompressed here.
pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let cmyk = {
        let samples: Vec<u8> = (0..=255).cycle().take(16 * 16 * 4).collect();
        let mut file = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut file, 80);
        drop(encoder.encode(&samples, 16, 16, jpeg_encoder::ColorType::Cmyk));
        file
    };
    vec![
        (
            "jpeg with a display's profile",
            with_profile(&crate::photo_jpeg(16, 16, 14), &profile::display()),
        ),
        ("jpeg with a grey profile", with_profile(&crate::grey_jpeg(16, 16, 15), &profile::grey())),
        ("jpeg with a press's profile", with_profile(&cmyk, &profile::press(5, 5 * 5 * 5 * 5 * 3))),
        ("jpeg of four inks", cmyk),
    ]
}

/// `jpeg` with a profile, in as many parts as it takes.
fn with_profile(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    let parts = profile.chunks(65_000);
    let count = u8::try_from(parts.len()).unwrap_or(u8::MAX);
    let part = |(number, part): (u8, &[u8])| {
        segment(0xE2, &[&b"ICC_PROFILE\0"[..], &[number, count], part].concat())
    };
    let parts: Vec<u8> = (1..=u8::MAX).zip(parts).flat_map(part).collect();
    let (start, rest) = jpeg.split_at_checked(2).unwrap_or_default();
    [start, &parts, rest].concat()
}

/// Coded data that ends about 30,000 blocks at once in 15 bits.
fn ends_of_blocks(frame: Frame) -> Vec<u8> {
    let blocks = u32::from(frame.width.div_ceil(8)) * u32::from(frame.height.div_ceil(8));
    let mut bits = Vec::new();
    // The code for an end-of-band run of 2^14 or more blocks, and 14 bits for the rest: all but the
    // last.
    for _ in 0..blocks.div_ceil(32_766) {
        bits.extend([false]);
        bits.extend((0..14).map(|bit| bit < 13));
    }
    let byte = |bits: &[bool]| {
        (0..8).fold(0, |byte, at| byte << 1 | u8::from(bits.get(at).copied().unwrap_or(true)))
    };
    bits.chunks(8)
        .map(byte)
        .flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] })
        .collect()
}

fn file(segments: &[u8], frame: Frame, scans: &[u8]) -> Vec<u8> {
    let quantisation = segment(0xDB, &[&[0][..], &[1; 64]].concat());
    // Two codes of one bit each: no difference, and the end of very many blocks.
    let codes =
        |class: u8, value: u8| segment(0xC4, &[&[class, 1][..], &[0; 15], &[value]].concat());
    let ends = if frame.marker == PROGRESSIVE { 0xE0 } else { 0 };
    let start = [&b"\xFF\xD8"[..], segments, &quantisation, &header(frame)].concat();
    [&start, &codes(0, 0)[..], &codes(0x10, ends), scans, b"\xFF\xD9"].concat()
}

fn header(frame: Frame) -> Vec<u8> {
    let mut body = vec![8];
    body.extend(frame.height.to_be_bytes());
    body.extend(frame.width.to_be_bytes());
    body.push(frame.components);
    for component in 1..=frame.components {
        body.extend([component, frame.sampling, 0]);
    }
    segment(frame.marker, &body)
}

/// A scan of the first component, or of all if they are not progressive.
fn scan(frame: Frame, (start, end, bits): (u8, u8, u8), data: &[u8]) -> Vec<u8> {
    let components = if frame.marker == PROGRESSIVE { 1 } else { frame.components };
    let mut body = vec![components];
    for component in 1..=components {
        body.extend([component, 0]);
    }
    body.extend([start, end, bits]);
    [&segment(0xDA, &body), data].concat()
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    [&[0xFF, marker][..], &length.to_be_bytes(), body].concat()
}

/// A progressive grey picture of `side` x `side` pixels, in a few hundred bytes.
pub(super) fn solid(side: u16) -> Vec<u8> {
    let frame =
        Frame { marker: PROGRESSIVE, width: side, height: side, components: 1, sampling: 0x11 };
    file(&[], frame, &scan(frame, (1, 63, 0), &ends_of_blocks(frame)))
}
