//! The stage in a real page: it draws, hears the pointer, sleeps when nothing moves.

#![cfg(target_arch = "wasm32")]

use js_sys::{Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use tabletop_core::base::{Digest, RowsetId, SimTime};
use tabletop_core::lab::tablet::{Knobs, Workload};
use tabletop_core::view::tablet::{TabletView, TabletWindow};
use tabletop_web::protocol::{BranchId, Frame, RunId, RunState, SaveState};
use tabletop_web::stage::{
    Hover, Selection, StageCanvas, StageCanvasProps, StageMode, StageOrder, StageSaid, sample,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Event, HtmlCanvasElement, HtmlElement, PointerEvent, WheelEvent};

wasm_bindgen_test_configure!(run_in_browser);

async fn wait(ms: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("a window");
        window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).expect("a timer");
    });
    JsFuture::from(promise).await.expect("time passes");
}

fn frame(view: TabletView) -> Rc<Frame> {
    let state = RunState {
        run: RunId(1),
        lab: 1,
        name: String::new(),
        scenario: String::new(),
        tablet_id: None,
        seed: 1,
        branch: BranchId(0),
        beside: None,
        branches: Vec::new(),
        markers: Vec::new(),
        step: view.step,
        now: view.now,
        started_at: SimTime::ZERO,
        epoch_unix_ms: None,
        next_at: None,
        can_undo: false,
        can_redo: false,
        digest: Digest::default(),
        checkers: 0,
        violation: None,
        save: SaveState::ReadOnly,
        notice: None,
    };
    Rc::new(Frame {
        state,
        knobs: Knobs::default(),
        script: String::new(),
        workload: Workload::default(),
        view,
        events: Vec::new(),
        steps: 0,
        continues: true,
        beside: None,
    })
}

#[derive(Default)]
struct Heard {
    selected: Vec<Option<Selection>>,
    hovered: Vec<Option<Hover>>,
    windows: Vec<TabletWindow>,
}

fn props(frame: &Rc<Frame>, heard: &Rc<RefCell<Heard>>) -> StageCanvasProps {
    let heard = heard.clone();
    StageCanvasProps {
        frame: Some(frame.clone()),
        mode: StageMode::Map,
        selected: None,
        preview: None,
        speed: 1.0,
        theme: 0,
        zh: false,
        phone: false,
        reduced_motion: false,
        order: None,
        tell: Rc::new(move |said| {
            let mut heard = heard.borrow_mut();
            match said {
                StageSaid::Select(what) => heard.selected.push(what),
                StageSaid::Hover(what) => heard.hovered.push(what),
                StageSaid::Window(window) => heard.windows.push(window),
            }
        }),
    }
}

fn show(props: StageCanvasProps) -> (StageCanvas, HtmlElement) {
    let document = web_sys::window().and_then(|w| w.document()).expect("a page");
    let host = document.create_element("div").expect("a box").unchecked_into::<HtmlElement>();
    host.set_attribute("style", "position:relative;width:880px;height:540px").expect("a style");
    document.body().expect("a body").append_child(&host).expect("a place");
    let canvas = document.create_element("canvas").expect("a canvas").unchecked_into::<HtmlCanvasElement>();
    canvas.set_attribute("style", "position:absolute;inset:0;width:100%;height:100%").expect("a style");
    host.append_child(&canvas).expect("a place");
    let mut stage = StageCanvas::default();
    stage.hold(Some(canvas), || props);
    (stage, host)
}

fn canvas_of(host: &HtmlElement) -> HtmlCanvasElement {
    host.query_selector("canvas").ok().flatten().expect("a canvas").unchecked_into()
}

fn set(event: &web_sys::MouseEventInit, canvas: &HtmlCanvasElement, x: f64, y: f64) {
    let at = canvas.get_bounding_client_rect();
    event.set_client_x((at.left() + x) as i32);
    event.set_client_y((at.top() + y) as i32);
    event.set_bubbles(true);
    event.set_cancelable(true);
}

fn point(canvas: &HtmlCanvasElement, name: &str, x: f64, y: f64) {
    let init = web_sys::PointerEventInit::new();
    init.set_pointer_id(1);
    set(init.unchecked_ref(), canvas, x, y);
    let event = PointerEvent::new_with_event_init_dict(name, &init).expect("an event");
    canvas.dispatch_event(event.unchecked_ref::<Event>()).expect("heard");
}

fn wheel(canvas: &HtmlCanvasElement, x: f64, y: f64, by: f64) {
    let init = web_sys::WheelEventInit::new();
    init.set_delta_y(by);
    set(init.unchecked_ref(), canvas, x, y);
    let event = WheelEvent::new_with_event_init_dict("wheel", &init).expect("an event");
    canvas.dispatch_event(event.unchecked_ref::<Event>()).expect("heard");
}

/// Replaces the page's frame clock with one that counts.
fn count_frames() -> impl Fn() -> f64 {
    let window = web_sys::window().expect("a window");
    js_sys::eval(
        "if (!window.__frames) { window.__frames = { n: 0 }; const raf = window.requestAnimationFrame; \
         window.requestAnimationFrame = f => { window.__frames.n++; return raf.call(window, f); }; }",
    )
    .expect("a counter");
    move || {
        let frames = Reflect::get(&window, &"__frames".into()).expect("a counter");
        Reflect::get(&frames, &"n".into()).ok().and_then(|n| n.as_f64()).unwrap_or(-1.0)
    }
}

#[wasm_bindgen_test]
async fn the_pointer_is_heard_and_the_loop_sleeps() {
    let frames = count_frames();
    let heard = Rc::new(RefCell::new(Heard::default()));
    let view = frame(sample::steady());
    let (mut stage, host) = show(props(&view, &heard));
    wait(250).await;
    let canvas = canvas_of(&host);
    assert!(canvas.width() >= 880);

    // Over [33-38]: the sample's plot is 742 px for 568 units; 33 starts at 264.
    point(&canvas, "pointermove", 470.0, 420.0);
    point(&canvas, "pointerdown", 470.0, 420.0);
    point(&canvas, "pointerup", 470.0, 420.0);
    wait(100).await;
    let rowset = Selection::Rowset(RowsetId(33_038));
    assert_eq!(heard.borrow().selected.last(), Some(&Some(rowset)));
    let hover = heard.borrow().hovered.last().cloned().flatten().expect("a hover");
    assert_eq!(hover.selection, rowset);
    assert_eq!(hover.lines, ["[33-38]  cumulative", "131 MB · 1 segment"]);

    // A drag is not a click.
    let clicks = heard.borrow().selected.len();
    wheel(&canvas, 470.0, 300.0, -400.0);
    point(&canvas, "pointerdown", 470.0, 300.0);
    for x in 0..10 {
        point(&canvas, "pointermove", 470.0 - 12.0 * f64::from(x), 300.0);
    }
    point(&canvas, "pointerup", 360.0, 300.0);
    assert_eq!(heard.borrow().selected.len(), clicks);
    wait(200).await;

    // An idle screen draws nothing.
    let before = frames();
    wait(400).await;
    assert!((frames() - before).abs() < 0.5, "{} frames while idle", frames() - before);

    // Orders and other properties come through.
    let fit = StageCanvasProps { order: Some((1, StageOrder::Fit)), ..props(&view, &heard) };
    stage.hold(Some(canvas.clone()), || fit);
    wait(150).await;
    point(&canvas, "pointerdown", 470.0, 420.0);
    point(&canvas, "pointerup", 470.0, 420.0);
    assert_eq!(heard.borrow().selected.last(), Some(&Some(rowset)));
    stage.hold(None, || props(&view, &heard));
}

#[wasm_bindgen_test]
async fn many_bricks_ask_for_a_joined_window() {
    let heard = Rc::new(RefCell::new(Heard::default()));
    let view = frame(sample::synthetic_view(10_000));
    let (mut stage, host) = show(props(&view, &heard));
    wait(400).await;
    let first = heard.borrow().windows.first().copied().expect("a window");
    assert!(first.join_below >= 64 && first.to == u32::MAX, "{first:?}");
    let canvas = canvas_of(&host);
    for _ in 0..12 {
        wheel(&canvas, 400.0, 300.0, -380.0);
    }
    wait(300).await;
    let near = heard.borrow().windows.last().copied().expect("a window");
    assert!(near.join_below < first.join_below && near.to - near.from < 160_000, "{near:?}");
    stage.hold(None, || props(&view, &heard));
}
