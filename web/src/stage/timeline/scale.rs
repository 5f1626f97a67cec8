//! From virtual time to pixels: silence is folded, the rest is even.

use super::StripGeometry;
use crate::protocol::{RunState, Series};
use crate::stage::ease::Within;
use tabletop_core::base::SimTime;
use tabletop_core::base::sort::sort;

/// From virtual time to pixels, piecewise linear.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeScale {
    knots: Vec<(u64, f32)>,
    /// Folded stretches.
    pub(super) gaps: Vec<(u64, u64)>,
    pub(super) left: f32,
    pub(super) right: f32,
}

impl TimeScale {
    /// The scale of a run's line.
    pub fn new(series: &Series, state: &RunState, geometry: &StripGeometry) -> Self {
        let u = if geometry.phone { 1.0 } else { geometry.scale };
        let (left, right) =
            if geometry.phone { (0.0, geometry.width) } else { (92.0 * u, geometry.width - 10.0 * u) };
        let right = right.max(left + 40.0);
        let start = state.started_at.0;
        let heads = state.branches.iter().map(|b| b.head_time.0);
        let end = heads.chain([state.now.0]).chain(series.times.last().map(|t| t.0)).max().unwrap_or(start);
        let end = end.max(start.saturating_add(1_000_000));
        let gaps = idle(series, start, end);
        let folded: u64 = gaps.iter().map(|g| g.1 - g.0).sum();
        let gap_width = (28.0 * u).min((right - left) / (2.0 * gaps.len().max(1) as f32));
        let open = (right - left) - gap_width * gaps.len() as f32;
        let per_micro = f64::from(open) / (end - start - folded).max(1) as f64;
        let mut knots = vec![(start, 0.0_f32)];
        let mut at = 0.0;
        let mut last = start;
        for &(a, b) in &gaps {
            at += ((a - last) as f64 * per_micro) as f32;
            knots.push((a, at));
            at += gap_width;
            knots.push((b, at));
            last = b;
        }
        knots.push((end, right - left));
        let zoom = geometry.zoom.max(1.0);
        let shift = (right - left) * zoom * geometry.offset.within(0.0, 1.0 - 1.0 / zoom);
        for knot in &mut knots {
            knot.1 = left + knot.1 * zoom - shift;
        }
        Self { knots, gaps, left, right }
    }

    /// A place on screen.
    pub fn x(&self, time: SimTime) -> f32 {
        let after = self.knots.partition_point(|k| k.0 <= time.0).clamp(1, self.knots.len() - 1);
        let (a, b) = (self.knots[after - 1], self.knots[after]);
        let share = time.0.saturating_sub(a.0) as f64 / (b.0 - a.0).max(1) as f64;
        a.1 + (b.1 - a.1) * share.min(1.0) as f32
    }

    /// The time at a place.
    pub fn time(&self, x: f32) -> SimTime {
        let after = self.knots.partition_point(|k| k.1 <= x).clamp(1, self.knots.len() - 1);
        let (a, b) = (self.knots[after - 1], self.knots[after]);
        let share = f64::from(((x - a.1) / (b.1 - a.1).max(0.01)).within(0.0, 1.0));
        SimTime(a.0 + ((b.0 - a.0) as f64 * share) as u64)
    }

    /// Left and right edge of the line.
    pub fn edges(&self) -> (f32, f32) {
        (self.left, self.right)
    }
}

/// Stretches without an event that are long against the whole and against the usual pause.
fn idle(series: &Series, start: u64, end: u64) -> Vec<(u64, u64)> {
    const GAPS_MAX: usize = 12;
    let busy =
        |i: &usize| series.kinds.is_empty() || series.kinds.iter().any(|k| k.get(*i).is_some_and(|&n| n > 0));
    let mut times: Vec<u64> = (0..series.times.len()).filter(busy).map(|i| series.times[i].0).collect();
    times.push(end);
    let mut last = start;
    let mut pauses: Vec<(u64, u64)> = Vec::new();
    for time in times {
        if time > last {
            pauses.push((last, time));
        }
        last = last.max(time);
    }
    let mut lengths: Vec<u64> = pauses.iter().map(|p| p.1 - p.0).collect();
    sort(&mut lengths);
    let usual = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    let long = ((end - start) / 10).max(usual.saturating_mul(12));
    // A little of the silence stays on either side.
    let mut gaps: Vec<(u64, u64)> = pauses
        .into_iter()
        .filter(|p| p.1 - p.0 > long)
        .map(|(a, b)| (a + usual.min((b - a) / 8), b - usual.min((b - a) / 8)))
        .collect();
    gaps.truncate(GAPS_MAX);
    gaps
}
