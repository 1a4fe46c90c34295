//! From one edition to the next: what changed, in words, and what becomes of open drafts.

use std::collections::BTreeMap;

use super::{Catalogue, Channel, Field, Kind, Offline, Service, Step};

/// What becomes of a draft that was begun under an older edition of its service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migration {
    /// Fields whose answers hold as they are.
    pub kept: Vec<String>,
    /// Fields that stand on another step now; their answers hold.
    pub moved: Vec<String>,
    /// Fields that are no longer asked, or of another kind: the answer stays to be seen, and counts no more.
    pub gone: Vec<String>,
    /// Steps to be gone through again: they ask something new, or something else.
    pub again: Vec<String>,
}

impl Service {
    /// What becomes of a draft of this service under a newer edition of it.
    #[must_use]
    pub fn migration(&self, newer: &Self) -> Migration {
        let mut out = Migration::default();
        let (old, new) = (places(self), places(newer));
        for (id, (step, field)) in &old {
            match new.get(id) {
                Some((_, now)) if now.kind != field.kind => out.gone.push((*id).to_owned()),
                None => out.gone.push((*id).to_owned()),
                Some((now, _))
                    if now.id != step.id || now.repeat.is_some() != step.repeat.is_some() =>
                {
                    out.moved.push((*id).to_owned());
                }
                Some(_) => out.kept.push((*id).to_owned()),
            }
        }
        for step in &newer.steps {
            let before = self.steps.iter().find(|s| s.id == step.id);
            let asks_more = step
                .fields
                .iter()
                .any(|field| match old.get(field.id.as_str()) {
                    None => field.required,
                    Some((_, was)) => {
                        was.kind != field.kind
                            || (field.required && !was.required)
                            || was.rules != field.rules
                            || was
                                .options
                                .iter()
                                .any(|o| field.options.iter().all(|n| n.id != o.id))
                    }
                });
            let turned = before.is_some_and(|b| b.repeat.is_some() != step.repeat.is_some());
            if before.is_some() && (asks_more || turned) {
                out.again.push(step.id.clone());
            }
        }
        out
    }
}

fn places(service: &Service) -> BTreeMap<&str, (&Step, &Field)> {
    let fields = service
        .steps
        .iter()
        .flat_map(|s| s.fields.iter().map(move |f| (f.id.as_str(), (s, f))));
    fields.collect()
}

/// One thing that changed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The service, by its id; `None`: the catalogue as a whole.
    pub service: Option<String>,
    /// In English, as the command line says it, with the ids of steps and fields.
    pub en: String,
    /// In Portuguese, as people at the hub read it, with the names of steps and fields.
    pub pt: String,
}

/// The same in English and in Portuguese.
type Both = (String, String);

fn both(en: impl Into<String>, pt: impl Into<String>) -> Both {
    (en.into(), pt.into())
}

/// What changed between two editions, a line each, by service.
#[must_use]
pub fn changes(old: &Catalogue, new: &Catalogue) -> Vec<String> {
    let line = |change: Change| match change.service {
        None => change.en,
        Some(service) => format!("{service}: {}", change.en),
    };
    differences(old, new).into_iter().map(line).collect()
}

/// What changed between two editions: first of the whole, then by service.
#[must_use]
pub fn differences(old: &Catalogue, new: &Catalogue) -> Vec<Change> {
    let of = |service: Option<&str>, (en, pt): Both| Change {
        service: service.map(str::to_owned),
        en,
        pt,
    };
    let mut out: Vec<Change> = of_whole(old, new)
        .into_iter()
        .map(|said| of(None, said))
        .collect();
    for was in old.services.iter().filter(|s| new.service(&s.id).is_none()) {
        let said = both(
            format!("gone; its open drafts stay under edition {}", old.edition),
            format!(
                "deixa de existir; os rascunhos abertos ficam na edição {}",
                old.edition
            ),
        );
        out.push(of(Some(&was.id), said));
    }
    for service in &new.services {
        let said = match old.service(&service.id) {
            None => vec![both("new", "é novo")],
            Some(was) => of_service(was, service),
        };
        out.extend(said.into_iter().map(|said| of(Some(&service.id), said)));
    }
    for was in &old.standards {
        let said = match new.standard(&was.id) {
            None => both(
                format!("standard `{}` is gone", was.id),
                format!("o compromisso de qualidade «{}» deixa de existir", was.id),
            ),
            Some(now) if now != was => both(
                format!("standard `{}` says something else", was.id),
                format!("o compromisso de qualidade «{}» diz outra coisa", was.id),
            ),
            Some(_) => continue,
        };
        out.push(of(None, said));
    }
    for standard in &new.standards {
        if old.standard(&standard.id).is_none() {
            let said = both(
                format!("standard `{}` is new", standard.id),
                format!("o compromisso de qualidade «{}» é novo", standard.id),
            );
            out.push(of(None, said));
        }
    }
    out
}

fn of_whole(old: &Catalogue, new: &Catalogue) -> Vec<Both> {
    let mut out = Vec::new();
    if old.edition != new.edition {
        out.push(both(
            format!("edition {} → {}", old.edition, new.edition),
            format!("edição {} → {}", old.edition, new.edition),
        ));
    }
    if old.valid_from != new.valid_from {
        out.push(both(
            format!("valid from {} → {}", old.valid_from, new.valid_from),
            format!("vale desde {} → {}", old.valid_from, new.valid_from),
        ));
    }
    for lang in old.languages.iter().filter(|l| !new.languages.contains(l)) {
        out.push(both(
            format!("language `{lang}` is gone"),
            format!("a língua «{lang}» deixa de existir"),
        ));
    }
    for lang in new.languages.iter().filter(|l| !old.languages.contains(l)) {
        out.push(both(
            format!("language `{lang}` is new"),
            format!("a língua «{lang}» é nova"),
        ));
    }
    out
}

fn of_service(old: &Service, new: &Service) -> Vec<Both> {
    let mut out = Vec::new();
    for (channel, en, pt) in [
        (Channel::Desk, "at the desk", "ao balcão"),
        (Channel::Online, "online", "pela Internet"),
        (Channel::Elsewhere, "elsewhere", "noutro lugar"),
    ] {
        let ((was_en, was_pt), (is_en, is_pt)) = (fees(old, channel), fees(new, channel));
        if was_en != is_en {
            out.push(both(
                format!("fee {en}: {was_en} → {is_en}"),
                format!("taxa {pt}: {was_pt} → {is_pt}"),
            ));
        }
    }
    let ids = |s: &Service| {
        s.exemptions
            .iter()
            .map(|e| (e.id.clone(), e.when.clone()))
            .collect::<Vec<_>>()
    };
    if ids(old) != ids(new) {
        out.push(both(
            "who is exempt from the fee changed",
            "muda quem está isento da taxa",
        ));
    }
    if old.offline != new.offline {
        let word = |offline| match offline {
            Offline::Recorded => "fica concluído",
            Offline::Queued => "segue quando houver rede",
            Offline::Prepared => "só se prepara",
        };
        out.push(both(
            format!("without a network: {:?} → {:?}", old.offline, new.offline).to_lowercase(),
            format!("sem rede: {} → {}", word(old.offline), word(new.offline)),
        ));
    }
    if old.who != new.who {
        out.push(both("who may ask for it changed", "muda quem o pode pedir"));
    }
    if old.signature != new.signature {
        out.push(both("whether it is signed changed", "muda se é assinado"));
    }
    if (&old.from, &old.until) != (&new.from, &new.until) {
        out.push(both(
            "when it can be asked for changed",
            "muda quando se pode pedir",
        ));
    }
    if old.reply != new.reply {
        let term = |s: &Service| match &s.reply {
            None => both("no term", "sem prazo"),
            Some(reply) => both(
                format!("{} working days", reply.within_working_days),
                format!("{} dias úteis", reply.within_working_days),
            ),
        };
        out.push(match (term(old), term(new)) {
            (was, is) if was != is => both(
                format!("it is answered within: {} → {}", was.0, is.0),
                format!("prazo da resposta: {} → {}", was.1, is.1),
            ),
            _ => both("what is to be answered changed", "muda o que se responde"),
        });
    }
    if old.documents != new.documents {
        out.push(both(
            "what the citizen brings changed",
            "muda o que o cidadão traz",
        ));
    }
    of_steps(old, new, &mut out);
    let (was, is) = (places(old), places(new));
    for (id, (_, field)) in was.iter().filter(|(id, _)| !is.contains_key(*id)) {
        out.push(both(
            format!("field `{id}` is gone"),
            format!("{} deixa de se perguntar", named(field)),
        ));
    }
    for (id, (_, field)) in &is {
        match was.get(id) {
            None if field.required => out.push(both(
                format!("field `{id}` is new, and required"),
                format!("{} é novo, e obrigatório", named(field)),
            )),
            None => out.push(both(
                format!("field `{id}` is new"),
                format!("{} é novo", named(field)),
            )),
            Some((_, before)) => of_field(before, field, &mut out),
        }
    }
    if out.is_empty() && old != new {
        out.push(both(
            "texts or their order changed",
            "mudam textos, ou a sua ordem",
        ));
    }
    out
}

fn of_steps(old: &Service, new: &Service, out: &mut Vec<Both>) {
    for step in old
        .steps
        .iter()
        .filter(|s| new.steps.iter().all(|n| n.id != s.id))
    {
        out.push(both(
            format!("step `{}` is gone", step.id),
            format!("o passo «{}» deixa de existir", step.title.pt()),
        ));
    }
    for step in &new.steps {
        let title = step.title.pt();
        match old.steps.iter().find(|s| s.id == step.id) {
            None => out.push(both(
                format!("step `{}` is new", step.id),
                format!("o passo «{title}» é novo"),
            )),
            Some(was) if was.when != step.when => out.push(both(
                format!("step `{}` is asked under another condition", step.id),
                format!("o passo «{title}» pergunta-se noutra condição"),
            )),
            Some(was) if was.repeat != step.repeat => out.push(both(
                format!("step `{}` repeats otherwise", step.id),
                format!("o passo «{title}» repete-se de outra maneira"),
            )),
            Some(_) => {}
        }
    }
}

fn named(field: &Field) -> String {
    format!("o campo «{}»", field.label.pt())
}

fn of_field(old: &Field, new: &Field, out: &mut Vec<Both>) {
    let (id, name) = (&new.id, named(new));
    let mut say = |en: String, pt: String| out.push(both(en, pt));
    if old.kind != new.kind {
        say(
            format!("field `{id}`: {} → {}", kind(old.kind), kind(new.kind)),
            format!("{name} passa a ser de outro tipo"),
        );
    }
    if old.required != new.required {
        let (en, pt) = match new.required {
            true => ("now required", "passa a ser obrigatório"),
            false => ("no longer required", "deixa de ser obrigatório"),
        };
        say(format!("field `{id}` is {en}"), format!("{name} {pt}"));
    }
    if old.private != new.private {
        let (en, pt) = match new.private {
            true => (
                "now private: the desk does not see what the citizen writes",
                "passa a ser privado: o balcão não vê o que o cidadão escreve",
            ),
            false => (
                "no longer private: the desk sees what the citizen writes",
                "deixa de ser privado: o balcão vê o que o cidadão escreve",
            ),
        };
        say(format!("field `{id}` is {en}"), format!("{name} {pt}"));
    }
    if old.household != new.household {
        let (en, pt) = match new.household {
            true => (
                "now asked once of a household",
                "pergunta-se uma vez por agregado",
            ),
            false => (
                "asked of each of a household again",
                "volta a perguntar-se a cada pessoa do agregado",
            ),
        };
        say(format!("field `{id}` is {en}"), format!("{name} {pt}"));
    }
    if old.rules != new.rules {
        say(
            format!("field `{id}`: another value is right"),
            format!("{name} aceita outros valores"),
        );
    }
    if old.when != new.when {
        say(
            format!("field `{id}` is asked under another condition"),
            format!("{name} pergunta-se noutra condição"),
        );
    }
    let lacks = |all: &Field, id: &str| all.options.iter().all(|o| o.id != id);
    for option in old.options.iter().filter(|o| lacks(new, &o.id)) {
        say(
            format!("field `{id}`: the option `{}` is gone", option.id),
            format!("{name}: a opção «{}» deixa de existir", option.label.pt()),
        );
    }
    for option in new.options.iter().filter(|o| lacks(old, &o.id)) {
        say(
            format!("field `{id}`: the option `{}` is new", option.id),
            format!("{name}: a opção «{}» é nova", option.label.pt()),
        );
    }
}

fn kind(kind: Kind) -> String {
    let named = serde_json::to_value(kind).ok();
    named
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn fees(service: &Service, channel: Channel) -> Both {
    let of = service.fees.iter().filter(|f| f.channel == channel);
    let said: Vec<Both> = of
        .map(|fee| {
            let (euros, cents) = (fee.cents / 100, fee.cents % 100);
            let day = |word: &str, day: &Option<String>| {
                let said = day.as_ref().map(|d| format!(" {word} {d}"));
                said.unwrap_or_default()
            };
            let (some_en, some_pt) = match fee.when {
                Some(_) => (" for some", " para alguns"),
                None => ("", ""),
            };
            both(
                format!(
                    "€{euros}.{cents:02}{some_en}{}{}",
                    day("from", &fee.from),
                    day("until", &fee.until)
                ),
                format!(
                    "{euros},{cents:02} €{some_pt}{}{}",
                    day("desde", &fee.from),
                    day("até", &fee.until)
                ),
            )
        })
        .collect();
    if said.is_empty() {
        return both("none", "nenhuma");
    }
    let (en, pt): (Vec<String>, Vec<String>) = said.into_iter().unzip();
    both(en.join(", "), pt.join(", "))
}
