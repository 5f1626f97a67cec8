//! What a compaction would take, before it runs; two policies over the same loads.

use crate::page::{Page, named};

fn count_of(page: &Page, selector: &str) -> u64 {
    page.js(&format!("document.querySelectorAll('{selector}').length")).as_u64().unwrap()
}

/// How much of the drawing differs from what it was: its pixels as one text.
fn pixels(page: &Page) -> String {
    let told = page.js("document.querySelector('.draw > canvas').toDataURL()");
    told.as_str().unwrap().to_owned()
}

#[test]
fn a_compaction_is_looked_at_before_it_runs() {
    let page = Page::open("pick-look");
    page.scenario("steady");
    page.js("document.activeElement.blur()");
    let before = pixels(&page);
    page.js("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', bubbles: true }))");
    page.until_there("previewed");
    page.until(&format!("document.querySelector('.draw > canvas').toDataURL() !== '{before}'"));
    assert!(page.text("preview-becomes").contains("become"), "{}", page.text("preview-becomes"));
    assert!(!page.text("preview-rule").is_empty());
    assert!(count_of(&page, "[data-test=preview-inputs] li") >= 2);
    assert!(count_of(&page, "[data-test=preview-stays] li") >= 1, "what stays out says why");
    let cumulative = page.text("preview-becomes");
    page.click("peek-full");
    page.until("document.querySelector('[data-test=previewed]').dataset.kind === 'Full'");
    assert_ne!(page.text("preview-becomes"), cumulative);
    // In the table the same rowsets are marked.
    page.click("view-table");
    page.until("document.querySelectorAll('[data-test=table-row].in').length > 2");
    page.click("view-map");
    // It goes with the cursor and with the knobs.
    let (full, head) = (page.text("preview-becomes"), page.step());
    page.seek(head / 2);
    page.until(&format!(
        "(document.querySelector('[data-test=preview-becomes]')?.innerText ?? '') !== '' && \
         document.querySelector('[data-test=preview-becomes]').innerText !== {}",
        serde_json::Value::String(full.clone())
    ));
    page.click("to-end");
    page.until_root("step", head);
    page.until(&format!(
        "document.querySelector('[data-test=preview-becomes]')?.innerText === {}",
        serde_json::Value::String(full)
    ));
    page.click("peek-cumulative");
    page.until("document.querySelector('[data-test=previewed]').dataset.kind === 'Cumulative'");
    let rule = page.text("preview-rule");
    page.js(
        "((field) => { field.value = 'time_series'; field.dispatchEvent(new Event('change', { bubbles: true })); })\
         (document.querySelector('[data-test=knob-policy]'))",
    );
    page.until(&format!(
        "(document.querySelector('[data-test=preview-rule]')?.innerText ?? '') !== '' && \
         document.querySelector('[data-test=preview-rule]').innerText !== {}",
        serde_json::Value::String(rule)
    ));
    page.click("undo");
    page.until_root("step", head);
    page.until("document.querySelector('[data-test=pick-run]')?.disabled === false");
    // The button does what was shown.
    page.verb("pick-run");
    page.click("tab-events");
    page.until("document.querySelector('[data-test=events] li.now') !== null");
    page.assert_quiet();
}

#[test]
fn two_policies_stand_side_by_side_with_their_numbers() {
    let page = Page::open("pick-compare");
    page.scenario("steady");
    page.click("compare-menu");
    page.until_there("compare-policy");
    page.js("document.querySelector('[data-test=compare-policy][data-policy=time_series]').click()");
    page.until_there("drawing-beside");
    page.until_there("versus-table");
    assert_eq!(count_of(&page, ".draw > canvas"), 2, "two stages");
    for metric in [
        "write_amplification",
        "space_amplification",
        "live_rowsets",
        "compaction_score",
        "path_len",
        "stale_bytes",
        "already_merged",
        "too_many_versions",
    ] {
        let cells = format!("{} td", named(&format!("versus-row-{metric}")));
        assert_eq!(count_of(&page, &cells), 3, "{metric}");
    }
    let rowsets = |column: u64| {
        let cell = format!("{} td:nth-of-type({column})", named("versus-row-live_rowsets"));
        page.js(&format!("document.querySelector('{cell}').innerText")).as_str().unwrap().to_owned()
    };
    assert_ne!(rowsets(1), rowsets(2), "nothing is due for the time series yet");
    assert!(page.text("versus-differs").contains("time series"));
    let step = page.step();
    page.seek(step / 2);
    page.until_there("versus-table");
    // The numbers go with the cursor; the comparison speaks Chinese too.
    page.click("lang");
    page.until("document.querySelector('[data-test=versus-table]').innerText.includes('写放大')");
    page.click("compare-end");
    page.until_gone("versus-table");
    page.assert_quiet();
}

#[test]
fn growth_to_the_limit_is_shown_and_a_refused_load_is_an_event() {
    let page = Page::open("pick-limit");
    page.scenario("many-small");
    page.until_there("gauge-limit");
    page.js(
        "((field) => { field.value = '0'; field.dispatchEvent(new Event('change', { bubbles: true })); })\
         (document.querySelector('[data-test=knob-max-versions]'))",
    );
    page.until(
        "Number(document.querySelector('[data-test=gauge-limit]').getAttribute('aria-valuemax')) <= 20",
    );
    page.click("play");
    page.until(
        "!document.querySelector('[data-test=metric-too_many_versions] .v').innerText.startsWith('0')",
    );
    page.click("play");
    page.click("tab-events");
    page.until("document.querySelector('[data-test=events]')?.innerText.includes('235')");
    page.assert_quiet();
}
