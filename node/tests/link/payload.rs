//! What an exchange costs in bytes of messages (with their lengths, without HTTP and TLS), and in
//! turns: the two sides are driven by hand, with nothing between them.

use std::collections::VecDeque;
use std::sync::Arc;

use vereda::authority::{Enrolled, Role};
use vereda::exchange::{Answering, Calling, Ended, Peer};
use vereda::link::seal::Seal;
use vereda_sync::exchange::Message;

use crate::world::{TestHub, TestSpot, World, note, request};

/// What went over.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cost {
    up: usize,
    down: usize,
    /// Frames of entries among what went up.
    frames: usize,
    /// How often the spot waited for the hub before it could go on.
    turns: usize,
}

impl Cost {
    fn all(&self) -> usize {
        self.up + self.down
    }
}

/// One exchange, to its end.
fn exchange(world: &World, spot: &TestSpot, hub: &TestHub) -> Cost {
    let key = |id: &str| Seal::load(&world.dir.join(id).join("node.key")).unwrap();
    let certificate = |id: &str| -> Arc<[u8]> {
        let file = world.dir.join(id).join("node.crt");
        vereda::link::tls::certificate(&file)
            .unwrap()
            .to_vec()
            .into()
    };
    let id = spot.node.config.node.id.as_str();
    let peer = Peer {
        spot: Enrolled {
            id: id.into(),
            role: Role::Spot,
            scopes: spot.node.config.node.scopes.clone(),
            fingerprint: String::new(),
            enrolled: String::new(),
            zone: None,
            ends: None,
            revoked: None,
        },
        certificate: certificate(id),
    };
    let (mut calling, first) =
        Calling::begin(spot.node.clone(), key(id), certificate("central")).unwrap();
    let mut answering = Answering::new(hub.node.clone(), key("central"), peer);
    let (mut up, mut down) = (VecDeque::from(first), VecDeque::new());
    let mut cost = Cost::default();
    let bytes = |message: &Message| message.encode().len() + 4;
    for _ in 0..10_000 {
        if calling.ended() == Some(Ended::Well) {
            return cost;
        }
        while calling.wants() {
            up.extend(calling.upload().unwrap());
        }
        cost.turns += usize::from(!up.is_empty());
        while let Some(message) = up.pop_front() {
            cost.up += bytes(&message);
            cost.frames += usize::from(matches!(message, Message::Frame { .. }));
            down.extend(answering.receive(message).unwrap());
        }
        while answering.feeds() {
            down.extend(answering.feed().unwrap());
        }
        while let Some(message) = down.pop_front() {
            cost.down += bytes(&message);
            up.extend(calling.receive(message).unwrap());
        }
    }
    panic!("an exchange without an end: {cost:?}");
}

#[test]
fn one_more_request_and_nothing_new_cost_little() {
    let world = World::new();
    let hub = quiet_hub(&world);
    let spot = world.spot("movel-07", &["monchique"]);
    for n in 0..20 {
        request(&spot.node, &format!("Ana Sousa {n}"));
    }
    exchange(&world, &spot, &hub);
    exchange(&world, &spot, &hub);
    let nothing = exchange(&world, &spot, &hub);
    assert!(nothing.all() <= 160, "{nothing:?}");
    assert_eq!(nothing.turns, 1);

    // Four changes of a request and one of a note: 64 bytes a change, and 200 besides.
    let record = request(&spot.node, "Beatriz Carvalho");
    note(&spot.node, record, "volta na quinta");
    let one = exchange(&world, &spot, &hub);
    assert!(one.all() <= 5 * 64 + 200, "{one:?}");
    assert_eq!((one.turns, one.frames), (1, 1));
    // Quiet now, it is sealed; and then nothing is new.
    let sealed = exchange(&world, &spot, &hub);
    assert!(sealed.all() <= 400, "{sealed:?}");
    assert!(exchange(&world, &spot, &hub).all() <= 160);
    println!("nothing new: {nothing:?}, one request: {one:?}, its seal: {sealed:?}");
}

#[test]
fn a_backlog_of_any_length_takes_as_many_turns() {
    let world = World::new();
    let hub = quiet_hub(&world);
    let turns = [3, 600].map(|requests| {
        let id = format!("movel-{requests:03}");
        let spot = world.spot(&id, &["monchique"]);
        for n in 0..requests {
            request(&spot.node, &format!("Ana {n}"));
        }
        let cost = exchange(&world, &spot, &hub);
        assert!(cost.frames > usize::from(requests > 3) * 4);
        cost.turns
    });
    assert_eq!(turns[0], 1);
    // Past the window of frames, acknowledgements keep it open: they stream.
    assert!(turns[1] <= 2, "{turns:?}");
}

/// A hub of which nobody listens but this test.
fn quiet_hub(world: &World) -> TestHub {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let hub = world.hub(None);
    hub.node.epoch().unwrap();
    hub
}
