//! Writes the seed corpora for fuzzing: the tests' small pictures and hostile files by format, the
//! bodies of the sample events, and valid rules. `seeds FOLDER EVENTS` fills a folder in FOLDER for
//! each, and prints the names of those that hold pictures. It is an example of this crate, and not in
//! `fuzz/`, so that nothing is compiled a second time for it.
#![allow(clippy::print_stdout, reason = "a command prints")]
#![allow(clippy::disallowed_methods, reason = "a command reads its arguments and files")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use pictures::hostile::{hostile_set, seeds};
use serde_json::Value;
use thumbnail::SourceFormat;

/// The longest seed, in bytes: longer files only slow the fuzzer down.
const LONGEST: usize = 1 << 16;

/// The rules of `make run`.
const RULES: &str = include_str!("../../../examples/local/rules.json");

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, events] = arguments.as_slice() else {
        return Err("usage: seeds FOLDER EVENTS".into());
    };
    let folder = Path::new(folder);
    let pictures = pictures();
    for (format, files) in &pictures {
        write(&folder.join(format), files)?;
    }
    write(&folder.join("vp8"), &frames(pictures.get("webp").into_iter().flatten()))?;
    let messages = messages(Path::new(events))?;
    if messages.is_empty() {
        return Err(format!("{events} holds no sample events").into());
    }
    write(&folder.join("message"), &messages)?;
    write(&folder.join("rules"), &rules()?)?;
    println!("{}", pictures.into_keys().collect::<Vec<_>>().join(" "));
    Ok(())
}

/// Files by their format; `unknown` are those of none.
fn pictures() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let hostile = hostile_set().iter().map(|hostile| hostile.bytes.clone());
    let sound = seeds().into_iter().map(|(_, bytes)| bytes);
    let mut pictures = BTreeMap::<_, Vec<_>>::new();
    for bytes in sound.chain(hostile).filter(|bytes| bytes.len() <= LONGEST) {
        let format = SourceFormat::from_first_bytes(&bytes).map_or("unknown", SourceFormat::name);
        pictures.entry(format).or_default().push(bytes);
    }
    pictures
}

/// The frames of lossy WebP files, and of one that is drawn.
fn frames<'a>(files: impl Iterator<Item = &'a Vec<u8>>) -> Vec<Vec<u8>> {
    let drawn = pictures::photo_webp(49, 33, 1);
    let frame = |file: &Vec<u8>| Some(file.get(12..)?.strip_prefix(b"VP8 ")?.get(4..)?.to_vec());
    files.filter_map(frame).chain(frame(&drawn)).collect()
}

/// The body of every message.
fn messages(events: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut messages = Vec::new();
    for event in fs::read_dir(events)? {
        let event: Value = serde_json::from_slice(&fs::read(event?.path())?)?;
        let records = event.get("Records").and_then(Value::as_array).into_iter().flatten();
        messages.extend(records.filter_map(|record| Some(record["body"].as_str()?.into())));
    }
    Ok(messages)
}

/// The rules, each by itself and all together, with every kind of key pattern.
fn rules() -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let all: Vec<Value> = serde_json::from_str(RULES)?;
    let alone = all.iter().map(|rule| format!("[{rule}]"));
    let patterns = ["{path}", "{dir}{size}/{stem}.{source_ext}", "{width}x{height}/{path}.{ext}"];
    let keyed = patterns.map(|key| {
        format!(r#"[{{"outputs":{{"a":{{"format":"png"}}}},"key":"{key}","manifest":"m/{key}"}}]"#)
    });
    let together = serde_json::to_string(&all)?;
    Ok(alone.chain(keyed).chain([together]).map(String::into_bytes).collect())
}

fn write(folder: &Path, files: &[Vec<u8>]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for (number, bytes) in files.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:03}")), bytes)?;
    }
    Ok(())
}
