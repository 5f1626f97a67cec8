//! Forced colours, the table's columns, refusals in Chinese, texts too long for a field.

use crate::page::{Page, address};
use serde_json::json;

/// Two states of one kind of control that must not look alike: background and border.
const LOOK: &str = "((element) => { const s = getComputedStyle(element); \
    return [s.backgroundColor, s.borderTopWidth, s.borderTopStyle].join(' '); })";

#[test]
fn forced_colours_keep_the_drawing_the_focus_and_the_states() {
    let page = Page::open("forced");
    let media = |value: &str| {
        let features = json!({ "features": [{ "name": "forced-colors", "value": value }] });
        page.browser.cdp("Emulation.setEmulatedMedia", features).unwrap();
    };
    media("active");
    page.browser.reload().unwrap();
    page.ready();
    let look = |selector: &str| {
        page.js(&format!("{LOOK}(document.querySelector('{selector}'))")).as_str().unwrap().to_owned()
    };
    let (on, off) = (look(".seg [aria-pressed=true]"), look(".seg [aria-pressed=false]"));
    assert_ne!(on, off, "which view is on");
    assert!(look("[data-test=import-open]").contains("1px solid"), "a button has an edge");
    page.click("view-table");
    page.until_there("table-row");
    page.click("table-row");
    page.until("document.querySelector('.tr[aria-selected=true]') !== null");
    assert_ne!(look(".tr[aria-selected=true]"), look(".tr[aria-selected=false]"), "which row is chosen");
    page.click("view-map");
    page.until_there("drawing");
    // Bricks and their edges are painted, not only ink on ground.
    page.until(
        "((canvas) => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; \
          const seen = new Set(); for (let i = 0; i < data.length; i += 4) \
          seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]); return seen.size > 8; })\
         (document.querySelector('[data-test=drawing] canvas'))",
    );
    page.click("find");
    page.until_there("palette-line");
    let (lit, other) = (
        look("[data-test=palette-line][aria-selected=true]"),
        look("[data-test=palette-line][aria-selected=false]"),
    );
    assert_ne!(lit, other, "which line Enter runs");
}

#[test]
fn the_table_tells_rows_and_does_not_invent_them() {
    let page = Page::open("rows");
    let cell = |row: u32, column: u32| {
        let row = format!("document.querySelectorAll('[data-test=table-row]')[{row}]");
        page.js(&format!("{row}.children[{column}].innerText")).as_str().unwrap().to_owned()
    };
    page.click("view-table");
    page.until_there("table-row");
    assert_eq!(
        (cell(0, 1).as_str(), cell(0, 2).as_str()),
        ("unknown", "unknown"),
        "an old reply tells neither"
    );
    page.scenario("empty");
    page.verb("verb-load");
    page.until("document.querySelectorAll('[data-test=table-row]').length === 2");
    let rows: u64 = cell(1, 2).chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
    assert!(rows > 100_000, "{rows} rows of a load of 21 MB at a hundred bytes each");
}

#[test]
fn a_refusal_is_said_in_chinese() {
    let page = Page::open_at("refusal-zh", address(), "lang=zh&theme=light", (1440, 900));
    page.click("import-open");
    page.until_there("import-text");
    let found = |text: &str| {
        page.js(&format!(
            "((field) => {{ field.value = {}; field.dispatchEvent(new Event('input', {{ bubbles: true }})); }})\
             (document.querySelector('[data-test=import-text]'))",
            json!(text)
        ));
        page.until("document.querySelector('[data-test=import-found] li:not(.faint)') !== null");
        page.text("import-found")
    };
    let said = found("{ \"rowsets\": [\"[0-1] 1 DATA\",\n \"[5-2] 1 DATA\"] }");
    assert!(said.contains("第 2 行第 3 列") && said.contains("此处应为形如 [2-5] 的版本范围"), "{said}");
    assert!(!said.contains("expected"), "{said}");
    found("x");
    page.until(
        "document.querySelector('[data-test=import-found]').innerText.includes('/api/compaction/show')",
    );
    found("{ \"rowsets\": [\"[0-1] 1 DATE\"] }");
    page.until("document.querySelector('[data-test=import-found]').innerText.includes('DATE 按 DATA 读取')");
}

#[test]
fn fifty_megabytes_are_refused_soon_and_the_page_lives() {
    let page = Page::open("huge");
    let (step, digest) = (page.step(), page.digest());
    page.click("import-open");
    page.until_there("import-text");
    // Rowsets up to the last megabyte, then a fault; pasted as a user would, timed in the page.
    let script = "const done = arguments[arguments.length - 1];
        const line = '    \"[0-1] 1 DATA NONOVERLAPPING 02000000000000010000000000000000000000000000000a 1.00 KB\",\\n';
        const text = '{ \"rowsets\": [\\n' + line.repeat(50 * 1024 * 1024 / line.length - 2) + '\"[5-2] 1 DATA\"] }';
        const field = document.querySelector('[data-test=import-text]');
        const list = document.querySelector('[data-test=import-found]');
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        const began = performance.now();
        let held = 0;
        new MutationObserver(() => {
            if (list.querySelector('.bad')) done([text.length, held, performance.now() - began, list.innerText]);
        }).observe(list, { childList: true, subtree: true });
        field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
        held = performance.now() - began;";
    let told = page.browser.eval_async(script, json!(null)).unwrap();
    println!("{} bytes: page held {} ms, error after {} ms: {}", told[0], told[1], told[2], told[3]);
    // How long is a matter of the machine: it is printed. In the field itself the text would take a minute.
    assert!(told[3].as_str().unwrap().contains("line "), "{told}");
    // The field shows how the text begins and takes the next one.
    assert_eq!(page.js("document.querySelector('[data-test=import-text]').readOnly"), true);
    page.click("import-cancel");
    page.until_gone("import-text");
    assert_eq!((page.step(), page.digest()), (step, digest));
    page.verb("verb-load");
}
