//! Descriptions of what is uploaded already.

use crate::server::{Server, png};

#[test]
fn a_description_is_set_as_any_client_sets_it() {
    let server = Server::start();
    png(server.dir(), "a.png", 1);
    let uploaded = server.run(&["upload", "a.png", "--tweet", "Hello", "--json"]);
    let id = uploaded.json()[0]["media_id"].as_str().expect("an id").to_owned();
    server.write("alt.txt", "A square\n");
    let ran = server.run(&["describe", &id, "@alt.txt"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let media = &server.timeline()[0]["extended_entities"]["media"][0];
    assert_eq!(media["ext_alt_text"], "A square");
    let unknown = server.run(&["describe", "5", "A square"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("was not found"), "{unknown:?}");
    assert_eq!(server.run(&["describe", "a.png", "A square"]).code, 2);
}
