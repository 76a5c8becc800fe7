//! The shape of the code, as far as neither the compiler nor a lint keeps it. Reads sources as text.
//!
//! Cargo keeps the crates apart: the codecs and the picture engine cannot name AWS, tokio or tracing.
//! Clippy keeps the environment, files, clocks and AWS clients where they belong (each crate's
//! `.clippy.toml`). What is left is here: files do not use each other in a loop, modules use only
//! those below them, an outside library has its place, and every file says what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Every crate of ours that is shipped, by its folder.
const CRATES: [&str; 5] = [".", "crates/av1", "crates/jpeg", "crates/vp8", "crates/thumbnail"];

/// The function's modules. Each may use those before it.
const FROM_THE_BOTTOM: [&str; 20] = [
    "aws",
    "causes",
    "object",
    "notification",
    "store",
    "queue",
    "bus",
    "provenance",
    "manifest",
    "memory_budget",
    "engine",
    "reconcile",
    "config",
    "canary",
    "service",
    "batch",
    "worker",
    "telemetry",
    "monitor",
    "isolation",
];

/// Outside libraries that have one place, and that place: a file, or a folder with its file.
const PLACES: &[(&str, &str, &[&str])] = &[
    (".", "aws_sdk_s3", &["store/s3"]),
    (".", "aws_sdk_sqs", &["queue/sqs"]),
    (".", "aws_sdk_eventbridge", &["bus/eventbridge"]),
    (".", "aws_config", &["aws", "queue/sqs"]),
    (".", "aws_smithy_http_client", &["aws"]),
    (".", "aws_lambda_events", &["batch"]),
    (".", "lambda_runtime", &["batch"]),
    (".", "tracing_subscriber", &["telemetry"]),
    (".", "opentelemetry", &["telemetry/otel"]),
    (".", "prometheus_client", &["telemetry/prometheus"]),
    (".", "hyper", &["monitor", "telemetry/otel"]),
    (".", "percent_encoding", &["notification"]),
    (".", "base64", &["manifest"]),
    (".", "sha2", &["provenance"]),
    ("crates/thumbnail", "hayro", &["decode/jp2", "decode/pdf"]),
    ("crates/thumbnail", "resvg", &["decode/svg"]),
    ("crates/thumbnail", "heic_rs", &["decode/heic"]),
    ("crates/thumbnail", "oxideav_h265", &["decode/heic"]),
    ("crates/av1", "re_rav1d", &["decoder"]),
    ("crates/thumbnail", "isolated_av1", &["decode/avif"]),
    ("crates/thumbnail", "fax", &["decode/tiff"]),
    ("crates/thumbnail", "lzma_rust2", &["decode/tiff"]),
    ("crates/thumbnail", "ruzstd", &["decode/tiff"]),
    ("crates/thumbnail", "zune_jpeg", &["decode/tiff"]),
    ("crates/thumbnail", "ravif", &["encode/avif"]),
    ("crates/thumbnail", "moxcms", &["color"]),
    ("crates/thumbnail", "fast_ssim2", &["encode/quality"]),
];

/// A file: its module's path, such as `decode/png`, and its code without comments and tests. The
/// crate's root has an empty path.
type Sources = BTreeMap<String, String>;

fn sources(folder: &str) -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Sources::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                folders.push(file);
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let says = text.starts_with("//! ") || text.starts_with("#![doc = include_str!");
            assert!(says, "{} does not say what it is", file.display());
            let module = file.strip_prefix(&root).unwrap().with_extension("");
            let module = module.to_str().unwrap().to_owned();
            if module == "main" || module.starts_with("bin/") || module.ends_with("tests") {
                continue;
            }
            let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
            let code: Vec<_> = code.map(|line| line.split("//").next().unwrap()).collect();
            let module = if module == "lib" { String::new() } else { module };
            sources.insert(module, code.join("\n"));
        }
    }
    assert!(sources.len() >= 10, "only {} files in {folder}", sources.len());
    sources
}

/// Identifiers, `::` and single characters.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// The paths that begin at `at`, those in braces each by itself, and where they end.
fn paths(tokens: &[String], mut at: usize) -> (Vec<Vec<String>>, usize) {
    let mut path = Vec::new();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                let mut all = Vec::new();
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    let (inner, end) = paths(tokens, at);
                    all.extend(inner.into_iter().map(|inner| [path.clone(), inner].concat()));
                    at = end.max(at + 1);
                    // What a name is changed to, and the comma.
                    while tokens.get(at).is_some_and(|token| token != "}" && token != ",") {
                        at += 1;
                    }
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return (all, at + 1);
            }
            Some(name) => path.push(name.to_owned()),
            None => return (vec![path], at),
        }
        at += 1;
        if tokens.get(at).is_none_or(|token| token != "::") {
            return (vec![path], at);
        }
        at += 1;
    }
}

/// The files that a file uses. A name that a file passes on from another is that file's.
fn used<'a>(sources: &'a Sources, module: &str, code: &str) -> BTreeSet<&'a str> {
    let tokens = tokens(code);
    let child = |module: &str, name: &str| {
        let child = if module.is_empty() { name.to_owned() } else { format!("{module}/{name}") };
        sources.get_key_value(&child).map(|(child, _)| child.as_str())
    };
    let parent = |module: &str| module.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
    let mut used = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        // A visibility such as `pub(in crate::a)` uses nothing.
        let is_visibility = at > 1 && tokens[at - 1] == "in" && tokens[at - 2] == "(";
        let begins = at == 0 || (tokens[at - 1] != "::" && !is_visibility);
        let is_path = tokens.get(at + 1).is_some_and(|next| next == "::");
        let is_ours =
            matches!(token.as_str(), "crate" | "super" | "self") || child(module, token).is_some();
        if !(begins && is_path && is_ours) {
            continue;
        }
        for path in paths(&tokens, at).0 {
            let mut target = module.to_owned();
            for name in &path {
                match name.as_str() {
                    "crate" => target = String::new(),
                    "self" => {}
                    "super" => target = parent(&target),
                    name => match child(&target, name) {
                        Some(child) => target = child.to_owned(),
                        None => break,
                    },
                }
            }
            used.extend(sources.get_key_value(&target).map(|(target, _)| target.as_str()));
        }
    }
    used.remove(module);
    used
}

/// For each file, those that it uses.
fn uses(sources: &Sources) -> BTreeMap<&str, BTreeSet<&str>> {
    sources.iter().map(|(module, code)| (module.as_str(), used(sources, module, code))).collect()
}

/// Files that can be come back to along the files that they use.
fn loops<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<String> {
    let reached = |from: &str| {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&str> = uses[from].iter().copied().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module) {
                next.extend(&uses[module]);
            }
        }
        reached
    };
    let reached: BTreeMap<_, _> = uses.keys().map(|&module| (module, reached(module))).collect();
    let ties = uses.iter().flat_map(|(&from, used)| used.iter().map(move |&to| (from, to)));
    ties.filter(|(from, to)| reached[to].contains(from))
        .map(|(from, to)| format!("{from} uses {to}"))
        .collect()
}

#[test]
fn no_files_use_each_other_in_a_loop() {
    let (mut seen, mut found) = (0, Vec::new());
    for folder in CRATES {
        let sources = sources(folder);
        let uses = uses(&sources);
        seen += uses.values().map(BTreeSet::len).sum::<usize>();
        found.extend(loops(&uses).into_iter().map(|tie| format!("{folder}: {tie}")));
    }
    assert!(found.is_empty(), "loops through\n{}", found.join("\n"));
    assert!(seen > 300, "only {seen} uses were found");
}

#[test]
fn loops_are_found_however_a_path_is_written() {
    let of = |files: &[(&str, &str)]| {
        let sources: Sources =
            files.iter().map(|(file, code)| ((*file).to_owned(), (*code).to_owned())).collect();
        loops(&uses(&sources))
    };
    let ties = |back: &str| of(&[("", ""), ("a", "use crate::b::B;"), ("b", back), ("b/c", "")]);
    for back in [
        "use crate::{x, a::{A as B, C}};",
        "use super::a;",
        "use super::{self as above, a::A};",
        "fn f() { crate::a::f(); }",
        "fn f(a: super::a::A) {}",
    ] {
        assert_eq!(ties(back), ["a uses b", "b uses a"], "{back}");
    }
    assert!(ties("use self::c::C; use crate::other::Thing;").is_empty());
    let family = [("", ""), ("b", "mod c; fn f() { c::g() }"), ("b/c", "use super::B;")];
    assert_eq!(of(&family), ["b uses b/c", "b/c uses b"]);
}

#[test]
fn each_module_of_the_function_uses_only_those_below_it() {
    let sources = sources(".");
    let floor = |module: &str| {
        let name = module.split('/').next().unwrap();
        let floor = FROM_THE_BOTTOM.iter().position(|known| *known == name);
        floor.unwrap_or_else(|| panic!("the list has no module {name}"))
    };
    for (module, used) in uses(&sources).iter().filter(|(module, _)| !module.is_empty()) {
        for below in used.iter().filter(|below| !below.is_empty()) {
            assert!(floor(below) <= floor(module), "{module} may not use {below}");
        }
    }
}

#[test]
fn each_outside_library_is_named_in_its_place_alone() {
    for &(folder, library, places) in PLACES {
        let mut seen = 0;
        for (module, code) in sources(folder) {
            let tokens = tokens(&code);
            let names = tokens.windows(2).any(|pair| {
                pair[1] == "::"
                    && (pair[0] == library || pair[0].starts_with(&format!("{library}_")))
            });
            if names {
                let in_place =
                    |place: &&str| module == **place || module.starts_with(&format!("{place}/"));
                assert!(places.iter().any(in_place), "{module} names {library}");
                seen += 1;
            }
        }
        assert!(seen > 0, "{folder} names {library} nowhere: is the table out of date?");
    }
}
