//! A lab of boards end to end: its tab, playing, acting, its twins, two branches side by side.

use crate::page::{Page, beyond, named};
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::ClusterLab;

/// The page at the load lab.
fn load(name: &str) -> Page {
    at_lab(name, "load")
}

fn at_lab(name: &str, lab: &str) -> Page {
    let page = Page::open(name);
    page.until_saved();
    go(&page, lab);
    page
}

fn go(page: &Page, lab: &str) {
    page.click(&format!("tab-{lab}"));
    page.until_root("lab", lab);
    page.until("document.querySelector('[data-ready=true]') !== null");
}

/// Clicks down the drawing until something is selected, as a user would who cannot read it.
fn select_a_bar(page: &Page) {
    let corner = page.js(
        "(() => { const box = document.querySelector('.draw:not(.beside) > canvas').getBoundingClientRect();\
           return [Math.round(box.x + box.width * 0.4), Math.round(box.y)]; })()",
    );
    let at = |index: usize| corner.get(index).and_then(serde_json::Value::as_i64).expect("the drawing");
    for down in (24..160).step_by(8) {
        let place = (at(0), at(1) + down);
        page.browser.drag(place, place).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(150));
        if page.js("document.querySelector('[data-test=chosen] h2') !== null") == true {
            return;
        }
    }
    panic!("nothing on the drawing can be selected");
}

#[test]
fn the_load_lab_plays_seeks_and_acts_and_a_reload_keeps_it() {
    let page = load("lab-load");
    assert!(page.text("title").len() > 3 && page.has("drawing"));
    let head = page.step();
    assert!(head > 10, "it opens with a load that was played: {head}");
    page.seek(head / 2);
    let half = page.digest();
    page.click("to-end");
    page.until_root("step", head);
    page.seek(head / 2);
    assert_eq!(page.digest(), half);
    page.click("to-end");
    page.until_root("step", head);
    page.verb("verb-load");
    page.play_past(head + 3);
    page.until_saved();
    let (step, digest) = (page.step(), page.digest());
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!((page.root("lab").as_str(), page.step(), page.digest()), ("load", step, digest));
    page.click("tab-tablet");
    page.until_root("lab", "tablet");
    page.ready();
    assert_eq!(page.text("banner-read-only"), "", "the lock went along");
    page.click("tab-load");
    page.until_root("lab", "load");
    page.until_root("step", step);
    page.assert_quiet();
}

#[test]
fn a_bar_is_selected_in_the_drawing_and_in_the_table() {
    let page = load("lab-select");
    select_a_bar(&page);
    page.until("document.querySelectorAll('[data-test=chosen] p').length > 0");
    page.click("view-table");
    page.until_there("table");
    page.until("document.querySelectorAll('[data-test=table-row]').length > 5");
    page.js("document.querySelector('[data-test=table-row]').click()");
    page.until("document.querySelector('[data-test=table-row][aria-selected=true]') !== null");
    let first = page.text("chosen");
    page.js("document.querySelector('[data-test=table-row][aria-selected=true]')\
          .dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))");
    page.until(&format!(
        "document.querySelector('{}').innerText !== {}",
        named("chosen"),
        serde_json::Value::String(first)
    ));
    page.click("view-text");
    page.until("document.querySelector('[data-test=text]')?.innerText.split('\\n').length > 5");
    page.assert_quiet();
}

#[test]
fn two_branches_stand_side_by_side_under_one_cursor() {
    let page = load("lab-compare");
    page.click("compare-menu");
    page.until_there("again-knob");
    let choose = |test: &str, value: &str, event: &str| {
        page.js(&format!(
            "((field) => {{ field.value = '{value}'; field.dispatchEvent(new Event('{event}', {{ bubbles: true }})); }})\
             (document.querySelector('[data-test={test}]'))"
        ));
    };
    choose("again-knob", "threads", "change");
    page.until("document.querySelector('[data-test=again-value]').value !== ''");
    choose("again-value", "1", "input");
    page.until("!document.querySelector('[data-test=again-go]').disabled");
    page.click("again-go");
    page.until_there("drawing-beside");
    page.until_there("versus-0");
    assert_eq!(page.count("compare-end"), 1);
    let step = page.step();
    page.seek(step / 2);
    page.until_there("drawing-beside");
    page.until_saved();
    page.browser.reload().unwrap();
    page.ready();
    page.until_there("drawing-beside");
    page.until_there("versus-0");
    page.click("compare-swap");
    page.until("document.querySelector('[data-test=head-a]').innerText.includes('1')");
    page.click("compare-end");
    page.until_gone("drawing-beside");
    page.until_saved();
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!(page.count("drawing-beside"), 0);
    page.click("branch-menu");
    page.until("document.querySelectorAll('[data-test=branch-switch]').length === 2");
    page.assert_quiet();
}

#[test]
fn the_tablet_lab_compares_too() {
    let page = Page::open("tablet-compare");
    page.scenario("steady");
    page.click("compare-menu");
    page.until_there("again-knob");
    page.js(
        "((field) => { field.value = 'knob-min-score'; field.dispatchEvent(new Event('change', { bubbles: true })); })\
         (document.querySelector('[data-test=again-knob]'))",
    );
    page.until(
        "[...document.querySelector('[data-test=again-value]').options].some((one) => one.value === '50')",
    );
    page.js(
        "((field) => { field.value = '50'; field.dispatchEvent(new Event('change', { bubbles: true })); })\
         (document.querySelector('[data-test=again-value]'))",
    );
    page.until("!document.querySelector('[data-test=again-go]').disabled");
    page.click("again-go");
    page.until_there("drawing-beside");
    page.until_there("versus-0");
    page.click("step-prev");
    page.until_there("drawing-beside");
    page.click("compare-end");
    page.until_gone("drawing-beside");
    page.assert_quiet();
}

#[test]
fn a_board_speaks_chinese() {
    let page = load("lab-zh");
    let english = page.text("title");
    page.click("lang");
    page.until(&format!(
        "document.querySelector('[data-test=title]').innerText !== {}",
        serde_json::Value::String(english)
    ));
    let han = |test: &str| page.text(test).chars().any(|letter| ('\u{4e00}'..'\u{9fff}').contains(&letter));
    assert!(han("title") && han("verb-load") && han("lab-text") && han("metrics"));
    page.click("tab-events");
    page.until("/[\\u4e00-\\u9fff]/.test(document.querySelector('[data-test=events]')?.innerText)");
    page.assert_quiet();
}

#[test]
fn the_inode_lab_plays_and_this_browser_is_measured() {
    let page = at_lab("lab-inode", "inode");
    let step = page.step();
    page.verb("verb-append");
    page.until(&format!("Number(document.querySelector('[data-test=root]').dataset.step) > {step}"));
    page.click("measure-open");
    page.click("measure-start");
    page.until_there("measure-stop");
    // The first figures of the smallest inode come soon; then it is stopped.
    page.until("document.querySelectorAll('[data-test=measure-table] tbody tr').length >= 3");
    page.click("measure-stop");
    page.until_there("measure-start");
    page.until_there("measure-copy");
    assert_eq!(page.count("measure-plot"), 3);
    page.js("indexedDB.databases().then((all) => { window.left = all.map((one) => one.name).join(); })");
    page.until("window.left !== undefined && !window.left.includes('measure')");
    page.click("dialog-close");
    page.until_gone("measure");
    page.assert_quiet();
}

#[test]
fn what_a_killed_measurement_left_goes_with_the_next_visit() {
    let page = at_lab("measure-left", "inode");
    page.js("indexedDB.open('tabletop measure', 1).onsuccess = (opened) => { opened.target.result.close(); window.made = true; }");
    page.until("window.made === true");
    page.js("localStorage.setItem('tabletop.measuring', 'on')");
    page.browser.reload().unwrap();
    page.ready();
    page.js("setInterval(() => indexedDB.databases().then((all) => { window.left = all.map((one) => one.name).join(); }), 100)");
    page.until("window.left !== undefined && !window.left.includes('measure')");
    assert_eq!(page.js("localStorage.getItem('tabletop.measuring')"), "off");
    page.assert_quiet();
}

#[test]
fn a_million_tablets_open_seek_play_and_come_back() {
    let page = at_lab("lab-million", "cluster");
    page.js(
        "(() => { window.longest = 0; window.began = performance.now();\
           new PerformanceObserver((tasks) => { for (const task of tasks.getEntries())\
             window.longest = Math.max(window.longest, task.duration); }).observe({ entryTypes: ['longtask'] }); })()",
    );
    page.scenario_of(ClusterLab::SCENARIOS, "million");
    page.until(&beyond(100_000));
    let took = page.js("[performance.now() - window.began, window.longest]");
    println!("a million tablets: [open, longest task above 50 ms] of the page's thread, ms: {took}");
    page.until_saved();
    let (head, digest) = (page.step(), page.digest());
    page.seek(head / 2);
    let half = page.digest();
    page.click("to-end");
    page.until_root("step", head);
    assert_eq!(page.digest(), digest);
    page.seek(head / 2);
    assert_eq!(page.digest(), half);
    page.click("to-end");
    page.until_root("step", head);
    page.play_past(head + 1_000);
    page.until_saved();
    page.reload();
    page.assert_quiet();
}
