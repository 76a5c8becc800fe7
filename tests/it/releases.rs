//! A release besides its code: one workflow runs what `.ci/run` runs, the other makes what a tag
//! releases, and the documents' links point at files that exist. `documents` tests what they say
//! of settings.

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

fn workflow(name: &str) -> Value {
    serde_yaml_ng::from_str(&read(&format!(".github/workflows/{name}.yml"))).unwrap()
}

/// The steps of a job.
fn steps(job: &Value) -> &[Value] {
    job["steps"].as_sequence().unwrap()
}

/// The commands of a job.
fn commands(job: &Value) -> Vec<&str> {
    steps(job).iter().filter_map(|step| step["run"].as_str()).collect()
}

#[test]
fn the_workflow_runs_every_step_that_must_pass_before_a_change_lands() {
    let script = read(".ci/run");
    let steps = script.lines().filter_map(|line| line.trim_start().strip_prefix("step "));
    // The corpus is not in the repository.
    let steps: Vec<&str> = steps.filter(|step| !step.contains("CORPUS")).collect();
    assert!(steps.len() >= 8, "only {steps:?} were found");
    let workflow = workflow("ci");
    let run: Vec<&str> =
        workflow["jobs"].as_mapping().unwrap().values().flat_map(commands).collect();
    for step in steps {
        assert!(run.contains(&step), "no job runs {step}");
    }
}

#[test]
fn the_workflows_may_only_read_except_for_the_job_that_publishes() {
    let only_read: Value = serde_yaml_ng::from_str("contents: read").unwrap();
    let (ci, release) = (workflow("ci"), workflow("release"));
    for workflow in [&ci, &release] {
        assert_eq!(workflow["permissions"], only_read);
    }
    let jobs = |workflow: &Value| workflow["jobs"].as_mapping().unwrap().clone();
    for (name, job) in jobs(&ci).into_iter().chain(jobs(&release)) {
        assert_eq!(job.get("permissions").is_some(), name == "publish", "{name:?}");
    }
    // What may write runs nothing that others wrote: no crate, and no tool that a registry has.
    for command in commands(&release["jobs"]["publish"]) {
        for builds in ["make", "cargo", "npm", "pip"] {
            let mut words = command.split_whitespace();
            assert!(words.all(|word| word != builds), "{command}");
        }
    }
}

#[test]
fn the_workflows_name_by_digest_what_others_wrote() {
    let mut versions: Vec<(String, &str)> = Vec::new();
    let files = [".github/workflows/ci.yml", ".github/workflows/release.yml"].map(read);
    for line in files.iter().flat_map(|file| file.lines()) {
        let Some((_, action)) = line.split_once("uses: ") else { continue };
        let (action, version) = action.split_once(" # v").expect("an action without its version");
        assert_eq!(version.split('.').count(), 3, "{action}");
        let (name, digest) = action.split_once('@').unwrap();
        assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        versions.push((name.to_owned(), digest));
    }
    assert!(versions.len() >= 18, "only {versions:?} were found");
    versions.sort_unstable();
    versions.dedup();
    let mut names: Vec<&str> = versions.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    assert_eq!(names.len(), versions.len(), "one action has two digests: {versions:?}");
}

#[test]
fn a_release_is_of_a_tag_for_both_architectures_and_tried_before_it_is_published() {
    let template: Value = serde_yaml_ng::from_str(&read("template.yaml")).unwrap();
    let architectures = template["Parameters"]["Architecture"]["AllowedValues"].as_sequence();
    let release = workflow("release");
    assert_eq!(release["on"]["push"]["tags"][0], "v*");
    let build = &release["jobs"]["build"];
    let machines = build["strategy"]["matrix"]["include"].as_sequence().unwrap();
    let each: Vec<Value> = machines.iter().map(|machine| machine["architecture"].clone()).collect();
    assert_eq!(Some(&each), architectures);
    let commands = commands(build);
    let at = |piece: &str| commands.iter().position(|command| command.contains(piece)).unwrap();
    assert!(at("make release") < at("make install-check FILES=target/release-files"));
    assert_eq!(release["jobs"]["publish"]["needs"], "build");
    let attests = |step: &&Value| {
        step["uses"].as_str().is_some_and(|uses| uses.contains("attest-build-provenance"))
    };
    let publish = steps(&release["jobs"]["publish"]).iter().filter(attests);
    let attested: Vec<&Value> = publish.map(|step| &step["with"]).collect();
    assert_eq!(attested[0]["subject-checksums"], "target/release-files/SHA256SUMS");
    assert_eq!(attested[1]["subject-digest"], "${{ steps.image.outputs.digest }}");
    assert_eq!(attested.len(), 2);
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
