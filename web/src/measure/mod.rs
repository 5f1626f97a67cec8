//! How long do appends, reads and look-ups take on this browser's own IndexedDB?
//!
//! ```text
//!           one value                               split rows
//! append    get 25 MB, decode, push, encode, put    get a counter, put one row
//! read      get, decode                             pages of a range of keys, decode
//! look up   get all of it for three numbers         get three numbers
//! ```
//!
//! The codec is the core's ([`tabletop_core::inode`]), the store is real: every operation is one
//! transaction of a database of its own name, which is removed at the end, after a cancel, and at the
//! next start if the browser was killed in between. It runs in a worker of its own (`link_measure`), which
//! sends [`Said`]s as lines of text. Clocks of a browser are coarse, so short operations are timed in runs.

#[cfg(target_arch = "wasm32")]
mod browser;
pub mod plot;
mod staged;

#[cfg(target_arch = "wasm32")]
pub use browser::{remove, run};
pub use staged::Staged;

use core::fmt::{self, Write as _};
use core::str::FromStr;

/// Name of the database.
pub const DATABASE: &str = "tabletop measure";

/// Numbers of chunk infos that are measured unless somebody says otherwise.
pub const SIZES: &[u32] = &[1_000, 10_000, 100_000];
/// The same where somebody has minutes.
pub const SIZES_LONG: &[u32] = &[1_000, 10_000, 100_000, 1_000_000];

/// Where the lists lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the inode's value.
    Whole,
    /// A row for each append.
    Split,
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// One chunk info more.
    Append,
    /// All of them.
    Read,
    /// Length, time and names alone.
    LookUp,
}

impl Operation {
    /// All, in the order they are measured and shown in.
    pub const ALL: [Self; 3] = [Self::Append, Self::Read, Self::LookUp];

    const fn place(self) -> u32 {
        match self {
            Self::Append => 0,
            Self::Read => 1,
            Self::LookUp => 2,
        }
    }
}

impl Kept {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Whole, Self::Split];

    const fn place(self) -> u32 {
        match self {
            Self::Whole => 0,
            Self::Split => 1,
        }
    }
}

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Chunk infos of the inode.
    pub infos: u32,
    /// Where they lie.
    pub kept: Kept,
    /// What was timed.
    pub operation: Operation,
    /// Half of the runs took less, µs an operation.
    pub median_us: u64,
    /// The fastest, µs.
    pub least_us: u64,
    /// Operations timed.
    pub count: u32,
    /// Bytes of keys and values that one operation read.
    pub read: u64,
    /// The same, written.
    pub written: u64,
}

/// What the worker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It listens.
    Ready,
    /// So many thousandths are done, and what is going on now.
    Progress {
        /// Of a thousand.
        done: u32,
        /// Chunk infos of the inode that is filled or measured.
        infos: u32,
        /// It is being filled.
        filling: bool,
    },
    /// A figure.
    Row(Row),
    /// All is measured, and the database removed.
    Done,
    /// It was stopped, and the database removed.
    Stopped,
    /// It did not work; what the browser said.
    Failed(String),
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Progress { done, infos, filling } => {
                write!(f, "progress {done} {infos} {}", u32::from(*filling))
            }
            Self::Row(row) => {
                let Row { infos, kept, operation, median_us, least_us, count, read, written } = row;
                let (kept, operation) = (kept.place(), operation.place());
                write!(f, "row {infos} {kept} {operation} {median_us} {least_us} {count} {read} {written}")
            }
            Self::Done => f.write_str("done"),
            Self::Stopped => f.write_str("stopped"),
            Self::Failed(why) => write!(f, "failed {why}"),
        }
    }
}

/// A line that the worker of this build does not send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unheard(String);

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page and measuring worker are of different builds: {}", self.0)
    }
}

impl core::error::Error for Unheard {}

impl FromStr for Said {
    type Err = Unheard;

    fn from_str(line: &str) -> Result<Self, Unheard> {
        parse(line).ok_or_else(|| Unheard(line.to_owned()))
    }
}

fn parse(line: &str) -> Option<Said> {
    let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut numbers = rest.split(' ').map(|part| part.parse::<u64>().ok());
    let mut next = || numbers.next().flatten();
    let small = |number: u64| u32::try_from(number).ok();
    Some(match head {
        "ready" => Said::Ready,
        "progress" => Said::Progress { done: small(next()?)?, infos: small(next()?)?, filling: next()? == 1 },
        "row" => {
            let infos = small(next()?)?;
            let kept = *Kept::ALL.get(next()? as usize)?;
            let operation = *Operation::ALL.get(next()? as usize)?;
            let (median_us, least_us, count) = (next()?, next()?, small(next()?)?);
            let (read, written) = (next()?, next()?);
            Said::Row(Row { infos, kept, operation, median_us, least_us, count, read, written })
        }
        "done" => Said::Done,
        "stopped" => Said::Stopped,
        "failed" => Said::Failed(rest.to_owned()),
        _ => return None,
    })
}

/// Median and least of some times, µs; nothing of none.
pub fn middle(times: &mut [f64]) -> Option<(u64, u64)> {
    times.sort_unstable_by(f64::total_cmp);
    let (least, median) = (times.first()?, times.get(times.len() / 2)?);
    Some((median.round() as u64, least.round() as u64))
}

/// Figures as a table that a spreadsheet takes: columns apart by tabs, a head of names.
pub fn table(rows: &[Row]) -> String {
    let mut out =
        String::from("infos\tstore\toperation\tmedian_us\tleast_us\tcount\tbytes_read\tbytes_written\n");
    for row in rows {
        let kept = match row.kept {
            Kept::Whole => "one value",
            Kept::Split => "split",
        };
        let operation = match row.operation {
            Operation::Append => "append",
            Operation::Read => "read all",
            Operation::LookUp => "look up",
        };
        let Row { infos, median_us, least_us, count, read, written, .. } = row;
        // Writing to a string cannot fail.
        writeln!(out, "{infos}\t{kept}\t{operation}\t{median_us}\t{least_us}\t{count}\t{read}\t{written}")
            .ok();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard() {
        let row = Row {
            infos: 1_000_000,
            kept: Kept::Split,
            operation: Operation::LookUp,
            median_us: 1_234_567,
            least_us: 9,
            count: 40,
            read: 1 << 40,
            written: 0,
        };
        let all = [
            Said::Ready,
            Said::Progress { done: 999, infos: 7, filling: true },
            Said::Row(row),
            Said::Done,
            Said::Stopped,
            Said::Failed("QuotaExceededError: no room".into()),
        ];
        for said in all {
            assert_eq!(said.to_string().parse(), Ok(said));
        }
        for line in ["", "row 1 2 0 1 1 1 1 1", "row 1 0 0 1 1 1 1", "progress x 1 1", "hello"] {
            assert!(line.parse::<Said>().is_err(), "{line}");
        }
        assert_eq!(
            table(&[row]).lines().nth(1),
            Some("1000000\tsplit\tlook up\t1234567\t9\t40\t1099511627776\t0")
        );
    }

    #[test]
    fn the_median_is_one_of_the_times() {
        assert_eq!(middle(&mut []), None);
        assert_eq!(middle(&mut [3.0]), Some((3, 3)));
        assert_eq!(middle(&mut [9.0, 1.4, 5.6]), Some((6, 1)));
    }
}
