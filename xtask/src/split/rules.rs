//! Which functions a first visit needs, said briefly: prefixes of paths.
//!
//! ```text
//! first                                     what nothing below says otherwise about
//! late   core::fmt::float
//! first  core::fmt::float::float_to_decimal_common_exact
//! ```
//!
//! The longest prefix decides, so a function that is new goes where its neighbours are. It may be
//! wrong: in the first part it costs bytes, in the second one jump a call. Never more.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What one more line must save to be worth reading, in bytes of code.
const LINE_BYTES: u64 = 30;

/// What is played by the million: never behind a thunk, seen or not.
const PINNED: [&str; 7] = [
    "tabletop_core::base",
    "tabletop_core::version_graph",
    "tabletop_core::tablet::",
    "tabletop_core::lab::timeline",
    "dlmalloc::",
    "alloc::raw_vec::",
    "alloc::vec::Vec<",
];

/// Where a function goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Late,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Late => "late",
        }
    }
}

/// A prefix tree over path segments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    side: Option<Side>,
    below: BTreeMap<String, Rules>,
}

impl Rules {
    /// Reads a file of rules; `#` starts a comment.
    ///
    /// # Errors
    /// The line that is none.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut rules = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, path) = line.split_once(' ').unwrap_or((line, ""));
            let side = match word {
                "first" => Side::First,
                "late" => Side::Late,
                other => return Err(format!("line {number}: `{other}` is neither `first` nor `late`")),
            };
            let mut at = &mut rules;
            for segment in segments(path.trim()) {
                at = at.below.entry(segment).or_default();
            }
            if at.side.replace(side).is_some() {
                return Err(format!("line {number}: `{path}` has a line already"));
            }
        }
        Ok(rules)
    }

    /// What the longest known prefix of a function's name says; `First` where none does.
    pub(crate) fn side(&self, name: &str) -> Side {
        let (mut at, mut side) = (self, self.side.unwrap_or(Side::First));
        for segment in segments(name) {
            let Some(next) = at.below.get(&segment) else { break };
            at = next;
            side = at.side.unwrap_or(side);
        }
        side
    }

    /// The shortest rules worth their lines that keep every called function in the first part.
    pub(crate) fn of(functions: &[Seen]) -> String {
        let mut tree = Tree::default();
        for function in functions {
            let mut at = &mut tree;
            for segment in segments(&function.name) {
                at = at.below.entry(segment).or_default();
            }
            at.called |= function.called || PINNED.iter().any(|path| function.name.starts_with(path));
            at.bytes += function.bytes;
        }
        // What comes from a crate that nobody has seen is there at once.
        let mut text = "first\n".to_owned();
        tree.write(Side::First, &mut Vec::new(), &mut text);
        text
    }
}

/// A function in a recording.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// As [`plain`] writes it.
    pub(crate) name: String,
    /// Of code.
    pub(crate) bytes: u64,
    pub(crate) called: bool,
}

/// The recording as a tree; each node knows what it costs under either side.
#[derive(Debug, Default)]
struct Tree {
    called: bool,
    bytes: u64,
    below: BTreeMap<String, Tree>,
}

/// More than any recording: a called function must not be late.
const NEVER: u64 = 1 << 40;

impl Tree {
    /// Bytes and lines wasted when this and all below it is `side` unless lines say otherwise.
    fn cost(&self, side: Side) -> u64 {
        let own = match side {
            Side::First if self.called => 0,
            Side::First => self.bytes,
            Side::Late if self.called => NEVER,
            Side::Late => 0,
        };
        let below = self.below.values().map(|tree| {
            let (best, other) = tree.best();
            if other == side { best } else { tree.cost(side).min(best + LINE_BYTES) }
        });
        own + below.sum::<u64>()
    }

    fn best(&self) -> (u64, Side) {
        let (first, late) = (self.cost(Side::First), self.cost(Side::Late));
        if late < first { (late, Side::Late) } else { (first, Side::First) }
    }

    fn write<'t>(&'t self, side: Side, path: &mut Vec<&'t str>, text: &mut String) {
        for (segment, tree) in &self.below {
            let (best, other) = tree.best();
            let turns = other != side && best + LINE_BYTES <= tree.cost(side);
            let side = if turns { other } else { side };
            path.push(segment);
            if turns {
                let _ = writeln!(text, "{:<5} {}", side.word(), path.join("::"));
            }
            tree.write(side, path, text);
            path.pop();
        }
    }
}

/// A function's name without what changes from build to build: hashes of functions (`::h0123…`), of
/// crates (`core[0123…]`), of imports (`__wbg_fill_0123…`), numbers that tell twins apart (`.12`).
pub(crate) fn plain(name: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    let mut plain = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while let Some(next) = rest.chars().next() {
        let hash = [("::h", ""), ("[", "]"), ("_", "")].iter().find_map(|(before, after)| {
            let hash = rest.strip_prefix(before)?.get(..16)?;
            let after = rest[before.len() + 16..].strip_prefix(after)?;
            let ends = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            (ends && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(after)
        });
        if let Some(after) = hash {
            rest = after;
        } else {
            plain.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    match plain.rsplit_once('.') {
        Some((path, twin)) if !twin.is_empty() && twin.bytes().all(|byte| byte.is_ascii_digit()) => {
            path.to_owned()
        }
        _ => plain,
    }
}

/// Segments of a path, split at every `::` outside brackets. `<a::B as c::D>::e` lies below its type:
/// `a`, `B`, `as <c::D>`, `e`.
fn segments(name: &str) -> Vec<String> {
    if let Some(rest) = name.strip_prefix('<')
        && let Some((inner, after)) = closing(rest)
    {
        let (ty, as_trait) =
            outer_as(inner).map_or((inner, None), |at| (&inner[..at], Some(&inner[at + 4..])));
        let mut parts = segments(ty.trim_start_matches(['&', '*', '[', '(']));
        parts.extend(as_trait.map(|of| format!("as <{of}>")));
        parts.extend(cut(after.strip_prefix("::").unwrap_or(after)));
        return parts;
    }
    cut(name)
}

/// What stands before the bracket that closes an open one, and after it.
fn closing(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate() {
        depth += depth_of(text, at, byte);
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

/// Where the ` as ` of the outermost `T as Trait` stands.
fn outer_as(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.bytes().enumerate().find_map(|(at, byte)| {
        depth += depth_of(text, at, byte);
        (depth == 0 && text.as_bytes()[at..].starts_with(b" as ")).then_some(at)
    })
}

fn depth_of(text: &str, at: usize, byte: u8) -> i32 {
    match byte {
        b'<' => 1,
        // Not the arrow of a function type.
        b'>' if at == 0 || text.as_bytes()[at - 1] != b'-' => -1,
        _ => 0,
    }
}

fn cut(path: &str) -> Vec<String> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, byte) in path.bytes().enumerate() {
        depth += depth_of(path, at, byte);
        if depth == 0 && path.as_bytes()[at..].starts_with(b"::") {
            parts.push(path[from..at].to_owned());
            from = at + 2;
        }
    }
    parts.push(path[from..].to_owned());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::{Rules, Seen, Side, plain, segments};

    #[test]
    fn names_lose_what_a_build_adds() {
        for (name, expected) in [
            ("core::option::Option<T>::expect::hfce5734577f77f93", "core::option::Option<T>::expect"),
            ("core[c5930c85a12de822]::hash::sip::u8to64_le.1491", "core::hash::sip::u8to64_le"),
            ("<usize as core[c5930c85a12de822]::cmp::Ord>::clamp", "<usize as core::cmp::Ord>::clamp"),
            (
                "gen_Event::Event::prevent_default::__wbg_preventDefault_cfb06b02e7406899::hbef9d023b6991173 externref shim",
                "gen_Event::Event::prevent_default::__wbg_preventDefault externref shim",
            ),
            ("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"),
        ] {
            assert_eq!(plain(name), expected);
        }
    }

    #[test]
    fn methods_lie_below_their_type() {
        assert_eq!(segments("a::B<c::D>::e::{{closure}}"), ["a", "B<c::D>", "e", "{{closure}}"]);
        assert_eq!(segments("<a::B as c::D>::e"), ["a", "B", "as <c::D>", "e"]);
        assert_eq!(
            segments("<<a::B as c::D>::E as f::G<fn() -> h::I>>::j"),
            ["a", "B", "as <c::D>", "E", "as <f::G<fn() -> h::I>>", "j"]
        );
        // What is written is read again.
        assert_eq!(segments("a::B::as <c::D>::e"), ["a", "B", "as <c::D>", "e"]);
    }

    #[test]
    fn the_longest_prefix_decides() {
        let rules = Rules::read("# comment\nfirst\nlate  a::b\nfirst a::b::c\n").unwrap();
        assert_eq!(rules.side("x"), Side::First);
        assert_eq!(rules.side("a::bb"), Side::First);
        assert_eq!(rules.side("a::b::new_function"), Side::Late);
        assert_eq!(rules.side("<a::b::X as y::Z>::w"), Side::Late);
        assert_eq!(rules.side("a::b::c::d"), Side::First);
        assert!(Rules::read("second a").unwrap_err().contains("line 1"));
        assert!(Rules::read("late a\nlate a").unwrap_err().contains("line 2"));
    }

    #[test]
    fn a_recording_becomes_few_rules_and_no_called_function_is_late() {
        let seen = |name: &str, bytes, called| Seen { name: name.to_owned(), bytes, called };
        let seen_many = (0..50).map(|n| seen(&format!("b::cold{n}"), 100, false));
        let mut recording = vec![
            seen("a::small", 10, false),
            seen("dlmalloc::a", 999, false),
            seen("a::hot", 900, true),
            seen("b::hot", 5, true),
        ];
        recording.extend(seen_many);
        let text = Rules::of(&recording);
        assert_eq!(text, "first\nlate  b\nfirst b::hot\n");
        let rules = Rules::read(&text).unwrap();
        for function in recording.iter().filter(|function| function.called) {
            assert_eq!(rules.side(&function.name), Side::First, "{}", function.name);
        }
    }
}
