//! Any bytes at all, as a picture: whatever they are, they are refused or rendered. The limits are so
//! small that only a defect can take much time or memory.
#![no_main]

use std::cell::RefCell;
use std::panic::{catch_unwind, set_hook};
use std::process::abort;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use s3_thumbnailer::thumbnail::{
    Limits, Output, Recipe, ThumbnailError, memory_to_render, render,
};

const LIMITS: Limits = Limits { max_pixels: 1 << 18 };

/// The most memory that a picture is given, in bytes. What needs more by its own account is not
/// begun, as in the engine.
const BUDGET: u64 = 64 << 20;

/// Panics of decoders that are known and not mended: a part of the file's path, and of what it says.
/// The engine catches any panic and rejects the picture, so these do no harm, and must not keep others
/// from being found.
const KNOWN_PANICS: &[(&str, &str)] = &[
    // tiff 0.11.3: planes of tiles that reach below the picture. `picture_that_panics` is one.
    ("/tiff-0.11.", "assertion failed: buf.len() >= layout.row_stride"),
    ("/tiff-0.11.", "assertion failed: layout.minimum_row_stride >= data_row_bytes"),
];

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

fuzz_target!(|source: &[u8]| {
    static HOOK: Once = Once::new();
    // The fuzzer's own hook would end the process before anything can be caught.
    HOOK.call_once(|| {
        set_hook(Box::new(|panic| LAST_PANIC.with_borrow_mut(|last| *last = panic.to_string())));
    });
    if catch_unwind(|| run(source)).is_err() {
        LAST_PANIC.with_borrow(|last| {
            if !KNOWN_PANICS.iter().any(|(file, says)| last.contains(file) && last.contains(says)) {
                eprintln!("{last}");
                abort();
            }
        });
    }
});

fn run(source: &[u8]) {
    let outputs = [32, 500].map(|side| Output::inside(side, side)).into();
    let recipe = Recipe { outputs, placeholders: false };
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
