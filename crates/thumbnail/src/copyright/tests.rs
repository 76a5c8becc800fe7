//! Finding creators and notices in each kind of metadata.
#![expect(clippy::cast_possible_truncation, reason = "texts are short")]

use ::exif::{In, Reader, Tag};

use super::exif_of;

/// A file of these segments and noise.
fn file(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    for (marker, payload) in segments {
        encoder.add_app_segment(*marker, payload.clone()).unwrap();
    }
    let grain: Vec<u8> = (0..1600_u32).map(|at| ((at * 7919) >> 3) as u8).collect();
    encoder.encode(&grain, 40, 40, jpeg_encoder::ColorType::Luma).unwrap();
    file
}

/// An EXIF block of one field, the creator (EXIF 3.0, 4.6).
fn exif() -> (u8, Vec<u8>) {
    let block =
        b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x3B\0\x02\0\0\0\x0D\0\0\0\x1A\0\0\0\0Ada Lovelace\0";
    (1, block.to_vec())
}

#[test]
fn either_order_of_bytes_is_read_and_nothing_beyond_the_block() {
    // A field of three letters, which is stored in the directory itself.
    let little = b"Exif\0\0II\x2A\0\x08\0\0\0\x01\0\x98\x82\x02\0\x04\0\0\0Ada\0\0\0\0\0";
    let block = exif_of(little).unwrap();
    let found = Reader::new().read_raw(block).unwrap();
    let field = found.get_field(Tag::Copyright, In::PRIMARY).unwrap();
    assert_eq!(field.display_value().to_string(), "\"Ada\"");
    // A field that claims to be longer than the file, and one at the end of the address space.
    for place in [[0xFF, 0xFF, 0xFF, 0x7F], [0xFF; 4]] {
        let mut garbled = little.to_vec();
        garbled[20..24].copy_from_slice(&place);
        assert_eq!(exif_of(&garbled), None);
        garbled[24..28].copy_from_slice(&place);
        assert_eq!(exif_of(&garbled), None);
    }
}

/// IPTC's records in Photoshop's block for them.
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

/// An XMP packet in JPEG's segment for it.
fn xmp() -> (u8, Vec<u8>) {
    let packet = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF>\
        <dc:creator><rdf:Seq><rdf:li>Tom &amp; Jerry</rdf:li><rdf:li>Spike</rdf:li></rdf:Seq></dc:creator>\
        <dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">&#xA9; 1940</rdf:li></rdf:Alt></dc:rights>\
        <photoshop:City>Berlin</photoshop:City></rdf:RDF></x:xmpmeta>";
    (1, packet.to_vec())
}

#[test]
fn iptc_and_xmp_are_read_where_exif_is_silent() {
    let fields = |file: &[u8]| {
        let block = exif_of(file).unwrap();
        let found = Reader::new().read_raw(block).unwrap();
        found.fields().map(|field| field.display_value().to_string()).collect::<Vec<_>>()
    };
    let (iptc, xmp) = (iptc(), xmp());
    assert_eq!(
        fields(&file(std::slice::from_ref(&iptc))),
        ["\"Grace Hopper, Jean Bartik\"", "\"1952\""]
    );
    let found = fields(&file(std::slice::from_ref(&xmp)));
    assert_eq!(found[0], "\"Tom & Jerry, Spike\"");
    assert!(found[1].contains("1940"));
    assert_eq!(fields(&file(&[xmp, iptc])), ["\"Grace Hopper, Jean Bartik\"", "\"1952\""]);
}

#[test]
fn exif_comes_before_the_others_and_each_fills_the_gaps_of_those_before() {
    let fields = |file: &[u8]| {
        let block = exif_of(file).unwrap();
        let found = Reader::new().read_raw(block).unwrap();
        found.fields().map(|field| field.display_value().to_string()).collect::<Vec<_>>()
    };
    // This EXIF names a creator and no notice.
    for others in [vec![exif(), iptc(), xmp()], vec![xmp(), iptc(), exif()]] {
        assert_eq!(fields(&file(&others)), ["\"Ada Lovelace\"", "\"1952\""]);
    }
    let found = fields(&file(&[xmp(), exif()]));
    assert_eq!(found[0], "\"Ada Lovelace\"");
    assert!(found[1].contains("1940"), "{found:?}");
}

#[test]
fn packets_cut_short_or_garbled_say_nothing_and_break_nothing() {
    let mut cases = 0;
    for file in [file(&[iptc()]), file(&[xmp()]), file(&[exif()])] {
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
