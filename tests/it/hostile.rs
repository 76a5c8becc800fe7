//! Hostile files, through the engine: each is refused, or rendered in every output format, and the
//! memory budget is never exceeded. `examples/hostile` measures their time and memory on whole
//! processes.

use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use pictures::hostile::{Hostile, hostile_set, mutations, seeds};
use s3_thumbnailer::engine::{Engine, RenderError, Renderer};
use s3_thumbnailer::memory_budget::MemoryBudget;
use thumbnail::{FormatChoice, Limits, Output, Recipe, ThumbnailError, memory_to_render, render};

/// Small enough for every picture that passes to be decoded quickly.
const LIMITS: Limits = Limits { max_pixels: 1_000_000 };

/// How many files are rendered at the same time.
const AT_ONCE: usize = 2;

/// Every format, still and animated, and so small that encoding takes little time.
fn outputs() -> impl Iterator<Item = Output> {
    let output = |format, animated| Output { format, animated, ..Output::inside(16, 16) };
    FormatChoice::ALL
        .into_iter()
        .flat_map(move |format| [false, true].map(|moves| output(format, moves)))
}

fn recipe(outputs: impl Iterator<Item = Output>) -> Recipe {
    let outputs = [Output::inside(64, 64)].into_iter().chain(outputs).collect();
    Recipe { placeholders: true, ..Recipe::of(outputs) }
}

#[tokio::test]
async fn every_hostile_file_is_refused_or_rendered() {
    // Nothing here runs against a clock: an hour means never.
    let engine =
        Engine::new(LIMITS, AT_ONCE, MemoryBudget::new(200_000_000), Duration::from_hours(1));
    let recipe = Arc::new(recipe(outputs()));
    let (mut refused, mut rendered) = (0, 0);
    let outcomes = stream::iter(hostile_set()).map(async |Hostile { name, bytes }| {
        let outcome = engine.render(bytes.clone(), &recipe).await;
        (name, outcome)
    });
    let mut outcomes = pin!(outcomes.buffer_unordered(AT_ONCE));
    while let Some((name, outcome)) = outcomes.next().await {
        match outcome {
            Ok(_) => rendered += 1,
            Err(RenderError::Picture(error @ ThumbnailError::DecoderFailed { .. })) => {
                panic!("{name}: {error:?}");
            }
            Err(RenderError::Picture(_) | RenderError::Memory(_)) => refused += 1,
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
    assert!(refused > 250, "{refused}");
    assert!(rendered > 30, "{rendered}");
}

/// Renders `bytes` as the engine would, each case in the next format, and returns whether that gave
/// a thumbnail. A panic fails the test, and so does a failure that is not the picture's fault.
fn outcome(name: &str, bytes: &[u8], case: usize) -> bool {
    let recipe = recipe(outputs().skip(case % outputs().count()).take(1));
    let rendered = catch_unwind(|| {
        memory_to_render(bytes, &recipe, &LIMITS)
            .and_then(|_| render(bytes, &recipe, &LIMITS))
            .map(drop)
    });
    let Ok(rendered) = rendered else {
        panic!("{name}: a decoder panicked on {} bytes", bytes.len());
    };
    if let Err(error) = &rendered {
        let is_ours = matches!(error.reason(), "resizing" | "encoding" | "decoder_failed");
        assert!(!is_ours, "{name}: {error:?}");
    }
    rendered.is_ok()
}

#[test]
fn every_part_of_a_small_picture_is_refused_or_rendered() {
    let (mut cases, mut rendered) = (0, 0);
    for (name, bytes) in seeds() {
        let step = bytes.len().div_ceil(150);
        for length in (0..bytes.len()).step_by(step) {
            rendered += usize::from(outcome(name, &bytes[..length], cases));
            cases += 1;
        }
    }
    assert!(cases > 2500, "{cases}");
    assert!(rendered < cases / 20, "{rendered} of {cases}");
}

#[test]
fn every_mutation_of_a_small_picture_is_refused_or_rendered() {
    let (mut cases, mut rendered) = (0, 0);
    for (name, bytes) in seeds() {
        for mutation in mutations(1, &bytes, 200) {
            rendered += usize::from(outcome(name, &mutation, cases));
            cases += 1;
        }
    }
    assert!(cases >= 20 * 200, "{cases}");
    assert!(rendered > cases / 20, "{rendered} of {cases}");
}

#[test]
fn mutations_are_the_same_for_the_same_seed() {
    let (_, picture) = seeds().remove(0);
    let some = |seed| mutations(seed, &picture, 20).collect::<Vec<_>>();
    assert_eq!(some(7), some(7));
    assert_ne!(some(7), some(8));
    assert!(some(7).iter().filter(|mutation| **mutation != picture).count() > 15);
}
