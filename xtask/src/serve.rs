//! `cargo xtask serve`: from a fresh clone to a page in the browser.

use crate::process::{Stopwatch, ask, human, say};
use crate::server::Server;
use crate::workspace::Workspace;
use crate::{page, tools};
use std::process::Command;
use std::thread;

/// Installs what is missing, builds, serves until interrupted.
///
/// # Errors
/// What could not be installed or built, and what to do.
pub fn main(workspace: &Workspace, arguments: &[String]) -> Result<(), String> {
    let (port, open) = options(arguments)?;
    let watch = Stopwatch::start();
    tools::for_page(workspace)?;
    page::build(workspace)?;
    let server = Server::start(&workspace.dist, port).map_err(|error| {
        format!("port {port} of 127.0.0.1 cannot be used: {error}; try --port 0 for a free one")
    })?;
    say(format!("ready after {}", human(watch.elapsed())));
    println!("\n    Tabletop is at {}\n    Ctrl-C stops it; nothing leaves this machine.\n", server.url());
    if open {
        for opener in ["xdg-open", "open"] {
            if ask(Command::new(opener).arg(server.url())).is_some() {
                break;
            }
        }
    }
    loop {
        thread::park();
    }
}

fn options(arguments: &[String]) -> Result<(u16, bool), String> {
    let (mut port, mut open) = (8080, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--open" => open = true,
            "--port" => {
                port = rest
                    .next()
                    .and_then(|text| text.parse().ok())
                    .ok_or("--port takes a number up to 65535")?;
            }
            other => return Err(format!("serve does not know `{other}`; it takes --port N and --open")),
        }
    }
    Ok((port, open))
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn the_port_is_8080_unless_told() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(options(&[]), Ok((8080, false)));
        assert_eq!(options(&words("--open --port 9000")), Ok((9000, true)));
        assert!(options(&words("--port")).is_err());
        assert!(options(&words("--prot 1")).is_err());
    }
}
