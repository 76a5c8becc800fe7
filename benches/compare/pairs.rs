//! Timing in turn: every repetition times each contestant once, so that a noisy moment of the
//! machine falls on all of them. Medians, because disturbances only ever add time.

use std::error::Error;

/// How often each contestant is timed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Repetitions {
    /// This often, whatever it takes.
    Fixed(usize),
    /// As often as fits into so many milliseconds for all contestants together, within bounds.
    Within { ms: f64, least: usize, most: usize },
}

/// How often each contestant runs before it is timed, for caches and compilers to warm up.
const WARM_UPS: usize = 3;

/// Times all contestants, forwards and backwards alternately; `time` runs the one of a number and
/// says how many milliseconds it took. One list of milliseconds for each contestant.
pub(crate) fn times(
    contestants: usize,
    repetitions: Repetitions,
    mut time: impl FnMut(usize) -> Result<f64, Box<dyn Error>>,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let mut round = 0.0;
    for warm_up in 0..WARM_UPS {
        let slow = matches!(repetitions, Repetitions::Within { ms, .. } if round > ms / 16.0);
        if warm_up > 0 && slow {
            break;
        }
        round = 0.0;
        for contestant in 0..contestants {
            round += time(contestant)?;
        }
    }
    let count = match repetitions {
        Repetitions::Fixed(count) => count,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
        Repetitions::Within { ms, least, most } => ((ms / round) as usize).clamp(least, most),
    };
    let mut times = vec![Vec::with_capacity(count); contestants];
    for pair in 0..count {
        let mut turn: Vec<_> = times.iter_mut().enumerate().collect();
        if pair % 2 == 1 {
            turn.reverse();
        }
        for (contestant, times) in turn {
            times.push(time(contestant)?);
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

/// The geometric mean of some ratios.
pub(crate) fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for ratio in ratios {
        sum += ratio.ln();
        count += 1.0;
    }
    f64::exp(sum / count)
}
