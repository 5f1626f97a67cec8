//! How many tests ran, read from what the runners print.

use std::ops::AddAssign;

/// Passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
}

impl Count {
    /// One check.
    pub fn one(ok: bool) -> Self {
        Self { passed: u64::from(ok), failed: u64::from(!ok) }
    }

    /// Whether nothing ran.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The number right before ` word`, as in `12 passed`.
fn number_before(line: &str, word: &str) -> Option<u64> {
    let head = line[..line.find(word)?].trim_end();
    let digits = head.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Sums every `test result: ok. N passed; M failed; …` line: libtest, doc tests,
/// wasm-bindgen-test and the Node example all print one per binary.
pub fn of_tests(output: &str) -> Count {
    let mut sum = Count::default();
    for line in output.lines().filter(|line| line.contains("test result: ")) {
        if let (Some(passed), Some(failed)) = (number_before(line, " passed"), number_before(line, " failed"))
        {
            sum += Count { passed, failed };
        }
    }
    sum
}

/// Sums every `FILE: N cases, M differ` line of `tabletop golden`.
pub fn of_golden(output: &str) -> Count {
    let mut sum = Count::default();
    for line in output.lines() {
        if let (Some(cases), Some(differ)) = (number_before(line, " cases, "), number_before(line, " differ"))
        {
            sum += Count { passed: cases.saturating_sub(differ), failed: differ };
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{Count, of_golden, of_tests};

    #[test]
    fn golden_cases_count_one_by_one() {
        let output =
            "tablet_ops.jsonl: 155 cases, 2 differ\n  case 7: 3 cases seen\nunit.jsonl: 11 cases, 0 differ\n";
        assert_eq!(of_golden(output), Count { passed: 164, failed: 2 });
    }

    #[test]
    fn every_binary_adds_its_line() {
        let output = "
running 3 tests
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
noise: 17 passed; 4 failed
test result: \u{1b}[31mFAILED\u{1b}[0m. 10 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1.2s
";
        assert_eq!(of_tests(output), Count { passed: 13, failed: 2 });
    }

    #[test]
    fn no_line_is_no_test() {
        assert!(of_tests("error: could not compile `x`").is_empty());
    }
}
