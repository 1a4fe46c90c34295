//! The hub console: what disagrees, and who decides.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::console::port::Console;
use crate::desk::Fault;
use crate::desk::port::{DeskError, Session, SignInRefusal};
use crate::gate::{self, Gate, Posted, off_thread, own_path, read_form, redirect_with_cookie};
use crate::guard::{HostGuard, stand_at_the_door};
use crate::layout::CONSOLE;
use crate::own_pin::OwnPinPage;
use crate::sign_in::SignIn;

pub mod port;

pub(crate) mod accounts;
pub(crate) mod agencies;
pub(crate) mod assessments;
pub(crate) mod batch;
pub(crate) mod catalogue;
pub(crate) mod complaints;
pub(crate) mod conflict;
pub(crate) mod conflicts;
pub(crate) mod decided;
mod events;
pub(crate) mod fleet;
pub(crate) mod frame;
pub(crate) mod help;
pub(crate) mod homes;
pub(crate) mod leases;
pub(crate) mod lookups;
pub(crate) mod notices;
pub(crate) mod occurrences;
mod own_pin;
pub(crate) mod people;
pub(crate) mod quarantine;
pub(crate) mod requests;
pub(crate) mod retention;
pub(crate) mod rights;
pub(crate) mod sent;
pub(crate) mod statistics;
pub(crate) mod tours;

#[derive(Clone)]
pub(crate) struct ConsoleState {
    console: Arc<dyn Console>,
    door: HostGuard,
    /// As whom the console is called.
    who: Option<Session>,
}

impl Gate for ConsoleState {
    const COOKIE: &'static str = "vereda-central";

    fn door(&self) -> &HostGuard {
        &self.door
    }

    fn session_of(&self, token: &str, _at: &str) -> Option<Session> {
        self.console.session(token)
    }

    fn form_guard_of(&self, session: &Session) -> String {
        self.console.form_guard(session)
    }
}

impl ConsoleState {
    /// The same, called as somebody.
    fn within(&self, who: Option<Session>) -> Self {
        Self {
            who,
            ..self.clone()
        }
    }

    /// Every call that a page makes: it sees what whoever asks may see.
    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Console) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let (console, who) = (Arc::clone(&self.console), self.who.clone());
        off_thread(move || {
            let (mut call, mut came) = (Some(call), None);
            console.within(who.as_ref(), &mut || {
                came = call.take().map(|call| call(&*console));
            });
            came.unwrap_or(Err(DeskError::NotFound))
        })
        .await
    }

    /// Loads what a page shows together with its frame.
    async fn load<T: Send + 'static>(
        &self,
        session: &Session,
        load: impl FnOnce(&dyn Console) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<(frame::Frame, T), Fault> {
        let session = session.clone();
        self.call(move |console| {
            let drawn_at = console.happened();
            let view = load(console)?;
            Ok((frame::Frame::of(console, &session, drawn_at), view))
        })
        .await
        .map_err(Fault::from)
    }
}

/// Every address of the console: its pattern, who may look, who may write, and whether nobody may whose word holds in
/// some regions alone.
pub fn addresses() -> impl Iterator<
    Item = (
        &'static str,
        &'static [port::Role],
        &'static [port::Role],
        bool,
    ),
> {
    let all = rights::RIGHTS.iter();
    all.map(|right| (right.path, right.see, right.act, right.is_whole))
}

/// The console of the hub at `/`, signing in at `/entrar`, assets at `/assets/…`.
pub fn router(console: Arc<dyn Console>, guard: HostGuard) -> Router {
    let state = ConsoleState {
        console,
        door: guard.clone(),
        who: None,
    };
    Router::new()
        .route("/", get(conflicts::show))
        .route("/entrar", get(show_sign_in).post(sign_in))
        .route("/entrar/pin", get(own_pin::show).post(own_pin::change))
        .route("/sair", post(sign_out))
        .route("/eventos", get(events::stream))
        .route(
            "/conflito/{conflict}",
            get(conflict::show).post(conflict::decide),
        )
        .route(
            "/conflito/{id}/pedido-inteiro",
            get(batch::record).post(batch::decide_record),
        )
        .route(
            "/conflito/{id}/iguais",
            get(batch::like).post(batch::decide_like),
        )
        .route("/conflito/{id}/comigo", post(conflict::take))
        .route(
            "/conflito/{id}/segunda-pessoa",
            get(conflict::show).post(conflict::second),
        )
        .route(
            "/conflito/{id}/desfazer",
            get(conflict::show).post(conflict::take_back),
        )
        .route("/decididos", get(decided::show))
        .route("/apoio", get(help::show))
        .route("/apoio/{ticket}", get(help::show_one).post(help::answer))
        .route("/apoio/{ticket}/comigo", post(help::take))
        .route(
            "/apoio/{ticket}/segunda-linha",
            get(help::show_one).post(help::escalate),
        )
        .route(
            "/apoio/respostas",
            get(help::canned::show).post(help::canned::keep_new),
        )
        .route(
            "/apoio/respostas/{id}",
            get(help::canned::show_one).post(help::canned::keep_one),
        )
        .route("/apoio/respostas/{id}/apagar", post(help::canned::remove))
        .route("/avisos", get(sent::show))
        .route("/avisos/{request}/{outcome}/outra-vez", post(sent::again))
        .route("/consultas", get(lookups::show))
        .route(
            "/ocorrencias",
            get(occurrences::show).post(occurrences::declare),
        )
        .route("/ocorrencia/{id}", get(occurrences::show_one))
        .route("/ocorrencia/{id}/confirmar", post(occurrences::confirm))
        .route("/ocorrencia/{id}/terminar", post(occurrences::end))
        .route(
            "/ocorrencia/{id}/mudar",
            get(occurrences::show_change).post(occurrences::change),
        )
        .route("/mensagens", get(notices::show).post(notices::tell))
        .route("/mensagem/{notice}", get(notices::show_one))
        .route("/reservas", get(leases::show).post(leases::give))
        .route("/reservas/{list}/retirar", post(leases::withdraw))
        .route("/reclamacoes", get(complaints::show))
        .route("/reclamacao/{request}", get(complaints::show_one))
        .route(
            "/reclamacao/{request}/resposta",
            get(complaints::show_one).post(complaints::reply),
        )
        .route("/avaliacoes", get(assessments::show))
        .route("/avaliacao/{id}", get(assessments::show_one))
        .route("/pedidos", get(requests::show))
        .route("/pedido/{request}", get(requests::show_one))
        .route("/anexo/{blob}", get(requests::show_blob))
        .route(
            "/pedido/{request}/devolver",
            get(requests::show_one).post(requests::give_back),
        )
        .route("/percursos", get(tours::show).post(tours::plan))
        .route("/percursos/calendario", get(tours::show_month))
        .route("/percurso/{tour}", get(tours::show_one))
        .route(
            "/percurso/{tour}/paragem",
            get(tours::show_another).post(tours::plan_another),
        )
        .route(
            "/percurso/{tour}/paragem/{stop}",
            get(tours::show_stop).post(tours::plan_known),
        )
        .route(
            "/percurso/{tour}/paragem/{stop}/cancelar",
            post(tours::cancel_stop),
        )
        .route(
            "/percurso/{tour}/paragem/{stop}/marcar",
            get(tours::show_booking).post(tours::book),
        )
        .route(
            "/percurso/{tour}/marcacao/{booking}/retirar",
            post(tours::withdraw),
        )
        .route("/percurso/{tour}/desfazer", post(tours::undo))
        .route("/lares", get(homes::show).post(homes::keep_new))
        .route(
            "/lar/{facility}",
            get(homes::show_facility).post(homes::keep_facility),
        )
        .route(
            "/lar/{facility}/visita",
            get(homes::show_facility).post(homes::plan_visit),
        )
        .route("/residentes/{list}", get(homes::show_list))
        .route(
            "/residentes/{list}/juntar",
            get(homes::show_resident_form).post(homes::list_resident),
        )
        .route("/residentes/{list}/{resident}/tirar", post(homes::remove))
        .route(
            "/residentes/{list}/{resident}/vive-aqui",
            post(homes::lives_here),
        )
        .route("/entidades", get(agencies::show))
        .route(
            "/conservacao",
            get(retention::show).post(retention::hold_back),
        )
        .route("/conservacao/{request}/largar", post(retention::let_go))
        .route("/acessos", get(accounts::show))
        .route("/acessos/cidadao", get(accounts::show_citizen))
        .route("/postos", get(fleet::show))
        .route(
            "/postos/inscrever",
            get(fleet::enrol::show).post(fleet::enrol::make),
        )
        .route(
            "/postos/inscrever/{handle}/retirar",
            post(fleet::enrol::withdraw),
        )
        .route("/postos/renovar/{certificate}", post(fleet::enrol::answer))
        .route(
            "/posto/{node}/ordens",
            get(fleet::orders::show).post(fleet::orders::give),
        )
        .route(
            "/posto/{node}/ordens/{number}/concordar",
            get(fleet::orders::show_again).post(fleet::orders::agree),
        )
        .route(
            "/posto/{node}/ordens/{number}/retirar",
            get(fleet::orders::show_again).post(fleet::orders::withdraw),
        )
        .route(
            "/posto/{node}/ordens/{number}/diagnostico",
            get(fleet::orders::diagnosis),
        )
        .route("/posto/{node}", get(fleet::node::show))
        .route(
            "/posto/{node}/aviso/{alarm}",
            get(fleet::node::show_again).post(fleet::node::take),
        )
        .route(
            "/posto/{node}/perdido",
            get(fleet::lost::show).post(fleet::lost::report),
        )
        .route(
            "/posto/{node}/perdido/concordar",
            get(fleet::lost::show).post(fleet::lost::agree),
        )
        .route(
            "/posto/{node}/perdido/retirar",
            get(fleet::lost::show).post(fleet::lost::withdraw),
        )
        .route(
            "/catalogo",
            get(catalogue::show)
                .post(catalogue::send)
                .layer(DefaultBodyLimit::max(catalogue::sent::MAX_BYTES)),
        )
        .route(
            "/catalogo/comecar",
            get(catalogue::show).post(catalogue::begin),
        )
        .route(
            "/catalogo/edicao/{edition}/ficheiros",
            get(catalogue::edition_zip),
        )
        .route(
            "/catalogo/edicao/{edition}/retirar",
            post(catalogue::withdraw),
        )
        .route(
            "/catalogo/proposta/{proposal}",
            get(catalogue::proposal::show),
        )
        .route(
            "/catalogo/proposta/{proposal}/ficheiros",
            get(catalogue::proposal_zip),
        )
        .route(
            "/catalogo/proposta/{proposal}/ficheiro",
            get(catalogue::text::show)
                .post(catalogue::text::keep)
                .layer(DefaultBodyLimit::max(catalogue::sent::MAX_BYTES)),
        )
        .route(
            "/catalogo/proposta/{proposal}/ver/{service}",
            get(catalogue::preview::show),
        )
        .route(
            "/catalogo/proposta/{proposal}/propor",
            get(catalogue::proposal::show).post(catalogue::proposal::propose),
        )
        .route(
            "/catalogo/proposta/{proposal}/concordar",
            get(catalogue::proposal::show).post(catalogue::proposal::agree),
        )
        .route(
            "/catalogo/proposta/{proposal}/retirar",
            get(catalogue::proposal::show).post(catalogue::proposal::unpropose),
        )
        .route(
            "/catalogo/proposta/{proposal}/apagar",
            post(catalogue::proposal::delete),
        )
        .route("/numeros", get(statistics::show))
        .route("/numeros/csv", get(statistics::csv))
        .route("/numeros/abertos", get(statistics::open_csv))
        .route("/numeros/parquet", get(statistics::tables))
        .route("/numeros/abertos/parquet", get(statistics::open_tables))
        .route(
            "/quarentena",
            get(quarantine::show).post(quarantine::settle),
        )
        .route("/pessoas", get(people::show).post(people::keep_new))
        .route(
            "/pessoa/{person}",
            get(people::one::show).post(people::one::keep),
        )
        .route(
            "/pessoa/{person}/pin",
            get(people::one::show).post(people::one::new_pin),
        )
        .route(
            "/pessoa/{person}/sair",
            get(people::one::show).post(people::one::send_away),
        )
        .route(
            "/pessoa/{person}/concordar",
            get(people::one::show).post(people::one::agree),
        )
        .route(
            "/pessoa/{person}/retirar",
            get(people::one::show).post(people::one::drop_proposal),
        )
        .route("/alheios", get(rights::show_beyond))
        .route_layer(from_fn_with_state(state.clone(), rights::check))
        .with_state(state)
        .route("/assets/{fingerprint}/{name}", get(crate::assets::serve))
        .method_not_allowed_fallback(crate::desk::not_like_this)
        .fallback(crate::desk::no_such_page)
        .layer(from_fn_with_state(guard, stand_at_the_door))
}

const PLACE: &str = "Vereda · central";

#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    para: String,
}

async fn show_sign_in(State(state): State<ConsoleState>, Query(back): Query<Back>) -> Response {
    let people = state
        .call(|console| Ok(console.operators()))
        .await
        .unwrap_or_default();
    SignIn {
        place: PLACE,
        people: &people,
        chosen: None,
        refusal: None,
        back: own_path(&back.para),
        trains: false,
    }
    .response(&CONSOLE)
}

async fn sign_in(State(state): State<ConsoleState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let fields = match read_form(parts, body).await {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let (person, pin) = (
        gate::get(&fields, "pessoa").to_owned(),
        gate::get(&fields, "pin").to_owned(),
    );
    let chosen = person.clone();
    let outcome = state
        .call(move |console| Ok((console.sign_in(&person, &pin), console.operators())))
        .await;
    let back = own_path(gate::get(&fields, "para"));
    match outcome {
        Ok((Ok(token), _)) => {
            redirect_with_cookie(back, &state.door.cookie(ConsoleState::COOKIE, &token))
        }
        Ok((Err(SignInRefusal::OwnPinFirst), people)) => OwnPinPage {
            place: PLACE,
            people: &people,
            chosen: Some(&chosen),
            is_first: true,
            refusal: None,
            ask: &[],
        }
        .response(&CONSOLE),
        Ok((Err(refusal), people)) => SignIn {
            place: PLACE,
            people: &people,
            chosen: Some(&chosen),
            refusal: Some(&refusal),
            back,
            trains: false,
        }
        .response(&CONSOLE),
        Err(error) => Fault::from(error).into_response(),
    }
}

async fn sign_out(
    State(state): State<ConsoleState>,
    headers: HeaderMap,
    _posted: Posted,
) -> Response {
    if let Some(token) = state.door.token(&headers, ConsoleState::COOKIE) {
        // Best effort: the cookie goes in any case.
        let _ = state
            .call(move |console| {
                console.sign_out(&token);
                Ok(())
            })
            .await;
    }
    redirect_with_cookie("/entrar", &state.door.cookie(ConsoleState::COOKIE, ""))
}
