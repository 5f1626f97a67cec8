//! Scripts and styles of the built page without what only their readers in the sources need.

use std::fs;
use std::path::Path;

/// Rewrites every script and style sheet below a folder.
///
/// # Errors
/// A file cannot be read or written.
pub(crate) fn folder(dist: &Path) -> Result<(), String> {
    for path in crate::page::files(dist) {
        let compact = match path.extension().and_then(|extension| extension.to_str()) {
            Some("js") => script,
            Some("css") => style,
            _ => continue,
        };
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(told)?;
        fs::write(&path, compact(&text)).map_err(told)?;
    }
    Ok(())
}

/// Without indentation, empty lines, and lines that are a comment. A script in which a template runs
/// over lines is left as it is.
fn script(text: &str) -> String {
    if text.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return text.to_owned();
    }
    let mut lines = Vec::new();
    let mut comment = false;
    for line in text.lines().map(str::trim) {
        comment |= line.starts_with("/*");
        let ends = comment && line.ends_with("*/");
        if !(comment || line.is_empty() || line.starts_with("//")) {
            lines.push(line);
        }
        comment &= !ends;
    }
    lines.join("\n")
}

/// Without comments and indentation.
fn style(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    bare.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{script, style};

    #[test]
    fn scripts_lose_indentation_and_comments() {
        let text = "/**\n * About.\n */\nfunction f() {\n\n    // why\n    return `//${1}`; // kept\n}\n/* one */\ng();";
        assert_eq!(script(text), "function f() {\nreturn `//${1}`; // kept\n}\ng();");
        let template = "f(`\n  text\n`);";
        assert_eq!(script(template), template, "white space in a template is text");
    }

    #[test]
    fn styles_lose_comments_wherever_they_stand() {
        assert_eq!(
            style("a { /* b */ color: red; }\n/* two\n lines */\n  b {}\n"),
            "a {  color: red; }\nb {}"
        );
    }
}
