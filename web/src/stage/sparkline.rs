//! A metric's curve with the playhead's dot.
//!
//! An SVG whose colours are tokens, so it follows the theme by itself. The path is built once
//! per series; a moving playhead only changes a few attributes.

use super::spark::Curve;
use crate::protocol::Series;
use std::cell::RefCell;
use std::mem::take;
use std::rc::Rc;
use tabletop_core::base::SimTime;
use yew::{AttrValue, Html};

/// Curves kept at most.
const KEPT_MAX: usize = 48;

thread_local! {
    /// Curves of the newest series: building one costs a string of all samples.
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

struct Kept {
    series: Rc<Series>,
    column: usize,
    limit: Option<i64>,
    drawn: Rc<Drawn>,
}

/// A curve with its path data ready to be shared with the nodes.
struct Drawn {
    curve: Curve,
    line: AttrValue,
    area: AttrValue,
}

/// The curve of a column, built once per series.
fn curve(series: &Rc<Series>, column: usize, limit: Option<i64>) -> Rc<Drawn> {
    KEPT.with_borrow_mut(|kept| {
        // Two runs side by side have a series each.
        if kept.len() > KEPT_MAX {
            kept.drain(..KEPT_MAX / 2);
        }
        let same =
            |kept: &&Kept| Rc::ptr_eq(&kept.series, series) && kept.column == column && kept.limit == limit;
        if let Some(found) = kept.iter().find(same) {
            return found.drawn.clone();
        }
        let mut curve = Curve::new(&series.times, values(series, column), limit, true);
        let (line, area) = (take(&mut curve.line).into(), take(&mut curve.area).into());
        let drawn = Rc::new(Drawn { curve, line, area });
        kept.push(Kept { series: series.clone(), column, limit, drawn: drawn.clone() });
        drawn
    })
}

fn values(series: &Series, column: usize) -> &[i64] {
    series.metrics.get(column).map_or(&[][..], Vec::as_slice)
}

/// Tenths of a percent as an attribute.
fn percent(tenths: i64) -> String {
    [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), "%"].concat()
}

/// The curve of a column of [`Series::metrics`], in steps, with the playhead at a time; `color` is
/// the name of a token such as `--s1`, a limit is dashed. Fills its parent, which must be sized.
pub fn sparkline(series: &Rc<Series>, column: usize, now: SimTime, color: &str, limit: Option<i64>) -> Html {
    let drawn = curve(series, column, limit);
    let curve = &drawn.curve;
    let now = if now.0 > 0 { now.0 } else { series.times.first().map_or(0, |time| time.0) };
    let place = curve.at(&series.times, values(series, column), now, true);
    let (x, y) = place.unwrap_or((0, 91));
    let color = ["var(", color, ")"].concat();
    // The bright part ends at the playhead: a window of that width onto a curve of full width.
    let full = if x > 0 { percent(1_000_000 / x) } else { "100%".to_owned() };
    let curve_of = |width: String, bright: bool| {
        html! {
            <svg width={width} height="100%" viewBox="0 0 1000 100" preserveAspectRatio="none">
                if bright {
                    <path d={drawn.area.clone()} fill={color.clone()} opacity="0.1" />
                }
                <path d={drawn.line.clone()} fill="none" stroke={color.clone()} stroke-linejoin="round"
                    stroke-width={if bright { "1.5" } else { "1.25" }} opacity={if bright { "1" } else { "0.28" }}
                    vector-effect="non-scaling-stroke" />
            </svg>
        }
    };
    html! {
        <svg width="100%" height="100%" style="display:block;overflow:visible" aria-hidden="true">
            <line x1="0" x2="100%" y1="100%" y2="100%" stroke="var(--line)" />
            if let Some(limit) = curve.limit {
                <line x1="0" x2="100%" y1={percent(limit * 10)} y2={percent(limit * 10)} stroke="var(--ink-4)" stroke-dasharray="2 3" />
            }
            { curve_of("100%".to_owned(), false) }
            <svg width={percent(x)} height="100%" overflow="hidden">{ curve_of(full, true) }</svg>
            if place.is_some() {
                <line x1={percent(x)} x2={percent(x)} y1="0" y2="100%" stroke="var(--cursor)" />
                <circle cx={percent(x)} cy={percent(y * 10)} r="2.5" fill={color.clone()} stroke="var(--stage)" stroke-width="1.25" />
            }
        </svg>
    }
}
