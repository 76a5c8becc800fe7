//! Measures one case: times, bytes, scores and memory of every contestant.

use std::error::Error;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::looks::Original;
use super::opponent::Opponent;
use super::ours;
use super::pairs::{self, Repetitions};

/// What was measured of one contestant in one case. Times are medians.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Side {
    pub(crate) name: String,
    pub(crate) ms: f64,
    /// Our time as a share of its: the median of the ratios of all pairs.
    pub(crate) ratio: f64,
    /// Of all thumbnails together; `None` of who only decodes.
    pub(crate) bytes: Option<usize>,
    /// SSIMULACRA2 against what was resized as stored. Of several thumbnails, of the one that
    /// compares worst with sharp's.
    pub(crate) score: Option<f64>,
    /// The same in linear light.
    pub(crate) linear_score: Option<f64>,
    pub(crate) peak_mib: Option<f64>,
    /// Which of its ways was the fastest.
    pub(crate) way: String,
}

/// Everything about one case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) name: String,
    /// `make cost` reads it.
    pub(crate) ours_ms: f64,
    pub(crate) repetitions: usize,
    /// Ours is the first.
    pub(crate) sides: Vec<Side>,
    /// Who cannot do the case, and why.
    pub(crate) cannot: Vec<(String, String)>,
}

impl Figures {
    pub(crate) fn side(&self, name: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.name == name)
    }

    /// The fastest contestant but us.
    pub(crate) fn fastest(&self) -> Option<&Side> {
        self.sides.iter().skip(1).min_by(|one, other| one.ms.total_cmp(&other.ms))
    }
}

/// A contestant that can do the case, and what it made.
struct Contestant {
    side: Side,
    /// Its place among the opponents; none is us.
    opponent: Option<usize>,
    made: Vec<Vec<u8>>,
}

/// What the thumbnails of several cases are made of.
pub(crate) struct Source {
    pub(crate) bytes: Vec<u8>,
    /// `None` if nothing can be said of quality.
    pub(crate) original: Option<Original>,
}

/// Where files are: the cases as JSON, and a folder for what opponents write.
pub(crate) struct Files<'a> {
    pub(crate) cases: &'a Path,
    pub(crate) folder: &'a Path,
}

pub(crate) fn measure(
    case: &Case,
    source: &Source,
    opponents: &mut [Opponent],
    files: &Files<'_>,
    repetitions: Repetitions,
) -> Result<Figures, Box<dyn Error>> {
    let mut cannot = Vec::new();
    let mut contestants = vec![Contestant {
        side: Side { name: "ours".to_owned(), ..Side::default() },
        opponent: None,
        made: ours::thumbnails(case, &source.bytes)?,
    }];
    for (place, opponent) in opponents.iter_mut().enumerate() {
        for way in opponent.ways(case) {
            let gamma = if way == "gamma" { ", gamma" } else { "" };
            let name = format!("{}{gamma}", opponent.name);
            match opponent.thumbnails(case, &way, files.folder)? {
                Ok(made) => contestants.push(Contestant {
                    side: Side { name, way, ..Side::default() },
                    opponent: Some(place),
                    made,
                }),
                Err(why) => cannot.push((name, why)),
            }
        }
    }
    let times = pairs::times(contestants.len(), repetitions, |number| {
        let contestant = contestants.get(number).ok_or("no such contestant")?;
        match contestant.opponent.and_then(|place| opponents.get_mut(place)) {
            Some(opponent) => opponent.time(case, &contestant.side.way),
            None => ours::time(case, &source.bytes),
        }
    })?;
    let repetitions = times.first().map_or(0, Vec::len);
    for (contestant, own) in contestants.iter_mut().zip(&times) {
        contestant.side.ms = pairs::median(own.iter().copied());
        contestant.side.ratio = pairs::ratio(times.first().ok_or("no times")?, own);
    }
    // Of the ways of one name, the fastest counts.
    contestants.sort_by(|one, other| {
        one.opponent
            .cmp(&other.opponent)
            .then(one.side.name.cmp(&other.side.name))
            .then(one.side.ms.total_cmp(&other.side.ms))
    });
    contestants.dedup_by(|later, first| later.side.name == first.side.name);
    cannot.dedup_by(|later, first| later.0 == first.0);

    judge(&mut contestants, source.original.as_ref())?;
    for contestant in &mut contestants {
        contestant.side.peak_mib = match contestant.opponent.and_then(|place| opponents.get(place))
        {
            Some(opponent) => opponent.peak_mib(case, &contestant.side.way)?,
            None => ours::peak_mib(case, files.cases)?,
        };
    }
    let sides: Vec<Side> = contestants.into_iter().map(|contestant| contestant.side).collect();
    let ours_ms = sides.first().map_or(f64::NAN, |ours| ours.ms);
    Ok(Figures { name: case.name.clone(), ours_ms, repetitions, sides, cannot })
}

/// Notes sizes and scores.
fn judge(
    contestants: &mut [Contestant],
    original: Option<&Original>,
) -> Result<(), Box<dyn Error>> {
    let mut scores = Vec::new();
    for contestant in contestants.iter_mut() {
        let made = &contestant.made;
        if !made.is_empty() {
            contestant.side.bytes = Some(made.iter().map(Vec::len).sum());
        }
        let of = |thumbnail: &Vec<u8>| original.map_or(Ok(None), |one| one.score(thumbnail));
        scores.push(made.iter().map(of).collect::<Result<Vec<_>, _>>()?);
    }
    let sharp = contestants.iter().position(|contestant| contestant.side.name == "sharp");
    let score = |side: usize, place: usize| *scores.get(side)?.get(place)?;
    let lead = |place: usize| Some(score(0, place)?.gamma - score(sharp?, place)?.gamma);
    let count = scores.first().map_or(0, Vec::len);
    let worst = (0..count)
        .filter_map(|place| Some((place, lead(place)?)))
        .min_by(|(_, one), (_, other)| one.total_cmp(other))
        .map_or(0, |(place, _)| place);
    for (number, contestant) in contestants.iter_mut().enumerate() {
        let scores = score(number, worst);
        contestant.side.score = scores.map(|scores| scores.gamma);
        contestant.side.linear_score = scores.map(|scores| scores.linear);
    }
    Ok(())
}
