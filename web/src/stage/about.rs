//! What to say about the thing under the pointer.

use super::Selection;
use super::reads::code_text;
use super::words::{Words, bracket_text, clock_text, size_text};
use tabletop_core::view::tablet::{Brick, Heat, ReadState, Readable, StalePathView, TabletView};

/// A few short lines, the name first. Empty when the view does not hold it.
pub(super) fn about(view: &TabletView, what: Selection, zh: bool) -> Vec<String> {
    let words = Words { zh };
    match what {
        Selection::Rowset(id) => {
            if let Some(brick) = view.live.iter().find(|b| b.id == id) {
                return rowset(brick, None, view, words);
            }
            let found =
                view.stale.iter().find_map(|path| Some((path, path.members.iter().find(|b| b.id == id)?)));
            found.map(|(path, brick)| rowset(brick, Some(path), view, words)).unwrap_or_default()
        }
        Selection::Path(id) => {
            let Some(path) = view.stale.iter().find(|p| p.id == id) else { return Vec::new() };
            vec![
                [
                    words.stale(),
                    " #",
                    &id.0.to_string(),
                    "  ",
                    &bracket_text(path.range.start, path.range.end),
                ]
                .concat(),
                words.rowsets(path.members.iter().map(|b| u64::from(b.count)).sum()),
                fate(path, view, words),
            ]
        }
        Selection::Version(version) => {
            let answer =
                view.readable.iter().find(|run| run.range.contains_version(version)).map(|r| r.readable);
            let missing = view.missing.iter().any(|gap| gap.range.contains_version(version));
            let mut lines = vec![[words.version(), " ", &version.to_string()].concat()];
            if missing {
                lines.push(words.missing().to_owned());
            }
            lines.extend(answer.map(|answer| {
                match answer {
                    Readable::Live => words.read_live(),
                    Readable::Stale => words.read_stale(),
                    Readable::No => words.read_no(),
                }
                .to_owned()
            }));
            lines
        }
        Selection::Reader(id) => {
            let Some(read) = view.reads.iter().find(|r| r.id == id) else { return Vec::new() };
            let mut lines = vec![words.query_at(read.version)];
            match &read.state {
                ReadState::Waiting { captures_at } => {
                    lines.push(words.captures_in(&clock_text(captures_at.saturating_since(view.now).0)));
                }
                ReadState::Served { path } => {
                    lines
                        .push(words.path(path.len(), path.iter().filter(|s| s.stale_path.is_some()).count()));
                }
                ReadState::Failed { code, stuck_at, inside, swept, .. } => {
                    lines.push([&code_text(*code), "  ", words.stuck(stuck_at.0).as_str()].concat());
                    let inside = inside.map(|r| bracket_text(r.start, r.end));
                    lines.extend(
                        inside.map(|r| {
                            if zh { ["位于 ", &r, " 内"].concat() } else { ["inside ", &r].concat() }
                        }),
                    );
                    lines.extend(swept.map(|(path, at, _)| {
                        ["#", &path.0.to_string(), " ", &words.swept(&clock_text(at.0))].concat()
                    }));
                }
            }
            lines
        }
    }
}

fn fate(path: &StalePathView, view: &TabletView, words: Words) -> String {
    let Some(at) = path.expires_at else { return words.no_expiry().to_owned() };
    let left = at.saturating_since(view.now);
    if left.0 == 0 {
        return words.due().to_owned();
    }
    let text = words.swept_in(&clock_text(left.0));
    if path.time_known { text } else { ["~", &text, " · ", words.inferred()].concat() }
}

fn rowset(brick: &Brick, path: Option<&StalePathView>, view: &TabletView, words: Words) -> Vec<String> {
    let heat = match brick.heat {
        Heat::Fresh => words.loaded(),
        Heat::Cumulative => words.cumulative(),
        Heat::Base => words.base(),
        Heat::Delete => words.delete(),
    };
    let name = bracket_text(brick.range.start, brick.range.end);
    if brick.count > 1 {
        let size = brick.bytes.map_or_else(|| words.unknown_size().to_owned(), size_text);
        return vec![[&words.rowsets(brick.count.into()), "  ", name.as_str()].concat(), size];
    }
    let mut lines = vec![[&name, "  ", heat].concat()];
    let size = match brick.bytes {
        _ if brick.heat == Heat::Delete => String::new(),
        _ if brick.empty => words.no_rows().to_owned(),
        None => words.unknown_size().to_owned(),
        Some(bytes) => size_text(bytes),
    };
    if !size.is_empty() {
        let mut line = size;
        if let Some(segments) = brick.segments.filter(|&segments| segments > 0 && !brick.empty) {
            line.push_str(" · ");
            line.push_str(&words.segments(segments));
        }
        lines.push(line);
    }
    if brick.overlapping {
        lines.push(words.overlap().to_owned());
    }
    if let Some(path) = path {
        lines.push([words.stale(), " #", &path.id.0.to_string(), " · ", &fate(path, view, words)].concat());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::about;
    use crate::stage::{Selection, sample};
    use tabletop_core::base::{PathId, ReaderId, RowsetId};

    #[test]
    fn hover_tells_the_numbers() {
        let view = sample::steady();
        assert_eq!(
            about(&view, Selection::Rowset(RowsetId(24_031)), false),
            ["[24-31]  cumulative", "168 MB · 1 segment"]
        );
        assert_eq!(
            about(&view, Selection::Path(PathId(8)), false),
            ["stale #8  [33-38]", "4 rowsets", "swept in 3:04"]
        );
        assert_eq!(about(&view, Selection::Version(9), true), ["版本 9", "不可读：−230"]);
        assert_eq!(
            about(&view, Selection::Reader(ReaderId(8)), false),
            ["query at 9", "−230  stuck at vertex 0", "inside [0-23]", "#1 swept 6:20"]
        );
    }
}
