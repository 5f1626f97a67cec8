//! The tablet's drawing as a component: one canvas, its pointer and its frame loop.

use super::{Hover, Selection, StageMode, StageOrder, same_frame};
use crate::protocol::Frame;
use std::rc::Rc;
use tabletop_core::view::tablet::TabletWindow;
use yew::prelude::*;

/// What [`StageCanvas`] is told.
#[derive(Clone, Properties)]
pub struct StageCanvasProps {
    /// The picture's data; `None` draws nothing.
    pub frame: Option<Rc<Frame>>,
    /// Which drawing.
    #[prop_or_default]
    pub mode: StageMode,
    /// What is selected.
    #[prop_or_default]
    pub selected: Option<Selection>,
    /// Playback speed; durations are divided by it.
    #[prop_or(1.0)]
    pub speed: f64,
    /// Any change makes the stage read the tokens again.
    #[prop_or_default]
    pub theme: u32,
    /// Chinese words.
    #[prop_or_default]
    pub zh: bool,
    /// One column per rowset, larger targets.
    #[prop_or_default]
    pub phone: bool,
    /// No movement: end states, with what changed underlined for a second.
    #[prop_or_default]
    pub reduced_motion: bool,
    /// The last order with its number; a new number carries it out once.
    #[prop_or_default]
    pub order: Option<(u32, StageOrder)>,
    /// A click; `None` for one on nothing.
    #[prop_or_default]
    pub on_select: Callback<Option<Selection>>,
    /// The pointer came over something else.
    #[prop_or_default]
    pub on_hover: Callback<Option<Hover>>,
    /// The part of the axis that is wanted, with a margin; debounced.
    #[prop_or_default]
    pub on_window: Callback<TabletWindow>,
    /// One sentence for `aria-label`.
    #[prop_or_default]
    pub label: AttrValue,
}

impl PartialEq for StageCanvasProps {
    fn eq(&self, other: &Self) -> bool {
        same_frame(self.frame.as_ref(), other.frame.as_ref())
            && self.mode == other.mode
            && self.selected == other.selected
            && self.speed.to_bits() == other.speed.to_bits()
            && self.theme == other.theme
            && self.zh == other.zh
            && self.phone == other.phone
            && self.reduced_motion == other.reduced_motion
            && self.order == other.order
            && self.on_select == other.on_select
            && self.on_hover == other.on_hover
            && self.on_window == other.on_window
            && self.label == other.label
    }
}

/// The tablet's drawing. Fills its parent, which must be positioned and sized.
#[component]
pub fn StageCanvas(props: &StageCanvasProps) -> Html {
    html! { <canvas role="img" aria-label={props.label.clone()} /> }
}
