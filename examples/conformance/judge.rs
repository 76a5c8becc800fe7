//! Renders one picture with the engine, and judges the result.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use image::{ImageReader, RgbaImage};
use s3_thumbnailer::causes::causes;
use s3_thumbnailer::engine::{Engine, RenderError, Renderer as _};
use thumbnail::{
    EncodedFormat, FormatChoice, Output, Recipe, Rendering, SourceFormat, Thumbnail, ThumbnailError,
};

use crate::Failure;
use crate::compare::{Difference, compare};
use crate::manifest::{Exception, Expected, Verdict};
use crate::report::{Outcome, Picture};

/// The formats of every picture's thumbnails. The first is lossless, and is compared with the
/// reference; the others must have its size, and be readable files.
const FORMATS: [FormatChoice; 7] = [
    FormatChoice::Png,
    FormatChoice::Source,
    FormatChoice::Auto,
    FormatChoice::Jpeg,
    FormatChoice::WebP,
    FormatChoice::WebPLossless,
    FormatChoice::Avif,
];

/// The box that pictures are fitted into, in pixels.
const SIDE: u32 = 256;

/// The thumbnails that are made of each picture.
pub(crate) fn recipe() -> Recipe {
    let outputs = FORMATS.map(|format| Output { format, ..Output::inside(SIDE, SIDE) });
    Recipe::of(outputs.to_vec())
}

/// The corpus that is read, and the folder that results are written to.
pub(crate) struct Folders {
    pub(crate) corpus: PathBuf,
    pub(crate) out: PathBuf,
}

impl Folders {
    fn source(&self, file: &str) -> PathBuf {
        self.corpus.join("images").join(file)
    }

    fn reference(&self, file: &str) -> PathBuf {
        self.corpus.join("reference").join(format!("{file}.png"))
    }

    /// Writes one of the pictures that the page shows side by side.
    fn write(&self, kind: &str, file: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.out.join(kind).join(format!("{file}.png"));
        fs::create_dir_all(path.parent().unwrap_or(&self.out))?;
        Ok(fs::write(path, bytes)?)
    }
}

/// Renders a picture and judges the result. Fails only if the corpus cannot be read or the results
/// cannot be written.
pub(crate) async fn judge(
    expected: &Expected,
    exception: Option<&Exception>,
    folders: &Folders,
    engine: &Engine,
    recipe: &Arc<Recipe>,
) -> Result<Picture, Failure> {
    let file = &expected.file;
    let path = folders.source(file);
    let source = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let exception = exception.filter(|exception| exception.is_for(&source));
    let format = SourceFormat::from_first_bytes(&source);
    let mut picture = Picture::new(expected, name(format, &path));
    let begun = Instant::now();
    let rendered = engine.render(source, recipe).await;
    picture.milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    match rendered {
        Ok(rendering) => {
            let is_light = matches!(format, Some(SourceFormat::Hdr | SourceFormat::Exr));
            let allowed = expected.tolerance(is_light);
            judge_rendering(&mut picture, expected, &rendering, allowed, folders)?;
        }
        Err(RenderError::Panicked(message)) => picture.end(Outcome::Crashed, message),
        Err(error) => {
            // A failure that is not the picture's fault does not count as a refusal.
            let is_ours = matches!(
                error,
                RenderError::Picture(
                    ThumbnailError::Resizing { .. } | ThumbnailError::Encoding { .. }
                )
            );
            let is_wrong = is_ours || expected.verdict == Verdict::Thumbnail;
            picture.end(if is_wrong { Outcome::Wrong } else { Outcome::Refused }, chain(&error));
        }
    }
    if let Some(exception) = exception {
        except(&mut picture, exception);
    }
    Ok(picture)
}

/// The name of a picture's format: its extension if the engine does not know it.
fn name(format: Option<SourceFormat>, path: &Path) -> String {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match (format, extension) {
        (Some(format), _) => format.name().to_owned(),
        (None, Some(extension)) => format!(".{}", extension.to_ascii_lowercase()),
        (None, None) => "unknown".to_owned(),
    }
}

fn judge_rendering(
    picture: &mut Picture,
    expected: &Expected,
    rendering: &Rendering,
    allowed: f64,
    folders: &Folders,
) -> Result<(), Failure> {
    let Some((lossless, others)) = rendering.thumbnails.split_first() else {
        return Err("the engine made no thumbnail and gave no reason".into());
    };
    let size = (lossless.width, lossless.height);
    picture.size = Some(size);
    folders.write("ours", &expected.file, &lossless.bytes)?;
    if expected.verdict == Verdict::Reject {
        picture.end(Outcome::Wrong, "became a thumbnail, but must be refused".to_owned());
        return Ok(());
    }
    let problem = others.iter().find_map(|other| unreadable(other, size));
    if let Some(problem) = problem.or_else(|| missized(size, expected.size)) {
        picture.end(Outcome::Wrong, problem);
        return Ok(());
    }
    let reference = folders.reference(&expected.file);
    if !reference.exists() {
        return Ok(());
    }
    let ours = image::load_from_memory(&lossless.bytes)?.to_rgba8();
    let theirs = open(&reference)?;
    if let Some(problem) = missized(size, Some(theirs.dimensions())) {
        picture.end(Outcome::Wrong, problem);
        return Ok(());
    }
    let Difference { mean, amplified } = compare(&ours, &theirs);
    folders.write("reference", &expected.file, &fs::read(&reference)?)?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    amplified.write_to(&mut bytes, image::ImageFormat::Png)?;
    folders.write("difference", &expected.file, bytes.get_ref())?;
    (picture.difference, picture.allowed) = (Some(mean), Some(allowed));
    if mean > allowed {
        picture.end(Outcome::Wrong, format!("differs by {mean:.2} from its reference"));
    }
    Ok(())
}

/// What is wrong with one of the thumbnails that are not compared.
fn unreadable(thumbnail: &Thumbnail, size: (u32, u32)) -> Option<String> {
    let Thumbnail { width, height, format, bytes } = thumbnail;
    let read = match format {
        // The code below cannot read AVIF. All but its encoding is tested with the others.
        EncodedFormat::Avif => (*width, *height),
        _ => match image::load_from_memory(bytes) {
            Ok(read) => (read.width(), read.height()),
            Err(error) => return Some(format!("its {} cannot be read: {error}", format.name())),
        },
    };
    let (width, height) = read;
    (read != size).then(|| {
        format!("its {} is {width} x {height}, its png {} x {}", format.name(), size.0, size.1)
    })
}

fn missized((width, height): (u32, u32), wanted: Option<(u32, u32)>) -> Option<String> {
    let (wide, high) = wanted?;
    (width.abs_diff(wide) > 1 || height.abs_diff(high) > 1)
        .then(|| format!("is {width} x {height}, but must be {wide} x {high}"))
}

fn open(path: &Path) -> Result<RgbaImage, Failure> {
    let decoded = ImageReader::open(path)?.with_guessed_format()?.decode();
    Ok(decoded.map_err(|error| format!("{}: {error}", path.display()))?.to_rgba8())
}

/// Applies an exception: a picture that is wrong in the excepted way passes, and no other.
fn except(picture: &mut Picture, exception: &Exception) {
    let reason = &exception.reason;
    let is_as_excepted = match exception.difference {
        Some(allowed) => picture.difference.is_some_and(|difference| difference <= allowed),
        None => picture.size.is_none(),
    };
    match picture.outcome {
        // The picture was refused, as it may be, so there is nothing to compare.
        Outcome::Refused if exception.difference.is_some() => {}
        Outcome::Right | Outcome::Refused => {
            let problem = format!("is right, so its exception can go: {reason}");
            picture.end(Outcome::Wrong, problem);
        }
        Outcome::Wrong if is_as_excepted => {
            let problem = picture.reason.take().unwrap_or_default();
            picture.end(Outcome::Excepted, format!("{problem}; {reason}"));
        }
        _ => {}
    }
}

/// An error with its causes, on one line even if a decoder's error has several.
fn chain(error: &dyn Error) -> String {
    causes(error).split_whitespace().collect::<Vec<_>>().join(" ")
}
