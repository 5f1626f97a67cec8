//! `cargo xtask size`: what a visitor downloads before the first page works.

use crate::workspace::Workspace;
use crate::{page, tools};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Bytes that everything the first page needs may have, gzipped. 1 kB is 1,000 bytes.
pub const BUDGET_BYTES: u64 = 350_000;
/// What we would like.
const AIM_BYTES: u64 = 250_000;
/// What tests allow until the page is within its budget: where it stands, and a little. Only ever
/// made smaller.
const CEILING_BYTES: u64 = 470_000;

/// Builds the page and prints the table.
///
/// # Errors
/// The build failed, or the page is over the budget.
pub fn main(workspace: &Workspace) -> Result<(), String> {
    tools::for_page(workspace)?;
    page::build(workspace)?;
    let sum = of_dist(workspace)?;
    if sum > BUDGET_BYTES {
        return Err(format!(
            "the first page needs {} kB gzipped, {} are its budget",
            kilo(sum),
            kilo(BUDGET_BYTES)
        ));
    }
    Ok(())
}

/// Prints the table of the page in `dist` and returns its gzipped bytes.
///
/// # Errors
/// There is no page, or it has outgrown what tests allow.
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
    println!("\n{:<52} {:>10} {:>10}", "file", "kB", "gzip kB");
    let row = |name: &str, raw: u64, small: u64| println!("{name:<52} {:>10} {:>10}", kilo(raw), kilo(small));
    let (on_demand, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(name, ..)| is_on_demand(name));
    let sum: u64 = rows.iter().map(|(.., small)| small).sum();
    for (name, raw, small) in &rows {
        row(name, *raw, *small);
    }
    row("sum", rows.iter().map(|(_, raw, _)| raw).sum(), sum);
    for (name, raw, small) in &on_demand {
        row(&format!("{name}, on demand"), *raw, *small);
    }
    println!("budget {} kB, aim {} kB\n", kilo(BUDGET_BYTES), kilo(AIM_BYTES));
    if sum > CEILING_BYTES {
        return Err(format!(
            "the first page needs {} kB gzipped, tests allow {}",
            kilo(sum),
            kilo(CEILING_BYTES)
        ));
    }
    Ok(sum)
}

/// Whether the first page needs a file: a browser test holds this against what it fetches.
pub fn is_needed(path: &Path) -> bool {
    is_fetched(path) && !path.file_name().and_then(|name| name.to_str()).is_some_and(is_on_demand)
}

fn is_fetched(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
        matches!(extension, "html" | "css" | "js" | "mjs" | "wasm" | "svg" | "png" | "ico" | "webmanifest")
    })
}

/// What is loaded when somebody asks for it: the importer, when text is pasted.
fn is_on_demand(name: &str) -> bool {
    name.starts_with("importer")
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
    use super::{gzipped, kilo};

    #[test]
    fn repeated_bytes_shrink() {
        assert!(gzipped(&[7; 10_000]).unwrap() < 100);
        assert_eq!(kilo(249_960), "249.9");
    }
}
