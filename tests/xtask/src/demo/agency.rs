//! An agency for the demonstration: the Segurança Social takes requests over HTTP and gives each a reference; the reference
//! connector carries them there, and its word back.

use super::config::Layout;
use crate::{place, run};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

/// Longest that somebody may take to say what they send.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most that is taken, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// The connector's process. It ends when our end of its standard input does.
pub(super) struct Agency {
    connector: Child,
}

/// What the agency shows at the hub: drawn once, kept in its folder. Gives what the hub's configuration holds of it.
pub(super) fn token(vereda: &Path, layout: &Layout) -> Result<String, String> {
    let folder = layout.agency();
    let said = |error: io::Error| format!("{}: {error}", folder.display());
    let (token, hash) = (folder.join("token"), folder.join("hash"));
    if token.exists() && hash.exists() {
        return fs::read_to_string(hash).map_err(said);
    }
    fs::create_dir_all(&folder).map_err(said)?;
    let drawn = run::output(
        run::command(vereda).args(["agency", "token"]),
        "vereda agency token",
    )?;
    let mut values = drawn
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    let (Some(first), Some(second)) = (values.next(), values.next()) else {
        return Err("vereda agency token drew none".into());
    };
    fs::write(&token, first).map_err(said)?;
    fs::write(&hash, second).map_err(said)?;
    Ok(second.to_owned())
}

impl Agency {
    /// Starts the agency and its connector.
    pub(super) fn start(layout: &Layout) -> Result<Self, String> {
        let address = format!("127.0.0.1:{}", layout.agency_port());
        let listener =
            TcpListener::bind(&address).map_err(|error| format!("{address}: {error}"))?;
        let folder = layout.agency();
        let log = |name: &str| {
            let file = folder.join(name);
            let log = File::options().create(true).append(true).open(&file);
            log.map_err(|error| format!("{}: {error}", file.display()))
        };
        let taken = log("taken.log")?;
        thread::spawn(move || take(&listener, taken));
        let hub = format!("127.0.0.1:{}", layout.agencies_port());
        let connector = run::command(place::built("release", "examples/connector"))
            .arg(hub)
            .arg(folder.join("token"))
            .arg(address)
            .arg(folder.join("cursor"))
            .arg("--stop-with-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log("connector.log")?)
            .spawn()
            .map_err(|error| format!("the connector: {error}"))?;
        Ok(Agency { connector })
    }
}

impl Drop for Agency {
    fn drop(&mut self) {
        let _ = self.connector.kill();
        let _ = self.connector.wait();
    }
}

/// Takes requests, one after the other, for as long as the demonstration runs.
fn take(listener: &TcpListener, mut log: File) {
    for (stream, n) in listener.incoming().map_while(Result::ok).zip(1_u32..) {
        // Who breaks off comes again.
        if let Ok(event) = answer(stream, n) {
            let _ = writeln!(log, "{event}");
        }
    }
}

/// Reads one event and gives it a reference.
fn answer(mut stream: TcpStream, n: u32) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(MAX_BYTES as u64));
    let mut bytes = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(length) = line.strip_prefix("content-length:") {
            bytes = length.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    let mut event = vec![0; bytes.min(MAX_BYTES)];
    reader.read_exact(&mut event)?;
    let body = format!("{{\"reference\":\"ISS-{n:04}\"}}");
    write!(
        stream,
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()?;
    Ok(String::from_utf8_lossy(&event).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agency_takes_an_event_and_gives_it_a_reference() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let agency = thread::spawn(move || answer(listener.accept().unwrap().0, 7));
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /requests HTTP/1.1\r\nContent-Length: 4\r\n\r\n{{1 }}"
        )
        .unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(
            said.starts_with("HTTP/1.1 201") && said.ends_with("{\"reference\":\"ISS-0007\"}"),
            "{said}"
        );
        assert_eq!(agency.join().unwrap().unwrap(), "{1 }");
    }

    #[test]
    fn who_breaks_off_is_left() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let agency = thread::spawn(move || answer(listener.accept().unwrap().0, 1));
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "POST / HTTP/1.1\r\ncontent-length: 99\r\n\r\nhalf").unwrap();
        drop(stream);
        assert!(agency.join().unwrap().is_err());
    }
}
