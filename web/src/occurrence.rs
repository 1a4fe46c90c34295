//! What desk and console show of an occurrence alike.

use maud::{Markup, html};
use vereda_sync::record::occurrence::{Declared, Waives};
use vereda_sync::record::tour::{MAX_NAME_CHARS, MAX_REASON_CHARS};

use crate::desk::port::{OccurrenceState, OccurrenceView, Offered, TypedOccurrence, TypedWaives};
use crate::gate::Posted;
use crate::moment::Moment;
use crate::texts::LANGUAGES;
use crate::words::{count, day, euros, fee, time};

/// What a form about an occurrence sent.
pub(crate) fn typed(posted: &Posted) -> TypedOccurrence {
    let all = |name: &str| -> Vec<String> {
        let of = posted.fields.iter().filter(|(field, _)| field == name);
        of.map(|(_, value)| value.clone()).collect()
    };
    TypedOccurrence {
        name: posted.get("nome").to_owned(),
        municipalities: posted.get("concelhos").to_owned(),
        from: posted.get("desde").to_owned(),
        until: posted.get("ate").to_owned(),
        reason: posted.get("motivo").to_owned(),
        waives: match posted.get("taxas") {
            "todas" => TypedWaives::All,
            "algumas" => TypedWaives::Only,
            _ => TypedWaives::Nothing,
        },
        waived: all("dispensado"),
        relaxes: posted.get("documentos") == "sim",
        first: all("primeiro"),
        languages: all("lingua"),
    }
}

/// What stands, as it is typed to be changed.
pub(crate) fn as_typed(declared: &Declared) -> TypedOccurrence {
    let (waives, waived) = match &declared.waives {
        Waives::Nothing => (TypedWaives::Nothing, vec![]),
        Waives::All => (TypedWaives::All, vec![]),
        Waives::Only(services) => (TypedWaives::Only, services.clone()),
    };
    TypedOccurrence {
        name: declared.name.clone(),
        municipalities: declared.municipalities.join(", "),
        from: declared.from.to_string(),
        until: declared.until.to_string(),
        reason: declared.reason.clone(),
        waives,
        waived,
        relaxes: declared.relaxes,
        first: declared.first.clone(),
        languages: declared.languages.clone(),
    }
}

/// What is to be changed in one, as a page of desk or console has it.
pub(crate) struct Change<'a> {
    /// Where it is sent.
    pub(crate) action: String,
    /// What is typed.
    pub(crate) typed: &'a TypedOccurrence,
    /// Why.
    pub(crate) why: &'a str,
    /// What is wrong.
    pub(crate) error: &'a str,
}

/// The form to change one.
pub(crate) fn change_form(
    guard: &Markup,
    change: &Change<'_>,
    (services, today): (&[Offered], &str),
) -> Markup {
    html! {
        p { "Vale a partir de agora. O que já foi registado fica como foi feito." }
        form.decision method="post" action=(change.action) data-once {
            (guard)
            @if !change.error.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (change.error) } } }
            div.field {
                label for="mudanca" { "Porque muda" }
                input #mudanca name="mudanca" value=(change.why) maxlength=(MAX_REASON_CHARS) autocomplete="off" required;
            }
            (fields(change.typed, services, today))
            button.primary type="submit" { "Mudar a ocorrência" }
        }
    }
}

/// What was typed, so that it is kept where the page cannot be shown again.
pub(crate) fn kept(typed: &TypedOccurrence) -> Vec<(String, String)> {
    let kept = [("Nome", &typed.name), ("Motivo", &typed.reason)];
    kept.map(|(label, value)| (label.to_owned(), value.clone()))
        .to_vec()
}

/// The fields of one.
pub(crate) fn fields(typed: &TypedOccurrence, services: &[Offered], today: &str) -> Markup {
    let from = match typed.from.as_str() {
        "" => today,
        from => from,
    };
    let way = |id: &str, value: &str, waives: TypedWaives, words: &str| {
        html! {
            label.tile for=(id) {
                input id=(id) type="radio" name="taxas" value=(value) checked[typed.waives == waives] required;
                span { (words) }
            }
        }
    };
    html! {
        div.field {
            label for="nome" { "Nome da ocorrência" }
            p.hint #nome-ajuda { "Como as pessoas lhe chamam: «Incêndio de Monchique». O cidadão lê-o como razão." }
            input #nome name="nome" value=(typed.name) maxlength=(MAX_NAME_CHARS) autocomplete="off" required aria-describedby="nome-ajuda";
        }
        div.field {
            label for="motivo" { "Porque se declara" }
            p.hint #motivo-ajuda { "O que aconteceu, e quem o disse." }
            textarea #motivo name="motivo" rows="2" maxlength=(MAX_REASON_CHARS) required aria-describedby="motivo-ajuda" { (typed.reason) }
        }
        div.field {
            label for="concelhos" { "Concelhos" }
            p.hint #concelhos-ajuda { "Com vírgulas. Vazio: vale em qualquer paragem." }
            input #concelhos name="concelhos" value=(typed.municipalities) autocomplete="off" aria-describedby="concelhos-ajuda";
        }
        div.two-days {
            div.field { label for="desde" { "Primeiro dia" } input #desde type="date" name="desde" value=(from) required; }
            div.field { label for="ate" { "Último dia" } input #ate type="date" name="ate" value=(typed.until) required; }
        }
        fieldset.options {
            legend { "Taxas" }
            (way("taxas-todas", "todas", TypedWaives::All, "Dispensam-se em todos os serviços"))
            (way("taxas-algumas", "algumas", TypedWaives::Only, "Dispensam-se nos que escolher em baixo"))
            (way("taxas-cobram", "cobram-se", TypedWaives::Nothing, "Cobram-se como sempre"))
        }
        details open[typed.waives == TypedWaives::Only] {
            summary { "Serviços sem taxa" }
            (choices("Sem taxa", "dispensado", services.iter().filter(|s| s.fee_cents > 0).map(with_fee), &typed.waived))
        }
        fieldset.options {
            legend { "Documentos" }
            label.tile for="documentos" {
                input #documentos type="checkbox" name="documentos" value="sim" checked[typed.relaxes];
                span { "Podem faltar por causa da ocorrência: entregam-se depois" }
            }
        }
        details open[!typed.first.is_empty()] {
            summary { "Serviços que vêm primeiro na procura" }
            (choices("Vêm primeiro", "primeiro", services.iter().map(with_fee), &typed.first))
        }
        details open[!typed.languages.is_empty()] {
            summary { "Línguas do lugar" }
            fieldset.options {
                legend { "Línguas" }
                @for language in LANGUAGES.iter().filter(|l| l.code != "pt") {
                    @let id = format!("lingua-{}", language.code);
                    label.tile for=(id) {
                        input id=(id) type="checkbox" name="lingua" value=(language.code) checked[typed.languages.iter().any(|l| l == language.code)];
                        span { (language.in_portuguese) }
                    }
                }
            }
        }
    }
}

fn with_fee(service: &Offered) -> (&str, Markup) {
    let said = html! { (service.title.pt()) " · " (fee(service.fee_cents)) };
    (&service.id, said)
}

/// Some of the services, by id and what is said of each.
pub(crate) fn choices<'s>(
    legend: &str,
    name: &str,
    services: impl Iterator<Item = (&'s str, Markup)>,
    chosen: &[String],
) -> Markup {
    html! {
        fieldset.options {
            legend { (legend) }
            @for (service, said) in services {
                @let id = format!("{name}-{service}");
                label.tile for=(id) {
                    input id=(id) type="checkbox" name=(name) value=(service) checked[chosen.iter().any(|it| it == service)];
                    span { (said) }
                }
            }
        }
    }
}

/// What holds because of it, a line each.
pub(crate) fn rules(view: &OccurrenceView) -> Markup {
    html! {
        ul.rules {
            @match &view.declared.waives {
                Waives::All => li { strong { "Sem taxas" } " em todos os serviços" },
                Waives::Only(_) => li { strong { "Sem taxas" } ": " (view.waived.join(", ")) },
                Waives::Nothing => li { "As taxas cobram-se como sempre" },
            }
            @if view.declared.relaxes { li { strong { "Documentos podem faltar" } ": entregam-se depois" } }
            @if !view.first.is_empty() { li { strong { "Primeiro" } ": " (view.first.join(", ")) } }
            @if !view.languages.is_empty() { li { "Línguas do lugar: " (view.languages.join(", ")) } }
        }
    }
}

/// Until when, and where.
pub(crate) fn when_and_where(view: &OccurrenceView) -> Markup {
    let declared = &view.declared;
    html! {
        (day(&declared.from.to_string())) " a " (day(&declared.until.to_string()))
        @if !declared.municipalities.is_empty() { " · " (declared.municipalities.join(", ")) }
    }
}

/// Whether it holds, and whether the hub says so.
pub(crate) fn standing(view: &OccurrenceView) -> Markup {
    html! {
        @match &view.state {
            OccurrenceState::Ahead => span.life { "ainda não começou" },
            OccurrenceState::InForce => span.life { "em vigor" },
            OccurrenceState::Over => span.life { "já passou" },
            OccurrenceState::Ended(..) => span.life { "terminada" },
        }
        @if view.confirmed.is_none() { " " strong.warn { "por confirmar pela central" } }
    }
}

/// Who declared it, who confirmed it, who ended it; and what was done under it.
pub(crate) fn history(view: &OccurrenceView, now: Moment) -> Markup {
    html! {
        p { "Motivo: " (view.declared.reason) }
        p.detail {
            "Declarada por " (view.by.who)
            @if let Some(spot) = &view.spot { " (" (spot) ")" }
            ", " (time::at(view.by.at, now))
        }
        @if let Some(by) = view.confirmed.as_ref().filter(|_| view.spot.is_some()) {
            p.detail { "Respondida pela central: " (by.who) ", " (time::at(by.at, now)) }
        }
        @if let Some((by, reason)) = &view.changed {
            p.detail { "Mudada por " (by.who) ", " (time::at(by.at, now)) ". Motivo: " (reason) ". O que foi registado antes fica como foi feito." }
        }
        @if let Some(crew) = &view.crew_changed {
            p.notice.amber {
                span {
                    strong { "A equipa mudou-a sem saber da resposta da central" } ": " (day(&crew.from)) " a " (day(&crew.until))
                    @if !crew.municipalities.is_empty() { " · " (crew.municipalities.join(", ")) }
                    ". Motivo: " (crew.reason) " (" (crew.by.who) ", " (time::at(crew.by.at, now)) "). Vale o que a central diz, que pode mudá-la."
                }
            }
        }
        @if let OccurrenceState::Ended(by, reason) = &view.state {
            p.detail { "Terminada por " (by.who) ", " (time::at(by.at, now)) ". Motivo: " (reason) }
        }
        p.detail {
            (count(view.requests, "pedido registado", "pedidos registados")) " com esta ocorrência"
            @if view.waived_cents > 0 { "; " (euros(view.waived_cents)) " dispensados" }
        }
    }
}
