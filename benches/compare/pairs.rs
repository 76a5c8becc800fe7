//! Timing in turn: every repetition times each contestant once, so that a noisy moment of the
//! machine falls on all of them. Medians, because disturbances only ever add time.

use std::error::Error;

/// How often each contestant is timed.
pub(crate) const PAIRS: usize = 21;

/// How often each contestant runs before that, for caches and compilers to warm up.
const WARM_UPS: usize = 3;

/// Something that can be timed, in milliseconds.
pub(crate) type Contestant<'a> = &'a mut dyn FnMut() -> Result<f64, Box<dyn Error>>;

/// Times all, forwards and backwards alternately. One list of milliseconds for each contestant.
pub(crate) fn times(contestants: &mut [Contestant<'_>]) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    for contestant in contestants.iter_mut() {
        for _ in 0..WARM_UPS {
            contestant()?;
        }
    }
    let mut times = vec![Vec::with_capacity(PAIRS); contestants.len()];
    for pair in 0..PAIRS {
        let mut turn: Vec<_> = contestants.iter_mut().zip(&mut times).collect();
        if pair % 2 == 1 {
            turn.reverse();
        }
        for (contestant, times) in turn {
            times.push(contestant()?);
        }
    }
    Ok(times)
}

/// The middle of some figures.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The median of all pairs' ratios.
pub(crate) fn ratio(one: &[f64], other: &[f64]) -> f64 {
    median(one.iter().zip(other).map(|(one, other)| one / other))
}
