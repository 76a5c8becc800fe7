//! A picture's creator and copyright are kept if that is asked for; its location never is.
#![expect(clippy::cast_possible_truncation, reason = "texts are short")]

use std::io::Cursor;

use exif::{In, Reader, Tag};

use crate::{ROOMY, gradient, thumbnail};
use thumbnail::{FormatChoice, Output, Recipe, render};

/// An EXIF block with an artist, a copyright notice, a camera and a location (EXIF 3.0, 4.6).
fn exif(artist: &str, copyright: &str) -> Vec<u8> {
    let mut directory = Vec::new();
    let mut texts = Vec::new();
    let fields = [(0x010F_u16, "Camera"), (0x013B, artist), (0x8298, copyright)];
    let fields: Vec<_> = fields.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    let start = 8 + 2 + (fields.len() as u32 + 1) * 12 + 4;
    for (tag, text) in &fields {
        directory.extend(tag.to_be_bytes());
        directory.extend([0, 2]);
        directory.extend((text.len() as u32 + 1).to_be_bytes());
        directory.extend((start + texts.len() as u32).to_be_bytes());
        texts.extend(text.as_bytes());
        texts.push(0);
        // Short texts would be stored in the directory itself.
        assert!(text.len() > 3);
    }
    // The location: a directory of its own, with its hemisphere.
    directory.extend(b"\x88\x25\0\x04\0\0\0\x01");
    directory.extend((start + texts.len() as u32).to_be_bytes());
    texts.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0");
    let mut block = b"MM\0\x2A\0\0\0\x08".to_vec();
    block.extend((fields.len() as u16 + 1).to_be_bytes());
    block.extend(directory);
    block.extend([0; 4]);
    block.extend(texts);
    block
}

fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    for (marker, payload) in segments {
        encoder.add_app_segment(*marker, payload.clone()).unwrap();
    }
    encoder.encode(&gradient(40, 40), 40, 40, jpeg_encoder::ColorType::Rgb).unwrap();
    file
}

fn with_exif(artist: &str, copyright: &str) -> Vec<u8> {
    jpeg(&[(1, [b"Exif\0\0".to_vec(), exif(artist, copyright)].concat())])
}

/// A thumbnail's EXIF, as tags and texts.
fn said(file: &[u8], format: FormatChoice, copyright: bool) -> Vec<(Tag, String)> {
    let output = Output { format, copyright, ..Output::inside(20, 20) };
    fields_of(&thumbnail(file, &Recipe::of(vec![output])).bytes)
}

/// A file's EXIF, as tags and texts.
fn fields_of(file: &[u8]) -> Vec<(Tag, String)> {
    let found = Reader::new().read_from_container(&mut Cursor::new(file));
    let Ok(found) = found else { return Vec::new() };
    assert!(found.fields().all(|field| field.ifd_num == In::PRIMARY));
    found
        .fields()
        .map(|field| {
            let text = field.display_value().to_string();
            (field.tag, text.trim_matches('"').to_owned())
        })
        .collect()
}

#[test]
fn creator_and_copyright_are_kept_where_asked_and_nothing_else_ever() {
    let file = with_exif("Ada Lovelace", "All rights reserved");
    let kept = vec![
        (Tag::Artist, "Ada Lovelace".to_owned()),
        (Tag::Copyright, "All rights reserved".to_owned()),
    ];
    let mut cases = 0;
    for format in [
        FormatChoice::Jpeg,
        FormatChoice::Png,
        FormatChoice::WebP,
        FormatChoice::WebPLossless,
        FormatChoice::Avif,
    ] {
        assert_eq!(said(&file, format, true), kept, "{format:?}");
        assert_eq!(said(&file, format, false), [], "{format:?}");
        cases += 1;
    }
    assert_eq!(cases, 5);
}

#[test]
fn animations_keep_them_as_well_where_their_format_has_a_place() {
    let fields = [(0x013B, "Ada Lovelace"), (0x8298, "All rights reserved")];
    let file =
        pictures::with_exif(&pictures::animated_png(48, 36, 3), &pictures::exif_block(1, &fields));
    let kept = vec![
        (Tag::Artist, "Ada Lovelace".to_owned()),
        (Tag::Copyright, "All rights reserved".to_owned()),
    ];
    let moving = |format, copyright| {
        let output = Output { animated: true, format, copyright, ..Output::inside(24, 24) };
        thumbnail(&file, &Recipe::of(vec![output]))
    };
    for format in [FormatChoice::Source, FormatChoice::WebP, FormatChoice::WebPLossless] {
        for (copyright, expected) in [(true, kept.clone()), (false, Vec::new())] {
            let made = moving(format, copyright);
            assert_eq!(fields_of(&made.bytes), expected, "{format:?}");
            assert_eq!(crate::animation::frames(&made.bytes, made.format).len(), 3, "{format:?}");
        }
    }
}

#[test]
fn of_several_thumbnails_only_those_say_it_that_should() {
    let file = with_exif("Ada Lovelace", "All rights reserved");
    let outputs =
        [true, false].map(|copyright| Output { copyright, ..Output::inside(20, 20) }).to_vec();
    let made = render(&file, &Recipe::of(outputs), &ROOMY).unwrap();
    let says = made
        .thumbnails
        .iter()
        .map(|made| made.bytes.windows(12).any(|at| at == b"Ada Lovelace"))
        .collect::<Vec<_>>();
    assert_eq!(says, [true, false]);
}

#[test]
fn either_is_kept_without_the_other_and_silence_stays_silence() {
    let said = |file: &[u8]| said(file, FormatChoice::Jpeg, true);
    assert_eq!(said(&with_exif("Ada Lovelace", "")), [(Tag::Artist, "Ada Lovelace".to_owned())]);
    let notice = (Tag::Copyright, "None reserved".to_owned());
    assert_eq!(said(&with_exif("", "None reserved")), [notice]);
    assert_eq!(said(&with_exif("", "")), []);
    assert_eq!(said(&jpeg(&[])), []);
}
