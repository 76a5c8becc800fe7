//! Any text at all, as `THUMBNAIL_RULES`: refused, or taken. Where rules are taken, no two thumbnails
//! share a key, of all the names that can be made of a few characters and of those that follow the
//! rules in the input, each after a NUL.
#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::{ObjectRef, Role};

/// What keys are told apart by, and one character that means nothing.
const CHARACTERS: [char; 3] = ['/', '.', 'a'];

/// The longest names that are made of them.
const LONGEST: usize = 4;

fuzz_target!(|input: &str| {
    let mut parts = input.split('\0');
    let rules = parts.next().unwrap_or_default();
    let set = |name: &str| (name == "THUMBNAIL_RULES").then(|| rules.to_owned());
    let Ok(config) = Config::from_lookup(set) else { return };
    let mut taken = HashMap::new();
    for name in names().chain(parts.map(str::to_owned)) {
        let source = ObjectRef::new("pictures", format!("images/{name}"));
        let Role::Source { thumbnails, manifest, .. } = config.policy.layout.role(&source) else {
            continue;
        };
        for (place, object) in thumbnails.into_iter().chain(manifest).enumerate() {
            let owner = (source.key.clone(), place);
            if let Some(other) = taken.insert(object.key.clone(), owner.clone()) {
                assert_eq!(other, owner, "{} is made twice by {rules}", object.key);
            }
        }
    }
});

/// Every name of up to so many of these characters.
fn names() -> impl Iterator<Item = String> {
    let mut all = vec![String::new()];
    let mut shorter = 0;
    for _ in 0..LONGEST {
        let longer = all.get(shorter..).unwrap_or_default().iter().flat_map(|name| {
            CHARACTERS.map(|character| format!("{name}{character}"))
        });
        let longer: Vec<String> = longer.collect();
        shorter = all.len();
        all.extend(longer);
    }
    all.into_iter()
}
