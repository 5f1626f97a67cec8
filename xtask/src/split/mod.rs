//! Parts a built module in two, so that the first page fetches only what a first visit runs.
//!
//! ```text
//! engine_bg.wasm ──▶ engine_bg.wasm       first part: all state, what a first visit calls, thunks
//!                └─▶ engine_late-….wasm   second part: the other functions, and nothing else
//! engine.js      ──▶ engine.js            brings the second part when idle, or at once when called
//! ```
//!
//! A thunk is a call through a table slot; an empty slot first asks the host for the second part.
//! So where the line runs can cost time or bytes, never correctness. It runs on the finished files,
//! and `trunk build` alone gives a page in one piece.

mod glue;
mod module;
mod plan;
pub mod record;
mod rules;
#[cfg(test)]
mod tests;
mod write;

use crate::process::say;
use crate::workspace::Workspace;
use module::Module;
use plan::Plan;
use rules::{Rules, Side};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

/// Modules that are parted; the importer is fetched late as a whole.
pub const PARTED: [&str; 2] = ["app", "engine"];
/// In the name of every second part.
const LATE: &str = "_late-";

/// A module in two parts.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) first: Vec<u8>,
    pub(crate) late: Vec<u8>,
    /// Old and new names of imports.
    pub(crate) renamed: Vec<(String, String)>,
    /// For people: how many functions, and how many of them can be called from the first part.
    pub(crate) functions: (usize, usize),
}

/// Parts a module by its functions' paths ([`Module::path`]); one without a name stays in the first part.
///
/// # Errors
/// The module cannot be read, or has what the splitter does not know.
pub(crate) fn part(bytes: &[u8], is_late: impl Fn(&str) -> bool) -> Result<Parts, String> {
    let module = Module::read(bytes)?;
    if module.names.is_empty() {
        return Err("no function has a name; were names stripped before it was parted?".to_owned());
    }
    if let Some(clash) = write::taken(&module) {
        return Err(clash);
    }
    let uses = module.uses()?;
    let late = |function: u32| module.path(function).is_some_and(|path| is_late(&path));
    let plan = Plan::of(&module, &uses, late)?;
    Ok(Parts {
        first: write::first(&module, &uses, &plan)?,
        late: write::second(&module, &uses, &plan)?,
        renamed: module
            .imports
            .iter()
            .zip(module.renamed())
            .filter_map(|(import, new)| Some((import.name.to_owned(), new?)))
            .collect(),
        functions: (plan.late.len(), plan.entries.len()),
    })
}

/// Parts the modules of the built page, and teaches their scripts to bring the second parts.
///
/// # Errors
/// A file is not what trunk and wasm-bindgen are known to write.
pub(crate) fn page(workspace: &Workspace) -> Result<(), String> {
    for name in PARTED {
        let (wasm, script) = built(&workspace.dist, name)?;
        let rules = rules_file(workspace, name);
        let rules =
            Rules::read(&read_text(&rules)?).map_err(|error| format!("{}: {error}", rules.display()))?;
        let whole = read(&wasm)?;
        let parts = part(&whole, |path| rules.side(path) == Side::Late)
            .map_err(|error| format!("{}: {error}", wasm.display()))?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&whole);
        hasher.write(&parts.late);
        // Named after the build: parts of different builds must never meet.
        let late = format!("{name}{LATE}{:016x}.wasm", hasher.finish());
        let text = glue::patched(&read_text(&script)?, &late, &parts.renamed)
            .map_err(|error| format!("{}: {error}", script.display()))?;
        write(&workspace.dist.join(&late), &parts.late)?;
        write(&wasm, &parts.first)?;
        write(&script, text.as_bytes())?;
        let (functions, entries) = parts.functions;
        say(format!("{name}: {functions} functions in {late}, {entries} of them called from the first part"));
    }
    Ok(())
}

/// Whether a module is one that is parted, by its file name.
pub fn is_parted(wasm: &Path) -> bool {
    let name = wasm.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    PARTED.iter().any(|parted| is_of(name, parted))
}

/// Whether a file name is a module's; trunk adds a hash to the page's.
fn is_of(file: &str, module: &str) -> bool {
    let stem = file.strip_suffix("_bg.wasm").and_then(|stem| stem.strip_prefix(module));
    stem.is_some_and(|hash| hash.is_empty() || hash.starts_with('-'))
}

/// Whether a file of the page is a second part.
pub fn is_late(name: &str) -> bool {
    name.contains(LATE)
}

/// Which functions a first visit runs; written by `cargo xtask split --record`.
fn rules_file(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.root.join("xtask/split").join(format!("{name}.txt"))
}

/// A module in a built page, and the script that loads it.
fn built(dist: &Path, name: &str) -> Result<(PathBuf, PathBuf), String> {
    let found = crate::page::files(dist).into_iter().find_map(|wasm| {
        let file = wasm.file_name()?.to_str()?;
        let script = dist.join(format!("{}.js", file.strip_suffix("_bg.wasm")?));
        is_of(file, name).then_some((wasm, script))
    });
    found.ok_or_else(|| format!("{} holds no {name}_bg.wasm", dist.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
