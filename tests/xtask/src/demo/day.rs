//! What the demonstration begins with: at the console, as its operator would do it, a tour of today with people booked, and a visit
//! to a care home with who lives there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use super::config::{Layout, Person, Site};
use crate::run;

/// Longest that the console may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Largest answer that is read.
const MAX_ANSWER_BYTES: u64 = 4 << 20;

/// Name, NIF, telephone, service, hour.
const MORNING: [[&str; 5]; 3] = [
    [
        "Maria do Rosário Encarnação",
        "199910103",
        "282 000 101",
        "apoio-habitacao",
        "09:15",
    ],
    [
        "João Baptista d'Assunção Peixeiro",
        "299911470",
        "282 000 102",
        "cesd",
        "10:00",
    ],
    [
        "Vicente Raposinho",
        "199900434",
        "282 000 103",
        "renovacao-carta",
        "10:45",
    ],
];
const AFTERNOON: [[&str; 5]; 2] = [
    [
        "Inês Sofia Conceição Gonçalves",
        "299915581",
        "282 000 104",
        "chave-movel",
        "14:15",
    ],
    [
        "Perpétua Calado",
        "199900442",
        "282 000 105",
        "cartao-utente",
        "15:00",
    ],
];
/// Name, date of birth, NIF, room, service.
const RESIDENTS: [[&str; 5]; 4] = [
    [
        "Deolinda das Dores Rebocho e Sá",
        "11/02/1935",
        "199912840",
        "1",
        "cesd",
    ],
    [
        "Custódio Vilhena",
        "04/09/1938",
        "199900450",
        "2",
        "renovacao-cc",
    ],
    [
        "Felisbela Marreiros",
        "23/12/1932",
        "199900469",
        "2",
        "renovacao-cc",
    ],
    [
        "Ernesto Palhinha",
        "17/06/1941",
        "299900410",
        "7",
        "cartao-utente",
    ],
];

/// Plans today, once: what was planned on another day stays.
pub(super) fn plan(layout: &Layout, people: &[Person]) -> Result<(), String> {
    let mut date = run::command("date");
    date.env("TZ", "Europe/Lisbon").arg("+%F");
    let today = run::output(&mut date, "date")?.trim().to_owned();
    let planned = planned(layout);
    if std::fs::read_to_string(&planned).is_ok_and(|day| day == today) {
        return Ok(());
    }
    let operator = people.iter().find(|person| person.role == "operator");
    let operator = operator.ok_or("nobody of the staff is an operator")?;
    let mut console = Console::sign_in(layout.web_port(Site::Hub), operator)?;
    tour(&mut console, &today)?;
    visit(&mut console, &today)?;
    std::fs::write(&planned, today).map_err(|error| format!("{}: {error}", planned.display()))
}

/// The day that was planned last.
fn planned(layout: &Layout) -> PathBuf {
    layout.dir.join("planned-day")
}

fn tour(console: &mut Console, today: &str) -> Result<(), String> {
    let stop = |place, from, to, position, offers: [&'static str; 3]| {
        let about = [
            ("posto", Site::Vehicle.id()),
            ("dia", today),
            ("chegada", from),
            ("partida", to),
            ("lugar", place),
            ("concelho", "Monchique"),
            ("distrito", "Faro"),
            ("posicao", position),
        ];
        let offers = offers.map(|service| ("faz-se", service));
        about.into_iter().chain(offers).collect::<Vec<_>>()
    };
    let morning = ["apoio-habitacao", "cesd", "renovacao-carta"];
    let morning = stop("Alferce", "09:00", "12:30", "37,3337; -8,4889", morning);
    let afternoon = ["chave-movel", "cartao-utente", "cesd"];
    let afternoon = stop("Marmelete", "14:00", "17:30", "37,3117; -8,6664", afternoon);
    let tour = console.post("/percursos", &morning)?;
    console.post(&format!("{tour}/paragem"), &afternoon)?;
    let page = console.open(&tour)?;
    let bookings = page.split("/paragem/").skip(1);
    let mut stops: Vec<String> = vec![];
    for stop in bookings
        .filter_map(|rest| rest.split_once("/marcar"))
        .map(|(stop, _)| stop)
    {
        if !stop.contains('"') && !stops.iter().any(|known| known == stop) {
            stops.push(stop.to_owned());
        }
    }
    for (stop, people) in stops.iter().zip([&MORNING[..], &AFTERNOON[..]]) {
        for [name, nif, phone, service, hour] in people.iter().copied() {
            let booking = [
                ("nome", name),
                ("nif", nif),
                ("telefone", phone),
                ("servico", service),
                ("hora", hour),
            ];
            console.post(&format!("{tour}/paragem/{stop}/marcar"), &booking)?;
        }
    }
    Ok(())
}

fn visit(console: &mut Console, today: &str) -> Result<(), String> {
    const NAME: &str = "Lar de Santa Isabel";
    let about = [
        ("territorio", "monchique"),
        ("nome", NAME),
        ("concelho", "Monchique"),
        ("morada", "Rua da Fonte, 12"),
        ("quartos", "1-8"),
        ("funcao-0", "Direção"),
        ("contacto-0", "Ilda Encarnação"),
        ("telefone-0", "282 000 000"),
        (
            "nota",
            "Tocar à campainha do lado do jardim; almoço às 12:00.",
        ),
    ];
    let known = console.open("/lares")?;
    let known = known
        .split(NAME)
        .next()
        .filter(|before| before.len() < known.len());
    let known = known
        .and_then(|before| before.rsplit_once("/lar/"))
        .and_then(|(_, id)| id.split('"').next());
    let home = match known {
        Some(id) => format!("/lar/{id}"),
        None => console.post("/lares", &about)?,
    };
    let when = [
        ("posto", Site::Home.id()),
        ("dia", today),
        ("chegada", "09:30"),
        ("partida", "12:00"),
    ];
    let list = console.post(&format!("{home}/visita"), &when)?;
    for [name, birth, nif, room, service] in RESIDENTS {
        let resident = [
            ("nome", name),
            ("nascimento", birth),
            ("nif", nif),
            ("quarto", room),
            ("servico", service),
        ];
        console.post(&format!("{list}/juntar"), &resident)?;
    }
    Ok(())
}

/// The hub's console, for who signed in.
struct Console {
    port: u16,
    cookie: String,
    guard: String,
}

struct Answer {
    status: String,
    head: String,
    body: String,
}

impl Console {
    fn sign_in(port: u16, person: &Person) -> Result<Self, String> {
        let mut console = Console {
            port,
            cookie: String::new(),
            guard: String::new(),
        };
        let sign_in = [("pessoa", person.id.as_str()), ("pin", person.pin.as_str())];
        let answer = console.ask("POST", "/entrar", &form(&sign_in))?;
        let cookie = answer
            .header("set-cookie")
            .and_then(|cookie| cookie.split(';').next());
        console.cookie = cookie.ok_or("the console lets nobody in")?.to_owned();
        let page = console.open("/")?;
        let guard = page
            .split("name=\"guarda\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        console.guard = guard.ok_or("the console's page has no form")?.to_owned();
        Ok(console)
    }

    fn open(&self, path: &str) -> Result<String, String> {
        let answer = self.ask("GET", path, "")?;
        match answer.status.as_str() {
            "200" => Ok(answer.body),
            status => Err(format!("{path}: {status}")),
        }
    }

    /// Posts a form; gives where it leads to.
    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        let guarded = [("guarda", self.guard.as_str())];
        let answer = self.ask("POST", path, &form(&[&guarded, fields].concat()))?;
        let to = answer.header("location").filter(|_| answer.status == "303");
        to.map(str::to_owned).ok_or_else(|| {
            let alert = answer
                .body
                .split("role=\"alert\"")
                .nth(1)
                .unwrap_or_default();
            let alert: String = alert.chars().take(300).collect();
            format!("{path}: {} {alert}", answer.status)
        })
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Answer, String> {
        let failed = |error: std::io::Error| format!("the hub's console: {error}");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(failed)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        // 1.0, so that the answer comes whole and the connection ends with it.
        let ask = format!(
            "{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{}\r\nsec-fetch-site: same-origin\r\ncookie: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            self.port,
            self.cookie,
            body.len()
        );
        stream.write_all(ask.as_bytes()).map_err(failed)?;
        let mut answer = vec![];
        stream
            .take(MAX_ANSWER_BYTES)
            .read_to_end(&mut answer)
            .map_err(failed)?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or("the hub's console answers nothing")?;
        let status = head.split(' ').nth(1).unwrap_or_default().to_owned();
        Ok(Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        })
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }
}

/// Fields as a form sends them.
fn form(fields: &[(&str, &str)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    fields.collect::<Vec<_>>().join("&")
}

fn encoded(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_browsers_do() {
        assert_eq!(
            form(&[("nome", "D'Ó & Sá"), ("dia", "1")]),
            "nome=D%27%C3%93%20%26%20S%C3%A1&dia=1"
        );
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        let answer = Answer {
            status: "303".into(),
            head: "HTTP/1.0 303 See Other\r\nLocation: /lar/1".into(),
            body: String::new(),
        };
        assert_eq!(
            (answer.header("location"), answer.header("set-cookie")),
            (Some("/lar/1"), None)
        );
    }
}
