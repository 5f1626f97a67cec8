//! Numbers, bytes and times, short enough to stand beside a drawing.

use tabletop_core::base::{SimTime, VersionRange};

/// `18 240`: thousands apart by a narrow space.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// The same for a number that may be negative.
pub fn grouped(number: i64) -> String {
    let digits = count(number.unsigned_abs());
    if number < 0 { ["−", &digits].concat() } else { digits }
}

/// `503 MB`, `1.37 GB`: powers of 1024 under the names that the backend prints.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = [" B", " kB", " MB", " GB", " TB"];
    let mut unit = 0;
    while unit + 1 < UNITS.len() && bytes >> (10 * unit) >= 1_000 {
        unit += 1;
    }
    let half = (1_u128 << (10 * unit)) / 2;
    let scaled = ((u128::from(bytes) * 100 + half) >> (10 * unit)) as u64;
    let digits = if unit == 0 || scaled >= 10_000 {
        count(scaled.saturating_add(50 * u64::from(unit > 0)) / 100)
    } else if scaled >= 1_000 {
        decimal(scaled.saturating_add(5) / 10, 1)
    } else {
        decimal(scaled, 2)
    };
    [&digits, UNITS[unit]].concat()
}

/// A fixed-point number without trailing zeros.
fn decimal(number: u64, places: u32) -> String {
    let one = 10_u64.pow(places);
    let fraction = number % one;
    let whole = (number / one).to_string();
    if fraction == 0 {
        return whole;
    }
    let mut digits = (one + fraction).to_string();
    digits.replace_range(..1, ".");
    [whole.as_str(), digits.trim_end_matches('0')].concat()
}

/// `0.5` of 500: thousandths as a decimal number.
pub fn millis(thousandths: u64) -> String {
    decimal(thousandths, 3)
}

/// `3:04` or `1:03:04`: a stretch of time.
pub fn span(time: SimTime) -> String {
    let secs = time.secs();
    let tail = [two(secs / 60 % 60), two(secs % 60)];
    if secs >= 3_600 {
        [&(secs / 3_600).to_string(), ":", &tail[0], ":", &tail[1]].concat()
    } else {
        [&(secs / 60).to_string(), ":", &tail[1]].concat()
    }
}

fn two(number: u64) -> String {
    if number < 10 { ["0", &number.to_string()].concat() } else { number.to_string() }
}

/// A moment, split before its milliseconds: `06:52` and `.380`, or the wall clock's
/// `12:06:52` (UTC) where the tablet has one.
pub fn clock(time: SimTime, epoch_unix_ms: Option<i64>) -> (String, String) {
    let total = (time.micros() / 1_000).saturating_add_signed(epoch_unix_ms.unwrap_or(0));
    let (secs, ms) = (total / 1_000, total % 1_000);
    let hours = if epoch_unix_ms.is_some() { secs / 3_600 % 24 } else { secs / 3_600 };
    let mut out = String::new();
    if hours > 0 || epoch_unix_ms.is_some() {
        out.push_str(&two(hours));
        out.push(':');
    }
    out.push_str(&two(secs / 60 % 60));
    out.push(':');
    out.push_str(&two(secs % 60));
    let mut fraction = (1_000 + ms).to_string();
    fraction.replace_range(..1, ".");
    (out, fraction)
}

/// `[33-38]`, or `[36]` for a single version.
pub fn range(range: VersionRange) -> String {
    if range.is_single() { ["[", &range.start.to_string(), "]"].concat() } else { range.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{bytes, clock, count, grouped, millis, range, span};
    use tabletop_core::base::{SimTime, VersionRange};

    #[test]
    fn sizes_are_three_digits() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(21 << 20), "21 MB");
        assert_eq!(bytes(503 << 20), "503 MB");
        assert_eq!(bytes((1 << 30) * 137 / 100), "1.37 GB");
        assert_eq!(bytes(41_000 << 20), "40 GB");
        assert_eq!(bytes(1_400_000), "1.34 MB");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(span(SimTime::from_secs(184)), "3:04");
        assert_eq!(span(SimTime::from_secs(3_784)), "1:03:04");
        assert_eq!(clock(SimTime(412_380_000), None), ("06:52".into(), ".380".into()));
        assert_eq!(clock(SimTime(0), Some(1_614_816_412_005)), ("00:06:52".into(), ".005".into()));
    }

    #[test]
    fn numbers_are_grouped_from_five_digits() {
        assert_eq!(count(2_000), "2000");
        assert_eq!(count(18_240), "18\u{202f}240");
        assert_eq!(grouped(-230), "−230");
        assert_eq!(millis(500), "0.5");
        assert_eq!(range(VersionRange::single(36)), "[36]");
    }
}
