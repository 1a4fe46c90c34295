//! A tour as desk and console both show it: its stops in a table beside the map, what was said of them, who is
//! booked, and the form in which a stop is planned.

use maud::{Markup, html};
use vereda_sync::catalogue::Words;
use vereda_sync::record::tour::{
    Happened, MAX_NAME_CHARS, MAX_REASON_CHARS, MAX_TEXT_CHARS, Plan, Standing,
};

use crate::desk::port::{
    BookingState, BookingView, MarkView, StopView, TourRow, TourView, TypedStop,
};
use crate::gate::Posted;
use crate::map::{DISTRICTS, Ground, Point, Shape, map};
use crate::moment::Moment;
use crate::occurrence::choices;
use crate::place::Zone;
use crate::words::{count, day, time};

pub mod calendar;

/// What the form of a stop sends.
pub(crate) fn typed(posted: &Posted) -> TypedStop {
    let get = |name| posted.get(name).to_owned();
    let offers = posted.fields.iter().filter(|(name, _)| name == "faz-se");
    TypedStop {
        offers: offers.map(|(_, id)| id.clone()).collect(),
        day: get("dia"),
        from: get("chegada"),
        to: get("partida"),
        clock: String::new(),
        place: get("lugar"),
        municipality: get("concelho"),
        district: get("distrito"),
        position: get("posicao"),
        services: get("servicos"),
        bring: get("levar"),
        note: get("nota"),
    }
}

/// What is given back to whoever typed it, when the page cannot be shown.
pub(crate) fn kept(typed: &TypedStop) -> Vec<(String, String)> {
    let all = [
        ("Lugar", &typed.place),
        ("O que levar", &typed.bring),
        ("Serviços", &typed.services),
        ("Nota", &typed.note),
    ];
    let said = all.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(label, text)| (label.to_owned(), text.clone()))
        .collect()
}

/// `10:00–12:00`, later when it is late.
pub(crate) fn hours(stop: &StopView) -> String {
    stop.hours()
}

/// `15 min`, `1 h`, `1 h 30 min`.
pub(crate) fn minutes(n: u16) -> String {
    match (n / 60, n % 60) {
        (0, m) => format!("{m} min"),
        (h, 0) => format!("{h} h"),
        (h, m) => format!("{h} h {m} min"),
    }
}

/// How a stop stands, in a word.
pub(crate) fn standing(stop: &StopView) -> Markup {
    html! {
        @match &stop.standing {
            Standing::Planned if stop.is_next => strong { "a seguir" },
            Standing::Planned => "planeada",
            Standing::Late(n) => strong.warn { "com " (minutes(*n)) " de atraso" },
            Standing::Cancelled => strong.warn { "cancelada" },
            Standing::Held => span.done { "realizada" },
        }
    }
}

/// Where it is: `Alferce, Monchique, Faro`.
fn whereabouts(plan: &Plan) -> String {
    let all = [&plan.municipality, &plan.district];
    let all = all.into_iter().filter(|part| !part.is_empty());
    all.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// [`Plan::line`] as people read it.
pub(crate) fn seen(line: &str) -> String {
    let mut parts = line.splitn(4, ' ');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(on), Some(from), Some(to), Some(place)) => {
            format!("{place}, {}, {from}–{to}", day(on))
        }
        _ => line.to_owned(),
    }
}

/// The stops of these days in a table, beside the map of them.
pub(crate) fn route(view: &TourView, only: Option<&str>) -> Markup {
    let of_day = |stop: &&StopView| only.is_none_or(|day| stop.plan.day.to_string() == day);
    let stops: Vec<&StopView> = view.stops.iter().filter(of_day).collect();
    let points = stops.iter().filter_map(|stop| {
        Some(Point {
            label: stop.number.to_string(),
            name: stop.plan.place.clone(),
            at: stop.plan.position?,
            shape: match stop.standing {
                Standing::Held => Shape::Held,
                Standing::Cancelled => Shape::Cancelled,
                _ if stop.is_next => Shape::Next,
                _ => Shape::Ahead,
            },
        })
    });
    let points: Vec<Point> = points.collect();
    let drawn = |stop: &StopView| stop.ground == Some(Ground::Mainland);
    html! {
        div.route {
            div {
                table.rows {
                    caption.hidden { "Paragens por ordem" }
                    thead { tr {
                        th scope="col" { "N.º" } th scope="col" { "Paragem" } th scope="col" { "Horas" } th scope="col" { "Estado" } th scope="col" { "Marcações" }
                    } }
                    tbody {
                        @for stop in &stops {
                            tr.now[stop.is_next] aria-current=[stop.is_next.then_some("step")] {
                                td.number { (stop.number) }
                                td {
                                    a href=(format!("#paragem-{}", stop.anchor())) { (stop.plan.place) }
                                    @let place = whereabouts(&stop.plan);
                                    @if !place.is_empty() { br; span.detail { (place) } }
                                    @if !drawn(stop) { br; span.detail { @if stop.ground.is_none() { "sem posição no mapa" } @else { "fora do mapa" } } }
                                }
                                td.number { @if only.is_none() { (day(&stop.plan.day.to_string())) br; } (hours(stop)) }
                                td { (standing(stop)) @if stop.moved.is_some() { br; strong.warn { "mudada depois" } } @if !stop.clashes.is_empty() || !stop.others.is_empty() { br; strong.warn { "a conferir" } } }
                                td.number { (stop.booked()) (narrow(stop.booked())) }
                            }
                        }
                    }
                }
            }
            (map(&points))
        }
    }
}

/// Where the heads of the columns are not seen.
fn narrow(booked: u64) -> Markup {
    html! { span.only-narrow { @if booked == 1 { " marcação" } @else { " marcações" } } }
}

/// What stands of a stop beside who is booked: what to bring, what was said, what does not agree.
pub(crate) fn facts(stop: &StopView, now: Moment) -> Markup {
    let plan = &stop.plan;
    html! {
        @if let Some(line) = &stop.moved {
            p.notice.amber { "Foi realizada como estava: " (seen(line)) ". Depois o plano mudou: " (plan.place) ", " (day(&plan.day.to_string())) ", " (plan.from) "–" (plan.to) ". Vale o que aconteceu." }
        }
        @for (other, by) in &stop.others {
            p.notice.amber { "Dois planos escritos ao mesmo tempo. O outro: " (seen(&other.line())) " (" (by.who) ", " (time::at(by.at, now)) "). Vale o que se vê até alguém mudar a paragem." }
        }
        @for clash in &stop.clashes { p.notice.amber { (clash) } }
        @if stop.ground == Some(Ground::Elsewhere) && is_portugal(plan) {
            p.notice.amber { "A posição escrita fica fora de Portugal, ou no mar: confira-a." }
        }
        @let offered = stop.offers.join(" · ");
        @let said = [("Serviços", &offered), ("Sobre os serviços", &plan.services), ("Nota", &plan.note)];
        @if said.iter().any(|(_, text)| !text.is_empty()) {
            dl.facts {
                @for (label, text) in said {
                    @if !text.is_empty() { div { dt { (label) } dd.said { (text) } } }
                }
            }
        }
    }
}

/// What is to be brought, and what of it the crew has on board, to be read.
pub(crate) fn on_board(stop: &StopView) -> Markup {
    let ready = stop.bring.iter().filter(|it| it.is_on_board).count();
    html! {
        @if !stop.bring.is_empty() {
            details.to-bring {
                summary { "O que levar: " (ready) " de " (stop.bring.len()) " a bordo" }
                ul {
                    @for it in &stop.bring {
                        li { (it.item) @if !it.why.is_empty() { " " span.detail { (it.why) } } @if it.is_on_board { " " span.done { "a bordo" } } }
                    }
                }
            }
        }
    }
}

/// Whether a plan is for a place in Portugal.
fn is_portugal(plan: &Plan) -> bool {
    plan.zone.is_empty() || Zone::named(&plan.zone).is_some_and(Zone::is_portugal)
}

/// What was said of a stop; what whoever reads this said can be taken back.
pub(crate) fn marks(stop: &StopView, now: Moment, undo: &dyn Fn(&MarkView) -> Markup) -> Markup {
    html! {
        @if !stop.marks.is_empty() {
            ul.marks-of {
                @for mark in &stop.marks {
                    li {
                        span {
                            (what(&mark.what)) ": " (mark.by.who) ", " (time::at(mark.by.at, now))
                            @if let Happened::Cancelled(reason) = &mark.what { ". Motivo: " (reason) }
                            @if !outweighs(stop, mark) { span.detail { " (vale o que aconteceu)" } }
                        }
                        @if mark.is_mine { (undo(mark)) }
                    }
                }
            }
        }
    }
}

/// Whether it is what counts, or what happened counts instead.
fn outweighs(stop: &StopView, mark: &MarkView) -> bool {
    stop.standing != Standing::Held || mark.what == Happened::Held
}

pub(crate) fn what(what: &Happened) -> String {
    match what {
        Happened::Held => "Realizada".into(),
        Happened::Late(n) => format!("{} de atraso", minutes(*n)),
        Happened::Cancelled(_) => "Cancelada".into(),
    }
}

/// What is known elsewhere of who is seen at a visit.
pub(crate) fn earlier(requests: &[(String, String, Words)]) -> Markup {
    html! {
        @if !requests.is_empty() {
            p.detail {
                "Pedidos anteriores: "
                @for (at, (id, number, service)) in requests.iter().enumerate() {
                    @if at > 0 { ", " }
                    a href=(format!("/pedido/{id}")) { (number) } " (" (service.pt()) ")"
                }
            }
        }
    }
}

/// Who is booked at a stop. `act`: what can be done with a booking.
pub(crate) fn bookings(stop: &StopView, act: &dyn Fn(&BookingView) -> Markup) -> Markup {
    html! {
        @if stop.bookings.is_empty() { p.none { "Ninguém marcado." } }
        @else {
            ul.bookings aria-label=(format!("Marcações em {}", stop.plan.place)) {
                @for booking in &stop.bookings {
                    li {
                        p.hour { (booking.hour) }
                        div {
                            p.name { (booking.name) }
                            p.detail {
                                @if let Some(service) = &booking.service { (service.pt()) } @else { "serviço a ver" }
                                @if !booking.phone.is_empty() { " · tel. " (booking.phone) }
                            }
                            @if !booking.note.is_empty() { p.detail { (booking.note) } }
                            (earlier(&booking.earlier))
                            @match &booking.state {
                                BookingState::Waits => {},
                                BookingState::Came(_) => p.done { "Veio" },
                                BookingState::Absent => p.warn { "Não veio" },
                                BookingState::Withdrawn(reason) => p.warn { "Desmarcada: " (reason) },
                            }
                            @if booking.stands() && booking.is_outside { p.warn { "Esta hora já não é das da paragem." } }
                        }
                        (act(booking))
                    }
                }
            }
        }
    }
}

/// Why a stop does not take place.
pub(crate) fn cancel(
    guard: &Markup,
    action: &str,
    stop: &StopView,
    shortcut: Option<&str>,
) -> Markup {
    let id = format!("motivo-{}", stop.anchor());
    html! {
        details id=(format!("cancelar-{}", stop.anchor())) {
            summary data-key=[shortcut] aria-keyshortcuts=[shortcut] { span { "Cancelar esta paragem" @if let Some(shortcut) = shortcut { " " (crate::layout::key(&shortcut.to_uppercase())) } } }
            form method="post" action=(action) data-once {
                (guard)
                div.field {
                    label for=(id) { "Porque não se realiza" }
                    input id=(id) name="motivo" maxlength=(MAX_REASON_CHARS) required;
                }
                button type="submit" { "Cancelar " (stop.plan.place) }
            }
        }
    }
}

/// Tours in a line each.
pub(crate) fn rows(rows: &[TourRow], caption: &str, shows_spot: bool) -> Markup {
    html! {
        table.rows {
            caption.hidden { (caption) }
            thead { tr {
                th scope="col" { "Dia" } @if shows_spot { th scope="col" { "Espaço" } }
                th scope="col" { "Paragens" } th scope="col" { "Estado" } th scope="col" { "Marcações" }
            } }
            tbody {
                @for row in rows {
                    tr {
                        td.number {
                            a href=(format!("/percurso/{}", row.id)) {
                                (day(&row.first)) @if row.first != row.last { " a " (day(&row.last)) }
                            }
                        }
                        @if shows_spot { td { (row.spot) } }
                        td { (row.places.join(" → ")) }
                        td {
                            (state(row))
                            @if !row.trouble.is_empty() { br; strong.warn { (row.trouble) } }
                        }
                        td.number { (row.booked) (narrow(row.booked)) }
                    }
                }
            }
        }
    }
}

fn state(row: &TourRow) -> String {
    let all = [
        (row.held, "realizada", "realizadas"),
        (row.cancelled, "cancelada", "canceladas"),
        (
            (row.places.len() as u64).saturating_sub(row.held + row.cancelled),
            "por realizar",
            "por realizar",
        ),
    ];
    let said = all.into_iter().filter(|(n, ..)| *n > 0);
    said.map(|(n, one, many)| count(n, one, many))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The fields of a stop.
pub(crate) fn fields(typed: &TypedStop, services: &[(String, Words)]) -> Markup {
    let input = |id: &str, label: &str, value: &str, hint: &str| {
        html! {
            div.field {
                label for=(id) { (label) @if hint.is_empty() {} @else { " " span.optional { "(" (hint) ")" } } }
                input id=(id) name=(id) value=(value) maxlength=(MAX_NAME_CHARS) required[hint.is_empty()];
            }
        }
    };
    let text = |id: &str, label: &str, value: &str, hint: &str| {
        html! {
            div.field {
                label for=(id) { (label) " " span.optional { "(opcional)" } }
                @if !hint.is_empty() { p.hint id=(format!("{id}-ajuda")) { (hint) } }
                textarea id=(id) name=(id) rows="2" maxlength=(MAX_TEXT_CHARS) aria-describedby=[(!hint.is_empty()).then(|| format!("{id}-ajuda"))] { (value) }
            }
        }
    };
    html! {
        div.when-fields {
            div.field {
                label for="dia" { "Dia" }
                input #dia type="date" name="dia" value=(typed.day) required;
            }
            div.field {
                label for="chegada" { "Chegada" }
                input #chegada type="time" name="chegada" value=(typed.from) required;
            }
            div.field {
                label for="partida" { "Partida" }
                input #partida type="time" name="partida" value=(typed.to) required;
            }
        }
        @if !typed.clock.is_empty() { p.hint { "O dia e as horas são os do lugar: hora " (typed.clock) "." } }
        (input("lugar", "Lugar", &typed.place, ""))
        (input("concelho", "Concelho", &typed.municipality, "opcional"))
        div.field {
            label for="distrito" { "Distrito " span.optional { "(opcional)" } }
            select #distrito name="distrito" {
                option value="" { "" }
                @for district in DISTRICTS {
                    option value=(district) selected[district == typed.district] { (district) }
                }
            }
        }
        div.field {
            label for="posicao" { "Posição no mapa " span.optional { "(opcional)" } }
            p.hint #posicao-ajuda { "Latitude e longitude, como 37,3337; -8,4889" }
            input #posicao name="posicao" value=(typed.position) maxlength="40" aria-describedby="posicao-ajuda";
        }
        details.offers open[!typed.offers.is_empty()] {
            summary { "Serviços que se fazem lá: " @if typed.offers.is_empty() { "todos os do catálogo" } @else { (typed.offers.len()) } }
            p.hint { "Sem nenhum escolhido fazem-se todos. Dos escolhidos e das marcações sai a lista do que levar." }
            (choices("Fazem-se lá", "faz-se", services.iter().map(|(id, title)| (id.as_str(), html! { (title.pt()) })), &typed.offers))
        }
        @if !typed.services.is_empty() { (text("servicos", "Sobre os serviços", &typed.services, "")) }
        (text("levar", "O que levar", &typed.bring, "Uma coisa por linha. Impressos, troco e comprovativos de reserva juntam-se sozinhos."))
        (text("nota", "Nota", &typed.note, ""))
    }
}
