//! `cargo xtask size`: what a visitor downloads before the first page works.

use crate::workspace::Workspace;
use crate::{page, split, tools};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Bytes that everything the first page needs may have, gzipped. 1 kB is 1,000 bytes.
pub const BUDGET_BYTES: u64 = 350_000;
/// What we would like.
const AIM_BYTES: u64 = 250_000;
/// Builds the page and prints the table.
///
/// # Errors
/// The build failed, or the page is over the budget.
pub fn main(workspace: &Workspace) -> Result<(), String> {
    tools::for_page(workspace)?;
    page::build(workspace)?;
    within(of_dist(workspace)?, BUDGET_BYTES)
}

/// Prints the table of the page in `dist` and returns its gzipped bytes.
///
/// # Errors
/// There is no page.
pub fn of_dist(workspace: &Workspace) -> Result<u64, String> {
    let mut rows: Vec<(String, u64, u64)> = Vec::new();
    for path in page::files(&workspace.dist).into_iter().filter(|path| is_fetched(path)) {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.strip_prefix(&workspace.dist).unwrap_or(&path).display().to_string();
        rows.push((name, bytes.len() as u64, gzipped(&bytes).map_err(|error| error.to_string())?));
    }
    if !rows.iter().any(|(name, ..)| name.contains("_bg.wasm")) {
        return Err(format!("{} holds no built page", workspace.dist.display()));
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.2));
    println!("\n{:<58} {:>10} {:>10}", "file", "kB", "gzip kB");
    let row = |name: &str, raw: u64, small: u64| println!("{name:<58} {:>10} {:>10}", kilo(raw), kilo(small));
    let (later, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(name, ..)| when(name).is_some());
    let sum: u64 = rows.iter().map(|(.., small)| small).sum();
    for (name, raw, small) in &rows {
        row(name, *raw, *small);
    }
    row("first page", rows.iter().map(|(_, raw, _)| raw).sum(), sum);
    for (name, raw, small) in &later {
        row(&format!("{name}, {}", when(name).unwrap_or_default()), *raw, *small);
    }
    let all = |of: fn(&(String, u64, u64)) -> u64| rows.iter().chain(&later).map(of).sum();
    row("everything", all(|row| row.1), all(|row| row.2));
    println!("budget {} kB, aim {} kB\n", kilo(BUDGET_BYTES), kilo(AIM_BYTES));
    Ok(sum)
}

/// Whether the first page has no more than so many bytes, gzipped.
///
/// # Errors
/// It has more.
pub fn within(sum: u64, most: u64) -> Result<(), String> {
    if sum > most {
        return Err(format!("the first page needs {} kB gzipped, {} are allowed", kilo(sum), kilo(most)));
    }
    Ok(())
}

/// Whether the first page needs a file: a browser test holds this against what it fetches.
pub fn is_needed(path: &Path) -> bool {
    is_fetched(path) && path.file_name().and_then(|name| name.to_str()).and_then(when).is_none()
}

fn is_fetched(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
        matches!(
            extension,
            "html" | "css" | "js" | "mjs" | "wasm" | "svg" | "png" | "txt" | "ico" | "webmanifest"
        )
    })
}

/// When a file is fetched that the first page does without.
fn when(name: &str) -> Option<&'static str> {
    if split::is_late(name) {
        Some("after the first frame")
    } else {
        let parts = [
            ("importer", "when text is pasted"),
            ("labs", "when another lab is opened"),
            ("zh.txt", "where Chinese is read"),
            ("measure", "when this browser is measured"),
            ("script", "when a policy is written"),
        ];
        parts.into_iter().find(|(part, _)| name.starts_with(part)).map(|(_, when)| when)
    }
}

fn gzipped(bytes: &[u8]) -> std::io::Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}

fn kilo(bytes: u64) -> String {
    format!("{}.{}", bytes / 1_000, bytes % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::{gzipped, is_needed, kilo};
    use std::path::Path;

    #[test]
    fn repeated_bytes_shrink() {
        assert!(gzipped(&[7; 10_000]).unwrap() < 100);
        assert_eq!(kilo(249_960), "249.9");
    }

    #[test]
    fn the_first_page_is_first_parts_and_what_loads_them() {
        for needed in ["app-0f_bg.wasm", "engine_bg.wasm", "engine_loader.js", "index.html", "styles.css"] {
            assert!(is_needed(Path::new(needed)), "{needed}");
        }
        for later in [
            "app_late-0f.wasm",
            "engine_late-0f.wasm",
            "importer_bg.wasm",
            "importer.js",
            "script_bg.wasm",
            "script.js",
            "measure_bg.wasm",
            "zh.txt",
        ] {
            assert!(!is_needed(Path::new(later)), "{later}");
        }
    }
}
