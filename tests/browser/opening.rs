//! The first minute: what a visitor sees without doing anything.

use crate::page::{Page, address};
use std::time::Duration;
use xtask::process::Stopwatch;

/// Colours of the drawing: a canvas that nothing was painted on has one.
const COLOURS: &str = "((canvas) => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size;
})(document.querySelector('[data-test=drawing] canvas'))";

#[test]
fn the_incident_is_there_and_explains_itself() {
    let page = Page::open("incident");
    assert_eq!(page.text("verdict"), "−230");
    let read = page.text("read");
    assert!(read.contains("25913") && read.contains("[25910-25919]"), "{read}");
    assert!(page.text("intro").contains("−230"));
    page.until(&format!("{COLOURS} > 8"));
    assert!(page.text("metric-live_rowsets").contains("22"));
    page.assert_quiet();
}

#[test]
fn it_speaks_chinese_and_remembers_it() {
    let page = Page::open_at("chinese", address(), "", (1440, 900));
    assert_eq!(page.js("document.documentElement.lang"), "en");
    page.click("lang");
    page.until("document.documentElement.lang === 'zh'");
    assert_eq!(page.text("verdict"), "−230");
    assert!(page.text("read").contains("版本"), "{}", page.text("read"));
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!(page.js("document.documentElement.lang"), "zh");
    page.assert_quiet();
}

#[test]
fn the_first_useful_frame_comes_soon() {
    let page = Page::open("first-frame");
    page.until_saved();
    // A second visit, as most are: the database exists.
    let watch = Stopwatch::start();
    page.browser.reload().unwrap();
    page.ready();
    page.until(&format!("{COLOURS} > 8"));
    let took = watch.elapsed();
    println!("first useful frame after {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    let page = Page::open("local");
    let origin = address().trim_end_matches('/');
    let elsewhere = page.js(&format!(
        "performance.getEntriesByType('resource').map((entry) => entry.name)\
         .filter((name) => !name.startsWith('{origin}') && !name.startsWith('data:') && !name.startsWith('blob:'))"
    ));
    assert_eq!(elsewhere, serde_json::json!([]));
}

#[test]
fn a_phone_gets_the_reading_first() {
    let page = Page::open_at("phone", address(), "lang=en", (390, 844));
    assert!(page.text("read").contains("25910"), "{}", page.text("read"));
    let wide = page.js("[document.documentElement.scrollWidth - document.documentElement.clientWidth, \
         [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > \
         document.documentElement.clientWidth + 1).slice(0, 5).map((e) => e.outerHTML.slice(0, 120))]");
    assert_eq!(wide[0], 0, "the page scrolls sideways: {wide:#}");
    page.click("do");
    page.until_there("verb-load");
    page.verb("verb-load");
    page.assert_quiet();
}
