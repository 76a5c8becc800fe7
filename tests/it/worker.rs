//! The worker: its polling loop against a scripted queue, under paused time, so that an hour of it
//! takes no time and every figure is exact; and in [`embedded`] against real servers in this
//! process, the process itself included. [`vitals`] is about what the loop says of itself, and
//! [`monitor`] about who can ask.

mod embedded;
mod monitor;
mod vitals;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use s3_thumbnailer::queue::{Message, QueueError};
use s3_thumbnailer::service::Verdict;
use s3_thumbnailer::worker::{Handler, Pace, Source, Summary, Vitals, run};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

/// What the scripted queue answers to one request; when the script is over, it has no messages.
enum Answer {
    Messages(&'static [&'static str]),
    /// After so many seconds, unless the request is cancelled before.
    Later(u64, &'static [&'static str]),
    Fails,
    /// An empty answer without the wait that was asked for.
    AtOnce,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Call {
    Receive(usize),
    Delete(String),
    Extend(String, u64),
    Begin(String),
    End(String),
}

/// A queue and a handler at once. A message's id is its body and says what its handling does: `ok`
/// and `fail` end at once, `slow` after 100 seconds, `never` not, `panic` panics; what follows a
/// space tells messages apart.
#[derive(Clone)]
struct Scripted {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    calls: Arc<Mutex<Vec<(u64, Call)>>>,
    begun: Instant,
    /// How many of the next calls of each kind fail.
    deletes_fail: Arc<Mutex<u32>>,
    extends_fail: Arc<Mutex<u32>>,
    extends_hang: bool,
    /// How long handling a message takes, besides what its verb says.
    takes: Duration,
    last_answer: Arc<Notify>,
    vitals: Arc<Vitals>,
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            calls: Arc::default(),
            begun: Instant::now(),
            deletes_fail: Arc::default(),
            extends_fail: Arc::default(),
            extends_hang: false,
            takes: Duration::ZERO,
            last_answer: Arc::default(),
            vitals: Arc::new(Vitals::new(STUCK)),
        }
    }

    fn note(&self, call: Call) {
        let mut calls = self.calls.lock().unwrap();
        // Paused time passes only while nothing happens: a loop without a wait would never end.
        assert!(calls.len() < 10_000, "the worker does not wait: {call:?}");
        calls.push((u64::try_from(self.begun.elapsed().as_millis()).unwrap(), call));
    }

    /// When each call was, in milliseconds, of those that `wanted` picks.
    fn times(&self, wanted: impl Fn(&Call) -> bool) -> Vec<u64> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(_, call)| wanted(call)).map(|(at, _)| *at).collect()
    }

    fn receives(&self) -> Vec<u64> {
        self.times(|call| matches!(call, Call::Receive(_)))
    }

    fn asked_for(&self) -> Vec<usize> {
        let calls = self.calls.lock().unwrap();
        let asked = calls.iter().filter_map(|(_, call)| match call {
            Call::Receive(most) => Some(*most),
            _ => None,
        });
        asked.collect()
    }

    fn called(&self, call: &Call) -> Vec<u64> {
        self.times(|other| other == call)
    }

    /// Works for `seconds`, and is then told to stop.
    async fn work_for(&self, seconds: u64, pace: Pace) -> Summary {
        self.work_until(sleep(Duration::from_secs(seconds)), pace).await
    }

    /// Works until `stop`. A worker that does not stop within a day fails the test.
    async fn work_until(&self, stop: impl Future<Output = ()>, pace: Pace) -> Summary {
        let vitals = Arc::clone(&self.vitals);
        let work = run(self.clone(), self.clone(), pace, vitals, stop);
        timeout(Duration::from_hours(24), work).await.expect("the worker does not stop")
    }
}

fn failure(operation: &'static str) -> QueueError {
    QueueError::Call { operation, source: "no".into() }
}

fn messages(names: &[&str]) -> Vec<Message> {
    let message = |name: &&str| Message {
        id: (*name).to_owned(),
        body: (*name).to_owned(),
        receipt_handle: (*name).to_owned(),
        receive_count: 1,
        group: Some("one".to_owned()),
        trace_header: None,
    };
    names.iter().map(message).collect()
}

fn take_one(left: &Mutex<u32>) -> bool {
    let mut left = left.lock().unwrap();
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}

impl Source for Scripted {
    async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<Message>, QueueError> {
        self.note(Call::Receive(most));
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            let answer = answers.pop_front();
            if answers.is_empty() {
                self.last_answer.notify_one();
            }
            answer
        };
        match answer {
            Some(Answer::Messages(names)) => Ok(messages(names)),
            Some(Answer::Later(seconds, names)) => {
                sleep(Duration::from_secs(seconds)).await;
                Ok(messages(names))
            }
            Some(Answer::Fails) => Err(failure("ReceiveMessage")),
            Some(Answer::AtOnce) => Ok(Vec::new()),
            None => {
                sleep(wait).await;
                Ok(Vec::new())
            }
        }
    }

    async fn delete(&self, message: &Message) -> Result<(), QueueError> {
        self.note(Call::Delete(message.id.clone()));
        if take_one(&self.deletes_fail) { Err(failure("DeleteMessage")) } else { Ok(()) }
    }

    async fn extend(&self, message: &Message, time: Duration) -> Result<(), QueueError> {
        self.note(Call::Extend(message.id.clone(), time.as_secs()));
        if self.extends_hang {
            std::future::pending::<()>().await;
        }
        if take_one(&self.extends_fail) { Err(failure("ChangeMessageVisibility")) } else { Ok(()) }
    }
}

impl Handler for Scripted {
    async fn handle(&self, message: &Message) -> Verdict {
        self.note(Call::Begin(message.id.clone()));
        if !self.takes.is_zero() {
            sleep(self.takes).await;
        }
        let verb = message.id.split(' ').next().unwrap();
        match verb {
            "slow" => sleep(Duration::from_secs(100)).await,
            "never" => std::future::pending().await,
            "panic" => panic!("as told"),
            _ => {}
        }
        self.note(Call::End(message.id.clone()));
        if verb == "fail" { Verdict::Failed } else { Verdict::Done }
    }

    fn settles_within(&self) -> Duration {
        Duration::from_secs(SETTLES)
    }
}

/// How long what was cut short may still take effect, in seconds.
const SETTLES: u64 = 45;

/// How long nothing may happen.
const STUCK: Duration = Duration::from_secs(150);

const PACE: Pace = Pace {
    receive_messages: 10,
    concurrency: 10,
    visibility_timeout: Duration::from_secs(30),
    drain: Duration::from_secs(25),
};

fn delete(id: &str) -> Call {
    Call::Delete(id.to_owned())
}

fn extend(id: &str, seconds: u64) -> Call {
    Call::Extend(id.to_owned(), seconds)
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_makes_one_request_each_20_seconds() {
    let script = Scripted::new([]);
    let begun = Instant::now();
    assert_eq!(script.work_for(3600 - 1, PACE).await, Summary::default());
    let expected: Vec<u64> = (0..180).map(|n| n * 20_000).collect();
    assert_eq!(script.receives(), expected);
    assert_eq!(script.calls.lock().unwrap().len(), 180, "and no other request");
    assert_eq!(begun.elapsed(), Duration::from_secs(3599), "an idle worker stops at once");
}

#[tokio::test(start_paused = true)]
async fn what_is_done_is_deleted_at_once_and_what_failed_is_left() {
    let script =
        Scripted::new([Answer::Messages(&["slow", "fail", "ok"]), Answer::Later(5, &["ok 2"])]);
    let summary = script.work_for(300, PACE).await;
    assert_eq!(summary, Summary { done: 3, failed: 1, given_back: 0 });
    assert_eq!(script.called(&delete("ok")), [0]);
    assert_eq!(script.called(&delete("ok 2")), [5000]);
    assert_eq!(script.called(&delete("slow")), [100_000]);
    assert_eq!(script.called(&delete("fail")), [0; 0]);
    assert_eq!(script.times(|call| matches!(call, Call::Extend(id, _) if id == "fail")), [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn messages_of_one_group_are_begun_at_once_and_end_each_by_itself() {
    let names = &["slow 1", "ok 2", "fail 3", "ok 4"];
    let script = Scripted::new([Answer::Messages(names)]);
    let summary = script.work_for(300, PACE).await;
    assert_eq!(summary, Summary { done: 3, failed: 1, given_back: 0 });
    for name in names {
        assert_eq!(script.called(&Call::Begin((*name).to_owned())), [0], "{name}");
    }
    assert_eq!(
        (script.called(&delete("ok 2")), script.called(&delete("ok 4"))),
        (vec![0], vec![0])
    );
    assert_eq!(script.called(&delete("slow 1")), [100_000]);
}

#[tokio::test(start_paused = true)]
async fn the_message_of_long_work_stays_invisible_until_the_work_ends() {
    let script = Scripted::new([Answer::Messages(&["slow"])]);
    script.work_for(300, PACE).await;
    let expected: Vec<u64> = (1..=6).map(|n| n * 15_000).collect();
    assert_eq!(script.called(&extend("slow", 30)), expected);
    assert_eq!(script.times(|call| matches!(call, Call::Extend(..))).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_fails_is_tried_again_before_the_time_is_up() {
    let script = Scripted::new([Answer::Messages(&["slow"])]);
    *script.extends_fail.lock().unwrap() = 3;
    script.work_for(300, PACE).await;
    let extended = script.called(&extend("slow", 30));
    assert_eq!(extended[..5], [15_000, 18_750, 22_500, 26_250, 41_250]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_without_a_visibility_timeout_is_no_busy_loop() {
    let script = Scripted::new([Answer::Messages(&["slow"])]);
    script.work_for(300, Pace { visibility_timeout: Duration::ZERO, ..PACE }).await;
    assert_eq!(script.called(&extend("slow", 2)).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_fails_is_tried_again_and_then_left_to_the_next_delivery() {
    let script = Scripted::new([Answer::Messages(&["ok"]), Answer::Later(10, &["ok 2"])]);
    *script.deletes_fail.lock().unwrap() = 3;
    script.work_for(60, PACE).await;
    assert_eq!(script.called(&delete("ok")), [0, 1000, 3000]);
    assert_eq!(script.called(&delete("ok 2")), [10_000]);
}

#[tokio::test(start_paused = true)]
async fn requests_that_fail_are_followed_by_longer_and_longer_pauses() {
    let fails = (0..9).map(|_| Answer::Fails);
    let again = [Answer::Messages(&["ok"]), Answer::Fails, Answer::Messages(&["ok 2"])];
    let script = Scripted::new(fails.chain(again));
    let summary = script.work_for(600, PACE).await;
    assert_eq!(summary.done, 2, "it keeps going");
    let times = script.receives();
    let pauses: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (index, most) in [1, 2, 4, 8, 16, 30, 30, 30, 30].into_iter().enumerate() {
        let range = (most * 500)..=(most * 1000);
        assert!(range.contains(&pauses[index]), "{index}: {} ms", pauses[index]);
    }
    assert_eq!(pauses[9], 0, "messages end the pauses");
    assert!(pauses[10] <= 1000, "and what fails after them begins anew: {}", pauses[10]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_wait_is_asked_once_a_second() {
    let script = Scripted::new((0..50).map(|_| Answer::AtOnce));
    script.work_for(49, PACE).await;
    assert_eq!(script.receives(), (0..49).map(|n| n * 1000).collect::<Vec<u64>>());
}

#[tokio::test(start_paused = true)]
async fn no_more_is_asked_for_than_there_is_room_for() {
    let script = Scripted::new([
        Answer::Messages(&["slow 1", "slow 2"]),
        Answer::Later(50, &["slow 3"]),
        Answer::Messages(&["ok 4", "ok 5"]),
    ]);
    script.work_for(400, Pace { concurrency: 3, ..PACE }).await;
    assert_eq!(script.asked_for()[..4], [3, 1, 2, 2]);
    assert_eq!(script.asked_for().last(), Some(&3));
    // Three are under way from 50 s to 100 s, and nothing is asked for in that time.
    assert_eq!(script.receives()[..3], [0, 0, 100_000]);
}

#[tokio::test(start_paused = true)]
async fn one_request_asks_for_as_many_as_configured() {
    let script = Scripted::new([]);
    script.work_for(10, Pace { receive_messages: 4, ..PACE }).await;
    assert_eq!(script.asked_for(), [4]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_fails_only_its_own_message() {
    let script = Scripted::new([Answer::Messages(&["panic", "slow"]), Answer::Later(10, &["ok"])]);
    // One permit each: had the panic kept its own, there were none for the third.
    let summary = script.work_for(300, Pace { concurrency: 2, ..PACE }).await;
    assert_eq!(summary, Summary { done: 2, failed: 1, given_back: 0 });
    assert_eq!(script.called(&delete("ok")), [10_000]);
    assert_eq!(script.called(&delete("panic")), [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_told_to_stop_cancels_its_poll_and_waits_for_its_work() {
    let script = Scripted::new([Answer::Messages(&["slow"]), Answer::Later(95, &["too late"])]);
    let begun = Instant::now();
    let summary = script.work_for(90, PACE).await;
    assert_eq!(summary, Summary { done: 1, failed: 0, given_back: 0 });
    assert_eq!(begun.elapsed(), Duration::from_secs(100), "no longer than the work");
    assert_eq!(script.receives().len(), 2);
    assert_eq!(script.called(&extend("slow", 30)).len(), 6, "it stays invisible meanwhile");
}

#[tokio::test(start_paused = true)]
async fn work_that_does_not_end_in_time_is_given_back_once_its_writes_have_settled() {
    for drain in [0, 7, 25] {
        let script = Scripted::new([Answer::Messages(&["never", "ok", "slow", "never 2"])]);
        let begun = Instant::now();
        let pace = Pace { drain: Duration::from_secs(drain), ..PACE };
        let summary = script.work_for(10, pace).await;
        assert_eq!(summary, Summary { done: 1, failed: 0, given_back: 3 });
        let end = 10 + drain;
        assert_eq!(begun.elapsed(), Duration::from_secs(end));
        for id in ["never", "slow", "never 2"] {
            assert_eq!(script.called(&extend(id, SETTLES)), [end * 1000], "{id}");
            assert_eq!(script.called(&extend(id, 0)), [0; 0], "{id}");
        }
        let last = script.calls.lock().unwrap().last().cloned();
        assert_eq!(last.map(|(at, _)| at), Some(end * 1000), "nothing is asked for afterwards");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_told_to_stop_asks_for_nothing_more_however_much_there_is() {
    // Each request is answered at once, and each message takes a second.
    let script = Scripted::new((0..500).map(|_| Answer::Messages(&["ok"])));
    let script = Scripted { takes: Duration::from_secs(1), ..script };
    let pace = Pace { concurrency: 1, ..PACE };
    let summary = script.work_for(10, pace).await;
    assert!((9..=11).contains(&summary.done), "{summary:?}");
    let last = script.receives().last().copied();
    assert!(last <= Some(10_000), "asked at {last:?}");
}

#[tokio::test(start_paused = true)]
async fn messages_that_arrive_as_the_worker_stops_are_given_back_unbegun() {
    // The answer and the order to stop are there at the same moment.
    let script = Scripted::new([Answer::Messages(&["ok", "ok 2"])]);
    let told = Arc::clone(&script.last_answer);
    let summary = script.work_until(told.notified(), PACE).await;
    assert_eq!(summary, Summary { done: 0, failed: 0, given_back: 2 });
    assert_eq!(script.times(|call| matches!(call, Call::Begin(_))), [0; 0]);
    assert_eq!(script.called(&extend("ok 2", 0)), [0]);

    // And where both were waited for.
    let script = Scripted::new([Answer::Later(10, &["ok", "ok 2"])]);
    let summary = script.work_for(10, PACE).await;
    assert_eq!(summary, Summary { done: 0, failed: 0, given_back: 2 });
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_hangs_cannot_keep_the_worker_from_stopping() {
    let script = Scripted::new([Answer::Messages(&["never"])]);
    let script = Scripted { extends_hang: true, ..script };
    let begun = Instant::now();
    assert_eq!(script.work_for(10, PACE).await, Summary::default());
    assert_eq!(begun.elapsed(), Duration::from_secs(10 + 25 + 3));
}
