//! From a decoded picture to its thumbnails, step by step: the preview, the plans of animations,
//! the thumbnail that smaller ones are made from, the stills, the animations.

use std::mem;

use super::animation::Animation;
use super::animation::kind::Kind;
use super::color::gamut;
use super::decode::picture::Picture;
use super::encode;
use super::encode::notes::Notes;
use super::error::ThumbnailError;
use super::geometry::{Plan, Size};
use super::job::Job;
use super::placeholder::Placeholders;
use super::raster::Srgb;
use super::rendering::{Rendering, Thumbnail};
use super::shape;
use super::spec::{Gamut, Output};
use super::verbatim;

/// Makes every thumbnail of a decoded picture.
pub(super) fn render(picture: Picture, job: &Job<'_>) -> Result<Rendering, ThumbnailError> {
    let mut work = Work::new(picture, job);
    work.make_preview()?;
    work.plan_animations()?;
    work.make_step()?;
    work.make_stills()?;
    work.make_animations()?;
    Ok(work.finish())
}

/// A picture on its way to thumbnails.
struct Work<'a> {
    job: &'a Job<'a>,
    stored: Size,
    /// The decoded picture, or a smaller one if that is enough for the thumbnails still to be made.
    picture: Picture,
    /// A small copy, if anything needs one.
    preview: Option<Srgb>,
    /// For each output, how it is animated, if it is.
    animations: Vec<Option<Motion<'a>>>,
    /// The largest thumbnail that shows the whole picture, if smaller ones are made from it.
    step: Option<Picture>,
    /// The finished thumbnails, one for each output.
    thumbnails: Vec<Option<Thumbnail>>,
}

/// How one thumbnail is animated.
struct Motion<'a> {
    animation: Animation<'a>,
    plan: Plan,
    kind: Kind,
    size: Size,
}

impl<'a> Work<'a> {
    fn new(picture: Picture, job: &'a Job<'a>) -> Self {
        Self {
            job,
            stored: picture.stored(),
            picture,
            preview: None,
            animations: Vec::new(),
            step: None,
            thumbnails: job.recipe.outputs.iter().map(|_| None).collect(),
        }
    }

    /// Makes the preview, if anything needs one.
    fn make_preview(&mut self) -> Result<(), ThumbnailError> {
        self.preview = shape::preview(&mut self.picture, self.job.recipe)?;
        Ok(())
    }

    /// Decides which thumbnails are animated. This is planned before the first frame replaces the
    /// picture.
    fn plan_animations(&mut self) -> Result<(), ThumbnailError> {
        let outputs = self.job.recipe.outputs.iter();
        self.animations = outputs.map(|output| self.motion(output)).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// How a thumbnail is animated. `None` unless its output asks for it, its format has
    /// animations, and the source is an animation.
    fn motion(&mut self, output: &Output) -> Result<Option<Motion<'a>>, ThumbnailError> {
        if !output.animated {
            return Ok(None);
        }
        let Some(animation) = Animation::find(self.job.file) else { return Ok(None) };
        let plan = shape::plan(&self.picture, output, self.preview.as_ref());
        let first = shape::shape(&mut self.picture, &plan, output, Gamut::Srgb)?;
        let Some(kind) = animation.kind(output, &first) else { return Ok(None) };
        let size = (first.width, first.height);
        let (width, height) = self.stored;
        animation.check((width.max(size.0), height.max(size.1)))?;
        let animation = animation.whole()?;
        Ok(animation.map(|animation| Motion { animation, plan, kind, size }))
    }

    /// Makes the largest thumbnail that shows the whole picture, if that saves work for smaller
    /// ones. It replaces the picture if all others can be made from it.
    fn make_step(&mut self) -> Result<(), ThumbnailError> {
        self.step = shape::steps(&mut self.picture, self.job.recipe)?;
        if self.animations.iter().all(Option::is_none)
            && let Some(step) = self.step.take_if(|step| shape::is_enough(step, self.job.recipe))
        {
            self.picture = step;
        }
        Ok(())
    }

    /// Makes the thumbnails that are not animated, the largest last: it may use up the picture.
    fn make_stills(&mut self) -> Result<(), ThumbnailError> {
        let outputs = self.job.recipe.outputs.iter().zip(&self.animations).enumerate();
        let stills = outputs.filter(|(_, (_, motion))| motion.is_none());
        let mut stills: Vec<_> = stills.map(|(index, (output, _))| (index, output)).collect();
        stills.sort_by_key(|(_, output)| shape::pixels(&self.picture, output));
        let is_used_up = self.step.is_none() && stills.len() == self.animations.len();
        let last = if is_used_up { stills.pop() } else { None };
        for (index, output) in stills {
            let picture = shape::step_for(self.step.as_mut(), &mut self.picture, output);
            let small = shape::shape_for(picture, output, self.preview.as_ref())?;
            let still = still(picture, small, output, self.job)?;
            self.put(index, still);
        }
        if let Some((index, output)) = last {
            let small = shape::shape_last(&mut self.picture, output, self.preview.as_ref())?;
            let still = still(&self.picture, small, output, self.job)?;
            self.put(index, still);
        }
        Ok(())
    }

    /// Makes the thumbnails that are animated, frame by frame.
    fn make_animations(&mut self) -> Result<(), ThumbnailError> {
        let animations = mem::take(&mut self.animations);
        for (index, (output, motion)) in self.job.recipe.outputs.iter().zip(animations).enumerate()
        {
            if let Some(Motion { animation, plan, kind, size: (width, height) }) = motion {
                let notes = self.job.notes(output, Gamut::Srgb);
                let (format, bytes) =
                    animation.write(&mut self.picture, &plan, output, kind, &notes)?;
                self.put(index, Thumbnail { width, height, format, bytes });
            }
        }
        Ok(())
    }

    fn put(&mut self, index: usize, thumbnail: Thumbnail) {
        if let Some(place) = self.thumbnails.get_mut(index) {
            *place = Some(thumbnail);
        }
    }

    /// Collects the thumbnails, and computes the placeholders if they are asked for.
    fn finish(self) -> Rendering {
        let preview = self.preview.as_ref().filter(|_| self.job.recipe.placeholders);
        Rendering {
            source_format: self.job.file.format,
            source_width: self.stored.0,
            source_height: self.stored.1,
            thumbnails: self.thumbnails.into_iter().flatten().collect(),
            placeholders: preview.map(Placeholders::of),
            damaged: None,
        }
    }
}

/// Encodes the pixels of one thumbnail that is not animated.
fn still(
    picture: &Picture,
    (plan, small): (Plan, Srgb),
    output: &Output,
    job: &Job<'_>,
) -> Result<Thumbnail, ThumbnailError> {
    let format = job.file.format;
    let gamut = shape::gamut(picture, output);
    let is_transparent = picture.is_transparent || small.channels.has_alpha();
    let encoding = encode::encoding_for(output.format, format, is_transparent, &small);
    let notes = job.notes(output, gamut);
    let (width, height) = (small.width, small.height);
    let background = gamut::background(output.background, gamut);
    let (encoded, bytes) = encode::encode(small, encoding, output, background, &notes)?;
    let is_same_picture = shape::is_untouched(picture, &plan, output, format)
        && !job.file.is_damaged
        && encoded.name() == format.name()
        && notes == Notes::default();
    let bytes = if is_same_picture { smallest(bytes, output, job) } else { bytes };
    Ok(Thumbnail { width, height, format: encoded, bytes })
}

/// The smaller of two files with the same pixels: the encoded one, or a verbatim copy of the
/// source's coded picture.
fn smallest(encoded: Vec<u8>, output: &Output, job: &Job<'_>) -> Vec<u8> {
    if encoded.len() <= job.file.source.len() {
        return encoded;
    }
    verbatim::copy(job.file.source, job.file.format, output).unwrap_or(encoded)
}
