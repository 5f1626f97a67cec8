//! Every word of the page, in two languages, and how numbers are written.
//!
//! A text is a template: `fill("step {0} of {1}", &["3", "9"])`. Sentences that depend on what
//! the engine said are in [`sentence`].

mod en;
pub mod importing;
mod keys;
mod number;
pub mod own;
pub mod policy;
pub mod preview;
pub mod sentence;

use std::sync::OnceLock;

pub use en::EN;
pub use keys::Text;
pub use number::{bytes, clock, count, grouped, millis, range, span};

/// The page's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// From what `lang` or the store says.
    pub fn from_code(code: &str) -> Self {
        if code.starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// For the `lang` attribute.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// Its table; English where Chinese has not been fetched.
    pub fn text(self) -> &'static Text {
        match self {
            Self::En => &EN,
            Self::Zh => chinese().unwrap_or(&EN),
        }
    }
}

static ZH: OnceLock<Text> = OnceLock::new();

/// The Chinese table, once [`read_chinese`] has read it. Off the browser it lies beside the program.
pub fn chinese() -> Option<&'static Text> {
    #[cfg(not(target_arch = "wasm32"))]
    if ZH.get().is_none() {
        read_chinese(include_str!("../../../www/zh.txt").to_owned());
    }
    ZH.get()
}

/// Keeps the table that was fetched; says whether it is one. Its texts stay for good.
pub fn read_chinese(table: String) -> bool {
    if ZH.get().is_none()
        && let Some(text) = Text::read(table.leak())
    {
        ZH.set(text).ok();
    }
    ZH.get().is_some()
}

/// Fills `{0}` … `{9}` of a template. A place without an argument stays as it is.
pub fn fill(template: &str, arguments: &[&str]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, place) = rest.split_at(at);
        out.push_str(before);
        let digit = place.as_bytes().get(1).map_or(99, |b| usize::from(b.wrapping_sub(b'0')));
        match arguments.get(digit) {
            Some(argument) if place.as_bytes().get(2) == Some(&b'}') => {
                out.push_str(argument);
                rest = &place[3..];
            }
            _ => {
                out.push('{');
                rest = &place[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A scenario's name by its key; the key itself where no text is known.
pub fn scenario(text: &'static Text, key: &str) -> String {
    match key {
        "incident" => text.s_incident,
        "steady" => text.s_steady,
        "before-4017" => text.s_before,
        "by-size" => text.s_by_size,
        "many-small" => text.s_small,
        "orphan-5526" => text.s_orphan,
        "crossing" => text.s_crossing,
        "empty" => text.s_empty,
        "import" => text.s_import,
        "small-loads" => text.s_small_loads,
        "bursts" => text.s_bursts,
        "big-loads" => text.s_big,
        "deletes" => text.s_deletes,
        "time-series" => text.s_time_series,
        "mixed" => text.s_mixed,
        "invisible-28082" => text.s_invisible,
        _ => return key.to_owned(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{EN, Lang, Text, chinese, fill};

    #[test]
    fn places_are_filled_in_any_order() {
        assert_eq!(fill("{1} of {0}", &["9", "3"]), "3 of 9");
        assert_eq!(fill("a {x} {7} {0", &["1"]), "a {x} {7} {0");
    }

    #[test]
    fn chinese_has_a_line_for_each_key_in_their_order() {
        let table = include_str!("../../../www/zh.txt");
        let read = Text::read(table);
        assert!(read.is_some(), "www/zh.txt: its first line must be `keys {:08x}`", super::keys::KEYS);
        let keys = table.lines().skip(1).map(|line| line.split(' ').next().unwrap_or_default());
        let expected: Vec<_> = EN.all().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_table_of_another_program_is_not_read() {
        let table = include_str!("../../../www/zh.txt");
        let (head, rest) = table.split_once('\n').expect("it has lines");
        let other: &'static str = format!("keys 00000000\n{rest}").leak();
        let short: &'static str = format!("{head}\n{}", rest.lines().next().expect("a key")).leak();
        for table in [other, short, "", "keys", "<!doctype html>\n<title>404</title>"] {
            assert!(Text::read(table).is_none(), "{table}");
        }
    }

    #[test]
    fn every_scenario_has_a_name() {
        for key in tabletop_core::lab::tablet::scenarios::KEYS {
            assert_ne!(super::scenario(Lang::Zh.text(), key), *key);
        }
    }

    #[test]
    fn both_tables_fill_the_same_places() {
        let zh = chinese().expect("www/zh.txt is read");
        for ((key, en), (_, zh)) in EN.all().into_iter().zip(zh.all()) {
            for place in ["{0}", "{1}", "{2}", "{3}", "{4}"] {
                assert_eq!(en.contains(place), zh.contains(place), "{key}: {place}");
            }
            assert!(!en.is_empty() && !zh.is_empty(), "{key} is empty");
            assert!(!en.contains('!'), "{key} shouts");
        }
    }
}
