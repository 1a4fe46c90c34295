//! Forms of paper: packs that are printed beforehand, and what is entered from them later.

use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::number;
use vereda_sync::record::attendance;
use vereda_sync::record::late::{Late, MAX_NAME_CHARS};
use vereda_sync::record::pack::{self, MAX_BLANKS, MAX_REASON_CHARS, Pack};
use vereda_sync::record::tour::Hour;
use vereda_web::desk::port::{
    BlankState, BlankView, DeskError, MAX_OF_SERVICE, PackRow, PackView, Packs, PacksView, Session,
    ToEnter, TypedLate,
};

use super::{SpotDesk, fault, record_id, rows};
use crate::clock;
use crate::store::derived;
use crate::store::packs::{self as stored, Tally};
use crate::tours::{by, name, not_now, today};
use crate::written;

/// Most packs that are listed.
const LISTED: u32 = 50;

impl SpotDesk {
    /// What stood on paper first, of an attendance.
    pub(super) fn late_of(&self, attendance: &str) -> Result<Option<Late>, DeskError> {
        let read = self
            .node
            .with_document(record_id(attendance)?, |d| Late::of(d));
        Ok(read.map_err(fault)?.flatten())
    }

    /// The service of the form that is to be entered in an attendance, unless it is begun.
    pub(super) fn form_to_enter(
        &self,
        attendance: &str,
        late: &Late,
    ) -> Result<Option<String>, DeskError> {
        let begun = stored::is_begun(&self.node.store.read(), attendance, &late.number);
        let is_offered = self.node.latest(&late.service).is_some();
        Ok((is_offered && !begun.map_err(fault)?).then(|| late.service.clone()))
    }

    /// What stood on paper first, for a request of that service that is begun in an attendance.
    pub(super) fn late_for(
        &self,
        attendance: &str,
        service: &str,
    ) -> Result<Option<Late>, DeskError> {
        let late = self.late_of(attendance)?;
        let Some(late) = late.filter(|late| late.service == service) else {
            return Ok(None);
        };
        if self.form_to_enter(attendance, &late)?.is_none() {
            return not_now(
                "O impresso deste serviço já está neste atendimento: continue esse pedido. Para outro pedido, use «Próximo cidadão».",
            );
        }
        Ok(Some(late))
    }

    /// The number under which what was on paper is recorded: the one that is printed on it, if nothing else has
    /// it. Whoever calls records one at a time.
    pub(super) fn number_on_paper(&self, request: &str, late: &Late) -> Result<String, DeskError> {
        let others = stored::recorded_under(&self.node.store.read(), &late.number, request);
        if !others.map_err(fault)?.is_empty() {
            return Err(DeskError::NotNow(format!(
                "O impresso {} foi registado noutra mesa entretanto. Veja esse pedido em «Pedidos»; se for o mesmo, desista deste.",
                late.number
            )));
        }
        let (_, pack) = self.pack_with(&late.number)?;
        match pack.blank(&late.number).and_then(|b| b.voided.as_ref()) {
            Some(_) => Err(was_voided(&late.number)),
            None => Ok(late.number.clone()),
        }
    }

    fn read_pack(&self, id: RecordId) -> Result<Pack, DeskError> {
        let read = self.node.with_document(id, |d| Pack::of(d));
        read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
    }

    fn pack_with(&self, number: &str) -> Result<(RecordId, Pack), DeskError> {
        let own = &self.node.config.node;
        let found = stored::with_number(&self.node.store.read(), &own.id, number);
        if let Some(id) = found.map_err(fault)? {
            return Ok((id, self.read_pack(id)?));
        }
        let prefix = number.split('-').next().unwrap_or_default();
        Err(DeskError::NotNow(match prefix == own.prefix {
            true => format!(
                "{number} não está em nenhum maço deste espaço. Compare-o com o impresso; se está igual, guarde o papel e peça ajuda em «Apoio»."
            ),
            false => format!(
                "{number} é de outro espaço ({prefix}), e este não conhece esse maço. Passe o impresso nesse espaço, ou ligue-se à central e tente outra vez."
            ),
        }))
    }

    fn pack_row(&self, id: RecordId, pack: &Pack, tally: Tally) -> Result<PackRow, DeskError> {
        Ok(PackRow {
            id: id.to_string(),
            spot: name(&self.spot_names()?, &pack.node).to_owned(),
            is_own: pack.node == self.node.config.node.id,
            by: by(&pack.opened),
            blank: tally.blank,
            entered: tally.entered,
            voided: tally.voided,
        })
    }

    fn state_of(&self, blank: &pack::Blank) -> Result<BlankState, DeskError> {
        let db = self.node.store.read();
        if let Some(request) = derived::by_number(&db, &blank.number).map_err(fault)? {
            return Ok(BlankState::Entered(request));
        }
        if let Some((act, reason)) = &blank.voided {
            return Ok(BlankState::Voided(by(act), reason.clone()));
        }
        let begun = stored::being_entered(&db, &blank.number).map_err(fault)?;
        Ok(begun.map_or(BlankState::Blank, BlankState::Begun))
    }

    /// A pack of this spot, to say something of it.
    fn own_pack(&self, id: &str) -> Result<(RecordId, Pack), DeskError> {
        let id = record_id(id)?;
        let pack = self.read_pack(id)?;
        match pack.node == self.node.config.node.id {
            true => Ok((id, pack)),
            false => not_now("Só o espaço que imprimiu o maço diz o que se perdeu dele."),
        }
    }

    /// When it was, if it can have been: what is wrong in the year is said.
    fn filled_in(&self, typed: &TypedLate, pack: &Pack) -> Result<(Date, Hour, i64), DeskError> {
        let Some(day) = Date::parse(typed.day.trim()) else {
            return not_now("Escreva o dia em que o impresso foi preenchido.");
        };
        let Some(hour) = Hour::parse(typed.hour.trim()) else {
            return not_now(
                "Escreva a hora em que foi preenchido, como 10:15. Se não se sabe, a mais provável.",
            );
        };
        let printed = clock::day(pack.opened.at.unix_ms());
        let at_ms = clock::at(day, hour).unwrap_or(i64::MAX);
        if day > today()? || at_ms > clock::now_ms() {
            return not_now("Esse dia e essa hora ainda não chegaram. Veja o dia, a hora e o ano.");
        }
        if day.to_string() < printed {
            return Err(DeskError::NotNow(format!(
                "Este impresso só foi feito em {}: não pode ter sido preenchido antes. Veja o dia e o ano.",
                vereda_web::words::day(&printed)
            )));
        }
        Ok((day, hour, at_ms))
    }
}

fn was_voided(number: &str) -> DeskError {
    DeskError::NotNow(format!(
        "O impresso {number} foi anulado. Se o papel apareceu, abra o maço dele em «Papel» e carregue em «Apareceu»."
    ))
}

impl Packs for SpotDesk {
    fn packs(&self, _: &Session) -> Result<PacksView, DeskError> {
        let own = &self.node.config.node.id;
        let found = stored::packs(&self.node.store.read(), own, LISTED).map_err(fault)?;
        let mut packs = Vec::new();
        for (id, tally) in found {
            let pack = self.read_pack(id)?;
            packs.push(self.pack_row(id, &pack, tally)?);
        }
        let today = clock::today();
        let catalogue = self.node.catalogue();
        let open = catalogue.services.iter().filter(|s| s.is_open_on(&today));
        Ok(PacksView {
            services: open.map(|s| (s.id.clone(), s.title.clone())).collect(),
            packs,
        })
    }

    fn make_pack(&self, session: &Session, asked: &[(String, u16)]) -> Result<String, DeskError> {
        let catalogue = self.node.catalogue();
        let mut services = Vec::new();
        for (id, n) in asked.iter().filter(|(_, n)| *n > 0) {
            let service = catalogue.service(id).ok_or(DeskError::NotFound)?;
            if *n > MAX_OF_SERVICE {
                return Err(DeskError::NotNow(format!(
                    "De cada serviço cabem {MAX_OF_SERVICE} impressos num maço. Faça outro para os que faltam."
                )));
            }
            services.extend((0..*n).map(|_| service.id.clone()));
        }
        let n = u16::try_from(services.len()).unwrap_or(u16::MAX);
        if n == 0 {
            return not_now("Escreva quantos impressos quer, ao lado do serviço.");
        }
        if services.len() > MAX_BLANKS {
            return Err(DeskError::NotNow(format!(
                "Num maço cabem {MAX_BLANKS} impressos; pediu {n}. Faça dois maços."
            )));
        }
        let numbers = {
            let mut has_leapt = self
                .recording
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let numbers = self.node.reserve_numbers(n, &mut has_leapt);
            numbers.map_err(fault)?
        };
        let blanks: Vec<(String, String)> = numbers.into_iter().zip(services).collect();
        let edition = catalogue.edition;
        let person = &session.person.name;
        let made = self
            .node
            .begin(person, |a, at| pack::begin(a, at, edition, &blanks));
        Ok(made.map_err(fault)?.to_string())
    }

    fn pack(&self, _: &Session, id: &str) -> Result<PackView, DeskError> {
        let id = record_id(id)?;
        let pack = self.read_pack(id)?;
        let mut blanks = Vec::new();
        let mut services = Vec::new();
        let mut tally = Tally::default();
        for blank in &pack.blanks {
            let service = self.node.service(&blank.service, pack.edition);
            let service = service.or_else(|| self.node.latest(&blank.service));
            let state = self.state_of(blank)?;
            match state {
                BlankState::Blank | BlankState::Begun(_) => tally.blank += 1,
                BlankState::Entered(_) => tally.entered += 1,
                BlankState::Voided(..) => tally.voided += 1,
            }
            blanks.push(BlankView {
                number: blank.number.clone(),
                service: blank.service.clone(),
                title: rows::service_title(&self.node, &blank.service),
                state,
            });
            if let Some(service) = service
                && services
                    .iter()
                    .all(|s: &vereda_sync::catalogue::Service| s.id != service.id)
            {
                services.push(service.clone());
            }
        }
        Ok(PackView {
            row: self.pack_row(id, &pack, tally)?,
            blanks,
            services,
            edition: pack.edition,
        })
    }

    fn void_blanks(
        &self,
        session: &Session,
        id: &str,
        number: Option<&str>,
        reason: &str,
    ) -> Result<(), DeskError> {
        let reason = written::needed(
            reason,
            MAX_REASON_CHARS,
            "Escreva porque se anula: perdeu-se, estragou-se, está desatualizado.",
        )?;
        let (record, pack) = self.own_pack(id)?;
        if number.is_some_and(|number| pack.blank(number).is_none()) {
            return Err(DeskError::NotFound);
        }
        let mut numbers = Vec::new();
        for blank in &pack.blanks {
            if number.is_some_and(|number| number != blank.number) {
                continue;
            }
            match self.state_of(blank)? {
                BlankState::Blank => numbers.push(blank.number.as_str()),
                BlankState::Voided(..) => {}
                _ if number.is_none() => {}
                BlankState::Begun(_) => {
                    return not_now(
                        "Este impresso está a ser passado: feche primeiro esse atendimento.",
                    );
                }
                BlankState::Entered(_) => {
                    return not_now(
                        "Este impresso já foi passado: é um pedido. Se o cidadão desiste, diga-o no pedido.",
                    );
                }
            }
        }
        if numbers.is_empty() {
            return Ok(());
        }
        let write = |d: &mut _, a: &_, at| pack::void(d, a, at, &numbers, reason);
        self.node
            .change(record, &session.person.name, write, |_| Ok(()))
            .map_err(fault)
    }

    fn find_blank(&self, session: &Session, id: &str, number: &str) -> Result<(), DeskError> {
        let (record, pack) = self.own_pack(id)?;
        let blank = pack.blank(number).ok_or(DeskError::NotFound)?;
        if blank.voided.is_none() {
            return Ok(());
        }
        let write = |d: &mut _, a: &_, at| pack::find(d, a, at, &[number]);
        self.node
            .change(record, &session.person.name, write, |_| Ok(()))
            .map_err(fault)
    }

    fn blank(&self, session: &Session, typed: &str) -> Result<ToEnter, DeskError> {
        if typed.trim().is_empty() {
            return not_now(
                "Escreva o número que está no impresso, ou leia o código com o leitor.",
            );
        }
        let Some(number) = number::canonical(typed) else {
            return not_now(
                "Esse número não está certo: compare-o com o do impresso, letra a letra. O último carácter confirma os outros.",
            );
        };
        let entered = {
            let db = self.node.store.read();
            let request = derived::by_number(&db, &number).map_err(fault)?;
            request
                .map(|request| derived::request(&db, &request).map_err(fault))
                .transpose()?
        };
        if let Some(line) = entered {
            let whose = line.map_or_else(String::new, |line| format!(" para {}", line.citizen));
            return Err(DeskError::NotNow(format!(
                "{number} já foi registado{whose}. Procure o número em «Pedidos»."
            )));
        }
        let (_, pack) = self.pack_with(&number)?;
        let blank = pack.blank(&number).ok_or(DeskError::NotFound)?;
        let begun = match self.state_of(blank)? {
            BlankState::Voided(..) => return Err(was_voided(&number)),
            BlankState::Begun(attendance) => Some(attendance),
            BlankState::Blank | BlankState::Entered(_) => None,
        };
        if self.node.latest(&blank.service).is_none() {
            return not_now(
                "O serviço deste impresso já não está no catálogo deste espaço. Guarde o papel e peça ajuda em «Apoio».",
            );
        }
        let own = &self.node.config.node;
        Ok(ToEnter {
            title: rows::service_title(&self.node, &blank.service),
            printed: clock::day(pack.opened.at.unix_ms()),
            begun,
            typed: TypedLate {
                number: number.clone(),
                day: clock::today(),
                hour: String::new(),
                place: own.stop.clone().unwrap_or_else(|| own.name.clone()),
                person: session.person.name.clone(),
            },
            number,
        })
    }

    fn enter_late(&self, session: &Session, typed: &TypedLate) -> Result<String, DeskError> {
        // Two desks that begin one form: the second goes on with the attendance of the first.
        let _one = self.recording.lock();
        let to_enter = self.blank(session, &typed.number)?;
        if let Some(begun) = to_enter.begun {
            return Ok(begun);
        }
        let (_, pack) = self.pack_with(&to_enter.number)?;
        let blank = pack.blank(&to_enter.number).ok_or(DeskError::NotFound)?;
        let (day, hour, at_ms) = self.filled_in(typed, &pack)?;
        let place = written::needed(&typed.place, MAX_NAME_CHARS, "Escreva onde foi preenchido.")?;
        let person = written::needed(&typed.person, MAX_NAME_CHARS, "Escreva quem o preencheu.")?;
        let late = Late {
            number: to_enter.number,
            service: blank.service.clone(),
            day,
            hour,
            at_ms,
            place: place.to_owned(),
            person: person.to_owned(),
        };
        let begun = self.node.begin(&session.person.name, |a, at| {
            attendance::begin_late(a, at, &late)
        });
        Ok(begun.map_err(fault)?.to_string())
    }
}
