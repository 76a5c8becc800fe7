//! Whose a picture is stays with it where that is asked for; where it was taken never does.
#![expect(clippy::cast_possible_truncation, reason = "texts are short")]

use std::io::Cursor;

use exif::{In, Reader, Tag};

use super::{ROOMY, gradient, thumbnail};
use crate::thumbnail::{FormatChoice, Output, Recipe, render};

/// An EXIF block with an artist, a copyright notice, a camera and a place (EXIF 3.0, 4.6).
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
        // Short ones would stand in the directory itself.
        assert!(text.len() > 3);
    }
    // Where the place is said: a directory of its own, with its hemisphere.
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

/// What a thumbnail's EXIF says, as tag and text.
fn said(file: &[u8], format: FormatChoice, copyright: bool) -> Vec<(Tag, String)> {
    let output = Output { format, copyright, ..Output::inside(20, 20) };
    let made = thumbnail(file, &Recipe { outputs: vec![output], placeholders: false });
    let found = Reader::new().read_from_container(&mut Cursor::new(&made.bytes));
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
fn of_several_thumbnails_only_those_say_it_that_should() {
    let file = with_exif("Ada Lovelace", "All rights reserved");
    let outputs =
        [true, false].map(|copyright| Output { copyright, ..Output::inside(20, 20) }).to_vec();
    let made = render(&file, &Recipe { outputs, placeholders: false }, &ROOMY).unwrap();
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

#[test]
fn either_order_of_bytes_is_read_and_nothing_beyond_the_block() {
    use super::super::copyright::exif_of;
    // One field of three letters, which stands in the directory itself.
    let little = b"Exif\0\0II\x2A\0\x08\0\0\0\x01\0\x98\x82\x02\0\x04\0\0\0Ada\0\0\0\0\0";
    let block = exif_of(little).unwrap();
    let found = Reader::new().read_raw(block).unwrap();
    let field = found.get_field(Tag::Copyright, In::PRIMARY).unwrap();
    assert_eq!(field.display_value().to_string(), "\"Ada\"");
    // A field that claims to be longer than the file, and one at the end of all places.
    for place in [[0xFF, 0xFF, 0xFF, 0x7F], [0xFF; 4]] {
        let mut garbled = little.to_vec();
        garbled[20..24].copy_from_slice(&place);
        assert_eq!(exif_of(&garbled), None);
        garbled[24..28].copy_from_slice(&place);
        assert_eq!(exif_of(&garbled), None);
    }
}

/// IPTC's records in the block that Photoshop keeps them in.
fn iptc() -> (u8, Vec<u8>) {
    let mut records = Vec::new();
    for (dataset, text) in
        [(80, "Grace Hopper"), (80, "Jean Bartik"), (101, "Germany"), (116, "1952")]
    {
        records.extend([0x1C, 2, dataset, 0, text.len() as u8]);
        records.extend(text.as_bytes());
    }
    let mut block = b"Photoshop 3.0\08BIM\x04\x04\0\0".to_vec();
    block.extend((records.len() as u32).to_be_bytes());
    block.extend(records);
    (13, block)
}

/// An XMP packet in the segment that JPEG keeps it in.
fn xmp() -> (u8, Vec<u8>) {
    let packet = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF>\
        <dc:creator><rdf:Seq><rdf:li>Tom &amp; Jerry</rdf:li><rdf:li>Spike</rdf:li></rdf:Seq></dc:creator>\
        <dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">&#xA9; 1940</rdf:li></rdf:Alt></dc:rights>\
        <photoshop:City>Berlin</photoshop:City></rdf:RDF></x:xmpmeta>";
    (1, packet.to_vec())
}

#[test]
fn iptc_and_xmp_are_read_where_exif_is_silent() {
    use super::super::copyright::exif_of;
    let fields = |file: &[u8]| {
        let block = exif_of(file).unwrap();
        let found = Reader::new().read_raw(block).unwrap();
        found.fields().map(|field| field.display_value().to_string()).collect::<Vec<_>>()
    };
    let (iptc, xmp) = (iptc(), xmp());
    assert_eq!(
        fields(&jpeg(std::slice::from_ref(&iptc))),
        ["\"Grace Hopper, Jean Bartik\"", "\"1952\""]
    );
    let found = fields(&jpeg(std::slice::from_ref(&xmp)));
    assert_eq!(found[0], "\"Tom & Jerry, Spike\"");
    assert!(found[1].contains("1940"));
    assert_eq!(fields(&jpeg(&[xmp, iptc])), ["\"Grace Hopper, Jean Bartik\"", "\"1952\""]);
}

#[test]
fn packets_cut_short_or_garbled_say_nothing_and_break_nothing() {
    use super::super::copyright::exif_of;
    let mut cases = 0;
    for file in [jpeg(&[iptc()]), jpeg(&[xmp()]), with_exif("Ada Lovelace", "All rights")] {
        for length in 0..file.len().min(700) {
            let _ = exif_of(&file[..length]);
            let mut garbled = file.clone();
            garbled[length] ^= 0xFF;
            let _ = exif_of(&garbled);
            cases += 1;
        }
    }
    assert_eq!(cases, 2100);
}
