//! The engine around the picture core: panics, memory and time, on real pictures.

use std::sync::Arc;
use std::time::Duration;

use s3_thumbnailer::config::Config;
use s3_thumbnailer::engine::{Engine, RenderError, Renderer as _};
use s3_thumbnailer::memory::{Budget, BudgetError};
use s3_thumbnailer::thumbnail::{Output, Recipe, render};
use support::pictures::{photo_jpeg, photo_webp};

const MIB: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_mins(1);

fn engine(memory: u64, patience: Duration) -> Engine {
    let config = Config::from_lookup(|_| None).unwrap();
    Engine::new(config.limits, 2, Budget::new(memory), patience)
}

fn recipe() -> Arc<Recipe> {
    Arc::new(Recipe { outputs: vec![Output::default()], placeholders: false })
}

#[tokio::test]
async fn a_decoder_that_panics_is_an_error_and_the_next_picture_is_rendered() {
    // No decoder is known to panic; the next version of one may.
    let engine = engine(512 * MIB, PATIENCE).with_core(|source, recipe, limits| {
        assert!(!source.ends_with(b"PANIC"), "as asked");
        render(source, recipe, limits)
    });
    let picture = [photo_jpeg(64, 48, 1), b"PANIC".to_vec()].concat();
    let error = engine.render(picture, &recipe()).await.unwrap_err();
    assert!(matches!(error, RenderError::Panicked(_)), "{error:?}");
    assert_eq!(engine.render(photo_jpeg(64, 48, 1), &recipe()).await.unwrap().source_width, 64);
}

#[tokio::test]
async fn a_picture_is_admitted_by_its_header_and_not_by_its_files_size() {
    // 3 megapixels, of some hundred kilobytes, in a format that is decoded whole.
    let picture = photo_webp(2000, 1500, 1);
    assert!(picture.len() < 1 << 20);
    let error = engine(8 * MIB, PATIENCE).render(picture.clone(), &recipe()).await.unwrap_err();
    let RenderError::Memory(BudgetError::TooMuch { needed, total }) = error else {
        panic!("{error:?}")
    };
    assert!(needed >= 3 * 2000 * 1500, "{needed}");
    assert_eq!(total, 8 * MIB);
    assert!(engine(256 * MIB, PATIENCE).render(picture, &recipe()).await.is_ok());
}

#[tokio::test]
async fn pictures_that_do_not_fit_together_are_all_rendered_one_after_another() {
    let picture = photo_webp(2000, 1500, 1);
    let engine = engine(40 * MIB, PATIENCE);
    let recipe = recipe();
    let all = (0..6).map(|_| engine.render(picture.clone(), &recipe));
    let rendered = futures_util::future::join_all(all).await;
    assert!(rendered.iter().all(Result::is_ok), "{rendered:?}");
}

#[tokio::test]
async fn rendering_that_takes_too_long_is_given_up() {
    let error = engine(512 * MIB, Duration::ZERO)
        .render(photo_jpeg(2000, 1500, 1), &recipe())
        .await
        .unwrap_err();
    assert!(matches!(error, RenderError::TooSlow { limit: Duration::ZERO }), "{error:?}");
}
