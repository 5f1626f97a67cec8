//! Values and sentences of a lab in the words of one language.

use crate::text::{count, fill, grouped, millis, span};
use tabletop_core::base::SimTime;
use tabletop_core::lab::board::Value;
use tabletop_core::view::board::{Cell, Told, Unit};

/// The words of a lab in one language.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Chinese.
    pub zh: bool,
    all: Vec<(String, String)>,
}

impl Words {
    /// Words sorted by key.
    pub const fn new(zh: bool, all: Vec<(String, String)>) -> Self {
        Self { zh, all }
    }

    /// A word that the lab has.
    pub fn find(&self, key: &str) -> Option<&str> {
        let at = self.all.binary_search_by(|word| word.0.as_str().cmp(key)).ok()?;
        self.all.get(at).map(|word| word.1.as_str())
    }

    /// A word; its key where the lab has none.
    pub fn get(&self, key: &str) -> String {
        self.find(key).unwrap_or(key).to_owned()
    }

    /// The word of a part and a key: `verb-`, `load`.
    pub fn of(&self, part: &str, key: &str) -> String {
        self.find(&[part, key].concat()).unwrap_or(key).to_owned()
    }

    /// A sentence with its holes filled.
    pub fn fill(&self, key: &str, values: &[Cell]) -> String {
        let values: Vec<String> = values.iter().map(|value| self.cell(value)).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        fill(self.find(key).unwrap_or(key), &values)
    }

    /// A sentence.
    pub fn told(&self, told: &Told) -> String {
        self.fill(&told.key, &told.values)
    }

    /// Values one after another, as they are written on a span.
    pub fn label(&self, cells: &[Cell]) -> String {
        cells.iter().map(|cell| self.cell(cell)).collect::<Vec<_>>().join(" ")
    }

    /// A value with its unit.
    pub fn cell(&self, cell: &Cell) -> String {
        match cell {
            Cell::Number(number) => grouped(*number),
            Cell::Id(id) => id.to_string(),
            Cell::Bytes(bytes) => size(*bytes),
            Cell::BytesPerSecond(bytes) => [&size(*bytes), "/s"].concat(),
            Cell::Time(time) => duration(*time),
            Cell::PerMille(part) => per_mille(*part),
            Cell::Text(text) => text.clone(),
            Cell::Word(key, values) => self.fill(key, values),
            Cell::Unknown => "–".to_owned(),
        }
    }

    /// That so many messages are left out of a drawing.
    pub fn more_messages(&self, left_out: u64) -> String {
        let left_out = count(left_out);
        if self.zh {
            ["另有 ", &left_out, " 条消息"].concat()
        } else {
            ["+ ", &left_out, " more"].concat()
        }
    }

    /// A number in a unit, split before the unit.
    pub fn number(&self, value: i64, unit: Unit) -> (String, String) {
        let text = match unit {
            Unit::Id => value.to_string(),
            Unit::Bytes => signed(value, size),
            Unit::BytesPerSecond => [&signed(value, size), "/s"].concat(),
            Unit::Micros => signed(value, |micros| duration(SimTime(micros))),
            Unit::PerMille => per_mille(value),
            Unit::Rows => [grouped(value).as_str(), if self.zh { " 行" } else { " rows" }].concat(),
            Unit::Number | Unit::Text => grouped(value),
        };
        match text.split_once(' ') {
            Some((number, unit)) => (number.to_owned(), unit.to_owned()),
            None => (text, String::new()),
        }
    }

    /// The same in one piece.
    pub fn figure(&self, value: i64, unit: Unit) -> String {
        let (number, unit) = self.number(value, unit);
        if unit.is_empty() { number } else { [&number, " ", &unit].concat() }
    }

    /// A knob's or an argument's value.
    pub fn value(&self, value: &Value, unit: Unit) -> String {
        match value {
            Value::Number(number) => self.figure(*number, unit),
            Value::Choice(key) => self.of("choice-", key),
            Value::Switch(on) => match (on, self.zh) {
                (true, false) => "on",
                (false, false) => "off",
                (true, true) => "开",
                (false, true) => "关",
            }
            .to_owned(),
            Value::Text(text) => text.clone(),
        }
    }
}

fn signed(value: i64, write: impl Fn(u64) -> String) -> String {
    let text = write(value.unsigned_abs());
    if value < 0 { ["−", &text].concat() } else { text }
}

/// `2.5 %`, from thousandths.
fn per_mille(part: i64) -> String {
    [&signed(part, |part| millis(part.saturating_mul(100))), " %"].concat()
}

/// Bytes in powers of a thousand, as costs and speeds are stated: `1.05 GB`, `112 MB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = [" kB", " MB", " GB", " TB", " PB", " EB"];
    if bytes < 1_000 {
        return [&bytes.to_string(), " B"].concat();
    }
    let (mut scale, mut unit) = (1_000_u64, 0);
    while bytes / scale >= 1_000 {
        (scale, unit) = (scale * 1_000, unit + 1);
    }
    let (whole, rest) = (bytes / scale, bytes % scale / (scale / 1_000));
    let rest = match whole {
        100.. => 0,
        10..100 => rest / 100 * 100,
        _ => rest / 10 * 10,
    };
    [&millis(whole * 1_000 + rest), UNITS[unit]].concat()
}

/// `350 µs`, `12 ms`, `4.25 s`, `3:04`: a stretch of virtual time.
pub fn duration(time: SimTime) -> String {
    let micros = time.micros();
    match micros {
        0 => "0 s".to_owned(),
        1..1_000 => [&micros.to_string(), " µs"].concat(),
        1_000..10_000 => [&millis(micros), " ms"].concat(),
        10_000..1_000_000 => [&count(micros / 1_000), " ms"].concat(),
        1_000_000..60_000_000 => [&millis(micros / 10_000 * 10), " s"].concat(),
        _ => span(time),
    }
}

#[cfg(test)]
mod tests {
    use super::{Words, duration};
    use tabletop_core::base::SimTime;
    use tabletop_core::view::board::{Cell, Key, Told, Unit};

    fn words() -> Words {
        let all = [("disk", "disk {0}"), ("flushed", "{0} flushed {1} in {2}")];
        Words::new(false, all.map(|(key, text)| (key.to_owned(), text.to_owned())).to_vec())
    }

    #[test]
    fn a_sentence_holds_words_and_values() {
        let disk = Cell::Word(Key::of("disk"), vec![Cell::Id(2)]);
        let told = Told::new("flushed", [disk, Cell::Bytes(112_400_000), Cell::Time(SimTime(2_340_000))]);
        assert_eq!(words().told(&told), "disk 2 flushed 112 MB in 2.34 s");
        assert_eq!(words().told(&Told::new("unknown-key", [])), "unknown-key");
        assert_eq!(words().label(&[Cell::Number(-12_345), Cell::Unknown]), "−12\u{202f}345 –");
    }

    #[test]
    fn numbers_take_their_unit() {
        assert_eq!(words().number(3_000_000, Unit::Bytes), ("3".to_owned(), "MB".to_owned()));
        assert_eq!(words().figure(255, Unit::PerMille), "25.5 %");
        assert_eq!(words().figure(-4, Unit::Rows), "−4 rows");
        let spans = [0, 350, 2_500, 48_000, 4_254_321, 184_000_000].map(|micros| duration(SimTime(micros)));
        assert_eq!(spans, ["0 s", "350 µs", "2.5 ms", "48 ms", "4.25 s", "3:04"]);
    }
}
