//! What stands before everything that is served to other machines: whoever has not joined is shown how to, and
//! nothing else.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, future};
use maud::{Markup, html};
use tokio::sync::broadcast::error::RecvError;
use tower::ServiceExt;

use crate::desk::port::{DeskError, Door, JoinRefusal};
use crate::gate::{AtDesk, get, off_thread, read_form, redirect, redirect_with_cookie, wants_page};
use crate::guard::{HostGuard, stand_at_the_door};
use crate::layout::{DESK, document, key};

/// The cookie of a machine that joined.
const COOKIE: &str = "vereda-mesa";
/// For how long a browser keeps it: the longest that browsers do.
const DAYS: u32 = 400;
/// Where one joins.
const JOIN: &str = "/juntar";
/// The authority's certificate.
const CERTIFICATE: &str = "/juntar/autoridade.crt";
/// Longest that whoever has not joined may take to send a form.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Gateway {
    inside: Router,
    door: Arc<dyn Door>,
    guard: HostGuard,
}

/// What is served at the spot's own network: `inside` to machines that joined, as far as it is theirs, and to others
/// the page where they do. `guard` knows the hosts, over TLS.
pub fn on_the_lan(inside: Router, door: Arc<dyn Door>, guard: HostGuard) -> Router {
    let gateway = Gateway {
        inside,
        door,
        guard: guard.clone(),
    };
    Router::new()
        .fallback(pass)
        .with_state(gateway)
        .layer(from_fn_with_state(guard, stand_at_the_door))
}

async fn pass(State(gateway): State<Gateway>, mut request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/assets/") && request.method() == Method::GET {
        return gateway.enter(request).await;
    }
    if path == CERTIFICATE && request.method() == Method::GET {
        return gateway.certificate().await;
    }
    let token = gateway.guard.token(request.headers(), COOKIE);
    // Before it is looked at who it is: what is taken out from now on is heard of.
    let mut removed = gateway.door.removed();
    let admitted = match token {
        None => None,
        Some(token) => {
            let door = Arc::clone(&gateway.door);
            let found = off_thread(move || Ok(door.admit(&token))).await;
            found.ok().flatten()
        }
    };
    let Some(admitted) = admitted else {
        return match (request.method().clone(), path) {
            (Method::GET, JOIN) => page(&gateway.of(None)).into_response(),
            (Method::POST, JOIN) => gateway.join(request).await,
            (Method::GET, _) if wants_page(request.headers()) => redirect(JOIN),
            _ => (
                StatusCode::UNAUTHORIZED,
                "Esta máquina não está junta a este posto.\n",
            )
                .into_response(),
        };
    };
    let is_screens = path == "/cidadao" || path.starts_with("/cidadao/");
    match (path, admitted.is_screen) {
        (JOIN, false) => return redirect("/"),
        (JOIN, true) => return redirect("/cidadao"),
        (_, true) if !is_screens => {
            return match wants_page(request.headers()) {
                true => redirect("/cidadao"),
                false => StatusCode::FORBIDDEN.into_response(),
            };
        }
        _ => {}
    }
    request.extensions_mut().insert(AtDesk(admitted.id.clone()));
    let (door, id) = (Arc::clone(&gateway.door), admitted.id.clone());
    let response = gateway.enter(request).await;
    if !is_stream(response.headers()) {
        return response;
    }
    // A stream that is open ends when its machine is taken out, and says so: what it showed goes.
    let (parts, body) = response.into_parts();
    let is_out = async move {
        loop {
            match removed.recv().await {
                Ok(id) if id != admitted.id => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => future::pending().await,
            }
        }
    };
    let last = "event: reload\ndata: {}\n\n";
    let there = There::new(Arc::clone(&door), id);
    let bytes = body.into_data_stream().take_until(Box::pin(is_out));
    let bytes = bytes.map(move |piece| {
        let _held = &there;
        piece
    });
    let bytes = bytes.chain(futures_util::stream::iter([Ok(last.into())]));
    Response::from_parts(parts, Body::from_stream(bytes))
}

/// A machine has a stream open; until this goes.
struct There(Arc<dyn Door>, String);

impl There {
    fn new(door: Arc<dyn Door>, id: String) -> Self {
        door.present(&id, true);
        Self(door, id)
    }
}

impl Drop for There {
    fn drop(&mut self) {
        self.0.present(&self.1, false);
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

impl Gateway {
    async fn enter(self, request: Request) -> Response {
        let Ok(response) = self.inside.oneshot(request).await;
        response
    }

    async fn certificate(&self) -> Response {
        let door = Arc::clone(&self.door);
        let der = off_thread(move || Ok(door.certificate())).await;
        let headers = [
            (CONTENT_TYPE, "application/x-x509-ca-cert"),
            (
                CONTENT_DISPOSITION,
                "attachment; filename=\"vereda-autoridade.crt\"",
            ),
        ];
        (headers, der.unwrap_or_default()).into_response()
    }

    fn of(&self, refusal: Option<JoinRefusal>) -> Joining {
        Joining {
            spot: self.door.spot(),
            fingerprint: self.door.fingerprint(),
            name: String::new(),
            refusal,
        }
    }

    async fn join(self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let fields = match tokio::time::timeout(PATIENCE, read_form(parts, body)).await {
            Ok(Ok(fields)) => fields,
            Ok(Err(refusal)) => return refusal,
            Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        };
        let door = Arc::clone(&self.door);
        let (code, name) = (get(&fields, "codigo"), get(&fields, "nome").to_owned());
        let (code, called) = (code.to_owned(), name.clone());
        let joined = off_thread(move || Ok::<_, DeskError>(door.join(&code, &called))).await;
        match joined.unwrap_or(Err(JoinRefusal::Broken)) {
            Ok((token, admitted)) => redirect_with_cookie(
                if admitted.is_screen { "/cidadao" } else { "/" },
                &self.guard.lasting_cookie(COOKIE, &token, DAYS),
            ),
            Err(refusal) => {
                let status = match refusal {
                    JoinRefusal::Broken => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                let again = Joining {
                    name,
                    ..self.of(Some(refusal))
                };
                (status, page(&again)).into_response()
            }
        }
    }
}

/// The page where one joins.
pub(crate) struct Joining {
    pub(crate) spot: String,
    pub(crate) fingerprint: String,
    pub(crate) name: String,
    pub(crate) refusal: Option<JoinRefusal>,
}

/// Why it did not go, and what to do.
fn why(refusal: JoinRefusal) -> &'static str {
    match refusal {
        JoinRefusal::NoCode => {
            "O posto não está a mostrar nenhum código, ou o que mostrava já não vale. Peça outro em «Mesas», no computador do posto."
        }
        JoinRefusal::WrongCode => {
            "Não é este o código. Confirme os oito algarismos no computador do posto."
        }
        JoinRefusal::Name => {
            "Escreva um nome para esta máquina, até 40 letras: é por ele que a conhecem."
        }
        JoinRefusal::Full => {
            "Já não cabem mais máquinas neste posto. Retire uma em «Mesas», no computador do posto."
        }
        JoinRefusal::Broken => "O posto não conseguiu guardar. Tente de novo.",
    }
}

pub(crate) fn page(it: &Joining) -> Markup {
    let wrong_name = it.refusal == Some(JoinRefusal::Name);
    let wrong_code = matches!(
        it.refusal,
        Some(JoinRefusal::WrongCode | JoinRefusal::NoCode)
    );
    let body = html! {
        main.sign-in #conteudo {
            p.place { (it.spot) }
            h1 { "Juntar esta máquina ao posto" }
            @if let Some(refusal) = it.refusal {
                div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (why(refusal)) } }
            }
            p { "No computador do posto, abra «Mesas» e escolha «Juntar uma mesa»: mostra um código de oito algarismos." }
            form method="post" action=(JOIN) data-once {
                div.field {
                    label for="codigo" { "Código que o posto mostra" }
                    input.code #codigo name="codigo" inputmode="numeric" autocomplete="off" maxlength="12" required
                        aria-describedby=[wrong_code.then_some("erro")] aria-invalid=[wrong_code.then_some("true")];
                }
                div.field {
                    label for="nome-da-mesa" { "Como se chama esta máquina" }
                    p.hint #que-nome { "Por exemplo «Mesa 2», ou «Tablet da entrada»." }
                    input.w-20 #nome-da-mesa name="nome" value=(it.name) autocomplete="off" maxlength="40" required
                        aria-describedby=(if wrong_name { "que-nome erro" } else { "que-nome" }) aria-invalid=[wrong_name.then_some("true")];
                }
                button.primary type="submit" { "Juntar " (key("Enter")) }
            }
            details.trust {
                summary { "O navegador avisou que a ligação não é segura" }
                p { "O posto fala em cifra, com um certificado que ele próprio passou. Para o navegador o conhecer, uma vez em cada máquina:" }
                ol {
                    li { "Guarde " a href=(CERTIFICATE) download { "o certificado do posto" } " e abra-o." }
                    li { "Compare a impressão digital (SHA-256) que o sistema mostra com a que está em «Mesas», no computador do posto. Têm de ser iguais." }
                    li { "Aceite-o como autoridade para sítios web. Só vale para este posto e para endereços de redes privadas." }
                }
                p.detail { "Esta ligação diz que é:" }
                (fingerprint(&it.fingerprint))
            }
        }
    };
    let title = match it.refusal {
        None => "Juntar esta máquina — Vereda",
        Some(_) => "Erro: não se juntou — Vereda",
    };
    document(&DESK, "pt-PT", title, None, &body)
}

/// A fingerprint in groups that are compared one by one.
pub(crate) fn fingerprint(pairs: &str) -> Markup {
    let pairs: Vec<&str> = pairs.split(':').collect();
    html! {
        p.fingerprint { @for group in pairs.chunks(4) { span { (group.join(" ")) } " " } }
    }
}
