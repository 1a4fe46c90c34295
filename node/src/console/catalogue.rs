//! The catalogue at the console: proposed by one person, agreed to by another, sealed, and taken by spots.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use vereda_sync::catalogue::{
    Catalogue, CatalogueError, Fault, Field, MAX_CATALOGUE_BYTES, Service, Source, migration,
    source,
};
use vereda_web::console::port::{
    CatalogueDesk, EditionRow, EditionWanted, EditionsView, Files, ProposalRow, ProposalView,
    ServiceChanges, UptakeRow,
};
use vereda_web::desk::port::{DeskError, Event, Session};

use super::HubConsole;
use crate::catalogue::proposal::{self, Wrong};
use crate::catalogue::publishing;
use crate::catalogue::signed::{Agreed, Person};
use crate::clock;
use crate::desk::fault;
use crate::fleet;
use crate::store::published::{self, Proposal, Published, Wanted};
use crate::store::rulings::Who;
use crate::tours::not_now;
use crate::written;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 300;
/// Most faults that are shown of one proposal.
const FAULTS_SHOWN: usize = 200;

fn broken(error: &anyhow::Error) -> DeskError {
    tracing::error!(
        error = format!("{error:#}"),
        "the catalogue could not be worked on"
    );
    DeskError::NotNow("Não foi possível; a razão está no registo da central.".into())
}

fn wrong(wrong: &Wrong) -> DeskError {
    DeskError::NotNow(match wrong {
        Wrong::TooLarge => "Tudo junto é maior do que um catálogo pode ser (8 MB). Envie só a pasta do catálogo.".into(),
        Wrong::TooMany => "São mais ficheiros do que um catálogo pode ter. Envie só a pasta do catálogo.".into(),
        Wrong::NoText(name) => format!("«{name}» não é texto (UTF-8). Grave-o como texto e envie a pasta outra vez."),
        Wrong::NoHead => "Não há «catalogue.toml» no que enviou. Escolha a pasta do catálogo: a que tem esse ficheiro, «services» e «languages».".into(),
        Wrong::NoZip => "O ficheiro .zip não se consegue abrir. Faça-o de novo, ou envie a pasta.".into(),
    })
}

fn who(session: &Session) -> Who {
    Who {
        id: session.person.id.clone(),
        name: session.person.name.clone(),
    }
}

fn read(files: &[Source]) -> Result<Catalogue, Vec<Fault>> {
    source::read(files).map_err(|error| match error {
        CatalogueError::Faults(faults) => faults,
        other @ CatalogueError::TooLarge(_) => vec![Fault {
            file: source::HEAD.to_owned(),
            line: 1,
            column: 1,
            what: other.to_string(),
            remedy: "take away what is not needed".to_owned(),
        }],
    })
}

fn faults_in(files: &[Source]) -> u32 {
    read(files).map_or_else(
        |faults| u32::try_from(faults.len()).unwrap_or(u32::MAX),
        |_| 0,
    )
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    let digest = digest.as_ref().iter().take(16);
    digest.map(|byte| format!("{byte:02x}")).collect()
}

/// What somebody who wants a proposal published is shown: with anything of it another, it is stale.
fn fingerprint(proposal: &Proposal, wanted: &Wanted, newest: u32) -> String {
    let said = serde_json::json!([
        proposal.id,
        proposal.withdraws,
        wanted.by.id,
        wanted.at_ms,
        wanted.scopes,
        wanted.reason,
        newest
    ]);
    let mut sha = Sha256::new();
    sha.update(said.to_string());
    sha.update(&proposal.files);
    hex(sha.finalize())
}

/// What becomes of a draft under a newer edition of its service, in words.
fn of_drafts(old: &Service, new: &Service) -> Vec<String> {
    let plan = old.migration(new);
    let mut out = Vec::new();
    let names = |ids: &[String], name: &dyn Fn(&str) -> String| {
        let all: Vec<String> = ids.iter().map(|id| format!("«{}»", name(id))).collect();
        all.join(", ")
    };
    let step = |id: &str| new.step(id).map_or(id.to_owned(), |s| s.title.pt().into());
    let label = |of: &Service, id: &str| {
        let field = of.field(id);
        field.map_or(id.to_owned(), |field: std::borrow::Cow<'_, Field>| {
            field.label.pt().to_owned()
        })
    };
    if !plan.again.is_empty() {
        out.push(format!(
            "Passa outra vez por {}.",
            names(&plan.again, &step)
        ));
    }
    if !plan.moved.is_empty() {
        let name = |id: &str| label(new, id);
        out.push(format!(
            "O que respondeu fica, noutro passo: {}.",
            names(&plan.moved, &name)
        ));
    }
    if !plan.gone.is_empty() {
        let name = |id: &str| label(old, id);
        out.push(format!(
            "O que respondeu vê-se, mas deixa de contar: {}.",
            names(&plan.gone, &name)
        ));
    }
    if out.is_empty() {
        out.push("Continua como está.".to_owned());
    }
    out
}

fn title(service: &Service) -> (String, String) {
    (service.id.clone(), service.title.pt().to_owned())
}

fn changes(
    old: &Catalogue,
    new: &Catalogue,
    drafts: &BTreeMap<String, u64>,
) -> Vec<ServiceChanges> {
    let mut by_service: Vec<ServiceChanges> = Vec::new();
    for change in migration::differences(old, new) {
        let id = change.service.as_deref();
        let named = id.map(|id| {
            let found = new.service(id).or_else(|| old.service(id));
            found.map_or((id.to_owned(), id.to_owned()), title)
        });
        match by_service.iter_mut().find(|group| group.service == named) {
            Some(group) => group.lines.push(change.pt),
            None => {
                let both = id.and_then(|id| old.service(id).zip(new.service(id)));
                by_service.push(ServiceChanges {
                    open: id.and_then(|id| drafts.get(id)).copied().unwrap_or(0),
                    drafts: both.map_or_else(Vec::new, |(old, new)| of_drafts(old, new)),
                    service: named,
                    lines: vec![change.pt],
                });
            }
        }
    }
    // The catalogue as a whole stands first, wherever its lines came.
    by_service.sort_by_key(|group| group.service.is_some());
    by_service
}

impl HubConsole {
    fn newest_edition(&self) -> Result<u32, DeskError> {
        publishing::newest(&self.node).map_err(|error| broken(&error))
    }

    fn one_proposal(&self, id: i64) -> Result<Proposal, DeskError> {
        let found = published::proposal(&self.node.store.read(), id).map_err(fault)?;
        found.ok_or(DeskError::NotFound)
    }

    fn files(&self, proposal: &Proposal) -> Result<Vec<Source>, DeskError> {
        proposal::unpack(&proposal.files).map_err(|error| broken(&error))
    }

    fn begin_with(
        &self,
        session: &Session,
        mut files: Vec<Source>,
        withdraws: Option<u32>,
    ) -> Result<i64, DeskError> {
        let number = self.newest_edition()?.saturating_add(1);
        proposal::number(&mut files, number);
        let packed = proposal::pack(&files).map_err(|error| broken(&error))?;
        let begun = published::begin(
            &self.node.store.write(),
            &who(session),
            self.node.now_ms(),
            (&packed, faults_in(&files)),
            withdraws,
        );
        match begun.map_err(fault)? {
            Some(id) => {
                self.node.tell(Event::Strip);
                Ok(id)
            }
            None => not_now("Já há 20 propostas. Apague uma que não sirva e tente de novo."),
        }
    }

    fn proposal_row(&self, session: &Session, proposal: &Proposal, newest: u32) -> ProposalRow {
        let wanted = proposal.wanted.as_ref().map(|wanted| EditionWanted {
            by: wanted.by.name.clone(),
            own: wanted.by.id == session.person.id,
            at: clock::moment(wanted.at_ms, true),
            scopes: wanted.scopes.clone(),
            reason: wanted.reason.clone(),
            is_stale: fingerprint(proposal, wanted, newest) != wanted.shown,
            shown: wanted.shown.clone(),
        });
        ProposalRow {
            id: proposal.id,
            by: proposal.by.name.clone(),
            at: clock::moment(proposal.at_ms, true),
            faults: proposal.faults,
            withdraws: proposal.withdraws,
            wanted,
        }
    }

    /// Places that spots write for, with the names of those.
    fn places(&self) -> Result<Vec<(String, Vec<String>)>, DeskError> {
        let db = self.node.store.read();
        let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for known in fleet::all(&db, self.node.config.sync.as_ref()).map_err(fault)? {
            for scope in known.enrolled.iter().flat_map(|entry| &entry.scopes) {
                let names = places.entry(scope.clone()).or_default();
                if known.is_accepted {
                    names.insert(known.name.clone());
                }
            }
        }
        let places = places.into_iter().filter(|(_, names)| !names.is_empty());
        Ok(places
            .map(|(scope, names)| (scope, names.into_iter().collect()))
            .collect())
    }

    fn uptake(&self, all: &[Published]) -> Result<Vec<UptakeRow>, DeskError> {
        let db = self.node.store.read();
        let since = published::uptake(&db).map_err(fault)?;
        let known = fleet::all(&db, self.node.config.sync.as_ref()).map_err(fault)?;
        let rows = known.into_iter().filter(|known| known.is_accepted);
        let rows = rows.map(|known| {
            let scopes = known
                .enrolled
                .as_ref()
                .map_or(&[][..], |entry| &entry.scopes);
            let told = known.told.as_ref();
            let has = told.map(|told| {
                let edition = told.condition.catalogue;
                let since = since.get(&known.id).filter(|(had, _)| *had == edition);
                (edition, since.map(|(_, ms)| clock::moment(*ms, true)))
            });
            UptakeRow {
                newest: match publishing::newest_among(all, scopes) {
                    Some(newest) => newest,
                    // A hub that reads a folder hands out nothing, and its spots have the same folder.
                    None if all.is_empty() => self.node.catalogue().edition,
                    None => 0,
                },
                id: known.id,
                name: known.name,
                has,
                program: told.map_or_else(String::new, |told| told.condition.program.clone()),
                seen: known.seen_ms.map(|ms| clock::moment(ms, true)),
            }
        });
        Ok(rows.collect())
    }

    /// The edition that was in force before another one, for those that the other one is for.
    fn before(all: &[Published], edition: u32) -> Option<u32> {
        let taken_back = all.iter().find(|one| one.edition == edition)?;
        let of = publishing::agreed(taken_back).scopes;
        let older = all.iter().filter(|one| one.edition < edition);
        let mut fits = older.filter(|one| {
            let scopes = publishing::agreed(one).scopes;
            scopes.is_empty() || (!of.is_empty() && of.iter().all(|s| scopes.contains(s)))
        });
        // What was itself taken back is not what to go back to.
        let gone: Vec<u32> = all.iter().filter_map(|one| one.withdraws).collect();
        fits.find(|one| !gone.contains(&one.edition))
            .map(|one| one.edition)
    }

    fn may_withdraw(all: &[Published], edition: u32) -> bool {
        let Some(one) = all.iter().find(|one| one.edition == edition) else {
            return false;
        };
        let scopes = publishing::agreed(one).scopes;
        let is_over = all.iter().any(|newer| {
            let of = publishing::agreed(newer).scopes;
            newer.edition > edition
                && (of.is_empty() || (!scopes.is_empty() && scopes.iter().all(|s| of.contains(s))))
        });
        !is_over && Self::before(all, edition).is_some()
    }
}

impl CatalogueDesk for HubConsole {
    fn editions(&self, session: &Session) -> Result<EditionsView, DeskError> {
        let newest = self.newest_edition()?;
        let (all, proposals) = {
            let db = self.node.store.read();
            (
                published::all(&db).map_err(fault)?,
                published::proposals(&db).map_err(fault)?,
            )
        };
        let row = |one: &Published| {
            let agreed = publishing::agreed(one);
            let by = agreed.by.into_iter().map(|person| {
                let ms = i64::try_from(person.at_ms).unwrap_or(i64::MAX);
                (person.name, clock::moment(ms, true))
            });
            EditionRow {
                edition: one.edition,
                at: clock::moment(one.at_ms, true),
                by: by.collect(),
                scopes: agreed.scopes,
                reason: agreed.reason,
                withdraws: one.withdraws,
                may_withdraw: Self::may_withdraw(&all, one.edition),
            }
        };
        Ok(EditionsView {
            newest,
            is_unsigned: all.is_empty(),
            published: all.iter().map(row).collect(),
            proposals: proposals
                .iter()
                .map(|proposal| self.proposal_row(session, proposal, newest))
                .collect(),
            uptake: self.uptake(&all)?,
        })
    }

    fn send_edition(
        &self,
        session: &Session,
        sent: Vec<(String, Vec<u8>)>,
    ) -> Result<i64, DeskError> {
        let files = proposal::taken(sent).map_err(|why| wrong(&why))?;
        self.begin_with(session, files, None)
    }

    fn begin_edition(&self, session: &Session) -> Result<i64, DeskError> {
        let newest = self.newest_edition()?;
        let files = publishing::files_of(&self.node, newest).map_err(|error| broken(&error))?;
        self.begin_with(session, files, None)
    }

    fn edition_proposal(&self, session: &Session, id: i64) -> Result<ProposalView, DeskError> {
        let newest = self.newest_edition()?;
        let proposal = self.one_proposal(id)?;
        let files = self.files(&proposal)?;
        let drafts = crate::store::catalogue::known_drafts(&self.node.store.read());
        let drafts = drafts.map_err(fault)?;
        let (mut faults, mut found, mut services) = (vec![], vec![], vec![]);
        let mut edition = newest.saturating_add(1);
        match read(&files) {
            Ok(catalogue) => {
                found = changes(self.node.catalogue(), &catalogue, &drafts);
                services = catalogue.services.iter().map(title).collect();
                edition = catalogue.edition.max(edition);
            }
            Err(found) => faults = found,
        }
        faults.truncate(FAULTS_SHOWN);
        Ok(ProposalView {
            row: self.proposal_row(session, &proposal, newest),
            files: files
                .iter()
                .map(|file| (file.name.clone(), file.text.len() as u64))
                .collect(),
            files_shown: hex(Sha256::digest(&proposal.files)),
            faults,
            edition,
            base: self.node.catalogue().edition,
            changes: found,
            services,
            places: self.places()?,
        })
    }

    fn edition_text(&self, id: i64, name: &str) -> Result<String, DeskError> {
        let files = self.files(&self.one_proposal(id)?)?;
        let file = files.into_iter().find(|file| file.name == name);
        file.map(|file| file.text).ok_or(DeskError::NotFound)
    }

    fn keep_edition_text(
        &self,
        session: &Session,
        id: i64,
        (name, text): (&str, &str),
        shown: &str,
    ) -> Result<(), DeskError> {
        const MEANWHILE: &str = "Outra pessoa mudou esta proposta entretanto. O que escreveu está aqui em baixo: copie-o, abra o ficheiro de novo e junte o que falta.";
        let proposal = self.one_proposal(id)?;
        if hex(Sha256::digest(&proposal.files)) != shown {
            return not_now(MEANWHILE);
        }
        let mut files = self.files(&proposal)?;
        let file = files.iter_mut().find(|file| file.name == name);
        file.ok_or(DeskError::NotFound)?.text = text.replace("\r\n", "\n");
        if files.iter().map(|file| file.text.len()).sum::<usize>() > MAX_CATALOGUE_BYTES {
            return Err(wrong(&Wrong::TooLarge));
        }
        let number = self.newest_edition()?.saturating_add(1);
        proposal::number(&mut files, number);
        let packed = proposal::pack(&files).map_err(|error| broken(&error))?;
        let kept = published::write(
            &self.node.store.write(),
            (id, &proposal.files),
            &who(session),
            self.node.now_ms(),
            (&packed, faults_in(&files)),
        );
        match kept.map_err(fault)? {
            true => {
                self.node.tell(Event::Strip);
                Ok(())
            }
            false => not_now(MEANWHILE),
        }
    }

    fn propose_edition(
        &self,
        session: &Session,
        id: i64,
        scopes: &[String],
        reason: &str,
    ) -> Result<(), DeskError> {
        let reason = written::needed(
            reason,
            MAX_REASON_CHARS,
            "Escreva porque se publica: fica com o seu nome, dentro do que é selado.",
        )?;
        let places = self.places()?;
        if let Some(unknown) = scopes
            .iter()
            .find(|scope| places.iter().all(|(known, _)| known != *scope))
        {
            return not_now(&format!(
                "Nenhum posto trabalha em «{unknown}». Escolha da lista."
            ));
        }
        let mut proposal = self.one_proposal(id)?;
        let newest = self.newest_edition()?;
        let mut files = self.files(&proposal)?;
        proposal::number(&mut files, newest.saturating_add(1));
        let Ok(catalogue) = read(&files) else {
            return not_now(
                "Esta proposta ainda tem erros: corrija-os primeiro. Nada que esteja errado se publica.",
            );
        };
        let same = Catalogue {
            edition: catalogue.edition,
            ..self.node.catalogue().clone()
        };
        if same == catalogue && proposal.withdraws.is_none() && scopes.is_empty() {
            return not_now(
                "Esta proposta diz o mesmo que a edição em vigor: não há que publicar.",
            );
        }
        let packed = proposal::pack(&files).map_err(|error| broken(&error))?;
        let db = self.node.store.write();
        if packed != proposal.files {
            let by = proposal.by.clone();
            let renumbered = published::write(
                &db,
                (id, &proposal.files),
                &by,
                proposal.at_ms,
                (&packed, 0),
            );
            if !renumbered.map_err(fault)? {
                return not_now("Outra pessoa mudou esta proposta entretanto. Veja-a outra vez.");
            }
            proposal.files = packed;
            proposal.withdraws = None;
        }
        let mut wanted = Wanted {
            by: who(session),
            at_ms: self.node.now_ms(),
            scopes: scopes.to_vec(),
            reason: reason.to_owned(),
            shown: String::new(),
        };
        wanted.shown = fingerprint(&proposal, &wanted, newest);
        published::want(&db, id, Some(&wanted)).map_err(fault)?;
        drop(db);
        self.node.tell(Event::Strip);
        Ok(())
    }

    fn agree_edition(&self, session: &Session, id: i64, shown: &str) -> Result<u32, DeskError> {
        const STALE: &str = "Já não é o que viu: a proposta, ou a edição em vigor, mudou entretanto. Veja-a outra vez; alguém tem de a propor de novo.";
        let proposal = self.one_proposal(id)?;
        let Some(wanted) = proposal.wanted.clone() else {
            return not_now("Ninguém propõe agora publicar isto. Veja a página outra vez.");
        };
        if wanted.by.id == session.person.id {
            return not_now("Foi quem a propôs: tem de ser outra pessoa a concordar.");
        }
        let newest = self.newest_edition()?;
        if wanted.shown != shown || fingerprint(&proposal, &wanted, newest) != wanted.shown {
            return not_now(STALE);
        }
        let files = self.files(&proposal)?;
        let catalogue = match read(&files) {
            Ok(catalogue) if catalogue.edition > newest => catalogue,
            _ => return not_now(STALE),
        };
        let now = self.node.now_ms();
        let person = |who: &Who, at_ms: i64| Person {
            id: who.id.clone(),
            name: who.name.clone(),
            at_ms: u64::try_from(at_ms).unwrap_or(0),
        };
        let agreed = Agreed {
            by: vec![person(&wanted.by, wanted.at_ms), person(&who(session), now)],
            scopes: wanted.scopes.clone(),
            reason: wanted.reason.clone(),
        };
        if !agreed.is_by_two() {
            return not_now(
                "Quem propôs e quem concorda têm o mesmo nome: tem de ser outra pessoa.",
            );
        }
        let stands = |db: &rusqlite::Connection| {
            let is_same = published::proposal(db, id)?.as_ref() == Some(&proposal);
            let all = published::all(db)?;
            let is_next = all
                .first()
                .is_none_or(|one| one.edition < catalogue.edition);
            Ok(is_same && is_next && published::remove(db, id)?)
        };
        let done = publishing::publish(
            &self.node,
            &catalogue,
            (&agreed, proposal.withdraws),
            &files,
            stands,
        );
        match done.map_err(|error| broken(&error))? {
            true => {
                self.node.tell(Event::Strip);
                Ok(catalogue.edition)
            }
            false => not_now(STALE),
        }
    }

    fn unpropose_edition(&self, _: &Session, id: i64) -> Result<(), DeskError> {
        self.one_proposal(id)?;
        published::want(&self.node.store.write(), id, None).map_err(fault)?;
        self.node.tell(Event::Strip);
        Ok(())
    }

    fn drop_edition(&self, _: &Session, id: i64) -> Result<(), DeskError> {
        match published::remove(&self.node.store.write(), id).map_err(fault)? {
            true => {
                self.node.tell(Event::Strip);
                Ok(())
            }
            false => Err(DeskError::NotFound),
        }
    }

    fn withdraw_edition(
        &self,
        session: &Session,
        edition: u32,
        reason: &str,
    ) -> Result<i64, DeskError> {
        let reason = written::needed(
            reason,
            MAX_REASON_CHARS,
            "Escreva porque se retira: fica com o seu nome, dentro do que é selado.",
        )?;
        let all = published::all(&self.node.store.read()).map_err(fault)?;
        let Some(taken_back) = all.iter().find(|one| one.edition == edition) else {
            return Err(DeskError::NotFound);
        };
        if !Self::may_withdraw(&all, edition) {
            return not_now(
                "Esta edição já não é a mais nova, ou não há outra antes dela a que voltar.",
            );
        }
        let before = Self::before(&all, edition).ok_or(DeskError::NotFound)?;
        let files = publishing::files_of(&self.node, before).map_err(|error| broken(&error))?;
        let id = self.begin_with(session, files, Some(edition))?;
        let scopes = publishing::agreed(taken_back).scopes;
        self.propose_edition(session, id, &scopes, reason)?;
        Ok(id)
    }

    fn edition_zip(&self, of: Files) -> Result<Vec<u8>, DeskError> {
        let files = match of {
            Files::Proposal(id) => self.files(&self.one_proposal(id)?)?,
            Files::Edition(edition) => {
                let all = published::all(&self.node.store.read()).map_err(fault)?;
                let is_here = self.node.edition(edition).is_some()
                    || all.iter().any(|one| one.edition == edition);
                if !is_here {
                    return Err(DeskError::NotFound);
                }
                publishing::files_of(&self.node, edition).map_err(|error| broken(&error))?
            }
        };
        proposal::zipped(&files).map_err(|error| broken(&error))
    }

    fn edition_service(&self, id: i64, service: &str) -> Result<(Service, Vec<String>), DeskError> {
        let files = self.files(&self.one_proposal(id)?)?;
        let Ok(catalogue) = read(&files) else {
            return not_now("Esta proposta ainda tem erros: corrija-os primeiro.");
        };
        let found = catalogue.service(service).cloned();
        let found = found.ok_or(DeskError::NotFound)?;
        Ok((found, catalogue.languages))
    }
}
