//! For everybody: axe's rules in every state, and the drawing's twin by keyboard alone.

use crate::page::{Page, address};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use xtask::tools::AXE;
use xtask::webdriver::key;
use xtask::workspace::Workspace;

fn axe() -> String {
    let file = Workspace::here().npm("axe-core/axe.min.js");
    fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; npm install --prefix target/tools axe-core@{}", file.display(), AXE.version)
    })
}

/// Findings as `rule: selector`, one per node.
fn findings(page: &Page) -> Vec<String> {
    let run = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then(
            (results) => done(results.violations.flatMap((rule) =>
                rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.target.join(' ')} - ${node.failureSummary}`))),
            (error) => done([String(error)]));";
    let found = page.browser.eval_async(run, json!(null)).unwrap();
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Looks at the page in each of its states.
fn inspect(name: &str, fragment: &str, size: (u32, u32)) {
    let page = Page::open_at(name, address(), fragment, size);
    page.browser.eval(&axe(), json!(null)).unwrap();
    let phone = size.0 < 600;
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut look = |state: &str| {
        // Movements end: a half faded text has no contrast.
        page.js("document.getAnimations().forEach((animation) => animation.finish())");
        for finding in findings(&page) {
            all.entry(finding).or_default().push(state.to_owned());
        }
    };
    look("incident");
    for view in ["view-graph", "view-table", "view-text", "view-map"] {
        page.click(view);
        look(view);
    }
    if phone {
        page.click("do");
        page.until_there("verb-load");
        look("do");
    } else {
        for tab in ["tab-rowset", "tab-events", "tab-pick", "tab-pinned"] {
            page.browser.eval("document.getElementById(arguments[0])?.click()", json!(tab)).unwrap();
            look(tab);
        }
        page.verb("verb-load");
        let step = page.step();
        page.click("step-prev");
        page.until_root("step", step - 1);
        page.verb("verb-delete");
        page.until_there("toast-forked");
        look("forked");
        page.click("compare-menu");
        page.until_there("compare-policy");
        look("compare-menu");
        page.js("document.querySelector('[data-test=compare-policy]').click()");
        page.until_there("versus-table");
        look("compared");
        page.click("compare-end");
        page.until_gone("versus-table");
        for menu in ["run-menu", "branch-menu", "share-menu", "more-menu"] {
            page.click(menu);
            page.until_there("menu");
            look(menu);
            page.browser.press("", key::ESCAPE).unwrap();
            page.until_gone("menu");
        }
        for (opener, dialog) in
            [("import-open", "import-text"), ("find", "palette-field"), ("shortcuts", "letters")]
        {
            page.click(opener);
            page.until_there(dialog);
            look(opener);
            page.browser.press("", key::ESCAPE).unwrap();
            page.until_gone(dialog);
        }
    }
    let list: Vec<_> = all
        .iter()
        .map(|(finding, states)| {
            format!(
                "{finding}
  in {}",
                states.join(", ")
            )
        })
        .collect();
    assert!(
        list.is_empty(),
        "{name}: {} findings
{}",
        list.len(),
        list.join(
            "
"
        )
    );
}

#[test]
fn axe_finds_nothing_in_light() {
    inspect("axe-light", "lang=en&theme=light", (1440, 900));
}

#[test]
fn axe_finds_nothing_in_dark() {
    inspect("axe-dark", "lang=en&theme=dark", (1440, 900));
}

#[test]
fn axe_finds_nothing_in_chinese() {
    inspect("axe-chinese", "lang=zh&theme=light", (1440, 900));
}

#[test]
fn axe_finds_nothing_on_a_phone() {
    inspect("axe-phone", "lang=en&theme=light", (390, 844));
}

#[test]
fn the_table_twin_needs_no_mouse() {
    let page = Page::open("keyboard");
    let active = |what: &str| page.js(&format!("document.activeElement?.{what} ?? ''"));
    page.browser.press("", "t").unwrap();
    page.until_there("table");
    // The first stop of the page skips to the drawing.
    page.browser.press("", &[key::TAB, key::ENTER].concat()).unwrap();
    let mut tabs = 0;
    while active("dataset.test") != "table-row" {
        page.browser.press("", key::TAB).unwrap();
        tabs += 1;
        assert!(tabs < 30, "no row was reached; now at {}", active("outerHTML"));
    }
    page.browser.press("", key::DOWN).unwrap();
    page.until("document.querySelector('[data-test=table-row][aria-selected=true]') !== null");
    let row = "document.querySelector('[data-test=table-row][aria-selected=true]').ariaRowIndex";
    page.browser.press("", key::HOME).unwrap();
    page.until(&format!("{row} === '2'"));
    page.browser.press("", key::DOWN).unwrap();
    page.until(&format!("{row} === '3'"));
    page.until("document.activeElement.getAttribute('aria-selected') === 'true'");
    page.browser.press("", key::END).unwrap();
    page.until(&format!("{row} === '23'"));
    // The selection is shared: the inspector shows this rowset.
    page.until_there("rowset-card");
    assert!(page.text("rowset-card").contains("[25910-25919]"), "{}", page.text("rowset-card"));
    page.browser.press("", "t").unwrap();
    page.until_there("drawing");
}
