//! The tablet's drawing as a component: one canvas, its pointer and its frame loop.

use super::about::about;
use super::canvas::Surface;
use super::easel::Easel;
use super::hands::{Click, Hands, Over, Said};
use super::pulse::Pulse;
use super::{Hover, Selection, StageMode, StageOrder, same_frame};
use crate::protocol::Frame;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use tabletop_core::view::tablet::TabletWindow;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlCanvasElement, PointerEvent, ResizeObserver, WheelEvent};
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
    /// No movement: end states, with what changed underlined.
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

/// The canvas with all that listens to it.
struct Live {
    easel: Rc<RefCell<Easel>>,
    pulse: Rc<Pulse>,
    settle: Rc<Settle>,
    observer: Option<ResizeObserver>,
    _resized: Option<Closure<dyn FnMut()>>,
    _listeners: Vec<EventListener>,
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Says which window is wanted once the viewport has come to rest.
struct Settle {
    easel: Rc<RefCell<Easel>>,
    timer: RefCell<Option<Timeout>>,
}

impl Settle {
    fn soon(&self) {
        const REST_MS: u32 = 90;
        let easel = self.easel.clone();
        *self.timer.borrow_mut() = Some(Timeout::new(REST_MS, move || {
            let (wanted, tell) = {
                let mut easel = easel.borrow_mut();
                (easel.window(), easel.props.on_window.clone())
            };
            if let Some(wanted) = wanted {
                tell.emit(wanted);
            }
        }));
    }
}

/// The tablet's drawing. Fills its parent, which must be positioned and sized.
pub struct StageCanvas {
    node: NodeRef,
    live: Option<Live>,
}

impl Component for StageCanvas {
    type Message = ();
    type Properties = StageCanvasProps;

    fn create(_ctx: &Context<Self>) -> Self {
        Self { node: NodeRef::default(), live: None }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Self::Properties) -> bool {
        if let Some(live) = &self.live {
            live.easel.borrow_mut().accept(ctx.props().clone());
            live.pulse.ask();
            live.settle.soon();
        }
        old.label != ctx.props().label || old.phone != ctx.props().phone
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        // A finger still scrolls the page up and down.
        html! {
            <canvas ref={self.node.clone()} role="img" aria-label={ctx.props().label.clone()}
                style="position:absolute;inset:0;width:100%;height:100%;display:block;touch-action:pan-y" />
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first && let Some(canvas) = self.node.cast::<HtmlCanvasElement>() {
            self.live = Live::new(canvas, ctx.props().clone());
        }
    }
}

impl Live {
    fn new(canvas: HtmlCanvasElement, props: StageCanvasProps) -> Option<Self> {
        let surface = Surface::new(canvas.clone())?;
        let easel = Rc::new(RefCell::new(Easel::new(surface, props)));
        let weak_pulse: Rc<RefCell<std::rc::Weak<Pulse>>> = Rc::default();
        let pulse = {
            let (easel, again) = (easel.clone(), weak_pulse.clone());
            Pulse::new(move |now| {
                let more = easel.borrow_mut().tick(now);
                if more && let Some(pulse) = again.borrow().upgrade() {
                    pulse.ask();
                }
            })
        };
        *weak_pulse.borrow_mut() = Rc::downgrade(&pulse);
        let settle = Rc::new(Settle { easel: easel.clone(), timer: RefCell::new(None) });
        let resized = {
            let (easel, pulse, settle) = (easel.clone(), pulse.clone(), settle.clone());
            Closure::<dyn FnMut()>::new(move || {
                easel.borrow_mut().surface.read_tokens();
                easel.borrow_mut().invalidate();
                pulse.ask();
                settle.soon();
            })
        };
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(&canvas);
        }
        let listeners = listen(&canvas, &easel, &pulse, &settle);
        pulse.ask();
        settle.soon();
        Some(Self { easel, pulse, settle, observer, _resized: Some(resized), _listeners: listeners })
    }
}

/// Binds the pointer. What a gesture says is said after the easel is free again.
fn listen(
    canvas: &HtmlCanvasElement,
    easel: &Rc<RefCell<Easel>>,
    pulse: &Rc<Pulse>,
    settle: &Rc<Settle>,
) -> Vec<EventListener> {
    let hands = Rc::new(RefCell::new(Hands::default()));
    let names =
        ["wheel", "pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave", "dblclick"];
    let options = EventListenerOptions::enable_prevent_default();
    let bind = |name: &'static str| {
        let (hands, easel, pulse, settle) = (hands.clone(), easel.clone(), pulse.clone(), settle.clone());
        EventListener::new_with_options(canvas, name, options, move |event| {
            let said = {
                let (mut hands, mut easel) = (hands.borrow_mut(), easel.borrow_mut());
                if let Some(wheel) = event.dyn_ref::<WheelEvent>() {
                    event.prevent_default();
                    Hands::wheel(wheel, &mut easel)
                } else if let Some(pointer) = event.dyn_ref::<PointerEvent>()
                    && name != "dblclick"
                {
                    hands.pointer(name, pointer, &mut easel)
                } else {
                    easel.look(super::axis::Viewport::default());
                    Said { moved: true, ..Said::default() }
                }
            };
            if said.moved {
                settle.soon();
            }
            if said.moved || said.redraw {
                pulse.ask();
            }
            say(said, &easel);
        })
    };
    names.into_iter().map(bind).collect()
}

fn say(said: Said, easel: &Rc<RefCell<Easel>>) {
    let (on_select, on_hover) = {
        let easel = easel.borrow();
        (easel.props.on_select.clone(), easel.props.on_hover.clone())
    };
    if let Some(Click(selected)) = said.select {
        on_select.emit(selected);
    }
    if let Some(Over(hover)) = said.hover {
        let hover = hover.and_then(|(what, x, y)| {
            let easel = easel.borrow();
            let lines = about(&easel.props.frame.as_ref()?.view, what, easel.props.zh);
            Some(Hover { selection: what, x, y, lines })
        });
        on_hover.emit(hover);
    }
}
