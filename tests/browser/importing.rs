//! What a cluster printed, through the dialog, as a user would hand it over.

use crate::page::Page;
use std::fs;
use std::path::PathBuf;
use tabletop_core::import::import;
use xtask::workspace::Workspace;

/// Every file below `tests/samples`, whole.
fn samples() -> Vec<PathBuf> {
    let files = xtask::page::files(&Workspace::here().root.join("tests/samples"));
    let found: Vec<_> =
        files.into_iter().filter(|path| path.extension().is_some_and(|e| e != "md")).collect();
    assert!(found.len() > 30, "only {} samples", found.len());
    found
}

#[test]
fn every_sample_is_played_or_refused_with_its_place() {
    let page = Page::open("samples");
    for sample in samples() {
        let name = sample.display().to_string();
        page.click("import-open");
        page.until_there("import-text");
        page.browser.type_into("[data-test=import-file]", &name).unwrap();
        page.until("document.querySelector('[data-test=import-found] li:not(.faint)') !== null");
        match import(fs::read(&sample).unwrap()) {
            Ok(told) => {
                page.until("!document.querySelector('[data-test=import-play]').disabled");
                page.click("import-play");
                page.until_gone("import-text");
                page.until_root("step", 0);
                let live =
                    "document.querySelector('[data-test=metric-live_rowsets] .v')?.firstChild?.textContent";
                page.until(&format!("{live}?.replace(/\\D/g, '') === '{}'", told.live.len()));
                assert!(!page.has("banner-broken"), "{name}: {}", page.text("banner-broken"));
            }
            Err(error) => {
                let found = page.text("import-found");
                let place = (error.line.to_string(), error.column.to_string());
                assert!(found.contains(&place.0) && found.contains(&place.1), "{name}: {found}");
                page.click("import-cancel");
                page.until_gone("import-text");
            }
        }
    }
    page.assert_quiet();
}

#[test]
fn bad_text_names_line_and_column_and_the_run_stays() {
    let page = Page::open("bad-text");
    let (step, digest) = (page.step(), page.digest());
    page.click("import-open");
    page.until_there("import-text");
    let text = "{ \"rowsets\": [\"[0-1] 1 DATA\",\n \"[5-2] 1 DATA\"] }";
    let error = import(text).unwrap_err();
    page.browser.type_into("[data-test=import-text]", text).unwrap();
    assert_eq!(error.line, 2);
    let place = format!("line {}, column {}", error.line, error.column);
    // Every keystroke is a preview of its own; the last one stays.
    page.until(&format!(
        "document.querySelector('[data-test=import-play]').disabled && \
         document.querySelector('[data-test=import-found]').innerText.includes('{place}')"
    ));
    page.click("import-cancel");
    page.until_gone("import-text");
    assert_eq!((page.step(), page.digest()), (step, digest));
}
