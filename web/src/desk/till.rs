//! "Caixa": the money of the day, from the float to the closing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use vereda_sync::money::{Counted, DENOMINATIONS};
use vereda_sync::record::act::Act;
use vereda_sync::record::till::{Closing, How, Movement, What};

use crate::desk::frame::{Frame, Page, Part};
use crate::desk::payment::{alert, ways};
use crate::desk::port::{
    Desk, DeskError, Late, Paid, Person, Second, Session, ShownTill, TillView, ToClose,
};
use crate::desk::{DeskState, fault};
use crate::gate::{Posted, Signed, redirect};
use crate::layout::key;
use crate::moment::Moment;
use crate::place::Zone;
use crate::words::{self, count as counted_words, time};

/// What could not be done, and what was typed for it.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) problem: String,
    pub(crate) typed: Vec<(String, String)>,
}

impl Retry {
    fn typed(&self, name: &str) -> &str {
        crate::gate::get(&self.typed, name)
    }
}

/// Which page of the till.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    Day,
    Count,
    Check,
}

pub(crate) async fn show(State(state): State<DeskState>, who: Signed) -> Response {
    respond(&state, &who.session, None, Which::Day, Retry::default()).await
}

pub(crate) async fn show_day(
    State(state): State<DeskState>,
    Path(day): Path<String>,
    who: Signed,
) -> Response {
    respond(
        &state,
        &who.session,
        Some(day),
        Which::Day,
        Retry::default(),
    )
    .await
}

pub(crate) async fn count(State(state): State<DeskState>, who: Signed) -> Response {
    respond(&state, &who.session, None, Which::Count, Retry::default()).await
}

pub(crate) async fn check(State(state): State<DeskState>, who: Signed) -> Response {
    respond(&state, &who.session, None, Which::Check, Retry::default()).await
}

pub(crate) async fn open(State(state): State<DeskState>, posted: Posted) -> Response {
    let done = |desk: &dyn Desk, posted: &Posted| {
        let float = pieces(posted)?;
        desk.open_till(&posted.session, &float)
    };
    act(&state, posted, Which::Day, "/caixa", done).await
}

pub(crate) async fn keep_count(
    State(state): State<DeskState>,
    Path(till): Path<String>,
    posted: Posted,
) -> Response {
    let done = move |desk: &dyn Desk, posted: &Posted| {
        let counted = pieces(posted)?;
        desk.keep_count(&posted.session, &till, &counted)
    };
    act(&state, posted, Which::Count, "/caixa/conferir", done).await
}

pub(crate) async fn close(
    State(state): State<DeskState>,
    Path(till): Path<String>,
    posted: Posted,
) -> Response {
    let done = move |desk: &dyn Desk, posted: &Posted| {
        let closing = ToClose {
            expected: posted.get("esperado").parse().unwrap_or(i64::MIN),
            counted: posted.get("contado").parse().unwrap_or(u64::MAX),
            explained: posted.get("explicacao"),
            second: second(posted),
        };
        desk.close_till(&posted.session, &till, &closing)
    };
    act(&state, posted, Which::Check, "/caixa", done).await
}

pub(crate) async fn void(
    State(state): State<DeskState>,
    Path(till): Path<String>,
    posted: Posted,
) -> Response {
    let done = move |desk: &dyn Desk, posted: &Posted| {
        let n = posted.get("movimento").parse().unwrap_or(0);
        let reason = posted.get("motivo");
        desk.void(&posted.session, &till, n, reason, &second(posted))
    };
    act(&state, posted, Which::Day, "/caixa", done).await
}

pub(crate) async fn add_late(
    State(state): State<DeskState>,
    Path(till): Path<String>,
    posted: Posted,
) -> Response {
    let day = posted.get("dia").to_owned();
    let back = format!("/caixa/dia/{day}");
    let done = move |desk: &dyn Desk, posted: &Posted| {
        let how = How::from_code(posted.get("como"));
        let how = how.ok_or_else(|| DeskError::NotNow("Escolha como foi pago.".into()))?;
        let late = Late {
            number: posted.get("numero"),
            sum: posted.get("importancia"),
            paid: Paid {
                how,
                reference: posted.get("referencia"),
                reason: posted.get("motivo"),
            },
        };
        desk.add_late(&posted.session, &till, &late)
    };
    act(&state, posted, Which::Day, &back, done).await
}

fn second(posted: &Posted) -> Second<'_> {
    Second {
        person: posted.get("segunda"),
        pin: posted.get("pin"),
    }
}

/// The pieces that were counted, from the fields of the form.
fn pieces(posted: &Posted) -> Result<Counted, DeskError> {
    DENOMINATIONS
        .iter()
        .try_fold(Counted::default(), |counted, denomination| {
            let typed = posted.get(&field_of(*denomination)).trim();
            let pieces = match typed {
                "" => Some(0),
                typed => typed.parse().ok(),
            };
            let with = pieces.and_then(|pieces| counted.with(*denomination, pieces));
            with.ok_or_else(|| {
                DeskError::NotNow(format!(
                    "Quantas de {}? Escreva um número inteiro, até 10 000; escreveu «{typed}».",
                    denomination_name(*denomination)
                ))
            })
        })
}

fn field_of(denomination: u32) -> String {
    format!("n-{denomination}")
}

fn denomination_name(denomination: u32) -> String {
    match denomination {
        100.. => format!("{} €", denomination / 100),
        cents => format!("{cents} cêntimos"),
    }
}

/// Does it and goes on, or shows the page again with why not and what was typed.
async fn act(
    state: &DeskState,
    posted: Posted,
    which: Which,
    then: &str,
    done: impl FnOnce(&dyn Desk, &Posted) -> Result<(), DeskError> + Send + 'static,
) -> Response {
    let (session, mut typed) = (posted.session.clone(), posted.fields.clone());
    let day = Some(posted.get("dia").to_owned()).filter(|day| !day.is_empty());
    let error = match state.call(move |desk| done(desk, &posted)).await {
        Ok(()) => return redirect(then),
        Err(error) => error,
    };
    typed.retain(|(name, _)| name != "pin");
    let problem = fault::problem(&error);
    respond(state, &session, day, which, Retry { problem, typed }).await
}

async fn respond(
    state: &DeskState,
    session: &Session,
    day: Option<String>,
    which: Which,
    retry: Retry,
) -> Response {
    let status = match retry.problem.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match state
        .load(session, move |desk, session| {
            desk.till(session, day.as_deref())
        })
        .await
    {
        Ok((frame, view)) => frame.respond_with(status, &page(&frame, &view, which, &retry)),
        Err(fault) => fault.keeping(retry.typed).into_response(),
    }
}

pub(crate) fn page<'a>(frame: &Frame, view: &TillView, which: Which, retry: &Retry) -> Page<'a> {
    let is_open = |till: &&ShownTill| till.till.closed.is_none();
    let (title, content) = match (view.till.as_ref(), which) {
        (None, _) => ("Abrir a caixa", opening(frame, retry)),
        (Some(till), Which::Count) if is_open(&till) => {
            ("Contar a caixa", counting(frame, till, retry))
        }
        (Some(till), Which::Check) if is_open(&till) && till.counted.is_some() => {
            ("Fechar a caixa", checking(frame, view, till, retry))
        }
        (Some(till), _) => ("Caixa", day(frame, view, till, retry)),
    };
    Page {
        part: Part::Till,
        title: match retry.problem.is_empty() {
            true => title,
            false => "Erro na caixa",
        },
        watching: String::new(),
        content: html! {
            div.money {
                (content)
                @if matches!(which, Which::Day) { (days(view)) }
            }
        },
    }
}

fn opening(frame: &Frame, retry: &Retry) -> Markup {
    html! {
        div.page-head {
            h1 { "Abrir a caixa" }
            p { "Conte o fundo com que começa. Sem fundo, abra com tudo vazio." }
        }
        form.payment method="post" action="/caixa/abrir" data-once {
            (frame.guard())
            (alert(&retry.problem))
            (denominations(&Counted::default(), retry))
            div.actions { button.primary type="submit" { "Abrir a caixa de hoje " (key("Enter")) } }
        }
    }
}

fn counting(frame: &Frame, till: &ShownTill, retry: &Retry) -> Markup {
    let counted = till.counted.clone().unwrap_or_default();
    html! {
        div.page-head {
            p.crumb { a href="/caixa" data-key="Escape" aria-keyshortcuts="Escape" { "Caixa" } " · " (day_words(&till.till.day)) }
            h1 { "Contar a caixa" }
            p { "Conte todas as notas e moedas, também as do fundo. O que devia estar aparece depois de contar." }
        }
        form.payment method="post" action=(format!("/caixa/{}/contar", till.id)) data-once {
            (frame.guard())
            (alert(&retry.problem))
            (denominations(&counted, retry))
            div.actions { button.primary type="submit" { "Somar e conferir " (key("Enter")) } }
        }
    }
}

fn denominations(counted: &Counted, retry: &Retry) -> Markup {
    html! {
        fieldset.denominations {
            legend { "Quantas de cada" }
            @for denomination in DENOMINATIONS {
                @let name = field_of(denomination);
                @let pieces = counted.pieces(denomination);
                @let value = match (retry.problem.is_empty(), pieces) {
                    (false, _) => retry.typed(&name).to_owned(),
                    (true, 0) => String::new(),
                    (true, pieces) => pieces.to_string(),
                };
                div.field {
                    label for=(name) { (denomination_name(denomination)) }
                    input.w-8 id=(name) name=(name) value=(value) inputmode="numeric" maxlength="5" autocomplete="off";
                }
            }
        }
    }
}

fn checking(frame: &Frame, view: &TillView, shown: &ShownTill, retry: &Retry) -> Markup {
    let (till, counted) = (&shown.till, shown.counted.clone().unwrap_or_default());
    let (expected, cents) = (till.expected(), counted.cents());
    let difference = i64::try_from(cents)
        .unwrap_or(i64::MAX)
        .saturating_sub(expected);
    let second = difference != 0 && difference.unsigned_abs() >= view.second_person_cents;
    html! {
        div.page-head {
            p.crumb { a href="/caixa/contar" data-key="Escape" aria-keyshortcuts="Escape" { "Contar outra vez" } " · " (day_words(&till.day)) }
            h1 { "Fechar a caixa" }
        }
        (sums(expected, cents, difference))
        form.payment method="post" action=(format!("/caixa/{}/fechar", shown.id)) data-once {
            (frame.guard())
            input type="hidden" name="esperado" value=(expected);
            input type="hidden" name="contado" value=(cents);
            (alert(&retry.problem))
            @if difference != 0 {
                div.field {
                    label for="explicacao" { "O que explica a diferença" }
                    p.hint #explicacao-ajuda { "Fica no fecho do dia. Se não se sabe, escreva isso mesmo." }
                    textarea #explicacao name="explicacao" rows="2" required aria-describedby="explicacao-ajuda" { (retry.typed("explicacao")) }
                }
            }
            @if second {
                p { "A diferença chega a " (words::euros(view.second_person_cents)) ": fecha-se a dois." }
                (second_person(&view.others, retry, ""))
            }
            div.actions { button.primary type="submit" { "Fechar o dia " (key("Enter")) } }
        }
    }
}

/// What should be there, what is, and the difference: as numbers, and as lengths.
fn sums(expected: i64, counted: u64, difference: i64) -> Markup {
    let most = expected.unsigned_abs().max(counted).max(1);
    let bar = |cents: u64| format!("{}", cents.saturating_mul(1000) / most);
    html! {
        dl.sums {
            div { dt { "Devia estar" } dd { (words::balance(expected)) }
                svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" { rect.expected width=(bar(expected.unsigned_abs())) height="12" {} } }
            div { dt { "Contado" } dd { (words::euros(counted)) }
                svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" { rect.counted width=(bar(counted)) height="12" {} } }
            div.(if difference == 0 { "even" } else { "odd" }) { dt { "Diferença" } dd {
                @if difference == 0 { "Nenhuma" }
                @else if difference < 0 { "Faltam " (words::euros(difference.unsigned_abs())) }
                @else { "Sobram " (words::euros(difference.unsigned_abs())) }
            } }
        }
    }
}

fn second_person(others: &[Person], retry: &Retry, of: &str) -> Markup {
    let (person_id, pin_id) = (format!("segunda{of}"), format!("pin{of}"));
    html! {
        div.field {
            label for=(person_id) { "Segunda pessoa" }
            select id=(person_id) name="segunda" required {
                option value="" { "Escolha quem está consigo" }
                @for person in others {
                    option value=(person.id) selected[retry.typed("segunda") == person.id] { (person.name) }
                }
            }
        }
        div.field {
            label for=(pin_id) { "PIN da segunda pessoa" }
            input.w-12 id=(pin_id) name="pin" type="password" inputmode="numeric" autocomplete="off" maxlength="32" required;
        }
    }
}

fn day(frame: &Frame, view: &TillView, shown: &ShownTill, retry: &Retry) -> Markup {
    let till = &shown.till;
    let stale = till.closed.is_none() && till.day != view.today;
    html! {
        div.page-head {
            h1 { "Caixa de " (day_words(&till.day)) }
            p {
                @match &till.closed {
                    None => { "Aberta por " (till.opened.by) ", " (time::at(moment(&till.opened), frame.now())) }
                    Some(closed) => { "Fechada por " (closed.act.by) @if !closed.second.is_empty() { " com " (closed.second) } ", " (time::at(moment(&closed.act), frame.now())) }
                }
            }
        }
        (alert(&retry.problem))
        @for broken in &till.broken { p.notice.red role="alert" { strong { "A numeração não está inteira. " } (broken) " Não feche a caixa: ligue ao apoio." } }
        @if stale { p.notice.amber { "Esta caixa ficou aberta de outro dia. Conte-a e feche-a; a de hoje abre-se depois." } }
        div.columns {
            div.main-column {
                section aria-labelledby="t-movimentos" {
                    h2 #t-movimentos { "Movimentos" }
                    div #movimentos data-region="record messages" { (movements(frame, view, shown, retry)) }
                }
                @if till.closed.is_some() { (late(frame, shown, retry)) }
            }
            aside aria-label="Somas" {
                section.panel #somas data-region="record messages" aria-labelledby="t-somas" {
                    h2 #t-somas { "Somas" }
                    dl.facts {
                        div { dt { "Fundo" } dd { (words::euros(till.float.cents())) } }
                        div { dt { "Recebido em numerário" } dd { (words::euros(till.taken(How::Cash))) } }
                        div { dt { "Recebido por multibanco" } dd { (words::euros(till.taken(How::Terminal))) } }
                        div { dt { "Não cobrado" } dd { (words::euros(till.taken(How::Exempt))) } }
                        @let (requests, cents) = shown.waived;
                        @if requests > 0 {
                            div { dt { "Dispensado por ocorrência" } dd { (words::euros(cents)) ", " (words::count(requests, "pedido", "pedidos")) } }
                        }
                    }
                }
                @match &till.closed {
                    None => a.button.primary href="/caixa/contar" { "Contar e fechar" },
                    Some(closed) => {
                        section.panel aria-labelledby="t-fecho" { h2 #t-fecho { "Fecho" } (closing(closed)) }
                        button type="button" data-print hidden { "Imprimir" }
                    }
                }
            }
        }
    }
}

fn closing(closed: &Closing) -> Markup {
    html! {
        (sums(closed.expected, closed.counted.cents(), closed.difference()))
        @if !closed.explained.is_empty() { p.reason { "Explicação: " (closed.explained) } }
    }
}

fn movements(frame: &Frame, view: &TillView, shown: &ShownTill, retry: &Retry) -> Markup {
    let till = &shown.till;
    html! {
        @if till.movements.is_empty() {
            p.none { "Ainda não entrou dinheiro." }
        } @else {
            p.detail { (counted_words(till.movements.len() as u64, "movimento", "movimentos")) ", numerados e encadeados: um comprovativo em falta nota-se." }
            table.rows {
                caption.hidden { "Movimentos da caixa" }
                thead { tr {
                    th scope="col" { "N.º" } th scope="col" { "O quê" } th scope="col" { "Pedido" }
                    th scope="col" { "Importância" } th scope="col" { "Quando e quem" }
                } }
                tbody {
                    @for movement in till.movements.iter().rev() { (row(frame, view, shown, movement, retry)) }
                }
            }
        }
    }
}

fn row(
    frame: &Frame,
    view: &TillView,
    shown: &ShownTill,
    movement: &Movement,
    retry: &Retry,
) -> Markup {
    let of = movement.n.to_string();
    let retried = !retry.problem.is_empty() && retry.typed("movimento") == of;
    html! {
        tr.(if movement.voided_by.is_some() { "voided" } else { "stands" }) {
            td.number { (movement.n) br; span.detail { (movement.code) } }
            td {
                @match movement.what {
                    What::Received => (way(movement.how)),
                    What::Late => { "Adenda, " (words::paid_how(movement.how)) },
                    What::Voided { of } => { "Anula o " (of) ", com " (movement.second) },
                }
                @if let Some(by) = movement.voided_by { br; strong.warn { "anulado pelo " (by) } }
                @if !movement.reason.is_empty() { br; span.detail { (movement.reason) } }
                @if !movement.reference.is_empty() { br; span.detail { "talão " (movement.reference) } }
            }
            td {
                @if movement.request.is_empty() { (movement.number) }
                @else { a href=(format!("/pedido/{}", movement.request)) { (movement.number) } }
                @if let Some(citizen) = shown.citizens.get(&movement.request) { br; span.detail { (citizen) } }
            }
            td.number {
                @if matches!(movement.what, What::Voided { .. }) { "−" } (words::euros(movement.cents))
            }
            td {
                (time::at(moment(&movement.act), frame.now())) br; span.detail { (movement.act.by) }
                @if shown.till.voidable(movement.n).is_some() {
                    details open[retried] {
                        summary { "Anular" span.hidden { " o movimento " (of) } }
                        form method="post" action=(format!("/caixa/{}/anular", shown.id)) data-once {
                            (frame.guard())
                            input type="hidden" name="movimento" value=(of);
                            div.field {
                                label for=(format!("motivo{of}")) { "Motivo" }
                                input id=(format!("motivo{of}")) name="motivo" value=(if retried { retry.typed("motivo") } else { "" }) autocomplete="off" required;
                            }
                            (second_person(&view.others, if retried { retry } else { &NOTHING }, &of))
                            button type="submit" { "Anular o movimento " (of) }
                        }
                    }
                }
            }
        }
    }
}

static NOTHING: Retry = Retry {
    problem: String::new(),
    typed: vec![],
};

fn way(how: How) -> &'static str {
    match how {
        How::Cash => "Numerário",
        How::Terminal => "Multibanco",
        How::Exempt => "Não cobrado",
    }
}

fn late(frame: &Frame, shown: &ShownTill, retry: &Retry) -> Markup {
    let open = !retry.problem.is_empty();
    html! {
        details open[open] {
            summary { "Chegou dinheiro deste dia depois do fecho" }
            form.payment method="post" action=(format!("/caixa/{}/adenda", shown.id)) data-once {
                (frame.guard())
                input type="hidden" name="dia" value=(shown.till.day);
                p { "Fica como adenda a este dia, assinada por si. O fecho não muda." }
                div.field {
                    label for="importancia" { "Importância, em euros" }
                    input.w-12 #importancia name="importancia" value=(retry.typed("importancia")) inputmode="decimal" autocomplete="off" required;
                }
                (ways(retry.typed("como")))
                div.field.only-terminal {
                    label for="referencia" { "Referência do talão do terminal" }
                    input.w-18 #referencia name="referencia" value=(retry.typed("referencia")) autocomplete="off";
                }
                div.field {
                    label for="numero" { "Número do pedido " span.optional { "(se houver)" } }
                    input.w-18 #numero name="numero" value=(retry.typed("numero")) autocomplete="off" spellcheck="false";
                }
                div.field {
                    label for="motivo" { "Porque chega depois do fecho" }
                    input.w-full #motivo name="motivo" value=(retry.typed("motivo")) autocomplete="off" required;
                }
                button type="submit" { "Juntar a adenda" }
            }
        }
    }
}

fn days(view: &TillView) -> Markup {
    html! {
        @if !view.days.is_empty() {
            section.days aria-labelledby="t-dias" {
                h2 #t-dias { "Dias" }
                ul {
                    @for (day, difference) in &view.days {
                        li {
                            a href=(format!("/caixa/dia/{day}")) { (day_words(day)) } " "
                            span.detail {
                                @match difference {
                                    None => "aberta",
                                    Some(0) => "fechada, sem diferença",
                                    Some(cents) => { "fechada, diferença " (words::difference(*cents)) },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn day_words(day: &str) -> String {
    words::date(day).unwrap_or_else(|| day.to_owned())
}

fn moment(act: &Act) -> Moment {
    Moment {
        unix_ms: act.at.unix_ms(),
        sure: act.sure,
        zone: Zone::of_record(act.zone.as_deref()),
    }
}
