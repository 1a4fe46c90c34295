//! Every look at what was said before is written down: a request that is opened again, a search, a photograph, a resident.
//! What somebody types at an attendance is not: that it is theirs stands in the record itself.

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::access::{Accessed, Did};
use crate::desk::DeskState;
use crate::gate::{AtDesk, Gate, off_thread};

/// Addresses at which something is seen of somebody who need not sit there.
const LOOKS: [&str; 18] = [
    "/pedidos",
    "/pedidos/procura",
    "/pedido/{request}",
    "/pedido/{request}/corrigir",
    "/pedido/{request}/prova",
    "/pedido/{request}/avisar",
    "/pedido/{request}/desistir",
    "/pedido/{request}/entregar",
    "/comprovativo/{request}",
    "/anexo/{blob}",
    "/reclamacao/{request}",
    "/reclamacao/{request}/papel",
    "/apoio/{ticket}",
    "/consultas/{lookup}",
    "/residentes/{list}",
    "/residentes/{list}/papel",
    "/residente/{resident}",
    "/lar/{facility}",
];

pub(crate) async fn write_down(
    State(state): State<DeskState>,
    matched: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let looks = request.method() == Method::GET && LOOKS.contains(&matched.as_str());
    let token = looks
        .then(|| state.door().token(request.headers(), DeskState::COOKIE))
        .flatten();
    let Some(token) = token else {
        return next.run(request).await;
    };
    let mut accessed = Accessed::of(matched.as_str(), &request);
    let at = AtDesk::of(request.extensions());
    let response = next.run(request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        accessed.did = Did::Refused;
    }
    // A list that is open renews itself, and shows nothing that was not looked for.
    if response.status().is_redirection()
        || (accessed.by_itself && accessed.ids.is_empty() && accessed.sought.is_empty())
    {
        return response;
    }
    let noted = off_thread(move || match state.session_of(&token, &at) {
        Some(session) => state.desk.note_look(&session, &accessed),
        None => Ok(()),
    });
    // Whoever sits there must be helped, also when the disk is full; then it says so on every page.
    if let Err(fault) = noted.await {
        tracing::error!(?fault, "who looked at a page is not written down");
    }
    response
}
