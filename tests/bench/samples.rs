//! Times that were taken, and what is said of them: medians, as machines are noisy.

use std::time::{Duration, Instant};

/// Times in milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Does something, takes its time, gives what it gave.
    pub(crate) fn time<T>(&mut self, act: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = act();
        self.add(begun.elapsed());
        done
    }

    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    /// The last one.
    pub(crate) fn last(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }

    /// A value such that `percent` of them are not larger.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        percentile(&self.0, percent)
    }

    pub(crate) fn p50(&self) -> f64 {
        self.percentile(50.0)
    }

    pub(crate) fn p95(&self) -> f64 {
        self.percentile(95.0)
    }
}

impl From<Vec<f64>> for Samples {
    fn from(ms: Vec<f64>) -> Self {
        Self(ms)
    }
}

impl From<Samples> for Vec<f64> {
    fn from(samples: Samples) -> Self {
        samples.0
    }
}

fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into few samples"
    )]
    let at = ((sorted.len() as f64 * percent / 100.0).ceil() as usize).max(1) - 1;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let samples = Samples((1..=20).map(f64::from).collect());
        assert_eq!((samples.p50(), samples.p95()), (10.0, 19.0));
        assert!(Samples::default().p50().is_nan());
    }
}
