//! The scenarios that begin with pasted text hold it as imported; here the text is imported again.
//!
//! After a change of [`Imported`] both files are written anew by
//! `UPDATE_EXPECT=1 cargo test -p tabletop-tests --test imports scenarios`.

use crate::samples;
use std::path::Path;
use tabletop_core::import::import;

/// Crossing rowsets, as lines.
const CROSSING: &[u8] = b"[0-1] 0 DATA NONOVERLAPPING\n[2-3] 1 DATA NONOVERLAPPING\n\
[2-5] 1 DATA NONOVERLAPPING\n[4-7] 1 DATA NONOVERLAPPING\n[8-8] 1 DATA NONOVERLAPPING\n";

fn check(name: &str, text: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/lab/tablet").join(name);
    let packed = postcard::to_allocvec(&import(text).expect("loads")).expect("packs");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &packed).expect("the tree can be written");
    }
    assert_eq!(std::fs::read(&path).unwrap_or_default(), packed, "{name} is not what its text says");
}

#[test]
fn the_incident_is_what_its_text_says() {
    check("incident.postcard", &samples::read("compaction_show/05-issue-minus230-2020-05-12.json"));
}

#[test]
fn the_crossing_is_what_its_text_says() {
    check("crossing.postcard", CROSSING);
}
