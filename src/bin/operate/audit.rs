//! Compares what should be there with what is: pictures without all of their thumbnails, thumbnails
//! of pictures that are gone, and what lies where no rule puts a thumbnail. Only keys are compared;
//! the function finds out whether a thumbnail is up to date when it looks at its picture's key.

use std::collections::{BTreeSet, HashSet};

use s3_thumbnailer::object::{Layout, ObjectRef, Role};

use crate::counted;

/// How many keys of each kind are printed.
const SHOWN: usize = 20;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) pictures: usize,
    pub(crate) thumbnails: usize,
    /// Pictures without all of their thumbnails.
    pub(crate) incomplete: Vec<ObjectRef>,
    /// Thumbnails of pictures that are gone, each with its picture's address.
    pub(crate) orphans: Vec<(ObjectRef, ObjectRef)>,
    /// Objects under the thumbnails' prefix where no rule puts a thumbnail of any picture.
    pub(crate) unplaced: Vec<ObjectRef>,
}

impl Findings {
    /// The keys that the function must look at to repair what was found.
    pub(crate) fn to_look_at(&self) -> Vec<ObjectRef> {
        let gone: BTreeSet<&ObjectRef> = self.orphans.iter().map(|(_, source)| source).collect();
        self.incomplete.iter().chain(gone).cloned().collect()
    }
}

/// Compares pictures with thumbnails, by where `layout` puts these.
pub(crate) fn compare(
    layout: &Layout,
    bucket: &str,
    sources: &[ObjectRef],
    mut thumbnails: HashSet<ObjectRef>,
) -> Findings {
    // Pictures may lie under the thumbnails' prefix, beside the outputs.
    thumbnails.retain(|thumbnail| !layout.is_under_source_prefix(bucket, thumbnail));
    let mut findings = Findings { thumbnails: thumbnails.len(), ..Findings::default() };
    for source in sources {
        let Role::Source { thumbnails: expected, manifest, .. } = layout.role(source) else {
            continue;
        };
        findings.pictures += 1;
        // Takes out all of them, so that none counts as an orphan.
        let missing = expected.iter().filter(|thumbnail| !thumbnails.remove(thumbnail)).count();
        if let Some(manifest) = manifest {
            thumbnails.remove(&manifest);
        }
        if missing > 0 {
            findings.incomplete.push(source.clone());
        }
    }
    findings.incomplete.sort();
    for thumbnail in thumbnails {
        match layout.source_of(bucket, &thumbnail) {
            Some(source) => findings.orphans.push((thumbnail, source)),
            None => findings.unplaced.push(thumbnail),
        }
    }
    findings.orphans.sort();
    findings.unplaced.sort();
    findings
}

pub(crate) fn print(findings: &Findings) {
    let Findings { pictures, thumbnails, incomplete, orphans, .. } = findings;
    println!("{}, {}", counted(*pictures, "picture"), counted(*thumbnails, "thumbnail"));
    println!("{} with thumbnails missing", counted(incomplete.len(), "picture"));
    print_some(incomplete.iter());
    println!("{} without a picture", counted(orphans.len(), "thumbnail"));
    print_some(orphans.iter().map(|(orphan, _)| orphan));
}

/// Prints the first of these objects, and how many more there are.
pub(crate) fn print_some<'a>(objects: impl ExactSizeIterator<Item = &'a ObjectRef>) {
    let more = objects.len().saturating_sub(SHOWN);
    for object in objects.take(SHOWN) {
        println!("    {object}");
    }
    if more > 0 {
        println!("    and {more} more");
    }
}
