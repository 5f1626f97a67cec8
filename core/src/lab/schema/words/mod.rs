//! Every word of the schema lab, in both languages.

mod first;
mod second;

use crate::view::board::Word;
use first::FIRST;
use second::SECOND;

const fn w(key: &'static str, en: &'static str, zh: &'static str) -> Word {
    Word { key, en, zh }
}

/// Sorted by key.
pub(super) const WORDS: &[Word] = &{
    let mut words = [w("", "", ""); FIRST.len() + SECOND.len()];
    let mut at = 0;
    while at < words.len() {
        words[at] = if at < FIRST.len() { FIRST[at] } else { SECOND[at - FIRST.len()] };
        at += 1;
    }
    words
};
