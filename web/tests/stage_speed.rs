//! How long the stage takes per frame with very many bricks, on a real canvas. Tells, does not
//! judge: `wasm-pack test --headless --chrome web --test stage_speed`.

#![cfg(target_arch = "wasm32")]

use js_sys::Promise;
use tabletop_web::stage::bench::Pan;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
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

async fn next_frame() {
    let promise = Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("a window");
        window.request_animation_frame(&resolve).expect("a frame");
    });
    JsFuture::from(promise).await.expect("time passes");
}

#[wasm_bindgen_test]
async fn panning_many_bricks() {
    for (bricks, zoom) in [
        (10_000, 1.001),
        (10_000, 20.0),
        (10_000, 200.0),
        (100_000, 1.001),
        (100_000, 20.0),
        (100_000, 2_000.0),
    ] {
        let mut pan = Pan::new(canvas(), bricks, zoom).expect("a surface");
        let mut frames = Vec::new();
        for _ in 0..120 {
            next_frame().await;
            frames.push(pan.frame());
        }
        let all = middle(frames.iter().map(|f| f.0 + f.1).collect());
        let layout = middle(frames.iter().map(|f| f.0).collect());
        console_log!(
            "{bricks} live + {bricks} stale, zoom {zoom}: median {:.2} ms, 95th {:.2} ms per frame (layout {:.2}), {} shapes",
            all.0,
            all.1,
            layout.0,
            frames[60].2
        );
    }
}
