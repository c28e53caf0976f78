//! The contract of the database seam, on the engine under test.

use crate::support::{START_MS, TestApp};
use birdhouse_domain::Timestamp;
use birdhouse_server::jobs;
use birdhouse_server::store::tokens::NewToken;
use std::collections::HashSet;
use std::sync::Arc;

#[tokio::test]
async fn a_taken_name_is_a_fact_and_not_an_error() {
    let test = TestApp::start().await;
    let user = test.app.store.user_by_name("ALICE").await.unwrap().unwrap();
    assert!(!test.app.store.add_user(&user).await.unwrap());
    assert!(test.app.store.user_by_name("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn a_refused_guard_undoes_the_whole_write() {
    let test = TestApp::start().await;
    let user = test.app.store.user_by_name("alice").await.unwrap().unwrap();
    let app = test.app.store.app_by_name("tests").await.unwrap().unwrap();
    let new = NewToken {
        token: "1-x".into(),
        secret: vec![0, 255],
        user: user.id,
        app: app.id,
        access: birdhouse_domain::Access::Read,
    };
    // There is no such request token, so there must be no access token either.
    let now = Timestamp(START_MS);
    assert!(!test.app.store.exchange_request_token("none", &new, now).await.unwrap());
    assert!(test.app.store.signed_token("1-x", &app.consumer_key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_thousand_writes_at_once_are_all_kept() {
    let test = Arc::new(TestApp::start().await);
    let user = test.app.store.user_by_name("alice").await.unwrap().unwrap();
    let app = test.app.store.app_by_name("tests").await.unwrap().unwrap();
    let mut writes = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let store = test.app.store.clone();
        let new = NewToken {
            token: format!("1-{number}"),
            secret: vec![1],
            user: user.id,
            app: app.id,
            access: birdhouse_domain::Access::Read,
        };
        writes.spawn(async move { store.add_token(&new, Timestamp(START_MS)).await.unwrap() });
    }
    assert!(writes.join_all().await.into_iter().all(|added| added));
    for number in (0..1000).step_by(97) {
        let token = format!("1-{number}");
        assert!(
            test.app.store.signed_token(&token, &app.consumer_key).await.unwrap().is_some(),
            "{token}"
        );
    }
}

#[tokio::test]
async fn eight_workers_take_each_job_once() {
    let test = Arc::new(TestApp::start().await);
    let mut media = Vec::new();
    for _ in 0..40 {
        media.push(test.chunked(&crate::support::gif(2), "image/gif", Some("tweet_gif")).await);
    }
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let test = test.clone();
        workers.spawn(async move {
            let mut taken = Vec::new();
            let (now, later) = (test.app.now(), test.app.now().plus(60_000));
            while let Some(job) = test.app.store.take_job(jobs::FILM, now, later).await.unwrap() {
                taken.push(job.id);
            }
            taken
        });
    }
    let taken: Vec<i64> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<i64> = taken.iter().copied().collect();
    assert_eq!((taken.len(), distinct.len()), (40, 40));
}
