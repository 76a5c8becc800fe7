//! Any bytes at all, as a picture: whatever they are, they are refused or rendered. The limits are so
//! small that only a defect can take much time or memory.
//!
//! What begins as a format's file stays one: each format is fuzzed for itself, from a folder of its own.
#![no_main]

use std::cell::RefCell;
use std::panic::{catch_unwind, set_hook};
use std::process::abort;
use std::sync::Once;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use thumbnail::{
    Limits, OnDamaged, Output, Recipe, SourceFormat, ThumbnailError, memory_to_render, render,
};

const LIMITS: Limits = Limits { max_pixels: 1 << 18 };

/// The most memory that a picture is given, in bytes. What needs more by its own account is not
/// begun, as in the engine.
const BUDGET: u64 = 64 << 20;

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

fuzz_target!(|source: &[u8]| {
    static HOOK: Once = Once::new();
    // The fuzzer's own hook would end the process before anything can be caught.
    HOOK.call_once(|| {
        set_hook(Box::new(|panic| LAST_PANIC.with_borrow_mut(|last| *last = panic.to_string())));
    });
    LAST_PANIC.take();
    let has_ended = catch_unwind(|| run(source)).is_ok();
    let last = LAST_PANIC.take();
    // The engine contains most panics, and a fuzzer is there to find them.
    if !has_ended || !last.is_empty() {
        eprintln!("{last}");
        abort();
    }
});

// Mutations would mostly break the signature, and mutating into another format's is next to impossible:
// where the signature broke, the one that was there is put back.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, _seed: u32| {
    let signature = signature(data.get(..size).unwrap_or_default());
    let size = fuzzer_mutate(data, size, max_size);
    let Some((format, signature)) = signature else { return size };
    let mutated = data.get(..size).unwrap_or_default();
    if SourceFormat::from_first_bytes(mutated) == Some(format) || signature.len() > max_size {
        return size;
    }
    if let Some(start) = data.get_mut(..signature.len()) {
        start.copy_from_slice(&signature);
    }
    size.max(signature.len())
});

/// The format of a file, and as few of its first bytes as it is recognised by.
fn signature(file: &[u8]) -> Option<(SourceFormat, Vec<u8>)> {
    let format = SourceFormat::from_first_bytes(file)?;
    let starts = (0..=file.len()).filter_map(|length| file.get(..length));
    let signature = starts.into_iter().find(|start| SourceFormat::from_first_bytes(start) == Some(format))?;
    Some((format, signature.to_vec()))
}

fn run(source: &[u8]) {
    let moving = Output { animated: true, ..Output::inside(32, 32) };
    // Half of the pictures are shown though they are damaged.
    let on_damaged = if source.len() % 2 == 0 { OnDamaged::Reject } else { OnDamaged::Show };
    let outputs = vec![moving, Output::inside(500, 500)];
    let recipe = Recipe { on_damaged, ..Recipe::of(outputs) };
    let told = memory_to_render(source, &recipe, &LIMITS);
    if told.as_ref().is_ok_and(|&needed| needed > BUDGET) {
        return;
    }
    let rendered = render(source, &recipe, &LIMITS);
    match (&told, &rendered) {
        (Err(told), Err(refused)) => assert_eq!(told.reason(), refused.reason()),
        (Err(told), Ok(_)) => panic!("rendered, although the header was refused: {told}"),
        _ => {}
    }
    match rendered {
        Ok(rendering) => {
            for thumbnail in rendering.thumbnails {
                assert!(thumbnail.width > 0 && thumbnail.width <= 500);
                assert!(thumbnail.height > 0 && thumbnail.height <= 500);
                assert!(!thumbnail.bytes.is_empty());
            }
        }
        Err(error @ (ThumbnailError::Resizing { .. } | ThumbnailError::Encoding { .. })) => {
            panic!("a picture is blamed on us: {error:?}")
        }
        Err(_) => {}
    }
}
