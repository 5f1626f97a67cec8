//! Wall-clock times as a node prints them.
//!
//! ```text
//! 2019-12-16 18:11:15.110           no zone: the node's
//! 2019-12-16 18:11:15.110 +0800     zone told
//! 1970-01-01 08:00:00.000           never; gives the node's zone away: +0800
//! 1552911435                        seconds of Unix time (protobuf)
//! ```

/// Seconds of the year 10000: nothing that late is taken for a time.
const UNIX_SECS_MAX: i64 = 253_402_300_800;

/// A moment, its zone perhaps still unknown. Microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Since the Unix epoch.
    Unix(i64),
    /// On the node's clock, as if that were UTC.
    Local(i64),
}

/// What a printed time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The epoch: it never happened. With the zone that follows from it, in minutes.
    Never(Option<i32>),
    /// A moment, with its zone in minutes where told.
    At(Moment, Option<i32>),
}

impl Moment {
    /// Microseconds of Unix time with `zone` minutes east for a time without its own.
    pub(super) const fn unix_us(self, zone: i32) -> i64 {
        match self {
            Self::Unix(us) => us,
            Self::Local(us) => us - zone as i64 * 60_000_000,
        }
    }

    /// From seconds of Unix time; `None` for 0 ("not told") and what is no time.
    pub(super) fn from_secs(secs: i128) -> Option<Self> {
        let secs = i64::try_from(secs).ok().filter(|secs| (1..UNIX_SECS_MAX).contains(secs))?;
        Some(Self::Unix(secs * 1_000_000))
    }
}

/// Reads `YYYY-MM-DD hh:mm:ss`, with a fraction and a zone where they stand.
pub(super) fn parse(text: &str) -> Option<Told> {
    let text = text.trim();
    let head = text.as_bytes().first_chunk::<19>()?;
    let layout_ok =
        (head[4], head[7], head[13], head[16]) == (b'-', b'-', b':', b':') && matches!(head[10], b' ' | b'T');
    let number = |from: usize, to: usize| {
        head[from..to]
            .iter()
            .try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let date_ok = year >= 1900 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !(layout_ok && date_ok && hour < 24 && minute < 60 && second < 61) {
        return None;
    }
    let (fraction_us, rest) = fraction(text.get(19..)?)?;
    let secs = (days(year, month, day) * 24 + hour) * 3_600 + minute * 60 + second;
    let local_us = secs * 1_000_000 + fraction_us;
    let zone = if rest.trim().is_empty() { None } else { Some(zone(rest.trim())?) };
    let moment = match zone {
        Some(minutes) => Moment::Unix(local_us - i64::from(minutes) * 60_000_000),
        None => Moment::Local(local_us),
    };
    // −12:00 to +14:00 of the epoch itself; `NEWEST_WRITE_TIMESTAMP` prints one second before.
    if (-43_201..=50_400).contains(&secs) {
        let from_epoch = (secs % 900 == 0).then_some((secs / 60) as i32);
        return Some(Told::Never(zone.or(from_epoch)));
    }
    Some(Told::At(moment, zone))
}

/// `.224` in microseconds (further digits are dropped), and what follows.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = digits.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let mut us = 0;
    for at in 0..6 {
        us = us * 10 + digits.as_bytes()[..end].get(at).map_or(0, |byte| i64::from(byte - b'0'));
    }
    Some((us, &digits[end..]))
}

/// `+0800`, `-03:30`, `Z` in minutes.
fn zone(text: &str) -> Option<i32> {
    if text == "Z" || text == "UTC" {
        return Some(0);
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match (digits.len(), digits.split_once(':')) {
        (5, Some(pair)) => pair,
        (4, None) => (digits.get(..2)?, digits.get(2..)?),
        _ => return None,
    };
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then(|| sign * (i32::from(hours) * 60 + i32::from(minutes)))
}

/// Days since 1970-01-01 of a date (Gregorian; eras of 400 years that start in March).
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_fraction_and_zone() {
        let at = |us, zone| Some(Told::At(Moment::Local(us), zone));
        assert_eq!(parse("2019-12-16 18:11:15"), at(1_576_519_875_000_000, None));
        assert_eq!(parse("2019-12-16 18:11:15.110"), at(1_576_519_875_110_000, None));
        let unix = Moment::Unix(1_576_491_075_110_000);
        assert_eq!(parse("2019-12-16 18:11:15.110 +0800"), Some(Told::At(unix, Some(480))));
        assert_eq!(parse("2000-02-29T00:00:00Z"), Some(Told::At(Moment::Unix(951_782_400_000_000), Some(0))));
    }

    #[test]
    fn the_epoch_means_never_and_names_the_zone() {
        assert_eq!(parse("1970-01-01 08:00:00.000"), Some(Told::Never(Some(480))));
        assert_eq!(parse("1969-12-31 16:00:00.000"), Some(Told::Never(Some(-480))));
        assert_eq!(parse("1970-01-01 07:59:59"), Some(Told::Never(None)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "2019-12-16", "2019-13-16 18:11:15", "2019-12-16 18:11:15.", "2019-12-16 18:11:15 +9999"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!((Moment::from_secs(0), Moment::from_secs(i128::from(i64::MAX))), (None, None));
    }
}
