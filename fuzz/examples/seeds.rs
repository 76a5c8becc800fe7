//! Writes what fuzzing starts from: the small pictures and the hostile files of the tests, and the
//! bodies of the sample events. `seeds FOLDER EVENTS` fills `FOLDER/picture` and `FOLDER/message`.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::hostile::{hostile_set, seeds};

/// Longer files only slow the fuzzer down, in bytes.
const LONGEST: usize = 1 << 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, events] = arguments.as_slice() else {
        return Err("usage: seeds FOLDER EVENTS".into());
    };
    let (pictures, messages) =
        (Path::new(folder).join("picture"), Path::new(folder).join("message"));
    fs::create_dir_all(&pictures)?;
    fs::create_dir_all(&messages)?;

    let hostile = hostile_set().into_iter().map(|hostile| hostile.bytes);
    let sound = seeds().into_iter().map(|(_, bytes)| bytes);
    let short = sound.chain(hostile).filter(|bytes| bytes.len() <= LONGEST);
    for (number, bytes) in short.enumerate() {
        fs::write(pictures.join(format!("seed-{number:03}")), bytes)?;
    }
    let mut number = 0;
    for event in fs::read_dir(events)? {
        let event: Value = serde_json::from_slice(&fs::read(event?.path())?)?;
        for record in event["Records"].as_array().into_iter().flatten() {
            let body = record["body"].as_str().unwrap_or_default();
            fs::write(messages.join(format!("seed-{number:03}")), body)?;
            number += 1;
        }
    }
    if number == 0 {
        return Err(format!("{events} holds no sample events").into());
    }
    Ok(())
}
