//! The contact centre: who has a question in hand, the second line, the answers that are kept.

use vereda_sync::catalogue::Words;
use vereda_sync::record::agency::Hub;
use vereda_sync::record::ticket::{self, State};
use vereda_web::console::port::{Canned, CannedText, ContactCentre, MAX_TITLE_CHARS, PLACEHOLDERS};
use vereda_web::desk::port::{By, DeskError, Event, MAX_CASE_CHARS, MAX_SAID_CHARS, Session};

use super::HubConsole;
use crate::agencies::mark;
use crate::clock;
use crate::desk::{fault, rows};
use crate::help;
use crate::store::canned::{self, Kept};
use crate::store::rulings::Who;
use crate::store::tickets;
use crate::written;

/// Placeholders in a text that are none of those that are known, a few.
fn unknown_in(text: &str) -> Vec<&str> {
    let after = text.match_indices('{').map(|(at, _)| &text[at..]);
    let named = after.filter_map(|from| from.find('}').map(|end| &from[..=end]));
    let unknown = named.filter(|it| PLACEHOLDERS.iter().all(|(known, _)| known != it));
    unknown.take(3).collect()
}

/// Placeholders that are still in an answer: they say nothing to whoever reads it.
pub(super) fn left_open(text: &str) -> Option<&'static str> {
    let known = PLACEHOLDERS.iter().map(|(it, _)| *it);
    known.into_iter().find(|it| text.contains(it))
}

impl HubConsole {
    fn shown(&self, kept: Kept) -> Canned {
        let service = match kept.service.as_str() {
            "" => None,
            id => Some(rows::service_title(&self.node, id)),
        };
        Canned {
            id: kept.id,
            service,
            written: CannedText {
                title: kept.title,
                service: kept.service,
                text: kept.text,
            },
            by: By {
                who: kept.name,
                at: clock::moment(kept.at_ms, true),
            },
        }
    }
}

impl ContactCentre for HubConsole {
    fn take_ticket(&self, session: &Session, ticket: &str, take: bool) -> Result<(), DeskError> {
        let line = help::known(&self.node, ticket)?;
        // Nobody has in hand what needs nobody.
        let who = (take && line.state == State::Waits).then(|| Who {
            id: session.person.id.clone(),
            name: session.person.name.clone(),
        });
        let db = self.node.store.write();
        tickets::hand(&db, line.id, who.as_ref(), clock::now_ms()).map_err(fault)?;
        drop(db);
        self.node.tell(Event::Messages);
        Ok(())
    }

    fn escalate(
        &self,
        session: &Session,
        ticket: &str,
        (to, reason): (&str, &str),
    ) -> Result<(), DeskError> {
        let line = help::known(&self.node, ticket)?;
        if line.state != State::Waits {
            return Err(DeskError::NotNow(
                "Esta pergunta já não espera resposta: não há nada para passar.".into(),
            ));
        }
        let reason = written::needed(
            reason,
            MAX_CASE_CHARS,
            "Escreva porque passa à segunda linha: o balcão também o lê.",
        )?;
        let to = match to {
            "" => None,
            id => {
                let known = self.people.all().into_iter().find(|it| it.id == id);
                let known = known.ok_or_else(|| {
                    DeskError::NotNow("Essa pessoa já não está na central: escolha outra.".into())
                })?;
                Some(known)
            }
        };
        let name = to.as_ref().map_or("", |person| person.name.as_str());
        // A second click.
        let same = |it: &tickets::Handed| it.to == name && it.reason == reason;
        if line.handed.as_ref().is_some_and(same) {
            return Ok(());
        }
        let secret = *self.node.secret();
        let mark = |statement: &[u8]| mark(&secret, statement);
        let hub = Hub {
            record: line.id,
            mark: &mark,
        };
        let now_ms = clock::now_ms();
        let who = to.as_ref().map(|person| Who {
            id: person.id.clone(),
            name: person.name.clone(),
        });
        self.node
            .change(
                line.id,
                &session.person.name,
                |d, author, at| ticket::escalate(d, (author, at), (name, reason), hub),
                |db| tickets::hand(db, line.id, who.as_ref(), now_ms),
            )
            .map_err(fault)
    }

    fn canned(&self) -> Result<Vec<Canned>, DeskError> {
        let all = canned::all(&self.node.store.read()).map_err(fault)?;
        Ok(all.into_iter().map(|kept| self.shown(kept)).collect())
    }

    fn canned_one(&self, id: i64) -> Result<Canned, DeskError> {
        let kept = canned::one(&self.node.store.read(), id).map_err(fault)?;
        kept.map(|kept| self.shown(kept)).ok_or(DeskError::NotFound)
    }

    fn services_to_answer(&self) -> Vec<(String, Words)> {
        let services = self.node.offered().into_iter();
        services.map(|it| (it.id, it.title)).collect()
    }

    fn keep_canned(
        &self,
        session: &Session,
        id: Option<i64>,
        typed: &CannedText,
    ) -> Result<(), DeskError> {
        let title = written::needed(
            &typed.title,
            MAX_TITLE_CHARS,
            "Escreva como se chama esta resposta.",
        )?;
        let text = written::needed(&typed.text, MAX_SAID_CHARS, "Escreva a resposta.")?;
        let service = typed.service.trim();
        if !service.is_empty() && self.node.latest(service).is_none() {
            return Err(DeskError::NotNow(
                "Esse serviço já não está no catálogo: escolha outro, ou «qualquer serviço»."
                    .into(),
            ));
        }
        if let [first, ..] = unknown_in(text)[..] {
            let known: Vec<&str> = PLACEHOLDERS.iter().map(|(it, _)| *it).collect();
            let first: String = first.chars().take(30).collect();
            return Err(DeskError::NotNow(format!(
                "Ninguém preenche {first}. Entre chavetas só pode estar {}.",
                known.join(", ")
            )));
        }
        let who = (session.person.name.as_str(), clock::now_ms());
        let kept = canned::keep(&self.node.store.write(), id, (title, service, text), who);
        match (kept.map_err(fault)?, id) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(DeskError::NotFound),
            (false, None) => Err(DeskError::NotNow(format!(
                "Já estão guardadas {} respostas: apague as que não servem.",
                canned::MOST
            ))),
        }
    }

    fn drop_canned(&self, _: &Session, id: i64) -> Result<(), DeskError> {
        canned::remove(&self.node.store.write(), id).map_err(fault)
    }

    fn filled(&self, session: &Session, ticket: &str, canned: i64) -> Result<String, DeskError> {
        let kept = canned::one(&self.node.store.read(), canned).map_err(fault)?;
        let kept = kept.ok_or(DeskError::NotFound)?;
        let line = help::known(&self.node, ticket)?;
        let row = help::row(&self.node, line)?;
        let about = row.about.as_ref();
        let first = |name: &str| name.split_whitespace().next().map(str::to_owned);
        let known = [
            about.and_then(|it| first(&it.citizen)),
            about.and_then(|it| it.number.clone()),
            about.map(|it| it.service.pt().to_owned()),
            Some(row.spot.clone()),
            Some(session.person.name.clone()),
        ];
        // In one go, so that what stands in a name is never filled in itself.
        let mut out = String::new();
        let mut rest = kept.text.as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let found = PLACEHOLDERS.iter().zip(&known);
            let mut found = found.filter_map(|((it, _), value)| Some((*it, value.as_ref()?)));
            match found.find(|(it, _)| from.starts_with(it)) {
                Some((it, value)) => {
                    out.push_str(value);
                    rest = &from[it.len()..];
                }
                None => {
                    out.push('{');
                    rest = &from[1..];
                }
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_that_nobody_fills_are_found() {
        assert_eq!(
            unknown_in("Olá {nome}, o n.º {numero}."),
            Vec::<&str>::new()
        );
        assert_eq!(unknown_in("{morada} e {nome}"), ["{morada}"]);
        assert_eq!(unknown_in("{ sem fim"), Vec::<&str>::new());
        assert_eq!(left_open("Olá {nome}"), Some("{nome}"));
        assert_eq!(left_open("{x}"), None);
    }
}
