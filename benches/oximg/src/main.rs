//! oximg's side of `make bench`: runs one case at a time with its library, on one thread, by its
//! defaults and in its gamma mode.
//!
//! ```text
//! oximg-side FOLDER CASES             runs a case for each `go` or `write` on stdin
//! oximg-side FOLDER CASES CASE WAY    runs one case, and prints its peak memory
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::time::Instant;

use oximg::pipeline::{self, ImageFormat, Params};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Case {
    name: String,
    source: String,
    format: String,
    quality: u8,
    boxes: Vec<(u32, u32)>,
}

/// Its defaults average colours as light; the other way does what all the others do.
const WAYS: [&str; 2] = ["linear", "gamma"];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let cases = arguments.get(2).ok_or("which cases?")?;
    let cases: Vec<Case> = serde_json::from_slice(&fs::read(cases)?)?;
    let cases: HashMap<&str, &Case> = cases.iter().map(|case| (case.name.as_str(), case)).collect();
    if let [name, way] = arguments.get(3..).unwrap_or_default() {
        let case = cases.get(name.as_str()).ok_or("no such case")?;
        thumbnails(case, way, &fs::read(&case.source)?)?;
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok());
        return say(&json!({ "peak_kib": peak }));
    }
    say(&json!({ "version": "oximg 0.18.1", "ways": WAYS }))?;
    let mut sources = HashMap::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split('\t');
        let mut word = || words.next().unwrap_or_default();
        let (verb, name, way, folder) = (word(), word(), word(), word());
        let case = *cases.get(name).ok_or("no such case")?;
        if !sources.contains_key(&case.source) {
            sources.insert(&case.source, fs::read(&case.source)?);
        }
        let source = sources.get(&case.source).ok_or("no such source")?;
        let started = Instant::now();
        let made = thumbnails(case, way, source);
        let took = started.elapsed();
        say(&match made {
            Err(error) => json!({ "cannot": error.to_string() }),
            Ok(_) if verb == "go" => json!({ "ms": took.as_secs_f64() * 1000.0 }),
            Ok(made) => written(&made, Path::new(folder))?,
        })?;
    }
    Ok(())
}

fn thumbnails(case: &Case, way: &str, source: &[u8]) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let output = ImageFormat::from_token(&case.format).ok_or("no such format")?;
    let one = |&(max_width, max_height): &(u32, u32)| {
        let params = Params {
            max_width,
            max_height,
            quality: case.quality.into(),
            webp_quality: Some(case.quality.into()),
            output: Some(output),
            linear_light: Some(way != "gamma"),
            ..Params::default()
        };
        Ok(pipeline::process(source, &params)?.0)
    };
    case.boxes.iter().map(one).collect()
}

fn written(made: &[Vec<u8>], folder: &Path) -> Result<Value, Box<dyn Error>> {
    let mut paths = Vec::new();
    for (place, thumbnail) in made.iter().enumerate() {
        let path = folder.join(format!("oximg-{place}"));
        fs::write(&path, thumbnail)?;
        paths.push(path);
    }
    Ok(json!(paths))
}

fn say(answer: &Value) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}
