//! The pages of the desk as the tests of all pages render them.

use maud::Markup;
use vereda_hardware::card::CardState;
use vereda_sync::catalogue::Service;

use super::port::{
    About, Addressees, AssessmentView, AssessmentsView, Attendance, BedsideView, CarriedView,
    CheckAnswers, ComplaintRow, ComplaintView, DeskError, DesksView, FacilityView, FiguresView,
    Form, HomesView, ListView, LookupRow, LookupView, LostView, OccurrencesView, PackView,
    PacksView, PaymentView, Receipt, Request, RequestRow, SticksView, StopAhead, TicketRow,
    TicketView, TillView, ToEnter, Today, TourView, ToursView, TypedFacility, TypedOccurrence,
    TypedResident, TypedVisit, WhereaboutsView,
};
use super::{
    Frame, assessments, attendance, bedside, carrying, case, check_answers, complaints, desks,
    fault, figures, form, help, homes, keeping, lookup, lost, occurrences, pack_paper, packs,
    pairing, payment, receipt, request, requests, sticks, till, today, tours, whereabouts,
};
use crate::texts::Texts;

pub(crate) fn today(f: &Frame, view: &Today) -> Markup {
    f.document(&today::page(f, view, Some(26)))
}

pub(crate) fn assessments(f: &Frame, view: &AssessmentsView) -> Markup {
    f.document(&assessments::list_page(f, view))
}

pub(crate) fn assessment(f: &Frame, view: &AssessmentView, wrong: &assessments::Wrong) -> Markup {
    f.document(&assessments::page(f, view, wrong))
}

pub(crate) fn keeping(f: &Frame, shown: &keeping::Shown) -> Markup {
    f.document(&keeping::page(f, shown))
}

pub(crate) fn day_of_copy(f: &Frame, day: &super::port::DayOfCopy) -> Markup {
    f.document(&keeping::day_page(f, day))
}

pub(crate) fn packs(f: &Frame, view: &PacksView, refusal: &packs::Refused) -> Markup {
    f.document(&packs::page(f, view, refusal))
}

pub(crate) fn enter_late(f: &Frame, blank: &ToEnter, problem: &str) -> Markup {
    f.document(&packs::enter_page(f, blank, problem))
}

pub(crate) fn pack(f: &Frame, view: &PackView, problem: &str) -> Markup {
    f.document(&packs::pack_page(f, view, problem))
}

pub(crate) fn pack_paper(f: &Frame, view: &PackView, language: &str) -> Markup {
    f.document(&pack_paper::page(f, view, Texts::of(language)))
}

pub(crate) fn desks(f: &Frame, view: DesksView, problem: &str) -> Markup {
    let problem = problem.to_owned();
    f.document(&desks::page(f, &desks::Shown { view, problem }))
}

pub(crate) fn lost(f: &Frame, view: &LostView, refused: &lost::Refused) -> Markup {
    f.document(&lost::page(f, view, refused))
}

pub(crate) fn occurrences(
    f: &Frame,
    view: &OccurrencesView,
    typed: &TypedOccurrence,
    error: &str,
) -> Markup {
    f.document(&occurrences::page(f, view, typed, error))
}

pub(crate) fn occurrence_changed(
    f: &Frame,
    view: &OccurrencesView,
    typed: &TypedOccurrence,
    error: &str,
) -> Markup {
    let one = &view.here[0];
    f.document(&occurrences::change_page(f, view, one, (typed, "", error)))
}

pub(crate) fn tour_month(f: &Frame, view: &super::port::CalendarView) -> Markup {
    f.document(&tours::month_page(view))
}

pub(crate) fn tours(f: &Frame, view: &ToursView, said: bool) -> Markup {
    f.document(&tours::today_page(f, view, said))
}

pub(crate) fn tour(f: &Frame, view: &TourView) -> Markup {
    f.document(&tours::tour_page(f, view, false))
}

pub(crate) fn homes(f: &Frame, view: &HomesView) -> Markup {
    f.document(&homes::page(f, view))
}

pub(crate) fn facility(f: &Frame, known: Option<&FacilityView>, problem: &str) -> Markup {
    let retry = (TypedFacility::default(), problem.to_owned());
    let retry = (!problem.is_empty()).then_some(&retry);
    let scopes = ["monchique".to_owned(), "aljezur".to_owned()];
    f.document(&homes::facility_page(f, known, &scopes, retry))
}

pub(crate) fn visit(f: &Frame, view: &FacilityView, stops: &[StopAhead], problem: &str) -> Markup {
    let retry = (TypedVisit::default(), problem.to_owned());
    f.document(&homes::visit_page(f, view, stops, &retry))
}

pub(crate) fn residents(f: &Frame, view: &ListView) -> Markup {
    f.document(&homes::list_page(f, view))
}

pub(crate) fn resident_form(f: &Frame, view: &ListView, problem: &str) -> Markup {
    let services = vec![("cesd".to_owned(), crate::samples::housing().title)];
    let retry = (TypedResident::default(), problem.to_owned());
    f.document(&homes::resident_page(f, view, &services, &retry))
}

pub(crate) fn resident_sheet(f: &Frame, view: &ListView, for_crew: bool) -> Markup {
    f.document(&homes::paper_page(f, view, for_crew))
}

pub(crate) fn bedside(f: &Frame, view: &BedsideView, problem: &str) -> Markup {
    f.document(&bedside::page(f, view, problem))
}

pub(crate) fn several(
    f: &Frame,
    view: &ListView,
    service: Option<&Service>,
    typed: &bedside::Several,
) -> Markup {
    let all = [crate::samples::housing()];
    f.document(&bedside::several_page(f, view, service, &all, typed))
}

pub(crate) fn batch(f: &Frame, view: &ListView) -> Markup {
    f.document(&bedside::batch_page(f, view, &view.batches[0]))
}

pub(crate) fn stop(f: &Frame, planning: &tours::Planning) -> Markup {
    f.document(&tours::stop_page(
        f,
        planning,
        &crate::samples::tours::services(),
    ))
}

pub(crate) fn requests(f: &Frame, query: &str, rows: &[RequestRow]) -> Markup {
    f.document(&requests::page(f, query, rows))
}

pub(crate) fn attendance(
    f: &Frame,
    attendance: Attendance,
    card: CardState,
    services: Vec<Service>,
) -> Markup {
    let query = if services.is_empty() {
        "xpto".to_owned()
    } else {
        String::new()
    };
    f.document(&attendance::page(
        f,
        &attendance::View {
            attendance,
            card,
            query,
            services,
        },
    ))
}

pub(crate) fn form(
    f: &Frame,
    form: Form,
    error: Option<&DeskError>,
    typed: &[(String, String)],
) -> Markup {
    let mut view = form::View {
        form,
        card: CardState::Empty,
        errors: vec![],
        trouble: None,
    };
    view.type_over(typed);
    if let Some(error) = error {
        view = view.with_error(error).1;
    }
    f.document(&form::page(f, &view))
}

pub(crate) fn check_answers(f: &Frame, view: &CheckAnswers) -> Markup {
    f.document(&check_answers::page(f, view))
}

pub(crate) fn receipt(f: &Frame, view: &Receipt) -> Markup {
    f.document(&receipt::page(f, view, Texts::of(&view.language)))
}

pub(crate) fn request(f: &Frame, view: &Request, wrong: bool) -> Markup {
    let retry = if wrong {
        request::Retry {
            field: "phone".into(),
            value: "91234567".into(),
            reason: "enganei-me".into(),
            error: "O telefone tem 9 algarismos; escreveu 8.".into(),
            ..request::Retry::default()
        }
    } else {
        request::Retry::default()
    };
    f.document(&request::page(f, view, &retry))
}

pub(crate) fn withdrawal(f: &Frame, view: &Request, problem: &str) -> Markup {
    let retry = case::Retry {
        who: "o próprio".into(),
        problem: problem.to_owned(),
        ..case::Retry::default()
    };
    f.document(&case::withdrawal_page(f, view, &retry))
}

pub(crate) fn hand_over(f: &Frame, view: &Addressees, problem: &str) -> Markup {
    let retry = case::Retry {
        to: "posto:loule-2".into(),
        problem: problem.to_owned(),
        ..case::Retry::default()
    };
    f.document(&case::hand_over_page(f, view, &retry))
}

pub(crate) fn figures(f: &Frame, view: &FiguresView) -> Markup {
    f.document(&figures::page(f, view))
}

pub(crate) fn complaints(f: &Frame, rows: &[ComplaintRow]) -> Markup {
    f.document(&complaints::list_page(f, rows))
}

pub(crate) fn complaint(f: &Frame, view: &ComplaintView, problem: &str) -> Markup {
    let retry = crate::complaint::Retry {
        from: "Câmara".into(),
        problem: problem.to_owned(),
        ..crate::complaint::Retry::default()
    };
    f.document(&complaints::page(f, view, &retry))
}

pub(crate) fn reply(f: &Frame, view: &ComplaintView) -> Markup {
    f.document(&complaints::paper_page(view, Texts::of(&view.language)))
}

pub(crate) fn tickets(
    f: &Frame,
    tickets: Vec<TicketRow>,
    about: Option<About>,
    problem: &str,
) -> Markup {
    let retry = help::Retry {
        text: String::new(),
        problem: problem.to_owned(),
        ..help::Retry::default()
    };
    f.document(&help::list_page(f, &help::List { tickets, about }, &retry))
}

pub(crate) fn ticket(f: &Frame, view: &TicketView) -> Markup {
    f.document(&help::page(f, view, &help::Retry::default()))
}

pub(crate) fn lookups(f: &Frame, lookups: Vec<LookupRow>, problem: &str) -> Markup {
    let typed = lookup::Typed {
        by: "nif".into(),
        number: "123456789".into(),
        problem: problem.to_owned(),
        ..lookup::Typed::default()
    };
    let numbers = crate::samples::lookups::numbers();
    f.document(&lookup::list_page(
        f,
        &lookup::List {
            lookups,
            numbers,
            typed,
        },
    ))
}

pub(crate) fn lookup(f: &Frame, view: &LookupView) -> Markup {
    f.document(&lookup::page(f, view))
}

pub(crate) fn whereabouts(f: &Frame, view: &WhereaboutsView) -> Markup {
    f.document(&whereabouts::page(f, view))
}

pub(crate) fn carrying(f: &Frame, view: &CarriedView) -> Markup {
    f.document(&carrying::page(f, view))
}

pub(crate) fn sticks(f: &Frame, view: SticksView, problem: &str) -> Markup {
    let problem = problem.to_owned();
    f.document(&sticks::page(f, &sticks::Shown { view, problem }))
}

pub(crate) fn till(f: &Frame, view: &TillView, which: till::Which, problem: &str) -> Markup {
    let typed = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let retry = till::Retry {
        problem: problem.to_owned(),
        typed: vec![typed("movimento", "1"), typed("n-2000", "três")],
    };
    f.document(&till::page(f, view, which, &retry))
}

pub(crate) fn payment(f: &Frame, view: &PaymentView, problem: &str) -> Markup {
    let retry = payment::Retry {
        how: "terminal".into(),
        problem: problem.to_owned(),
        ..payment::Retry::default()
    };
    f.document(&payment::page(f, view, &retry))
}

pub(crate) fn pairing(f: &Frame, error: Option<&str>) -> Markup {
    f.document(&pairing::page(f, "4821", error))
}

pub(crate) fn fault(error: &DeskError) -> Markup {
    let (_, heading, advice) = fault::say(error);
    fault::page(
        heading,
        &advice,
        &[("Nota".to_owned(), "Volta na quinta-feira.".to_owned())],
    )
}
