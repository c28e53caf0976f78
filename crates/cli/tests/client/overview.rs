//! What is described, and what not.

use crate::server::{Server, wait_until};

#[test]
fn descriptions_are_searched_and_counted() {
    let server = Server::start();
    let (one, two) = (server.tweet_image(1), server.tweet_image(2));
    server.run(&["describe", &one, "A gray square"]);
    // The index follows in the background.
    wait_until(|| server.run(&["search", "square"]).code == 0);
    let found = server.run(&["search", "gray", "square", "--json"]).json();
    assert_eq!(found.len(), 1, "all words: {found:?}");
    let nothing = server.run(&["search", "gray", "tile"]);
    assert_eq!((nothing.code, nothing.err.as_str()), (1, ""), "{nothing:?}");
    let found = server.run(&["search", "gray square", "--json"]).json();
    assert_eq!((found.len(), &found[0]["media_id"]), (1, &one.as_str().into()));
    let text = server.run(&["search", "square"]);
    assert_eq!(text.out, format!("{one}  und  author  A gray square\n"));
    let nothing = server.run(&["search", "tile"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""), "{nothing:?}");
    let undescribed = server.run(&["search", "--filter", "undescribed"]);
    assert!(undescribed.out.starts_with(&format!("{two}  und  -  http")), "{undescribed:?}");
    let coverage = server.run(&["coverage"]);
    let expected = "2 media: 1 described (50 %), 0 decorative, 1 undescribed\n";
    assert!(coverage.out.starts_with(expected), "{coverage:?}");
    assert!(coverage.out.contains("first-app"), "{coverage:?}");
    let wrong = server.run(&["search", "x", "--filter", "nonsense"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (1, ""), "{wrong:?}");
}
