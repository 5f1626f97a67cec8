//! The measurement on real IndexedDB: figures, cancelling, what a killed browser leaves behind.
//!
//! `wasm-pack test --headless --chrome web --test measure`
#![cfg(target_arch = "wasm32")]

use js_sys::{Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tabletop_web::measure::{DATABASE, Kept, Operation, Row, Said, remove, run};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

async fn promised(code: &str) -> JsValue {
    let promise = js_sys::eval(code).expect(code).dyn_into::<Promise>().expect(code);
    JsFuture::from(promise).await.expect(code)
}

/// Whether the database is there.
async fn is_there() -> bool {
    let all = js_sys::Array::from(&promised("indexedDB.databases()").await);
    all.iter().any(|found| Reflect::get(&found, &"name".into()).is_ok_and(|name| name == DATABASE))
}

async fn said(sizes: &[u32], stop: impl Fn(&Said) -> bool) -> Vec<Said> {
    let heard = RefCell::new(Vec::new());
    let flag = Rc::new(Cell::new(false));
    let set = Rc::clone(&flag);
    run(sizes, flag, |said| {
        set.set(set.get() || stop(&said));
        heard.borrow_mut().push(said);
    })
    .await;
    heard.into_inner()
}

fn rows(said: &[Said]) -> Vec<Row> {
    let row = |said: &Said| match said {
        Said::Row(row) => Some(*row),
        _ => None,
    };
    said.iter().filter_map(row).collect()
}

fn of(rows: &[Row], infos: u32, kept: Kept, operation: Operation) -> Row {
    let is = |row: &&Row| (row.infos, row.kept, row.operation) == (infos, kept, operation);
    *rows.iter().find(is).expect("it was measured")
}

#[wasm_bindgen_test]
async fn figures_come_and_the_database_goes() {
    let said = said(&[500, 20_000], |_| false).await;
    assert_eq!(said.last(), Some(&Said::Done), "{said:?}");
    let rows = rows(&said);
    assert_eq!(rows.len(), 2 * 2 * 3);
    for row in &rows {
        console_log!("{row:?}");
        assert!(row.count > 0 && row.median_us >= row.least_us && row.least_us > 0, "{row:?}");
    }
    // Bytes are counted, so they are the same in every browser.
    let small = of(&rows, 500, Kept::Split, Operation::Append);
    let large = of(&rows, 20_000, Kept::Split, Operation::Append);
    assert!(large.written < small.written + 16, "{small:?} {large:?}");
    let (whole_small, whole_large) =
        (of(&rows, 500, Kept::Whole, Operation::Append), of(&rows, 20_000, Kept::Whole, Operation::Append));
    assert!(whole_large.written > 30 * whole_small.written, "{whole_small:?} {whole_large:?}");
    assert!(whole_large.median_us > large.median_us, "an append of 20,000 decoded and encoded infos");
    assert!(of(&rows, 20_000, Kept::Split, Operation::LookUp).read < 200);
    assert!(!is_there().await);
}

#[wasm_bindgen_test]
async fn a_cancelled_measurement_leaves_nothing() {
    let said = said(
        &[500, 200_000],
        |said| matches!(said, Said::Progress { done, infos: 200_000, filling: true } if *done > 10),
    )
    .await;
    assert_eq!(said.last(), Some(&Said::Stopped), "{said:?}");
    assert_eq!(rows(&said).len(), 6);
    assert!(!is_there().await);
}

#[wasm_bindgen_test]
async fn what_a_killed_browser_left_is_removed() {
    promised(&format!(
        "new Promise((done, fail) => {{
            const open = indexedDB.open({DATABASE:?}, 1);
            open.onupgradeneeded = () => open.result.createObjectStore('whole');
            open.onsuccess = () => {{ open.result.close(); done(); }};
            open.onerror = fail;
        }})"
    ))
    .await;
    assert!(is_there().await);
    remove().await.expect("it goes");
    assert!(!is_there().await);
    // One with other stores in it is no obstacle for the next measurement either.
    let said = said(&[200], |_| false).await;
    assert_eq!(said.last(), Some(&Said::Done), "{said:?}");
}
