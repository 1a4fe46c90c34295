//! "Inscrever um posto": a code for a new machine, and the nodes whose certificate has ended and that wait for somebody.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::console::ConsoleState;
use crate::console::frame::{Frame, Part};
use crate::console::port::{CodeRow, CodeState, EnrolmentView, MadeCode, NewNode, RenewalRow};
use crate::console::rights::Within;
use crate::desk::port::Session;
use crate::desk::problem;
use crate::gate::{Posted, Signed, redirect};
use crate::layout::text_qr;
use crate::words::{count, time};

const HERE: &str = "/postos/inscrever";
const TITLE: &str = "Inscrever um posto";

const KINDS: [(&str, &str); 3] = [
    ("vehicle", "Uma viatura"),
    ("care-home", "Um portátil que vai a casa das pessoas"),
    ("fixed", "Um balcão fixo"),
];

pub(crate) async fn show(Within(state): Within, who: Signed) -> Response {
    respond(&state, &who.session, NewNode::default(), "").await
}

async fn respond(state: &ConsoleState, session: &Session, typed: NewNode, error: &str) -> Response {
    let status = match error.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match state.load(session, |console| console.enrolment()).await {
        Ok((frame, view)) => {
            let content = content(&frame, &view, (&typed, error));
            frame.respond(status, Part::Spots, TITLE, &content)
        }
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn make(Within(state): Within, posted: Posted) -> Response {
    let chosen = posted
        .fields
        .iter()
        .filter(|(name, _)| name == "territorio");
    let node = NewNode {
        name: posted.get("nome").to_owned(),
        id: posted.get("id").to_owned(),
        prefix: posted.get("prefixo").to_owned(),
        kind: posted.get("tipo").to_owned(),
        stop: posted.get("lugar").to_owned(),
        position: posted.get("posicao").to_owned(),
        zone: posted.get("fuso").to_owned(),
        scopes: chosen.map(|(_, scope)| scope.clone()).collect(),
    };
    let (session, typed) = (posted.session.clone(), node.clone());
    let asker = session.clone();
    let made = state.load(&session, move |console| {
        Ok(console.make_enrolment_code(&asker, &node))
    });
    match made.await {
        Ok((frame, Ok(code))) => frame.respond(
            StatusCode::OK,
            Part::Spots,
            TITLE,
            &code_content(&frame, &code),
        ),
        Ok((_, Err(error))) => respond(&state, &session, typed, &problem(&error)).await,
        Err(fault) => fault.into_response(),
    }
}

pub(crate) async fn withdraw(
    Within(state): Within,
    Path(handle): Path<String>,
    posted: Posted,
) -> Response {
    let (session, asker) = (posted.session.clone(), posted.session.clone());
    let done = state.call(move |console| console.withdraw_enrolment_code(&asker, &handle));
    match done.await {
        Ok(()) => redirect(HERE),
        Err(error) => respond(&state, &session, NewNode::default(), &problem(&error)).await,
    }
}

pub(crate) async fn answer(
    Within(state): Within,
    Path(certificate): Path<String>,
    posted: Posted,
) -> Response {
    let (session, asker) = (posted.session.clone(), posted.session.clone());
    let (key, agreed) = (
        posted.get("chave").to_owned(),
        posted.get("resposta") == "renovar",
    );
    let done =
        state.call(move |console| console.answer_renewal(&asker, &certificate, (&key, agreed)));
    match done.await {
        Ok(()) => redirect(HERE),
        Err(error) => respond(&state, &session, NewNode::default(), &problem(&error)).await,
    }
}

pub(crate) fn content(
    frame: &Frame,
    view: &EnrolmentView,
    (typed, error): (&NewNode, &str),
) -> Markup {
    html! {
        div.fleet.node-page {
            div.page-head {
                p.crumb { a href="/postos" data-key="Escape" aria-keyshortcuts="Escape" { "Postos" } }
                h1 { (TITLE) }
            }
            @if !error.is_empty() { div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (error) } } }
            div #renovar data-region="strip" { (renewals(frame, &view.renewals)) }
            @if view.is_here { (form(frame, view, typed)) }
            @else {
                p.notice.amber { "Esta central não assina certificados: falta-lhe [enrolment] na configuração. Os postos inscrevem-se onde está a autoridade, com vereda authority enrol." }
            }
            div #codigos data-region="strip" { (codes(frame, &view.codes)) }
        }
    }
}

fn renewals(frame: &Frame, all: &[RenewalRow]) -> Markup {
    html! {
        @if !all.is_empty() {
            section aria-labelledby="t-espera" {
                h2 #t-espera { "Espera a sua aprovação" }
                @if all.iter().all(|row| row.answered.is_some()) { p.none { "Ninguém espera agora." } }
                @for row in all { (renewal(frame, row)) }
            }
        }
    }
}

fn renewal(frame: &Frame, row: &RenewalRow) -> Markup {
    let now = frame.now();
    html! {
        article.spot-row id=(format!("renovar-{}", row.node)) {
            h3 { a href=(format!("/posto/{}", row.node)) { (row.name) } ": o certificado acabou " (time::ago(row.ended, now)) }
            @match &row.answered {
                Some((who, at, true)) => p { (who) " concordou, " (time::ago(*at, now)) ": recebe outro logo que volte a perguntar." },
                Some((who, at, false)) => p { (who) " recusou, " (time::ago(*at, now)) "." },
                None => {
                    p { "Pediu outro " (time::ago(row.asked.0, now)) ", a última vez " (time::ago(row.asked.1, now)) ". Até alguém concordar, nada dele é recebido e nada se perde." }
                    p { "Telefone ao posto, por um número que já conhecia, e peça que leiam o que está no cimo do balcão. As duas coisas têm de ser iguais:" }
                    dl.node-facts.compare {
                        div { dt { "Chave" } dd { strong.key { (row.key) } } }
                        div { dt { "Última prova" } dd {
                            "o posto diz " (proof(frame, row.proven.0)) "; a central tem " (proof(frame, row.proven.1))
                        } }
                        @if let Some((n, at)) = row.unsent {
                            div { dt { "Por entregar" } dd { (count(n, "registo", "registos")) ", quando falou pela última vez, " (time::at(at, now)) } }
                        }
                    }
                    form.in-hand method="post" action=(format!("/postos/renovar/{}", row.certificate)) data-once {
                        (frame.guard())
                        input type="hidden" name="chave" value=(row.key);
                        button.primary type="submit" name="resposta" value="renovar" { "São iguais: renovar" span.hidden { " " (row.name) } }
                        button type="submit" name="resposta" value="recusar" { "Não são: recusar" span.hidden { " " (row.name) } }
                    }
                },
            }
        }
    }
}

fn proof(frame: &Frame, at: Option<crate::moment::Moment>) -> String {
    at.map_or_else(|| "nunca".to_owned(), |at| time::at(at, frame.now()))
}

fn form(frame: &Frame, view: &EnrolmentView, typed: &NewNode) -> Markup {
    let kind = match typed.kind.as_str() {
        "" => "vehicle",
        kind => kind,
    };
    html! {
        section aria-labelledby="t-novo" {
            h2 #t-novo { "Um posto novo" }
            p { "Escreva quem vai ser o posto. Recebe um código, que se escreve uma vez no computador novo: é ele que faz a sua chave, e ela nunca de lá sai." }
            form.decision method="post" action=(HERE) data-once {
                (frame.guard())
                (field("nome", "Nome", "O que se lê nos ecrãs e nos recibos.", &typed.name, 80, true))
                (field("id", "Identificador", "Letras minúsculas, algarismos e hífenes, como movel-07. Nunca se dá a outra máquina.", &typed.id, 60, true))
                (field("prefixo", "Começo dos números", "2 a 6 letras maiúsculas e algarismos, como M07. Nenhum outro posto o pode ter.", &typed.prefix, 6, true))
                fieldset.options {
                    legend { "O que é" }
                    @for (code, name) in KINDS {
                        @let id = format!("tipo-{code}");
                        label.tile for=(id) {
                            input id=(id) type="radio" name="tipo" value=(code) checked[kind == code] required;
                            span { (name) }
                        }
                    }
                }
                fieldset.options {
                    legend { "Territórios que serve" }
                    @for scope in &view.scopes {
                        @let id = format!("territorio-{scope}");
                        label.tile for=(id) {
                            input id=(id) type="checkbox" name="territorio" value=(scope) checked[typed.scopes.contains(scope)];
                            span { (scope) }
                        }
                    }
                }
                (field("lugar", "Lugar", "Onde está hoje.", &typed.stop, 80, false))
                (field("posicao", "Posição no mapa", "Só se está sempre no mesmo sítio, como 37,3184; -8,5561.", &typed.position, 40, false))
                (field("fuso", "Fuso horário", "Só no estrangeiro, como America/Sao_Paulo.", &typed.zone, 40, false))
                button.primary type="submit" { "Fazer o código" }
            }
        }
    }
}

fn field(name: &str, label: &str, hint: &str, value: &str, most: usize, needed: bool) -> Markup {
    let hint_id = format!("{name}-ajuda");
    html! {
        div.field {
            label for=(name) { (label) @if !needed { " (se houver)" } }
            p.hint id=(hint_id) { (hint) }
            input id=(name) type="text" name=(name) value=(value) maxlength=(most) autocomplete="off" spellcheck="false" required[needed] aria-describedby=(hint_id);
        }
    }
}

fn codes(frame: &Frame, all: &[CodeRow]) -> Markup {
    let now = frame.now();
    html! {
        @if !all.is_empty() {
            section aria-labelledby="t-codigos" {
                h2 #t-codigos { "Códigos feitos" }
                table.rows {
                    caption.hidden { "Códigos feitos há pouco" }
                    thead { tr { th scope="col" { "Posto" } th scope="col" { "Feito" } th scope="col" { "O que é feito dele" } th scope="col" { span.hidden { "Retirar" } } } }
                    tbody {
                        @for row in all {
                            tr {
                                th scope="row" { (row.name) " (" (row.node) ")" }
                                td { (row.by) ", " (time::at(row.made, now)) }
                                td { @match row.state {
                                    CodeState::Good(until) => { "vale até às " (time::to_the_second(until).get(..5).unwrap_or_default()) },
                                    CodeState::Used(at) => { a href=(format!("/posto/{}", row.node)) { "inscreveu-se" } ", " (time::ago(at, now)) },
                                    CodeState::Late => "ninguém o usou a tempo",
                                    CodeState::Withdrawn => "retirado",
                                    CodeState::Guessed => { strong.warn { "alguém tentou adivinhá-lo" } ": já não vale" },
                                } }
                                td { @if matches!(row.state, CodeState::Good(_)) {
                                    form method="post" action=(format!("{HERE}/{}/retirar", row.handle)) data-once {
                                        (frame.guard())
                                        button type="submit" { "Retirar" span.hidden { " o código de " (row.name) } }
                                    }
                                } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The code, this once.
pub(crate) fn code_content(_frame: &Frame, made: &MadeCode) -> Markup {
    let command = format!("vereda enrol --hub {} --code {}", made.address, made.code);
    html! {
        div.fleet.node-page {
            div.page-head {
                p.crumb { a href=(HERE) data-key="Escape" aria-keyshortcuts="Escape" { (TITLE) } }
                h1 { "Código para " (made.name) }
            }
            p.enrol-code #codigo { (made.code) }
            p { "Vale uma vez, até às " strong { (time::to_the_second(made.until).get(..5).unwrap_or_default()) } ". " strong { "Não volta a ser mostrado:" } " se sair desta página, faça outro." }
            div.route {
                section aria-labelledby="t-como-se-usa" {
                    h2 #t-como-se-usa { "No computador novo" }
                    ol {
                        li { "Abra uma janela de comandos na pasta onde o posto vai viver." }
                        li { "Escreva isto:" p { code.command { (command) } } }
                        li { "Se disser que não é a central deste código, alguém está no meio: pare, e não tente outra vez nessa rede." }
                        li { "Comece o posto com o comando que ele mostrar. Aparece em " a href="/postos" { "Postos" } " assim que falar." }
                    }
                }
                div.enrol-qr { (text_qr(&command, "Código QR com o comando")) }
            }
        }
    }
}
