//! A small WebDriver client: enough to drive Chromium through chromedriver.
//!
//! Own code because the known crate (thirtyfour 0.38) brings 185 crates with it, a TLS stack in C
//! among them, to speak plain HTTP on loopback; this is a page of code.
//!
//! Source: W3C WebDriver; Chromium's `goog/cdp/execute` for what only the `DevTools` protocol has.

use crate::process::Stopwatch;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// What went wrong, as a sentence.
pub type Result<T> = std::result::Result<T, String>;

/// Flags for a machine without a display, a network or a second user. Without the background
/// ones every start waits for hosts that are not there.
pub const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A Chromium with its own profile, and the chromedriver that steers it: one process group, ended
/// as a whole when this is dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

/// How a browser is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Profile folder: what survives a restart.
    pub profile: PathBuf,
    /// Flags besides [`FLAGS`].
    pub flags: Vec<String>,
    /// Viewport.
    pub size: (u32, u32),
}

impl Browser {
    /// Starts chromedriver on a free port, and through it Chromium.
    ///
    /// # Errors
    /// Either did not start.
    pub fn launch(launch: &Launch) -> Result<Self> {
        fs::create_dir_all(&launch.profile).map_err(|error| error.to_string())?;
        let mut browser = (0..3).find_map(|_| Self::driver().ok()).map_or_else(Self::driver, Ok)?;
        let (width, height) = launch.size;
        let mut arguments: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", launch.profile.display()));
        arguments.push(format!("--window-size={width},{height}"));
        arguments.extend(launch.flags.iter().cloned());
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "ignore",
            "timeouts": { "script": 60_000, "pageLoad": 60_000 },
        } } });
        let reply = http(browser.port, "POST", "/session", &wanted)?;
        reply["sessionId"].as_str().ok_or("no session id")?.clone_into(&mut browser.session);
        browser.viewport(width, height)?;
        Ok(browser)
    }

    /// A chromedriver without a session. The port it picks may be taken by another one that starts
    /// at the same moment; then it ends, and is started again.
    fn driver() -> Result<Self> {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver could not be started: {error}"))?;
        let mut browser = Self { driver, port: 0, session: String::new() };
        browser.port = started_port(&mut browser.driver)?;
        Ok(browser)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        http(self.port, "POST", &format!("/session/{}/{path}", self.session), body)
    }

    fn get(&self, path: &str) -> Result<Value> {
        http(self.port, "GET", &format!("/session/{}/{path}", self.session), &Value::Null)
    }

    /// Goes to an address and waits until it has loaded.
    ///
    /// # Errors
    /// Of the driver, as for all that follows.
    pub fn go(&self, url: &str) -> Result<()> {
        self.post("url", &json!({ "url": url })).map(drop)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// Of the driver.
    pub fn reload(&self) -> Result<()> {
        self.post("refresh", &json!({})).map(drop)
    }

    /// The value of a function body; `arguments[0]`… are the arguments.
    ///
    /// # Errors
    /// Of the driver, or what the script threw.
    pub fn eval(&self, script: &str, arguments: Value) -> Result<Value> {
        self.post("execute/sync", &json!({ "script": script, "args": listed(arguments) }))
    }

    /// As [`Browser::eval`]; the last argument is a function to call with the value.
    ///
    /// # Errors
    /// Of the driver, or no call within a minute.
    pub fn eval_async(&self, script: &str, arguments: Value) -> Result<Value> {
        self.post("execute/async", &json!({ "script": script, "args": listed(arguments) }))
    }

    /// Asks until the function body's value is truthy, and returns it.
    ///
    /// # Errors
    /// Not within `patience`: the script and its last value.
    pub fn wait(&self, script: &str, arguments: Value, patience: Duration) -> Result<Value> {
        let watch = Stopwatch::start();
        loop {
            let last = self.eval(script, arguments.clone());
            if let Ok(value) = &last
                && !matches!(value, Value::Null | Value::Bool(false))
                && value.as_str() != Some("")
                && value.as_f64() != Some(0.0)
            {
                return last;
            }
            if watch.elapsed() > patience {
                return Err(format!("after {patience:?} still {last:?}: {script} {arguments}"));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Clicks the first element that a CSS selector finds, as a user would: scrolled into view,
    /// and refused where something covers it.
    ///
    /// # Errors
    /// No such element, or it cannot be clicked.
    pub fn click(&self, selector: &str) -> Result<()> {
        let element = self.element(selector)?;
        self.post(&format!("element/{element}/click"), &json!({}))
            .map(drop)
            .map_err(|e| format!("{selector}: {e}"))
    }

    /// Types into the first element that a selector finds; for a file input, chooses files.
    ///
    /// # Errors
    /// No such element, or it takes no text.
    pub fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.element(selector)?;
        self.post(&format!("element/{element}/value"), &json!({ "text": text }))
            .map(drop)
            .map_err(|e| format!("{selector}: {e}"))
    }

    fn element(&self, selector: &str) -> Result<String> {
        let found = self
            .post("element", &json!({ "using": "css selector", "value": selector }))
            .map_err(|error| format!("{selector}: {error}"))?;
        let id = found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| format!("{selector}: not an element"))
    }

    /// Presses keys one after the other wherever the focus is; [`key`] names those without text.
    /// `held` stay down meanwhile.
    ///
    /// # Errors
    /// Of the driver.
    pub fn press(&self, held: &str, keys: &str) -> Result<()> {
        let event = |kind: &str, key: char| json!({ "type": kind, "value": key });
        let mut actions: Vec<Value> = held.chars().map(|key| event("keyDown", key)).collect();
        for key in keys.chars() {
            actions.extend([event("keyDown", key), event("keyUp", key)]);
        }
        actions.extend(held.chars().map(|key| event("keyUp", key)));
        self.post("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }))
            .map(drop)
    }

    /// Presses and releases the mouse at a point of the viewport, dragging to another.
    ///
    /// # Errors
    /// Of the driver.
    pub fn drag(&self, from: (i64, i64), to: (i64, i64)) -> Result<()> {
        let at = |(x, y): (i64, i64)| json!({ "type": "pointerMove", "duration": 50, "x": x, "y": y });
        let actions = [
            at(from),
            json!({ "type": "pointerDown", "button": 0 }),
            at(to),
            json!({ "type": "pointerUp", "button": 0 }),
        ];
        self.post(
            "actions",
            &json!({ "actions": [{ "type": "pointer", "id": "mouse", "actions": actions }] }),
        )
        .map(drop)
    }

    /// Sets the size of the viewport, in CSS pixels.
    ///
    /// # Errors
    /// Of the driver.
    pub fn viewport(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).map(drop)
    }

    /// A command of the `DevTools` protocol.
    ///
    /// # Errors
    /// Of the driver.
    pub fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Runs a script in every page from now on, before the page's own.
    ///
    /// # Errors
    /// Of the driver.
    pub fn before_load(&self, script: &str) -> Result<()> {
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).map(drop)
    }

    /// The viewport as PNG.
    ///
    /// # Errors
    /// Of the driver.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        let text = self.get("screenshot")?;
        text.as_str().and_then(from_base64).ok_or_else(|| "the driver sent no picture".to_owned())
    }

    /// Opens a tab and goes there; returns its handle.
    ///
    /// # Errors
    /// Of the driver.
    pub fn new_tab(&self) -> Result<String> {
        let reply = self.post("window/new", &json!({ "type": "tab" }))?;
        let handle = reply["handle"].as_str().ok_or("no tab")?.to_owned();
        self.tab(&handle)?;
        Ok(handle)
    }

    /// The tab that is driven.
    ///
    /// # Errors
    /// Of the driver.
    pub fn this_tab(&self) -> Result<String> {
        self.get("window")?.as_str().map(str::to_owned).ok_or_else(|| "no tab".to_owned())
    }

    /// Drives another tab.
    ///
    /// # Errors
    /// Of the driver.
    pub fn tab(&self, handle: &str) -> Result<()> {
        self.post("window", &json!({ "handle": handle })).map(drop)
    }

    /// Closes the tab that is driven.
    ///
    /// # Errors
    /// Of the driver.
    pub fn close_tab(&self) -> Result<()> {
        http(self.port, "DELETE", &format!("/session/{}/window", self.session), &Value::Null).map(drop)
    }

    /// What the page wrote to the console as an error since the last time this was asked.
    ///
    /// # Errors
    /// Of the driver.
    pub fn console_errors(&self) -> Result<Vec<String>> {
        let entries = self.post("se/log", &json!({ "type": "browser" }))?;
        let errors = entries.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        Ok(errors.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect())
    }

    /// Kills Chromium and its driver at once with SIGKILL, as a power cut would: nothing is
    /// flushed, no handler runs. Nothing can be asked of it afterwards.
    pub fn end(&mut self) {
        let group = self.driver.id();
        // Killing by group: renderers and the storage service are grandchildren.
        let _ = Command::new("kill").args(["-9", "--", &format!("-{group}")]).stderr(Stdio::null()).status();
        let _ = self.driver.wait();
        for _ in 0..500 {
            if !group_lives(group) {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether a process of the group still runs (a zombie does not).
fn group_lives(group: u32) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok()).any(|stat| {
        // pid (name) state ppid pgrp …; the name may hold spaces.
        let mut fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
        let state = fields.next();
        state != Some("Z") && fields.nth(1).and_then(|text| text.parse().ok()) == Some(group)
    })
}

/// Chromedriver names the port it took.
fn started_port(driver: &mut Child) -> Result<u16> {
    let output = driver.stdout.take().ok_or("chromedriver has no output")?;
    let mut lines = BufReader::new(output);
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
        if line.contains("started successfully") {
            let digits = line.trim_end().trim_end_matches('.').rsplit(' ').next().unwrap_or("");
            let port = digits.parse().map_err(|_| format!("chromedriver said: {line}"));
            // What it says later is read and dropped, so that it never waits for us.
            thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
            return port;
        }
        line.clear();
    }
    Err("chromedriver ended before it had started".to_owned())
}

fn listed(arguments: Value) -> Value {
    match arguments {
        Value::Array(_) => arguments,
        Value::Null => json!([]),
        one => json!([one]),
    }
}

/// One exchange; the `value` of the reply.
fn http(port: u16, method: &str, path: &str, body: &Value) -> Result<Value> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let bytes = exchange(port, method, path, &text).map_err(|error| format!("{method} {path}: {error}"))?;
    let mut reply: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("{method} {path}: {error}"))?;
    let value = reply["value"].take();
    match value.get("error").and_then(Value::as_str) {
        Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or(""))),
        None => Ok(value),
    }
}

fn exchange(port: u16, method: &str, path: &str, text: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_mins(2)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )?;
    let mut reader = BufReader::new(stream);
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
    let mut body = Vec::new();
    reader.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body)?;
    Ok(body)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

/// Keys that have no character, as WebDriver writes them.
pub mod key {
    /// Tab.
    pub const TAB: &str = "\u{e004}";
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Shift, to be held.
    pub const SHIFT: &str = "\u{e008}";
    /// Control, to be held.
    pub const CONTROL: &str = "\u{e009}";
    /// Escape.
    pub const ESCAPE: &str = "\u{e00c}";
    /// Home.
    pub const HOME: &str = "\u{e011}";
    /// End.
    pub const END: &str = "\u{e010}";
    /// Arrow left.
    pub const LEFT: &str = "\u{e012}";
    /// Arrow up.
    pub const UP: &str = "\u{e013}";
    /// Arrow right.
    pub const RIGHT: &str = "\u{e014}";
    /// Arrow down.
    pub const DOWN: &str = "\u{e015}";
}

/// A fresh folder for a profile, below `target`.
pub fn profile(target: &Path, name: &str) -> PathBuf {
    let folder = target.join("browser-profiles").join(format!("{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[cfg(test)]
mod tests {
    use super::from_base64;

    #[test]
    fn base64_of_the_rfc() {
        assert_eq!(from_base64("Zm9vYmFy").unwrap(), b"foobar");
        assert_eq!(from_base64("Zm9vYg==").unwrap(), b"foob");
        assert_eq!(from_base64("Zm9v\n"), None);
    }
}
