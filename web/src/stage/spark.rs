//! A metric's curve in a box of 1000 by 100, in integers.

use tabletop_core::base::SimTime;

/// Width of the box.
pub const WIDE: i64 = 1_000;
/// Height of the box.
pub const HIGH: i64 = 100;

/// A curve ready to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Curve {
    /// Path data of the line.
    pub line: String,
    /// Path data of the area under it.
    pub area: String,
    /// Where the limit runs, if it is near enough to be shown.
    pub limit: Option<i64>,
    lowest: i64,
    highest: i64,
    start: u64,
    end: u64,
}

impl Curve {
    /// From samples; `stepped` holds a value until the next one.
    pub fn new(times: &[SimTime], values: &[i64], limit: Option<i64>, stepped: bool) -> Self {
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return Self::default() };
        let lowest = values.iter().copied().min().unwrap_or(0).min(0);
        let top = values.iter().copied().max().unwrap_or(0).max(lowest + 1);
        // A limit far above would press the curve flat; it is named beside the value anyway.
        let limit = limit.filter(|&l| l > lowest && l <= top.saturating_mul(2));
        let highest = limit.map_or(top, |l| l.max(top));
        let mut curve = Self {
            line: String::new(),
            area: String::new(),
            limit: None,
            lowest,
            highest,
            start: first.0,
            end: last.0.max(first.0 + 1),
        };
        curve.limit = limit.map(|l| curve.y(l));
        for (i, (time, &value)) in times.iter().zip(values).enumerate() {
            let (x, y) = (curve.x(time.0).to_string(), curve.y(value).to_string());
            let (to, then) = match (i, stepped) {
                (0, _) => ("M", " "),
                (_, true) => ("H", "V"),
                (_, false) => ("L", " "),
            };
            for piece in [to, &x, then, &y] {
                curve.line.push_str(piece);
            }
        }
        curve.area = [&curve.line, "V100H0Z"].concat();
        curve
    }

    fn x(&self, time: u64) -> i64 {
        let share = u128::from(time.clamp(self.start, self.end) - self.start) * WIDE as u128;
        (share / u128::from(self.end - self.start)) as i64
    }

    fn y(&self, value: i64) -> i64 {
        let span = i128::from(self.highest) - i128::from(self.lowest);
        let up = i128::from(value) - i128::from(self.lowest);
        // Eight percent of air above, nine below.
        91 - (up * 83 / span.max(1)) as i64
    }

    /// Place of the playhead: the value holds since the last sample (or lies between two).
    pub fn at(&self, times: &[SimTime], values: &[i64], now: u64, stepped: bool) -> Option<(i64, i64)> {
        let after = times.partition_point(|t| t.0 <= now);
        let before = after.saturating_sub(1);
        let value = *values.get(before)?;
        let value = match (values.get(after), times.get(before), times.get(after)) {
            (Some(&next), Some(a), Some(b)) if !stepped && b.0 > a.0 && now >= a.0 => {
                let share = i128::from(now - a.0) * i128::from(next - value) / i128::from(b.0 - a.0);
                value + share as i64
            }
            _ => value,
        };
        Some((self.x(now), self.y(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::Curve;
    use tabletop_core::base::SimTime;

    #[test]
    fn a_curve_fills_its_box() {
        let times = [SimTime(0), SimTime(50), SimTime(100)];
        let curve = Curve::new(&times, &[0, 10, 5], None, false);
        assert_eq!(curve.line, "M0 91L500 8L1000 50");
        assert_eq!(curve.at(&times, &[0, 10, 5], 75, false), Some((750, 25)));
        assert_eq!(Curve::new(&times, &[0, 10, 5], Some(2_000), true).limit, None);
        assert_eq!(Curve::new(&times, &[0, 10, 5], Some(10), true).line, "M0 91H500V8H1000V50");
        assert_eq!(Curve::new(&[], &[], None, false).at(&[], &[], 0, false), None);
    }
}
