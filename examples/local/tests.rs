//! The whole of `make run` without a folder of pictures: all that a newcomer should see is there.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::AnimationDecoder as _;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use serde_json::Value;
use thumbnail::{EncodedFormat, FormatChoice, SourceFormat};

use super::*;
use crate::upload::{Outcome, Upload};

#[tokio::test(flavor = "multi_thread")]
async fn the_drawn_pictures_show_every_feature() {
    let folder = tempfile::tempdir().unwrap();
    let args = Args { images: None, out: folder.path().to_owned() };
    // Nothing here runs against a clock.
    let setting = |name: &str| match name {
        "MAX_RENDER_SECONDS" => Some("900".to_owned()),
        name => args.setting(name),
    };
    let report = run(&args, setting).await.unwrap();

    assert_eq!((report.summary.skipped, report.summary.failed), (2, 0));
    let rejected = report.uploads.iter().filter(|upload| upload.outcome == Outcome::Rejected);
    let rejected: Vec<_> = rejected.map(|upload| upload.key.as_str()).collect();
    assert_eq!(rejected, ["images/corrupt.jpg", "images/cut short.jpg", "images/notes-named.jpg"]);
    every_format_comes_in_and_goes_out(&report.uploads);
    every_rule_shows_something_of_its_own(&report.uploads, folder.path());
    everything_on_the_page_is_there(folder.path());

    // The next run finds the folder as this one did.
    Output::open(folder.path()).unwrap();
    assert!(!folder.path().join("thumbnails").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_with_odd_names_go_through_like_any_other() {
    let (images, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let names = ["a\u{7}.jpg", "b\u{fffe}.jpg", "c+d e%.jpg"];
    for name in names {
        fs::write(images.path().join(name), pictures::sample("photo.jpg").unwrap().bytes).unwrap();
    }
    let args = Args { images: Some(images.path().to_owned()), out: out.path().to_owned() };
    let report = run(&args, |_| None).await.unwrap();
    assert_eq!(report.summary.thumbnail, names.len());
    for name in names {
        assert!(out.path().join("thumbnails").join(name).is_file(), "{name:?}");
    }
}

fn every_format_comes_in_and_goes_out(uploads: &[Upload]) {
    let read = uploads.iter().filter_map(|upload| upload.source.as_ref());
    let read: BTreeSet<&str> = read.map(|source| source.format).collect();
    // Formats that only some builds can read are not among the drawn pictures.
    let drawn = SourceFormat::ALL.into_iter().map(SourceFormat::name);
    let drawn = drawn.filter(|name| !["svg", "pdf"].contains(name));
    assert_eq!(read, drawn.collect());

    let written = uploads.iter().flat_map(|upload| &upload.thumbnails);
    let written: BTreeSet<&str> = written.map(|thumbnail| thumbnail.content_type).collect();
    assert_eq!(written, EncodedFormat::ALL.into_iter().map(EncodedFormat::content_type).collect());

    // "source" is the default.
    let others = FormatChoice::ALL.into_iter().filter(|choice| *choice != FormatChoice::Source);
    for choice in others {
        let asked = format!("\"format\": {}", serde_json::to_string(&choice).unwrap());
        assert!(rules::DRAWN.contains(&asked), "no rule has {asked}");
    }
}

fn every_rule_shows_something_of_its_own(uploads: &[Upload], folder: &Path) {
    let of = |folder: &str| {
        let start = format!("images/{folder}/");
        let of: Vec<_> = uploads.iter().filter(|upload| upload.key.starts_with(&start)).collect();
        assert!(of.len() >= 2, "{folder} holds {} pictures", of.len());
        of
    };
    let file = |key: &str| fs::read(folder.join(key)).unwrap();

    for upload in of("holiday") {
        let mut sides: Vec<_> =
            upload.thumbnails.iter().map(|made| made.width.max(made.height)).collect();
        sides.sort_unstable();
        assert_eq!(sides, [160, 640, 1280], "{}", upload.key);
        let manifest: Value =
            serde_json::from_slice(&file(upload.manifest.as_ref().unwrap())).unwrap();
        assert_eq!(manifest["thumbnails"].as_array().unwrap().len(), 3);
        assert!(manifest["placeholders"]["thumbhash"].is_string());
    }
    for upload in of("people") {
        let [center, smart] = upload.thumbnails.as_slice() else { panic!("{upload:?}") };
        assert_eq!((center.name.as_str(), smart.name.as_str()), ("center", "smart"));
        assert_ne!(file(&center.key), file(&smart.key), "{}", upload.key);
    }
    let mut moving = BTreeSet::new();
    for thumbnail in of("animations").iter().flat_map(|upload| &upload.thumbnails) {
        let file = Cursor::new(file(&thumbnail.key));
        let frames = match thumbnail.content_type {
            "image/gif" => GifDecoder::new(file).unwrap().into_frames(),
            "image/png" => PngDecoder::new(file).unwrap().apng().unwrap().into_frames(),
            _ => WebPDecoder::new(file).unwrap().into_frames(),
        };
        assert_eq!(frames.count(), 12, "{}", thumbnail.key);
        moving.insert(thumbnail.content_type);
    }
    assert_eq!(moving.into_iter().collect::<Vec<_>>(), ["image/gif", "image/png", "image/webp"]);
    let logos = of("logos");
    let auto = logos.iter().flat_map(|upload| &upload.thumbnails);
    let auto = auto.filter(|thumbnail| thumbnail.name == "auto");
    let chosen: BTreeSet<_> = auto.map(|thumbnail| thumbnail.content_type).collect();
    assert_eq!(chosen.into_iter().collect::<Vec<_>>(), ["image/jpeg", "image/webp"]);
}

fn everything_on_the_page_is_there(folder: &Path) {
    let page = fs::read_to_string(folder.join("index.html")).unwrap();
    let mut addresses = 0;
    for part in page.split("=\"thumbnails/").skip(1) {
        let (address, _) = part.split_once('"').unwrap();
        let name = percent_encoding::percent_decode_str(address).decode_utf8().unwrap();
        assert!(folder.join("thumbnails").join(&*name).is_file(), "{name}");
        addresses += 1;
    }
    assert!(addresses > 100, "{addresses}");
    let rules: Vec<Value> = serde_json::from_str(rules::DRAWN).unwrap();
    assert_eq!(page.matches("<section class=\"rule\"").count(), rules.len());
    assert!(page.contains("ThumbHash") && page.contains("BlurHash"));
}
