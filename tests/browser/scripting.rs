//! A policy of one's own: written in the page, seen to pick, broken, and kept.

use crate::page::Page;

/// Puts a text into the editor as if it were typed.
fn type_script(page: &Page, text: &str) {
    let text = serde_json::to_string(text).unwrap();
    page.js(&format!(
        "(() => {{ const field = document.querySelector('[data-test=script-text]'); field.value = {text};\
         field.dispatchEvent(new InputEvent('input', {{ bubbles: true }})); return true; }})()"
    ));
    page.until(&format!("document.querySelector('[data-test=script-text]').value === {text}"));
}

fn until_said(page: &Page, part: &str) {
    let part = serde_json::to_string(part).unwrap();
    page.until(&format!("document.querySelector('[data-test=script-said]').textContent.includes({part})"));
}

fn choose_own(page: &Page) {
    page.js("(() => { const knob = document.querySelector('[data-test=knob-policy]'); knob.value = 'own';\
         knob.dispatchEvent(new Event('change', { bubbles: true })); return true; })()");
    page.until_there("script-text");
}

const PARTS: &str =
    "performance.getEntriesByType('resource').filter(it => it.name.includes('script')).length";

#[test]
fn a_script_is_written_picks_breaks_and_stops_nothing_else() {
    let page = Page::open("script");
    page.scenario("small-loads");
    assert_eq!(page.js(PARTS), 0, "the page fetched the interpreter although nobody wrote a script");
    choose_own(&page);
    let policy = "document.querySelector('[data-test=knob-policy]').value";
    assert_eq!(page.js(policy), "size_based", "until a script is applied the policy is what it was");

    type_script(&page, "let a = ;");
    page.click("script-apply");
    until_said(&page, "ine 1, column 9");
    assert_eq!(page.js("document.querySelector('.code .nums .bad').textContent"), "1");
    assert_eq!(page.js(policy), "size_based", "what cannot be read is not set");

    type_script(&page, "pick(rowsets[0].first, rowsets[rowsets.len - 1].last, \"<b>all of them</b>\")");
    page.js("(() => { const field = document.querySelector('[data-test=script-text]');\
         return field.dispatchEvent(new KeyboardEvent('keydown',\
         { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true })); })()");
    until_said(&page, "<b>all of them</b>");
    assert_eq!(page.js("document.querySelectorAll('[data-test=script-said] b').length"), 0, "escaped");
    assert_eq!(page.js(policy), "own");
    page.click("dialog-close");
    page.until_gone("script-text");
    page.until_there("pick-said");
    assert_eq!(page.text("pick-said"), "“<b>all of them</b>”");
    page.verb("verb-cumulative");
    page.until("document.querySelector('[data-test=metric-live_rowsets] .v').firstChild.textContent === '1'");

    page.click("script-edit");
    page.until_there("script-text");
    type_script(&page, "let a = 1;\npick(rowsets[0].first, nowhere)");
    page.click("script-apply");
    until_said(&page, "ine 2, column 24");
    page.click("dialog-close");
    page.until_gone("script-text");
    assert!(page.text("script-fault").contains("ine 2, column 24"));
    for _ in 0..3 {
        let step = page.step();
        page.verb("verb-load");
        page.until_root("step", step + 1);
    }
    page.until("document.querySelector('[data-test=metric-live_rowsets] .v').firstChild.textContent === '4'");

    page.until_saved();
    // The script lies in the run.
    page.reload();
    assert!(page.has("script-fault") && !page.has("banner-broken"));
    page.assert_quiet();
}

#[test]
fn tab_indents_and_shift_tab_leaves() {
    let page = Page::open("script-keys");
    choose_own(&page);
    type_script(&page, "");
    page.js("document.querySelector('[data-test=script-text]').focus()");
    page.browser.press("", "\u{e004}x").unwrap();
    page.until("document.querySelector('[data-test=script-text]').value === '    x'");
    page.browser.press("\u{e008}", "\u{e004}").unwrap();
    page.until("document.activeElement.dataset.test !== 'script-text'");
    page.assert_quiet();
}
