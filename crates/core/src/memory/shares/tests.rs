//! Who gets what of a pool, and when.

use super::*;
use futures_util::FutureExt;

fn at(address: &str) -> Holder {
    Holder::at(address.parse().unwrap())
}

/// Takes single things until it is refused.
fn take_all(pool: &Pool, holder: Holder) -> Vec<Share> {
    std::iter::from_fn(|| pool.try_take(holder, 1)).collect()
}

#[test]
fn who_comes_next_finds_as_many_free_as_each_of_the_others_has() {
    let pool = Pool::new(60);
    let first = take_all(&pool, at("192.0.2.1"));
    assert_eq!(first.len(), 30);
    let second = take_all(&pool, at("192.0.2.2"));
    assert_eq!(second.len(), 15);
    let third = take_all(&pool, at("192.0.2.3"));
    assert!((7..=8).contains(&third.len()));
    drop((first, second));
    assert_eq!(take_all(&pool, at("192.0.2.3")).len() + third.len(), 30);
    assert!(take_all(&pool, at("192.0.2.9")).len() >= 15);
}

#[test]
fn the_last_one_is_for_who_has_none() {
    for count in [1, 2] {
        let pool = Pool::new(count);
        assert_eq!(take_all(&pool, at("192.0.2.1")).len(), 1);
    }
    let pool = Pool::new(2);
    let _first = take_all(&pool, at("192.0.2.1"));
    let _second = take_all(&pool, at("192.0.2.2"));
    assert_eq!(pool.free(), 0);
}

#[test]
fn one_network_is_one_holder_and_a_proxy_is_none() {
    let pool = Pool::new(20);
    let _one = take_all(&pool, at("2001:db8::1"));
    assert!(pool.try_take(at("2001:db8::ffff"), 1).is_none());
    assert!(pool.try_take(at("2001:db8:0:1::1"), 1).is_some());
    let _mapped = take_all(&pool, at("::ffff:192.0.2.1"));
    assert!(pool.try_take(at("192.0.2.1"), 1).is_none());
    let _rest = take_all(&pool, Holder::Trusted);
    assert_eq!(pool.free(), 0);
}

#[test]
fn what_is_passed_on_counts_for_its_new_holder() {
    let pool = Pool::new(10);
    let user = Holder::User(UserId(1));
    let mut passed = Vec::new();
    for _ in 0..5 {
        let mut share = pool.try_take(at("192.0.2.1"), 1).unwrap();
        assert!(share.pass_to(user));
        passed.push(share);
    }
    // It has more than are left now, but the address has nothing.
    let mut share = pool.try_take(at("192.0.2.1"), 1).unwrap();
    assert!(!share.pass_to(user));
    drop((share, passed));
    assert_eq!((pool.free(), pool.counts().held.len()), (10, 0));
}

#[test]
fn what_is_given_back_goes_to_who_waits_and_may_have_it() {
    let pool = Pool::new(4);
    let mut large = pool.try_take(at("192.0.2.1"), 1).unwrap();
    large.merge(pool.try_take(at("192.0.2.1"), 1).unwrap());
    let mut waiting = Box::pin(pool.take(at("192.0.2.2"), 3));
    assert!((&mut waiting).now_or_never().is_none());
    assert!(pool.take(at("192.0.2.3"), 2).now_or_never().is_some(), "waits for nobody");
    drop(large);
    assert!(waiting.now_or_never().is_some());
    assert_eq!(pool.free(), 4);
}

#[test]
fn those_that_wait_are_served_in_turns() {
    let pool = Pool::new(2);
    let mut held = vec![pool.try_take(at("192.0.2.1"), 1).unwrap()];
    held.push(pool.try_take(at("192.0.2.2"), 1).unwrap());
    let mut waiting: Vec<_> = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.3"]
        .map(|address| Box::pin(pool.take(at(address), 1)))
        .into();
    assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
    // Who has stopped waiting is passed over.
    drop(waiting.remove(0));
    held.pop();
    // The one that has something already may not take the last one.
    assert!((&mut waiting[0]).now_or_never().is_none());
    held.push((&mut waiting[2]).now_or_never().unwrap());
    held.remove(0);
    held.push((&mut waiting[0]).now_or_never().unwrap());
    assert!((&mut waiting[1]).now_or_never().is_none());
    held.clear();
    assert!((&mut waiting[1]).now_or_never().is_some());
    assert_eq!((pool.free(), pool.counts().waiting.len()), (2, 0));
}

#[test]
fn a_user_is_one_holder_through_all_apps() {
    let through = |app| Holder::from(RateLimitKey::User(UserId(1), AppId(app)));
    assert_eq!(through(1), through(2));
    assert_ne!(through(1), Holder::from(RateLimitKey::App(AppId(1))));
}

#[test]
fn who_has_its_share_is_refused_at_once_and_others_wait_for_a_free_one() {
    let pool = Pool::new(2);
    let first = pool.take_free(at("192.0.2.1")).now_or_never().unwrap();
    assert!(matches!(pool.take_free(at("192.0.2.1")).now_or_never(), Some(None)));
    let _second = pool.take_free(at("192.0.2.2")).now_or_never().unwrap();
    let mut waiting = Box::pin(pool.take_free(at("192.0.2.3")));
    assert!((&mut waiting).now_or_never().is_none());
    drop(first);
    assert!(matches!(waiting.now_or_never(), Some(Some(_))));
}

#[test]
fn who_wants_much_gets_it_although_others_go_on_taking_little() {
    let pool = Pool::new(20);
    let small: Vec<String> = (1..=9).map(|host| format!("192.0.2.{host}")).collect();
    let mut held: VecDeque<_> =
        small.iter().map(|address| pool.try_take(at(address), 2).unwrap()).collect();
    let mut much = Box::pin(pool.take(at("198.51.100.1"), 5));
    // Somebody always takes what is free, as soon as it is.
    let mut turns = small.iter().cycle();
    let is_served = (0..100).any(|_| {
        held.pop_front();
        held.extend(pool.try_take(at(turns.next().unwrap()), 2));
        (&mut much).now_or_never().is_some()
    });
    assert!(is_served);
    held.clear();
    assert_eq!((pool.free(), pool.counts().saved), (20, 0));
}

#[test]
fn who_waits_for_much_holds_up_nobody_and_leaves_nothing_behind() {
    let pool = Pool::new(16);
    let mut slow = pool.try_take(at("192.0.2.1"), 8).unwrap();
    let mut much = Box::pin(pool.take(at("192.0.2.2"), 16));
    assert!((&mut much).now_or_never().is_none());
    for _ in 0..100 {
        let little = pool.take(at("192.0.2.3"), 1).now_or_never();
        assert!(little.is_some());
        slow.shrink_to(7);
    }
    drop(much);
    assert_eq!((pool.free(), pool.counts().saved), (9, 0));
    drop(slow);
    assert_eq!(pool.free(), 16);
}
