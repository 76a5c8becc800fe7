//! A thumbnail's metadata says which source bytes it was made from, and by which recipe. It shows
//! whether the thumbnail is up to date or must be made again.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::object::ObjectRef;
use crate::store::Head;
use thumbnail::Recipe;

/// Raise this whenever a change makes the same picture and recipe give other thumbnails. Existing
/// thumbnails are then made again the next time that their key is looked at.
const ENGINE_VERSION: u32 = 1;

const SOURCE_BUCKET: &str = "source-bucket";
const SOURCE_ETAG: &str = "source-etag";
const SOURCE_VERSION: &str = "source-version";
const RECIPE: &str = "recipe";
/// The name of the metadata that says why parts of the picture are missing from the thumbnail.
pub const DAMAGED: &str = "damaged";

/// The name of a recipe. Recipes that give different thumbnails have different names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeId(String);

impl RecipeId {
    /// The name of `recipe` whose thumbnails are served with `cache_control`.
    #[must_use]
    pub fn new(recipe: &Recipe, cache_control: &str) -> Self {
        let digest = Sha256::digest(format!("{ENGINE_VERSION}\n{cache_control:?}\n{recipe:?}"));
        let hex = digest.iter().take(8).fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self(hex)
    }
}

/// The metadata for a thumbnail of `source`, which `head` describes.
#[must_use]
pub fn metadata(source: &ObjectRef, head: &Head, recipe: &RecipeId) -> HashMap<String, String> {
    let version = head.version.as_ref().map(|version| (SOURCE_VERSION, version));
    [(SOURCE_BUCKET, &source.bucket), (SOURCE_ETAG, &head.etag), (RECIPE, &recipe.0)]
        .into_iter()
        .chain(version)
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

/// Whether `object` says that it was made of a picture in `source_bucket`.
#[must_use]
pub fn is_ours(object: &Head, source_bucket: &str) -> bool {
    says(object, SOURCE_BUCKET) == Some(source_bucket)
        && says(object, SOURCE_ETAG).is_some()
        && says(object, RECIPE).is_some()
}

fn says<'a>(object: &'a Head, name: &str) -> Option<&'a str> {
    object.metadata.get(name).map(String::as_str)
}

/// How a thumbnail in the store compares with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Made from the source's present bytes by the present recipe.
    UpToDate,
    /// Made from the source's present bytes, but by another recipe.
    OtherRecipe,
    /// Made from bytes that the source no longer holds, from a picture that lay elsewhere before
    /// both were copied, or without our metadata.
    Stale,
    /// The thumbnail of a picture in another bucket that shares the bucket of thumbnails.
    Foreign,
}

/// Compares `thumbnail` with `source`, whose ETag is `etag` (`None` when the source is gone or
/// its ETag is not known). `shared` says that pictures of several buckets may have their thumbnails
/// in one; otherwise, a thumbnail that names another bucket was copied from there together with
/// its metadata.
#[must_use]
pub fn standing(
    thumbnail: &Head,
    source: &ObjectRef,
    etag: Option<&str>,
    recipe: &RecipeId,
    shared: bool,
) -> Standing {
    let says = |name| says(thumbnail, name);
    let is_of_another = says(SOURCE_BUCKET).is_some_and(|bucket| bucket != source.bucket);
    if is_of_another && shared {
        Standing::Foreign
    } else if is_of_another || etag.is_none() || says(SOURCE_ETAG) != etag {
        Standing::Stale
    } else if says(RECIPE) == Some(&recipe.0) {
        Standing::UpToDate
    } else {
        Standing::OtherRecipe
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thumbnail::{FormatChoice, OnDamaged, Output, Quality};

    fn recipe() -> Recipe {
        Recipe::of(vec![Output::default()])
    }

    #[test]
    fn whatever_changes_the_thumbnails_changes_the_recipes_name() {
        let name = |recipe: &Recipe| RecipeId::new(recipe, "max-age=60");
        let original = name(&recipe());
        assert_eq!(name(&recipe()), original);
        let mut changed = vec![RecipeId::new(&recipe(), "max-age=61")];
        let mut change = |edit: fn(&mut Recipe)| {
            let mut recipe = recipe();
            edit(&mut recipe);
            changed.push(name(&recipe));
        };
        change(|recipe| recipe.placeholders = true);
        change(|recipe| recipe.on_damaged = OnDamaged::Show);
        change(|recipe| recipe.outputs[0].format = FormatChoice::Png);
        change(|recipe| recipe.outputs[0].quality.jpeg = Quality::Set(81));
        change(|recipe| recipe.outputs[0].quality.webp = Quality::Auto);
        change(|recipe| recipe.outputs[0].width = 257);
        change(|recipe| recipe.outputs[0].height = 257);
        change(|recipe| recipe.outputs.push(recipe.outputs[0].clone()));
        assert_eq!(changed.len(), 9);
        assert!(changed.iter().all(|name| *name != original));
    }

    /// Another name would have every thumbnail made again by the next version.
    #[test]
    fn the_default_recipe_has_the_name_that_it_always_had() {
        assert_eq!(RecipeId::new(&recipe(), "public, max-age=3600").0, "9966e85cc9039b0e");
    }

    #[test]
    fn an_object_is_ours_only_if_it_names_the_bucket_the_bytes_and_the_recipe() {
        let source = ObjectRef::new("pictures", "images/a.jpg");
        let whole = metadata(&source, &Head::default(), &RecipeId::new(&recipe(), ""));
        let ours = |metadata| is_ours(&Head { metadata, ..Head::default() }, "pictures");
        assert!(ours(whole.clone()));
        for name in [SOURCE_BUCKET, SOURCE_ETAG, RECIPE] {
            let mut lacking = whole.clone();
            let value = lacking.remove(name).unwrap();
            assert!(!ours(lacking), "without {name}");
            assert!(!ours(HashMap::from([(name.to_owned(), value)])), "with {name} alone");
        }
        let elsewhere = ObjectRef::new("others", "images/a.jpg");
        assert!(!ours(metadata(&elsewhere, &Head::default(), &RecipeId::new(&recipe(), ""))));
    }

    #[test]
    fn a_thumbnail_is_right_only_for_the_bytes_and_the_recipe_it_was_made_from() {
        let source = ObjectRef::new("pictures", "images/a.jpg");
        let head = Head { etag: "e1".into(), version: Some("v1".into()), ..Head::default() };
        let id = RecipeId::new(&recipe(), "");
        let other = RecipeId::new(&recipe(), "other");
        let thumbnail = Head { metadata: metadata(&source, &head, &id), ..Head::default() };
        let elsewhere = ObjectRef::new("others", "images/a.jpg");
        let unknown = Head::default();

        let compare = |thumbnail: &Head, source: &ObjectRef, etag, id: &RecipeId| {
            let [alone, shared] =
                [false, true].map(|shared| standing(thumbnail, source, etag, id, shared));
            assert!(alone == shared || (alone, shared) == (Standing::Stale, Standing::Foreign));
            shared
        };
        assert_eq!(compare(&thumbnail, &source, Some("e1"), &id), Standing::UpToDate);
        assert_eq!(compare(&thumbnail, &source, Some("e1"), &other), Standing::OtherRecipe);
        assert_eq!(compare(&thumbnail, &source, Some("e2"), &id), Standing::Stale);
        assert_eq!(compare(&thumbnail, &source, None, &id), Standing::Stale);
        assert_eq!(compare(&thumbnail, &elsewhere, Some("e1"), &id), Standing::Foreign);
        assert_eq!(standing(&thumbnail, &elsewhere, Some("e1"), &id, false), Standing::Stale);
        assert_eq!(compare(&unknown, &source, None, &id), Standing::Stale);
    }
}
