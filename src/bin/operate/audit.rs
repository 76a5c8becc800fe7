//! Compares what should be there with what is: pictures without all of their thumbnails, and
//! thumbnails without a picture. Only keys are compared; the function finds out whether a thumbnail
//! is up to date when it looks at its picture's key.

use std::collections::HashSet;

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
    /// Thumbnails of pictures that are gone, each with its picture's address if that is known.
    pub(crate) orphans: Vec<(ObjectRef, Option<ObjectRef>)>,
}

impl Findings {
    /// The keys that the function must look at to repair what was found.
    pub(crate) fn to_look_at(&self) -> Vec<ObjectRef> {
        let gone: HashSet<&ObjectRef> =
            self.orphans.iter().filter_map(|(_, source)| source.as_ref()).collect();
        let mut gone: Vec<&ObjectRef> = gone.into_iter().collect();
        gone.sort();
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
    let orphans = thumbnails.into_iter().map(|orphan| {
        let source = source_of(layout, bucket, &orphan);
        (orphan, source)
    });
    findings.orphans = orphans.collect();
    findings.orphans.sort();
    findings
}

/// The picture of a thumbnail: tries each piece of the thumbnail's path, from a slash to a dot or
/// the end. `None` if no piece is the path of a picture for which the layout makes this thumbnail.
fn source_of(layout: &Layout, bucket: &str, thumbnail: &ObjectRef) -> Option<ObjectRef> {
    let path = thumbnail.key.strip_prefix(layout.thumbnail_prefix())?;
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    let ends = || std::iter::once(path.len()).chain(path.match_indices('.').map(|(at, _)| at));
    let pieces = starts.flat_map(|start| ends().filter_map(move |end| path.get(start..end)));
    pieces.map(|piece| ObjectRef::new(bucket, format!("{}{piece}", layout.source_prefix()))).find(
        |source| match layout.role(source) {
            Role::Source { thumbnails, manifest, .. } => {
                thumbnails.contains(thumbnail) || manifest.as_ref() == Some(thumbnail)
            }
            Role::Excluded(_) => false,
        },
    )
}

pub(crate) fn print(findings: &Findings) {
    let Findings { pictures, thumbnails, incomplete, orphans } = findings;
    println!("{}, {}", counted(*pictures, "picture"), counted(*thumbnails, "thumbnail"));
    println!("{} with thumbnails missing", counted(incomplete.len(), "picture"));
    for picture in incomplete.iter().take(SHOWN) {
        println!("    {picture}");
    }
    if incomplete.len() > SHOWN {
        println!("    and {} more", incomplete.len() - SHOWN);
    }
    println!("{} without a picture", counted(orphans.len(), "thumbnail"));
    for (orphan, _) in orphans.iter().take(SHOWN) {
        println!("    {orphan}");
    }
    if orphans.len() > SHOWN {
        println!("    and {} more", orphans.len() - SHOWN);
    }
    let lost = orphans.iter().filter(|(_, source)| source.is_none()).count();
    if lost > 0 {
        println!(
            "the keys of {lost} of these do not tell which picture they belong to: remove them by hand"
        );
    }
}
