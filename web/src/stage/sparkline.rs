//! A metric's curve with the playhead's dot.

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
    /// The playhead's time, µs, so that the dot moves between steps.
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

/// The curve. Fills its parent, which must be sized.
#[component]
pub fn Sparkline(_props: &SparklineProps) -> Html {
    html! { <svg /> }
}
