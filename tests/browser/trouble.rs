//! What goes wrong, what the user reads then, and that work goes on.

use crate::page::{Page, address, altered};
use serde_json::{Value, json};
use std::fs;
use xtask::server::Server;
use xtask::webdriver::key;
use xtask::workspace::Workspace;

/// The origin, as the `DevTools` protocol wants it.
fn origin() -> &'static str {
    address().trim_end_matches('/')
}

/// Loads two more, and the page says that they are in memory only.
fn goes_on_in_memory(page: &Page) {
    page.verb("verb-load");
    page.until_root("save", "failed");
    page.until_there("banner-save");
    page.verb("verb-load");
    page.verb("verb-delete");
    assert!(page.has("banner-export"), "the way out is offered");
    assert!(page.text("save-state").contains("not saved"), "{}", page.text("save-state"));
}

/// Retries, and what was in memory is still there after a reload.
fn is_saved_by_a_retry(page: &Page) {
    let shown = (page.step(), page.digest());
    page.click("save-retry");
    page.until_saved();
    page.until_gone("banner-save");
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!((page.step(), page.digest()), shown);
}

/// The engine's writes throw an error of this name while a test says so; none: they work.
const TROUBLE: &str = "(() => {
    const put = IDBObjectStore.prototype.put;
    let trouble = null;
    new BroadcastChannel('trouble').onmessage = (event) => { trouble = event.data; };
    IDBObjectStore.prototype.put = function (...all) {
        if (trouble) throw new DOMException('made to fail', trouble);
        return put.apply(this, all);
    };
})();";

/// Makes writes fail with an error of this name, lets work go on, and mends it.
fn writes_fail(name: &str, error: &str, look: impl Fn(&Page)) {
    let folder = altered(name, TROUBLE);
    let server = Server::start(&folder, 0).unwrap();
    let page = Page::open_at(name, &server.url(), "lang=en", (1440, 900));
    page.scenario("empty");
    page.verb("verb-load");
    page.until_saved();
    page.js(&format!("(window.trouble = new BroadcastChannel('trouble')).postMessage('{error}')"));
    goes_on_in_memory(&page);
    look(&page);
    page.js("window.trouble.postMessage(null)");
    is_saved_by_a_retry(&page);
    drop(page);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_full_disk_is_said_and_work_goes_on() {
    writes_fail("quota", "QuotaExceededError", |page| {
        let said = page.text("banner-save");
        assert!(said.contains("storage is full") && said.contains("in memory only"), "{said}");
        // Room can be made from here: the runs, each with its trash button.
        page.click("free-space");
        page.until_there("run-trash");
        page.browser.press("", key::ESCAPE).unwrap();
        page.until_gone("menu");
    });
}

#[test]
fn a_save_that_fails_says_why_and_a_retry_saves_everything() {
    writes_fail("failing", "UnknownError", |page| {
        let said = page.text("banner-save");
        assert!(said.contains("Saving failed") && said.contains("in memory only"), "{said}");
        assert!(!page.has("free-space"), "it is not the room");
    });
}

#[test]
fn a_lost_store_is_told_and_nothing_is_pretended() {
    let page = Page::open("lost");
    page.scenario("empty");
    page.verb("verb-load");
    page.until_saved();
    // Closed first: the database is not in use when somebody clears it.
    page.browser.go("about:blank").unwrap();
    let cleared = json!({ "origin": origin(), "storageTypes": "indexeddb" });
    page.browser.cdp("Storage.clearDataForOrigin", cleared).unwrap();
    page.browser.go(&format!("{}#lang=en", address())).unwrap();
    page.ready();
    page.until_there("banner-lost");
    let said = page.text("banner-lost");
    assert!(said.contains("empty although it held runs"), "{said}");
    page.verb("verb-load");
    page.until_saved();
    page.click("notice-close");
    page.until_gone("banner-lost");
    // Told once; the new store is the one that is known now.
    page.browser.reload().unwrap();
    page.ready();
    page.until_saved();
    assert!(!page.has("banner-lost"), "{}", page.explain());
}

/// Runs a script over the open database; its value.
fn in_database(page: &Page, script: &str) -> Value {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         const request = indexedDB.open('tabletop');
         request.onsuccess = () => {{
             const database = request.result;
             const finish = (value) => {{ database.close(); done(value); }};
             {script}
         }};
         request.onerror = () => done(String(request.error));"
    );
    page.browser.eval_async(&script, json!(null)).unwrap()
}

/// Leaves the page for another one of its origin, so that nothing holds the database.
fn step_aside(page: &Page) {
    page.browser.go(&format!("{}tokens", address())).unwrap();
}

#[test]
fn a_run_of_a_newer_format_is_refused_and_left_as_it_is() {
    let page = Page::open("newer-run");
    page.scenario("empty");
    page.verb("verb-load");
    page.until_saved();
    step_aside(&page);
    // Format 9 in the record of the run that is opened last: bytes 4 to 7.
    let changed = in_database(
        &page,
        "const runs = database.transaction('runs', 'readwrite').objectStore('runs');
         runs.openCursor(null, 'prev').onsuccess = (event) => {
             const cursor = event.target.result, bytes = cursor.value;
             bytes[4] = 9;
             cursor.update(bytes).onsuccess = () => finish([cursor.key, [...bytes]]);
         };",
    );
    let run = changed[0].as_f64().unwrap();
    page.browser.go(&format!("{}#lang=en", address())).unwrap();
    page.ready();
    // The engine lives, another run is open, and the page says why.
    page.until_there("banner-unread");
    let said = page.text("banner-unread");
    assert!(said.contains("format 9") && said.contains("left as it is"), "{said}");
    assert!(!page.has("banner-dead"), "{}", page.explain());
    page.verb("verb-load");
    page.until_saved();
    // Asking for it again is refused in the same words.
    page.click("run-menu");
    page.until_there("run-open");
    page.browser.click(&format!("[data-test=run-open][data-run='{run}']")).unwrap();
    page.until_there("toast-failed");
    assert!(page.text("toast-failed").contains("format 9"), "{}", page.text("toast-failed"));
    step_aside(&page);
    let kept = in_database(
        &page,
        &format!(
            "database.transaction('runs').objectStore('runs').get({run}).onsuccess = \
             (event) => finish([...event.target.result]);"
        ),
    );
    assert_eq!(kept, changed[1], "not a byte of it was touched");
}

#[test]
fn a_store_of_a_newer_format_is_left_untouched() {
    let page = Page::open("newer-store");
    page.until_saved();
    step_aside(&page);
    in_database(
        &page,
        "database.transaction('meta', 'readwrite').objectStore('meta').put(7, 'format').onsuccess = () => finish(1);",
    );
    page.browser.go(&format!("{}#lang=en", address())).unwrap();
    page.ready();
    page.until_there("banner-newer");
    assert!(page.text("banner-newer").contains("format 7"), "{}", page.text("banner-newer"));
    page.until_root("save", "memory");
    page.verb("verb-load");
    assert!(page.has("banner-export"), "what is done now can be taken along");
    step_aside(&page);
    let kept = in_database(
        &page,
        "database.transaction('meta').objectStore('meta').get('format').onsuccess = \
         (event) => finish(event.target.result);",
    );
    assert_eq!(kept, 7);
}

#[test]
fn a_broken_invariant_stops_the_run_and_names_itself() {
    let page = Page::open("broken");
    page.scenario("orphan-5526");
    page.until_there("banner-broken");
    let said = page.text("banner-broken");
    let (step, digest) = (page.step(), page.digest());
    assert!(said.contains("Broken invariant") && said.contains("at step"), "{said}");
    // It does not play on over it.
    page.js("document.activeElement.blur()");
    page.click("play");
    page.until("document.querySelector('[data-test=root]').dataset.playing === undefined");
    assert_eq!((page.step(), page.digest()), (step, digest));
    // Earlier steps are intact, and lead back to the same break.
    page.click("to-start");
    page.until_root("step", 0);
    page.click("go-broken");
    page.until_root("step", step);
    assert!(page.text("banner-broken").contains("Broken invariant"));
    page.scenario("empty");
    page.until_gone("banner-broken");
    page.verb("verb-load");
}

#[test]
fn trash_takes_a_run_and_gives_it_back() {
    let page = Page::open("trash");
    page.until_saved();
    page.scenario("empty");
    page.verb("verb-load");
    page.until_saved();
    let here = page.digest();
    let menu = || {
        page.click("run-menu");
        page.until_there("run-open");
    };
    menu();
    assert_eq!(page.count("run-open"), 2);
    page.js("document.querySelector('[data-test=run-trash]:not(:disabled)').click()");
    page.until_there("toast-trashed");
    assert!(page.text("toast-trashed").contains("in the trash"), "{}", page.text("toast-trashed"));
    page.until("document.querySelectorAll('[data-test=run-open]').length === 1");
    page.until_there("run-restore");
    // It stays there over a reload.
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!(page.digest(), here);
    menu();
    page.until_there("run-restore");
    page.click("run-restore");
    page.until_gone("run-restore");
    if !page.has("menu") {
        menu();
    }
    page.until("document.querySelectorAll('[data-test=run-open]').length === 2");
    page.js("document.querySelector('[data-test=run-open]:not([aria-current])').click()");
    page.until(&format!("document.querySelector('[data-test=digest]').title !== '{here}'"));
    assert_eq!(page.text("verdict"), "−230", "the incident is back");
}

#[test]
fn a_file_dropped_on_the_page_is_looked_at() {
    let page = Page::open("drop");
    let (step, digest) = (page.step(), page.digest());
    let root = Workspace::here().root;
    let good = root.join("tests/samples/compaction_show/05-issue-minus230-2020-05-12.json");
    let bad = root.join("README.md");
    let drag = |kind: &str, file: &std::path::Path| {
        let data = json!({ "items": [], "files": [file], "dragOperationsMask": 1 });
        let event = json!({ "type": kind, "x": 700, "y": 300, "data": data });
        page.browser.cdp("Input.dispatchDragEvent", event).unwrap();
    };
    drag("dragEnter", &good);
    drag("dragOver", &good);
    page.until_there("drop");
    assert!(page.text("drop").contains("Drop"), "{}", page.text("drop"));
    for (file, taken) in [(&bad, false), (&good, true)] {
        drag("dragEnter", file);
        drag("dragOver", file);
        drag("drop", file);
        page.until_there("import-text");
        page.until_gone("drop");
        page.until("document.querySelector('[data-test=import-found] li:not(.faint)') !== null");
        let found = page.text("import-found");
        assert_eq!(page.js("document.querySelector('[data-test=import-play]').disabled"), json!(!taken));
        assert_eq!(found.contains("live rowsets"), taken, "{found}");
        assert_eq!((page.step(), page.digest()), (step, digest.clone()), "looking changes nothing");
        if !taken {
            page.click("import-cancel");
            page.until_gone("import-text");
        }
    }
    page.click("import-play");
    page.until_gone("import-text");
    page.until_root("step", 0);
    page.assert_quiet();
}
