//! What happened, in Portuguese words: lines of a history, and messages to the
//! mediators whose words a decision settled.

use vereda_sync::catalogue::{Field, Scarce, Service};
use vereda_sync::id::RecordId;
use vereda_sync::record::act::Act;
use vereda_sync::record::declaration;
use vereda_sync::record::lease::Reserved;
use vereda_sync::record::notice::{self, Notice};
use vereda_sync::record::outcome::{Way, notice as word};
use vereda_sync::record::papers;
use vereda_web::desk::port::{DeskError, Event, Matter, Message, Session};
use vereda_web::words::reserved::reserved;

use super::{SpotDesk, fault, rows};
use crate::clock;
use crate::node::Node;
use crate::store::derived::{self, DecisionLine};
use crate::store::notices;

impl SpotDesk {
    pub(super) fn unread_messages(&self) -> Result<Vec<Message>, DeskError> {
        let (notices, decisions) = {
            let db = self.node.store.read();
            let notices = notices::unread(&db, &clock::today()).map_err(fault)?;
            (notices, derived::unread_decisions(&db).map_err(fault)?)
        };
        let told = notices
            .into_iter()
            .filter_map(|id| self.notice(id).transpose());
        let decided = decisions
            .into_iter()
            .filter_map(|line| message(&self.node, &line).transpose());
        told.chain(decided).collect()
    }

    fn notice(&self, id: RecordId) -> Result<Option<Message>, DeskError> {
        let read = self.node.with_document(id, |d| Notice::of(d));
        let notice = read.map_err(fault)?.flatten();
        Ok(notice.map(|notice| Message {
            id: id.to_string(),
            about: Matter::Notice {
                is_urgent: notice.is_urgent,
                until: notice.until.to_string(),
            },
            text: notice.text,
            by: format!("{}, {}", notice.by.by, notice.by.spot),
            at: clock::of(&notice.by),
        }))
    }

    /// Somebody at this desk has read a message: of a notice that goes to the hub, of a decision it stays here.
    pub(super) fn read(&self, session: &Session, message: &str) -> Result<(), DeskError> {
        let Some(id) = RecordId::from_hex(message) else {
            derived::mark_read(&self.node.store.write(), message, clock::now_ms())
                .map_err(fault)?;
            self.node.tell(Event::Messages);
            return Ok(());
        };
        let own = &self.node.config.node.id;
        let read = self.node.with_document(id, |d| Notice::of(d));
        let known = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
        // A second click, or another desk here was faster.
        if !known.to.is_for(own) || known.seen_at(own).is_some() {
            return Ok(());
        }
        self.node
            .change(id, &session.person.name, notice::see, |_| Ok(()))
            .map_err(fault)?;
        self.node.tell(Event::Messages);
        Ok(())
    }
}

fn message(node: &Node, line: &DecisionLine) -> Result<Option<Message>, DeskError> {
    let Some((request, act, service)) = decision_act(node, line)? else {
        return Ok(None);
    };
    let service = node.latest(&service);
    let field = |id: &str| rows::field_of(service, id);
    Ok(Some(Message {
        id: line.id.clone(),
        about: Matter::Request {
            id: request.id.clone(),
            number: request.number.clone().unwrap_or_default(),
            citizen: request.citizen.clone(),
            reason: act.more.get("reason").cloned().unwrap_or_default(),
        },
        text: decision_text(&act, field),
        by: format!("{}, {}", act.by, act.spot),
        at: clock::of(&act),
    }))
}

/// The request, the act and the service of a decision.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn decision_act(
    node: &Node,
    line: &DecisionLine,
) -> Result<Option<(derived::RequestLine, Act, String)>, DeskError> {
    let hex = line.request();
    let record = super::record_id(hex)?;
    let request = derived::request(&node.store.read(), hex).map_err(fault)?;
    let act = node
        .with_document(record, |d| d.acts().find(|a| a.id == line.act).cloned())
        .map_err(fault)?;
    Ok(request.zip(act.flatten()).map(|(request, act)| {
        let service = request.service.clone();
        (request, act, service)
    }))
}

/// A decision in words.
#[must_use]
pub fn decision_text(act: &Act, field: impl Fn(&str) -> Option<Field>) -> String {
    let said = |key: &str| act.more.get(key).map_or("", String::as_str);
    match act.kind.as_str() {
        "decided" => {
            let kept = match field(said("field")) {
                Some(f) => format!("{}: ficou {}.", f.label.pt(), rows::told(&f, said("kept"))),
                None => format!("{}: ficou {}.", said("field"), said("kept")),
            };
            match said("proposed") {
                "" => kept,
                proposer => format!("{kept} Propôs {proposer}, concordou {}.", act.by),
            }
        }
        "undone" => match field(said("field")) {
            Some(f) => format!(
                "A decisão sobre {} foi desfeita: está outra vez à espera.",
                f.label.pt()
            ),
            None => {
                "A decisão sobre o pedido repetido foi desfeita: está outra vez à espera.".into()
            }
        },
        "replied" => format!(
            "A central respondeu à reclamação. {}: «{}»",
            said("from"),
            said("text")
        ),
        "agency-accepted" => agency_text(act, "aceitou o pedido"),
        "agency-refused" => agency_text(act, "recusou o pedido"),
        "agency-completed" => agency_text(act, "concluiu o pedido"),
        "agency-asked" => format!("{} pergunta: «{}»", said("name"), said("text")),
        "withdrawn" if !act.more.contains_key("other") => {
            format!("O cidadão desistiu do pedido; di-lo {}.", said("who"))
        }
        "withdrawn" => format!(
            "Retirado: é o mesmo pedido que o n.º {}, que fica.",
            said("other-number")
        ),
        "identified" if said("fields").is_empty() => {
            "Quem pediu fica como está, embora um cartão lido noutro balcão diga outra coisa."
                .into()
        }
        "identified" => format!(
            "O cartão que se leu para o pedido n.º {} diz outra coisa de quem pediu: ficou o que diz o cartão.",
            said("other-number")
        ),
        "kept" => format!(
            "Este fica; o n.º {} era o mesmo pedido e foi retirado.",
            said("other-number")
        ),
        "kept-both" => format!(
            "Não é o mesmo pedido que o n.º {}: ficam os dois.",
            said("other-number")
        ),
        _ => String::new(),
    }
}

/// What an agency says of how far it is, with its own words.
pub(super) fn agency_text(act: &Act, does: &str) -> String {
    let said = |key: &str| act.more.get(key).map_or("", String::as_str);
    let reference = match said("reference") {
        "" => String::new(),
        reference => format!(" (referência {reference})"),
    };
    let text = match said("text") {
        "" => String::new(),
        text => format!(" «{text}»"),
    };
    format!("{} {does}{reference}.{text}", said("name"))
}

/// What an agency was told of.
pub(super) fn told_text(act: &Act) -> &'static str {
    match act.more.get("what").map(String::as_str) {
        Some("recorded") => "pedido registado",
        Some("withdrawn") => "pedido retirado",
        _ => "alteração do pedido",
    }
}

/// An act in words, for the history of a request.
pub(super) fn act_text(
    act: &Act,
    service: Option<&Service>,
    field: impl Fn(&str) -> Option<Field>,
) -> String {
    let said = |key: &str| act.more.get(key).map_or("", String::as_str);
    match act.kind.as_str() {
        "opened" => "Pedido começado.".into(),
        "step" => match service.and_then(|s| s.step(said("step"))) {
            Some(step) => format!("Passo «{}» terminado.", step.title.pt()),
            None => "Passo terminado.".into(),
        },
        "taken-out" => match service.and_then(|s| s.step(said("step"))) {
            Some(step) => format!("Retirado um de «{}».", step.title.pt()),
            None => "Retirada uma das vezes de um passo.".into(),
        },
        "edition" => format!(
            "O pedido passou da edição {} para a edição {} do catálogo.",
            said("from"),
            said("to")
        ),
        "confirmed" => {
            let how = match said("how") {
                "screen" => "O cidadão confirmou no seu ecrã",
                "paper" => "O cidadão confirmou no impresso",
                _ => "O cidadão confirmou de viva voz",
            };
            let signed = match said("signed") {
                "" => "",
                "paper" => " e assinou em papel",
                _ => " e assinou",
            };
            format!("{how}{signed}.")
        }
        "left-both" => format!(
            "Parece o mesmo que {}; ficam os dois. Motivo: {}",
            said("other-number"),
            said("reason")
        ),
        "reserved" => match reserved_text(act) {
            text if text.is_empty() => "Reserva mudada.".into(),
            text => text,
        },
        "recorded" if !reserved_text(act).is_empty() => {
            format!("Registado. {}", reserved_text(act))
        }
        "recorded" if said("reply-by").is_empty() => "Registado.".into(),
        "recorded" => format!(
            "Registado, com resposta até {}.",
            vereda_web::words::day(said("reply-by"))
        ),
        "replied" => format!(
            "Resposta de {}, a {}: «{}»",
            said("from"),
            vereda_web::words::day(said("on")),
            said("text")
        ),
        "corrected" => {
            let label = field(said("field"))
                .map_or_else(|| said("field").to_owned(), |f| f.label.pt().to_owned());
            format!("Corrigido «{label}». Motivo: {}", said("reason"))
        }
        "papers" => papers_text(said("seen"), said("owed"), field),
        "proven" => {
            let kind = field(declaration::PROOF_KIND);
            let kind = kind.map_or_else(String::new, |f| rows::shown(&f, said("document")));
            format!("Identidade provada: {kind} n.º {}.", said("number"))
        }
        "to-be-told" => "O cidadão aceitou ser avisado do resultado.".into(),
        "not-to-be-told" => "O cidadão retirou a autorização para ser avisado.".into(),
        "told" => "Cidadão avisado.".into(),
        "not-reached" => "Tentou-se avisar o cidadão e não se conseguiu.".into(),
        "hub-notified" => notified_text(act),
        "agency-told" => format!("Comunicado a {}: {}.", said("name"), told_text(act)),
        "agency-accepted" | "agency-refused" | "agency-completed" | "agency-asked" => {
            decision_text(act, field)
        }
        "replied-to-agency" => format!("Respondido à entidade: «{}»", said("text")),
        "note" => "Nota acrescentada.".into(),
        "withdrawn" if !act.more.contains_key("other") => {
            format!("{} Motivo: {}", decision_text(act, field), said("reason"))
        }
        "followed-up" if said("on").is_empty() => "Seguimento acrescentado.".into(),
        "followed-up" => format!(
            "Seguimento acrescentado, para ver a {}.",
            vereda_web::words::day(said("on"))
        ),
        "looked-after" => "Seguimento visto.".into(),
        "returned" => {
            let id = said("field");
            let (label, refused) = match field(id) {
                Some(f) => (f.label.pt().to_owned(), rows::refused(&f, act)),
                None => (id.to_owned(), said("refused").to_owned()),
            };
            format!(
                "Devolvido: «{label}» não pode ser {refused}. Motivo: {}",
                said("reason")
            )
        }
        "handed-in" if said("reason").is_empty() => "Entregue de novo, corrigido.".into(),
        "handed-in" => format!("Entregue de novo. Fica como estava: {}", said("reason")),
        "handed-over" => {
            let to = match said("to-name") {
                "" => said("to-spot").to_owned(),
                name => format!("{name}, {}", said("to-spot")),
            };
            format!("Entregue a outro balcão: {to}. «{}»", said("note"))
        }
        "taken-over" => "Assumido neste balcão.".into(),
        "parked" => format!("Parado: {}", said("reason")),
        "resumed" => "Retomado.".into(),
        "decided" | "withdrawn" | "kept" | "kept-both" | "identified" | "undone" => {
            format!(
                "Decisão da central. {} Motivo: {}",
                decision_text(act, field),
                said("reason")
            )
        }
        other => format!("«{other}», de uma versão mais recente."),
    }
}

/// What an act says of a reference or an hour.
fn reserved_text(act: &Act) -> String {
    let kinds = [Scarce::PaymentReference, Scarce::Appointment].into_iter();
    let texts = kinds.filter_map(|kind| reserved(kind, &Reserved::in_act(act, kind)?));
    texts.collect::<Vec<_>>().join(" ")
}

/// What was said of papers, by their ids.
fn papers_text(seen: &str, owed: &str, field: impl Fn(&str) -> Option<Field>) -> String {
    let titles = |ids: &str| {
        let title = |id: &str| {
            let known = field(&papers::field(id));
            known.map_or_else(|| id.to_owned(), |f| f.label.pt().to_owned())
        };
        ids.split_whitespace()
            .map(title)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let said = [("Documentos vistos", seen), ("Documentos que faltam", owed)];
    let said = said.into_iter().filter(|(_, ids)| !ids.is_empty());
    let said: Vec<String> = said
        .map(|(what, ids)| format!("{what}: {}.", titles(ids)))
        .collect();
    match said.is_empty() {
        true => "Documentos por ver outra vez.".into(),
        false => said.join(" "),
    }
}

/// Word that the hub sent by itself: handed over is all that it knows.
fn notified_text(act: &Act) -> String {
    let to = match word::way(act) {
        Some(Way::Mail) => "ao correio eletrónico",
        _ => "à rede de mensagens",
    };
    match word::is_handed(act) {
        true => {
            format!("A central entregou {to} um aviso para o cidadão. Não se sabe se foi lido.")
        }
        false => format!("A central não conseguiu entregar {to} um aviso para o cidadão."),
    }
}
