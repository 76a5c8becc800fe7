//! Who may name whom: the folder is the diagram, and arrows point one way. Reads `src/` as text; it
//! is no parser, and need not be: what is forbidden is forbidden in comments' code too.

use std::fs;
use std::path::{Path, PathBuf};

/// For each outside thing, the files of `src/` that may name it; a folder's name stands for its files.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("aws_sdk_s3", &["store/s3.rs"]),
    ("aws_sdk_sqs", &["queue/sqs.rs"]),
    ("aws_config", &["store/s3.rs", "queue/sqs.rs"]),
    ("aws_lambda_events", &["batch.rs"]),
    // The log names it as one of those that are to be quiet.
    ("lambda_runtime", &["batch.rs", "telemetry.rs", "main.rs"]),
    ("std::env", &["config.rs"]),
    ("std::fs", &[]),
    // The engine and the service hand an invocation's span on to other tasks and threads.
    ("tracing::", &["engine.rs", "service.rs", "telemetry", "worker", "main.rs", "bin/"]),
    ("tracing_subscriber", &["telemetry"]),
    ("opentelemetry", &["telemetry/otel.rs"]),
    ("hyper_rustls", &["telemetry/otel.rs"]),
    (
        "tokio",
        &[
            "memory_budget.rs",
            "engine.rs",
            "service.rs",
            "batch",
            "worker",
            "telemetry",
            "main.rs",
            "bin/",
        ],
    ),
    ("SystemTime", &["batch.rs", "telemetry"]),
    ("OffsetDateTime", &["telemetry/metrics.rs"]),
    ("Instant", &["batch", "reconcile/measured.rs", "service.rs", "worker", "telemetry"]),
    ("image::", &["thumbnail/"]),
    ("exr::", &["thumbnail/"]),
    ("fax::", &["thumbnail/decode/tiff"]),
    ("hayro", &["thumbnail/decode/pdf.rs"]),
    ("resvg", &["thumbnail/decode/svg"]),
    ("moxcms", &["thumbnail/"]),
    ("fast_image_resize", &["thumbnail/"]),
    ("jpeg_encoder", &["jpeg/tests.rs", "jpeg/tests/", "thumbnail/tests"]),
    ("jxl::", &["thumbnail/"]),
    ("heic_rs", &["thumbnail/decode/heic/decoder.rs"]),
    ("webp::", &["thumbnail/", "vp8/tests.rs"]),
    ("ravif", &["thumbnail/"]),
    ("re_rav1d", &["thumbnail/decode/avif/decoder.rs"]),
    ("png::", &["thumbnail/"]),
    ("gif::", &["thumbnail/"]),
    ("flate2", &["thumbnail/"]),
    ("fast_ssim2", &["thumbnail/"]),
    ("thumbhash::", &["thumbnail/"]),
    ("blurhash::", &["thumbnail/"]),
    ("memchr", &["jpeg/", "thumbnail/"]),
    ("percent_encoding", &["notification.rs"]),
    ("base64", &["manifest.rs"]),
    ("globset", &["object.rs", "config/rules.rs"]),
];

/// For each module, those of ours that it may name.
const INSIDE: &[(&str, &[&str])] = &[
    ("jpeg", &[]),
    ("vp8", &[]),
    ("thumbnail", &["jpeg", "vp8"]),
    ("object", &[]),
    ("notification", &["object"]),
    ("store", &["object"]),
    ("provenance", &["object", "store", "thumbnail"]),
    ("queue", &["object"]),
    ("manifest", &["object", "store", "thumbnail"]),
    ("memory_budget", &[]),
    ("causes", &[]),
    ("engine", &["memory_budget", "thumbnail"]),
    (
        "reconcile",
        &["engine", "manifest", "memory_budget", "object", "provenance", "store", "thumbnail"],
    ),
    ("config", &["engine", "memory_budget", "object", "provenance", "reconcile", "thumbnail"]),
    ("service", &["causes", "engine", "notification", "object", "queue", "reconcile", "store"]),
    (
        "batch",
        &["causes", "engine", "notification", "object", "queue", "reconcile", "service", "store"],
    ),
    ("worker", &["causes", "engine", "queue", "service", "store"]),
    (
        "telemetry",
        &[
            "causes",
            "config",
            "engine",
            "notification",
            "queue",
            "reconcile",
            "service",
            "thumbnail",
        ],
    ),
];

/// Every file of `src/` with its path below it, and its lines of code: comments and tests left out.
fn sources() -> Vec<(String, Vec<(usize, String)>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]");
            let code = code
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
                .map(|(number, line)| (number + 1, line.to_owned()))
                .collect();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            sources.push((name, code));
        }
    }
    assert!(sources.len() >= 20, "only {} files found", sources.len());
    sources
}

/// Whether `line` names `what`, and not merely something that ends in it.
fn names(line: &str, what: &str) -> bool {
    line.match_indices(what).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            || line[..at].ends_with("::") && what.contains("::")
    })
}

#[test]
fn each_outside_library_is_named_where_its_row_allows_and_nowhere_else() {
    let mut seen = 0;
    // What tests compare with is theirs to choose.
    for (file, code) in sources().into_iter().filter(|(file, _)| !file.contains("/tests/")) {
        for (number, line) in code {
            for (what, allowed) in OUTSIDE {
                if names(&line, what) {
                    let allowed = allowed.iter().any(|place| file.starts_with(place));
                    assert!(allowed, "src/{file}:{number} names {what}: {line}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 20, "only {seen} uses were found: is the table out of date?");
}

#[test]
fn each_module_names_only_the_modules_its_row_allows() {
    let mut seen = 0;
    for (file, code) in sources() {
        let module = file.trim_end_matches(".rs").split('/').next().unwrap();
        if matches!(module, "lib" | "main" | "bin") {
            continue;
        }
        let (_, allowed) = INSIDE
            .iter()
            .find(|(known, _)| *known == module)
            .unwrap_or_else(|| panic!("src/{file}: the table has no row for {module}"));
        for (number, line) in code {
            for (_, path) in line.match_indices("crate::").map(|(at, _)| line.split_at(at + 7)) {
                let named = path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let fine = named == module || allowed.contains(&named);
                assert!(fine, "src/{file}:{number}: {module} may not name {named}: {line}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} uses were found");
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    for (file, _) in sources() {
        let text = fs::read_to_string(Path::new("src").join(&file)).unwrap();
        assert!(text.starts_with("//! "), "src/{file} does not begin with //!");
    }
}
