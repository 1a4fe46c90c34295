//! "Pessoas": who there is, what waits for a second person, and somebody new.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{
    AnyRole, Named, PeopleView, PersonRow, PersonTyped, Seen, Waits, WhichPeople,
};
use crate::console::rights::Within;
use crate::desk::port::Session;
use crate::desk::problem;
use crate::gate::{Posted, Signed, percent_encoded};
use crate::words::{count, day, time};

pub(crate) mod one;

/// Longest text that is looked for, in characters.
const MAX_SOUGHT_CHARS: usize = 80;

#[derive(Deserialize, Default)]
pub(crate) struct Sought {
    #[serde(default)]
    q: String,
    #[serde(default)]
    papel: String,
    #[serde(default)]
    regiao: String,
    #[serde(default)]
    posto: String,
    #[serde(default)]
    estado: String,
    #[serde(default)]
    pagina: String,
}

const SEEN: [(Seen, &str, &str); 5] = [
    (Seen::Here, "", "Quem cá está"),
    (Seen::Leaving, "de-saida", "Quem tem último dia"),
    (Seen::Silent, "sem-entrar", "Quem não entra há 90 dias"),
    (Seen::New, "por-estrear", "Quem ainda não escolheu PIN"),
    (Seen::Gone, "sairam", "Quem saiu"),
];

impl Sought {
    fn which(&self) -> WhichPeople {
        let seen = SEEN.iter().find(|(_, code, _)| *code == self.estado);
        let text = |it: &str| it.trim().chars().take(MAX_SOUGHT_CHARS).collect();
        WhichPeople {
            text: text(&self.q),
            role: AnyRole::of_code(&self.papel),
            region: text(&self.regiao),
            spot: text(&self.posto),
            seen: seen.map_or(Seen::Here, |(seen, ..)| *seen),
            page: self
                .pagina
                .parse::<u32>()
                .map_or(0, |n| n.saturating_sub(1)),
        }
    }
}

pub(crate) async fn show(
    Within(state): Within,
    who: Signed,
    Query(sought): Query<Sought>,
) -> Response {
    respond(&state, &who.session, sought.which(), None).await
}

/// What was typed of somebody new, and why it is not so.
pub(crate) type Retry = Option<(PersonTyped, String)>;

async fn respond(
    state: &ConsoleState,
    session: &Session,
    which: WhichPeople,
    retry: Retry,
) -> Response {
    let status = match retry {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (asker, asked) = (session.clone(), which.clone());
    let load = state.load(session, move |console| {
        console.people_listed(&asker, &asked)
    });
    match load.await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, &which, &retry);
            frame.respond(status, Part::People, "Pessoas", &content)
        }
        Err(fault) => {
            let kept = retry.map_or_else(Vec::new, |(typed, _)| {
                vec![
                    ("Nome".to_owned(), typed.name),
                    ("Utilizador".to_owned(), typed.id),
                ]
            });
            fault.keeping(kept).into_response()
        }
    }
}

/// Somebody as a form has them.
pub(crate) fn typed(posted: &Posted) -> PersonTyped {
    let all = |name: &str| {
        let fields = posted.fields.iter().filter(move |(k, _)| k == name);
        fields.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let roles = all("papel");
    PersonTyped {
        id: posted.get("utilizador").to_owned(),
        name: posted.get("nome").to_owned(),
        roles: roles
            .iter()
            .filter_map(|code| AnyRole::of_code(code))
            .collect(),
        everywhere: !posted.get("tudo").is_empty(),
        regions: all("regiao"),
        spots: posted.get("postos").to_owned(),
        ends: posted.get("ate").to_owned(),
    }
}

pub(crate) async fn keep_new(Within(state): Within, posted: Posted) -> Response {
    let (session, typed) = (posted.session.clone(), typed(&posted));
    let (asker, kept) = (session.clone(), typed.clone());
    let done = state.call(move |console| console.add_person(&asker, &kept));
    match done.await {
        Ok(done) => one::respond_done(&state, &session, typed.id.trim(), done).await,
        Err(error) => {
            let retry = Some((typed, problem(&error)));
            respond(&state, &session, WhichPeople::default(), retry).await
        }
    }
}

/// Where the same is with another page.
fn address(which: &WhichPeople, page: u32) -> String {
    let code = SEEN.iter().find(|(seen, ..)| *seen == which.seen);
    let pairs = [
        ("q", which.text.as_str()),
        ("papel", which.role.map_or("", AnyRole::code)),
        ("regiao", &which.region),
        ("posto", &which.spot),
        ("estado", code.map_or("", |(_, code, _)| code)),
    ];
    let mut parts: Vec<String> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    if page > 0 {
        parts.push(format!("pagina={}", page + 1));
    }
    format!("/pessoas?{}", parts.join("&"))
}

pub(crate) fn content(
    frame: &Frame,
    view: &PeopleView,
    which: &WhichPeople,
    retry: &Retry,
) -> Markup {
    let blank = PersonTyped {
        everywhere: view.gives_all && view.regions.is_empty(),
        ..PersonTyped::default()
    };
    let typed = retry.as_ref().map_or(&blank, |(typed, _)| typed);
    let wrong = retry.as_ref().map(|(_, why)| why.as_str());
    html! {
        div.people {
            div.page-head {
                h1 { "Pessoas" }
                p {
                    "Quem pode entrar, onde e até quando. O que muda aqui fica no registo de acessos"
                    @match view.list_days {
                        Some(days) => { " e chega a cada posto no contacto seguinte; sem contacto, a lista de um posto acaba ao fim de " (count(u64::try_from(days).unwrap_or(0), "dia", "dias")) "." }
                        None => { ". Esta central ainda não manda listas aos postos: lá vale o ficheiro de cada um." }
                    }
                }
            }
            @if !view.waits.is_empty() {
                section aria-labelledby="t-espera" {
                    h2 #t-espera { (count(view.waits.len() as u64, "mudança espera por outra pessoa", "mudanças esperam por outra pessoa")) }
                    ul.plain-list { @for waits in &view.waits { (line_of(frame, waits)) } }
                }
            }
            (search(view, which))
            div #lista {
                @if view.rows.is_empty() { p.none { "Ninguém é assim. " a href="/pessoas" { "Ver quem cá está" } } }
                @else { (table(frame, view, which)) }
            }
            @if frame.entitled.acts_in(Part::People) { section.panel aria-labelledby="t-nova" {
                h2 #t-nova { "Nova pessoa" }
                form method="post" action="/pessoas" data-once {
                    (frame.guard())
                    @if let Some(why) = wrong { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (why) } } }
                    div.field {
                        label for="utilizador" { "Utilizador" }
                        p.hint #ajuda-utilizador { "Letras minúsculas, algarismos, ponto ou hífen: ana.m. Não se muda depois." }
                        input.w-34 #utilizador name="utilizador" value=(typed.id) maxlength="32" autocomplete="off" spellcheck="false" autocapitalize="none" required aria-describedby="ajuda-utilizador";
                    }
                    (fields(typed, (&view.regions, view.gives_all), &view.spots))
                    button.primary type="submit" { "Dar entrada" }
                    p.detail { "Recebe um PIN de uma só vez, que é mostrado aqui e nunca mais: com ele a pessoa escolhe o seu." }
                }
            } }
        }
    }
}

fn line_of(frame: &Frame, waits: &Waits) -> Markup {
    html! {
        li {
            p { a href=(format!("/pessoa/{}", waits.of.0)) { (waits.of.1) } ": " (waits.what.join("; ")) }
            p.detail { @if waits.own { "Foi quem o propôs" } @else { (waits.by) " propôs" } ", " (time::ago(waits.at, frame.now())) "." }
        }
    }
}

fn search(view: &PeopleView, which: &WhichPeople) -> Markup {
    html! {
        form.choose method="get" action="/pessoas" role="search" {
            div {
                label for="q" { "Nome ou utilizador" }
                input #q type="search" name="q" value=(which.text) autocomplete="off" spellcheck="false" maxlength=(MAX_SOUGHT_CHARS) data-key="/" aria-keyshortcuts="/";
            }
            div {
                label for="que-papel" { "Papel" }
                select #que-papel name="papel" {
                    option value="" { "Qualquer" }
                    @for role in AnyRole::ALL { option value=(role.code()) selected[which.role == Some(role)] { (role.name()) } }
                }
            }
            @if !view.regions.is_empty() {
                div {
                    label for="que-regiao" { "Região" }
                    select #que-regiao name="regiao" {
                        option value="" { "Qualquer" }
                        @for (id, name) in &view.regions { option value=(id) selected[which.region == *id] { (name) } }
                    }
                }
            }
            @if !view.spots.is_empty() {
                div {
                    label for="que-posto" { "Entra no posto" }
                    select #que-posto name="posto" {
                        option value="" { "Qualquer" }
                        @for (id, name) in &view.spots { option value=(id) selected[which.spot == *id] { (name) } }
                    }
                }
            }
            div {
                label for="estado" { "Quem" }
                select #estado name="estado" {
                    @for (seen, code, name) in SEEN { option value=(code) selected[which.seen == seen] { (name) } }
                }
            }
            button type="submit" { "Ver" }
        }
    }
}

fn table(frame: &Frame, view: &PeopleView, which: &WhichPeople) -> Markup {
    html! {
        p.detail {
            @if view.found == view.all { (count(view.all, "pessoa", "pessoas")) }
            @else { (view.found) " de " (count(view.all, "pessoa", "pessoas")) }
            @if view.pages > 1 { ", página " (which.page + 1) " de " (view.pages) }
        }
        table.rows {
            caption.hidden { "Pessoas" }
            thead { tr { th scope="col" { "Nome" } th scope="col" { "Papéis" } th scope="col" { "Onde" } th scope="col" { "Última entrada" } th scope="col" { "Até" } } }
            tbody { @for row in &view.rows { tr {
                th scope="row" { a href=(format!("/pessoa/{}", row.id)) { (row.name) } br; span.detail { (row.id) } }
                td { (roles(&row.roles)) }
                td { (places(row)) }
                td { (last_sign_in(frame, row)) }
                td { (until(row)) }
            } } }
        }
        @if view.pages > 1 {
            nav.filters aria-label="Páginas" {
                @if which.page > 0 { a rel="prev" href=(address(which, which.page - 1)) { "Página anterior" } }
                @if which.page + 1 < view.pages { a rel="next" href=(address(which, which.page + 1)) { "Página seguinte" } }
            }
        }
    }
}

pub(crate) fn roles(roles: &[AnyRole]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    names.join(", ")
}

pub(crate) fn places(row: &PersonRow) -> Markup {
    html! {
        @match (&row.spots, &row.regions) {
            (Some(spots), None) => { "só " (spots.join(", ")) }
            (Some(spots), Some(regions)) => { (regions.join(", ")) "; ao balcão só " (spots.join(", ")) }
            (None, Some(regions)) => (regions.join(", ")),
            (None, None) => "todo o país",
        }
    }
}

pub(crate) fn last_sign_in(frame: &Frame, row: &PersonRow) -> Markup {
    html! {
        @match row.signed_in {
            Some(at) => (time::ago(at, frame.now())),
            None => "nunca, que se saiba",
        }
        @if row.once.is_some() && !row.is_gone { br; strong { "PIN por escolher" } }
    }
}

pub(crate) fn until(row: &PersonRow) -> Markup {
    html! {
        @match (&row.ends, row.is_gone) {
            (_, true) => strong { "saiu" },
            (Some(last), _) => (day(last)),
            (None, _) => "fica",
        }
    }
}

/// What is said of somebody, but for their user.
pub(crate) fn fields(
    typed: &PersonTyped,
    (regions, gives_all): (&[Named], bool),
    spots: &[Named],
) -> Markup {
    html! {
        div.field {
            label for="nome" { "Nome" }
            input.w-full #nome name="nome" value=(typed.name) maxlength="80" autocomplete="off" required;
        }
        fieldset.role-tiles {
            legend { "O que faz" }
            @for role in AnyRole::ALL {
                label.tile for=(format!("papel-{}", role.code())) {
                    input type="checkbox" name="papel" id=(format!("papel-{}", role.code())) value=(role.code()) checked[typed.roles.contains(&role)];
                    span { (role.name()) br; span.detail { (role.does()) } }
                }
            }
        }
        fieldset.role-tiles {
            legend { "Onde" }
            @if gives_all {
                label.tile for="tudo" { input type="checkbox" #tudo name="tudo" value="1" checked[typed.everywhere]; span { "Todo o país" } }
            }
            @for (id, name) in regions {
                label.tile for=(format!("regiao-{id}")) {
                    input type="checkbox" name="regiao" id=(format!("regiao-{id}")) value=(id) checked[typed.regions.contains(id)];
                    span { (name) }
                }
            }
        }
        div.field {
            label for="postos" { "Ao balcão, só nestes postos" }
            p.hint #ajuda-postos { "Um por linha, pelo nome. Vazio: em todos os das suas regiões." @if let Some((_, name)) = spots.first() { " Por exemplo: " (name) "." } }
            textarea #postos name="postos" rows="2" maxlength="2000" spellcheck="false" aria-describedby="ajuda-postos" { (typed.spots) }
        }
        div.field {
            label for="ate" { "Último dia" }
            p.hint #ajuda-ate { "Vazio: fica. A partir do dia seguinte não entra em lado nenhum, também sem rede." }
            input.w-12 #ate type="date" name="ate" value=(typed.ends) aria-describedby="ajuda-ate";
        }
    }
}
