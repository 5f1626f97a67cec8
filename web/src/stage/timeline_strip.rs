//! The strip under the transport: event density, flags, branches, the playhead.

use crate::protocol::{RunState, Series, Target};
use std::rc::Rc;
use yew::prelude::*;

/// What [`TimelineStrip`] is told.
#[derive(Clone, Properties)]
pub struct TimelineStripProps {
    /// Density of events.
    pub series: Rc<Series>,
    /// Cursor, flags, branches.
    pub state: Rc<RunState>,
    /// A click or a drag; at most once a frame.
    #[prop_or_default]
    pub on_seek: Callback<Target>,
    /// Chinese words.
    #[prop_or_default]
    pub zh: bool,
    /// Any change makes the strip read the tokens again.
    #[prop_or_default]
    pub theme: u32,
    /// Density and playhead only.
    #[prop_or_default]
    pub phone: bool,
}

impl PartialEq for TimelineStripProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.series, &other.series)
            && Rc::ptr_eq(&self.state, &other.state)
            && self.on_seek == other.on_seek
            && self.zh == other.zh
            && self.theme == other.theme
            && self.phone == other.phone
    }
}

/// The strip. Fills its parent, which must be positioned and sized.
#[component]
pub fn TimelineStrip(_props: &TimelineStripProps) -> Html {
    html! { <canvas /> }
}
