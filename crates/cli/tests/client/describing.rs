//! Descriptions of what is uploaded already.

use crate::server::Server;

#[test]
fn a_description_is_set_as_any_client_sets_it() {
    let server = Server::start();
    let id = server.tweet_image(1);
    server.write("alt.txt", "A square\n");
    let ran = server.run(&["describe", &id, "@alt.txt"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let media = &server.timeline()[0]["extended_entities"]["media"][0];
    assert_eq!(media["ext_alt_text"], "A square");
    let unknown = server.run(&["describe", "5", "A square"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("was not found"), "{unknown:?}");
    assert_eq!(server.run(&["describe", "a.png", "A square"]).code, 2);
    let lacking = server.run(&["describe", &id, "--extended", "It is gray."]);
    assert_eq!(lacking.code, 2, "{lacking:?}");
    assert!(lacking.err.contains("needs an alt text"), "{lacking:?}");
}

#[test]
fn languages_have_descriptions_and_a_history_of_their_own() {
    let server = Server::start();
    let id = server.tweet_image(1);
    let german = ["describe", &id, "Ein Quadrat", "--lang", "de", "--extended", "Es ist grau."];
    for change in [
        &["describe", &id, "A square"][..],
        &["describe", &id, "Ein Viereck", "--lang", "de"],
        &german,
        &["describe", &id, "--decorative", "--lang", "fr"],
        &["describe", &id, "--lang", "fr", "--delete"],
    ] {
        let ran = server.run(change);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{change:?}: {ran:?}");
    }
    let all = &server.run(&["describe", &id, "--json"]).json()[0];
    let all = all["descriptions"].as_array().expect("descriptions");
    let words: Vec<_> = all.iter().map(|one| (&one["lang"], &one["alt_text"])).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(words.contains(&(&"de".into(), &"Ein Quadrat".into())), "{words:?}");
    let history = server.run(&["describe", &id, "--lang", "de", "--history"]);
    for text in ["de  author  Ein Quadrat\n  extended: Es ist grau.\n", "de  Ein Viereck\n"] {
        assert!(history.out.contains(text), "{text}: {history:?}");
    }
    assert!(!history.out.contains("A square"), "{history:?}");
    let wrong = server.run(&["describe", &id, "x", "--lang", "no language at all"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (1, ""), "{wrong:?}");
}

#[test]
fn an_upload_is_described_in_several_languages() {
    let server = Server::start();
    crate::server::png(server.dir(), "a.png", 1);
    let rows = "{\"file\":\"a.png\",\"alt_text\":\"A square\"}\n\
                {\"file\":\"a.png\",\"alt_text\":\"Ein Quadrat\",\"lang\":\"de\"}\n";
    server.write("alt.jsonl", rows);
    let ran = server.run(&["upload", "a.png", "--alt-from", "alt.jsonl"]);
    assert!(ran.out.ends_with("a.png  \"A square\", de: \"Ein Quadrat\"\n"), "{ran:?}");
    let ran = server.run(&["upload", "a.png", "--decorative"]);
    assert!(ran.out.ends_with("a.png  decorative\n"), "{ran:?}");
}

#[test]
fn a_delegate_describes_in_the_default_language_and_an_extended_text_stays() {
    let server = Server::start();
    let id = server.tweet_image(1);
    server.run(&["describe", &id, "A square", "--extended", "It is gray."]);
    server.run_as("friend", &["suggestions"]);
    let stranger = server.run_as("friend", &["describe", &id, "A tile"]);
    assert_eq!(stranger.code, 1, "{stranger:?}");
    server.delegate_to("friend");
    let ran = server.run_as("friend", &["describe", &id, "A tile"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let found = server.run(&["describe", &id]);
    assert!(found.out.contains("A tile\n") && found.out.contains("It is gray."), "{found:?}");
}

#[test]
fn what_the_linter_finds_is_told_where_a_description_is_set() {
    let server = Server::start();
    let id = server.tweet_image(1);
    let ran = server.run(&["describe", &id, "IMG_1234.jpg"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{ran:?}");
    assert!(ran.err.contains("The name of a file"), "{ran:?}");
    let ran = server.run(&["upload", "1.png", "--alt", "IMG_1234.jpg"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{ran:?}");
    assert!(ran.err.contains("The name of a file"), "{ran:?}");
}

#[test]
fn the_history_marks_what_was_suggested_and_what_was_undone() {
    let server = Server::start();
    let id = server.tweet_image(1);
    server.run_as("friend", &["suggestions"]);
    let sent = server.run_as("friend", &["suggestions", "send", &id, "A tile"]);
    assert_eq!((sent.code, sent.err.as_str()), (0, ""), "{sent:?}");
    let listed = server.run_as("friend", &["suggestions", "sent"]);
    assert!(listed.out.contains(": A tile\n"), "{listed:?}");
    let open = server.run(&["suggestions", "--json"]).json();
    let suggestion = open[0]["id"].as_str().expect("an id");
    server.run(&["suggestions", "accept", suggestion]);
    let history = server.run(&["describe", &id, "--history"]);
    assert!(history.out.contains("A tile  (suggested)"), "{history:?}");
    server.run(&["describe", &id, "A mistake"]);
    let undone = server.run(&["describe", &id, "--undo"]);
    assert!(undone.out.ends_with("the newest change is undone: A tile\n"), "{undone:?}");
    let history = server.run(&["describe", &id, "--history"]);
    assert!(history.out.contains("A tile  (restored by an undo)"), "{history:?}");
}
