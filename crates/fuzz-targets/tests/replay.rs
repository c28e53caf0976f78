//! Runs every target over its committed corpus, without libFuzzer.

use birdhouse_fuzz_targets::TARGETS;
use std::path::Path;

#[test]
fn every_target_holds_for_its_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, target) in TARGETS {
        let files = corpus.join(name).read_dir().expect("each target has a corpus");
        let mut replayed = 0;
        for file in files {
            let path = file.expect("the directory can be listed").path();
            let bytes = std::fs::read(&path).expect("the file can be read");
            // Names the input if the target panics.
            println!("{name} {}", path.display());
            target(&bytes);
            replayed += 1;
        }
        assert!(replayed > 0, "the corpus of {name} is empty");
    }
}
