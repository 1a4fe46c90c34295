//! Care homes as desk and console both show them: a facility, the list of a visit, and the forms in which they are
//! written down.

use maud::{Markup, html};
use vereda_sync::catalogue::Words;
use vereda_sync::record::booking::MAX_NUMBER_CHARS;
use vereda_sync::record::capacity::Capacity;
use vereda_sync::record::facility::{About, MAX_CONTACTS, MAX_PHONE_CHARS, MAX_ROOM_CHARS, Sort};
use vereda_sync::record::resident::Reason;
use vereda_sync::record::tour::{MAX_NAME_CHARS, MAX_REASON_CHARS, MAX_TEXT_CHARS, Standing};

use crate::desk::port::{
    FacilityView, ListRow, ListView, ResidentView, StopAhead, TypedFacility, TypedResident,
    TypedVisit,
};
use crate::gate::Posted;
use crate::moment::Moment;
use crate::words::{count, day, time};

/// So many contacts the form has at least.
const CONTACTS_SHOWN: usize = 3;

/// What a facility is.
pub(crate) fn sort(sort: Sort) -> &'static str {
    match sort {
        Sort::Home => "Lar",
        Sort::Residence => "Residência",
        Sort::DayCentre => "Centro de dia",
    }
}

/// Why somebody is left out.
pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Declined => "Não consente",
        Reason::Asleep => "Está a dormir",
        Reason::Hospital => "Está no hospital",
        Reason::Unable => "Agora não consegue dizer",
        Reason::Other => "Outro motivo",
    }
}

fn standing(it: &Standing) -> Markup {
    html! {
        @match it {
            Standing::Planned => "por fazer",
            Standing::Late(_) => strong.warn { "atrasada" },
            Standing::Cancelled => strong.warn { "cancelada" },
            Standing::Held => span.done { "realizada" },
        }
    }
}

pub(crate) fn typed_facility(posted: &Posted) -> TypedFacility {
    let get = |name: &str| posted.get(name).to_owned();
    let contact = |i: usize| {
        [
            get(&format!("funcao-{i}")),
            get(&format!("contacto-{i}")),
            get(&format!("telefone-{i}")),
        ]
    };
    TypedFacility {
        scope: get("territorio"),
        name: get("nome"),
        sort: get("tipo"),
        place: get("lugar"),
        municipality: get("concelho"),
        address: get("morada"),
        rooms: get("quartos"),
        contacts: (0..MAX_CONTACTS).map(contact).collect(),
        note: get("nota"),
    }
}

pub(crate) fn kept_facility(typed: &TypedFacility) -> Vec<(String, String)> {
    let all = [
        ("Nome", &typed.name),
        ("Quartos", &typed.rooms),
        ("Nota", &typed.note),
    ];
    kept(all)
}

fn kept<const N: usize>(all: [(&str, &String); N]) -> Vec<(String, String)> {
    let said = all.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(label, text)| (label.to_owned(), text.clone()))
        .collect()
}

pub(crate) fn typed_visit(posted: &Posted) -> TypedVisit {
    let get = |name: &str| posted.get(name).to_owned();
    TypedVisit {
        stop: get("paragem"),
        spot: get("posto"),
        day: get("dia"),
        from: get("chegada"),
        to: get("partida"),
    }
}

pub(crate) fn typed_resident(posted: &Posted) -> TypedResident {
    let get = |name: &str| posted.get(name).to_owned();
    let services = posted.fields.iter().filter(|(name, _)| name == "servico");
    TypedResident {
        name: get("nome"),
        birth: get("nascimento"),
        nif: get("nif"),
        room: get("quarto"),
        hour: get("hora"),
        services: services.map(|(_, id)| id.clone()).collect(),
        capacity: get("capacidade"),
        note: get("nota"),
    }
}

pub(crate) fn kept_resident(typed: &TypedResident) -> Vec<(String, String)> {
    kept([
        ("Nome", &typed.name),
        ("Data de nascimento", &typed.birth),
        ("Nota", &typed.note),
    ])
}

pub(crate) fn alert(problem: &str) -> Markup {
    html! { @if !problem.is_empty() { div.alert role="alert" tabindex="-1" data-takes-focus { p { (problem) } } } }
}

fn optional() -> Markup {
    html! { " " span.optional { "(opcional)" } }
}

/// The fields of a facility. `scopes`: those in which a new one can stand.
pub(crate) fn facility_fields(typed: &TypedFacility, scopes: &[String]) -> Markup {
    let shown = typed.contacts.len().clamp(CONTACTS_SHOWN, MAX_CONTACTS);
    let empty = [String::new(), String::new(), String::new()];
    html! {
        @if scopes.len() > 1 {
            div.field {
                label for="territorio" { "Território" }
                select #territorio name="territorio" required {
                    option value="" { "" }
                    @for scope in scopes { option value=(scope) selected[*scope == typed.scope] { (scope) } }
                }
            }
        }
        div.field {
            label for="nome" { "Nome do lar" }
            input #nome name="nome" value=(typed.name) maxlength=(MAX_NAME_CHARS) autocomplete="off" required;
        }
        div.field {
            label for="tipo" { "O que é" }
            select #tipo name="tipo" {
                @for it in Sort::ALL { option value=(it.code()) selected[it.code() == typed.sort] { (sort(it)) } }
            }
        }
        div.field {
            label for="concelho" { "Concelho" (optional()) }
            input #concelho name="concelho" value=(typed.municipality) maxlength=(MAX_NAME_CHARS) autocomplete="off";
        }
        div.field {
            label for="morada" { "Morada" (optional()) }
            input #morada name="morada" value=(typed.address) maxlength=(MAX_TEXT_CHARS) autocomplete="off";
        }
        div.field {
            label for="quartos" { "Quartos" (optional()) }
            p.hint #quartos-ajuda { "Separados por vírgulas; 1-12 são doze quartos." }
            textarea #quartos name="quartos" rows="2" aria-describedby="quartos-ajuda" { (typed.rooms) }
        }
        fieldset.contacts {
            legend { "Com quem se fala lá" (optional()) }
            @for i in 0..shown {
                @let [role, person, phone] = typed.contacts.get(i).unwrap_or(&empty);
                div.contact {
                    div.field {
                        label for=(format!("funcao-{i}")) { "Função" span.hidden { " do contacto " (i + 1) } }
                        input id=(format!("funcao-{i}")) name=(format!("funcao-{i}")) value=(role) maxlength=(MAX_NAME_CHARS) autocomplete="off";
                    }
                    div.field {
                        label for=(format!("contacto-{i}")) { "Nome" span.hidden { " do contacto " (i + 1) } }
                        input id=(format!("contacto-{i}")) name=(format!("contacto-{i}")) value=(person) maxlength=(MAX_NAME_CHARS) autocomplete="off";
                    }
                    div.field {
                        label for=(format!("telefone-{i}")) { "Telefone" span.hidden { " do contacto " (i + 1) } }
                        input id=(format!("telefone-{i}")) type="tel" name=(format!("telefone-{i}")) value=(phone) maxlength=(MAX_PHONE_CHARS) autocomplete="off";
                    }
                }
            }
        }
        div.field {
            label for="nota" { "Nota" (optional()) }
            p.hint #nota-ajuda { "A campainha, a hora do almoço. Nada sobre residentes." }
            textarea #nota name="nota" rows="2" maxlength=(MAX_TEXT_CHARS) aria-describedby="nota-ajuda" { (typed.note) }
        }
    }
}

/// Where a facility is and whom one speaks to.
pub(crate) fn facility_facts(view: &FacilityView, now: Moment) -> Markup {
    let about = &view.about;
    html! {
        @for (other, by) in &view.others {
            p.notice.amber { "Escrito ao mesmo tempo: " (other.name) ", quartos " (other.rooms.join(", ")) " (" (by.who) ", " (time::at(by.at, now)) "). Vale o que se vê até alguém mudar o lar." }
        }
        dl.facts {
            @let place = whereabouts(about);
            @if !place.is_empty() { div { dt { "Onde" } dd { (place) } } }
            @if !about.rooms.is_empty() { div { dt { "Quartos" } dd { (count(about.rooms.len() as u64, "quarto", "quartos")) } } }
            @for contact in &about.contacts {
                div { dt { (contact.role) } dd { (contact.name) @if !contact.phone.is_empty() { @if !contact.name.is_empty() { " · " } "tel. " (contact.phone) } } }
            }
            @if !about.note.is_empty() { div { dt { "Nota" } dd.said { (about.note) } } }
        }
    }
}

pub(crate) fn whereabouts(about: &About) -> String {
    let all = [&about.address, &about.municipality];
    let all = all.into_iter().filter(|part| !part.is_empty());
    all.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Lists in a line each.
pub(crate) fn rows(rows: &[ListRow], caption: &str, shows_spot: bool) -> Markup {
    html! {
        table.rows {
            caption.hidden { (caption) }
            thead { tr {
                th scope="col" { "Dia" } th scope="col" { "Lar" } @if shows_spot { th scope="col" { "Quem vai" } }
                th scope="col" { "Visita" } th scope="col" { "Residentes" }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td.number { (day(&row.day)) br; (row.hours) }
                        td { a href=(format!("/residentes/{}", row.id)) { (row.facility) span.hidden { ", " (day(&row.day)) } } }
                        @if shows_spot { td { (row.spot) } }
                        td { (standing(&row.standing)) @if row.elsewhere > 0 { br; strong.warn { (count(row.elsewhere, "residente noutro lar", "residentes noutro lar")) } } }
                        td.number { (row.done) " de " (row.residents) }
                    }
                }
            }
        }
    }
}

/// The fields of a visit: a stop that is planned, or a day on which one is to be.
pub(crate) fn visit_fields(
    typed: &TypedVisit,
    stops: &[StopAhead],
    spots: Option<&Markup>,
) -> Markup {
    html! {
        @if !stops.is_empty() {
            div.field {
                label for="paragem" { "Numa paragem já planeada" (optional()) }
                p.hint #paragem-ajuda { "Ou deixe vazio, e escreva o dia: a paragem planeia-se com a visita." }
                select #paragem name="paragem" aria-describedby="paragem-ajuda" {
                    option value="" { "" }
                    @for stop in stops {
                        option value=(stop.id) selected[stop.id == typed.stop] { (day(&stop.plan.day.to_string())) ", " (stop.plan.from) "–" (stop.plan.to) ", " (stop.plan.place) " (" (stop.spot) ")" }
                    }
                }
            }
        }
        @if let Some(spots) = spots { (spots) }
        div.when-fields {
            div.field { label for="dia" { "Dia" } input #dia type="date" name="dia" value=(typed.day); }
            div.field { label for="chegada" { "Chegada" } input #chegada type="time" name="chegada" value=(typed.from); }
            div.field { label for="partida" { "Partida" } input #partida type="time" name="partida" value=(typed.to); }
        }
    }
}

/// The fields of a resident. Nothing but the name is needed: what is not known is asked at the bedside.
pub(crate) fn resident_fields(
    typed: &TypedResident,
    rooms: &[String],
    services: &[(String, Words)],
) -> Markup {
    html! {
        div.field {
            label for="nome" { "Nome completo" }
            input #nome name="nome" value=(typed.name) maxlength=(MAX_NAME_CHARS) autocomplete="off" required;
        }
        div.when-fields {
            div.field {
                label for="quarto" { "Quarto" (optional()) }
                input #quarto name="quarto" value=(typed.room) maxlength=(MAX_ROOM_CHARS) list="quartos-do-lar" autocomplete="off";
                datalist #quartos-do-lar { @for room in rooms { option value=(room) {} } }
            }
            div.field { label for="hora" { "Hora" (optional()) } input #hora type="time" name="hora" value=(typed.hour); }
        }
        div.when-fields {
            div.field {
                label for="nascimento" { "Data de nascimento" (optional()) }
                input #nascimento name="nascimento" value=(typed.birth) inputmode="numeric" maxlength="10" placeholder="dd/mm/aaaa" autocomplete="off";
            }
            div.field {
                label for="nif" { "NIF" (optional()) }
                input #nif name="nif" value=(typed.nif) maxlength=(MAX_NUMBER_CHARS) inputmode="numeric" autocomplete="off";
            }
        }
        div.field {
            label for="capacidade" { "O que se sabe da capacidade" (optional()) }
            p.hint #capacidade-ajuda { "Nas palavras da sentença. À cabeceira confirma-se." }
            select #capacidade name="capacidade" aria-describedby="capacidade-ajuda" {
                option value="" { "" }
                @for it in Capacity::ALL { option value=(it.code()) selected[it.code() == typed.capacity] { (it.label().pt()) } }
            }
        }
        fieldset {
            legend { "Serviços" (optional()) }
            div.options {
                @for (i, (id, title)) in services.iter().enumerate() {
                    label.tile for=(format!("servico-{i}")) {
                        input type="checkbox" id=(format!("servico-{i}")) name="servico" value=(id) checked[typed.services.contains(id)];
                        span { (title.pt()) }
                    }
                }
            }
        }
        div.field {
            label for="nota" { "Nota" (optional()) }
            p.hint #nota-ajuda { "O que ajuda a atender: ouve mal, prefere a tarde. Nada de saúde." }
            textarea #nota name="nota" rows="2" maxlength=(MAX_TEXT_CHARS) aria-describedby="nota-ajuda" { (typed.note) }
        }
    }
}

/// What does not agree about a visit.
pub(crate) fn notices(view: &ListView) -> Markup {
    html! {
        @if let Some(line) = &view.moved {
            p.notice.amber { "A visita foi realizada como estava (" (crate::tour::seen(line)) "). Depois o plano mudou: " (day(&view.plan.day.to_string())) ", " (view.plan.from) "–" (view.plan.to) ". Vale o que aconteceu." }
        }
        @if view.standing == Standing::Cancelled { p.notice.amber { "Esta visita foi cancelada." } }
        @if let Standing::Late(minutes) = view.standing { p.notice.amber { "Com " (crate::tour::minutes(minutes)) " de atraso." } }
    }
}

/// The residents of a list. `act`: what can be done with one.
pub(crate) fn residents(view: &ListView, act: &dyn Fn(&ResidentView) -> Markup) -> Markup {
    html! {
        @if view.residents.is_empty() { p.none { "Ainda não há residentes nesta lista." } }
        @else {
            ul.residents aria-label="Residentes" {
                @for it in &view.residents {
                    li.gone[it.taken_off.is_some()] {
                        p.room { @if it.room.is_empty() { span.hidden { "Sem quarto" } "–" } @else { span.hidden { "Quarto " } (it.room) } }
                        div {
                            p.name { (it.name) }
                            p.detail {
                                @if !it.hour.is_empty() { (it.hour) " · " }
                                @if it.services.is_empty() { "serviço a ver" }
                                @else { (it.services.iter().map(|(_, title)| title.pt()).collect::<Vec<_>>().join(" · ")) }
                            }
                            @for said in &it.elsewhere { p.warn { (said) } }
                            (state(it))
                        }
                        (act(it))
                    }
                }
            }
        }
    }
}

/// How somebody stands, in words.
pub(crate) fn state(it: &ResidentView) -> Markup {
    html! {
        @if let Some(why) = &it.taken_off { p.warn { "Fora da lista: " (why) } }
        @else if let Some((why, note, _)) = &it.left_out {
            p.warn { (reason(*why)) @if !note.is_empty() { ": " (note) } }
        } @else if it.came && it.attendance.is_none() { p.done { "Atendido" } }
        @else if it.came {
            @let recorded = it.requests.iter().filter(|(_, row)| row.number.is_some()).count() as u64;
            @if recorded > 0 { p.done { (count(recorded, "pedido registado", "pedidos registados")) } }
            @if it.requests.len() as u64 > recorded { p.warn { "Pedido por acabar" } }
            @if it.requests.is_empty() { p.detail { "Consentiu" } }
        }
    }
}

/// A form that takes somebody off.
pub(crate) fn take_off(guard: &Markup, action: &str, it: &ResidentView) -> Markup {
    let id = format!("fora-{}", it.id);
    html! {
        details id=(format!("tirar-{}", it.id)) {
            summary { "Tirar da lista" span.hidden { ": " (it.name) } }
            form method="post" action=(action) data-once {
                (guard)
                div.field {
                    label for=(id) { "Porquê" }
                    input id=(id) name="motivo" maxlength=(MAX_REASON_CHARS) required;
                }
                button type="submit" { "Tirar " (it.name) }
            }
        }
    }
}
