//! A mediator at a desk of a van, over HTTP, as a browser would do it: whoever loses the connection waits until
//! the van is there again, and goes on with what stands there.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use vereda_tests::http::{Answer, Client};
use vereda_tests::invented::{Person, Seeded};

use crate::ledger::{Ledger, Recorded};
use crate::site::{PIN, Van};

/// Longest that somebody waits for a van without power.
const PATIENCE: Duration = Duration::from_secs(120);
const IDENTITY: [&str; 7] = [
    "full-name",
    "birth-date",
    "nic",
    "nif",
    "niss",
    "sns",
    "nationality",
];
/// As forms carry them, by step.
const HEALTH_CARD: [(&str, &[&str]); 2] = [
    ("numbers", &["niss", "sns"]),
    ("address", &["address", "postal-code", "locality"]),
];
const CERTIFICATE: [(&str, &[&str]); 2] = [
    ("purpose", &["purpose", "for-whom"]),
    ("contact", &["phone", "email"]),
];
const HOUSING_AID: [(&str, &[&str]); 7] = [
    ("contact", &["nif", "phone", "email"]),
    (
        "property",
        &[
            "tenure",
            "article",
            "lease",
            "address",
            "postal-code",
            "position",
        ],
    ),
    ("damage", &["event-date", "damage", "habitable"]),
    ("photos", &[]),
    ("insurance", &["insured", "policy", "claim"]),
    ("amount", &["quote", "iban"]),
    ("consents", &["truth", "visit", "share-insurer"]),
];
/// Cents; the catalogue's.
const CERTIFICATE_CENTS: u32 = 500;
const PHOTOGRAPHS: usize = 2;

/// Who comes, with what.
#[derive(Debug, Clone)]
pub(crate) struct Citizen {
    pub(crate) person: Person,
    /// Whether the contact centre booked them.
    pub(crate) is_booked: bool,
    /// Whether their house was damaged; else they want a certificate.
    pub(crate) wants_aid: bool,
}

impl Citizen {
    fn of(&self, fields: &[&str]) -> BTreeMap<String, String> {
        let answers = self.person.typed(fields);
        answers
            .into_iter()
            .map(|(field, answer)| (field, answer.value))
            .collect()
    }
}

/// What a desk may be refused: that is said, and nobody tries again.
#[derive(Debug)]
struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// A mediator who signed in.
pub(crate) struct Desk<'d> {
    van: &'d Van,
    ledger: &'d Ledger,
    person: String,
    client: Client,
    guard: String,
}

impl<'d> Desk<'d> {
    /// Signs in, as soon as the van is there.
    pub(crate) fn sit_down(
        van: &'d Van,
        ledger: &'d Ledger,
        person: String,
    ) -> anyhow::Result<Self> {
        let (client, guard) = signed_in(van, &person)?;
        Ok(Self {
            van,
            ledger,
            person,
            client,
            guard,
        })
    }

    /// A page's text.
    pub(crate) fn page(&mut self, path: &str) -> anyhow::Result<String> {
        let answer = self.persist(|desk| {
            let answer = desk.client.open(path)?;
            ensure!(!answer.location.starts_with("/entrar"), "signed out");
            Ok(answer)
        })?;
        ensure!(
            answer.status == 200,
            Refused(format!("{path}: {}", answer.status))
        );
        Ok(answer.text())
    }

    /// Posts a form; gives where it leads to.
    pub(crate) fn post(&mut self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<String> {
        let answer = self.persist(|desk| {
            let fields = [("guarda", desk.guard.as_str())]
                .into_iter()
                .chain(form.iter().copied());
            let body: Vec<String> = fields
                .map(|(name, value)| format!("{name}={}", encoded(value)))
                .collect();
            desk.as_signed_in(|client| client.post(path, &body.join("&")))
        })?;
        ensure!(
            answer.status == 303,
            Refused(format!(
                "{path}: {} {}",
                answer.status,
                alert(&answer.text())
            ))
        );
        Ok(answer.location)
    }

    /// Opens the till of the day, without a float.
    pub(crate) fn open_till(&mut self) -> anyhow::Result<()> {
        self.post("/caixa/abrir", &[]).map(drop)
    }

    /// A citizen comes, asks for what they want, and goes home with receipts.
    pub(crate) fn serve(&mut self, citizen: &Citizen, seed: &mut Seeded) -> anyhow::Result<()> {
        let attendance = self.begin(citizen)?;
        self.type_name(&attendance, &citizen.person.name)?;
        self.finish(&attendance, "identity", &citizen.of(&IDENTITY))?;
        self.ledger.finished(&attendance);
        self.request(&attendance, citizen, "cesd", &HEALTH_CARD, seed)?;
        match citizen.wants_aid {
            true => self.request(&attendance, citizen, "apoio-habitacao", &HOUSING_AID, seed)?,
            false => self.request(&attendance, citizen, "registo-criminal", &CERTIFICATE, seed)?,
        }
        self.post(&format!("/atendimento/{attendance}/fechar"), &[])?;
        self.ledger.served();
        Ok(())
    }

    /// Somebody sits down and begins to tell; the desk types and goes no further.
    pub(crate) fn begin_to_type(&mut self, citizen: &Citizen) -> anyhow::Result<()> {
        let attendance = self.begin(citizen)?;
        self.type_name(&attendance, &citizen.person.name)
    }

    fn begin(&mut self, citizen: &Citizen) -> anyhow::Result<String> {
        let booked = if citizen.is_booked {
            self.booking_of(&citizen.person.name)?
        } else {
            None
        };
        if let Some(booking) = booked {
            match self.post(&format!("/marcacao/{booking}/atender"), &[]) {
                Ok(begun) => return Ok(last(&begun).to_owned()),
                // Begun already, and the plug was pulled before anybody heard of it.
                Err(why) if why.is::<Refused>() => (),
                Err(why) => return Err(why),
            }
        }
        Ok(last(&self.post("/atendimentos", &[])?).to_owned())
    }

    /// The booking under that name, unless it was begun already.
    fn booking_of(&mut self, name: &str) -> anyhow::Result<Option<String>> {
        let page = self.page("/percurso")?;
        let at = page
            .find(name)
            .with_context(|| format!("{name} is not on the tour's page"))?;
        let rest = &page[at..];
        let ends = rest.find("</li>").unwrap_or(rest.len());
        let form = rest[..ends].split("/marcacao/").nth(1);
        Ok(form
            .and_then(|rest| rest.split('/').next())
            .map(str::to_owned))
    }

    /// Key by key, each kept before the next.
    fn type_name(&mut self, form: &str, name: &str) -> anyhow::Result<()> {
        let path = format!("/rascunho/{form}/full-name");
        let base = u64::from(u32::MAX) << 16;
        for end in name
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .step_by(4)
        {
            let typed = &name[..end];
            let answer = self.persist(|desk| {
                let body = format!(
                    r#"{{"guarda":"{}","value":"{typed}","base":{base}}}"#,
                    desk.guard
                );
                desk.as_signed_in(|client| client.post(&path, &body))
            })?;
            ensure!(
                answer.status == 200,
                Refused(format!("a key: {}", answer.text()))
            );
            self.ledger.typed(form, typed);
        }
        Ok(())
    }

    fn finish(
        &mut self,
        form: &str,
        step: &str,
        answers: &BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        let named: Vec<(String, &str)> = answers
            .iter()
            .map(|(field, value)| (format!("f.{field}"), value.as_str()))
            .collect();
        let fields: Vec<(&str, &str)> = named
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        self.post(&format!("/formulario/{form}/{step}"), &fields)
            .map(drop)
    }

    fn request(
        &mut self,
        attendance: &str,
        citizen: &Citizen,
        service: &'static str,
        steps: &[(&str, &[&str])],
        seed: &mut Seeded,
    ) -> anyhow::Result<()> {
        let begun = self.post(
            &format!("/atendimento/{attendance}/pedidos"),
            &[("servico", service)],
        )?;
        let request = last(&begun).to_owned();
        let (mut answers, mut photographs) = (BTreeMap::new(), vec![]);
        for (step, fields) in steps {
            let mut said = citizen.of(fields);
            if *step == "purpose" {
                said = [("purpose", "work"), ("for-whom", "self")]
                    .map(|(field, value)| (field.to_owned(), value.to_owned()))
                    .into();
            }
            if *step == "photos" {
                for _ in 0..PHOTOGRAPHS {
                    photographs.push(self.photograph(&request, seed)?);
                }
            }
            self.finish(&request, step, &said)?;
            answers.append(&mut said);
        }
        self.post(
            &format!("/documentos/{request}"),
            &[("estado", "visto"), ("volta", "conferir")],
        )?;
        self.post(&format!("/conferir/{request}/voz"), &[])?;
        let receipt = self.post(&format!("/conferir/{request}/registar"), &[])?;
        ensure!(
            receipt.starts_with("/comprovativo/"),
            Refused(format!("no receipt: {receipt}"))
        );
        let number = between(&self.page(&receipt)?, "big-number\">", "<").context("no number")?;
        let mut recorded = Recorded {
            id: request.clone(),
            number,
            service,
            citizen: citizen.person.name.clone(),
            answers,
            paid_cents: 0,
            photographs,
        };
        if service == "registo-criminal" {
            self.pay(&request)?;
            recorded.paid_cents = CERTIFICATE_CENTS;
        }
        self.ledger.recorded(recorded);
        Ok(())
    }

    fn pay(&mut self, request: &str) -> anyhow::Result<()> {
        let path = format!("/pagamento/{request}");
        let paid = self.post(&path, &[("como", "cash")]);
        match paid {
            // It was taken, and the plug was pulled before anybody heard of it.
            Err(why) if why.is::<Refused>() && self.page(&path)?.contains("class=\"done\"") => {
                Ok(())
            }
            paid => paid.map(drop),
        }
    }

    /// A photograph of damage, of a size that a telephone makes for it; gives its fingerprint.
    fn photograph(&mut self, request: &str, seed: &mut Seeded) -> anyhow::Result<String> {
        let bytes = photograph(seed);
        let path = format!("/anexos/{request}/damage-photos");
        let answer = self.persist(|desk| {
            let fields = [
                ("guarda", desk.guard.clone()),
                ("passo", "photos".to_owned()),
            ];
            desk.as_signed_in(|client| {
                client.upload(&path, &fields, ("ficheiro", "telhado.jpg"), &bytes)
            })
        })?;
        ensure!(
            matches!(answer.status, 200 | 303),
            Refused(format!("a photograph: {} {}", answer.status, answer.text()))
        );
        Ok(sha256(&bytes))
    }

    /// Tries until it is answered: the van may be without power.
    fn persist(
        &mut self,
        mut act: impl FnMut(&mut Self) -> anyhow::Result<Answer>,
    ) -> anyhow::Result<Answer> {
        let begun = Instant::now();
        loop {
            match act(self) {
                Ok(answer) => return Ok(answer),
                Err(why) if why.is::<Refused>() || begun.elapsed() > PATIENCE => return Err(why),
                // It broke, or nobody is signed in there any longer.
                Err(_) => {
                    thread::sleep(Duration::from_millis(100));
                    (self.client, self.guard) = signed_in(self.van, &self.person)?;
                }
            }
        }
    }

    fn as_signed_in(
        &mut self,
        act: impl FnOnce(&mut Client) -> anyhow::Result<Answer>,
    ) -> anyhow::Result<Answer> {
        let answer = act(&mut self.client)?;
        // A session that ended is as good as a line that broke.
        ensure!(!answer.location.starts_with("/entrar"), "signed out");
        Ok(answer)
    }
}

/// Connects and signs in, as soon as somebody is there.
fn signed_in(van: &Van, person: &str) -> anyhow::Result<(Client, String)> {
    let begun = Instant::now();
    loop {
        let tried = Client::connect(&van.machine.address).and_then(|mut client| {
            let guard = client.sign_in((person, PIN))?;
            Ok((client, guard))
        });
        match tried {
            Ok(signed_in) => return Ok(signed_in),
            Err(why) if begun.elapsed() > PATIENCE => bail!("{}: {why}", van.machine.id),
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// The head of a JPEG of 1600 by 1200 points, then what no compression makes smaller: 150 to 400 kB.
fn photograph(seed: &mut Seeded) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16];
    bytes.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    bytes.extend([
        0xff, 0xc0, 0, 17, 8, 0x04, 0xb0, 0x06, 0x40, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1,
    ]);
    let size = 150_000 + usize::try_from(seed.below(250_000)).unwrap_or_default();
    while bytes.len() < size {
        bytes.extend(seed.draw().to_le_bytes());
    }
    bytes
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The last part of an address.
pub(crate) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// What stands between two marks.
pub(crate) fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0.trim().to_owned())
}

/// What a page says that is wrong, without its marks.
pub(crate) fn alert(page: &str) -> String {
    let said = between(page, "role=\"alert\"", "</").unwrap_or_default();
    said.split('>').next_back().unwrap_or_default().to_owned()
}

/// As forms carry it.
fn encoded(text: &str) -> String {
    let byte = |b: u8| match b.is_ascii_alphanumeric() {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// An operator at the hub's console.
pub(crate) struct Operator {
    client: Client,
    guard: String,
}

impl Operator {
    pub(crate) fn sign_in(address: &str) -> anyhow::Result<Self> {
        let mut client = Client::connect(address)?;
        let guard = client.sign_in((crate::site::OPERATOR, PIN))?;
        Ok(Self { client, guard })
    }

    fn post(&mut self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<String> {
        let fields = [("guarda", self.guard.as_str())]
            .into_iter()
            .chain(form.iter().copied());
        let body: Vec<String> = fields
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let answer = self.client.post(path, &body.join("&"))?;
        ensure!(
            answer.status == 303,
            "{path}: {} {}",
            answer.status,
            alert(&answer.text())
        );
        Ok(answer.location)
    }

    /// Plans a van's day of two stops, and books people at them, one every so many minutes.
    pub(crate) fn plan(&mut self, van: &Van, day: &str, booked: &[&Person]) -> anyhow::Result<()> {
        let stops = [
            ("Alferce", "09:00", "13:00", "37,3337; -8,4889"),
            ("Marmelete", "14:00", "18:00", "37,3117; -8,6664"),
        ];
        let stop = |(place, from, to, position): (
            &'static str,
            &'static str,
            &'static str,
            &'static str,
        )| {
            vec![
                ("posto", van.machine.id.as_str()),
                ("dia", day),
                ("chegada", from),
                ("partida", to),
                ("lugar", place),
                ("concelho", "Monchique"),
                ("distrito", "Faro"),
                ("posicao", position),
                ("levar", "Impressos do apoio à habitação"),
            ]
        };
        let tour = self.post("/percursos", &stop(stops[0]))?;
        self.post(&format!("{tour}/paragem"), &stop(stops[1]))?;
        let page = self.client.open(&tour)?.text();
        let ids: Vec<&str> = page
            .split("/paragem/")
            .skip(1)
            .filter_map(|rest| rest.split_once("/marcar"))
            .map(|(id, _)| id)
            .filter(|id| !id.contains('"'))
            .collect();
        let (morning, afternoon) = booked.split_at(booked.len().div_ceil(2));
        for (people, (begins, of)) in [morning, afternoon]
            .into_iter()
            .zip([(9, "Alferce"), (14, "Marmelete")])
        {
            let stop = ids
                .get(usize::from(begins == 14))
                .ok_or_else(|| anyhow!("no stop {of}: {ids:?}"))?;
            for (count, person) in people.iter().enumerate() {
                let minutes = count * 235 / people.len().max(1);
                let hour = format!("{:02}:{:02}", begins + minutes / 60, minutes % 60);
                let booking = [
                    ("nome", person.name.as_str()),
                    ("nif", person.answers["nif"].as_str()),
                    ("telefone", person.answers["phone"].as_str()),
                    ("servico", "cesd"),
                    ("hora", &hour),
                ];
                self.post(&format!("{tour}/paragem/{stop}/marcar"), &booking)?;
            }
        }
        Ok(())
    }
}
