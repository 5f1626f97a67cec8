//! How long the stage takes per frame with very many bricks, on a real canvas. Tells, does not
//! judge: `wasm-pack test --headless --chrome web --test stage_speed`.

#![cfg(target_arch = "wasm32")]

use tabletop_web::stage::bench::pan;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlCanvasElement;

wasm_bindgen_test_configure!(run_in_browser);

fn canvas() -> HtmlCanvasElement {
    let document = web_sys::window().and_then(|w| w.document()).expect("a page");
    let canvas = document.create_element("canvas").expect("a canvas");
    canvas.set_attribute("style", "width:848px;height:540px").expect("a style");
    document.body().expect("a body").append_child(&canvas).expect("a place");
    canvas.unchecked_into()
}

fn middle(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 95 / 100])
}

#[wasm_bindgen_test]
fn panning_many_bricks() {
    for (bricks, zoom) in [
        (10_000, 1.001),
        (10_000, 20.0),
        (10_000, 200.0),
        (100_000, 1.001),
        (100_000, 20.0),
        (100_000, 2_000.0),
    ] {
        let frames = pan(canvas(), bricks, zoom);
        assert_eq!(frames.len(), 120);
        let all = middle(frames.iter().map(|f| f.0 + f.1).collect());
        let layout = middle(frames.iter().map(|f| f.0).collect());
        console_log!(
            "{bricks} live + {bricks} stale, zoom {zoom}: median {:.2} ms, 95th {:.2} ms per frame (layout {:.2})",
            all.0,
            all.1,
            layout.0
        );
    }
}
