//! PDF: the first page on white, and nothing from outside of it.

use crate::{ROOMY, pixels, recipe};
use thumbnail::{FormatChoice, SourceFormat, render};

/// A file of pages of 60 x 40 points, each with its own content.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 3 + page * 2)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count {}/Kids[{}]>>", pages.len(), kids.join(" ")),
    ];
    for (at, content) in pages.iter().enumerate() {
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 60 40]/Contents {} 0 R/Resources<</Font<</F<<\
             /Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
            4 + at * 2
        ));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
    }
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes();
    for (at, object) in objects.iter().enumerate() {
        table.extend(format!("{:010} 00000 n \n", file.len()).into_bytes());
        file.extend(format!("{} 0 obj{object}endobj\n", at + 1).into_bytes());
    }
    let start = file.len();
    let trailer =
        format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF", objects.len() + 1);
    [file, table, trailer.into_bytes()].concat()
}

#[test]
fn the_first_page_of_a_pdf_shows_on_white() {
    let file = pdf(&["1 0 0 rg 30 0 30 40 re f", "0 0 1 rg 0 0 60 40 re f"]);
    let rendering = render(&file, &recipe(500, 500, FormatChoice::Png), &ROOMY).unwrap();
    assert_eq!(rendering.source_format, SourceFormat::Pdf);
    let made = pixels(&rendering.thumbnails[0]).into_rgb8();
    assert_eq!(made.dimensions(), (120, 80));
    assert_eq!((made.get_pixel(9, 9).0, made.get_pixel(99, 9).0), ([255; 3], [255, 0, 0]));
}

#[test]
fn text_in_the_fonts_that_every_reader_has_shows() {
    let file = pdf(&["BT /F 40 Tf 5 5 Td (AMW) Tj ET"]);
    let rendering = render(&file, &recipe(500, 500, FormatChoice::Png), &ROOMY).unwrap();
    let made = pixels(&rendering.thumbnails[0]).into_luma8();
    let dark = made.pixels().filter(|pixel| pixel.0[0] < 128).count();
    assert!((300..6000).contains(&dark), "{dark}");
}

#[test]
fn what_has_no_page_is_refused() {
    let mut cases = 0;
    for file in [pdf(&[]), b"%PDF-1.7\n".to_vec(), [b"%PDF-1.7\n", &[7; 999][..]].concat()] {
        let refusal = render(&file, &recipe(9, 9, FormatChoice::Png), &ROOMY);
        assert_eq!(refusal.map(|_| ()).unwrap_err().reason(), "undecodable");
        cases += 1;
    }
    assert_eq!(cases, 3);
}
