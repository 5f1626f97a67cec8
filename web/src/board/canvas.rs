//! Boards on canvases of the page: one, or two stacked that are seen through one window of time.

use super::about::about;
use super::page::{Do, Pointed};
use super::protocol::{Face, Picture};
use super::say::Words;
use super::scene::{self, Drawn, Frame};
use crate::stage::StageOrder;
use crate::stage::canvas::Surface;
use crate::stage::ease::Within;
use crate::stage::ink::Ink;
use crate::stage::pulse::Pulse;
use crate::text::Text;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use tabletop_core::base::SimTime;
use tabletop_core::view::board::ItemId;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, HtmlCanvasElement, PointerEvent, ResizeObserver, WheelEvent};

/// What the canvases are told.
#[derive(Clone)]
pub(crate) struct BoardProps {
    /// The run; another one is seen whole at first.
    pub(crate) run: u64,
    /// What is drawn.
    pub(crate) picture: Rc<Picture>,
    /// Its words.
    pub(crate) words: Rc<Words>,
    /// The page's words.
    pub(crate) t: &'static Text,
    /// What is selected.
    pub(crate) selected: ItemId,
    /// When the run began, and how far any branch on screen goes.
    pub(crate) ends: (SimTime, SimTime),
    /// The cursor's moment.
    pub(crate) now: SimTime,
    /// Any change makes the canvas read the tokens again.
    pub(crate) theme: u32,
    /// Narrow.
    pub(crate) phone: bool,
    /// The last order with its number.
    pub(crate) order: Option<(u32, StageOrder)>,
    /// Who hears it.
    pub(crate) tell: Rc<dyn Fn(Do)>,
}

/// What all canvases have in common.
#[derive(Default)]
struct Shared {
    props: Option<BoardProps>,
    /// The stretch seen, µs; `None` for all of it.
    span: Option<(f64, f64)>,
    down: f32,
    hover: ItemId,
    pulses: Vec<Rc<Pulse>>,
    rest: Option<Timeout>,
    /// The stretch that the page was last told.
    told: Option<(SimTime, SimTime, SimTime, u32)>,
}

impl Shared {
    fn ends(&self) -> (f64, f64) {
        let (from, until) = self.props.as_ref().map_or((SimTime::ZERO, SimTime::ZERO), |props| props.ends);
        let from = from.micros() as f64;
        (from, (until.micros() as f64).max(from + 1_000.0))
    }

    fn seen(&self) -> (f64, f64) {
        self.span.unwrap_or_else(|| self.ends())
    }

    /// Looks at a stretch, kept inside of the run.
    fn look(&mut self, from: f64, until: f64) {
        const LEAST_MICROS: f64 = 20.0;
        let (first, last) = self.ends();
        let wide = (until - from).max(LEAST_MICROS).min(last - first);
        let from = if from + wide > last { last - wide } else { from.max(first) };
        self.span = (wide < (last - first) * 0.999).then_some((from, from + wide));
    }

    fn zoom(&mut self, share: f64, factor: f64) {
        let (from, until) = self.seen();
        let at = from + (until - from) * share;
        self.look(at - (at - from) / factor, at + (until - at) / factor);
    }

    fn pan(&mut self, micros: f64) {
        let (from, until) = self.seen();
        self.look(from + micros, until + micros);
    }

    fn obey(&mut self, order: StageOrder) {
        let (from, until) = self.seen();
        let sixth = (until - from) / 6.0;
        match order {
            StageOrder::Fit => (self.span, self.down) = (None, 0.0),
            StageOrder::ZoomIn => self.zoom(0.5, 1.6),
            StageOrder::ZoomOut => self.zoom(0.5, 1.0 / 1.6),
            StageOrder::Left => self.pan(-sixth),
            StageOrder::Right => self.pan(sixth),
            StageOrder::Centre => {
                let now = self.props.as_ref().map_or(0.0, |props| props.now.micros() as f64);
                self.pan(now - f64::midpoint(from, until));
            }
        }
    }

    fn draw_all(&self) {
        for pulse in &self.pulses {
            pulse.ask();
        }
    }
}

/// Tells the page which stretch is wanted, once the view has come to rest.
fn settle(shared: &Rc<RefCell<Shared>>, width: f32) {
    const REST_MS: u32 = 90;
    let later = shared.clone();
    let timer = Timeout::new(REST_MS, move || {
        let (tell, what) = {
            let shared = later.borrow();
            let Some(props) = &shared.props else { return };
            let (from, until) = shared.seen();
            let join = (until - from) / f64::from(width.max(1.0)) * 0.75;
            // A margin on both sides, so that a small pan finds its picture already there.
            let margin = (until - from) / 2.0;
            let (low, high) = match shared.span {
                Some(_) => (SimTime((from - margin).max(0.0) as u64), SimTime((until + margin) as u64)),
                None => (SimTime::ZERO, SimTime::MAX),
            };
            // Powers of two: the same window for nearby zooms, and a whole view that grows.
            let join = if join < 2.0 { 0 } else { 1 << (join as u64).ilog2() };
            let what = (low, high, SimTime(join), (width as u32).max(64) / 64 * 64);
            (props.tell.clone(), what)
        };
        // Every answer draws the page anew and asks again: only what is new is told.
        if later.borrow_mut().told.replace(what) != Some(what) {
            tell(Do::Time(what.0, what.1, what.2, what.3));
        }
    });
    shared.borrow_mut().rest = Some(timer);
}

/// One canvas.
struct Panel {
    surface: Surface,
    shared: Rc<RefCell<Shared>>,
    /// The branch beside.
    beside: bool,
    drawn: Drawn,
    frame: Option<Frame>,
    down: Vec<(i32, f32, f32)>,
    dragging: bool,
    theme: Option<u32>,
}

/// The face that a canvas shows.
fn face(picture: &Picture, beside: bool) -> Option<&Face> {
    if beside { picture.beside.as_ref().map(|beside| &beside.face) } else { Some(&picture.face) }
}

impl Panel {
    #[inline(never)]
    fn tick(&mut self) {
        let shared = self.shared.borrow();
        let Some(props) = &shared.props else { return };
        if self.theme.replace(props.theme) != Some(props.theme) {
            self.surface.read_tokens();
        }
        self.surface.resize();
        let Some(face) = face(&props.picture, self.beside) else { return };
        let (from, until) = shared.seen();
        let frame = Frame {
            width: self.surface.width,
            height: self.surface.height,
            u: if props.phone { 1.0 } else { self.surface.scale },
            phone: props.phone,
            from,
            until,
            down: shared.down,
            now: props.now,
        };
        self.frame = Some(frame);
        self.drawn = scene::scene(&face.board, &props.words, frame, props.selected, shared.hover);
        self.surface.paint(&self.drawn.scene.shapes, Some(Ink::Stage));
    }

    /// Hears an event; what is to be said.
    fn hear(&mut self, name: &str, event: &Event) -> (bool, Option<Do>) {
        let Some(frame) = self.frame else { return (false, None) };
        if let Some(wheel) = event.dyn_ref::<WheelEvent>() {
            event.prevent_default();
            self.wheel(wheel, frame);
            return (true, None);
        }
        let Some(pointer) = event.dyn_ref::<PointerEvent>() else { return (false, None) };
        let at = (pointer.offset_x() as f32, pointer.offset_y() as f32);
        match name {
            "dblclick" => {
                self.shared.borrow_mut().obey(StageOrder::Fit);
                (true, None)
            }
            "pointerdown" if pointer.button() <= 0 => {
                let _ = self.surface.canvas().set_pointer_capture(pointer.pointer_id());
                self.down.retain(|finger| finger.0 != pointer.pointer_id());
                self.down.push((pointer.pointer_id(), at.0, at.1));
                self.dragging = self.down.len() > 1;
                (false, None)
            }
            "pointermove" => self.motion(pointer, at, frame),
            "pointerup" | "pointercancel" => {
                let held = self.down.iter().any(|finger| finger.0 == pointer.pointer_id());
                self.down.retain(|finger| finger.0 != pointer.pointer_id());
                if !held || self.dragging || name == "pointercancel" {
                    return (false, None);
                }
                let item = self.drawn.hit(at.0, at.1).map_or(ItemId::NONE, |hit| hit.0);
                (false, Some(Do::Select(item)))
            }
            "pointerleave" => self.point(None, pointer),
            _ => (false, None),
        }
    }

    fn wheel(&mut self, event: &WheelEvent, frame: Frame) {
        let unit = if event.delta_mode() == 0 { 1.0 } else { 16.0 };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        let mut shared = self.shared.borrow_mut();
        if event.shift_key() || dx.abs() > dy.abs() {
            let by = if dx.abs() > dy.abs() { dx } else { dy };
            shared.pan(by * frame.micros_per_px());
            return;
        }
        let (from, until) = shared.seen();
        let share = (frame.at(event.offset_x() as f32) - from) / (until - from).max(1.0);
        let rate = if event.ctrl_key() { 0.01 } else { 0.0018 };
        shared.zoom(share.within(0.0, 1.0), js_sys::Math::exp((-dy * rate).within(-0.7, 0.7)));
    }

    fn motion(&mut self, event: &PointerEvent, at: (f32, f32), frame: Frame) -> (bool, Option<Do>) {
        /// Farther than this a press is a drag, px.
        const SLOP: f32 = 4.0;
        let Some(index) = self.down.iter().position(|finger| finger.0 == event.pointer_id()) else {
            let hit = self.drawn.hit(at.0, at.1);
            return self.point(hit, event);
        };
        let was = self.down[index];
        if let [a, b, ..] = self.down[..] {
            let other = if index == 0 { b } else { a };
            let gap = |x: f32, y: f32| (x - other.1).hypot(y - other.2).max(8.0);
            let factor = f64::from(gap(at.0, at.1) / gap(was.1, was.2));
            let mut shared = self.shared.borrow_mut();
            let (from, until) = shared.seen();
            let share = (frame.at(f32::midpoint(at.0, other.1)) - from) / (until - from).max(1.0);
            shared.pan(f64::from(was.1 - at.0) / 2.0 * frame.micros_per_px());
            shared.zoom(share.within(0.0, 1.0), factor);
            drop(shared);
            self.down[index] = (was.0, at.0, at.1);
            return (true, None);
        }
        if !self.dragging && (at.0 - was.1).hypot(at.1 - was.2) <= SLOP {
            return (false, None);
        }
        self.dragging = true;
        self.down[index] = (was.0, at.0, at.1);
        let mut shared = self.shared.borrow_mut();
        shared.pan(f64::from(was.1 - at.0) * frame.micros_per_px());
        let most = (self.drawn.tall - frame.height).max(0.0);
        shared.down = (shared.down + was.2 - at.1).within(0.0, most);
        (true, None)
    }

    fn point(&self, hit: Option<(ItemId, scene::Hit)>, event: &PointerEvent) -> (bool, Option<Do>) {
        let mut shared = self.shared.borrow_mut();
        let item = hit.map_or(ItemId::NONE, |hit| hit.0);
        if shared.hover == item {
            return (false, None);
        }
        shared.hover = item;
        let Some(props) = &shared.props else { return (false, None) };
        let pointed = hit.zip(face(&props.picture, self.beside)).map(|((item, hit), face)| Pointed {
            item,
            x: event.client_x().into(),
            y: event.client_y().into(),
            lines: about(&face.board, &props.words, props.t, props.now, hit),
        });
        (true, Some(Do::Point(pointed)))
    }
}

/// A canvas with all that listens to it.
struct Live {
    canvas: HtmlCanvasElement,
    observer: Option<ResizeObserver>,
    pulse: Rc<Pulse>,
    panel: Rc<RefCell<Panel>>,
    _resized: Closure<dyn FnMut()>,
    _listeners: Vec<EventListener>,
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

impl Live {
    fn new(canvas: HtmlCanvasElement, shared: &Rc<RefCell<Shared>>, beside: bool) -> Option<Self> {
        let surface = Surface::new(canvas.clone())?;
        let panel = Rc::new(RefCell::new(Panel {
            surface,
            shared: shared.clone(),
            beside,
            drawn: Drawn::default(),
            frame: None,
            down: Vec::new(),
            dragging: false,
            theme: None,
        }));
        let pulse = {
            let panel = panel.clone();
            Pulse::new(move |_| panel.borrow_mut().tick())
        };
        let resized = {
            let (panel, pulse, shared) = (Rc::downgrade(&panel), pulse.clone(), shared.clone());
            Closure::<dyn FnMut()>::new(move || {
                let Some(panel) = panel.upgrade() else { return };
                panel.borrow_mut().theme = None;
                pulse.ask();
                let width = panel.borrow().surface.canvas().client_width() as f32;
                settle(&shared, width);
            })
        };
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(&canvas);
        }
        let names =
            ["wheel", "pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave", "dblclick"];
        let listeners = names.into_iter().map(|name| {
            let (panel, shared) = (panel.clone(), shared.clone());
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&canvas, name, options, move |event| {
                let (moved, said) = panel.borrow_mut().hear(name, event);
                if moved {
                    shared.borrow().draw_all();
                    settle(&shared, panel.borrow().surface.width);
                }
                let tell = shared.borrow().props.as_ref().map(|props| props.tell.clone());
                if let (Some(tell), Some(said)) = (tell, said) {
                    tell(said);
                }
            })
        });
        let listeners = listeners.collect();
        pulse.ask();
        Some(Self { canvas, observer, pulse, panel, _resized: resized, _listeners: listeners })
    }
}

/// The boards of the page, as long as there are any.
#[derive(Default)]
pub(crate) struct BoardCanvases {
    shared: Rc<RefCell<Shared>>,
    live: [Option<Live>; 2],
}

impl BoardCanvases {
    /// Paints on these canvases from now on: the run's, and that of the branch beside.
    pub(crate) fn hold(&mut self, canvases: [Option<HtmlCanvasElement>; 2], props: Option<BoardProps>) {
        {
            let mut shared = self.shared.borrow_mut();
            let (run, order) = shared.props.as_ref().map_or((0, None), |props| (props.run, props.order));
            if props.as_ref().is_none_or(|props| props.run != run) {
                (shared.span, shared.down, shared.hover) = (None, 0.0, ItemId::NONE);
                shared.told = None;
            }
            let next = props.as_ref().and_then(|props| props.order);
            shared.props = props;
            if next != order
                && let Some((_, order)) = next
            {
                shared.obey(order);
            }
        }
        for (at, canvas) in canvases.into_iter().enumerate() {
            let same =
                matches!((&canvas, &self.live[at]), (Some(canvas), Some(live)) if *canvas == live.canvas);
            if !same {
                self.live[at] = canvas.and_then(|canvas| Live::new(canvas, &self.shared, at == 1));
            }
        }
        let pulses = self.live.iter().flatten().map(|live| live.pulse.clone()).collect();
        self.shared.borrow_mut().pulses = pulses;
        if let Some(live) = self.live.iter().flatten().next() {
            self.shared.borrow().draw_all();
            let width = live.panel.borrow().surface.width;
            settle(&self.shared, width);
        }
    }
}
