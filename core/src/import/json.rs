//! A pull reader for JSON as operators paste it.
//!
//! Why not `serde_json`: every fault and every note needs a line and a column, also those that
//! arise from what a text *means* ("this rowset crosses that one"); two published replies are
//! not valid JSON and a pasted one may end anywhere; and the browser bundle carries no second
//! JSON library. What is skipped is not validated beyond its brackets and quotes.
//!
//! ```text
//! {"rowsets": ["[0-1] 0 DATA", "[2-2] 1 DATA",], "cumulative point": ,
//!  ^object     ^array ^item     ^item         ^ExtraComma              ^MissingValue, then End
//! ```
//!
//! Linear: no byte is looked at twice except by a name's comparison; nothing recurses.

use super::error::{Expected, Fault, Found, Parse, kept};
use super::note::{NoteKey, Notes};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};

/// Brackets inside each other.
const DEPTH_MAX: u32 = 64;
/// A key without quotes is not longer than this.
const BARE_KEY_MAX: usize = 100;

/// A string value and where its characters stand.
#[derive(Clone, Debug)]
pub(super) struct Text<'a> {
    /// Offset of the first character behind the quote.
    pub(super) at: usize,
    /// Unescaped.
    pub(super) value: Cow<'a, str>,
}

impl Text<'_> {
    /// Offset in the whole text of an offset in the value; the string's start where escapes
    /// moved the characters.
    pub(super) const fn place(&self, inner: usize) -> usize {
        match self.value {
            Cow::Borrowed(_) => self.at + inner,
            Cow::Owned(_) => self.at,
        }
    }
}

/// A value that is no list.
#[derive(Clone, Debug)]
pub(super) enum Scalar<'a> {
    /// `null`, or nothing at all.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number that fits.
    Integer(i128),
    /// Another number, as written.
    Number(&'a str),
    /// A string.
    Text(Text<'a>),
}

/// What begins at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    Text,
    /// Anything else.
    Other,
}

/// An object or array that is being read.
#[derive(Debug)]
pub(super) struct List {
    close: u8,
    items: u64,
    comma: Option<usize>,
}

/// The cursor.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
    /// Repairs, and whatever the meaning of the text adds.
    pub(super) notes: Notes,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at, depth: 0, notes: Notes::default() }
    }

    /// The whole text.
    pub(super) const fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Offset of the next byte that is not blank.
    pub(super) fn place(&mut self) -> usize {
        self.blank();
        self.at
    }

    /// Whether only blanks are left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.blank();
        self.at >= self.text.len()
    }

    fn blank(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&mut self, expected: Expected) -> Parse<u8> {
        self.blank();
        self.text.get(self.at).copied().ok_or(Fault::end(self.text.len(), expected))
    }

    /// A fault at the cursor.
    pub(super) fn unexpected(&mut self, expected: Expected) -> Fault {
        self.blank();
        if self.at >= self.text.len() {
            return Fault::end(self.text.len(), expected);
        }
        Fault::unexpected(self.text, self.at, expected)
    }

    /// What begins here.
    pub(super) fn kind(&mut self) -> Parse<Kind> {
        Ok(match self.peek(Expected::Value)? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::Text,
            _ => Kind::Other,
        })
    }

    /// Enters an object.
    pub(super) fn object(&mut self) -> Parse<List> {
        self.enter(b'{', b'}', Expected::Object)
    }

    /// Enters an array.
    pub(super) fn array(&mut self) -> Parse<List> {
        self.enter(b'[', b']', Expected::Array)
    }

    fn enter(&mut self, open: u8, close: u8, expected: Expected) -> Parse<List> {
        if self.peek(expected)? != open {
            return Err(self.unexpected(expected));
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.unexpected(Expected::Depth));
        }
        self.at += 1;
        Ok(List { close, items: 0, comma: None })
    }

    /// Steps to the next item of an array; `false` where the array closed.
    pub(super) fn item(&mut self, list: &mut List) -> Parse<bool> {
        loop {
            match self.peek(Expected::CommaOrClose)? {
                byte if byte == list.close => {
                    if let Some(comma) = list.comma {
                        self.notes.add(comma, NoteKey::ExtraComma);
                    }
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(false);
                }
                b',' => {
                    if list.items == 0 || list.comma.is_some() {
                        self.notes.add(self.at, NoteKey::ExtraComma);
                    }
                    list.comma = Some(self.at);
                    self.at += 1;
                }
                b'}' | b']' | b':' => return Err(self.unexpected(Expected::CommaOrClose)),
                byte => {
                    if list.items > 0 && list.comma.is_none() {
                        if !matches!(byte, b'"' | b'{' | b'[') {
                            return Err(self.unexpected(Expected::CommaOrClose));
                        }
                        self.notes.add(self.at, NoteKey::MissingComma);
                    }
                    list.comma = None;
                    list.items += 1;
                    return Ok(true);
                }
            }
        }
    }

    /// Steps to the next key of an object and behind its colon; `None` where the object closed.
    pub(super) fn key(&mut self, list: &mut List) -> Parse<Option<Text<'a>>> {
        if !self.item(list)? {
            return Ok(None);
        }
        let key = if self.peek(Expected::Key)? == b'"' { self.string()? } else { self.bare_key()? };
        if self.peek(Expected::Colon)? != b':' {
            return Err(self.unexpected(Expected::Colon));
        }
        self.at += 1;
        if matches!(self.peek(Expected::Value)?, b',' | b'}') {
            self.notes.add(self.at, NoteKey::MissingValue(kept(&key.value, 60)));
        }
        Ok(Some(key))
    }

    fn bare_key(&mut self) -> Parse<Text<'a>> {
        let start = self.at;
        let rest = &self.text[start..];
        let end = rest.iter().take(BARE_KEY_MAX).position(|&byte| !is_bare(byte));
        match end.and_then(|end| core::str::from_utf8(&rest[..end]).ok()) {
            Some(name) if !name.trim_end().is_empty() => {
                self.notes.add_once(start, NoteKey::UnquotedKey);
                self.at += name.len();
                Ok(Text { at: start, value: Cow::Borrowed(name.trim_end()) })
            }
            _ if rest.len() < BARE_KEY_MAX && rest.iter().all(|&byte| is_bare(byte)) => {
                Err(Fault::end(self.text.len(), Expected::Key))
            }
            _ => Err(self.unexpected(Expected::Key)),
        }
    }

    /// Reads a string.
    pub(super) fn string(&mut self) -> Parse<Text<'a>> {
        if self.peek(Expected::Text)? != b'"' {
            return Err(self.unexpected(Expected::Text));
        }
        let start = self.at + 1;
        let mut escaped = false;
        let mut at = start;
        let end = loop {
            match self.text.get(at) {
                None => return Err(Fault::end(self.text.len(), Expected::ClosingQuote)),
                Some(b'"') => break at,
                Some(b'\n') => return Err(Fault::unexpected(self.text, at, Expected::ClosingQuote)),
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(_) => at += 1,
            }
        };
        let value = match core::str::from_utf8(&self.text[start..end]) {
            Ok(text) => Cow::Borrowed(text),
            Err(fault) => {
                self.notes.add(start + fault.valid_up_to(), NoteKey::InvalidUtf8);
                Cow::Owned(String::from_utf8_lossy(&self.text[start..end]).to_string())
            }
        };
        let value = if escaped { Cow::Owned(self.unescape(&value, start)?) } else { value };
        self.at = end + 1;
        Ok(Text { at: start, value })
    }

    /// Escapes to characters; a lone surrogate becomes U+FFFD.
    fn unescape(&self, value: &str, start: usize) -> Parse<String> {
        let mut result = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(slash) = rest.find('\\') {
            result.push_str(&rest[..slash]);
            let escape = &rest[slash + 1..];
            let mut used = 1;
            result.push(match escape.bytes().next() {
                Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
                Some(b'b') => '\u{8}',
                Some(b'f') => '\u{c}',
                Some(b'n') => '\n',
                Some(b'r') => '\r',
                Some(b't') => '\t',
                Some(b'u') => {
                    let fault = || Fault::unexpected(self.text, start, Expected::Escape);
                    let unit = hex4(escape.get(1..5)).ok_or_else(fault)?;
                    used = 5;
                    let low = escape.get(5..7).filter(|next| *next == "\\u").and(hex4(escape.get(7..11)));
                    let (char, more) = decode(unit, low);
                    used += more;
                    char
                }
                _ => return Err(Fault::unexpected(self.text, start, Expected::Escape)),
            });
            rest = escape.get(used..).unwrap_or_default();
        }
        result.push_str(rest);
        Ok(result)
    }

    /// Reads a value that is no list. Nothing (see [`NoteKey::MissingValue`]) reads as null.
    pub(super) fn scalar(&mut self) -> Parse<Scalar<'a>> {
        match self.peek(Expected::Value)? {
            b'"' => self.string().map(Scalar::Text),
            b',' | b'}' => Ok(Scalar::Null),
            _ => {
                let word = self.word()?;
                match word {
                    "null" => Ok(Scalar::Null),
                    "true" => Ok(Scalar::Bool(true)),
                    "false" => Ok(Scalar::Bool(false)),
                    _ => match integer(word) {
                        Some(number) => Ok(Scalar::Integer(number)),
                        None if is_number(word) => Ok(Scalar::Number(word)),
                        None => {
                            self.at -= word.len();
                            Err(self.unexpected(Expected::Value))
                        }
                    },
                }
            }
        }
    }

    /// A run of letters, digits and signs. One that touches the end of the text may be cut.
    fn word(&mut self) -> Parse<&'a str> {
        let rest = &self.text[self.at..];
        let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
        let Some(end) = rest.iter().position(|&byte| !part(byte)) else {
            return Err(Fault::end(self.text.len(), Expected::Value));
        };
        match core::str::from_utf8(&rest[..end]) {
            Ok(word) if end > 0 => {
                self.at += end;
                Ok(word)
            }
            _ => Err(self.unexpected(Expected::Value)),
        }
    }

    /// Skips one value, whatever it is. Checks brackets and quotes, nothing else.
    pub(super) fn skip(&mut self) -> Parse<()> {
        let mut arrays = 0_u64;
        let mut inside = 0_u32;
        loop {
            match self.peek(Expected::Value)? {
                b'"' => self.skip_string()?,
                byte @ (b'{' | b'[') => {
                    if self.depth + inside >= DEPTH_MAX {
                        return Err(self.unexpected(Expected::Depth));
                    }
                    inside += 1;
                    arrays = (arrays << 1) | u64::from(byte == b'[');
                    self.at += 1;
                }
                b',' | b'}' if inside == 0 => return Ok(()),
                byte @ (b'}' | b']') => {
                    if inside == 0 || (arrays & 1 == 1) != (byte == b']') {
                        return Err(self.unexpected(Expected::CommaOrClose));
                    }
                    inside -= 1;
                    arrays >>= 1;
                    self.at += 1;
                }
                b',' | b':' if inside > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => self.skip_word()?,
            }
            if inside == 0 {
                return Ok(());
            }
        }
    }

    /// Skips a string; raw bytes (a delete bitmap that is not base64) may stand in it.
    fn skip_string(&mut self) -> Parse<()> {
        let mut at = self.at + 1;
        loop {
            match self.text.get(at) {
                None => return Err(Fault::end(self.text.len(), Expected::ClosingQuote)),
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        Ok(())
    }

    fn skip_word(&mut self) -> Parse<()> {
        let rest = &self.text[self.at..];
        let stop =
            |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}' | b'[' | b'{' | b'"') || *byte <= b' ';
        match rest.iter().position(stop) {
            None => Err(Fault::end(self.text.len(), Expected::Value)),
            Some(0) => Err(self.unexpected(Expected::Value)),
            Some(end) => {
                self.at += end;
                Ok(())
            }
        }
    }

    /// Counts the items of an array and skips them.
    pub(super) fn count_items(&mut self) -> Parse<u32> {
        if self.kind()? != Kind::Array {
            self.skip()?;
            return Ok(0);
        }
        let mut list = self.array()?;
        let mut count = 0_u32;
        while self.item(&mut list)? {
            self.skip()?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// A whole number, or a text of digits; `None` for null.
    pub(super) fn integer(&mut self) -> Parse<Option<i128>> {
        let at = self.place();
        let number = match self.scalar()? {
            Scalar::Null => return Ok(None),
            Scalar::Integer(number) => Some(number),
            Scalar::Text(text) => integer(text.value.trim()),
            Scalar::Bool(_) | Scalar::Number(_) => None,
        };
        number.map(Some).ok_or_else(|| Fault::unexpected(self.text, at, Expected::Integer))
    }

    /// A text; `None` for null and the empty text, numbers as written.
    pub(super) fn words(&mut self) -> Parse<Option<Text<'a>>> {
        let at = self.place();
        match self.scalar()? {
            Scalar::Text(text) if text.value.is_empty() => Ok(None),
            Scalar::Text(text) => Ok(Some(text)),
            Scalar::Null => Ok(None),
            Scalar::Integer(number) => Ok(Some(Text { at, value: Cow::Owned(number.to_string()) })),
            Scalar::Number(number) => Ok(Some(Text { at, value: Cow::Borrowed(number) })),
            Scalar::Bool(_) => Err(Fault::unexpected(self.text, at, Expected::Text)),
        }
    }
}

/// A refusal at a place of the text.
pub(super) const fn refused(at: usize, expected: Expected, found: Found) -> Fault {
    Fault { at, expected, found }
}

const fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ')
}

/// A whole number without an exponent, if it fits.
fn integer(word: &str) -> Option<i128> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    if digits.is_empty() || digits.len() > 38 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    word.parse().ok()
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'))
}

fn hex4(digits: Option<&str>) -> Option<u32> {
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// One UTF-16 unit, or a pair: the character and how many more bytes of escape it took.
fn decode(unit: u32, low: Option<u32>) -> (char, usize) {
    if let (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) = (unit, low) {
        let point = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(point).unwrap_or('\u{fffd}'), 6);
    }
    (char::from_u32(unit).unwrap_or('\u{fffd}'), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_characters() {
        let mut reader = Reader::new(br#""a\n\u00e9\ud83d\ude00\ud83d""#, 0);
        let text = reader.string().expect("a string");
        assert_eq!(text.value, "a\né😀\u{fffd}");
    }

    #[test]
    fn a_value_can_be_skipped_whatever_it_holds() {
        let mut reader = Reader::new(br#"{"a": [1, {"b": "]}"}], "c": nonsense} 7"#, 0);
        reader.skip().expect("skipped");
        assert_eq!(reader.place(), 39);
    }

    #[test]
    fn brackets_that_do_not_match_are_a_fault() {
        let fault = Reader::new(b"[1, {]}", 0).skip().expect_err("mismatch");
        assert_eq!((fault.at, fault.expected), (5, Expected::CommaOrClose));
    }

    #[test]
    fn a_hundred_thousand_brackets_are_a_fault_at_the_first_too_deep() {
        let text = alloc::vec![b'['; 100_000];
        let fault = Reader::new(&text, 0).skip().expect_err("too deep");
        assert_eq!((fault.at, fault.expected), (64, Expected::Depth));
    }

    #[test]
    fn commas_are_forgiven_and_noted() {
        let mut reader = Reader::new(br#"["a" "b",,"c",]"#, 0);
        let mut list = reader.array().expect("array");
        let mut items = String::new();
        while reader.item(&mut list).expect("item") {
            items.push_str(&reader.string().expect("string").value);
        }
        assert_eq!(items, "abc");
        let notes = core::mem::take(&mut reader.notes).finish(reader.text());
        let notes: alloc::vec::Vec<_> = notes.iter().map(|note| (note.column, note.key.name())).collect();
        assert_eq!(notes, [(6, "missing_comma"), (10, "extra_comma"), (14, "extra_comma")]);
    }
}
