//! A release besides its code: the workflow runs what `.ci/run` runs, and the documents' links
//! point at files that exist. `documents` tests what they say of settings.

use std::fs;
use std::path::Path;

use serde_yaml_ng::Value;

use crate::documents::names;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The steps of every job of the workflow.
fn workflow_steps() -> Vec<Value> {
    let workflow: Value = serde_yaml_ng::from_str(&read(".github/workflows/ci.yml")).unwrap();
    let jobs = workflow["jobs"].as_mapping().unwrap();
    jobs.values().flat_map(|job| job["steps"].as_sequence().unwrap().clone()).collect()
}

#[test]
fn the_workflow_runs_every_step_that_must_pass_before_a_change_lands() {
    let script = read(".ci/run");
    let steps = script.lines().filter_map(|line| line.trim_start().strip_prefix("step "));
    // The corpus is not in the repository.
    let steps: Vec<&str> = steps.filter(|step| !step.contains("CORPUS")).collect();
    assert!(steps.len() >= 7, "only {steps:?} were found");
    let run = workflow_steps();
    let run: Vec<&str> = run.iter().filter_map(|step| step["run"].as_str()).collect();
    for step in steps {
        assert!(run.contains(&step), "no job runs {step}");
    }
}

#[test]
fn the_workflow_may_only_read_and_names_exact_versions_of_what_it_uses() {
    let workflow: Value = serde_yaml_ng::from_str(&read(".github/workflows/ci.yml")).unwrap();
    let permissions = workflow["permissions"].as_mapping().unwrap();
    assert_eq!(permissions.len(), 1);
    assert_eq!(workflow["permissions"]["contents"], "read");
    let mut seen = 0;
    for step in workflow_steps() {
        let Some(uses) = step["uses"].as_str() else { continue };
        let (_, version) = uses.split_once("@v").unwrap();
        assert_eq!(version.split('.').count(), 3, "{uses}");
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
fn the_documents_point_at_files_that_are_there() {
    let mut seen = 0;
    let others = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(str::to_owned);
    for document in names().into_iter().chain(others) {
        let text = read(&document);
        let folder = Path::new(&document).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if path.contains("://") {
                continue;
            }
            let target = if path.is_empty() { document.clone().into() } else { folder.join(path) };
            assert!(root().join(&target).exists(), "{document} points at {path}");
            if !anchor.is_empty() {
                let text = fs::read_to_string(root().join(&target)).unwrap();
                let headings = text.lines().filter_map(heading).collect::<Vec<_>>();
                assert!(headings.contains(&anchor.to_owned()), "{document}: no {path}#{anchor}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 60, "only {seen} links were found");
}

/// The anchor that a heading has, as hosting sites make it.
fn heading(line: &str) -> Option<String> {
    let text = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}

#[test]
fn the_changelog_and_the_licences_are_those_of_the_crate() {
    let manifest = read("Cargo.toml");
    let version = format!("{} will have:", env!("CARGO_PKG_VERSION"));
    let released = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    let changelog = read("CHANGELOG.md");
    assert!(changelog.contains(&version) || changelog.contains(&released), "{version}");
    assert!(manifest.contains("license = \"MIT OR Apache-2.0\""));
    assert!(read("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    assert!(read("LICENSE-APACHE").contains("Version 2.0, January 2004"));
}
