//! A plain HTTP/1.1 client for one node: one connection, one cookie, no cache.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, ensure};

/// Longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a node, with the cookie that it gave.
#[derive(Debug)]
pub struct Client {
    address: String,
    stream: BufReader<TcpStream>,
    cookie: String,
}

/// An answer, as it came over the wire.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Where it sends on; empty if nowhere.
    pub location: String,
    /// Its body, compressed as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn connect(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            address: address.to_owned(),
            stream: BufReader::new(stream),
            cookie: String::new(),
        })
    }

    /// GET, taking gzip as browsers do.
    ///
    /// # Errors
    /// When the connection breaks or the answer is no success.
    pub fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(
            &format!("GET {path} HTTP/1.1\r\naccept: text/html,*/*\r\naccept-encoding: gzip\r\n"),
            "",
        )?;
        let answer = self.receive()?;
        ensure!(answer.status == 200, "GET {path}: {}", answer.status);
        Ok(answer)
    }

    /// POST of a form, as a page of the node itself sends it.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post(&mut self, path: &str, form: &str) -> anyhow::Result<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nsec-fetch-site: same-origin\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            form.len()
        );
        self.send(&head, form)?;
        self.receive()
    }

    fn send(&mut self, head: &str, body: &str) -> anyhow::Result<()> {
        let mut whole = format!("{head}host: {}\r\n", self.address);
        if !self.cookie.is_empty() {
            whole.push_str(&format!("cookie: {}\r\n", self.cookie));
        }
        whole.push_str("\r\n");
        whole.push_str(body);
        Ok(self.stream.get_mut().write_all(whole.as_bytes())?)
    }

    fn receive(&mut self) -> anyhow::Result<Answer> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|s| s.parse().ok());
        let status = status.context("no status")?;
        let (mut length, mut chunked, mut location) = (0, false, String::new());
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse()?,
                "location" => value.trim().clone_into(&mut location),
                "transfer-encoding" => chunked = true,
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    pair.trim().clone_into(&mut self.cookie);
                }
                _ => (),
            }
        }
        let body = if chunked {
            self.chunks()?
        } else {
            self.exactly(length)?
        };
        Ok(Answer {
            status,
            location,
            body,
        })
    }

    fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(self.line()?.trim(), 16)?;
            body.extend(self.exactly(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(
            self.stream.read_line(&mut line)? > 0,
            "the connection ended"
        );
        Ok(line.trim_end().to_owned())
    }
}
