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

/// What an answer begins with.
struct Head {
    status: u16,
    length: usize,
    chunked: bool,
    location: String,
}

/// Live events of a page, as they come.
#[derive(Debug)]
pub struct Events {
    client: Client,
    /// What came and was not given yet.
    text: String,
}

impl Events {
    /// Waits for the next event, with its name and data, of which `is` holds.
    ///
    /// # Errors
    /// When they end before it.
    pub fn until(&mut self, is: impl Fn(&str) -> bool) -> anyhow::Result<String> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if is(&event) {
                    return Ok(event);
                }
            }
            let chunk = self.client.chunk()?;
            ensure!(!chunk.is_empty(), "the events ended");
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
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

    /// Signs in at a desk, and gives the guard that each of its forms carries.
    ///
    /// # Errors
    /// When the connection breaks, or the desk does not know the person.
    pub fn sign_in(&mut self, (person, pin): (&str, &str)) -> anyhow::Result<String> {
        self.post("/entrar", &format!("pessoa={person}&pin={pin}"))?;
        let page = self.get("/")?.text();
        let rest = page.split(r#"name="guarda" value=""#).nth(1);
        let rest = rest.context("no guard")?;
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
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

    /// Where it is connected to, `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// GET of an address that may send on elsewhere, for the cookie that it gives.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn open(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), "")?;
        self.receive()
    }

    /// Follows a page's live events.
    ///
    /// # Errors
    /// When the connection breaks or there is nothing to follow.
    pub fn follow(mut self, path: &str) -> anyhow::Result<Events> {
        self.send(
            &format!("GET {path} HTTP/1.1\r\naccept: text/event-stream\r\n"),
            "",
        )?;
        let head = self.head()?;
        ensure!(
            head.status == 200 && head.chunked,
            "GET {path}: {}",
            head.status
        );
        Ok(Events {
            client: self,
            text: String::new(),
        })
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

    /// POST of a form with fields and then a JPEG, as a page of the node itself sends it; `file` is the name of its field,
    /// and its own.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, String)],
        file: (&str, &str),
        bytes: &[u8],
    ) -> anyhow::Result<Answer> {
        // In no photograph that is made here.
        const EDGE: &str = "----vereda-the-edge-of-a-part";
        let mut body = Vec::with_capacity(bytes.len() + 1024);
        for (name, value) in fields {
            let part = format!(
                "--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend(part.as_bytes());
        }
        let (field, name) = file;
        let part = format!(
            "--{EDGE}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             content-type: image/jpeg\r\n\r\n"
        );
        body.extend(part.as_bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{EDGE}--\r\n").as_bytes());
        let head = format!(
            "POST {path} HTTP/1.1\r\nsec-fetch-site: same-origin\r\n\
             content-type: multipart/form-data; boundary={EDGE}\r\ncontent-length: {}\r\n",
            body.len()
        );
        self.send_bytes(&head, &body)?;
        self.receive()
    }

    fn send(&mut self, head: &str, body: &str) -> anyhow::Result<()> {
        self.send_bytes(head, body.as_bytes())
    }

    fn send_bytes(&mut self, head: &str, body: &[u8]) -> anyhow::Result<()> {
        let mut whole = format!("{head}host: {}\r\n", self.address);
        if !self.cookie.is_empty() {
            whole.push_str(&format!("cookie: {}\r\n", self.cookie));
        }
        whole.push_str("\r\n");
        let mut whole = whole.into_bytes();
        whole.extend(body);
        Ok(self.stream.get_mut().write_all(&whole)?)
    }

    fn receive(&mut self) -> anyhow::Result<Answer> {
        let head = self.head()?;
        let body = match head.chunked {
            true => self.chunks()?,
            false => self.exactly(head.length)?,
        };
        Ok(Answer {
            status: head.status,
            location: head.location,
            body,
        })
    }

    fn head(&mut self) -> anyhow::Result<Head> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|s| s.parse().ok());
        let mut head = Head {
            status: status.context("no status")?,
            length: 0,
            chunked: false,
            location: String::new(),
        };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.trim().parse()?,
                "location" => value.trim().clone_into(&mut head.location),
                "transfer-encoding" => head.chunked = true,
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    pair.trim().clone_into(&mut self.cookie);
                }
                _ => (),
            }
        }
        Ok(head)
    }

    fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.chunk()?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    /// The next piece of a body; empty at its end.
    fn chunk(&mut self) -> anyhow::Result<Vec<u8>> {
        let length = usize::from_str_radix(self.line()?.trim(), 16)?;
        let chunk = self.exactly(length)?;
        self.line()?;
        Ok(chunk)
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
