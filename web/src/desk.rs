//! The desk of the mediator.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower::ServiceExt;

use crate::accessibility;
use crate::citizen;
use crate::citizen::port::CitizenScreens;
use crate::desk::frame::Page;
use crate::desk::port::{Desk, DeskError, Session};
use crate::gate::{Gate, Signed, off_thread};
use crate::guard::{HostGuard, stand_at_the_door};
use crate::own_pin::PATH;

pub mod port;

mod agency;
mod agreed;
mod arrival;
pub(crate) mod assessments;
mod attendance;
pub(crate) mod bedside;
mod card;
pub(crate) mod carrying;
mod case;
mod check_answers;
mod complaints;
mod declared;
pub(crate) mod desks;
pub(crate) mod draft;
mod events;
pub(crate) mod fault;
pub(crate) mod field;
mod figures;
pub(crate) mod form;
mod frame;
pub(crate) mod help;
pub(crate) mod homes;
pub(crate) mod household;
pub(crate) mod keeping;
pub(crate) mod lan;
mod looks;
pub(crate) mod lookup;
pub(crate) mod lost;
mod mirror;
pub(crate) mod occurrences;
pub(crate) mod outcome;
mod pack_paper;
pub(crate) mod packs;
mod pairing;
pub(crate) mod papers;
mod payment;
mod photos;
mod queue;
pub(crate) mod receipt;
mod request;
mod requests;
mod reveal;
#[cfg(test)]
pub(crate) mod samples_of;
mod service;
mod session;
pub(crate) mod sticks;
mod strip;
pub(crate) mod till;
mod today;
pub(crate) mod tours;
pub(crate) mod twice;
pub(crate) mod voice;
pub(crate) mod whereabouts;

pub use lan::on_the_lan;

pub(crate) use agency::disclosed;
pub(crate) use agreed::said as agreed;
pub(crate) use check_answers::thumbs;
pub(crate) use declared::line as declared;
pub(crate) use fault::{Fault, no_such_page, not_like_this, problem, say as fault_words};
pub(crate) use frame::Frame;
pub(crate) use packs::notice as from_paper;
pub(crate) use payment::alert;
pub(crate) use photos::stream_of;
pub(crate) use request::{is_correctable, timeline, under};
pub(crate) use today::rows as request_rows;

/// What the tokens of sessions at a desk for training begin with.
pub const TRAINING_MARK: &str = "treino-";
/// Largest photograph that is taken in, in bytes.
pub const MAX_PHOTO_BYTES: usize = 64 << 20;
/// Largest keystroke that is taken in, in bytes.
pub const MAX_KEYSTROKE_BYTES: usize = 16 << 10;

#[derive(Clone)]
pub(crate) struct DeskState {
    pub(crate) desk: Arc<dyn Desk>,
    /// The desk for training beside the real one, and the other way round.
    other: Option<Arc<dyn Desk>>,
    door: HostGuard,
}

impl Gate for DeskState {
    const COOKIE: &'static str = "vereda";

    fn door(&self) -> &HostGuard {
        &self.door
    }

    fn session_of(&self, token: &str, at: &str) -> Option<Session> {
        self.desk
            .session(token)
            .filter(|session| session.desk == at)
    }

    fn form_guard_of(&self, session: &Session) -> String {
        self.desk.form_guard(session)
    }

    fn label_of(&self, path: &str, field: &str) -> Option<String> {
        let form = path.strip_prefix("/formulario/")?.split('/').next()?;
        self.desk.label_of(form, field)
    }
}

impl DeskState {
    /// Calls the desk off the asynchronous threads.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Desk) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let desk = Arc::clone(&self.desk);
        off_thread(move || call(&*desk)).await
    }

    /// Loads what a page shows together with its frame.
    pub(crate) async fn load<T: Send + 'static>(
        &self,
        session: &Session,
        load: impl FnOnce(&dyn Desk, &Session) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<(Frame, T), Fault> {
        let session = session.clone();
        self.call(move |desk| {
            let drawn_at = desk.happened();
            let view = load(desk, &session)?;
            Ok((Frame::of(desk, &session, drawn_at), view))
        })
        .await
        .map_err(Fault::from)
    }

    /// Shows a page of what is loaded for it; or why it cannot be.
    pub(crate) async fn show<T: Send + 'static>(
        &self,
        who: &Signed,
        load: impl FnOnce(&dyn Desk, &Session) -> Result<T, DeskError> + Send + 'static,
        page: impl FnOnce(&Frame, &T) -> Page<'static>,
    ) -> Response {
        match self.load(&who.session, load).await {
            Ok((frame, view)) => frame.respond(&page(&frame, &view)),
            Err(fault) => fault.into_response(),
        }
    }
}

/// Everything that a spot serves: the desk at `/`, signing in at `/entrar`, the
/// citizen's screen at `/cidadao`, assets at `/assets/…`.
///
/// Posts must carry `Sec-Fetch-Site: same-origin` or an `Origin` that is the
/// `Host`, as browsers do; programs that post must send one of them too.
pub fn router(desk: Arc<dyn Desk>, screens: Arc<dyn CitizenScreens>, guard: HostGuard) -> Router {
    let state = DeskState {
        desk,
        other: None,
        door: guard.clone(),
    };
    around(pages(state), screens, guard)
}

/// As [`router`], with a desk for training beside the real one, reached by `/entrar/treino`. The
/// tokens of its sessions begin with [`TRAINING_MARK`]: by that, all that its pages ask goes to
/// it and nothing else does. `screens` knows which desk a screen follows.
pub fn router_with_training(
    desk: Arc<dyn Desk>,
    training: Arc<dyn Desk>,
    screens: Arc<dyn CitizenScreens>,
    guard: HostGuard,
) -> Router {
    let side = |desk: &Arc<dyn Desk>, other: &Arc<dyn Desk>| DeskState {
        desk: Arc::clone(desk),
        other: Some(Arc::clone(other)),
        door: guard.clone(),
    };
    let signs_in = || Router::new().route("/entrar/treino", post(session::sign_in));
    let of = |state: DeskState| pages(state.clone()).merge(signs_in().with_state(state));
    let whole = |desk, other| around(of(side(desk, other)), Arc::clone(&screens), guard.clone());
    let both = Both {
        real: whole(&desk, &training),
        training: whole(&training, &desk),
        door: guard.clone(),
    };
    Router::new().fallback(lead).with_state(both)
}

/// Both desks, and how to know who goes where.
#[derive(Clone)]
struct Both {
    real: Router,
    training: Router,
    door: HostGuard,
}

/// Leads to the desk for training whoever signs in there, or has; before any path is looked at, so
/// that neither desk sees what is the other's.
async fn lead(State(both): State<Both>, request: Request) -> Response {
    let token = both.door.token(request.headers(), DeskState::COOKIE);
    let trains = token.is_some_and(|token| token.starts_with(TRAINING_MARK));
    let desk = match request.uri().path() {
        "/entrar" | PATH => both.real,
        "/entrar/treino" => both.training,
        _ if trains => both.training,
        _ => both.real,
    };
    let Ok(response) = desk.oneshot(request).await;
    response
}

/// What stands around the pages of the desk: the citizen's screen, assets, the door.
fn around(pages: Router, screens: Arc<dyn CitizenScreens>, guard: HostGuard) -> Router {
    pages
        .merge(citizen::routes(screens, guard.clone()))
        .route("/assets/{fingerprint}/{name}", get(crate::assets::serve))
        .method_not_allowed_fallback(not_like_this)
        .fallback(fault::no_such_page)
        .layer(from_fn_with_state(guard, stand_at_the_door))
}

/// The pages of one desk.
fn pages(state: DeskState) -> Router {
    Router::new()
        .route("/", get(today::show))
        .route("/acessibilidade", get(accessibility::show))
        .route("/entrar", get(session::show).post(session::sign_in))
        .route(
            "/entrar/pin",
            get(session::show_own_pin).post(session::change_pin),
        )
        .route("/sair", post(session::sign_out))
        .route("/treino/cartao", post(session::insert_card))
        .route("/eventos", get(events::stream))
        .route("/sincronizar", post(session::sync_now))
        .route("/mensagem/{message}/ciente", post(today::acknowledge))
        .route("/senhas", post(queue::give))
        .route("/senhas/chamar", post(queue::call))
        .route("/senhas/atender", post(queue::serve))
        .route("/senhas/ausente", post(queue::absent))
        .route("/atendimentos", post(attendance::begin))
        .route("/atendimento/{attendance}", get(attendance::show))
        .route(
            "/atendimento/{attendance}/cartao",
            post(attendance::from_card),
        )
        .route(
            "/atendimento/{attendance}/pedidos",
            post(attendance::begin_request),
        )
        .route(
            "/atendimento/{attendance}/representante",
            post(attendance::represent),
        )
        .route(
            "/atendimento/{attendance}/documentos",
            post(declared::declare),
        )
        .route("/atendimento/{attendance}/resultado", post(outcome::ask))
        .route("/atendimento/{attendance}/fechar", post(attendance::close))
        .route("/servicos", get(attendance::services))
        .route("/formulario/{form}", get(form::show_first))
        .route(
            "/formulario/{form}/{step}",
            get(form::show).post(form::finish),
        )
        .route("/formulario/{form}/{step}/retirar", post(form::take_out))
        .route(
            "/formulario/{form}/{step}/assumir",
            post(form::take_private),
        )
        .route("/formulario/{form}/{step}/desfazer", post(form::undo))
        .route("/rascunho/{form}/{field}", post(draft::keystroke))
        .route(
            "/anexos/{form}/{field}",
            // The multipart frame around the photograph takes a little.
            post(photos::attach).layer(DefaultBodyLimit::max(MAX_PHOTO_BYTES + (64 << 10))),
        )
        .route(
            "/anexos/{form}/{field}/voz",
            post(photos::attach_voice).layer(DefaultBodyLimit::max(MAX_PHOTO_BYTES + (64 << 10))),
        )
        .route("/anexos/{form}/{field}/tirar", post(photos::detach))
        .route("/anexo/{blob}", get(photos::show))
        .route("/documentos/{request}", post(papers::say))
        .route("/conferir/{request}", get(check_answers::show))
        .route("/conferir/{request}/pedir", post(check_answers::ask))
        .route("/conferir/{request}/voz", post(check_answers::by_word))
        .route("/conferir/{request}/hora", post(check_answers::choose_hour))
        .route("/conferir/{request}/registar", post(check_answers::record))
        .route("/comprovativo/{request}", get(receipt::show))
        .route("/pedidos", get(requests::show))
        .route("/pedidos/procura", get(requests::found))
        .route("/pedido/{request}", get(request::show))
        .route(
            "/pedido/{request}/corrigir",
            get(request::show).post(request::correct),
        )
        .route(
            "/pedido/{request}/prova",
            get(request::show).post(declared::prove),
        )
        .route("/pedido/{request}/hora", post(request::give_hour))
        .route(
            "/pedido/{request}/avisar",
            get(request::show).post(outcome::tell_by),
        )
        .route("/pedido/{request}/nao-avisar", post(outcome::take_back))
        .route("/pedido/{request}/avisado", post(outcome::told))
        .route("/pedido/{request}/nota", post(request::add_note))
        .route("/pedido/{request}/seguimento", post(case::follow_up))
        .route("/pedido/{request}/visto", post(case::look_after))
        .route("/pedido/{request}/entregar-de-novo", post(case::hand_in))
        .route(
            "/pedido/{request}/responder-a-entidade",
            post(agency::answer),
        )
        .route("/pedido/{request}/assumir", post(case::take_over))
        .route("/pedido/{request}/parar", post(case::park))
        .route("/pedido/{request}/retomar", post(case::resume))
        .route(
            "/pedido/{request}/desistir",
            get(case::show_withdrawal).post(case::withdraw),
        )
        .route(
            "/pedido/{request}/entregar",
            get(case::show_hand_over).post(case::hand_over),
        )
        .route(
            "/pagamento/{request}/depois",
            get(payment::show).post(payment::later),
        )
        .route(
            "/pagamento/{request}",
            get(payment::show).post(payment::receive),
        )
        .route("/caixa", get(till::show))
        .route("/caixa/dia/{day}", get(till::show_day))
        .route("/caixa/contar", get(till::count))
        .route("/caixa/conferir", get(till::check))
        // What was refused stands under the address it was posted to: loading that again is no error.
        .route("/caixa/abrir", get(till::show).post(till::open))
        .route(
            "/caixa/{till}/contar",
            get(till::count).post(till::keep_count),
        )
        .route("/caixa/{till}/fechar", get(till::check).post(till::close))
        .route("/caixa/{till}/anular", get(till::show).post(till::void))
        .route("/caixa/{till}/adenda", get(till::show).post(till::add_late))
        .route("/apoio", get(help::show).post(help::open))
        .route("/apoio/{ticket}", get(help::show_one))
        .route("/apoio/{ticket}/dizer", get(help::show_one).post(help::say))
        .route("/apoio/{ticket}/fechar", post(help::close))
        .route("/leva", get(carrying::show))
        .route("/onde", get(whereabouts::show))
        .route("/pen", get(sticks::show))
        .route("/pen/{stick}/guardar", get(sticks::show).post(sticks::save))
        .route("/pen/{stick}/ler", get(sticks::show).post(sticks::read))
        .route("/copia", get(keeping::show))
        .route("/copia/codigo", get(keeping::show).post(keeping::new_code))
        .route(
            "/copia/{copy}/recuperar",
            get(keeping::show).post(keeping::recover),
        )
        .route("/papel", get(packs::show).post(packs::make))
        .route("/papel/numero", get(packs::show_blank).post(packs::enter))
        .route("/papel/{pack}", get(packs::show_pack))
        .route("/papel/{pack}/imprimir", get(pack_paper::show))
        .route(
            "/papel/{pack}/anular",
            get(packs::show_pack).post(packs::void),
        )
        .route("/papel/{pack}/apareceu", post(packs::find))
        .route(
            "/copia/{copy}/dia",
            get(keeping::show).post(keeping::show_day),
        )
        .route("/mesas", get(desks::show))
        .route("/mesas/codigo", get(desks::show).post(desks::offer))
        .route(
            "/mesas/codigo/fechar",
            get(desks::show).post(desks::end_offer),
        )
        .route("/mesas/{id}/retirar", get(desks::show).post(desks::remove))
        .route(
            "/atendimento/{attendance}/continuar-aqui",
            post(desks::continue_here),
        )
        .route("/consultas", get(lookup::show).post(lookup::ask))
        .route("/consultas/{lookup}", get(lookup::show_one))
        .route("/reclamacoes", get(complaints::show))
        .route("/reclamacao/{request}", get(complaints::show_one))
        .route("/reclamacao/{request}/papel", get(complaints::paper))
        .route(
            "/reclamacao/{request}/resposta",
            get(complaints::show_one).post(complaints::reply),
        )
        .route(
            "/avaliacao",
            get(assessments::show).post(assessments::begin),
        )
        .route("/avaliacao/{id}", get(assessments::show_one))
        .route(
            "/avaliacao/{id}/guardar",
            get(assessments::show_one).post(assessments::keep),
        )
        .route(
            "/avaliacao/{id}/registar",
            get(assessments::show_one).post(assessments::record),
        )
        .route("/avaliacao/{id}/deitar-fora", post(assessments::drop_draft))
        .route(
            "/avaliacao/{id}/feito",
            get(assessments::show_one).post(assessments::remedied),
        )
        .route(
            "/ocorrencias",
            get(occurrences::show).post(occurrences::declare),
        )
        .route("/ocorrencias/{id}/terminar", post(occurrences::end))
        .route(
            "/ocorrencias/{id}/mudar",
            get(occurrences::show_change).post(occurrences::change),
        )
        .route(
            "/atendimento/{id}/perdeu-tudo",
            get(lost::show).post(lost::begin),
        )
        .route("/pedido/{request}/ficam-os-dois", post(twice::leave_both))
        .route("/atendimento/{id}/casa", post(household::begin))
        .route("/percurso", get(tours::show))
        .route("/percurso/calendario", get(tours::show_month))
        .route("/percurso/novo", get(tours::show_new).post(tours::plan_new))
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
            "/percurso/{tour}/paragem/{stop}/realizada",
            post(tours::held),
        )
        .route("/percurso/{tour}/paragem/{stop}/atraso", post(tours::late))
        .route(
            "/percurso/{tour}/paragem/{stop}/levar",
            post(tours::take_on_board),
        )
        .route(
            "/percurso/{tour}/paragem/{stop}/cancelar",
            post(tours::cancelled),
        )
        .route("/percurso/{tour}/desfazer", post(tours::undo))
        .route("/marcacao/{booking}/atender", post(tours::attend))
        .route("/marcacao/{booking}/ausente", post(tours::absent))
        .route("/lares", get(homes::show))
        .route("/lar/novo", get(homes::show_new).post(homes::keep_new))
        .route(
            "/lar/{facility}",
            get(homes::show_facility).post(homes::keep_facility),
        )
        .route(
            "/lar/{facility}/visita",
            get(homes::show_visit).post(homes::plan_visit),
        )
        .route("/residentes/{list}", get(homes::show_list))
        .route("/residentes/{list}/papel", get(homes::paper))
        .route("/residentes/{list}/seguinte", get(bedside::next))
        .route(
            "/residentes/{list}/juntar",
            get(homes::show_resident_form).post(homes::list_resident),
        )
        .route(
            "/residentes/{list}/varios",
            get(bedside::show_several).post(bedside::begin),
        )
        .route(
            "/residentes/{list}/varios/{batch}",
            get(bedside::show_batch),
        )
        .route("/residentes/{list}/{resident}/tirar", post(homes::remove))
        .route("/residente/{resident}", get(bedside::show))
        .route(
            "/residente/{resident}/consente",
            get(bedside::show).post(bedside::consents),
        )
        .route(
            "/residente/{resident}/fica",
            get(bedside::show).post(bedside::leave_out),
        )
        .route(
            "/residente/{resident}/familia",
            get(bedside::show).post(bedside::say_kin),
        )
        .route("/cabeceira", post(bedside::switch))
        .route("/numeros", get(figures::show))
        .route("/numeros/{period}", get(figures::show_period))
        .route("/numeros/{period}/csv", get(figures::csv))
        .route("/ecra", get(pairing::show).post(pairing::pair))
        .route("/ecra/largar", post(pairing::unpair))
        .route("/ecra/escrever", post(pairing::let_write))
        .route_layer(from_fn_with_state(state.clone(), looks::write_down))
        .with_state(state)
}
