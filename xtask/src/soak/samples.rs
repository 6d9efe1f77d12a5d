//! Memory, descriptors and write-ahead log over the time of a soak.
//!
//! Owns the samples and their slopes. Fails never: a moment in which the program cannot be looked at gives no sample.

use std::fmt;
use std::time::Duration;

use crate::stage::Stage;

/// A younger process is still warming up.
const WARM: Duration = Duration::from_secs(3);
/// Growth of resident memory within the judged time that counts as flat, in MiB.
const FLAT_MIB: f64 = 4.0;
/// The same without mapped files: nothing of it comes from pages that are touched for the first time.
const FLAT_OWN_MIB: f64 = 1.5;
/// Growth of open descriptors within the judged time that counts as flat: one connection may come and go.
const FLAT_DESCRIPTORS: f64 = 4.0;
/// The write-ahead log may have this size (the store raises its own alarm there), in MiB.
const WAL_MIB: f64 = 64.0;

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: f64,
    resident_mib: f64,
    /// Of it, what is not mapped from files.
    own_mib: f64,
    descriptors: f64,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    all: Vec<Sample>,
    /// Those of the one life at the end.
    one_life: Vec<Sample>,
    wal_bytes: u64,
}

/// What the samples say.
#[derive(Debug)]
pub(crate) struct Growth {
    samples: usize,
    most_resident_mib: f64,
    most_descriptors: f64,
    wal_mib: f64,
    /// Resident memory of the one life at equal distances, in MiB.
    curve: Vec<f64>,
    /// The same of the process's own memory.
    own_curve: Vec<f64>,
    resident: Slope,
    own: Slope,
    descriptors: Slope,
}

/// A straight line through samples.
#[derive(Debug, Clone, Copy, Default)]
struct Slope {
    per_hour: f64,
    /// By the line, from the first sample to the last.
    over_span: f64,
}

impl Samples {
    /// Looks at the program, if it runs and is warm.
    pub(crate) fn take(&mut self, at: Duration, one_life: bool, stage: &Stage) {
        self.wal_bytes = self.wal_bytes.max(stage.relay.wal_bytes());
        let Some((running, since)) = stage.running() else {
            return;
        };
        let Ok(vitals) = running.vitals() else { return };
        if since.elapsed() < WARM {
            return;
        }
        let sample = Sample {
            at: at.as_secs_f64(),
            resident_mib: vitals.resident_kib as f64 / 1024.0,
            own_mib: vitals.own_kib as f64 / 1024.0,
            descriptors: vitals.descriptors as f64,
        };
        self.all.push(sample);
        if one_life {
            self.one_life.push(sample);
        }
    }

    /// The slopes of the second half of the one life where there was one, else of everything. Before that, caches and
    /// buffers fill: the curve shows it.
    pub(crate) fn growth(&self) -> Growth {
        let judged = if self.one_life.is_empty() {
            &self.all
        } else {
            second_half(&self.one_life)
        };
        let most = |value: fn(&Sample) -> f64| self.all.iter().map(value).fold(0.0, f64::max);
        Growth {
            samples: judged.len(),
            most_resident_mib: most(|sample| sample.resident_mib),
            most_descriptors: most(|sample| sample.descriptors),
            wal_mib: self.wal_bytes as f64 / f64::from(1 << 20),
            curve: curve(&self.one_life, |sample| sample.resident_mib),
            own_curve: curve(&self.one_life, |sample| sample.own_mib),
            resident: slope(judged, |sample| sample.resident_mib),
            own: slope(judged, |sample| sample.own_mib),
            descriptors: slope(judged, |sample| sample.descriptors),
        }
    }
}

/// The samples from the middle of their time on.
fn second_half(samples: &[Sample]) -> &[Sample] {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return samples;
    };
    let middle = f64::midpoint(first.at, last.at);
    &samples[samples.partition_point(|sample| sample.at < middle)..]
}

/// Memory at so many moments.
const CURVE: usize = 10;

fn curve(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Vec<f64> {
    let step = samples.len().div_ceil(CURVE).max(1);
    samples.iter().step_by(step).map(value).collect()
}

/// Least squares.
fn slope(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Slope {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Slope::default();
    };
    let count = samples.len() as f64;
    let mean_at = samples.iter().map(|sample| sample.at).sum::<f64>() / count;
    let mean = samples.iter().map(&value).sum::<f64>() / count;
    let spread: f64 = samples.iter().map(|sample| (sample.at - mean_at).powi(2)).sum();
    if spread == 0.0 {
        return Slope::default();
    }
    let together: f64 = samples
        .iter()
        .map(|sample| (sample.at - mean_at) * (value(sample) - mean))
        .sum();
    let per_second = together / spread;
    Slope {
        per_hour: per_second * 3600.0,
        over_span: per_second * (last.at - first.at),
    }
}

impl Growth {
    /// What is not flat or not bounded.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let checks = [
            (
                self.resident.over_span,
                FLAT_MIB,
                "MiB of resident memory more at the end of the last life",
            ),
            (
                self.own.over_span,
                FLAT_OWN_MIB,
                "MiB of its own memory more at the end of the last life",
            ),
            (
                self.descriptors.over_span,
                FLAT_DESCRIPTORS,
                "descriptors more at the end of the last life",
            ),
            (self.wal_mib, WAL_MIB, "MiB of write-ahead log"),
        ];
        let too_much = checks.iter().filter(|(value, most, _)| value > most);
        too_much
            .map(|(value, most, what)| format!("{value:.1} {what}, {most:.0} are allowed"))
            .collect()
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "resident at most {:.1} MiB, slope {:+.2} MiB/h, without mapped files {:+.2} MiB/h; descriptors at most {:.0}, \
             slope {:+.2}/h ({} samples); write-ahead log at most {:.1} MiB",
            self.most_resident_mib,
            self.resident.per_hour,
            self.own.per_hour,
            self.most_descriptors,
            self.descriptors.per_hour,
            self.samples,
            self.wal_mib
        )?;
        if self.curve.is_empty() {
            return Ok(());
        }
        let (all, own) = (listed(&self.curve), listed(&self.own_curve));
        write!(
            f,
            "; resident in the last life: {all} MiB; without mapped files: {own} MiB"
        )
    }
}

fn listed(curve: &[f64]) -> String {
    let values: Vec<String> = curve.iter().map(|mib| format!("{mib:.1}")).collect();
    values.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warming_up_is_shown_and_growth_after_it_is_judged() {
        let life = |resident: fn(f64) -> f64| Samples {
            one_life: (0..100)
                .map(|second| Sample {
                    at: f64::from(second),
                    resident_mib: resident(f64::from(second)),
                    own_mib: 5.0,
                    descriptors: 20.0,
                })
                .collect(),
            ..Samples::default()
        };
        let warmed = life(|at| 10.0 + at.min(40.0)).growth();
        assert!(warmed.complaints().is_empty(), "{warmed}");
        assert_eq!((warmed.curve[0], warmed.curve[9]), (10.0, 50.0));
        let growing = life(|at| 10.0 + at * 0.1).growth();
        assert_eq!(growing.complaints().len(), 1, "{growing}");
    }

    #[test]
    fn a_line_has_its_slope_and_a_flat_one_has_none() {
        let samples = |grow: f64| -> Vec<Sample> {
            let at = |n: u8| Sample {
                at: f64::from(n),
                resident_mib: 7.0 + grow * f64::from(n),
                own_mib: 5.0,
                descriptors: 20.0,
            };
            (0..10).map(at).collect()
        };
        let grown = slope(&samples(0.5), |sample| sample.resident_mib);
        assert!(
            (grown.per_hour - 1800.0).abs() < 1e-6 && (grown.over_span - 4.5).abs() < 1e-9,
            "{grown:?}"
        );
        assert!(slope(&samples(0.5), |sample| sample.descriptors).per_hour.abs() < 1e-9);
        assert!(slope(&[], |sample| sample.at).per_hour.abs() < 1e-9);
    }
}
