//! Figures as a plot: time against number of chunk infos, both on logarithmic axes.
//!
//! ```text
//! 1 s    ┤            ●        one value: solid
//! 10 ms  ┤      ●
//! 100 µs ┤ ○    ○     ○        split: dashed
//!        └─┴────┴─────┴──
//!         1 k  10 k  100 k
//! ```

use super::{Kept, Operation, Row};

/// Width of the drawing without its margins.
pub const WIDTH: f64 = 190.0;
/// Its height.
pub const HEIGHT: f64 = 120.0;

/// One operation's lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Places of one value and of split rows, by number of infos.
    pub lines: [Vec<(f64, f64)>; 2],
    /// Places from the left, and numbers of infos.
    pub across: Vec<(f64, u32)>,
    /// Places from the top, and powers of ten, µs.
    pub up: Vec<(f64, u64)>,
}

/// Where on an axis from `from` to `until` a value lies, as a part of one.
fn part(value: f64, from: f64, until: f64) -> f64 {
    let whole = until.log10() - from.log10();
    if whole <= 0.0 { 0.5 } else { ((value.max(1.0).log10() - from.log10()) / whole).clamp(0.0, 1.0) }
}

/// The lines of an operation; rows come by rising numbers of infos. Axes are the same for all operations.
pub fn plot(rows: &[Row], operation: Operation) -> Plot {
    let mut sizes: Vec<u32> = rows.iter().map(|row| row.infos).collect();
    sizes.dedup();
    let (from, until) = (sizes.first().copied().unwrap_or(1), sizes.last().copied().unwrap_or(1));
    let times = || rows.iter().map(|row| row.median_us.max(1));
    let decade = |time: u64| 10_u64.pow(time.ilog10());
    let bottom = times().min().map_or(1, decade);
    let above = |time| if decade(time) == time { time } else { decade(time) * 10 };
    let top = times().max().map_or(10, above).max(bottom * 10);
    let x = |infos: u32| WIDTH * part(infos.into(), from.into(), until.into());
    let y = |time: u64| HEIGHT * (1.0 - part(time as f64, bottom as f64, top as f64));
    let line = |kept: Kept| {
        let of = rows.iter().filter(|row| row.operation == operation && row.kept == kept);
        of.map(|row| (x(row.infos), y(row.median_us))).collect()
    };
    let mut up = Vec::new();
    let mut at = bottom;
    while at <= top {
        up.push((y(at), at));
        at *= 10;
    }
    Plot {
        lines: Kept::ALL.map(line),
        across: sizes.into_iter().map(|infos| (x(infos), infos)).collect(),
        up,
    }
}

/// A line as an SVG path.
pub fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        path += &format!("{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(infos: u32, kept: Kept, median_us: u64) -> Row {
        let operation = Operation::Append;
        Row { infos, kept, operation, median_us, least_us: median_us, count: 1, read: 0, written: 0 }
    }

    #[test]
    fn axes_go_from_decade_to_decade() {
        let rows = [
            row(1_000, Kept::Whole, 250),
            row(1_000, Kept::Split, 200),
            row(100_000, Kept::Whole, 20_000),
            row(100_000, Kept::Split, 200),
        ];
        let plot = plot(&rows, Operation::Append);
        assert_eq!(plot.across, [(0.0, 1_000), (WIDTH, 100_000)]);
        assert_eq!(plot.up.iter().map(|up| up.1).collect::<Vec<_>>(), [100, 1_000, 10_000, 100_000]);
        assert_eq!(plot.up.last().map(|up| up.0), Some(0.0));
        assert!((plot.lines[1][0].1 - plot.lines[1][1].1).abs() < 1e-9, "the same time is the same height");
        assert!(plot.lines[0][1].1 < plot.lines[0][0].1, "more time is further up");
        assert_eq!(path(&plot.lines[1]), format!("M0.0 {0:.1}L190.0 {0:.1}", plot.lines[1][0].1));
    }

    #[test]
    fn one_figure_and_none_are_drawn_too() {
        assert_eq!(plot(&[], Operation::Read).lines, [vec![], vec![]]);
        let one = plot(&[row(1_000, Kept::Whole, 1)], Operation::Append);
        assert_eq!((one.lines[0][0], one.up.len()), ((WIDTH / 2.0, HEIGHT), 2));
    }
}
