//! The recipes that files are rendered by: each output format alone, still and animated, and all of
//! them at once. It renders nothing.

use thumbnail::{FormatChoice, OnDamaged, Output, Recipe};

/// What is asked of one file.
pub(crate) struct Asked {
    /// In a word or two.
    pub(crate) name: String,
    pub(crate) recipe: Recipe,
}

/// All recipes for files, the function's default first. The others are tried only if that succeeds,
/// because a file is refused before its first thumbnail is begun, whatever the recipe.
pub(crate) fn of_files() -> Vec<Asked> {
    let all = outputs(256);
    let alone = all.iter().map(|output| Asked { name: name(output), recipe: recipe([output]) });
    let together = Asked { name: "all at once".to_owned(), recipe: recipe(&all) };
    alone.chain([together]).collect()
}

/// The recipe for damaged copies: the default and every format at once, so small that encoding
/// takes little time.
pub(crate) fn of_mutations() -> Recipe {
    let recipe = recipe([Output::default()].iter().chain(&outputs(24)));
    Recipe { on_damaged: OnDamaged::Show, ..recipe }
}

/// Every format, and every animated format animated as well.
fn outputs(side: u32) -> Vec<Output> {
    let output = |format, animated| Output { format, animated, ..Output::inside(side, side) };
    let moves = |format: &FormatChoice| !matches!(format, FormatChoice::Jpeg | FormatChoice::Avif);
    let still = FormatChoice::ALL.into_iter().map(|format| output(format, false));
    let moving = FormatChoice::ALL.into_iter().filter(moves).map(|format| output(format, true));
    still.chain(moving).collect()
}

fn recipe<'a>(outputs: impl IntoIterator<Item = &'a Output>) -> Recipe {
    Recipe::of(outputs.into_iter().cloned().collect())
}

fn name(output: &Output) -> String {
    let moving = if output.animated { "moving " } else { "" };
    format!("{moving}{:?}", output.format)
}
