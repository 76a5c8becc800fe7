//! What the loop says of itself, under paused time.

use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::reconcile::{Measured, Outcome};
use s3_thumbnailer::service::{KeyReport, Observer as _};
use s3_thumbnailer::worker::NotReady;

use super::Answer::{AtOnce, Fails};
use super::*;

/// Each change of what is said, and the second in which it came, while a worker works.
async fn changes<T: PartialEq>(
    script: &Scripted,
    seconds: u64,
    pace: Pace,
    say: impl Fn(&Vitals) -> T,
) -> Vec<(u64, T)> {
    let mut said: Vec<(u64, T)> = Vec::new();
    let begun = Instant::now();
    let look = async {
        loop {
            let now = say(&script.vitals);
            if said.last().is_none_or(|(_, before)| *before != now) {
                said.push((begun.elapsed().as_secs(), now));
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        biased;
        _ = script.work_for(seconds, pace) => {}
        () = look => {}
    }
    said
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_ready_once_the_queue_has_answered_if_only_by_nothing() {
    let script = Scripted::new([]);
    let said = changes(&script, 3600, PACE, Vitals::ready).await;
    let expected = [(0, Err(NotReady::NotAnswered)), (20, Ok(()))];
    assert_eq!(said, expected);
    assert_eq!(script.vitals.ready(), Err(NotReady::Draining(0)), "it has stopped");
}

#[tokio::test(start_paused = true)]
async fn three_failed_receives_in_a_row_make_it_unready_until_the_queue_answers() {
    let ready = |answers: Vec<Answer>| async {
        let script = Scripted::new(answers);
        let said = changes(&script, 600, PACE, Vitals::ready).await;
        (
            script.vitals.receive_failures(),
            said.into_iter().map(|(_, said)| said).collect::<Vec<_>>(),
        )
    };
    let twice = ready(vec![AtOnce, Fails, Fails, AtOnce, Fails, Fails]).await;
    assert_eq!(twice, (4, vec![Ok(())]));
    let thrice = ready(vec![AtOnce, Fails, Fails, Fails, Fails]).await;
    let failing = [NotReady::Failing(3), NotReady::Failing(4)].map(Err);
    assert_eq!(thrice, (4, [&[Ok(())], &failing[..], &[Ok(())]].concat()));
    let never = ready(vec![Fails, Fails, Fails]).await;
    let expected = vec![Err(NotReady::NotAnswered), Err(NotReady::Failing(3)), Ok(())];
    assert_eq!(never, (3, expected));
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_is_not_answered_in_a_minute_makes_it_unready() {
    let script = Scripted::new([Answer::AtOnce, Answer::Later(80, &[])]);
    let said = changes(&script, 600, PACE, |vitals| vitals.ready().is_ok()).await;
    // Asked a second after the first answer.
    assert_eq!(said, [(0, true), (61, false), (81, true)]);
}

#[tokio::test(start_paused = true)]
async fn a_draining_worker_is_live_and_not_ready_and_says_how_much_is_left() {
    let script = Scripted::new([Answer::Messages(&["slow", "never"])]);
    let pace = Pace { drain: Duration::from_mins(10), ..PACE };
    let said = changes(&script, 50, pace, |vitals| (vitals.live(), vitals.ready())).await;
    let draining = |left| (Ok(()), Err(NotReady::Draining(left)));
    let expected = [(0, (Ok(()), Ok(()))), (50, draining(2)), (100, draining(1))];
    assert_eq!(said, expected);
    assert_eq!(
        draining(2).1.unwrap_err().to_string(),
        "draining: told to stop, with 2 messages in flight"
    );
}

#[tokio::test(start_paused = true)]
async fn messages_are_in_flight_until_their_work_ends_however_it_ends() {
    let names = &["slow", "ok", "fail", "panic"];
    let script = Scripted::new([Answer::Messages(names), Answer::Later(5, &["slow 2"])]);
    let said = changes(&script, 300, PACE, Vitals::in_flight).await;
    let settled: Vec<_> = said.into_iter().filter(|(at, _)| *at > 0).collect();
    assert_eq!(settled, [(5, 2), (100, 1), (105, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_stuck_when_nothing_has_happened_for_longer_than_it_may_take() {
    // There is room for one.
    let pace = Pace { concurrency: 1, ..PACE };
    let stuck = |script: Scripted| async move {
        changes(&script, 1000, pace, |vitals| vitals.live().is_err()).await
    };
    let never = Scripted::new([Answer::Messages(&["never"])]);
    // Until it drains, which takes no longer than it may.
    assert_eq!(stuck(never).await, [(0, false), (150, true), (1000, false)]);
    // Each of them takes less, and all of them more.
    let busy = Scripted::new((0..20).map(|_| Answer::Messages(&["slow"])));
    assert_eq!(stuck(busy).await, [(0, false)]);
    assert_eq!(stuck(Scripted::new([])).await, [(0, false)], "an idle one asks");
    let late = Scripted::new([Answer::Later(500, &[])]);
    assert_eq!(stuck(late).await, [(0, false), (150, true), (500, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_long_message_names_many_keys_is_not_stuck() {
    let script = Scripted::new([Answer::Messages(&["never"])]);
    let pace = Pace { concurrency: 1, ..PACE };
    let vitals = Arc::clone(&script.vitals);
    let keys = async {
        for _ in 0..9 {
            sleep(Duration::from_secs(100)).await;
            vitals.key_finished(&KeyReport {
                source: &ObjectRef::new("pictures", "images/a.jpg"),
                etag: None,
                result: &Ok(Outcome::UpToDate),
                comes_back: false,
                ended: Instant::now(),
                elapsed: Duration::ZERO,
                measured: &Measured::default(),
                requesters: &[],
            });
        }
        std::future::pending::<()>().await;
    };
    let said = tokio::select! {
        said = changes(&script, 2000, pace, |vitals| vitals.live().is_err()) => said,
        () = keys => unreachable!(),
    };
    assert_eq!(said, [(0, false), (1050, true), (2000, false)]);
}
