//! The tablet's drawing on a canvas, its pointer and its frame loop.

use super::about::about;
use super::canvas::Surface;
use super::easel::Easel;
use super::hands::{Click, Hands, Over, Said};
use super::pulse::Pulse;
use super::{Hover, Selection, StageMode, StageOrder};
use crate::protocol::{Frame, Picks};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use tabletop_core::lab::tablet::Kind;
use tabletop_core::view::tablet::TabletWindow;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlCanvasElement, PointerEvent, ResizeObserver, WheelEvent};

/// What the stage says.
#[derive(Clone, Debug)]
pub enum StageSaid {
    /// A click; `None` for one on nothing.
    Select(Option<Selection>),
    /// The pointer came over something else.
    Hover(Option<Hover>),
    /// The part of the axis that is wanted, with a margin; debounced.
    Window(TabletWindow),
}

/// What [`StageCanvas`] is told.
#[expect(missing_debug_implementations, reason = "holds a function")]
pub struct StageCanvasProps {
    /// The picture's data; `None` draws nothing.
    pub frame: Option<Rc<Frame>>,
    /// Which drawing.
    pub mode: StageMode,
    /// What is selected.
    pub selected: Option<Selection>,
    /// What a compaction would take, where that is looked at: which, and whether on the branch beside.
    pub preview: Option<(Kind, Rc<Picks>, bool)>,
    /// Playback speed; durations are divided by it.
    pub speed: f64,
    /// Any change makes the stage read the tokens again.
    pub theme: u32,
    /// Chinese words.
    pub zh: bool,
    /// One column per rowset, larger targets.
    pub phone: bool,
    /// No movement: end states, with what changed underlined.
    pub reduced_motion: bool,
    /// The last order with its number; a new number carries it out once.
    pub order: Option<(u32, StageOrder)>,
    /// Who hears it.
    pub tell: Rc<dyn Fn(StageSaid)>,
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
                (easel.window(), easel.props.tell.clone())
            };
            if let Some(wanted) = wanted {
                tell(StageSaid::Window(wanted));
            }
        }));
    }
}

/// The tablet's drawing on a canvas of the page, as long as there is one.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "holds handles of the browser")]
pub struct StageCanvas {
    live: Option<(HtmlCanvasElement, Live)>,
}

impl StageCanvas {
    /// Paints on this canvas from now on, with these properties. The next frame draws them.
    pub fn hold(&mut self, canvas: Option<HtmlCanvasElement>, props: impl FnOnce() -> StageCanvasProps) {
        let Some(canvas) = canvas else {
            self.live = None;
            return;
        };
        match &self.live {
            Some((at, live)) if *at == canvas => {
                live.easel.borrow_mut().accept(props());
                live.pulse.ask();
                live.settle.soon();
            }
            _ => {
                self.live = None;
                self.live = Live::new(canvas.clone(), props()).map(|live| (canvas, live));
            }
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
    let tell = easel.borrow().props.tell.clone();
    if let Some(Click(selected)) = said.select {
        tell(StageSaid::Select(selected));
    }
    if let Some(Over(hover)) = said.hover {
        let hover = hover.and_then(|(what, x, y)| {
            let easel = easel.borrow();
            let lines = about(&easel.props.frame.as_ref()?.view, what, easel.props.zh);
            Some(Hover { selection: what, x, y, lines })
        });
        tell(StageSaid::Hover(hover));
    }
}
