//! Running other programs: their output is shown as it comes and kept to be read.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "elapsed wall time of builds and tests; no engine here")]
type Clock = std::time::Instant;

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Clock);

impl Stopwatch {
    /// Starts.
    pub fn start() -> Self {
        Self(Clock::now())
    }

    /// How long it has run.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// `3.4 s`, or `2 min 05 s` from a minute on.
pub fn human(time: Duration) -> String {
    let secs = time.as_secs();
    if secs < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", secs / 60, secs % 60)
    }
}

/// One line about what is going on.
pub fn say(what: impl Display) {
    println!("==> {what}");
}

/// What a finished program left.
#[derive(Debug)]
pub struct Finished {
    /// It ended with status 0.
    pub ok: bool,
    /// Standard output and error, lines in order of arrival.
    pub output: String,
    /// Command line, for messages.
    pub line: String,
}

impl Finished {
    /// # Errors
    /// The command line, where the program failed.
    pub fn success(self) -> Result<String, String> {
        if self.ok { Ok(self.output) } else { Err(format!("`{}` failed", self.line)) }
    }
}

fn line_of(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

fn copy(source: impl Read, kept: &Mutex<String>) {
    let mut source = BufReader::new(source);
    let mut line = Vec::new();
    while source.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        let mut out = std::io::stdout().lock();
        // A closed pipe on our side must not stop the program that is being run.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if let Ok(mut kept) = kept.lock() {
            kept.push_str(&text);
        }
        line.clear();
    }
}

/// Runs to the end, without standard input; shows and keeps what it prints.
///
/// # Errors
/// The program could not be started.
pub fn run(command: &mut Command) -> Result<Finished, String> {
    let line = line_of(command);
    println!("  $ {line}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{line}` could not be started: {error}"))?;
    let kept = Mutex::new(String::new());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        if let Some(out) = out {
            scope.spawn(|| copy(out, &kept));
        }
        if let Some(err) = err {
            scope.spawn(|| copy(err, &kept));
        }
    });
    let status = child.wait().map_err(|error| format!("`{line}` was lost: {error}"))?;
    let output = kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Finished { ok: status.success(), output, line })
}

/// Runs quietly; `None` where it could not be started or failed.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Command, human, run};
    use std::time::Duration;

    #[test]
    fn both_streams_are_kept_and_the_status_is_told() {
        let finished = run(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap();
        assert!(!finished.ok);
        assert!(finished.output.contains("out\n") && finished.output.contains("err\n"));
        assert!(finished.success().unwrap_err().contains("sh -c"));
    }

    #[test]
    fn minutes_show_from_sixty_seconds_on() {
        assert_eq!(human(Duration::from_millis(3_400)), "3.4 s");
        assert_eq!(human(Duration::from_secs(125)), "2 min 05 s");
    }
}
