//! The copy of what is being typed, as the desk shows it; and a conversation that comes back from one.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use vereda_hardware::stick;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::{Asked, Field, Kind, Step};
use vereda_sync::check::{MAX_VALUE_BYTES, check};
use vereda_sync::id::RecordId;
use vereda_sync::record::attendance::{self, IDENTITY};
use vereda_sync::record::declaration::{self, DECLARATION};
use vereda_sync::record::outcome::OUTCOME;
use vereda_sync::record::representation::{self, REPRESENTATION};
use vereda_sync::record::request;
use vereda_web::desk::port::{
    self, Awaited, CopyRow, DayOfCopy, DayStop, DeskError, Event, KeepView, Recovered, Session,
};

use super::{SpotDesk, fault};
use crate::clock;
use crate::keep::day::{DayKept, MAX_LINES};
use crate::keep::sealed::{self, Header, Opener, RecoveryCode};
use crate::keep::{self, Content, Kept, KeptRequest, LATE, MAX_ATTENDANCES, Trouble, Value};
use crate::people::hex;
use crate::store::desks;
use crate::store::draft::{self, Draft};

/// Requests of one attendance, and values of one form, that are taken from a copy at most.
const MAX_REQUESTS: usize = 50;
const MAX_VALUES: usize = 1_000;
/// Copies that are listed at most.
const MAX_COPIES: usize = 32;
/// Longest name of who typed something, in characters.
const MAX_BY_CHARS: usize = 120;

struct Found {
    id: String,
    file: PathBuf,
    header: Header,
}

impl SpotDesk {
    /// The copies that lie on what is plugged in, the newest first.
    fn copies_found(&self) -> Vec<Found> {
        let config = &self.node.config;
        let plugged = stick::plugged(&config.sticks.under).unwrap_or_default();
        let folders = config.sticks.folders.iter().cloned();
        let folders = folders.chain(plugged.into_iter().map(|it| it.folder));
        let mut folders: Vec<PathBuf> = folders
            .chain(config.keep.iter().map(|keep| keep.folder.clone()))
            .collect();
        folders.sort();
        folders.dedup();
        let files = folders.iter().filter_map(|folder| folder.read_dir().ok());
        let files = files.flatten().filter_map(Result::ok).filter(|entry| {
            let name = entry.file_name();
            // A pipe under that name would keep its reader waiting for ever.
            name.to_string_lossy().ends_with(keep::SUFFIX)
                && entry.file_type().is_ok_and(|kind| kind.is_file())
        });
        let mut found: Vec<Found> = files
            .take(MAX_COPIES)
            .filter_map(|entry| {
                let file = entry.path();
                let (header, _) = sealed::read(File::open(&file).ok()?).ok()?;
                let id = Sha256::digest(file.as_os_str().as_encoded_bytes());
                Some(Found {
                    id: hex(&id[..8]),
                    file,
                    header,
                })
            })
            .collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.header.at_ms));
        found
    }

    /// Where an attendance comes from, if it was brought back from a copy.
    pub(super) fn recovered(&self, attendance: &str) -> Result<Option<Recovered>, DeskError> {
        let found = desks::recovered(&self.node.store.read(), attendance).map_err(fault)?;
        Ok(found.map(|(spot, at_ms)| Recovered {
            spot,
            at: clock::moment(at_ms, true),
        }))
    }

    fn bring_back(
        &self,
        session: &Session,
        header: &Header,
        kept: &Kept,
    ) -> Result<bool, DeskError> {
        let origin = format!("{}/{}", header.node, kept.id);
        let known = desks::was_recovered(&self.node.store.read(), &origin).map_err(fault)?;
        let is_here = header.node == self.node.config.node.id
            && super::record_id(&kept.id).is_ok_and(|id| {
                let read = self.node.with_document(id, |_| ());
                read.is_ok_and(|it| it.is_some())
            });
        if known || is_here {
            return Ok(false);
        }
        let person = &session.person.name;
        let record = self.node.begin(person, attendance::begin).map_err(fault)?;
        if kept.represented {
            self.write(person, record, |d, author, at| {
                attendance::represent(d, author, at, true)
            })?;
        }
        if kept.undocumented {
            self.write(person, record, |d, author, at| {
                attendance::declare(d, author, at, true)
            })?;
        }
        let mut identity = BTreeMap::new();
        let mut finished: Vec<&Step> = Vec::new();
        for step in [&*IDENTITY, &*REPRESENTATION, &*DECLARATION] {
            if !kept.done.contains(&step.id) {
                continue;
            }
            // What was checked there is checked here again; what does not pass waits to be mended.
            let Some(answers) = checked(step, &kept.values) else {
                continue;
            };
            self.write(person, record, |d, author, at| {
                attendance::finish_agreed(d, author, at, (step.id.as_str(), None), &answers)
            })?;
            identity.extend(answers);
            finished.push(step);
        }
        let is_identified = finished.iter().any(|step| step.id == IDENTITY.id);
        let steps = [&*IDENTITY, &*REPRESENTATION, &*DECLARATION, &*OUTCOME];
        let asked = steps
            .into_iter()
            .filter(|step| !finished.iter().any(|done| done.id == step.id))
            .flat_map(|step| &step.fields);
        let asked: Vec<&Field> = asked.collect();
        let typed = |field: &str| {
            asked
                .iter()
                .any(|f| f.id == field && f.kind != Kind::Photos)
        };
        self.type_anew(header, (record, &kept.values), typed)?;
        for request in kept.requests.iter().take(MAX_REQUESTS) {
            // Without a finished identification there is none; if it no longer passes, it comes first.
            if is_identified {
                self.bring_request(session, (header, record), request, &identity)?;
            }
        }
        let mark = (record.to_string(), origin, header.spot.clone());
        let db = self.node.store.write();
        desks::keep_recovered(&db, (&mark.0, &mark.1, &mark.2), header.at_ms).map_err(fault)?;
        drop(db);
        self.node.tell(Event::Record { id: mark.0 });
        Ok(true)
    }

    fn bring_request(
        &self,
        session: &Session,
        (header, attendance): (&Header, RecordId),
        kept: &KeptRequest,
        identity: &BTreeMap<String, Answer>,
    ) -> Result<(), DeskError> {
        let catalogue = self.node.catalogue();
        // A service that is not offered here: the rest is brought all the same.
        let Some(service) = catalogue.service(&kept.service) else {
            tracing::warn!(
                service = kept.service,
                "a request of a copy is of no service here"
            );
            return Ok(());
        };
        let edition = catalogue.edition;
        let about: BTreeMap<String, Answer> = identity
            .iter()
            .filter(|(field, _)| {
                attendance::is_identity(field)
                    || representation::is_of(field)
                    || declaration::is_of(field)
            })
            .map(|(field, answer)| (field.clone(), answer.clone()))
            .collect();
        let begun = self.node.begin(&session.person.name, |author, at| {
            request::begin(author, at, (&service.id, edition), attendance, &about)
        });
        let typed = |field: &str| {
            let known = service.field(field);
            known.is_some_and(|f| f.kind != Kind::Photos)
        };
        self.type_anew(header, (begun.map_err(fault)?, &kept.values), typed)
    }

    /// What was answered or typed there is being typed here: as it was known, and to be gone through.
    fn type_anew(
        &self,
        header: &Header,
        (form, values): (RecordId, &[Value]),
        is_asked: impl Fn(&str) -> bool,
    ) -> Result<(), DeskError> {
        let form = form.to_string();
        let values = values.iter().take(MAX_VALUES);
        let values = values.filter(|it| it.value.len() <= MAX_VALUE_BYTES && is_asked(&it.field));
        let drafts: Vec<Draft> = values
            .map(|it| {
                let by = match it.by.is_empty() {
                    true => header.spot.clone(),
                    false => format!("{}, {}", it.by, header.spot),
                };
                Draft {
                    field: it.field.clone(),
                    value: it.value.clone(),
                    provenance: Provenance::from_code(&it.known),
                    revision: self.node.next_revision(),
                    session: String::new(),
                    by: by.chars().take(MAX_BY_CHARS).collect(),
                    at_ms: header.at_ms.min(clock::now_ms()),
                }
            })
            .collect();
        let db = self.node.store.write();
        let tx = db.unchecked_transaction().map_err(|e| fault(e.into()))?;
        for draft in &drafts {
            draft::put(&tx, &form, draft).map_err(fault)?;
        }
        tx.commit().map_err(|e| fault(e.into()))
    }

    fn write(
        &self,
        person: &str,
        record: RecordId,
        write: impl FnOnce(
            &mut vereda_sync::record::document::Document,
            &vereda_sync::record::document::Author,
            vereda_sync::hlc::Hlc,
        ) -> Result<
            vereda_sync::record::document::Written,
            vereda_sync::record::document::DocumentError,
        >,
    ) -> Result<(), DeskError> {
        self.node
            .change(record, person, write, |_| Ok(()))
            .map_err(fault)
    }
}

/// The answers of a step, as they pass; `None` when one does not.
fn checked(step: &Step, values: &[Value]) -> Option<BTreeMap<String, Answer>> {
    let today = clock::today();
    let mut answers = BTreeMap::new();
    let known: BTreeMap<String, String> = values
        .iter()
        .map(|it| (it.field.clone(), it.value.clone()))
        .collect();
    let asked = Asked::all(&known);
    for field in step.fields_for(&asked, &today) {
        let found = values.iter().find(|it| it.field == field.id);
        let text = found.map_or("", |it| it.value.as_str());
        let value = check(field, text, &today).ok()?;
        let provenance = found.map_or(Provenance::Typed, |it| Provenance::from_code(&it.known));
        answers.insert(field.id.clone(), Answer { value, provenance });
    }
    Some(answers)
}

fn said(trouble: &Trouble) -> String {
    match trouble {
        Trouble::NobodyOpens => {
            "Falta fazer o código de recuperação: sem ele ninguém abria a cópia.".into()
        }
        Trouble::Gone => "A pen ou o disco da cópia não está ligado. Ligue-o outra vez.".into(),
        Trouble::Full => {
            "A pen ou o disco da cópia está cheio. Liberte espaço, ou use outro.".into()
        }
        Trouble::Other(why) => {
            format!("A pen ou o disco da cópia não se deixa escrever ({why}). Use outro.")
        }
    }
}

impl SpotDesk {
    /// Opens a copy that lies on what is plugged in, by the code of its spot.
    fn open_copy(&self, copy: &str, code: &str) -> Result<(Header, Content), DeskError> {
        let code = RecoveryCode::read(code).ok_or_else(|| {
            DeskError::NotNow(
                "Um código de recuperação tem 25 letras e algarismos, em grupos de cinco. Confirme-o no papel.".into(),
            )
        })?;
        let all = self.copies_found();
        let found = all.into_iter().find(|it| it.id == copy);
        let found = found.ok_or(DeskError::NotFound)?;
        let read = File::open(&found.file).map_err(anyhow::Error::from);
        let (header, bytes) = read.and_then(sealed::read).map_err(|_| {
            DeskError::NotNow("A cópia já não se deixa ler. Ligue a pen outra vez.".into())
        })?;
        let content = sealed::open(&header, &bytes, &Opener::Code(&code)).ok_or_else(|| {
            DeskError::NotNow(format!(
                "Este código não abre a cópia de {}. Confirme-o no papel: tem de ser o desse posto, e o último que lá se fez.",
                header.spot
            ))
        })?;
        let content: Content = serde_json::from_slice(&content).map_err(|error| {
            tracing::warn!(%error, "a copy of drafts is of another version");
            DeskError::NotNow(
                "A cópia é de uma versão que este posto não conhece. Atualize-o e tente de novo."
                    .into(),
            )
        })?;
        Ok((header, content))
    }
}

impl port::Keeping for SpotDesk {
    fn keeping(&self) -> Option<KeepView> {
        self.node.config.keep.as_ref()?;
        let standing = self.node.keeper.standing();
        let (code, hub) = keep::openers(&self.node);
        let sure = self.node.clock_is_sure();
        let late = standing.lacking.map(|since| since.elapsed());
        let late = late.filter(|it| *it >= LATE || standing.trouble.is_some());
        Some(KeepView {
            last: standing.last_ms.map(|ms| clock::moment(ms, sure)),
            lacking: late.map(|it| {
                let ms = i64::try_from(it.as_millis()).unwrap_or(i64::MAX);
                clock::moment(clock::now_ms().saturating_sub(ms), sure)
            }),
            trouble: standing.trouble.as_ref().map(said),
            on_same_disk: standing.on_same_disk,
            by_code: code.is_some(),
            by_hub: hub.is_some(),
        })
    }

    fn new_recovery_code(&self, session: &Session) -> Result<String, DeskError> {
        if self.node.config.keep.is_none() {
            return Err(DeskError::NotNow(
                "Este posto não guarda cópia do que se escreve: quem o configura liga-a com a secção [keep].".into(),
            ));
        }
        if !session.desk.is_empty() {
            return Err(DeskError::NotNow(
                "O código faz-se no computador do posto: esta é uma das mesas que se juntaram."
                    .into(),
            ));
        }
        let code = keep::new_code(&self.node).map_err(fault)?;
        tracing::info!(who = session.person.id, "a new recovery code was made");
        self.node.tell(Event::Strip);
        Ok(code)
    }

    fn copies(&self) -> Result<Vec<CopyRow>, DeskError> {
        let found = self.copies_found().into_iter();
        let rows = found.map(|it| CopyRow {
            id: it.id,
            is_own: it.header.node == self.node.config.node.id,
            spot: it.header.spot.chars().take(MAX_BY_CHARS).collect(),
            at: clock::moment(it.header.at_ms, true),
        });
        Ok(rows.collect())
    }

    fn recover(&self, session: &Session, copy: &str, code: &str) -> Result<usize, DeskError> {
        let (header, content) = self.open_copy(copy, code)?;
        let mut brought = 0;
        for kept in content.attendances.iter().take(MAX_ATTENDANCES) {
            brought += usize::from(self.bring_back(session, &header, kept)?);
        }
        self.node.tell(Event::Messages);
        match (brought, content.attendances.len()) {
            (0, 0) => Err(DeskError::NotNow(format!(
                "Na cópia de {} não havia nenhuma conversa a meio.",
                header.spot
            ))),
            (0, _) => Err(DeskError::NotNow(
                "O que a cópia tem já cá está: veja «Em curso», em Hoje.".into(),
            )),
            (brought, _) => Ok(brought),
        }
    }

    fn day_of_copy(&self, _: &Session, copy: &str, code: &str) -> Result<DayOfCopy, DeskError> {
        let (header, content) = self.open_copy(copy, code)?;
        let day = content.day.ok_or_else(|| {
            DeskError::NotNow(format!(
                "A cópia de {} não tem o dia: é de antes, ou o dia não se deixou ler.",
                header.spot
            ))
        })?;
        Ok(shown_day(&header, day))
    }
}

/// What a copy says of the day, bounded: whoever sealed it wrote what they liked.
fn shown_day(header: &Header, day: DayKept) -> DayOfCopy {
    let short = |text: String| text.chars().take(MAX_BY_CHARS).collect::<String>();
    let at = |ms| clock::moment(ms, true);
    let stops = day.stops.into_iter().take(MAX_LINES).map(|stop| DayStop {
        hours: short(stop.hours),
        place: short(stop.place),
        over: stop.over,
        awaited: stop
            .awaited
            .into_iter()
            .take(MAX_LINES)
            .map(|it| Awaited {
                hour: short(it.hour),
                name: short(it.name),
                phone: short(it.phone),
                service: short(it.service),
            })
            .collect(),
    });
    let open = day.open.into_iter().take(MAX_LINES);
    let recorded = day.recorded.into_iter().take(MAX_LINES);
    DayOfCopy {
        spot: short(header.spot.clone()),
        at: at(header.at_ms),
        day: short(day.day),
        stops: stops.collect(),
        open: open
            .map(|it| (short(it.citizen), short(it.mediator), at(it.since_ms)))
            .collect(),
        recorded: recorded
            .map(|it| (short(it.number), short(it.service), at(it.at_ms)))
            .collect(),
        till: day.till.map(|it| (short(it.day), it.closed, it.expected)),
    }
}
