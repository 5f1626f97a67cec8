//! Which way things point in core: every `crate::module` against the table that
//! `core/ARCHITECTURE.md` prints. The table is exact: an edge that nothing uses fails too.

use crate::files::{below, code, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

type Edges = BTreeMap<String, BTreeSet<String>>;

/// `name <- other other`, one line each, in the fenced block below the heading `## Layers`.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let text = std::fs::read_to_string(root().join("core/ARCHITECTURE.md")).unwrap();
    let (_, rest) = text.split_once("## Layers").expect("ARCHITECTURE.md has a section `Layers`");
    let block = rest.split("```").nth(1).expect("with a fenced block");
    let row = |line: &str| {
        let (name, from) = line.split_once("<-")?;
        Some((name.trim().to_owned(), from.split_whitespace().map(str::to_owned).collect()))
    };
    block.lines().filter_map(row).collect()
}

/// Names right after `crate::`, through one level of braces: `use crate::{a::B, c}`.
fn mentioned(code: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = 0;
            for (index, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        names.push(first_name(&group[start..index]));
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        names.push(first_name(&group[start..index]));
                        start = index + 1;
                    }
                    _ => {}
                }
            }
        } else {
            names.push(first_name(rest));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_name(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())]
}

fn actual() -> Edges {
    let mut edges = Edges::new();
    for file in below("core/src", &[".rs"]) {
        let inside = file.path.strip_prefix("core/src/").unwrap();
        let Some((module, _)) = inside.split_once('/').or_else(|| inside.split_once(".rs")) else { continue };
        if module == "lib" {
            continue;
        }
        let used = edges.entry(module.to_owned()).or_default();
        let mut text = String::new();
        for (_, line) in code(&file.text) {
            writeln!(text, "{line}").unwrap();
        }
        used.extend(mentioned(&text).into_iter().filter(|name| *name != module).map(str::to_owned));
    }
    edges
}

#[test]
fn the_table_of_layers_is_what_the_code_does() {
    let table = table();
    let mut actual = actual();
    let mut wrong = String::new();
    let mut above: BTreeSet<&str> = BTreeSet::new();
    for (name, allowed) in &table {
        let used = actual.remove(name).unwrap_or_default();
        for edge in used.difference(allowed) {
            writeln!(wrong, "{name} uses crate::{edge}, which is not left of it").unwrap();
        }
        for edge in allowed.difference(&used) {
            writeln!(wrong, "{name} <- {edge} stands in the table, and nothing uses it").unwrap();
        }
        for edge in allowed.iter().filter(|edge| !above.contains(edge.as_str())) {
            writeln!(wrong, "{name} <- {edge}: a module stands below all that it uses").unwrap();
        }
        above.insert(name);
    }
    for (name, used) in actual {
        writeln!(wrong, "{name} is not in the table; it uses {used:?}").unwrap();
    }
    assert!(wrong.is_empty(), "core/ARCHITECTURE.md, Layers:\n{wrong}");
}

#[test]
fn mentions_are_found_in_every_form() {
    let code = "use crate::base::{Version};\nuse crate::{kv, rowset::{A, B}, view};\n$crate::no mycrate::no pub(crate) crate::lab";
    assert_eq!(mentioned(code), ["base", "kv", "rowset", "view", "lab"]);
}
