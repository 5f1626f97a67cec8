//! A small static server for the built page: loopback only, never cached.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A folder served on 127.0.0.1 until the process ends.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    served: Served,
}

/// Paths below the folder that were asked for and found.
type Served = Arc<Mutex<BTreeSet<PathBuf>>>;

impl Server {
    /// Starts serving `folder` in the background; port 0 takes a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub fn start(folder: &Path, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let folder: Arc<Path> = Arc::from(folder);
        let served = Served::default();
        let noted = Arc::clone(&served);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, noted) = (Arc::clone(&folder), Arc::clone(&noted));
                // One short-lived thread a request: a browser opens a handful at most.
                thread::spawn(move || answer(stream, &folder, &noted));
            }
        });
        Ok(Self { address, served })
    }

    /// Which files were served so far.
    pub fn served(&self) -> Vec<PathBuf> {
        self.served.lock().map(|served| served.iter().cloned().collect()).unwrap_or_default()
    }

    /// `http://127.0.0.1:PORT/`.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

fn answer(stream: TcpStream, folder: &Path, served: &Served) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let mut stream = reader.into_inner();
    if !matches!(method, "GET" | "HEAD") {
        return send(&mut stream, "405 Method Not Allowed", "text/plain", b"only GET\n", method == "HEAD");
    }
    match file_for(folder, target).and_then(|path| fs::read(&path).ok().map(|body| (path, body))) {
        Some((path, body)) => {
            if let Ok(mut served) = served.lock() {
                served.insert(path.clone());
            }
            send(&mut stream, "200 OK", mime(&path), &body, method == "HEAD")
        }
        None => send(&mut stream, "404 Not Found", "text/plain", b"no such file\n", method == "HEAD"),
    }
}

fn send(stream: &mut TcpStream, status: &str, mime: &str, body: &[u8], head: bool) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )?;
    if !head {
        stream.write_all(body)?;
    }
    stream.flush()
}

/// The file that a request's target names; `None` for anything outside the folder.
fn file_for(folder: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?;
    let path = percent_decoded(path.strip_prefix('/')?)?;
    let relative = Path::new(&path);
    if path.contains(['\\', '\0']) || !relative.components().all(|part| matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let file = folder.join(relative);
    let file = if file.is_dir() { file.join("index.html") } else { file };
    // A symbolic link may still lead out.
    let (real, folder) = (file.canonicalize().ok()?, folder.canonicalize().ok()?);
    real.starts_with(folder).then_some(real)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        // Anything else and the browser refuses to compile while it downloads.
        Some("wasm") => "application/wasm",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, file_for, mime};
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::path::{Path, PathBuf};
    use std::{env, fs, process};

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("tabletop-server-{name}-{}", process::id()));
        fs::create_dir_all(folder.join("in ner")).unwrap();
        fs::write(folder.join("index.html"), "<p>hello</p>").unwrap();
        fs::write(folder.join("in ner/a.wasm"), [0, 97, 115, 109]).unwrap();
        folder
    }

    #[test]
    fn only_files_inside_the_folder_are_found() {
        let folder = folder("paths");
        assert_eq!(file_for(&folder, "/?x=1").unwrap().file_name().unwrap(), "index.html");
        assert!(file_for(&folder, "/in%20ner/a.wasm").is_some());
        for outside in [
            "/../Cargo.toml",
            "/%2e%2e/x",
            "/..%2fx",
            "//etc/passwd",
            "/in%20ner/../../x",
            "/%",
            "",
            "x",
            "/a\\b",
            "/%00",
        ] {
            assert_eq!(file_for(&folder, outside), None, "{outside}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_page_is_answered_with_its_type_and_is_not_cached() {
        let folder = folder("answers");
        let server = Server::start(&folder, 0).unwrap();
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        assert!(text.contains("Content-Type: text/html") && text.contains("no-store"));
        assert!(text.ends_with("<p>hello</p>"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn wasm_has_the_type_that_streaming_needs() {
        assert_eq!(mime(Path::new("a_bg.wasm")), "application/wasm");
    }
}
