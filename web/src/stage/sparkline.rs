//! A metric's curve with the playhead's dot.
//!
//! An SVG whose colours are tokens, so it follows the theme by itself. The path is built once
//! per series; a moving playhead only changes a few attributes.

use super::spark::Curve;
use crate::protocol::Series;
use std::rc::Rc;
use yew::prelude::*;

/// What [`Sparkline`] is told.
#[derive(Clone, Properties)]
pub struct SparklineProps {
    /// All curves of the branch.
    pub series: Rc<Series>,
    /// Which column of [`Series::metrics`].
    pub column: usize,
    /// Where the playhead stands.
    pub cursor_step: u64,
    /// The playhead's time, µs, so that the dot moves between steps; 0 takes the step's time.
    #[prop_or_default]
    pub cursor_time: u64,
    /// Name of the colour token, such as `--s1`.
    pub color_token: AttrValue,
    /// A limit, dashed.
    #[prop_or_default]
    pub limit: Option<i64>,
    /// Steps instead of straight lines between samples.
    #[prop_or_default]
    pub stepped: bool,
}

impl PartialEq for SparklineProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.series, &other.series)
            && self.column == other.column
            && self.cursor_step == other.cursor_step
            && self.cursor_time == other.cursor_time
            && self.color_token == other.color_token
            && self.limit == other.limit
            && self.stepped == other.stepped
    }
}

/// A series by its address.
#[derive(Clone)]
struct Same(Rc<Series>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Tenths of a percent as an attribute.
fn percent(tenths: i64) -> String {
    [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string(), "%"].concat()
}

/// The curve. Fills its parent, which must be sized.
#[component]
pub fn Sparkline(props: &SparklineProps) -> Html {
    let curve = use_memo(
        (Same(props.series.clone()), props.column, props.limit, props.stepped),
        |(Same(series), column, limit, stepped)| {
            let values = series.metrics.get(*column).map_or(&[][..], Vec::as_slice);
            Curve::new(&series.times, values, *limit, *stepped)
        },
    );
    let series = &props.series;
    let values = series.metrics.get(props.column).map_or(&[][..], Vec::as_slice);
    let now = if props.cursor_time > 0 {
        props.cursor_time
    } else {
        let at = series.steps.partition_point(|&s| s <= props.cursor_step).saturating_sub(1);
        series.times.get(at).map_or(0, |t| t.0)
    };
    let place = curve.at(&series.times, values, now, props.stepped);
    let (x, y) = place.unwrap_or((0, 91));
    let color = ["var(", &props.color_token, ")"].concat();
    // The bright part ends at the playhead: a window of that width onto a curve of full width.
    let full = if x > 0 { percent(1_000_000 / x) } else { "100%".to_owned() };
    let curve_of = |width: String, bright: bool| {
        html! {
            <svg width={width} height="100%" viewBox="0 0 1000 100" preserveAspectRatio="none">
                if bright {
                    <path d={curve.area.clone()} fill={color.clone()} opacity="0.1" />
                }
                <path d={curve.line.clone()} fill="none" stroke={color.clone()} stroke-linejoin="round"
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
