//! Which role may see and which may act at every address of the console: one table, and the door that reads it.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::access::{Accessed, Did, named};
use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{BeyondRow, Entitled, Role};
use crate::desk::port::Session;
use crate::gate::{Gate, Signed, off_thread, redirect, wants_page};
use crate::own_pin::PATH;
use crate::words::{count, time};

use Role::{Administrator, Agent, Auditor, Operator};

/// Who may do what at one address.
pub(crate) struct Right {
    /// The address, as the router has it.
    pub(crate) path: &'static str,
    /// The page of the menu that it belongs to.
    pub(crate) part: Part,
    /// Who may look.
    pub(crate) see: &'static [Role],
    /// Who may write.
    pub(crate) act: &'static [Role],
    /// It is of the whole country: nobody may whose word holds in some regions.
    pub(crate) is_whole: bool,
}

const fn of(part: Part, path: &'static str, see: &'static [Role], act: &'static [Role]) -> Right {
    Right {
        path,
        part,
        see,
        act,
        is_whole: false,
    }
}

const fn whole(
    part: Part,
    path: &'static str,
    see: &'static [Role],
    act: &'static [Role],
) -> Right {
    Right {
        is_whole: true,
        ..of(part, path, see, act)
    }
}

const ALL: &[Role] = &Role::ALL;
const NOBODY: &[Role] = &[];
const CASES: &[Role] = &[Operator, Auditor];
const CITIZENS: &[Role] = &[Operator, Agent, Auditor];
const ANSWERS: &[Role] = &[Agent, Administrator];
const SERVE: &[Role] = &[Operator, Agent];
const FLEET: &[Role] = &[Operator, Administrator, Auditor];
const PLAN: &[Role] = &[Operator, Administrator];
const LOOKS_AFTER: &[Role] = &[Administrator, Auditor];

/// Every address. What is not here is nobody's.
pub(crate) const RIGHTS: &[Right] = &[
    of(Part::Conflicts, "/", CASES, NOBODY),
    of(Part::Conflicts, "/sair", ALL, ALL),
    of(Part::Conflicts, "/eventos", ALL, NOBODY),
    of(Part::Conflicts, "/conflito/{conflict}", CASES, &[Operator]),
    of(
        Part::Conflicts,
        "/conflito/{id}/pedido-inteiro",
        CASES,
        &[Operator],
    ),
    of(Part::Conflicts, "/conflito/{id}/iguais", CASES, &[Operator]),
    of(
        Part::Conflicts,
        "/conflito/{id}/comigo",
        NOBODY,
        &[Operator],
    ),
    of(
        Part::Conflicts,
        "/conflito/{id}/segunda-pessoa",
        CASES,
        &[Operator],
    ),
    of(
        Part::Conflicts,
        "/conflito/{id}/desfazer",
        CASES,
        &[Operator],
    ),
    of(Part::Decided, "/decididos", CASES, NOBODY),
    of(Part::Help, "/apoio", CITIZENS, NOBODY),
    of(Part::Help, "/apoio/{ticket}", CITIZENS, &[Agent]),
    of(Part::Help, "/apoio/{ticket}/comigo", NOBODY, &[Agent]),
    of(
        Part::Help,
        "/apoio/{ticket}/segunda-linha",
        CITIZENS,
        &[Agent],
    ),
    of(Part::Help, "/apoio/respostas", ANSWERS, ANSWERS),
    of(Part::Help, "/apoio/respostas/{id}", ANSWERS, ANSWERS),
    of(Part::Help, "/apoio/respostas/{id}/apagar", NOBODY, ANSWERS),
    of(Part::Sent, "/avisos", CITIZENS, NOBODY),
    of(
        Part::Sent,
        "/avisos/{request}/{outcome}/outra-vez",
        NOBODY,
        &[Agent],
    ),
    of(Part::Lookups, "/consultas", CASES, NOBODY),
    of(Part::Occurrences, "/ocorrencias", ALL, PLAN),
    of(Part::Occurrences, "/ocorrencia/{id}", ALL, NOBODY),
    of(
        Part::Occurrences,
        "/ocorrencia/{id}/confirmar",
        NOBODY,
        PLAN,
    ),
    of(Part::Occurrences, "/ocorrencia/{id}/terminar", NOBODY, PLAN),
    of(Part::Occurrences, "/ocorrencia/{id}/mudar", ALL, PLAN),
    of(Part::Notices, "/mensagens", ALL, PLAN),
    of(Part::Notices, "/mensagem/{notice}", ALL, NOBODY),
    whole(Part::Leases, "/reservas", FLEET, &[Administrator]),
    whole(
        Part::Leases,
        "/reservas/{list}/retirar",
        NOBODY,
        &[Administrator],
    ),
    of(Part::Complaints, "/reclamacoes", CITIZENS, NOBODY),
    of(Part::Complaints, "/reclamacao/{request}", CITIZENS, NOBODY),
    of(
        Part::Complaints,
        "/reclamacao/{request}/resposta",
        CITIZENS,
        SERVE,
    ),
    of(Part::Assessments, "/avaliacoes", FLEET, NOBODY),
    of(Part::Assessments, "/avaliacao/{id}", FLEET, NOBODY),
    of(Part::Requests, "/pedidos", CITIZENS, NOBODY),
    of(Part::Requests, "/pedido/{request}", CITIZENS, NOBODY),
    of(Part::Requests, "/anexo/{blob}", CITIZENS, NOBODY),
    of(
        Part::Requests,
        "/pedido/{request}/devolver",
        CITIZENS,
        &[Operator],
    ),
    of(Part::Tours, "/percursos", ALL, PLAN),
    of(Part::Tours, "/percursos/calendario", ALL, NOBODY),
    of(Part::Tours, "/percurso/{tour}", ALL, NOBODY),
    of(Part::Tours, "/percurso/{tour}/paragem", ALL, PLAN),
    of(Part::Tours, "/percurso/{tour}/paragem/{stop}", ALL, PLAN),
    of(
        Part::Tours,
        "/percurso/{tour}/paragem/{stop}/cancelar",
        NOBODY,
        PLAN,
    ),
    of(
        Part::Tours,
        "/percurso/{tour}/paragem/{stop}/marcar",
        CITIZENS,
        SERVE,
    ),
    of(
        Part::Tours,
        "/percurso/{tour}/marcacao/{booking}/retirar",
        NOBODY,
        SERVE,
    ),
    of(Part::Tours, "/percurso/{tour}/desfazer", NOBODY, PLAN),
    of(Part::Homes, "/lares", CITIZENS, SERVE),
    of(Part::Homes, "/lar/{facility}", CITIZENS, SERVE),
    of(Part::Homes, "/lar/{facility}/visita", CITIZENS, SERVE),
    of(Part::Homes, "/residentes/{list}", CITIZENS, NOBODY),
    of(Part::Homes, "/residentes/{list}/juntar", CITIZENS, SERVE),
    of(
        Part::Homes,
        "/residentes/{list}/{resident}/tirar",
        NOBODY,
        SERVE,
    ),
    of(
        Part::Homes,
        "/residentes/{list}/{resident}/vive-aqui",
        NOBODY,
        SERVE,
    ),
    of(Part::Spots, "/postos", ALL, NOBODY),
    of(Part::Spots, "/posto/{node}", ALL, NOBODY),
    of(Part::Spots, "/posto/{node}/aviso/{alarm}", ALL, PLAN),
    // One who serves in a region may say that a machine is gone; that it is let in no longer is an administrator's word.
    of(Part::Spots, "/posto/{node}/perdido", ALL, PLAN),
    of(
        Part::Spots,
        "/posto/{node}/perdido/concordar",
        ALL,
        &[Administrator],
    ),
    of(Part::Spots, "/posto/{node}/perdido/retirar", ALL, PLAN),
    of(Part::Spots, "/posto/{node}/ordens", FLEET, &[Administrator]),
    of(
        Part::Spots,
        "/posto/{node}/ordens/{number}/concordar",
        FLEET,
        &[Administrator],
    ),
    of(
        Part::Spots,
        "/posto/{node}/ordens/{number}/retirar",
        FLEET,
        &[Administrator],
    ),
    of(
        Part::Spots,
        "/posto/{node}/ordens/{number}/diagnostico",
        &[Administrator],
        NOBODY,
    ),
    // Who is let in at all is of the whole country.
    whole(
        Part::Spots,
        "/postos/inscrever",
        LOOKS_AFTER,
        &[Administrator],
    ),
    whole(
        Part::Spots,
        "/postos/inscrever/{handle}/retirar",
        NOBODY,
        &[Administrator],
    ),
    whole(
        Part::Spots,
        "/postos/renovar/{certificate}",
        NOBODY,
        &[Administrator],
    ),
    // An administrator of a region sees and changes people of that region alone; giving that role takes two.
    of(Part::People, "/pessoas", LOOKS_AFTER, &[Administrator]),
    of(
        Part::People,
        "/pessoa/{person}",
        LOOKS_AFTER,
        &[Administrator],
    ),
    of(
        Part::People,
        "/pessoa/{person}/pin",
        LOOKS_AFTER,
        &[Administrator],
    ),
    of(
        Part::People,
        "/pessoa/{person}/sair",
        LOOKS_AFTER,
        &[Administrator],
    ),
    of(
        Part::People,
        "/pessoa/{person}/concordar",
        LOOKS_AFTER,
        &[Administrator],
    ),
    of(
        Part::People,
        "/pessoa/{person}/retirar",
        LOOKS_AFTER,
        &[Administrator],
    ),
    // One catalogue is for all: what is for a region first is of the same numbers.
    whole(Part::Catalogue, "/catalogo", LOOKS_AFTER, &[Administrator]),
    whole(
        Part::Catalogue,
        "/catalogo/comecar",
        LOOKS_AFTER,
        &[Administrator],
    ),
    whole(
        Part::Catalogue,
        "/catalogo/edicao/{edition}/ficheiros",
        LOOKS_AFTER,
        NOBODY,
    ),
    whole(
        Part::Catalogue,
        "/catalogo/edicao/{edition}/retirar",
        NOBODY,
        &[Administrator],
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}",
        LOOKS_AFTER,
        NOBODY,
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}/ficheiros",
        LOOKS_AFTER,
        NOBODY,
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}/ficheiro",
        LOOKS_AFTER,
        &[Administrator],
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}/ver/{service}",
        LOOKS_AFTER,
        NOBODY,
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}/propor",
        LOOKS_AFTER,
        &[Administrator],
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}/concordar",
        LOOKS_AFTER,
        &[Administrator],
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}/retirar",
        LOOKS_AFTER,
        &[Administrator],
    ),
    whole(
        Part::Catalogue,
        "/catalogo/proposta/{proposal}/apagar",
        NOBODY,
        &[Administrator],
    ),
    of(Part::Statistics, "/numeros", FLEET, NOBODY),
    of(Part::Statistics, "/numeros/csv", FLEET, NOBODY),
    of(Part::Statistics, "/numeros/parquet", FLEET, NOBODY),
    // What is published hides what is small over the whole country: a part of it would hide other things.
    whole(Part::Statistics, "/numeros/abertos", FLEET, NOBODY),
    whole(Part::Statistics, "/numeros/abertos/parquet", FLEET, NOBODY),
    // What was set aside is of no region yet.
    whole(
        Part::Quarantine,
        "/quarentena",
        LOOKS_AFTER,
        &[Administrator],
    ),
    // An agency is told of requests of all regions.
    whole(Part::Agencies, "/entidades", FLEET, NOBODY),
    whole(Part::Beyond, "/alheios", LOOKS_AFTER, NOBODY),
    whole(
        Part::Retention,
        "/conservacao",
        LOOKS_AFTER,
        &[Administrator],
    ),
    whole(
        Part::Retention,
        "/conservacao/{request}/largar",
        NOBODY,
        &[Administrator],
    ),
    // Whoever is looked at is not asked.
    whole(Part::Accesses, "/acessos", &[Auditor], NOBODY),
    whole(
        Part::Accesses,
        "/acessos/cidadao",
        &[Auditor, Operator],
        NOBODY,
    ),
];

impl Right {
    fn at(path: &str) -> Option<&'static Self> {
        RIGHTS.iter().find(|right| right.path == path)
    }

    /// Who may ask for it so.
    pub(crate) fn of_method(&self, method: &Method) -> &'static [Role] {
        match *method {
            Method::GET | Method::HEAD => self.see,
            _ => self.act,
        }
    }
}

/// Whether anything is written in a part, by whomever.
pub(crate) fn is_written(part: Part) -> bool {
    let mut of_part = RIGHTS.iter().filter(|right| right.part == part);
    of_part.any(|right| right.path != "/sair" && !right.act.is_empty())
}

impl Entitled {
    fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    fn may(&self, right: &Right, method: &Method) -> bool {
        self.has_any(right.of_method(method)) && (self.regions.is_none() || !right.is_whole)
    }

    /// Whether the page at an address of the menu is theirs.
    pub(crate) fn may_see(&self, path: &str) -> bool {
        Right::at(path).is_some_and(|right| self.may(right, &Method::GET))
    }

    /// Whether any page of a part is theirs.
    pub(crate) fn sees_in(&self, part: Part) -> bool {
        let mut of_part = RIGHTS
            .iter()
            .filter(|right| right.part == part && !["/sair", "/eventos"].contains(&right.path));
        of_part.any(|right| self.may(right, &Method::GET))
    }

    /// Whether they may write anything at all in a part.
    pub(crate) fn acts_in(&self, part: Part) -> bool {
        let mut of_part = RIGHTS
            .iter()
            .filter(|right| right.part == part && right.path != "/sair");
        of_part.any(|right| self.may(right, &Method::POST))
    }
}

/// What a handler calls the console through: as whoever is signed in, and nobody else.
pub(crate) struct Within(pub(crate) ConsoleState);

impl FromRequestParts<ConsoleState> for Within {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ConsoleState,
    ) -> Result<Self, Self::Rejection> {
        let who = parts.extensions.get::<Session>().cloned();
        Ok(Self(state.within(who)))
    }
}

/// The door of every address: lets in whose role it is.
pub(crate) async fn check(
    State(state): State<ConsoleState>,
    matched: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    if ["/entrar", PATH].contains(&matched.as_str()) {
        return next.run(request).await;
    }
    let Some(token) = state.door().token(request.headers(), ConsoleState::COOKIE) else {
        return next.run(request).await;
    };
    let console = state.console.clone();
    let found = off_thread(move || {
        let session = console.session(&token);
        Ok(session.map(|session| (console.entitled(&session), session)))
    });
    let Some((entitled, session)) = found.await.ok().flatten() else {
        // The page asks to sign in.
        return next.run(request).await;
    };
    let right = Right::at(matched.as_str());
    let is_let_in = right.is_some_and(|right| entitled.may(right, request.method()));
    if !is_let_in {
        if matched.as_str() == "/"
            && let Some(first) = crate::console::frame::first_of(&entitled)
        {
            return redirect(first);
        }
        let asked = (request.method().clone(), wants_page(request.headers()));
        return refuse(&state, session, right, asked).await;
    }
    if entitled.regions.is_some() {
        let (path, who) = (request.uri().path().to_owned(), session.clone());
        let ids = named(matched.as_str(), &path);
        let console = state.console.clone();
        if !ids.is_empty() {
            // Whatever becomes of it, the page says no more than of an address that nobody ever had.
            let noted = off_thread(move || {
                console.note_beyond(&who, &path, &ids);
                Ok(())
            });
            drop(noted.await);
        }
    }
    // Signing out, and being told that something changed, show nothing of anybody.
    let shows = !["/sair", "/eventos"].contains(&matched.as_str());
    let accessed = shows.then(|| Accessed::of(matched.as_str(), &request));
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let (mut request, who) = (request, session.clone());
    request.extensions_mut().insert(session);
    let response = next.run(request).await;
    let Some(mut accessed) =
        accessed.filter(|_| right.is_some_and(|right| is_of_people(right.part)))
    else {
        return response;
    };
    accessed.did = match response.status() {
        status if status.is_client_error() || status.is_server_error() => Did::Refused,
        _ if is_read => Did::Read,
        // What was changed of somebody has its line already, in the same transaction.
        _ if right.is_some_and(|right| right.part == Part::People) => return response,
        _ => Did::Wrote,
    };
    let console = state.console.clone();
    let noted = off_thread(move || console.note_access(&who, &accessed)).await;
    match noted {
        // What was written stands in its record, with who wrote it.
        Err(_) if is_read => NOT_NOTED.into_response(),
        _ => response,
    }
}

/// Nobody sees what nobody would know that they saw.
const NOT_NOTED: (StatusCode, &str) = (
    StatusCode::SERVICE_UNAVAILABLE,
    "A central não consegue registar quem vê o quê, por isso não mostra nada. Chame o suporte: o disco pode estar cheio.\n",
);

/// What is said of people, so that every look at it is written down.
fn is_of_people(part: Part) -> bool {
    !matches!(
        part,
        Part::Spots
            | Part::Statistics
            | Part::Leases
            | Part::Notices
            | Part::Occurrences
            | Part::Assessments
            | Part::Agencies
            | Part::Catalogue
    )
}

/// The roles as a sentence has them.
fn listed(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} ou {last}", before.join(", ")),
        None => String::new(),
    }
}

async fn refuse(
    state: &ConsoleState,
    session: Session,
    right: Option<&'static Right>,
    (method, wants_page): (Method, bool),
) -> Response {
    let roles = right.map_or(NOBODY, |right| right.of_method(&method));
    let is_whole = right.is_some_and(|right| right.is_whole);
    let part = right.map_or(Part::Conflicts, |right| right.part);
    let loaded = state
        .within(Some(session.clone()))
        .load(&session, move |console| Ok(console.holders(roles)))
        .await;
    let Ok((frame, holders)) = loaded else {
        return (StatusCode::FORBIDDEN, "Não é do seu papel.\n").into_response();
    };
    if !wants_page {
        return (StatusCode::FORBIDDEN, "Não é do seu papel.\n").into_response();
    }
    frame.respond(
        StatusCode::FORBIDDEN,
        part,
        "Não é do seu papel",
        &refused(&frame, roles, is_whole, &holders),
    )
}

pub(crate) fn refused(frame: &Frame, roles: &[Role], is_whole: bool, holders: &[String]) -> Markup {
    let entitled = &frame.entitled;
    html! { div.refused {
        h1 { "Isto não é do seu papel" }
        p {
            "Entrou como " (listed(&entitled.roles))
            @if let Some(regions) = &entitled.regions { ", de " (regions.join(", ")) }
            ". Nada foi mudado."
        }
        p {
            @if roles.is_empty() { "Este endereço não se usa assim." }
            @else {
                "É de quem é " strong { (listed(roles)) }
                @if is_whole { ", e de todo o país" }
                "."
            }
        }
        @if !holders.is_empty() {
            h2 { "A quem pedir" }
            ul { @for name in holders { li { (name) } } }
        }
        @if let Some(first) = crate::console::frame::first_of(entitled) {
            p { a.button.primary href=(first) { "Ir para as minhas páginas" } }
        }
    } }
}

pub(crate) async fn show_beyond(Within(state): Within, who: Signed) -> Response {
    match state.load(&who.session, |console| console.beyond()).await {
        Ok((frame, rows)) => frame.respond(
            StatusCode::OK,
            Part::Beyond,
            "Pedidos alheios",
            &beyond(&frame, &rows),
        ),
        Err(fault) => fault.into_response(),
    }
}

pub(crate) fn beyond(frame: &Frame, rows: &[BeyondRow]) -> Markup {
    html! {
        h1 { "Fora da sua região" }
        p { "Quem abriu um endereço de outra região. Não viu nada: a resposta foi a mesma que a de um endereço que não existe." }
        div #lista data-region="messages" {
            @if rows.is_empty() { p { "Ninguém o fez." } }
            @else {
                ul.beyond { @for row in rows { li {
                    p { strong { (row.who) } " · " (time::ago(row.at, frame.now())) " · " (count(row.times, "vez", "vezes")) }
                    p { code { (row.address) } }
                } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The patterns that the router is made of, as its source has them.
    fn routed() -> Vec<&'static str> {
        let source = include_str!("../console.rs");
        let routes = source.split(".route(").skip(1);
        let patterns = routes.filter_map(|rest| rest.split('"').nth(1));
        patterns
            .filter(|path| !path.starts_with("/assets"))
            .collect()
    }

    #[test]
    fn every_address_says_whose_it_is_and_says_it_once() {
        let mut routed = routed();
        routed.retain(|path| !["/entrar", PATH].contains(path));
        let mut told: Vec<&str> = RIGHTS.iter().map(|right| right.path).collect();
        routed.sort_unstable();
        told.sort_unstable();
        assert_eq!(routed, told);
    }

    #[test]
    fn who_reads_for_the_account_changes_nothing_and_everybody_has_a_page() {
        for right in RIGHTS {
            assert!(
                right.path == "/sair" || !right.act.contains(&Auditor),
                "{}",
                right.path
            );
            let is_used = !right.see.is_empty() || !right.act.is_empty();
            assert!(is_used, "{}", right.path);
        }
        for role in Role::ALL {
            for regions in [None, Some(vec!["Algarve".to_owned()])] {
                let entitled = Entitled {
                    roles: vec![role],
                    regions,
                };
                assert!(
                    crate::console::frame::first_of(&entitled).is_some(),
                    "{role:?}"
                );
            }
        }
        assert_eq!(crate::console::frame::first_of(&Entitled::default()), None);
    }

    #[test]
    fn what_an_address_names_is_read_off_its_pattern() {
        let pattern = "/percurso/{tour}/paragem/{stop}/marcar";
        assert_eq!(
            named(pattern, "/percurso/ab/paragem/cd/marcar"),
            ["ab", "cd"]
        );
        assert!(named("/pedidos", "/pedidos").is_empty());
        assert_eq!(
            listed(&[Operator, Agent, Auditor]),
            "operador, agente do centro de contacto ou auditor"
        );
    }
}
