use std::time::Duration;

use s3_thumbnailer::config::Config;

use super::*;
use crate::upload::{Source, Thumbnail};

const RULES: &str = r#"[
    {"include": ["<a>/**"], "outputs": {"s": {}, "l": {}}, "key": "{size}/{path}", "manifest": "m/{path}"},
    {"outputs": {"only": {}}, "key": "{size}/{path}"}
]"#;

fn thumbnail(key: &str, width: u32) -> Thumbnail {
    Thumbnail {
        name: String::new(),
        key: key.to_owned(),
        width,
        height: width,
        bytes: 100,
        content_type: "image/png",
    }
}

fn upload(key: &str, thumbnails: Vec<Thumbnail>) -> Upload {
    let mut upload = Upload::not_made(key.to_owned(), Outcome::Thumbnail, "none");
    upload.source = Some(Source { format: "tiff", width: 30, height: 20 });
    upload.thumbnails = thumbnails;
    upload
}

/// The page as it would be if `rules` had made these `uploads`.
fn page_of(rules: Option<&str>, mut uploads: Vec<Upload>, metadata: &Metadata) -> String {
    let set = |name: &str| rules.filter(|_| name == "THUMBNAIL_RULES").map(str::to_owned);
    let rules = Rules::new(&Config::from_lookup(set).unwrap(), rules).unwrap();
    for upload in &mut uploads {
        rules.place(upload);
    }
    let carried = uploads.iter().flat_map(|upload| &upload.thumbnails);
    let carried = carried.map(|thumbnail| (thumbnail.key.clone(), metadata.clone())).collect();
    of(&Report::new(uploads, Duration::from_millis(10)), &rules, &carried)
}

#[test]
fn a_name_cannot_become_markup_or_another_address() {
    let made = || vec![thumbnail("thumbnails/<b>\"'&/100% sure? #1 é.png", 3)];
    let upload = upload("images/<b>\"'&/100% sure? #1 é.png", made());
    let page = page_of(None, vec![upload], &Metadata::new());
    assert!(
        page.contains("src=\"thumbnails/%3Cb%3E%22%27%26/100%25%20sure%3F%20%231%20%C3%A9.png\"")
    );
    assert!(page.contains("<bdi>&lt;b&gt;&quot;&#39;&amp;</bdi>"));
    assert!(page.contains("<bdi>100% sure? #1 é.png</bdi>"));
}

#[test]
fn a_page_without_refusals_has_no_section_for_them() {
    let page = page_of(None, vec![upload("images/a.png", Vec::new())], &Metadata::new());
    assert!(!page.contains("id=\"refused\""));
}

#[test]
fn each_rule_stands_beside_what_it_made_and_cannot_become_markup() {
    let several = vec![thumbnail("thumbnails/l/<a>/x.png", 9), thumbnail("thumbnails/s/x.png", 5)];
    let uploads = vec![
        upload("images/<a>/x.png", several),
        upload("images/y.png", vec![thumbnail("thumbnails/only/y.png", 7)]),
    ];
    let page = page_of(Some(RULES), uploads, &Metadata::new());
    let (first, second) = page.split_once("id=\"rule-1\"").unwrap();
    assert!(first.contains("<h2 id=\"title-0\"><bdi>&lt;a&gt;/**</bdi></h2>"));
    assert!(first.contains("{&quot;include&quot;: [&quot;&lt;a&gt;/**&quot;]"));
    assert!(first.contains("<p>1 picture, 2 thumbnails</p>"));
    assert!(first.contains("<a href=\"thumbnails/m/%3Ca%3E/x.png\">manifest</a>"));
    // The narrowest comes first, by the name that its rule gives it.
    let (small, large) = (first.find("x.png, s\"").unwrap(), first.find("x.png, l\"").unwrap());
    assert!(small < large);
    assert!(second.contains("Everything else") && second.contains("TIFF to PNG"));
    assert!(!second.contains("manifest"));
}

#[test]
fn placeholders_are_shown_and_stand_behind_what_has_not_loaded() {
    let carried = [
        ("thumbhash", "1QcSHQRnh493V4dIh4eXh1h4kJUI"),
        ("blurhash", "LEHV6nWB2yk8pyo0adR*.7kCMdnj"),
        ("dominant-color", "#a1b2c3"),
    ];
    let carried = carried.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let two = || vec![thumbnail("thumbnails/l/a.png", 9), thumbnail("thumbnails/s/a.png", 5)];
    let page = page_of(Some(RULES), vec![upload("images/<a>/a.png", two())], &carried);
    assert!(page.contains("--thumb:url(data:image/png;base64,"));
    assert!(page.contains("<span class=\"dominant\"></span>#a1b2c3"));
    assert_eq!(page.matches("<img class=\"waits\"").count(), 2);
    let without = page_of(Some(RULES), vec![upload("images/<a>/a.png", two())], &Metadata::new());
    assert!(!without.contains("--thumb:") && !without.contains("class=\"waits\""));
}
