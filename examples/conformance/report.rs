//! The results of all pictures: counted by format, in `report.json`, and in the terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::manifest::{Expected, Verdict};

/// How a picture's judgement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A decoder panicked.
    Crashed,
    /// Not as it must be, without an exception.
    Wrong,
    /// Not as it must be, with an exception.
    Excepted,
    /// A thumbnail as it must be.
    Right,
    /// Refused with a reason, as it may be.
    Refused,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crashed => "crashed",
            Self::Wrong => "wrong",
            Self::Excepted => "excepted",
            Self::Right => "right",
            Self::Refused => "refused",
        }
    }
}

/// The result of one picture.
#[derive(Serialize)]
pub(crate) struct Picture {
    pub(crate) file: String,
    pub(crate) format: String,
    pub(crate) verdict: Verdict,
    pub(crate) outcome: Outcome,
    /// Why, unless it is right.
    pub(crate) reason: Option<String>,
    /// The thumbnail's width and height in pixels.
    pub(crate) size: Option<(u32, u32)>,
    /// The mean difference of 8-bit channels from the reference, where there is one.
    pub(crate) difference: Option<f64>,
    /// The largest difference allowed.
    pub(crate) allowed: Option<f64>,
    pub(crate) milliseconds: f64,
}

impl Picture {
    /// A picture that is right until something is found wrong.
    pub(crate) fn new(expected: &Expected, format: String) -> Self {
        Self {
            file: expected.file.clone(),
            format,
            verdict: expected.verdict,
            outcome: Outcome::Right,
            reason: None,
            size: None,
            difference: None,
            allowed: None,
            milliseconds: 0.0,
        }
    }

    pub(crate) fn end(&mut self, outcome: Outcome, reason: String) {
        (self.outcome, self.reason) = (outcome, Some(reason));
    }

    /// The difference, as a share of the largest allowed.
    pub(crate) fn strain(&self) -> f64 {
        self.difference.zip(self.allowed).map_or(0.0, |(difference, allowed)| difference / allowed)
    }
}

#[derive(Serialize)]
pub(crate) struct Report {
    corpus: String,
    pub(crate) formats: BTreeMap<String, Counts>,
    /// The worst first.
    pub(crate) pictures: Vec<Picture>,
}

/// The results of the pictures of one format.
#[derive(Default, Clone, Copy, Serialize)]
pub(crate) struct Counts {
    pub(crate) right: usize,
    pub(crate) refused: usize,
    pub(crate) excepted: usize,
    pub(crate) wrong: usize,
    pub(crate) crashed: usize,
    /// The largest difference of those that are right.
    pub(crate) largest: f64,
}

impl Counts {
    fn add(&mut self, picture: &Picture) {
        let count = match picture.outcome {
            Outcome::Right => &mut self.right,
            Outcome::Refused => &mut self.refused,
            Outcome::Excepted => &mut self.excepted,
            Outcome::Wrong => &mut self.wrong,
            Outcome::Crashed => &mut self.crashed,
        };
        *count += 1;
        if picture.outcome == Outcome::Right {
            self.largest = self.largest.max(picture.difference.unwrap_or_default());
        }
    }
}

impl Report {
    pub(crate) fn new(corpus: String, mut pictures: Vec<Picture>) -> Self {
        pictures.sort_by(|one, other| {
            let by_strain = || other.strain().total_cmp(&one.strain());
            one.outcome.cmp(&other.outcome).then_with(by_strain).then(one.file.cmp(&other.file))
        });
        let mut formats: BTreeMap<String, Counts> = BTreeMap::new();
        for picture in &pictures {
            formats.entry(picture.format.clone()).or_default().add(picture);
        }
        Self { corpus, formats, pictures }
    }

    /// All formats together.
    pub(crate) fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.pictures.iter().for_each(|picture| total.add(picture));
        total
    }

    /// Whether nothing is wrong, and at least one picture is right.
    pub(crate) fn is_good(&self) -> bool {
        let Counts { right, wrong, crashed, .. } = self.total();
        right > 0 && wrong + crashed == 0
    }

    /// The table by format, and every picture that is not simply right.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "\n  {:<12}{:>9}{:>9}{:>9}{:>9}{:>9}{:>20}\n",
            "", "right", "refused", "excepted", "wrong", "crashed", "largest difference"
        );
        let total = ("all".to_owned(), self.total());
        for (format, counts) in self.formats.iter().map(|(f, c)| (f.clone(), *c)).chain([total]) {
            let Counts { right, refused, excepted, wrong, crashed, largest } = counts;
            let _ = writeln!(
                text,
                "  {format:<12}{right:>9}{refused:>9}{excepted:>9}{wrong:>9}{crashed:>9}{largest:>20.2}"
            );
        }
        let mut last = Outcome::Right;
        for picture in self.pictures.iter().filter(|picture| picture.outcome != Outcome::Right) {
            if picture.outcome != last {
                let _ = write!(text, "\n  {}\n", picture.outcome.name());
                last = picture.outcome;
            }
            let reason = picture.reason.as_deref().unwrap_or_default();
            let _ = writeln!(text, "    {}: {reason}", picture.file);
        }
        text
    }
}
